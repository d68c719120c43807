"""Replies that decline or take back: refusals, "I don't know", "none of the above", "wait, it is ..."."""

from __future__ import annotations

import re

_REFUSAL = re.compile(
    r"\b(?:i|we)(?: am|'m| are|'re)? ?(?:sorry|unable to|not able to|cannot|can't|can not|won't|will not|do not know|"
    r"don't know|must decline|not (?:sure|certain)|am not (?:a doctor|qualified)|have no idea)|"
    r"\bas an ai\b|\bas a (?:large )?language model|\bunable to (?:answer|determine|provide|give)|"
    r"\b(?:insufficient|not enough) information\b|\bcannot be (?:answered|determined)\b|"
    r"\bje ne (?:sais|peux) pas|\bno (?:lo )?s[eé]\b|\bno puedo\b|"
    r"我不知道|无法(?:回答|确定|判断)|わかりません|分かりません|لا أعرف|"
    r"\b(?:seek|consult) (?:a|your|medical)\b",
    re.I,
)
_NONE = re.compile(
    r"\bnone of (?:the|these|them)(?: above| options| choices)?|\bneither(?: of (?:the|these|them))?(?= *[.!]?$)", re.I
)
_ALL = re.compile(
    r"\ball (?:of (?:the|these|them)(?: above| options)?|options|the above|four|five)|以上都(?:是|对)", re.I
)
_NONE_BUT = re.compile(r"\bnone\b[^.\n]{0,30}\b(?:except|but|apart from|other than)\b", re.I)
_EXCEPT = re.compile(r"\ball\b[^.\n]{0,30}\b(?:except|but|apart from|other than)\b", re.I)

TAKEN_BACK = re.compile(
    r"\b(?:wait|actually|correction|scratch that|on (?:reflection|second thought)|i was wrong|my mistake)\b"
    r"[\s,.:;!—-]{1,4}"
    r"(?:(?:it is|it's|it should be|that is|this is|the answer is|i mean|actually|an|a)[\s,:]{1,3}){0,4}"
)
"""What comes right before a verdict that stands in for an earlier one, in lower case."""


def refusal(low: str) -> bool:
    """Whether a reply (lower case) declines to answer."""
    return _REFUSAL.search(low) is not None


def none_of_them(low: str) -> bool:
    """Whether a reply says that no option is right."""
    return _NONE.search(low) is not None


def all_of_them(low: str) -> bool:
    """Whether a reply says that every option is right."""
    return _ALL.search(low) is not None and not all_except(low)


def all_except(low: str) -> bool:
    """Whether a reply says that every option is right but those that it names."""
    return _EXCEPT.search(low) is not None


def none_except(low: str) -> bool:
    """Whether a reply says that no option is right but those that it names."""
    return _NONE_BUT.search(low) is not None
