"""PheVal's files: layout, strict order, and the figures that PheVal itself computes from them."""

from __future__ import annotations

import io
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pheval_example import TRUE, example_rows
from pyarrow import parquet

from workup.errors import DataError, MissingExtra, UserError
from workup.evaluation.metrics import rank_figures
from workup.interop import pheval
from workup.interop.pheval import KINDS, Ranker, ResultKind, strictly_decreasing, to_parquet, true_rank, write_results
from workup.knowledge import Knowledge

# What `pheval-utils benchmark` of pheval 0.7.14 wrote into its summary table for the files of pheval_example.py, the
# same for diseases and genes; docs/pheval.md says how to obtain it again.
PHEVAL = {
    "total": 6,
    "found": 5,
    "percentage@1": 16.666666666666668,
    "percentage@3": 33.333333333333336,
    "percentage@5": 50.0,
    "percentage@10": 66.66666666666667,
    "mrr": 0.29444444444444445,
}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


@pytest.fixture(scope="module")
def ranker(knowledge: Knowledge) -> Ranker:
    return Ranker(knowledge)


def packet(disease: str | None, findings: list[str], gene: str = "FBN1") -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": "p1",
        "subject": {"id": "1"},
        "phenotypicFeatures": [{"type": {"id": finding, "label": finding}} for finding in findings],
        "metaData": {"phenopacketSchemaVersion": "2.0"},
    }
    if disease:
        diagnosis = {
            "disease": {"id": disease, "label": "it"},
            "genomicInterpretations": [
                {
                    "subjectOrBiosampleId": "1",
                    "interpretationStatus": "CAUSATIVE",
                    "gene": {"valueId": "HGNC:1", "symbol": gene},
                }
            ],
        }
        found["interpretations"] = [{"id": "i", "progressStatus": "SOLVED", "diagnosis": diagnosis}]
    return found


MARFAN = ["HP:0001166", "HP:0001083", "HP:0002616"]


@pytest.fixture
def packets(tmp_path: Path) -> Path:
    folder = tmp_path / "packets"
    folder.mkdir()
    made = {
        "marfan": packet("OMIM:154700", MARFAN),
        "unknown": packet("OMIM:999999", MARFAN, gene="NOGENE"),
        "empty": packet("OMIM:154700", []),
        "untold": packet(None, MARFAN),
    }
    for name, content in made.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def read(folder: Path, name: str, kind: ResultKind) -> dict[str, list[Any]]:
    table = parquet.read_table(folder / f"pheval_{kind}_results" / f"{name}-{kind}_result.parquet")
    columns: dict[str, list[Any]] = table.to_pydict()
    return columns


@pytest.mark.parametrize("kind", KINDS)
def test_figures_are_those_of_pheval(kind: ResultKind) -> None:
    ranks = [true_rank(example_rows(kind, true)) for true in TRUE.values()]
    assert ranks == [1, 3, 4, 10, 12, math.inf]
    figures = rank_figures([rank for rank in ranks if rank is not None], list(TRUE))
    assert figures is not None
    assert (figures.n, sum(map(math.isfinite, ranks))) == (PHEVAL["total"], PHEVAL["found"])
    assert [figures.top1, figures.top3, figures.top5, figures.top10, figures.mrr] == [
        PHEVAL[name] for name in ("percentage@1", "percentage@3", "percentage@5", "percentage@10", "mrr")
    ]


@pytest.mark.parametrize(
    ("kind", "names"),
    [("disease", ["disease_identifier", "mondo_identifier"]), ("gene", ["gene_symbol", "gene_identifier"])],
)
def test_layout(kind: ResultKind, names: list[str]) -> None:
    file = parquet.ParquetFile(io.BytesIO(to_parquet(kind, example_rows(kind, 2))))
    types = {field.name: str(field.type) for field in file.schema_arrow}
    assert types == {
        "rank": "int64",
        "score": "double",
        names[0]: "string",
        names[1]: "string",
        "true_positive": "bool",
    }
    assert list(types) == ["rank", "score", *names, "true_positive"]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


@given(st.lists(st.floats(0, 1), max_size=40))
def test_scores_decrease_strictly_and_stay_where_they_were(scores: list[float]) -> None:
    ordered = sorted(scores, reverse=True)
    apart = strictly_decreasing(ordered)
    assert (np.diff(apart) < 0).all()
    assert (apart > 0).all()
    assert apart == pytest.approx(ordered, rel=1e-12, abs=1e-300)


def test_a_missing_answer_has_rank_and_score_zero() -> None:
    rows = example_rows("disease", None)
    assert (rows["rank"][-1], rows["score"][-1], rows["true_positive"][-1]) == (0, 0.0, True)
    assert rows["rank"][:-1] == list(range(1, 16))
    assert not any(rows["true_positive"][:-1])


def test_results_of_phenopackets(packets: Path, tmp_path: Path, knowledge: Knowledge) -> None:
    out = tmp_path / "out"
    written = write_results(packets, out, knowledge)
    assert written.cases == 4
    rows = read(out, "marfan", "disease")
    true = [i for i, right in enumerate(rows["true_positive"]) if right]
    assert [(rows["rank"][i], rows["disease_identifier"][i], rows["mondo_identifier"][i]) for i in true] == [
        (1, "OMIM:154700", "MONDO:0007947")
    ]
    assert (np.diff(rows["score"]) < 0).all()
    assert len(set(rows["mondo_identifier"])) == len(rows["rank"]) > 8000
    genes = read(out, "marfan", "gene")
    assert (genes["gene_symbol"][0], genes["true_positive"][0]) == ("FBN1", True)
    assert (np.diff(genes["score"]) < 0).all()

    unknown = read(out, "unknown", "disease")
    assert (unknown["rank"][-1], unknown["disease_identifier"][-1]) == (0, "OMIM:999999")
    assert read(out, "unknown", "gene")["gene_symbol"][-1] == "NOGENE"
    assert read(out, "empty", "disease")["rank"] == [0]
    assert not any(read(out, "untold", "disease")["true_positive"])
    # Without a truth nothing is counted, here as in PheVal.
    figures = written.figures["disease"]
    assert figures is not None
    assert (figures.n, figures.mrr) == (3, pytest.approx(1 / 3))
    # The same again is no other run's.
    before = (out / "pheval_disease_results" / "marfan-disease_result.parquet").read_bytes()
    write_results(packets, out, knowledge)
    assert (out / "pheval_disease_results" / "marfan-disease_result.parquet").read_bytes() == before
    run = json.loads((out / "benchmark.yaml").read_text())["runs"][0]
    assert (run["results_dir"], run["phenopacket_dir"]) == (str(out.resolve()), str(packets.resolve()))


def test_order_is_that_of_the_reasoner(ranker: Ranker) -> None:
    from workup import Case, Finding, diagnose

    case = Case(id="p", findings=tuple(map(Finding, MARFAN)))
    rows, _ = ranker.rank(case)
    best = diagnose(case, limit=200, universe="omim").differential
    assert rows["disease"]["disease_identifier"][:200] == [hypothesis.id for hypothesis in best]
    assert rows["disease"]["score"][:200] == pytest.approx([hypothesis.probability for hypothesis in best], rel=1e-6)


def test_a_file_that_cannot_be_ranked_is_listed(packets: Path, tmp_path: Path, knowledge: Knowledge) -> None:
    (packets / "broken.json").write_text("{")
    (packets / "two.json").write_text(json.dumps({"id": "c", "members": [packet(None, MARFAN)] * 2}))
    written = write_results(packets, tmp_path / "out", knowledge)
    assert written.cases == 4
    assert [Path(issue.path).name for issue in written.issues if issue.severity == "error"] == [
        "broken.json",
        "two.json",
    ]


def test_results_of_others_are_refused(packets: Path, tmp_path: Path, knowledge: Knowledge) -> None:
    folder = tmp_path / "out" / "pheval_gene_results"
    folder.mkdir(parents=True)
    (folder / "other-gene_result.parquet").touch()
    with pytest.raises(UserError, match="other phenopackets"):
        write_results(packets, tmp_path / "out", knowledge)


def test_a_folder_without_phenopackets(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no \.json file"):
        write_results(tmp_path, tmp_path / "out")


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"workup\[data\]"):
        to_parquet("gene", example_rows("gene", 0))


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[type]:
    """The runner over a base class that has what PheVal's gives to a runner (pheval 0.7.14)."""

    @dataclass
    class PhEvalRunner:
        input_dir: Path
        testdata_dir: Path
        tmp_dir: Path | None
        output_dir: Path
        config_file: Path | None
        version: str

        def __post_init__(self) -> None:
            self.input_dir_config = SimpleNamespace(tool_specific_configuration_options={"universe": "all"})

    module = ModuleType("pheval.runners.runner")
    module.__dict__["PhEvalRunner"] = PhEvalRunner
    for name in ("pheval", "pheval.runners"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    pheval._runner.cache_clear()
    yield pheval.WorkupPhEvalRunner
    pheval._runner.cache_clear()


def test_the_runner_writes_the_same(runner: Any, packets: Path, tmp_path: Path, knowledge: Knowledge) -> None:
    run = runner(tmp_path, packets.parent, None, tmp_path / "run", None, "1")
    (packets.parent / "phenopackets").symlink_to(packets)
    run.prepare()
    run.run()
    run.post_process()
    write_results(packets, tmp_path / "out", knowledge, universe="all")
    for kind in KINDS:
        assert read(tmp_path / "run", "marfan", kind) == read(tmp_path / "out", "marfan", kind)
    assert runner.__name__ == "WorkupPhEvalRunner"


def test_the_runner_does_not_lose_a_phenopacket_silently(runner: Any, packets: Path, tmp_path: Path) -> None:
    (packets / "broken.json").write_text("{")
    run = runner(tmp_path, packets, None, tmp_path / "run", None, "1")
    run.prepare()
    run.run()
    with pytest.raises(DataError, match="1 phenopackets could not be ranked"):
        run.post_process()


def test_the_runner_is_registered_for_pheval() -> None:
    from importlib.metadata import entry_points

    points = {point.name: point.value for point in entry_points(group="pheval.plugins")}
    assert points["workup"] == "workup.interop.pheval:WorkupPhEvalRunner"
