"""Growth as deviations and centiles: "head circumference 3 SD below the mean", "weight <3rd centile".

A threshold is crossed below -2 SD or the 3rd centile and above +2 SD or the 97th, as HPO defines microcephaly, short
stature and their opposites; size at birth by the 10th and 90th centile; body mass index of children by the 5th, 85th
and 95th (CDC). "At the 3rd centile", "below the 5th" (of a height) and "2 SD" without a direction decide nothing.

>>> note = "Height 98 cm (<3rd centile), OFC -3.2 SD, weight at the 50th centile."
>>> [(found.label, note[found.start:found.end]) for found in growth(note, 0, len(note))]
[('Short stature', 'Height 98 cm (<3rd centile'), ('Microcephaly', 'OFC -3.2 SD')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

_PARAMETER = re.compile(
    r"\b(?:(?P<birth_weight>birth[ -]?weight|bw)|(?P<birth_length>birth[ -]length)|"
    r"(?P<birth_head>(?:birth[ -](?:head circumference|ofc|hc)|head circumference at birth))"
    r"|(?P<head>head[ -]circumference|occipito-?[ ]?frontal(?: head)? circumference|"
    r"fronto-?[ ]?occipital circumference|ofc|hc|head size)"
    r"|(?P<bmi>body[ -]mass[ -]index|bmi)"
    r"|(?P<height>(?<!ear )(?<!facial )(?<!vertebral )(?<!body )(?<!nasal )(?:standing[ ])?height|(?<!ear )"
    r"(?<!palm )(?<!hand )(?<!foot )(?<!finger )(?<!penile )(?<!limb )(?<!leg )(?<!arm )(?<!fissure )(?<!femur )"
    r"(?<!philtrum )(?<!fissural )(?<!bone )(?<!axial )(?<!total hand )(?<!cervical )(?<!segment )(?<!at )"
    r"(?<!full-)length|stature|ht)|(?P<weight>weight|wt))\b",
    re.I,
)
_SD = re.compile(
    r"(?P<lead>below|under|less than|above|over|greater than|more than|[<>≤≥])?[ ]?(?:the[ ])?"
    r"(?P<sign>[-−–+]|minus |plus )?[ ]?(?P<value>\d{1,2}(?:[.,]\d{1,2})?)[ ]?(?:(?:-|–|to)"
    r"[ ]?(?P<to>\d(?:[.,]\d)?)[ ]?)?(?:SDS?\b|S\.D\.|standard[ -]deviations?(?:[ ]scores?)?|z\b)"
    r"(?:[ ]?(?:\(?)(?P<tail>below|above|under|over|less than|greater than|lower|higher))?"
    r"|(?:z[ -]?scores?|SDS|SD score|standard deviation score)(?:[ ](?:for|of)[ ](?:age[ ])?(?:head circumference|"
    r"height|length|weight|ofc|bmi))?"
    r"[ ]?(?:of|was|is|[:=(])?[ ]?(?P<sign2>[-−–+]|minus |plus )?[ ]?(?P<value2>\d{1,2}(?:[.,]\d{1,2})?)(?!\d)",
    re.I,
)
_CENTILE = re.compile(
    r"(?P<lead>far below|well below|below|under|less than|lower than|above|over|greater than|more than|exceeding|"
    r"[<>≤≥]|at|on|in)?[ ]?(?:the[ ])?(?:p|P)?(?P<value>\d{1,2}(?:[.,]\d{1,2})?)[ ]?(?:st|nd|rd|th)?"
    r"(?:[ ]?(?:-|–|to|and)[ ]?(?P<to>\d{1,2}(?:[.,]\d)?)[ ]?(?:st|nd|rd|th)?)?[ -]?(?:(?:per)?centiles?|"
    r"%[ ]?iles?|percent[ -]?iles?|(?<=th) ?%|(?<=rd) ?%)"
    r"|\b(?P<lead3>below|under|above|over|<|>)[ ]?[pP](?P<value3>\d{1,2})\b",
    re.I,
)
_CHAIN = re.compile(r"[\s,/&]*(?:and|as well as)?[\s,/&]*(?:(?:his|her|the|both)\s+)?", re.I)
_RIGHT = re.compile(r"[ ]*(?:for|in)[ ]+(?:(?:her|his|the)[ ])?", re.I)
_LOW = frozenset(("below", "under", "less than", "lower", "far below", "well below", "lower than", "<", "≤"))
_HIGH = frozenset(("above", "over", "greater than", "more than", "higher", "exceeding", ">", "≥"))
_ANCHORS = ("sd", "s.d", "entile", "%ile", "deviation", "z-score", "z score", "%", "p3", "p97", " z")

_TERMS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "head": (("HP:0000252", "Microcephaly"), ("HP:0000256", "Macrocephaly")),
    "birth_head": (("HP:0011451", "Primary microcephaly"), ("HP:0004488", "Macrocephaly at birth")),
    "height": (("HP:0004322", "Short stature"), ("HP:0000098", "Tall stature")),
    "birth_length": (("HP:0003561", "Birth length less than 3rd percentile"), ("", "")),
    "weight": (("HP:0004325", "Decreased body weight"), ("HP:0004324", "Increased body weight")),
    "birth_weight": (("HP:0001518", "Small for gestational age"), ("HP:0001520", "Large for gestational age")),
    "bmi": (("HP:0045082", "Decreased body mass index"), ("HP:0001513", "Obesity")),
}
_NAMES = {
    "head": "head circumference",
    "birth_head": "head circumference at birth",
    "height": "height",
    "birth_length": "birth length",
    "weight": "weight",
    "birth_weight": "birth weight",
    "bmi": "body mass index",
}
# Centiles below and above which a finding is meant.
_LIMITS = {"birth_weight": (10.0, 90.0), "bmi": (5.0, 95.0)}


class Growth(msgspec.Struct, frozen=True):
    """A growth finding: its place, HPO id and label, and why."""

    start: int
    end: int
    id: str
    label: str
    reason: str


def growth(note: str, start: int, end: int) -> Iterator[Growth]:
    """Growth findings of one sentence, in order."""
    lower = note[start:end].lower()
    if not any(anchor in lower for anchor in _ANCHORS):
        return
    parameters = list(_PARAMETER.finditer(note, start, end))
    if not parameters:
        return
    taken = start
    for anchor, side, limit in sorted(_deviations(note, start, end), key=lambda found: found[0].start()):
        if anchor.start() < taken:
            continue
        chosen = _parameters_of(note, parameters, anchor, taken)
        for parameter in chosen:
            kind = parameter.lastgroup or ""
            result = side if isinstance(side, str) else _centile_side(side, kind)
            if result is None:
                continue
            term, label = _TERMS[kind][0 if result == "low" else 1]
            if kind == "bmi" and isinstance(side, tuple) and result == "high" and _is_overweight(side):
                term, label = "HP:0025502", "Overweight"
            if not term:
                continue
            words = " ".join(note[anchor.start() : anchor.end()].split())
            crossed = limit if isinstance(side, str) else _limit(kind, result, label)
            reason = f"{_NAMES[kind]} {words}: {'below' if result == 'low' else 'above'} {crossed}"
            yield Growth(
                min(parameter.start(), anchor.start()), max(parameter.end(), anchor.end()), term, label, reason
            )
        if chosen:
            taken = anchor.end()


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _deviations(note: str, start: int, end: int) -> Iterator[tuple[re.Match[str], str | tuple[float, str], str]]:
    for match in _SD.finditer(note, start, end):
        value = _number(match["value"] or match["value2"])
        sign = (match["sign"] or match["sign2"] or "").strip().lower()
        words = {(match["lead"] or "").lower(), (match["tail"] or "").lower()} - {
            "more than",
            ">",
            "≥",
            "greater than",
            "less than",
            "<",
            "≤",
        }
        low = sign in ("-", "−", "–", "minus") or bool(words & _LOW)
        high = sign in ("+", "plus") or bool(words & _HIGH)
        lead = (match["lead"] or "").lower()
        if not low and not high:
            continue
        if low and high:
            continue
        if low and lead in (">", "≥", "greater than") and sign in ("-", "−", "–", "minus"):
            continue  # "> -2 SD" is within the range
        if high and lead in ("<", "≤", "less than"):
            continue
        beyond = value > 2.0 or (
            value == 2.0
            and (
                lead in ("<", "≤", "below", "under", "less than", "more than", ">", "greater than", "above", "over")
                and not (lead in ("below", "under", "above", "over") and match["tail"])
            )
        )
        if beyond:
            yield match, "low" if low else "high", f"{'-' if low else '+'}2 SD, the limit in HPO's definition"
    for match in _CENTILE.finditer(note, start, end):
        value = _number(match["value"] or match["value3"])
        lead = (match["lead"] or match["lead3"] or "").lower()
        if match["to"]:
            value = max(value, _number(match["to"])) if value < 50 else min(value, _number(match["to"]))
        relation = "<" if lead in _LOW else ">" if lead in _HIGH else "="
        yield match, (value, relation), ""


def _centile_side(centile: tuple[float, str], kind: str) -> str | None:
    value, relation = centile
    low, high = _LIMITS.get(kind, (3.0, 97.0))
    if (value < low and relation != ">") or (value == low and relation == "<"):
        return "low"
    if kind == "bmi" and value >= 85 and relation != "<":
        return "high"
    if (value > high and relation != "<") or (value == high and relation == ">"):
        return "high"
    return None


def _is_overweight(centile: tuple[float, str]) -> bool:
    return centile[0] < 95


def _limit(kind: str, side: str, label: str) -> str:
    low, high = _LIMITS.get(kind, (3.0, 97.0))
    if label == "Overweight":
        high = 85.0
    source = (
        "CDC"
        if kind == "bmi"
        else "the limit in HPO's definition"
        if kind != "birth_weight"
        else "the limit for gestational age"
    )
    value = low if side == "low" else high
    return f"the {value:.0f}{'rd' if value == 3 else 'th'} centile, {source}"


def _parameters_of(
    note: str, parameters: list[re.Match[str]], anchor: re.Match[str], floor: int
) -> list[re.Match[str]]:
    """The parameters that a deviation is about: the nearest before it, with those listed beside that one, else "
    ""for height"."""
    inside = [match for match in parameters if anchor.start() < match.start() < anchor.end()]
    if inside:
        return inside[:1]
    left = [match for match in parameters if match.end() <= anchor.start() and match.start() >= floor]
    if left and anchor.start() - left[-1].end() <= 80:
        chosen = [left[-1]]
        for match in reversed(left[:-1]):
            if _CHAIN.fullmatch(note, match.end(), chosen[-1].start()) is None:
                break
            chosen.append(match)
        return chosen[::-1]
    right = _RIGHT.match(note, anchor.end(), anchor.end() + 30)
    if right is not None:
        return [match for match in parameters if match.start() == right.end()][:1]
    return []
