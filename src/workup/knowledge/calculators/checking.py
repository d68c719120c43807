"""Checks every input of a calculator: its name, kind, unit and range.

Nothing is guessed: a bare number is in the unit of the formula, a value out of range is refused, and a number that
would fit better in another unit is reported and used as it was given.

>>> from workup.knowledge.calculators import find
>>> check(find("body-mass-index"), {"weight": "85 kg", "height": (1.8, "m")})[0]
{'weight': 85.0, 'height': 180.0}
>>> check(find("body-mass-index"), {"weight": 85})
Traceback (most recent call last):
workup.errors.UserError: body-mass-index: not given: height (Height, cm)
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from workup.errors import Issue, UserError
from workup.knowledge.calculators.calculator import Calculator, Input, Value
from workup.knowledge.calculators.units import convert

# A unit that begins with a digit (10^9/L) needs a space before it, so that no number is cut in two.
_NUMBER = re.compile(
    r"\s*(?P<value>[-+]?\d{1,20}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,2})?)(?P<unit>(?:\s+\S.{0,40}?|[^\d\s.,].{0,40}?)?)\s*"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YES = {"yes": True, "true": True, "y": True, "no": False, "false": False, "n": False}
# Room for what unit conversion leaves behind: 0.1 mg/dL is not out of range because it was given in umol/L.
_ROOM = 1e-9


def check(
    calculator: Calculator, given: Mapping[str, Any], *, assume_absent: bool = False, upstream: bool = False
) -> tuple[dict[str, Value], list[Issue]]:
    """Checked values of all inputs, by name, and what a reader has to know of them.

    Args:
        calculator: What they are for.
        given: Name or alias -> number, (number, unit), ``{"value", "unit"}``, text, yes or no, choice, date.
        assume_absent: Take what is not given as absent or normal, with an issue, where the input allows it.
        upstream: Accept values outside the range of the formula that somebody alive can have, with an issue.

    Raises:
        UserError: A name is not known, something is missing, cannot be read or is out of range; all such faults in one
            message.
    """
    values: dict[str, Value] = {}
    issues: list[Issue] = []
    faults: list[str] = []
    found = _by_name(calculator, given, faults)
    missing = []
    for name, known in calculator.inputs.items():
        if found.get(name) is None:
            if known.optional:
                continue
            if assume_absent and known.assumable:
                said = known.assumed if isinstance(known.assumed, str) else "no" if known.kind == "yes/no" else "normal"
                issues.append(_issue(f"{known.text} is not given; taken as {said}", name, "assumed"))
                values[name] = known.assumed
            else:
                missing.append(f"{name} ({_wanted(known)})")
            continue
        try:
            values[name] = _value(known, found[name], name, issues, upstream=upstream)
        except UserError as error:
            faults.append(f"{name}: {error}")
    if missing:
        faults.append(f"not given: {', '.join(missing)}")
    if faults:
        raise UserError(f"{calculator.name}: {'; '.join(faults)}")
    return values, issues


def plain(text: str) -> str:
    """A name without case, spaces and marks, for comparison.

    >>> plain("Wells' Criteria for DVT")
    'wells criteria for dvt'
    """
    return " ".join(re.findall(r"[a-z0-9]+", text.lower().replace("'", "").replace("’", "")))


def _by_name(calculator: Calculator, given: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    names = {plain(alias): name for name, known in calculator.inputs.items() for alias in (name, *known.aliases)}
    found: dict[str, Any] = {}
    for key, value in given.items():
        name = names.get(plain(key))
        if name is None:
            near = get_close_matches(plain(key), names, n=1)
            faults.append(f"no input {key!r}" + (f" (did you mean {names[near[0]]}?)" if near else ""))
        elif name in found:
            faults.append(f"{name} is given twice")
        else:
            found[name] = value
    return found


def _wanted(known: Input) -> str:
    if known.kind == "number":
        return f"{known.text}, {known.unit}" if known.unit else known.text
    return f"{known.text}: {' / '.join(known.choices)}" if known.choices else f"{known.text}, {known.kind}"


def _value(known: Input, raw: Any, name: str, issues: list[Issue], *, upstream: bool) -> Value:
    if known.kind == "yes/no":
        return _yes(raw)
    if known.kind == "choice":
        return _choice(known, raw, upstream=upstream)
    if known.kind == "date":
        return _day(raw)
    number, unit = _number(known, raw)
    value = sum(_converted(known, one, of) for one, of in zip(number, unit, strict=True))
    if len(number) == 1:
        _range(known, value, number[0], unit[0], name, issues, upstream=upstream)
    else:
        _range(known, value, value, known.unit, name, issues, upstream=upstream)
    return value


def _yes(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    answer = _YES.get(str(raw).strip().lower())
    if answer is None:
        raise UserError(f"{raw!r} is neither yes nor no")
    return answer


def _choice(known: Input, raw: Any, *, upstream: bool) -> str:
    words = plain(str(raw))
    for choice, spellings in known.choices.items():
        if words in (plain(choice), *map(plain, spellings)):
            return choice
    if upstream and words == "not testable" and isinstance(known.assumed, str):
        # MedCalc-Bench counts what could not be tested as normal.
        return known.assumed
    raise UserError(f"{raw!r} is none of: {', '.join(known.choices)}")


def _day(raw: Any) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    try:
        if not _DATE.fullmatch(str(raw).strip()):
            raise ValueError
        return date.fromisoformat(str(raw).strip())
    except ValueError:
        # 02/03/2000 is a day in February in one country and in March in another.
        raise UserError(f"{raw!r} is no date; write YYYY-MM-DD") from None


def _number(known: Input, raw: Any) -> tuple[list[float], list[str]]:
    """Numbers and their units; several add up (5 ft 11 in)."""
    if isinstance(raw, Mapping):
        if set(raw) - {"value", "unit"} or "value" not in raw:
            raise UserError("give {'value': number, 'unit': text}")
        raw = (raw["value"], raw.get("unit") or known.unit)
    if isinstance(raw, list | tuple):
        if len(raw) == 1:
            raw = raw[0]
        elif len(raw) % 2 or not len(raw):
            raise UserError(f"{raw!r} is no list of numbers, each with its unit")
        else:
            return [_finite(one) for one in raw[::2]], [str(unit) for unit in raw[1::2]]
    if isinstance(raw, str):
        match = _NUMBER.fullmatch(raw)
        if match is None:
            raise UserError(f"{raw!r} is no number with a unit")
        return [_finite(float(match["value"]))], [match["unit"].strip() or known.unit]
    return [_finite(raw)], [known.unit]


def _finite(raw: Any) -> float:
    if isinstance(raw, str):
        match = _NUMBER.fullmatch(raw)
        raw = float(match["value"]) if match is not None and not match["unit"] else raw
    try:
        value = math.nan if isinstance(raw, bool) or not isinstance(raw, int | float) else float(raw)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise UserError(f"{str(raw)[:40]!r} is no number")
    return value


def _converted(known: Input, value: float, unit: str) -> float:
    if not known.unit and unit:
        raise UserError(f"takes a number without unit, not {unit!r}")
    return convert(value, unit, known.unit, analyte=known.analyte)


def _range(
    known: Input, value: float, number: float, unit: str, name: str, issues: list[Issue], *, upstream: bool
) -> None:
    low, high = known.valid
    room = _ROOM * max(abs(low), abs(high), 1.0)
    fits = [other for other in known.units if other != unit and _usual(known, number, other)]
    hint = f"{number:g} would be usual in {' or '.join(fits)}: check the unit"
    if not low - room <= value <= high + room:
        said = f"{value:.6g} {known.unit}".rstrip() + f" is outside {low:g} to {high:g}"
        if upstream and known.possible[0] <= value <= known.possible[1]:
            issues.append(_issue(f"{known.text}: {said}, for which the formula is made", name, "outside-formula"))
            return
        raise UserError(f"{said} {known.unit}".rstrip() + (f" ({hint})" if fits else ""))
    if fits and known.usual is not None and not known.usual[0] <= value <= known.usual[1]:
        issues.append(_issue(f"{known.text} {value:.6g} {known.unit} is unusual; {hint}", name, "unit-suspected"))


def _usual(known: Input, number: float, unit: str) -> bool:
    low, high = known.usual or known.valid
    return low <= convert(number, unit, known.unit, analyte=known.analyte) <= high


def _issue(message: str, field: str, code: str) -> Issue:
    return Issue(message=message, field=field, code=code)
