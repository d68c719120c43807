"""Calculators in words, and the page about them: ``python -m workup.knowledge.calculators.render [FILE]``."""

from __future__ import annotations

import sys
from pathlib import Path

from workup.knowledge.calculators import AREAS, calculators
from workup.knowledge.calculators.calculator import Calculator, Input
from workup.knowledge.calculators.second_routes import SECOND_ROUTES

BEGIN = "<!-- From here on written by `python -m workup.knowledge.calculators.render`; change the calculators. -->"
PAGE = "docs/calculators.md"
# Calculators whose value was compared with an answer that MedCalc-Bench published as an example (numbers in the set).
MEDCALC_EXAMPLES = frozenset(
    {3, 4, 8, 9, 10, 11, 13, 17, 18, 21, 23, 26, 27, 28, 29, 30, 39, 43, 46, 49, 51, 58, 59, 60, 65, 66, 67}
)


def input_in_words(known: Input) -> str:
    """What an input takes.

    >>> from workup.knowledge.calculators import find
    >>> input_in_words(find("cockcroft-gault").inputs["creatinine"])
    '0.1 to 30 mg/dL, or umol/L'
    """
    if known.kind == "number":
        low, high = known.valid
        words = f"{low:g} to {high:g} {known.unit}".rstrip()
        if known.units:
            words += f", or {', '.join(known.units)}"
    elif known.kind == "choice":
        words = " / ".join(known.choices)
    else:
        words = "YYYY-MM-DD" if known.kind == "date" else known.kind
    return f"{words} (optional)" if known.optional else words


def checked_in_words(calculator: Calculator) -> str:
    """How far the formula was compared with what others computed.

    >>> from workup.knowledge.calculators import find
    >>> checked_in_words(find("sofa")), checked_in_words(find("qtc-fridericia"))
    ('MedCalc-Bench example', 'second route: the cube of corrected over measured QT is the heart rate over 60')
    """
    ways = ["published value"] if any(one.published for one in (calculator.example, *calculator.also)) else []
    if calculator.medcalc_bench in MEDCALC_EXAMPLES:
        ways.append("MedCalc-Bench example")
    if calculator.name in SECOND_ROUTES:
        ways.append(f"second route: {SECOND_ROUTES[calculator.name]}")
    return ", ".join(ways) or "by hand only"


def table() -> str:
    """The generated part of the page: every calculator, by area.

    >>> "| `sofa` |" in table()
    True
    """
    lines = [BEGIN, ""]
    for area, title in AREAS.items():
        lines += [f"## {title}", ""]
        lines += ["| Name | What it is | Unit | Formula | Source | Checked | MedCalc-Bench |", "|" + " --- |" * 7]
        lines += [_row(one) for one in calculators().values() if one.area == area]
        lines.append("")
    return "\n".join(lines)


def _row(one: Calculator) -> str:
    number = "" if one.medcalc_bench is None else str(one.medcalc_bench)
    if one.upstream:
        number += f"; differs: {one.upstream}"
    cells = [f"`{one.name}`", one.title, one.unit, one.formula, one.citation, checked_in_words(one), number]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write(path: Path) -> None:
    """Write the generated part below the part of the page that is written by hand."""
    hand = path.read_text(encoding="utf-8").partition(BEGIN)[0]
    path.write_text(hand + table(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else PAGE))
