"""System 36: our clinical calculators on the published examples of MedCalc-Bench.

Read from ``36-medic``: one worked example for each of 27 of the 55 calculators, with the inputs and the answer.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from workup.benchmarks.medcalc_answers import Check, by_number, checks
from workup.benchmarks.medcalc_bench import kind_of
from workup.evaluation.labels import wilson
from workup.evaluation.numbers import read_number
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

EXAMPLES = "36-medic/medcalc_one_shot_27.json"


@measurement("medcalc_bench.calculators")
def calculators(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many examples our calculators agree with, how closely, and whether they know every input."""
    path = data / EXAMPLES
    answers = {}
    for claim, upstream in (("calculators-agree", True), ("calculators-agree-default", False)):
        found = _checks(path, upstream)
        right = sum(one.right for one in found)
        wrong = ", ".join(f"{one.calculator} ({one.note or one.given})" for one in found if not one.right)
        answers[claim] = Measurement(
            value=right if found else None,
            n=len(found),
            note=f"share in 95 % interval {_interval(right, len(found))}" + (f"; not {wrong}" if wrong else ""),
        )
    decimals = [one for one in _checks(path, True) if kind_of(one.calculator) == "decimal" and one.right]
    answers["calculators-nearest"] = Measurement(
        value=max((100.0 * _off(one) for one in decimals), default=None), n=len(decimals)
    )
    computed = _checks(path, True)
    answers["calculators-unused"] = Measurement(
        value=sum(len(one.unused) for one in computed) if computed else None,
        n=len(computed),
        note="; ".join(f"{one.calculator}: {', '.join(one.unused)}" for one in computed if one.unused),
    )
    answers["calculators-covered"] = Measurement(value=len(by_number()), n=len(by_number()))
    return answers


@cache
def _checks(path: Path, upstream: bool) -> tuple[Check, ...]:
    return tuple(one for one in checks([path], upstream_compatible=upstream) if isinstance(one, Check))


def _off(one: Check) -> float:
    """Difference as a share of the published answer."""
    expected, given = read_number(one.expected), read_number(one.given)
    assert expected is not None
    assert given is not None
    return abs(given - expected) / abs(expected) if expected else abs(given)


def _interval(right: int, n: int) -> str:
    if not n:
        return "none"
    low, high = wilson(right, n)
    return f"{100 * low:.1f} to {100 * high:.1f} %"
