"""Simulated notes with known findings, and their edits on the four axes of LAPD (system 43).

::

    A 61-year-old woman is seen today. The patient reports productive cough. The patient denies flank pain.
    Temperature is 38.9 C. Heart rate is 102 /min.

    masking   1   one sentence of the disease left out                      should hold: the others tell it
    negation  3   all three of them denied                                  should flip: nothing of the disease is left
    synonym   2   "productive cough" -> "cough with sputum", and another     should hold: the same is said
    number    1   every value 5 % higher, unit and decimals as they were     should hold

Strength is the number of edits, or the size of the change. What can be shown with such notes is that an audit works;
how fragile a model is on real notes they do not tell.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

Axis = Literal["masking", "negation", "synonym", "number"]
Expectation = Literal["flip", "hold", "open"]

AXES: tuple[Axis, ...] = ("masking", "negation", "synonym", "number")
STRENGTHS = (1, 2, 3)
NUMBER_CHANGES = {1: 0.05, 2: 0.2, 3: 0.5}

# Name, unit, standard deviation and decimals of what is measured in every patient.
_MEASURED = (("Temperature", "C", 0.4, 1), ("Heart rate", "/min", 9.0, 0), ("C-reactive protein", "mg/l", 12.0, 0))
# Disease -> findings with another name of each, and the means of the three measurements.
_DISEASES: dict[str, tuple[dict[str, str], tuple[float, float, float]]] = {
    "pneumonia": (
        {
            "productive cough": "cough with sputum",
            "fever": "raised body temperature",
            "pleuritic chest pain": "chest pain on breathing in",
            "crackles": "rales",
        },
        (38.9, 102.0, 120.0),
    ),
    "pulmonary embolism": (
        {
            "sudden dyspnea": "abrupt shortness of breath",
            "calf swelling": "a swollen lower leg",
            "haemoptysis": "coughing up blood",
            "recent immobilisation": "a recent time in bed",
        },
        (37.2, 112.0, 40.0),
    ),
    "heart failure": (
        {
            "orthopnea": "shortness of breath when lying flat",
            "ankle oedema": "swollen ankles",
            "nocturnal dyspnea": "waking at night short of breath",
            "fatigue": "tiredness",
        },
        (36.8, 95.0, 25.0),
    ),
    "appendicitis": (
        {
            "right lower quadrant pain": "pain in the right iliac fossa",
            "anorexia": "loss of appetite",
            "rebound tenderness": "pain when the hand is let go",
            "vomiting": "emesis",
        },
        (38.1, 98.0, 80.0),
    ),
    "pyelonephritis": (
        {
            "flank pain": "pain in the loin",
            "dysuria": "burning on passing water",
            "urinary frequency": "passing water often",
            "chills": "rigors",
        },
        (39.2, 104.0, 150.0),
    ),
    "migraine": (
        {
            "unilateral throbbing headache": "pulsating pain on one side of the head",
            "photophobia": "sensitivity to light",
            "visual aura": "flickering before the eyes",
            "phonophobia": "sensitivity to noise",
        },
        (36.7, 78.0, 20.0),
    ),
}
DISEASES = tuple(_DISEASES)


class Said(msgspec.Struct, frozen=True):
    """One sentence of a note.

    Attributes:
        text: What it is about: a finding or the name of a measurement.
        span: First and one past last character of the sentence with the space before it.
        polarity: ``present``, ``denied`` or ``measured``.
        own: Whether it belongs to the note's disease.
        value: The value as written; empty for a finding.
        unit: Its unit.
    """

    text: str
    span: tuple[int, int]
    polarity: Literal["present", "denied", "measured"]
    own: bool
    value: str = ""
    unit: str = ""


class Note(msgspec.Struct, frozen=True):
    """A simulated note."""

    id: str
    text: str
    diagnosis: str
    findings: tuple[Said, ...]


class Pair(msgspec.Struct, frozen=True):
    """A changed copy of a note.

    Attributes:
        note: Place of the original in the list.
        axis: What was done.
        strength: 1 to 3.
        edits: Start and end in the original, and what stands there now; everything else is as it was.
        text: The changed note.
        expectation: What a diagnosis should do.
    """

    note: int
    axis: Axis
    strength: int
    edits: tuple[tuple[int, int, str], ...]
    text: str
    expectation: Expectation


def simulated_notes(per_disease: int, *, seed: int = 0) -> list[Note]:
    """Notes of six diseases: three of four findings each, two of other diseases denied, three measurements.

    >>> note = simulated_notes(1)[0]
    >>> note.diagnosis, len(note.findings), note.text.startswith("A ")
    ('pneumonia', 8, True)
    """
    random = np.random.default_rng(seed)
    notes = []
    for disease, (findings, means) in _DISEASES.items():
        others = [one for other, (theirs, _) in _DISEASES.items() if other != disease for one in theirs]
        for number in range(per_disease):
            sex = ("woman", "man")[int(random.integers(2))]
            text = f"A {int(random.integers(20, 90))}-year-old {sex} is seen today."
            own = [list(findings)[place] for place in sorted(random.permutation(len(findings))[:3])]
            denied = [others[place] for place in random.permutation(len(others))[:2]]
            said = []
            lines: list[tuple[str, Literal["present", "denied"], bool]] = [(one, "present", True) for one in own]
            lines += [(one, "denied", False) for one in denied]
            for place in random.permutation(len(lines)):
                words, polarity, is_own = lines[place]
                sentence = f" The patient {'reports' if polarity == 'present' else 'denies'} {words}."
                said.append(Said(words, (len(text), len(text) + len(sentence)), polarity, is_own))
                text += sentence
            for (name, unit, spread, decimals), mean in zip(_MEASURED, means, strict=True):
                value = f"{max(float(random.normal(mean, spread)), 1.0):.{decimals}f}"
                sentence = f" {name} is {value} {unit}."
                said.append(Said(name, (len(text), len(text) + len(sentence)), "measured", False, value, unit))
                text += sentence
            notes.append(Note(f"{disease.replace(' ', '-')}-{number}", text, disease, tuple(said)))
    return notes


def pairs_of(notes: list[Note], *, seed: int = 0) -> list[Pair]:
    """Every note changed on each axis at each strength."""
    random = np.random.default_rng(seed)
    pairs = []
    for place, note in enumerate(notes):
        own = [one for one in note.findings if one.own and one.polarity == "present"]
        order = [own[i] for i in random.permutation(len(own))]
        for axis in AXES:
            for strength in STRENGTHS:
                edits = _edits(note, axis, strength, order)
                text = edited(note.text, edits)
                pairs.append(Pair(place, axis, strength, edits, text, _expectation(axis, strength)))
    return pairs


def _expectation(axis: Axis, strength: int) -> Expectation:
    if axis == "synonym" or strength == 1:
        return "hold"
    return "flip" if axis != "number" and strength == 3 else "open"


def _edits(note: Note, axis: Axis, strength: int, order: list[Said]) -> tuple[tuple[int, int, str], ...]:
    found: list[tuple[int, int, str]] = []
    if axis == "number":
        for one in note.findings:
            if one.value:
                start = note.text.index(f" {one.value} ", *one.span) + 1
                decimals = len(one.value.partition(".")[2])
                found.append(
                    (start, start + len(one.value), f"{float(one.value) * (1 + NUMBER_CHANGES[strength]):.{decimals}f}")
                )
        return tuple(found)
    for one in order[:strength]:
        if axis == "masking":
            found.append((*one.span, ""))
        elif axis == "negation":
            found.append(toggle(note.text, one.span))
        else:
            start = note.text.index(one.text, *one.span)
            found.append((start, start + len(one.text), _DISEASES[note.diagnosis][0][one.text]))
    return tuple(sorted(found))


def toggle(text: str, span: tuple[int, int]) -> tuple[int, int, str]:
    """The edit that denies what a sentence asserts, or asserts what it denies.

    >>> text = "The patient denies fever."
    >>> edit = toggle(text, (0, len(text)))
    >>> edited(text, [edit])
    'The patient reports fever.'

    Raises:
        ValueError: It says neither.
    """
    for before, after in (("reports", "denies"), ("denies", "reports")):
        start = text.find(f"patient {before} ", *span)
        if start >= 0:
            start += len("patient ")
            return start, start + len(before), after
    raise ValueError(f"neither asserts nor denies: {text[slice(*span)]!r}")


def edited(text: str, edits: tuple[tuple[int, int, str], ...] | list[tuple[int, int, str]]) -> str:
    """A text with some stretches replaced.

    >>> edited("abc", [(1, 2, "-")])
    'a-c'
    """
    parts, place = [], 0
    # By place alone, so that two insertions at one place keep their order.
    for start, end, words in sorted(edits, key=lambda one: one[:2]):
        parts += [text[place:start], words]
        place = end
    return "".join((*parts, text[place:]))
