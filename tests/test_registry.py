"""Plug-ins by name."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from workup import registry
from workup.errors import UserError
from workup.reasoner import Reasoner


def test_built_in_names() -> None:
    assert "phenotype" in registry.names("reasoners")
    assert "rare-disease" in registry.names("benchmarks")
    for kind in registry.KINDS:
        assert registry.names(kind) == sorted(registry.names(kind))


def test_target_and_load() -> None:
    assert registry.target("reasoners", "phenotype") == "workup.reasoners.phenotype:PhenotypeReasoner"
    reasoner = registry.load("reasoners", "phenotype")()
    assert isinstance(reasoner, Reasoner)
    assert reasoner.name == "phenotype"


def test_everything_registered_can_be_loaded() -> None:
    for kind in registry.KINDS:
        for name in registry.names(kind):
            assert registry.load(kind, name) is not None


def test_unknown_names_list_near_ones() -> None:
    with pytest.raises(UserError, match="no reasoner named 'fenotype'; try phenotype"):
        registry.load("reasoners", "fenotype")
    with pytest.raises(UserError, match=r"no reasoner named 'x'; try .*phenotype"):
        registry.target("reasoners", "x")
    with pytest.raises(UserError, match="there are reasoners, benchmarks"):
        registry.names("robots")


def test_plug_in_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="theirs", value="collections:OrderedDict", group="workup.reasoners")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == point.group else [])
    assert registry.names("reasoners") == ["theirs"]
    assert registry.load("reasoners", "theirs").__name__ == "OrderedDict"
    assert registry.names("benchmarks") == []


def test_listing_imports_nothing() -> None:
    code = (
        "import sys; from workup import registry; registry.names('reasoners'); registry.names('benchmarks');"
        "sys.exit('workup.reasoners.phenotype' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
