"""Obstetric dates: due date, conception, gestational age.

>>> from workup.knowledge.calculators import calculate
>>> calculate("gestational-age", last_period="2024-01-01", on="2024-03-14").value
'10 weeks, 3 days'
"""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from workup.errors import UserError
from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import day, number

_LAST_PERIOD = day(
    "First day of the last menstrual period", "menstrual_date", "last menstrual date", "last_menstrual_date"
)
_CYCLE = replace(
    number("Length of the cycle", "d", 20.0, 45.0, units=("wk",), possible=(15.0, 90.0), aliases=("cycle_length",)),
    assumable=True,
)
# Longest that a pregnancy is dated; beyond it one of the dates is wrong.
_LONGEST = timedelta(weeks=45)


def _shifted(values: Values, weeks: int) -> Computed:
    cycle = values.maybe("cycle")
    longer = 0 if cycle is None else round(cycle - 28.0)
    found = values.day("last_period") + timedelta(weeks=weeks, days=longer)
    return found, [
        Part("Weeks after the last period", float(weeks), values.said("last_period")),
        Part("Days that the cycle is longer than 28", float(longer), values.said("cycle")),
    ]


def _due(values: Values) -> Computed:
    return _shifted(values, 40)


def _conception(values: Values) -> Computed:
    return _shifted(values, 2)


def _gestation(values: Values) -> Computed:
    passed = values.day("on") - values.day("last_period")
    if passed < timedelta(0):
        raise UserError("gestational-age: the date is before the last period")
    if passed > _LONGEST and not values.upstream:
        raise UserError(f"gestational-age: {passed.days} days after the last period, and no pregnancy lasts 45 weeks")
    weeks, days = divmod(passed.days, 7)
    return f"{weeks} weeks, {days} days", [Part("Days since the last period", float(passed.days))]


_AREA = "obstetric"
CALCULATORS = (
    Calculator(
        name="due-date",
        title="Estimated Due Date",
        names=("EDD", "Naegele's rule"),
        area=_AREA,
        purpose="Day of birth expected from the last period.",
        inputs={"last_period": _LAST_PERIOD, "cycle": _CYCLE},
        unit="date",
        formula="last period + 280 days + (cycle - 28) days",
        citation="Naegele's rule; ACOG Committee Opinion 700, Obstet Gynecol 2017;129:e150-e154",
        example=Example(
            {"last_period": "2023-01-01", "cycle": 28}, "2023-10-08", "By hand: 280 days after 1 January is 8 October"
        ),
        compute=_due,
        medcalc_bench=13,
    ),
    Calculator(
        name="conception-date",
        title="Estimated of Conception",
        names=("Estimated Date of Conception", "Date of conception"),
        area=_AREA,
        purpose="Day of conception expected from the last period.",
        inputs={"last_period": _LAST_PERIOD, "cycle": _CYCLE},
        unit="date",
        formula="last period + 14 days + (cycle - 28) days",
        citation="Ovulation 14 days before the next period; ACOG Committee Opinion 700, 2017",
        example=Example({"last_period": "2023-01-01", "cycle": 30}, "2023-01-17", "By hand: 1 + 14 + 2"),
        compute=_conception,
        medcalc_bench=68,
    ),
    Calculator(
        name="gestational-age",
        title="Estimated Gestational Age",
        names=("Gestational age",),
        area=_AREA,
        purpose="Weeks and days since the last period.",
        inputs={"last_period": _LAST_PERIOD, "on": day("Date of interest", "current_date", "today")},
        unit="weeks, days",
        formula="days since the last period, by sevens",
        citation="ACOG Committee Opinion 700, Obstet Gynecol 2017;129:e150-e154",
        example=Example(
            {"last_period": "2024-02-26", "on": "2024-03-05"},
            "1 weeks, 1 days",
            "By hand: 8 days, 2024 being a leap year",
        ),
        compute=_gestation,
        medcalc_bench=69,
    ),
)
