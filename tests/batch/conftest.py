from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from workup.batch import Plan
from workup.case import Case, Finding


@pytest.fixture
def cases() -> Callable[..., list[Case]]:
    """Makes cases c0, c1, ...; ``special`` gives some of them another first finding."""

    def make(number: int, special: dict[int, str] | None = None) -> list[Case]:
        return [
            Case(id=f"c{i}", findings=(Finding((special or {}).get(i, f"HP:{i + 1000:07d}")),), extensions={"n": i})
            for i in range(number)
        ]

    return make


@pytest.fixture
def plan() -> Plan:
    return Plan(reasoner="batch_toy:Toy", shard_size=3)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Sequence[Case]], Path]:
    """Writes cases as JSONL."""

    def write(cases: Sequence[Case]) -> Path:
        path = tmp_path / "cases.jsonl"
        path.write_bytes(b"".join(msgspec.json.encode(case) + b"\n" for case in cases))
        return path

    return write
