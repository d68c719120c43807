"""A fake system: claims and measurements that live in the test, in place of the real ones of system 03."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from workup.systems import measurements, records

Writer = Callable[..., None]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A data folder with one file of four numbers."""
    folder = tmp_path / "data"
    (folder / "fake").mkdir(parents=True)
    (folder / "fake" / "numbers.txt").write_text("1\n2\n3\n4\n")
    return folder


@pytest.fixture
def write_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """Write the claims file of system 03; unnamed fields get plain values and the sample's hash."""
    folder = tmp_path / "claims"
    folder.mkdir()
    monkeypatch.setattr(records, "CLAIMS", folder)
    monkeypatch.setattr(measurements, "_REGISTERED", {})
    pinned = {"fake/numbers.txt": sha256(b"1\n2\n3\n4\n").hexdigest()}

    def write(*claims: dict[str, Any]) -> None:
        plain = {
            "sentence": "The mean is 2.5.",
            "source": "this test",
            "expected": 2.5,
            "measurement": "fake.mean",
            "inputs": pinned,
        }
        (folder / "03.json").write_text(json.dumps([{**plain, **claim} for claim in claims]))

    return write


@pytest.fixture
def mean() -> list[str]:
    """Register ``fake.mean``, which answers ``mean`` and ``count``; returns the tiers it was called with."""
    calls: list[str] = []

    def measure(data: Path, tier: records.Tier) -> dict[str, measurements.Measurement]:
        calls.append(tier)
        numbers = [float(line) for line in (data / "fake" / "numbers.txt").read_text().split()]
        average = sum(numbers) / len(numbers)
        return {
            "mean": measurements.Measurement(value=average, n=len(numbers), interval=(average - 1, average + 1)),
            "count": measurements.Measurement(value=len(numbers), n=len(numbers)),
            "empty": measurements.Measurement(value=None, n=0, note="nothing to measure"),
        }

    measurements.measurement("fake.mean")(measure)
    return calls
