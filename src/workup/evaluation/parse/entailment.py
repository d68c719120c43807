"""The verdict of a free answer on entailment: which label the reasoning ends in.

Chat models asked for one of two words answer in paragraphs, quote the statement, weigh both labels and conclude in
other words ("the statement is not supported"). What counts, in this order: a mark, an announced answer, a reply that
opens with the label, the last conclusion that names one, the last sentence that does, the last conclusion and the last
sentence that judge the statement in other words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

import msgspec

from workup.evaluation.parse.marks import last_mark
from workup.evaluation.parse.parsed import Found
from workup.evaluation.parse.refusal import TAKEN_BACK, refusal

ENTAILED, CONTRADICTED, NEUTRAL = "entailment", "contradiction", "neutral"
FAMILIES = {
    ENTAILED: ("entailment", "entailed", "entails", "entail"),
    CONTRADICTED: ("contradiction", "contradicted", "contradicts", "contradict", "contradictory"),
    NEUTRAL: ("neutral", "neither", "undetermined", "unknown"),
}
_NAMED = re.compile(r"\b(?:(entail(?:s|ed|ing|ments?|able)?)|(contradict(?:s|ed|ing|ions?|ory)?)|(neutral))\b")
_EITHER = r"[\"']?(?:entail\w{0,5}|contradict\w{0,4}|neutral)[\"']?"
_PAIR = re.compile(
    rf"\b{_EITHER}\s{{0,2}}(?:,\s{{0,2}})?(?:\b(?:or|and/or|versus|vs\.?)|/)\s{{0,2}}(?:an? |is |it is |whether it |"
    rf"does not |not )?"
    rf"{_EITHER}(?:,? or neutral)?|\b(?:entailment, contradiction|contradiction, entailment)\b"
)
_TRUE = re.compile(
    r"\b(?:true|correct|accurate|supported|supports?|consistent|valid|confirmed|confirms?|verified|aligns?|aligned|"
    r"in line|"
    r"agrees?|agreement|inferred|implied|implies|deduced|concluded|justified|holds|substantiated|follows?|reflects?|"
    r"matches)\b"
)
_FALSE = re.compile(
    r"\b(?:false|incorrect|inaccurate|wrong|untrue|invalid|inconsistent|unsupported|refuted?s?|disproved?n?|conflicts?|"
    r"conflicting|at odds|unfounded|misleading|misrepresents?|disagrees?|erroneous|opposes|negates?|mistaken|"
    r"unproven)\b"
)
# Undecided is about the verdict; that the report does not tell is a verdict of its own: not entailed.
_ABOUT_VERDICT = re.compile(
    r"\b(?:entail|contradict|neutral|(?:true|correct|valid|accurate) or\b|which label|the label|either)"
)
_OPEN = re.compile(
    r"\b(?:cannot|can not|can't|could not|not possible to|unable to|impossible to|insufficient|not enough|"
    r"not sufficient|"
    r"no way to|difficult to)\b.{0,60}?\b(?:determined?|inferr?e?d?|conclud\w{1,2}|say|verif\w{1,4}|confirm\w{0,2}|"
    r"establish\w{0,2}|"
    r"assess\w{0,2}|evaluat\w{1,2}|deduced?|support\w{0,2}|information|evidence|data)\b"
    r"|\b(?:does|do) not (?:provide|contain|give|include|specify|mention)\b.{0,40}\b(?:information|evidence|data|"
    r"details?)\b"
)
_NOT = re.compile(
    r"(?:\b(?:not|no|never|neither|nor|cannot|without|fails? to|rather than|instead of|isn't|lacks?|hardly|nothing|"
    r"none)\b|n't\b)"
    r"[^.;:!?\n]{0,45}$"
)
_BREAK = re.compile(
    r"[;:]|,\s{0,2}(?:but|so|and|which|thus|therefore|hence|making|as|the|it|this|we|there|i)\b"
    r"|\b(?:but|however|therefore|thus|hence|because|since|whereas|while|although)\b"
)
_PARTLY = re.compile(r"\b(?:partly|partially|partial|to some extent|in part|neither|nor)\b[^.;!?\n]{0,40}$")
_SUBJECT = re.compile(r"\b(?:statement|claim|hypothesis|assertion|sentence|premise|conclusion)\b")
_CONCLUDING = re.compile(
    r"\b(?:therefore|thus|hence|consequently|in conclusion|in summary|to conclude|overall|so,? the|accordingly|"
    r"as a result|"
    r"we can (?:conclude|infer)|it can be (?:concluded|inferred)|this means|making (?:it|this|the statement)|"
    r"final(?:ly)?|"
    r"based on (?:this|the|these)[^,.]{0,60},|the answer)\b"
)
_WEIGHING = re.compile(
    r"\b(?:whether|(?:determine|decide|see|check|evaluate|assess|infer|verify|know|analyze|analyse) if|"
    r"need to (?:compare|look|check|"
    r"determine|examine|consider)|let'?s|in order to|to (?:determine|decide|evaluate|assess)\b|if the (?:statement|"
    r"trial)|"
    r"at first (?:sight|glance)|would (?:be|have been) (?:an? )?(?:entail|contradict)|one (?:might|could|may))"
)
_QUOTE = re.compile(r'"[^"\n]{25,700}"')
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]*]{0,4}\s+|\n+|[。！？]")
_OPENING = re.compile(
    r"[\s*_#\"'(\[`>-]{0,8}(?:(?:label|answer|conclusion|verdict|output|response|result|"
    r"relation(?:ship)?)[\s*_\"']{0,4}[:=][\s*_\"'(\[]{0,4})?"
    r"(?:it is |this is |yes, |no, )?(?:an? )?(entail(?:ment|ed|s)|contradict(?:ion|ed|s|ory)|neutral)"
    r"(?=[\s*_\"')\]`]{0,4}(?:$|[.:,;!\n—-]|\(|because|since|as\b))(?!: ?(?:none|no|false|0)\b)"
)
# "True." and "No, ..." in place of the label; weighs less than any sentence about the statement that follows.
_AGREED = re.compile(r"[\s*_\"'(]{0,6}(?:(yes|true|correct)|no|false|incorrect)(?=[\s*_\"')]{0,4}(?:$|[.,;:!\n]))")
_ANNOUNCED = re.compile(
    r"\b(?:answer|label|verdict|conclusion|output|relation(?:ship)?|final|result|classification|"
    r"judg(?:e)?ment)\b[\s*_\"']{0,4}(?:\([^)\n]{0,30}\)\s{0,2})?"
    r"(?:is|would be|should be|must be|:|=|-)?[\s:*_\"'(\[]{0,5}(?:therefore |thus |likely |most likely |"
    r"clearly )?(?:an? )?[\s*_\"']{0,3}"
    r"(entail(?:ment|ed|s)|contradict(?:ion|ed|s|ory)|neutral)\b"
)


class _Judgment(msgspec.Struct, frozen=True):
    start: int
    end: int
    family: str
    named: bool
    concluding: bool


def families(labels: Mapping[str, str]) -> dict[str, str]:
    """Key of each family that the labels cover; empty unless every label belongs to one and two are covered.

    >>> families({"E": "Entailment", "C": "Contradiction"})
    {'entailment': 'E', 'contradiction': 'C'}
    """
    found: dict[str, str] = {}
    for key, text in labels.items():
        family = next((name for name, words in FAMILIES.items() if {text.strip().lower(), key.lower()} & {*words}), "")
        if not family or family in found:
            return {}
        found[family] = key
    return found if {ENTAILED, CONTRADICTED} <= set(found) else {}


def verdict(text: str, low: str, keys: Mapping[str, str]) -> Found:
    """The label that an answer ends in.

    Args:
        text: Cleaned answer.
        low: The same in lower case.
        keys: Key of each family, from :func:`families`. With two labels "not entailed" means the other one.
    """
    if mark := last_mark(text):
        opening = _OPENING.match(mark.text.lower())
        key = keys.get(_family(opening.group(1))) if opening else None
        return Found(key, mark.start, mark.end, mark.kind if key else f"no label in the {mark.kind}")
    plain = _QUOTE.sub(lambda match: " " * len(match.group()), low)
    plain = _PAIR.sub(lambda match: " " * len(match.group()), plain)
    said = list(_ANNOUNCED.finditer(plain))
    if said and (key := keys.get(_family(said[-1].group(1)))):
        for revised in TAKEN_BACK.finditer(plain, said[-1].end()):
            instead = _OPENING.match(plain[revised.end() :])
            if instead and (other := keys.get(_family(instead.group(1)))):
                start, end = instead.span(1)
                return Found(other, start + revised.end(), end + revised.end(), "revised")
        return Found(key, *said[-1].span(1), "announced")
    opening = _OPENING.match(plain)
    if opening and (key := keys.get(_family(opening.group(1)))):
        return Found(key, *opening.span(1), "leading")
    judgments, undecided = _judgments(plain, low, two_way=len(keys) == 2)
    if said_so := _AGREED.match(plain):
        family = ENTAILED if said_so.group(1) else CONTRADICTED
        judgments.append(_Judgment(*said_so.span(), family, False, False))
    best = max(judgments, key=_weight, default=None)
    if best is None or best.family not in keys:
        why = "undecided" if undecided or best is not None else "refusal" if refusal(low) else "no verdict"
        return Found(None, why=why)
    return Found(keys[best.family], best.start, best.end, "conclusion" if best.concluding else "last verdict")


def _weight(one: _Judgment) -> tuple[int, int]:
    # A named label in a conclusion, then a named label, then other words: the last of the best kind.
    return (2 * one.named + one.concluding, one.start)


def _family(word: str) -> str:
    return ENTAILED if word.startswith("entail") else CONTRADICTED if word.startswith("contradict") else NEUTRAL


def _judgments(low: str, unmasked: str, *, two_way: bool) -> tuple[list[_Judgment], bool]:
    found: list[_Judgment] = []
    undecided = False
    bounds = [0, *(match.end() for match in _SENTENCE.finditer(low)), len(low)]
    for start, end in pairwise(bounds):
        sentence = low[start:end]
        whole_verdict = _ABOUT_VERDICT.search(unmasked[start:end]) is not None
        if len(sentence) > 4000 or sentence.rstrip().endswith("?"):
            continue
        concluding = _CONCLUDING.search(sentence) is not None
        open_ = _OPEN.search(sentence) and _SUBJECT.search(sentence)
        if _WEIGHING.search(sentence) and not open_:
            continue
        named = neither = False
        begun, denied = len(found), set[str]()
        for word in _NAMED.finditer(sentence):
            before = _clause(sentence[max(0, word.start() - 80) : word.start()])
            if _PARTLY.search(before):
                undecided = named = True
                neither = neither or re.search(r"\b(?:neither|nor)\b", before) is not None
                continue
            family = _family(word.group())
            if _NOT.search(before):
                denied.add(family)
                if not two_way or family == NEUTRAL:
                    continue
                family = CONTRADICTED if family == ENTAILED else ENTAILED
            named = True
            found.append(_Judgment(start + word.start(), start + word.end(), family, True, concluding))
        if neither or {ENTAILED, CONTRADICTED} <= denied:
            undecided = True
            del found[begun:]
        if named or not (_SUBJECT.search(sentence) or concluding):
            continue
        judged = _in_other_words(sentence, two_way=two_way, whole_verdict=whole_verdict)
        if judged is not None:
            found.append(_Judgment(start, end, judged, False, concluding))
    return found, undecided


def _in_other_words(sentence: str, *, two_way: bool, whole_verdict: bool) -> str | None:
    """What a sentence says of the statement without naming a label: a family, empty for undecided, None for nothing."""
    if _OPEN.search(sentence):
        return "" if whole_verdict else CONTRADICTED if two_way else NEUTRAL
    last: str | None = None
    places = [(match.start(), True) for match in _TRUE.finditer(sentence)]
    places += [(match.start(), False) for match in _FALSE.finditer(sentence)]
    for place, true in sorted(places):
        before = _clause(sentence[max(0, place - 80) : place])
        if _PARTLY.search(before):
            continue
        denied = _NOT.search(before) is not None
        last = ENTAILED if true != denied else CONTRADICTED
    return last


def _clause(before: str) -> str:
    cut = 0
    for match in _BREAK.finditer(before):
        cut = match.end()
    return before[cut:]
