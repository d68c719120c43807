"""A walk over the registry: every benchmark has a conventional baseline beside a model where nobody names one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmark_samples import samples
from workup import registry
from workup.case import Case
from workup.cli import cli
from workup.evaluation.beside import BY_BENCHMARK, BY_FORM, default_baseline
from workup.evaluation.scoring import benchmark_named
from workup.interop.own_benchmarks import ADAPTED

GENERAL = sorted(set(registry.names("benchmarks")) - ADAPTED.keys())


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("script") / "model.jsonl"
    path.write_text(json.dumps({"match": "(?s).*", "reply": "Answer: A"}) + "\n")
    return path


@pytest.mark.parametrize("name", GENERAL)
def test_every_benchmark_has_a_baseline_beside_a_model(name: str, tmp_path: Path, script: Path) -> None:
    data = samples()[name](tmp_path)
    cases = [one for one in benchmark_named(name).read(data) if isinstance(one, Case)]
    reasoner = {"medr-bench-staged": "ask-then-diagnose", "mediq": "mediq"}.get(name, "direct")
    files = [argument for path in data for argument in ("--data", str(path))]
    model = ["--model", f"scripted/{script}", "--json", "--out", str(tmp_path / "run")]
    found = CliRunner().invoke(cli, ["run", name, reasoner, *files, *model])
    assert found.exit_code == 0, found.output
    scores = json.loads(found.stdout)
    beside = scores["baseline"]
    assert beside["manifest"]["reasoner"] == default_baseline(benchmark_named(name).header, data)[0]
    counts = beside["counts"]
    assert counts["attempts"] == len(cases)
    assert "failed" not in counts
    # Alone, there is no other case to learn from.
    assert counts.get("abstained", 0) < len(cases) or len(cases) == 1, counts
    assert any("baseline" in words for words in scores["words"])


def test_what_is_named_is_registered() -> None:
    methods = {one.reasoner for one in (*BY_FORM.values(), *BY_BENCHMARK.values())}
    assert methods <= {*registry.names("reasoners"), *registry.names("extractors")}
    assert BY_BENCHMARK.keys() <= set(registry.names("benchmarks"))


def test_the_page_names_each_of_them() -> None:
    page = (Path(__file__).parents[2] / "docs" / "baselines.md").read_text(encoding="utf-8")
    listed = page.partition("## Which one stands beside a model")[2].partition("\n## ")[0]
    missing = [one.reasoner for one in (*BY_FORM.values(), *BY_BENCHMARK.values()) if f"`{one.reasoner}`" not in listed]
    assert not missing
