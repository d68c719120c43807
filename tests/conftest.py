"""Shared fixtures. Real data is read from WORKUP_DATA (default: ../shared/data beside the checkout)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test asserts a time, which hypothesis does unless it is told not to.
settings.register_profile("workup", deadline=None)
settings.load_profile("workup")

# With --doctest-modules pytest would also import every conftest.py as a module of that one name.
collect_ignore_glob = ["conftest.py", "*/conftest.py"]

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real data; skips (or, under WORKUP_REQUIRE_DATA=1, fails) when there is none."""
    folder = Path(os.environ.get("WORKUP_DATA", ROOT.parent / "shared" / "data"))
    if folder.is_dir():
        return folder
    message = f"no real data at {folder}; set WORKUP_DATA"
    if os.environ.get("WORKUP_REQUIRE_DATA") == "1":
        pytest.fail(message)
    pytest.skip(message)
