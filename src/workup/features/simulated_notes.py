"""Simulated notes whose outcome depends on what is asserted, not on which words are there.

Every note names the same findings, present or denied in one of several forms, and gives a lactate. The outcome is
likelier with each of three of them and with a lactate above 2. A count of words sees the same findings in every note.
"""

from __future__ import annotations

import numpy as np

from workup.features.clinical_text import Asked
from workup.knowledge.arrays import Array

_RISKS = ("fever", "confusion", "hypotension")
_BESIDE = ("cough", "headache", "nausea", "rash", "fatigue", "diarrhoea", "dysuria")
_PRESENT = ("The patient has {}.", "There is {}.", "Reports {} since yesterday.")
_DENIED = ("The patient has no {}.", "There is no {}.", "Denies {} since yesterday.")

BANK = (
    *(Asked(name, f"Does the patient have {name}?", "yes-no", (name,)) for name in (*_RISKS, *_BESIDE)),
    Asked("lactate", "What is the lactate in mmol/l?", "number", ("lactate",)),
)


def notes_with_outcome(n: int, *, seed: int = 0) -> tuple[list[str], Array]:
    """Notes and their outcome, 0 or 1.

    >>> notes, outcome = notes_with_outcome(2)
    >>> len(notes), outcome.shape, all("fever" in note for note in notes)
    (2, (2,), True)
    """
    random = np.random.default_rng(seed)
    notes, odds = [], []
    for _ in range(n):
        lines, risk = [], 0
        for name in (*_RISKS, *_BESIDE):
            there = bool(random.integers(2))
            risk += there and name in _RISKS
            forms = _PRESENT if there else _DENIED
            lines.append(forms[int(random.integers(len(forms)))].format(name))
        lactate = float(random.lognormal(0.7, 0.5))
        lines.append(f"Lactate is {lactate:.1f} mmol/l.")
        notes.append(" ".join(lines[place] for place in random.permutation(len(lines))))
        odds.append(5.0 * (risk - 1.5) + 2.0 * (1 if lactate > 2 else -1))
    return notes, (random.random(n) < 1 / (1 + np.exp(-np.array(odds)))).astype(np.int64)
