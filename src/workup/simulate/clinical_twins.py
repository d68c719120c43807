"""Simulated files of the tasks of DR.BENCH in their layouts: made-up notes with known sections, relations, problems.

A note has a few problems; each has what the patient says, what is measured, and what is done about it. The parts of
the plan treat the main problem (Direct), guard against what it may lead to (Indirect), treat something else of the
patient (Neither), or belong to every stay (Not Relevant). Simulated: it shows that loaders, scores and baselines run,
and says nothing about real notes, whose words are far more varied. Counting words solves them completely.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from workup.io import write_atomic


class _Problem(NamedTuple):
    name: str
    says: str
    shows: str
    treat: str
    risk: str


_PROBLEMS = (
    _Problem(
        "community-acquired pneumonia",
        "cough with green sputum",
        "crackles at the right base",
        "ceftriaxone and azithromycin",
        "watch for respiratory failure, oxygen as needed",
    ),
    _Problem(
        "atrial fibrillation",
        "palpitations since the morning",
        "irregular rhythm at 130",
        "metoprolol for the rate",
        "apixaban against stroke",
    ),
    _Problem(
        "acute kidney injury",
        "little urine for two days",
        "creatinine 3.1",
        "fluids and no nephrotoxins",
        "follow potassium, dialysis if it rises",
    ),
    _Problem(
        "upper gastrointestinal bleeding",
        "black stools",
        "hemoglobin 7.2",
        "pantoprazole and endoscopy",
        "two lines, transfuse below 7",
    ),
    _Problem(
        "diabetic ketoacidosis",
        "thirst and vomiting",
        "glucose 480 and ketones",
        "insulin infusion and fluids",
        "check potassium every four hours",
    ),
    _Problem(
        "congestive heart failure",
        "breathless when lying flat",
        "leg edema and crackles",
        "furosemide intravenously",
        "daily weight, follow creatinine",
    ),
    _Problem(
        "cellulitis",
        "a red painful leg",
        "warm erythema of the shin",
        "cefazolin",
        "mark the border, blood cultures if febrile",
    ),
    _Problem(
        "alcohol withdrawal",
        "tremor and sweating",
        "heart rate 118, tremulous",
        "lorazepam by score",
        "thiamine, seizure precautions",
    ),
)
_OTHERS = ("hypothyroidism: continue levothyroxine", "gout: hold allopurinol", "depression: continue sertraline",
           "glaucoma: eye drops as at home", "hyperlipidemia: continue atorvastatin")  # fmt: skip
_STAY = ("heparin subcutaneously, regular diet", "full code, to the ward tomorrow", "contact: the wife, by phone",
         "lines: two peripheral, out when able")  # fmt: skip


class Twin(NamedTuple):
    """One made-up note.

    Attributes:
        text: The note.
        lines: Begin, end and section of each line.
        assessment: Begin and end.
        plan: Begin, end and relation of each part.
        problems: Names, the main one first.
        says: What the patient says of the main problem.
    """

    text: str
    lines: tuple[tuple[int, int, str], ...]
    assessment: tuple[int, int]
    plan: tuple[tuple[int, int, str], ...]
    problems: tuple[str, ...]
    says: str


def make_twin(draw: random.Random) -> Twin:
    """A note; offsets are into its text.

    >>> twin = make_twin(random.Random(1))
    >>> begin, end = twin.assessment
    >>> twin.text[begin:end].startswith("Patient of")
    True
    """
    main, second = draw.sample(_PROBLEMS, 2)
    age, sex = draw.randint(30, 90), draw.choice(("man", "woman"))
    said = [f"Reports {main.says}.", f"Also {second.says}.", draw.choice(("Slept well.", "Feels weak today."))]
    seen = [f"On examination {main.shows}.", f"{second.shows.capitalize()}.", f"Temp {draw.randint(36, 39)} C."]
    judged = f"Patient of {age}, a {sex}, with {main.name}, and {second.name}."
    parts = [
        (f"{main.name}: {main.treat}", "Direct"),
        (f"{second.name}: {second.treat}", "Direct"),
        (draw.choice((main, second)).risk, "Indirect"),
        (draw.choice(_OTHERS), "Neither"),
        (draw.choice(_STAY), "Not Relevant"),
    ]
    draw.shuffle(parts)
    text, lines, plan, assessment = "", [], [], (0, 0)
    for section, some in (
        ("Subjective", said),
        ("Objective", seen),
        ("Assessment", [judged]),
        ("Plan", [words for words, _ in parts]),
    ):
        for place, words in enumerate(some):
            begin, end = len(text), len(text) + len(words)
            lines.append((begin, end, section))
            if section == "Assessment":
                assessment = (begin, end)
            if section == "Plan":
                plan.append((begin, end, parts[place][1]))
            text += words + "\n"
    return Twin(text, tuple(lines), assessment, tuple(plan), (main.name, second.name), main.says)


def write_twins(folder: Path, seed: int, count: int = 60) -> list[Path]:
    """Write the files of all tasks but MedQA, which has real questions under a free licence.

    Returns:
        The files: notes, plan, SOAP, MedNLI, emrQA, summaries.
    """
    draw = random.Random(f"clinical twins {seed}")
    twins = [make_twin(draw) for _ in range(count)]
    folder.mkdir(parents=True, exist_ok=True)
    numbered = list(enumerate(twins, 1))
    plan_header = ("ROW ID", "HADM ID", "Assessment Begin", "Assessment End", "PlanSubsection Begin",
                   "PlanSubsection End", "Relation")  # fmt: skip
    tables: dict[str, list[Sequence[object]]] = {
        "notes.csv": [("ROW_ID", "TEXT"), *((n, twin.text) for n, twin in numbered)],
        "plan.csv": [plan_header, *((n, n, *twin.assessment, *part) for n, twin in numbered for part in twin.plan)],
        "soap.csv": [
            ("ROW ID", "Begin", "End", "Section"),
            *((n, *line) for n, twin in numbered for line in twin.lines),
        ],
        "summary.csv": [
            ("File ID", "Assessment", "Summary"),
            *((n, twin.text[slice(*twin.assessment)], "; ".join(twin.problems)) for n, twin in numbered),
        ],
    }
    pairs = []
    for n, twin in numbered:
        label = draw.choice(("entailment", "neutral", "contradiction"))
        other = draw.choice([one for one in _PROBLEMS if one.name not in twin.problems])
        hypothesis = {
            "entailment": f"The patient has {twin.problems[0]}.",
            "neutral": f"The patient once had {other.name}.",
            "contradiction": f"The patient has no {twin.problems[0]}.",
        }[label]
        premise = twin.text[slice(*twin.assessment)]
        pairs.append({"pairID": f"twin-{n}", "sentence1": premise, "sentence2": hypothesis, "gold_label": label})
    paragraphs = [
        {
            "context": twin.text,
            "qas": [
                {
                    "id": f"twin-{n}",
                    "question": "What does the patient report first?",
                    "answers": [{"text": twin.says, "answer_start": twin.text.index(twin.says)}],
                }
            ],
        }
        for n, twin in numbered
    ]
    for name, table in tables.items():
        stream = io.StringIO(newline="")
        csv.writer(stream).writerows(table)
        write_atomic(folder / name, stream.getvalue().encode())
    write_atomic(folder / "mednli.jsonl", b"".join(msgspec.json.encode(pair) + b"\n" for pair in pairs))
    write_atomic(folder / "emrqa.json", msgspec.json.encode({"data": [{"title": "twins", "paragraphs": paragraphs}]}))
    names = ("notes.csv", "plan.csv", "soap.csv", "mednli.jsonl", "emrqa.json", "summary.csv")
    return [folder / name for name in names]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=int, required=True, help="Another seed gives other notes.")
@click.option("--notes", type=click.IntRange(1, 100_000), default=60, show_default=True, help="How many.")
def command(folder: Path, seed: int, notes: int) -> None:
    """Write simulated files of the tasks of DR.BENCH into FOLDER."""
    for path in write_twins(folder, seed, notes):
        click.echo(str(path))


if __name__ == "__main__":
    command()
