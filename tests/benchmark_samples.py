"""A tiny sample of every benchmark, in the released layout, for the tests that walk the registry.

A module ``tests/benchmarks/sample_*.py`` registers a function that writes the files of its benchmark::

    @sample("medqa")
    def medqa(folder: Path) -> list[Path]:
        ...

Every registered benchmark has one, or says with :func:`without` why it cannot; ``test_oracle_and_chance.py`` fails
otherwise.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from workup.case import Case
from workup.reasoning import Reasoning

Writer = Callable[[Path], list[Path]]
_SAMPLES: dict[str, Writer] = {}
Oracle = Callable[[Case], Reasoning]
_ORACLES: dict[str, Oracle] = {}
_WITHOUT: dict[str, str] = {}


def sample(name: str) -> Callable[[Writer], Writer]:
    """Register the function that writes the files of a benchmark into a folder, and returns them in order."""

    def register(write: Writer) -> Writer:
        assert name not in _SAMPLES, f"two samples of {name}"
        _SAMPLES[name] = write
        return write

    return register


def oracle(name: str) -> Callable[[Oracle], Oracle]:
    """Register what a right reasoning on a case is, for a benchmark whose answers are more than words or ids."""

    def register(right: Oracle) -> Oracle:
        _ORACLES[name] = right
        return right

    return register


def without(name: str, why: str) -> None:
    """Say why there is no sample of a benchmark."""
    assert len(why) > 20
    _WITHOUT[name] = why


@cache
def _load() -> None:
    folder = Path(__file__).parent / "benchmarks"
    # pytest imports each of them too, to look for doctests: the same module then, and not a second one.
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    for path in sorted(folder.glob("sample_*.py")):
        importlib.import_module(path.stem)


def samples() -> dict[str, Writer]:
    """Every sample, by the name of its benchmark."""
    _load()
    return dict(_SAMPLES)


def oracles() -> dict[str, Oracle]:
    """Every oracle of a benchmark's own, by its name."""
    _load()
    return dict(_ORACLES)


def reasons_without() -> dict[str, str]:
    """Why a benchmark has none, by name."""
    _load()
    return dict(_WITHOUT)


def json_lines(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def json_file(path: Path, value: object) -> Path:
    """Write one JSON value."""
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path
