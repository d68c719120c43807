"""Simulated progress notes whose plan parts are labelled by a graph of problems, in the layout of n2c2 2022 track 3.

A note has one main problem. A part of its plan is Direct when it treats the main problem, Indirect when it treats a
problem that the main one leads to, Neither when it treats a problem without a path from it, and Not Relevant when no
problem is treated. The same problem, in the same words, has another label in another note, so that the words of a plan
part alone do not settle it; names vary between assessment and plan. Parts mostly stand in the order that clinicians
write (main problem first, housekeeping last). Simulated: nothing here says how hard real notes are.

    Assessment: 71 yo woman with septic shock from a urinary source.
    Plan:       # Sepsis: cefepime, blood cultures.     Direct
                # AKI: fluids, trend creatinine.        Indirect (sepsis leads to it)
                # Gout: hold allopurinol.               Neither
                FEN: regular diet.                      Not Relevant
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from workup.io import write_atomic

_SWAPPED = 0.15
"""Chance that two neighbouring parts stand the other way round."""


class _Problem(NamedTuple):
    assessed: tuple[str, ...]
    planned: tuple[str, ...]
    treated: tuple[str, ...]
    leads_to: tuple[str, ...] = ()


PROBLEMS = {
    "sepsis": _Problem(
        ("septic shock from a urinary source", "sepsis", "urosepsis"),
        ("Sepsis", "Infection", "ID"),
        ("cefepime, blood cultures pending", "broad antibiotics, lactate every 4 h", "norepinephrine to MAP 65"),
        ("kidney", "delirium", "coagulopathy", "respiratory"),
    ),
    "kidney": _Problem(
        ("acute kidney injury", "acute renal failure", "AKI"),
        ("AKI", "Renal", "Acute renal failure"),
        ("fluids, trend creatinine", "hold nephrotoxins, urine electrolytes", "renal ultrasound, strict I/O"),
        ("potassium", "fluid"),
    ),
    "heart-failure": _Problem(
        ("acute on chronic systolic heart failure", "a CHF exacerbation", "decompensated heart failure"),
        ("CHF", "Heart failure", "Pump"),
        (
            "furosemide drip, daily weights",
            "diuresis to dry weight, echo today",
            "carvedilol, low sodium diet",
        ),
        ("kidney", "fluid", "respiratory", "rhythm"),
    ),
    "rhythm": _Problem(
        ("atrial fibrillation with rapid ventricular response", "new afib", "rapid atrial fibrillation"),
        ("Afib", "Rhythm", "Atrial fibrillation"),
        ("metoprolol for rate control", "diltiazem, apixaban", "amiodarone load, telemetry"),
        ("stroke", "fluid"),
    ),
    "cirrhosis": _Problem(
        ("decompensated cirrhosis", "alcoholic cirrhosis", "end-stage liver disease"),
        ("Cirrhosis", "ESLD", "Liver"),
        ("MELD labs daily, hepatology following", "abstinence counselling, nutrition", "transplant evaluation"),
        ("encephalopathy", "bleeding", "ascites", "coagulopathy"),
    ),
    "pancreatitis": _Problem(
        ("gallstone pancreatitis", "acute pancreatitis", "severe pancreatitis"),
        ("Pancreatitis", "Abdominal pain", "GI"),
        ("NPO, aggressive fluids, pain control", "ERCP when stable", "advance diet as tolerated"),
        ("respiratory", "glucose", "kidney"),
    ),
    "stroke": _Problem(
        ("an acute left MCA stroke", "ischemic stroke", "a new CVA"),
        ("CVA", "Stroke", "Neuro"),
        ("aspirin, permissive hypertension", "MRI brain, statin", "neuro checks every 4 h"),
        ("aspiration", "delirium"),
    ),
    "respiratory": _Problem(
        ("hypoxic respiratory failure", "ARDS", "acute respiratory failure"),
        ("Respiratory failure", "Hypoxia", "Pulm"),
        ("wean FiO2, low tidal volumes", "pressure support trial", "chest film daily, nebulizers"),
        ("delirium",),
    ),
    "overdose": _Problem(
        ("an opioid overdose", "polysubstance overdose", "a heroin overdose"),
        ("Overdose", "Ingestion", "Tox"),
        ("naloxone as needed, toxicology screen", "social work, observe", "hold sedatives"),
        ("respiratory", "aspiration", "kidney"),
    ),
    "bleeding": _Problem(
        ("an upper GI bleed", "variceal bleeding", "melena"),
        ("GIB", "Bleed", "Anemia due to bleeding"),
        ("pantoprazole, two large lines", "octreotide, EGD today", "transfuse to hemoglobin 7"),
        ("kidney", "encephalopathy"),
    ),
}
_SEQUELAE = {
    "potassium": _Problem((), ("Hyperkalemia",), ("calcium gluconate, insulin with dextrose", "repeat potassium")),
    "fluid": _Problem((), ("Volume overload", "Edema"), ("diuretics as pressure allows", "negative 1 L goal")),
    "delirium": _Problem((), ("Delirium", "Altered mental status"), ("reorient, avoid benzodiazepines", "haloperidol")),
    "coagulopathy": _Problem((), ("Coagulopathy", "Elevated INR"), ("vitamin K, follow INR", "FFP before procedures")),
    "encephalopathy": _Problem((), ("Encephalopathy",), ("lactulose to 3 stools", "rifaximin, avoid sedation")),
    "ascites": _Problem((), ("Ascites",), ("diagnostic tap, albumin", "spironolactone when stable")),
    "aspiration": _Problem((), ("Aspiration", "Dysphagia"), ("speech evaluation, head up", "ampicillin-sulbactam")),
    "glucose": _Problem((), ("Hyperglycemia",), ("insulin sliding scale", "finger sticks every 6 h")),
}
_UNRELATED = {
    "gout": _Problem((), ("Gout",), ("hold allopurinol", "colchicine renally dosed")),
    "thyroid": _Problem((), ("Hypothyroidism",), ("continue levothyroxine", "check TSH")),
    "depression": _Problem((), ("Depression",), ("continue sertraline", "psychiatry aware")),
    "copd": _Problem((), ("COPD",), ("home inhalers", "no wheeze, nebulizers as needed")),
    "hypertension": _Problem((), ("HTN",), ("hold lisinopril", "restart amlodipine")),
    "prostate": _Problem((), ("BPH",), ("continue tamsulosin", "foley out today")),
    "lipids": _Problem((), ("Hyperlipidemia",), ("continue statin",)),
}
_STAY = (
    "FEN: regular diet, replete electrolytes", "PPX: heparin subcutaneously, bowel regimen", "Code: full",
    "Dispo: ICU for now", "Access: peripheral lines", "Contact: daughter, by phone", "Communication with family daily",
)  # fmt: skip
_ALL = {**PROBLEMS, **_SEQUELAE, **_UNRELATED}


class ProgressNote(NamedTuple):
    """One made-up note.

    Attributes:
        text: The note.
        assessment: Begin and end.
        plan: Begin, end and relation of each part, in the order of the note.
    """

    text: str
    assessment: tuple[int, int]
    plan: tuple[tuple[int, int, str], ...]


def make_note(draw: random.Random) -> ProgressNote:
    """A note; offsets are into its text.

    >>> note = make_note(random.Random(3))
    >>> note.text[slice(*note.assessment)].split()[1]
    'yo'
    """
    main = draw.choice(list(PROBLEMS))
    problem = PROBLEMS[main]
    sequelae = draw.sample(problem.leads_to, draw.randint(1, min(2, len(problem.leads_to))))
    # Problems that can be main elsewhere, but to which no path leads here.
    apart = [name for name in (*PROBLEMS, *_SEQUELAE, *_UNRELATED) if name != main and name not in _reached(main)]
    others = draw.sample(apart, draw.randint(1, 3))
    parts = [(_part(main, draw), "Direct")]
    parts += [(_part(name, draw), "Indirect") for name in sequelae]
    parts += [(_part(name, draw), "Neither") for name in others]
    parts += [(words, "Not Relevant") for words in draw.sample(_STAY, draw.randint(1, 2))]
    for place in range(len(parts) - 1):
        if draw.random() < _SWAPPED:
            parts[place], parts[place + 1] = parts[place + 1], parts[place]
    judged = f"{draw.randint(25, 92)} yo {draw.choice(('man', 'woman'))} with {draw.choice(problem.assessed)}."
    text = f"Events: none overnight.\nVitals stable.\nAssessment:\n{judged}\nPlan:\n"
    begin = text.index(judged)
    plan = []
    for words, relation in parts:
        plan.append((len(text), len(text) + len(words), relation))
        text += words + "\n"
    return ProgressNote(text, (begin, begin + len(judged)), tuple(plan))


def _reached(main: str) -> set[str]:
    """Everything that a problem leads to, over any number of steps."""
    found, waiting = set(), [main]
    while waiting:
        for name in _ALL[waiting.pop()].leads_to:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _part(name: str, draw: random.Random) -> str:
    problem = _ALL[name]
    return f"# {draw.choice(problem.planned)}: {draw.choice(problem.treated)}."


def write_notes(folder: Path, seed: int, count: int) -> list[Path]:
    """Write the table of notes and the table of offsets, as the task's organisers lay them out.

    Returns:
        ``notes.csv`` and ``plan.csv``.
    """
    draw = random.Random(f"progress notes {seed}")
    notes: list[Sequence[object]] = [("ROW_ID", "TEXT")]
    offsets: list[Sequence[object]] = [
        ("ROW ID", "HADM ID", "Assessment Begin", "Assessment End", "PlanSubsection Begin", "PlanSubsection End",
         "Relation"),
    ]  # fmt: skip
    for number in range(1, count + 1):
        note = make_note(draw)
        notes.append((number, note.text))
        offsets += [(number, number, *note.assessment, *part) for part in note.plan]
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in (("notes.csv", notes), ("plan.csv", offsets)):
        stream = io.StringIO(newline="")
        csv.writer(stream).writerows(table)
        write_atomic(folder / name, stream.getvalue().encode())
    return [folder / "notes.csv", folder / "plan.csv"]
