"""Simulated vignettes with a question: every finding, place in the text, unit and right answer is known.

A patient has one of two look-alikes (:mod:`workup.simulate.lookalikes`). The note tells their shared findings in random
order and wording, denies some others, gives vital signs, and tells the finding that decides, if the patient has it
and it was recorded (it is left out of ``unrecorded`` of the notes, so that no reader can be right always). Four
options: both look-alikes and two diseases of other pairs. The truth is in ``case.reference``; its extensions say what
decides.

    This woman is 34 years old. She has axillary freckling. There is no fever. Examination shows Lisch nodules.
    The record notes macrocephaly. Heart rate is 78/min and oxygen saturation is 97 %.
    A. Legius syndrome   B. Neurofibromatosis, type 1   C. Wilson disease   D. Cystic fibrosis        right: B

What it can show: whether a reasoner reads a note, and what changes its answer. What it cannot: how good a reasoner is
with patients, whose notes are longer and whose diseases do not come in pairs.

    python -m workup.simulate.vignettes 200 --seed 0 > vignettes.jsonl

>>> case = vignettes(2, seed=0)[0]
>>> case.text[slice(*case.findings[0].spans[0])].casefold() in case.text.casefold()
True
>>> case == vignettes(2, seed=0)[0], case.provenance["simulated"]
(True, True)
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from workup.case import Case, Finding, Question, Reference, Sex, Status, to_json
from workup.simulate import french
from workup.simulate.lookalikes import BESIDE, PAIRS, Pair, Sign

VERSION = "1"
QUESTION = "Which of these diseases is the most likely?"
UNRECORDED = 0.3
"""Share of patients with the deciding finding whose note does not tell it."""

_PRESENT = ("{She} has {it}.", "Examination shows {it}.", "The record notes {it}.", "{She} is known to have {it}.")
_DENIED = ("There is no {it}.", "{She} has no {it}.", "{She} denies {it}.")
_MEASURED = ("Laboratory tests show a {it}.", "The laboratory reports a {it}.")
_PEOPLE = {"female": ("girl", "woman", "She"), "male": ("boy", "man", "He")}


class _Said(msgspec.Struct, frozen=True):
    """One sentence of a note, with the place of the finding in it, and the same in French."""

    text: str
    finding: Finding
    french: str


def vignettes(count: int, *, seed: int = 0, cue: float = 0.0, unrecorded: float = UNRECORDED) -> list[Case]:
    """Draw vignettes; the first ones of a larger draw with the same settings are the same.

    Args:
        count: How many.
        seed: Seed.
        cue: Share of questions whose right option is written longer than the others, a flaw that gives it away.
        unrecorded: Share of patients with the deciding finding whose note does not tell it.

    Raises:
        ValueError: A share is outside 0-1, or the count is negative.
    """
    if count < 0 or not (0 <= cue <= 1 and 0 <= unrecorded <= 1):
        raise ValueError("needs a count of 0 or more and shares of 0 to 1")
    return [_vignette(number, np.random.default_rng((seed, number)), cue, unrecorded, seed) for number in range(count)]


def _vignette(number: int, random: np.random.Generator, cue: float, unrecorded: float, seed: int) -> Case:
    # Every pair, both its diseases and both sexes come equally often, so that no group is harder than another.
    pair = PAIRS[number % len(PAIRS)]
    is_first = (number // len(PAIRS)) % 2 == 0
    sex: Sex = "female" if (number // (2 * len(PAIRS))) % 2 == 0 else "male"
    age = int(random.integers(6, 18)) if random.random() < 0.25 else int(random.integers(18, 85))
    recorded = is_first and random.random() >= unrecorded
    young, grown, she = _PEOPLE[sex]
    opening = f"This {young if age < 18 else grown} is {age} years old."
    said = [_present(sign, she, random) for sign in pair.shared]
    if recorded:
        said.append(_deciding(pair.deciding, she, random))
    beside = [BESIDE[i] for i in random.permutation(len(BESIDE))[:3]]
    said.append(_present(beside[0], she, random))
    said += [_denied(sign, she, random) for sign in beside[1:]]
    rate, saturation = int(random.integers(58, 96)), int(random.integers(94, 100))
    vitals = f"Heart rate is {rate}/min and oxygen saturation is {saturation} %."
    text, findings = opening, []
    in_french = [french.opening(young if age < 18 else grown, age)]
    for place in random.permutation(len(said)).tolist():
        one = said[place]
        start, end = one.finding.spans[0]
        shift = len(text) + 1
        findings.append(msgspec.structs.replace(one.finding, spans=((start + shift, end + shift),)))
        text = f"{text} {one.text}"
        in_french.append(one.french)
    told = " ".join([*in_french, french.vitals(rate, saturation)])
    return Case(
        id=f"vignette-{number:04d}",
        text=f"{text} {vitals}",
        sex=sex,
        age=f"P{age}Y",
        findings=tuple(findings),
        provenance={"simulated": True, "generator": f"vignettes {VERSION}, seed {seed}", "pair": pair.deciding.label},
        **_question(pair, is_first, cue, random, beside, told),
    )


def _question(
    pair: Pair, is_first: bool, cue: float, random: np.random.Generator, beside: Sequence[Sign], told: str
) -> dict[str, Any]:
    others = [other for other in PAIRS if other is not pair]
    wrong = [others[i] for i in random.choice(len(others), size=2, replace=False).tolist()]
    offered = [pair.first, pair.second, *(one.first if random.random() < 0.5 else one.second for one in wrong)]
    order = random.permutation(len(offered)).tolist()
    right = pair.first if is_first else pair.second
    names = {"ABCD"[place]: offered[i] for place, i in enumerate(order)}
    answer = next(key for key, disease in names.items() if disease is right)
    options = {key: disease.label for key, disease in names.items()}
    if random.random() < cue:
        options[answer] = f"{options[answer]}, with the complete and typical clinical picture of this disease"
    signs = (*pair.shared, pair.deciding, *beside)
    truth: dict[str, Any] = {
        "deciding": pair.deciding.id,
        "without": next(key for key, disease in names.items() if disease is pair.second),
        "beside": [sign.id for sign in beside],
        "synonyms": {sign.id: list(sign.phrases) for sign in signs},
        "measured": {sign.id: _measurement(sign) for sign in signs if sign.measured},
        "translations": {"fr": {disease.label: disease.french for disease in offered}},
    }
    if options == {key: disease.label for key, disease in names.items()}:
        # The same facts, written anew; a right option that gives itself away has no equal in another language.
        own = {key: disease.french for key, disease in names.items()}
        truth["versions"] = {french.LANGUAGE: {"text": told, "question": french.QUESTION, "options": own}}
    return {
        "question": Question(QUESTION, options),
        "reference": Reference(answer=answer, labels=(right.label,), diagnoses=(right.id,), extensions=truth),
    }


def _measurement(sign: Sign) -> dict[str, Any]:
    assert sign.measured is not None
    name, unit, shows, denies, threshold, decimals = sign.measured
    return {
        "name": name,
        "unit": unit,
        "shows": f"{shows:.{decimals}f}",
        "denies": f"{denies:.{decimals}f}",
        "threshold": threshold,
    }


def _present(sign: Sign, she: str, random: np.random.Generator) -> _Said:
    return _said(sign, _PRESENT, str(random.choice(sign.phrases)), "present", she, random)


def _denied(sign: Sign, she: str, random: np.random.Generator) -> _Said:
    return _said(sign, _DENIED, sign.phrases[0], "excluded", she, random)


def _deciding(sign: Sign, she: str, random: np.random.Generator) -> _Said:
    if sign.measured is None:
        return _present(sign, she, random)
    one = _measurement(sign)
    return _said(sign, _MEASURED, f"{one['name']} of {one['shows']} {one['unit']}", "present", she, random)


def _said(sign: Sign, ways: Sequence[str], words: str, status: Status, she: str, random: np.random.Generator) -> _Said:
    number = int(random.integers(len(ways)))
    way = ways[number].replace("{She}", she)
    start = way.index("{it}")
    finding = Finding(sign.id, label=sign.label, status=status, spans=((start, start + len(words)),))
    if ways is _MEASURED:
        one = _measurement(sign)
        same = french.measured(one["name"], one["shows"], one["unit"], number, she)
    else:
        same = (french.denied if status == "excluded" else french.present)(sign.id, number, she)
    return _Said(way.replace("{it}", words), finding, same)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write vignettes to standard output, one JSON object a line."""
    parser = argparse.ArgumentParser(prog="python -m workup.simulate.vignettes", description="Simulated vignettes.")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cue", type=float, default=0.0, help="share of questions that a long option gives away")
    given = parser.parse_args(arguments)
    for case in vignettes(given.count, seed=given.seed, cue=given.cue):
        sys.stdout.buffer.write(to_json(case) + b"\n")


if __name__ == "__main__":
    main()
