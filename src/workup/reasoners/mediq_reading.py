"""What a doctor of MediQ says, read: a question, a decision, a probability, a label; and as released code reads it.

    "REASON: it may be gout. DECISION: NO"     -> False
    "Doctor: Does your toe hurt?"              -> "Does your toe hurt?"
    "I do not know. DECISION: YES"             -> True; by the released code NO, since "not" holds "no"

Words that say nothing of what was asked are None, never a guess; the caller's fallback stands in and is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from workup.case import Question
from workup.evaluation import parse
from workup.evaluation.parse.thinking import spoken
from workup.reasoners.blocks.abstain import LABELS, points
from workup.reasoners.blocks.role import yes_or_no
from workup.reasoning import Answer

_REASON = re.compile(r"^[\s*_#>-]*(?:reason|rationale)\b[^:\n]{0,20}:.*$", re.I | re.M)
_DECISION = re.compile(r"\bdecision\b[\s*_]*:", re.I)
_PROBABILITY = re.compile(r"\bprobability\b[\s*_]*:", re.I)
_SPEAKER = re.compile(
    r"^[\s*_#>\"'-]*(?:(?:my |the )?(?:next |atomic |follow-?up ){0,3}question(?: \d+)?|doctor|ask(?:ing)?)"
    r"[\s*_]*:[\s*_]*",
    re.I,
)
_DECIMAL = re.compile(r"\d*\.\d+|\d+")
LONGEST = 500


def without_reason(text: str) -> str:
    """A reply without what the model thinks to itself and without its line of reasons."""
    said, why = spoken(text)
    return "" if why else _REASON.sub("", said.text).strip()


def question(text: str) -> str | None:
    """The last line with a question, without who says it; None when nothing is asked.

    >>> question("REASON: gout?\\nQUESTION: Have you had any of these: gout, kidney stones? Thank you.")
    'Have you had any of these: gout, kidney stones?'
    >>> question("Your toe hurts.") is None
    True
    """
    lines = [line for line in re.split(r"[\r\n]+", without_reason(text)) if "?" in line]
    if not lines:
        return None
    asked = _SPEAKER.sub("", lines[-1])
    asked = asked[: asked.rfind("?") + 1].strip(" \"'*_")
    return " ".join(asked.split())[-LONGEST:] if re.search(r"\w", asked) else None


def released_question(text: str) -> str | None:
    """The released rule: the last line with a question mark, after its last colon.

    >>> released_question("Have you had any of these: gout, kidney stones?")
    'gout, kidney stones?'
    """
    lines = [line for line in text.splitlines() if "?" in line]
    asked = lines[-1].rpartition(":")[2].strip() if lines else ""
    return asked[-LONGEST:] or None


def answer_reader(asked: Question, policy: str) -> Callable[[str], Answer | None]:
    """Reads the answer to a question by one of the policies of :mod:`workup.evaluation.parse`."""
    return lambda text: parse.to_answer(parse.answer(text, asked, policy=policy), asked)


def decision(text: str) -> bool | None:
    """YES or NO after the last "DECISION:", else of the whole reply.

    >>> decision("I know too little. DECISION: YES"), decision("No."), decision("Perhaps.")
    (True, False, None)
    """
    return yes_or_no(_after(_DECISION, text))


def released_decision(text: str) -> bool | None:
    """The released rule: any "no" is a NO, in "not" and "know", too.

    >>> released_decision("I do not doubt it. DECISION: YES"), released_decision("YES"), released_decision("hm")
    (False, True, None)
    """
    low = text.lower()
    return False if "no" in low else True if "yes" in low else None


def probability(text: str) -> float | None:
    """A probability from 0 to 1, or in per cent.

    >>> probability("REASON: 2 signs of 3\\nPROBABILITY: 0.7"), probability("80 %"), probability("7")
    (0.7, 0.8, None)
    """
    value = parse.quantity(_after(_PROBABILITY, text)).value
    if not isinstance(value, parse.Quantity) or value.unit not in ("", "%"):
        return None
    found = value.value / 100 if value.unit == "%" else value.value
    return found if 0 <= found <= 1 else None


def released_probability(text: str) -> float:
    """The released rule: the last number, whatever its size; near 0.2 without any (0.2 here, by chance there).

    >>> released_probability("95"), released_probability("hm")
    (95.0, 0.2)
    """
    found = _DECIMAL.findall(text)
    # More digits than a number can hold are as good as none.
    return float(found[-1]) if found and len(found[-1]) < 300 else 0.2


def label(text: str) -> int | None:
    """Points of the one label of confidence that a reply names, after "DECISION:" where it says so.

    >>> label("DECISION: Somewhat Unconfident"), label("very confident or somewhat confident")
    (2, None)
    """
    low = " ".join(_after(_DECISION, text).lower().split())
    found = [one for one in LABELS if re.search(rf"(?<!\w){one}(?!\w)", low)]
    return points(found[0]) if len(found) == 1 else None


def _after(mark: re.Pattern[str], text: str) -> str:
    said = without_reason(text)
    if marks := list(mark.finditer(said)):
        return said[marks[-1].end() :].strip()
    # The reason and the decision on one line.
    if marks := list(mark.finditer(text)):
        return text[marks[-1].end() :].strip()
    return said
