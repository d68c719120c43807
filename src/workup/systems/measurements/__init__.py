"""Measurements: the code behind the claims, one module per system, found by name.

A measurement is a function of the data folder and the tier that answers one or more claims at once::

    @measurement("phenotype_engine.ranking")
    def ranking(data: Path, tier: Tier) -> dict[str, Measurement]:
        ...
        return {"temp-micro-top1": Measurement(value=26.0, n=932, interval=(23.3, 28.9))}

``phenotype_engine`` is the module in this folder that holds it; it is imported when the measurement is first
asked for. A measurement takes its values only from files under ``data``, and works on any sample in that
layout. Work that several measurements of a module share belongs in a function with ``functools.cache``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from math import isfinite
from pathlib import Path

import msgspec

from workup.errors import WorkupError
from workup.systems.records import Tier, Value


class Measurement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was measured for one claim.

    Attributes:
        value: In the unit of the claim's expected value; None when the sample holds nothing to measure.
        n: Number of cases (or items) behind the value.
        interval: Lower and upper end of the 95 % interval, where there is one.
        note: What a reader must know about the value.
    """

    value: Value
    n: int
    interval: tuple[float, float] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        numbers = (self.value, *(self.interval or ()))
        if any(isinstance(number, float) and not isfinite(number) for number in numbers):
            raise ValueError(f"measured a value that is not finite: {numbers}")
        if self.n < 0:
            raise ValueError(f"measured on {self.n} cases")


Function = Callable[[Path, Tier], dict[str, Measurement]]

_REGISTERED: dict[str, Function] = {}


def measurement(name: str) -> Callable[[Function], Function]:
    """Register the decorated function as the measurement ``MODULE.NAME``."""

    def register(function: Function) -> Function:
        if name in _REGISTERED:
            raise ValueError(f"two measurements named {name!r}")
        _REGISTERED[name] = function
        return function

    return register


def load(name: str) -> Function:
    """The measurement of that name; its module is imported when needed.

    Raises:
        WorkupError: There is none.
    """
    module = f"{__name__}.{name.partition('.')[0]}"
    if name not in _REGISTERED and find_spec(module) is not None:
        import_module(module)
    if name not in _REGISTERED:
        raise WorkupError(f"no measurement named {name!r}")
    return _REGISTERED[name]
