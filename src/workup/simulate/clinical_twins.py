"""Simulated files of the tasks of DR.BENCH in their layouts: made-up notes with known sections, relations, problems.

The tasks are made so that counting words does not solve them, as it does not on real notes:

* what a patient has is said in every section, and a line's section is told by how it is said;
* a part of the plan is Direct when it treats a problem that the assessment names, by its name or its short form, and
  Indirect when it guards against what such a problem leads to. The very same words are Neither when the assessment
  names other problems, so that both have to be read together. Not Relevant is what belongs to any stay;
* a hypothesis follows, contradicts or neither, depending on what the assessment says is there and is not: its own words
  tell nothing;
* the list of problems has full names where the assessment has short ones, and not what is denied.

    54-year-old woman with CAP and atrial fibrillation, no sign of AKI.      assessment
    ceftriaxone and azithromycin for seven days                              Direct
    potassium every six hours                                                Neither (it goes with kidney injury)

Simulated: it shows that loaders, scores and baselines run and that a baseline can be beaten. It says nothing about real
notes, whose words are far more varied, and what a problem leads to is our short table.
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
from workup.simulate.labelling import labelled

LIMITS = "twelve problems, short lines, relations from a table of ours; real notes are far more varied"


class _Problem(NamedTuple):
    """What goes with a problem; ``guard`` is against what it leads to."""

    name: str
    short: str
    symptom: str
    sign: str
    test: str
    value: str
    treat: str
    guard: str


_OXYGEN, _POTASSIUM, _CULTURES = "oxygen below 92 %", "potassium every six hours", "blood cultures if febrile"
PROBLEMS = (
    _Problem("community-acquired pneumonia", "CAP", "cough with green sputum", "crackles at the right base",
             "procalcitonin", "2.1", "ceftriaxone and azithromycin", _OXYGEN),
    _Problem("atrial fibrillation", "AF", "palpitations", "irregular pulse", "thyrotropin", "1.2",
             "metoprolol for the rate", "apixaban against stroke"),
    _Problem("acute kidney injury", "AKI", "little urine", "dry mouth", "creatinine", "3.1",
             "fluids, no ibuprofen", _POTASSIUM),
    _Problem("upper gastrointestinal bleeding", "UGIB", "black stools", "pale conjunctivae", "hemoglobin", "7.2",
             "pantoprazole and endoscopy", "two large lines, transfuse below 7"),
    _Problem("diabetic ketoacidosis", "DKA", "thirst and vomiting", "deep rapid breathing", "glucose", "480",
             "insulin infusion", _POTASSIUM),
    _Problem("congestive heart failure", "CHF", "breathlessness when lying flat", "leg edema", "natriuretic peptide",
             "2100", "furosemide intravenously", "daily weight, follow creatinine"),
    _Problem("cellulitis", "skin infection", "a painful leg", "warm erythema of the shin", "leukocytes", "14.2",
             "cefazolin", _CULTURES),
    _Problem("alcohol withdrawal", "EtOH withdrawal", "tremor", "sweating", "magnesium", "1.4",
             "lorazepam by score", "thiamine, seizure precautions"),
    _Problem("exacerbation of chronic obstructive pulmonary disease", "AECOPD", "wheezing", "prolonged expiration",
             "carbon dioxide", "58", "prednisone and nebulizers", _OXYGEN),
    _Problem("acute pancreatitis", "pancreatitis", "pain through to the back", "tender upper abdomen", "lipase",
             "1900", "bowel rest and analgesia", "calcium and glucose daily"),
    _Problem("pulmonary embolism", "PE", "sudden breathlessness", "swollen calf", "D-dimer", "4.2",
             "heparin infusion", "echocardiogram for right heart strain"),
    _Problem("urinary tract infection", "UTI", "burning on urination", "tender flank", "urine leukocytes", "250",
             "ciprofloxacin", _CULTURES),
)  # fmt: skip
_STAY = ("heparin subcutaneously", "regular diet", "full code", "contact: wife, by phone", "two peripheral lines",
         "out of bed with help", "to the ward when a bed is free", "lactulose if constipated")  # fmt: skip

# {p} a problem of the patient, {o} one that the patient does not have; {s} what belongs to any stay. Symptoms, signs,
# results and treatments stand in every section, and so do most of the words around them.
_SAID = ("{p.symptom}, better since yesterday", "still {p.symptom}", "no {o.symptom} since yesterday",
         "slept after {p.treat}", "{p.sign} at home", "worried about {p.name}", "told of {p.test} {p.value}",
         "{p.guard}: asks why", "{p.treat} not liked", "{s} not liked", "no {o.sign} at home",
         "{p.symptom} on {p.treat}")  # fmt: skip
_SEEN = ("{p.sign}, better since yesterday", "still {p.sign}", "no {o.sign} since yesterday", "{p.test} {p.value}",
         "{p.symptom} on the round", "{p.treat} given at 08:00", "{p.guard} done", "{s} seen to",
         "{p.sign} on {p.treat}", "no {o.symptom} on the round", "{p.test} {p.value} on {p.treat}",
         "{o.test} normal")  # fmt: skip
_JUDGED = ("{p.symptom} and {p.sign} fit {p.name}", "{p.short}, better since yesterday", "still {p.name}",
           "{p.test} {p.value} from {p.short}", "no {o.name}", "{p.symptom} from {p.short} on {p.treat}",
           "{p.guard}: {p.short} at risk", "{s} for now, stable")  # fmt: skip
_PARTS = ("{0}", "{0}", "{0} as before", "start {0}", "still {0}", "{0} today", "no change: {0}")


class Twin(NamedTuple):
    """One made-up note.

    Attributes:
        text: The note.
        lines: Begin, end and section of each line.
        assessment: Begin and end.
        plan: Begin, end and relation of each part.
        problems: Names, the main one first.
        absent: What the assessment denies.
    """

    text: str
    lines: tuple[tuple[int, int, str], ...]
    assessment: tuple[int, int]
    plan: tuple[tuple[int, int, str], ...]
    problems: tuple[_Problem, ...]
    absent: _Problem


def _called(draw: random.Random, problem: _Problem) -> str:
    return draw.choice((problem.name, problem.short))


def make_twin(draw: random.Random) -> Twin:
    """A note of twelve lines, five of them the plan; offsets are into its text.

    >>> twin = make_twin(random.Random(1))
    >>> begin, end = twin.assessment
    >>> twin.text[begin:end].partition(" with ")[0].partition("-")[2]
    'year-old man'
    >>> len(twin.lines), len(twin.plan)
    (12, 5)
    """
    main, second, absent = draw.sample(PROBLEMS, 3)
    own = (main, second)
    guards = {one.guard for one in own}
    others = [one for one in PROBLEMS if one not in own and one.guard not in guards]
    foreign = [one for one in PROBLEMS if one not in own]
    age, sex = draw.randint(30, 90), draw.choice(("man", "woman"))

    def some(templates: Sequence[str], count: int) -> list[str]:
        # What is denied belongs to neither problem of the patient.
        return [
            template.format(p=draw.choice(own), o=draw.choice(foreign), s=draw.choice(_STAY))
            for template in draw.sample(templates, count)
        ]

    judged = [f"{age}-year-old {sex} with {_called(draw, main)} and {_called(draw, second)}, "
              f"no sign of {_called(draw, absent)}."]  # fmt: skip
    direct, neither = draw.choice(((2, 1), (1, 2)))
    parts = [(one.treat, "Direct") for one in draw.sample(own, direct)]
    parts += [(draw.choice(own).guard, "Indirect"), (draw.choice(_STAY), "Not Relevant")]
    parts += [(draw.choice((one.treat, one.guard)), "Neither") for one in draw.sample(others, neither)]
    parts = [(draw.choice(_PARTS).format(words), label) for words, label in parts]
    draw.shuffle(parts)
    text, lines, plan, assessment = "", [], [], (0, 0)
    for section, said in (
        ("Subjective", some(_SAID, 3)),
        ("Objective", some(_SEEN, 2)),
        ("Assessment", [*judged, *some(_JUDGED, 1)]),
        ("Plan", [words for words, _ in parts]),
    ):
        for place, words in enumerate(said):
            begin, end = len(text), len(text) + len(words)
            lines.append((begin, end, section))
            if section == "Assessment" and place == 0:
                assessment = (begin, end)
            if section == "Plan":
                plan.append((begin, end, parts[place][1]))
            text += words + "\n"
    return Twin(text, tuple(lines), assessment, tuple(plan), own, absent)


def hypothesis(draw: random.Random, twin: Twin) -> tuple[str, str]:
    """A sentence and whether it follows from the assessment; what it says of what is evenly drawn."""
    held = draw.choice(("has", "has no"))
    which = draw.choice(("present", "absent", "not told"))
    told = {one.name for one in (*twin.problems, twin.absent)}
    about = {
        "present": draw.choice(twin.problems),
        "absent": twin.absent,
        "not told": draw.choice([one for one in PROBLEMS if one.name not in told]),
    }[which]
    label = "neutral"
    if which != "not told":
        label = "entailment" if (held == "has") == (which == "present") else "contradiction"
    return f"The patient {held} {_called(draw, about)}.", label


def question(draw: random.Random, twin: Twin) -> tuple[str, str, int]:
    """A question, words of the note that answer it, and where they stand: a part of the plan or a result."""
    asked = [
        (f"Which treatment is planned for {one.name}?", one.treat)
        for one in twin.problems
        if any(one.treat in twin.text[begin:end] for begin, end, label in twin.plan if label == "Direct")
    ]
    asked += [
        (f"What was the {one.test}?", one.value)
        for one in twin.problems
        if f"{one.test} {one.value}" in twin.text.partition(twin.text[slice(*twin.assessment)])[0]
    ]
    words, answer = draw.choice(asked)
    if words.startswith("What"):
        test = words.removeprefix("What was the ").removesuffix("?")
        return words, answer, twin.text.index(f"{test} {answer}") + len(test) + 1
    begin, end, _ = next(part for part in twin.plan if part[2] == "Direct" and answer in twin.text[slice(*part[:2])])
    return words, answer, twin.text.index(answer, begin, end)


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
            *(
                (n, twin.text[slice(*twin.assessment)], "; ".join(one.name for one in twin.problems))
                for n, twin in numbered
            ),
        ],
    }
    pairs = []
    paragraphs = []
    for n, twin in numbered:
        sentence, relation = hypothesis(draw, twin)
        premise = twin.text[slice(*twin.assessment)]
        pair = {"pairID": f"twin-{n}", "sentence1": premise, "sentence2": sentence, "gold_label": relation}
        pairs.append({**pair, "simulated": True})
        asked, answer, start = question(draw, twin)
        answers = [{"text": answer, "answer_start": start}]
        asking = {"id": f"twin-{n}", "question": asked, "answers": answers, "simulated": True}
        paragraphs.append({"context": twin.text, "qas": [asking]})
    label = labelled("twins", seed=seed, limits=LIMITS)
    provenance = msgspec.json.encode(label).decode()
    for name, table in tables.items():
        stream = io.StringIO(newline="")
        header, *body = table
        csv.writer(stream).writerows([(*header, "Provenance"), *((*row, provenance) for row in body)])
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
