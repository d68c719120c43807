"""Checking an explanation against the record and the criteria, claim by claim.

Dossier 75's proxy for a specialist's review (Right prediction, wrong reasoning): it sorts what a person should look at
first, and is no person.

    record       small joints 6, RF 45 (14), duration 8 weeks
    explanation  "She has 9 small joints involved. 4-10 small joints score 3 points. So this is RA."
    claims       finding "9 small joints": wrong, the record says 6 · criterion: right · inference
    verdict      wrong fact

A claim is a *finding* (a value of the record), a *criterion* (points or a limit of the criteria), an *inference* (what
it amounts to) or *other*. The verdict on the explanation is the first of these that holds:

* ``wrong fact``: a finding differs from the record, or is not in it;
* ``wrong criterion``: points or a limit differ from the criteria;
* ``irrelevant``: nothing that the criteria look at is named;
* ``missing key``: what is named does not settle the criteria: the points named do not reach the threshold of a label
  that needs it, or what is not named could still reach it;
* ``right``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from workup.evaluation.verdicts import Verdict
from workup.knowledge.criteria import CriteriaSet, Value
from workup.text.document import Document
from workup.text.record_values import read_values

Kind = Literal["finding", "criterion", "inference", "other"]
Outcome = Literal["right", "wrong fact", "wrong criterion", "irrelevant", "missing key"]
OUTCOMES: tuple[Outcome, ...] = ("right", "wrong fact", "wrong criterion", "irrelevant", "missing key")

_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}
_NUMBER = r"(\d+(?:\.\d+)?)"

# Value -> how it is named. The first group is the value where it is told as a number.
_NUMBERED: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "small_joints": rf"{_NUMBER} (?:\w+ ){{0,2}}small(?:er)? joints?|small[- ]joint count (?:is|of|was) {_NUMBER}",
        "large_joints": rf"{_NUMBER} (?:\w+ ){{0,2}}large(?:r)? joints?|large[- ]joint count (?:is|of|was) {_NUMBER}",
        "duration_weeks": rf"{_NUMBER} weeks?",
        "rf": rf"\b(?:RF|rheumatoid factor)\b(?: level| titer)? (?:is |was |of |at )*{_NUMBER}",
        "acpa": rf"\b(?:ACPA|anti-?CCP|anti-citrullinated \w+ antibod\w+)(?: level| titer)? (?:is |was |are |of |at )*"
        rf"{_NUMBER}",
        "crp": rf"\b(?:CRP|C-reactive protein)(?: level)? (?:is |was |of |at )*{_NUMBER}",
        "esr": rf"\b(?:ESR|sedimentation rate) (?:is |was |of |at )*{_NUMBER}",
        "stiffness_minutes": rf"{_NUMBER}[- ]min\w* (?:of )?(?:morning )?stiffness"
        rf"|stiffness (?:\w+ ){{0,3}}{_NUMBER} min",
        "urate": rf"\burate (?:is |was |of |at )*{_NUMBER}",
    }.items()
}
_LABS = {
    "rf": r"\b(?:RF|rheumatoid factor)\b",
    "acpa": r"\b(?:ACPA|anti-?CCP|anti-citrullinated \w+ antibod\w+)",
    "crp": r"\b(?:CRP|C-reactive protein)",
    "esr": r"\b(?:ESR|sedimentation rate)",
}
_STATED = {
    name: re.compile(
        pattern
        + r"(?: \w+){0,2} (?:is|are|was|were) (?P<said>high(?:ly)?[- ]positive|strongly positive|low[- ]positive|"
        r"weakly positive|positive|negative|normal|raised|elevated|abnormal|not raised|not elevated)",
        re.IGNORECASE,
    )
    for name, pattern in _LABS.items()
}
_SIGNS = {
    "rash": r"\b(?:skin )?rash\b",
    "ana": r"\b(?:ANA|antinuclear antibod\w+)\b",
    "crystals": r"\bcrystals\b",
    "heberden_nodes": r"\bHeberden\w*(?: nodes)?",
    "sick_contact": r"\bsick contact\b",
    "synovitis": r"\bsynovitis\b",
}
_DENIAL = re.compile(r"\b(?:no|not|without|absen\w+|negative|lacks?|denie\w+|never)\b", re.IGNORECASE)
_POINTS = re.compile(
    rf"(?:scores?|gives?|counts?(?: for)?|contributes?|adds?|(?:is|are) worth|earns?) {_NUMBER}(?: points?)?"
    rf"|{_NUMBER} points?",
    re.IGNORECASE,
)
_THRESHOLD = re.compile(
    rf"(?:threshold|cut-?off|at least|needs?|requires?|required) (?:\w+ ){{0,4}}?{_NUMBER}"
    rf"|{_NUMBER} (?:points? )?(?:is|are) (?:needed|required)|total (?:\w+ ){{0,3}}?{_NUMBER}",
    re.IGNORECASE,
)
# Levels of the 2010 criteria as they are told, with their domain. The order matters: the first that matches counts.
_LEVELS: tuple[tuple[str, str, str], ...] = (
    ("joints", "more than 10 joints, at least one small", r"(?:more than|over|>) ?10 (?:\w+ )?joints"),
    ("joints", "4-10 small joints", r"(?:4 ?(?:-|–|to) ?10|between 4 and 10) small"),
    ("joints", "1-3 small joints", r"(?:1 ?(?:-|–|to) ?3|between 1 and 3) small"),
    ("joints", "2-10 large joints", r"(?:2 ?(?:-|–|to) ?10|between 2 and 10) large"),
    ("joints", "1 large joint", r"\b(?:1|a single) large joint"),
    ("serology", "high-positive RF or ACPA", r"(?:high(?:ly)?|strong(?:ly)?)[- ]positive (?:serology|RF|ACPA|antibod)"),
    ("serology", "low-positive RF or ACPA", r"(?:low|weak(?:ly)?)[- ]positive (?:serology|RF|ACPA|antibod)"),
    ("serology", "negative RF and ACPA", r"negative (?:serology|RF and ACPA|antibod)"),
    ("acute_phase", "abnormal CRP or ESR", r"(?:abnormal|raised|elevated) (?:CRP or ESR|acute[- ]phase|inflammat)"),
    ("acute_phase", "normal CRP and ESR", r"\bnormal (?:CRP and ESR|acute[- ]phase|inflammat)"),
    ("duration", "at least 6 weeks", r"(?:at least|≥) ?\d+ weeks|\d+ weeks or (?:more|longer)"),
    ("duration", "less than 6 weeks", r"(?:less|shorter) than \d+ weeks"),
)
_DURATION_LIMIT = re.compile(r"(?:at least|≥|less than|shorter than) ?(\d+) weeks|(\d+) weeks or (?:more|longer)", re.I)
_INFERENCE = re.compile(
    r"\b(?:therefore|thus|hence|so |overall|in total|altogether|speaks? (?:for|against)|consistent with|"
    r"rules? out|is RA\b|not RA\b|diagnosis|classif\w+|makes? RA)",
    re.IGNORECASE,
)


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One claim of an explanation.

    Attributes:
        text: The sentence it stands in.
        kind: What it is about.
        right: Whether it holds; None where that cannot be checked.
        about: Name of the value or the domain.
        why: What it was checked against.
    """

    text: str
    kind: Kind
    right: bool | None
    about: str = ""
    why: str = ""


class Checked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An explanation that was checked.

    Attributes:
        outcome: The verdict.
        claims: Its claims in order.
        named: Domains of the criteria that it names.
        why: Reason of the verdict.
    """

    outcome: Outcome
    claims: tuple[Claim, ...]
    named: tuple[str, ...]
    why: str

    def verdicts(self) -> list[Verdict]:
        """One verdict a claim; a claim that cannot be checked is unread and counts on neither side."""
        return [
            Verdict(
                item=one.text,
                verdict=None if one.right is None else "right" if one.right else "wrong",
                kind=one.kind,
                judge="claim-check 1",
                why=one.why,
            )
            for one in self.claims
        ]


def check_explanation(text: str, label_met: bool, values: Mapping[str, Value], rules: CriteriaSet) -> Checked:
    """Check an explanation of a label.

    Args:
        text: The explanation; read, never followed.
        label_met: Whether the label that it explains says that the criteria's outcome is reached.
        values: The record.
        rules: The criteria, with the domains of ``ra-2010``.

    >>> from workup.knowledge.criteria import criteria
    >>> record = {"small_joints": 6.0, "large_joints": 0.0, "synovitis": True, "better_explained": False}
    >>> check_explanation("There are 9 small joints involved.", True, record, criteria("ra-2010")).outcome
    'wrong fact'
    """
    claims: list[Claim] = []
    for start, end in Document.of(text).sentences:
        claims += _claims(text[start:end], values, rules)
    domain_of = {name: one.name for one in rules.domains for name in one.values()}
    named = tuple(
        dict.fromkeys(
            domain
            for one in claims
            if (domain := domain_of.get(one.about, one.about)) in {own.name for own in rules.domains}
        )
    )
    wrong = {one.kind: one for one in reversed(claims) if one.right is False}
    if "finding" in wrong:
        return Checked("wrong fact", tuple(claims), named, wrong["finding"].why)
    if "criterion" in wrong:
        return Checked("wrong criterion", tuple(claims), named, wrong["criterion"].why)
    if not named:
        return Checked("irrelevant", tuple(claims), named, "names nothing that the criteria look at")
    if missing := _missing(named, label_met, values, rules):
        return Checked("missing key", tuple(claims), named, missing)
    return Checked("right", tuple(claims), named, "every claim that can be checked holds, and they settle the label")


def _claims(sentence: str, values: Mapping[str, Value], rules: CriteriaSet) -> list[Claim]:
    plain = re.sub(r"\b(" + "|".join(_WORDS) + r")\b", lambda found: _WORDS[found[0].lower()], sentence, flags=re.I)
    level = next(((domain, title) for domain, title, pattern in _LEVELS if re.search(pattern, plain, re.I)), None)
    if level is not None and (_POINTS.search(plain) or _DURATION_LIMIT.search(plain)):
        return [_criterion(sentence, plain, *level, rules)]
    if found := _THRESHOLD.search(plain):
        return [_total(sentence, plain, found, values, rules)]
    claims = [*_quoted(sentence, values), *_numbers(sentence, plain, values), *_statements(sentence, plain, values)]
    if not claims:
        kind: Kind = "inference" if _INFERENCE.search(plain) else "other"
        return [Claim(sentence, kind, None)]
    return claims


def _criterion(sentence: str, plain: str, domain: str, title: str, rules: CriteriaSet) -> Claim:
    """Points, and the limit of the duration, against the criteria."""
    level = next((one for own in rules.domains if own.name == domain for one in own.levels if one.title == title), None)
    if level is None:
        return Claim(sentence, "criterion", False, domain, f"the criteria have no level {title!r}")
    limit = _DURATION_LIMIT.search(plain) if domain == "duration" else None
    if limit is not None and float(limit[1] or limit[2]) != 6:
        return Claim(sentence, "criterion", False, domain, f"the criteria say {title}")
    points = _POINTS.search(plain)
    said = None if points is None else float(points[1] or points[2])
    right = said is None or said == level.points
    return Claim(sentence, "criterion", right, domain, f"{title} is worth {level.points:g}")


def _total(sentence: str, plain: str, found: re.Match[str], values: Mapping[str, Value], rules: CriteriaSet) -> Claim:
    """The threshold, or the sum of this patient."""
    said = float(next(group for group in found.groups() if group))
    if found[0].lower().startswith("total"):
        points = rules.count(values).points
        return Claim(sentence, "inference", said == points, "", f"the record gives {points:g} points")
    return Claim(sentence, "criterion", said == rules.threshold, "", f"{rules.threshold:g} points are needed")


def _quoted(sentence: str, values: Mapping[str, Value]) -> list[Claim]:
    """Lines quoted as the record has them: "Small joints: 5"."""
    claims = []
    for name, said in read_values(sentence).items():
        if name in values or name in _NUMBERED or name in _SIGNS:
            why = f"the record says {values.get(name, 'nothing')} of {name}"
            claims.append(Claim(sentence, "finding", values.get(name) == said, name, why))
    return claims


def _numbers(sentence: str, plain: str, values: Mapping[str, Value]) -> list[Claim]:
    claims = []
    for name, pattern in _NUMBERED.items():
        for found in pattern.finditer(plain):
            said = float(next(group for group in found.groups() if group))
            known = values.get(name)
            right = known is not None and not isinstance(known, bool) and abs(said - known) < 0.5 * _unit(said)
            told = "nothing" if known is None else f"{known:g}"
            claims.append(Claim(sentence, "finding", right, name, f"the record says {told} of {name}"))
    return claims


def _unit(said: float) -> float:
    """One unit of the last digit that was printed."""
    return 1.0 if said == int(said) else 0.1


def _statements(sentence: str, plain: str, values: Mapping[str, Value]) -> list[Claim]:
    claims = []
    for name, pattern in _STATED.items():
        for found in pattern.finditer(plain):
            known, upper = values.get(name), values.get(f"{name}_upper")
            said = found["said"].lower()
            if known is None or upper is None:
                claims.append(Claim(sentence, "finding", False, name, f"the record says nothing of {name}"))
                continue
            times = float(known) / float(upper)
            if said.startswith(("high", "strong")):
                right = times > 3
            elif said.startswith(("low", "weak")):
                right = 1 < times <= 3
            else:
                right = (times > 1) is (said in ("positive", "raised", "elevated", "abnormal"))
            claims.append(Claim(sentence, "finding", right, name, f"{name} is {times:.2g} times its upper limit"))
    for name, sign in _SIGNS.items():
        if (found_sign := re.search(sign, plain, re.IGNORECASE)) is None:
            continue
        around = plain[max(0, found_sign.start() - 30) : found_sign.end() + 30]
        known = values.get(name)
        said_present = _DENIAL.search(around) is None
        claims.append(
            Claim(
                sentence,
                "finding",
                known is not None and bool(known) is said_present,
                name,
                "not in the record" if known is None else f"the record says {'yes' if known else 'no'}",
            )
        )
    return claims


def _missing(named: Sequence[str], label_met: bool, values: Mapping[str, Value], rules: CriteriaSet) -> str:
    """Why what is named does not settle the label; empty when it does."""
    counted = rules.count(values)
    known = sum(one.points for one in counted.domains if one.domain in named)
    rest = [one for one in rules.domains if one.name not in named]
    possible = known + sum(max(level.points for level in one.levels) for one in rest)
    if label_met and known < rules.threshold:
        return f"what is named is worth {known:g} of {rules.threshold:g} points"
    if not label_met and counted.applies is not False and possible >= rules.threshold:
        return f"what is not named could still reach {possible:g} of {rules.threshold:g} points"
    return ""
