"""Values of a structured record: lines of a name, a colon and a value.

    Small joints: 6
    RF: 45 IU/mL (upper limit 14)
    Synovitis: yes
    ACPA: not done

gives ``{"small_joints": 6, "rf": 45, "rf_upper": 14, "synovitis": True}``; what cannot be read as a value is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINE = re.compile(
    r"^\W{0,8}(?P<name>[A-Za-z][\w /-]{0,60}?)\s*:\s*"
    r"(?:(?P<number>\d{1,9}(?:\.\d{1,6})?)(?!\d|\.\d)(?P<rest>[^\n]{0,200})"
    r"|(?P<word>yes|no|present|absent|positive|negative)\b\.?)",
    re.IGNORECASE | re.MULTILINE,
)
_UPPER = re.compile(r"\(upper limit (\d{1,9}(?:\.\d{1,6})?)\)", re.IGNORECASE)
_YES = {"yes", "present", "positive"}


def name_of(title: str) -> str:
    """Name of a value as the record's title gives it.

    >>> name_of("Duration weeks"), name_of("RF")
    ('duration_weeks', 'rf')
    """
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


def read_values(text: str) -> dict[str, float | bool]:
    """Values of a record, by name; of a name that stands twice the first.

    >>> read_values("Small joints: 6\\nRF: 45 IU/mL (upper limit 14)\\nSynovitis: yes")
    {'small_joints': 6.0, 'rf': 45.0, 'rf_upper': 14.0, 'synovitis': True}
    """
    found: dict[str, float | bool] = {}
    for line in _LINE.finditer(text):
        name = name_of(line["name"])
        if name in found:
            continue
        if line["number"] is None:
            found[name] = line["word"].lower() in _YES
            continue
        found[name] = float(line["number"])
        if upper := _UPPER.search(line["rest"]):
            found.setdefault(f"{name}_upper", float(upper[1]))
    return found


def write_values(values: Mapping[str, float | bool], units: Mapping[str, str] = {}) -> str:
    """The record of some values, as :func:`read_values` reads it.

    >>> write_values({"rf": 45.0, "rf_upper": 14.0}, {"rf": "IU/mL"})
    'Rf: 45 IU/mL (upper limit 14)'
    """
    lines = []
    for name, value in values.items():
        if name.endswith("_upper") and name.removesuffix("_upper") in values:
            continue
        title = name.replace("_", " ")
        title = title[:1].upper() + title[1:]
        if isinstance(value, bool):
            lines.append(f"{title}: {'yes' if value else 'no'}")
            continue
        upper = values.get(f"{name}_upper")
        unit = f" {units[name]}" if name in units else ""
        lines.append(f"{title}: {value:.10g}{unit}" + ("" if upper is None else f" (upper limit {upper:.10g})"))
    return "\n".join(lines)
