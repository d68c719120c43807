"""Calendar dates as ISO 8601; a date that does not exist is not one."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from workup.evaluation.parse.marks import last_mark
from workup.evaluation.parse.numbers import SENTENCE_END
from workup.evaluation.parse.parsed import Found

Order = Literal["mdy", "dmy", "ymd"]
_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    )
    for number, name in enumerate(names.split(), 1)
} | {"sept": 9, "fevrier": 2, "aout": 8, "decembre": 12}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?<!\d)(?:(?P<y1>\d{{4}})[-/.](?P<m1>\d{{1,2}})[-/.](?P<d1>\d{{1,2}})(?!\d)"
    rf"|(?P<y2>\d{{4}})年(?P<m2>\d{{1,2}})月(?P<d2>\d{{1,2}})日"
    rf"|(?P<a>\d{{1,2}})(?P<sep>[/.-])(?P<b>\d{{1,2}})(?P=sep)(?P<y3>\d{{4}})(?!\d)"
    rf"|(?P<d4>\d{{1,2}})(?:st|nd|rd|th|er|\.)?[ -](?:of |de )?(?P<m4>{_MONTH})\.?,?[ -](?:de |"
    rf"del )?(?P<y4>\d{{4}})(?!\d))"
    rf"|\b(?P<m5>{_MONTH})\.? (?P<d5>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y5>\d{{4}})(?!\d)"
)


def calendar_date(text: str, low: str, order: Order = "mdy") -> Found:
    """The one date that a reply gives; the last of its marks, else the only one, else that of its last sentence."""
    mark = last_mark(text)
    if mark is not None:
        found = _only(mark.text.lower(), order)
        return Found(found.value, mark.start, mark.end, mark.kind if found.value else f"{found.why} in the {mark.kind}")
    return _only(low, order)


def _only(low: str, order: Order) -> Found:
    matches = list(_DATE.finditer(low))
    if not matches:
        return Found(None, why="no date")
    read = [(_read(match, order), match) for match in matches]
    values = {value for value, _ in read}
    if len(values) > 1:
        stop = max((match.end() for match in SENTENCE_END.finditer(low.rstrip())), default=0)
        read = [(value, match) for value, match in read if match.start() >= stop]
        values = {value for value, _ in read}
    if len(values) != 1:
        return Found(None, why="ambiguous: " + ", ".join(sorted(str(value) for value in values)[:4]))
    value, match = read[-1]
    return Found(value, *match.span(), "date") if value else Found(None, why="no such day")


def _read(match: re.Match[str], order: Order) -> str | None:
    part = match.groupdict()
    if part["a"]:
        first, second, year = int(part["a"]), int(part["b"]), int(part["y3"])
        day_first = order == "dmy" or part["sep"] == "."
        # 13/01 can only be the thirteenth of January.
        return _iso(year, *((second, first) if day_first else (first, second))) or (
            _iso(year, *((first, second) if day_first else (second, first)))
        )
    for number in "1245":
        if part[f"y{number}"]:
            month = part[f"m{number}"]
            return _iso(int(part[f"y{number}"]), _MONTHS.get(month) or int(month), int(part[f"d{number}"]))
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
