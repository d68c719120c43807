"""How strictly words are read: two policies of our own, and the rules of published systems by name."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from workup.errors import UserError
from workup.evaluation.parse.entailment import families
from workup.evaluation.parse.parsed import Found

_BOX = re.compile(r"\\boxed\{([^{}]{0,200})\}")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A way of reading answers.

    Attributes:
        name: Its name, as given to ``policy=``.
        kinds: What it reads: names of the functions of :mod:`workup.evaluation.parse`.
        summary: What it does, in a sentence.
        source: Where the rule comes from.
    """

    name: str
    kinds: tuple[str, ...]
    summary: str
    source: str


ALL = (
    "choice",
    "choices",
    "label",
    "yes_no_maybe",
    "number",
    "quantity",
    "date",
    "ranked_list",
    "json_value",
    "correction",
)
POLICIES: dict[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy(
            name="strict",
            kinds=ALL,
            summary=(
                "Only the form that was asked for: the bare answer, an answer tag, a box, JSON, or an 'Answer: X' line."
            ),
            source="workup",
        ),
        Policy(
            name="lenient",
            kinds=ALL,
            summary="What the words mean: marks, announcements, negation, revisions, elimination; never a guess.",
            source="workup",
        ),
        Policy(
            name="exact",
            kinds=("choice",),
            summary="The raw text is the key, character for character; anything else, blanks included, is unread.",
            source="MedAgentsBench (arXiv 2503.07459), evaluation of predicted_answer (system 19)",
        ),
        Policy(
            name="first-box",
            kinds=("choice",),
            summary=r"The key in the first \boxed{}, in either case; what follows it is not looked at.",
            source=(
                "DiagnosisArena, multiple-choice metric as meant: the released one never calls its comparison "
                "(system 35)"
            ),
        ),
        Policy(
            name="first-keyword",
            kinds=("choice", "label"),
            summary="The option or label whose words come first in the text, negated or not.",
            source=(
                "the naive reader that the released labels of D-NLP at SemEval-2024 task 2 are compared with "
                "(system 51)"
            ),
        ),
        Policy(
            name="d-nlp",
            kinds=("label",),
            summary="As lenient; of two labels, an answer that says it cannot be decided reads as not entailed.",
            source=(
                "D-NLP at SemEval-2024 task 2: every released label is one of the two, undecided answers included "
                "(system 51)"
            ),
        ),
        Policy(
            name="medrect-loose",
            kinds=("correction",),
            summary="Strict form; else a line that begins with 1-50; else the word CORRECT anywhere means no error.",
            source="MedRECT, the three stages of its parser (system 40)",
        ),
    )
}


def check(policy: str, kind: str) -> None:
    """Refuse a policy that does not exist or does not read this kind of answer.

    Raises:
        UserError: Says which ones do.
    """
    known = POLICIES.get(policy)
    if known is None or kind not in known.kinds:
        fitting = ", ".join(name for name, one in POLICIES.items() if kind in one.kinds)
        problem = "no such policy" if known is None else f"the policy does not read a {kind}"
        raise UserError(f"{problem}: {policy!r}; try {fitting}")


def exact(raw: str, options: Mapping[str, str]) -> Found:
    """The rule of system 19."""
    return Found(raw, 0, len(raw), "exact") if raw in options else Found(None, why="not a key" if raw else "empty")


def first_box(raw: str, options: Mapping[str, str]) -> Found:
    """The rule of system 35."""
    box = _BOX.search(raw)
    if box is None:
        return Found(None, why="no box")
    inside = box.group(1).strip().casefold()
    key = next((key for key in options if key.casefold() == inside), None)
    return Found(key, *box.span(1), "box") if key else Found(None, why="no option named in the box")


def first_keyword(raw: str, options: Mapping[str, str]) -> Found:
    """The naive rule that system 51 is compared with."""
    low = raw.lower()
    stems = {"entailment": "entail", "contradiction": "contradict", "neutral": "neutral"}
    covered = families(options)
    words = {key: stems[family] for family, key in covered.items()} or {
        key: text.lower() for key, text in options.items()
    }
    places = [(low.find(word), key, word) for key, word in words.items() if word and low.find(word) >= 0]
    if not places:
        return Found(None, why="no keyword")
    place, key, word = min(places)
    # Lower case may be longer than what was written, by a letter at most.
    return Found(key, min(place, len(raw) - 1), min(place + len(word), len(raw)), "first keyword")
