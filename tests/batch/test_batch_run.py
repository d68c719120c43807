"""A batch: order, issues, refusals, and the same bytes in whatever order the shards come back."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.batch import LocalExecutor, Outcome, Plan, ProcessExecutor, Shard, executor_of, run_batch
from workup.batch.store import Store
from workup.case import Case
from workup.errors import Issue, UserError, WorkupError
from workup.reasoning import Reasoning
from workup.report import safe_stem

Cases = Callable[..., list[Case]]


def lines(path: Path) -> list[Reasoning]:
    return [msgspec.json.decode(line, type=Reasoning) for line in path.read_bytes().splitlines()]


def ids(path: Path) -> list[str]:
    return [line.extensions["case"] for line in lines(path)]


class Shuffled:
    """Gives the outcomes of this process in another order, and is interrupted after some."""

    def __init__(self, seed: int, stop: int | None = None) -> None:
        self.random = random.Random(seed)
        self.stop = stop
        self.worked: list[int] = []

    def run(self, plan: Plan, shards: Iterator[Shard]) -> Generator[Outcome, None, None]:
        outcomes = list(LocalExecutor().run(plan, shards))
        self.random.shuffle(outcomes)
        for outcome in outcomes[: self.stop]:
            self.worked.append(outcome.index)
            yield outcome
        if self.stop is not None and self.stop < len(outcomes):
            raise KeyboardInterrupt


def test_results_are_in_the_order_of_the_input(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    seen: list[int] = []
    summary = run_batch(cases(10), tmp_path / "r.jsonl", plan, progress=seen.append)
    assert ids(summary.out) == [f"c{i}" for i in range(10)]
    assert [line.differential[0].label for line in lines(summary.out)] == [case.digest() for case in cases(10)]
    assert seen == [3, 6, 9, 10]
    assert (summary.cases, summary.errors, summary.already) == (10, 0, False)


def test_seconds_are_kept_apart(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    run_batch(cases(4), tmp_path / "r.jsonl", plan)
    assert [line.usage.seconds for line in lines(tmp_path / "r.jsonl")] == [0.0] * 4
    journal = (tmp_path / "r.jsonl.run" / "journal.jsonl").read_bytes().splitlines()
    seconds = [msgspec.json.decode(line)["seconds"] for line in journal]
    assert [len(part) for part in seconds] == [3, 1]
    assert all(value > 0 for part in seconds for value in part)


def test_a_bad_record_is_listed_and_the_batch_goes_on(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    found: list[Case | Issue] = [*cases(6, {1: "HP:0000404", 2: "HP:0000500", 4: "HP:0000002"})]
    found.insert(3, Issue(message="is not JSON", severity="error", record="7"))
    found.insert(0, Issue(message="is written otherwise", severity="info"))
    summary = run_batch(found, tmp_path / "r.jsonl", plan)
    assert ids(summary.out) == ["c0", "c3", "c4", "c5"]
    assert (summary.cases, summary.errors, summary.warnings) == (4, 3, 1)
    kept = [msgspec.json.decode(line, type=Issue) for line in summary.issues_path.read_bytes().splitlines()]
    assert [(issue.record, issue.code, issue.severity) for issue in kept] == [
        ("c1", "", "error"),
        ("c2", "failed", "error"),
        ("7", "", "error"),
        ("c4", "", "warning"),
    ]
    assert kept[1].message == "the reasoner failed: ZeroDivisionError: a fault"


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), stops=st.lists(st.integers(0, 7), max_size=3))
def test_any_order_and_interruption_give_the_same_bytes_and_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory, seed: int, stops: list[int]
) -> None:
    found = [Case(id=f"c{i}", extensions={"n": i}) for i in range(20)]
    plan = Plan(reasoner="batch_toy:Toy", shard_size=3)
    folder = tmp_path_factory.mktemp("batch")
    run_batch(found, folder / "whole.jsonl", plan)
    worked: list[int] = []
    for stop in [*stops, None]:
        executor = Shuffled(seed, stop)
        try:
            run_batch(found, folder / "parts.jsonl", plan, executor)
        except KeyboardInterrupt:
            assert not (folder / "parts.jsonl").exists()
        worked += executor.worked
    assert sorted(worked) == list(range(7))
    assert (folder / "parts.jsonl").read_bytes() == (folder / "whole.jsonl").read_bytes()


@settings(max_examples=40)
@given(data=st.data())
def test_what_a_kill_leaves_is_cut_off_and_done_again(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    found: list[Case | Issue] = [Case(id=f"c{i}") for i in range(10)]
    found.insert(5, Issue(message="is not JSON", severity="error", record="5"))
    plan = Plan(reasoner="batch_toy:Toy", shard_size=3)
    folder = tmp_path_factory.mktemp("batch")
    out, run = folder / "r.jsonl", folder / "r.jsonl.run"
    run_batch(found, out, plan)
    results, issues, journal = (
        out.read_bytes(),
        (run / "issues.jsonl").read_bytes(),
        (run / "journal.jsonl").read_bytes(),
    )
    # The journal may end anywhere; results and issues anywhere behind what its last whole line says.
    cut = data.draw(st.integers(0, len(journal)))
    whole = journal[: journal.rfind(b"\n", 0, cut) + 1].splitlines()
    ends = msgspec.json.decode(whole[-1]) if whole else {"results": 0, "issues": 0}
    out.unlink()
    (run / "journal.jsonl").write_bytes(journal[:cut])
    (run / "results.part").write_bytes(results[: data.draw(st.integers(ends["results"], len(results)))])
    (run / "issues.jsonl").write_bytes(issues[: data.draw(st.integers(ends["issues"], len(issues)))])
    summary = run_batch(found, out, plan)
    assert out.read_bytes() == results
    assert (run / "issues.jsonl").read_bytes() == issues
    assert (summary.cases, summary.errors) == (10, 1)


def test_processes_give_the_same_bytes(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    found = cases(20, {4: "HP:0000404", 11: "HP:0000500"})
    run_batch(found, tmp_path / "one.jsonl", plan)
    run_batch(found, tmp_path / "two.jsonl", plan, ProcessExecutor(2))
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    issues = [(tmp_path / f"{name}.jsonl.run" / "issues.jsonl").read_bytes() for name in ("one", "two")]
    assert issues[0] == issues[1] != b""


def test_a_worker_that_dies_is_told_and_the_rest_is_kept(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    with pytest.raises(WorkupError, match=r"ended unexpectedly \(exit code 3"):
        run_batch(cases(9, {7: "HP:0000009"}), tmp_path / "r.jsonl", plan, ProcessExecutor(1))
    with Store(tmp_path / "r.jsonl", plan.identity()) as store:
        assert (store.merged, store.last.done) == (2, 6)


def test_packed_results_hold_the_same(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    run_batch(cases(7), tmp_path / "r.jsonl", plan)
    packed = msgspec.structs.replace(plan, packed=True)
    for name in ("a", "b"):
        run_batch(cases(7), tmp_path / f"{name}.jsonl.gz", packed)
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == (tmp_path / "r.jsonl").read_bytes()


def test_reports_have_a_file_for_each_case(tmp_path: Path, plan: Plan) -> None:
    found = [Case(id=name) for name in ("a", "A", "a", "../a")]
    reporting = msgspec.structs.replace(plan, formats=("tsv",), reports=str(tmp_path / "reports"))
    run_batch(found, tmp_path / "r.jsonl", reporting)
    names = {path.name for path in (tmp_path / "reports").iterdir()}
    # The last id had to be changed to stay in its folder, so that it bears a piece of its hash.
    assert names == {"a.tsv", "A-2.tsv", "a-3.tsv", f"{safe_stem('../a')}.tsv"}


def test_genes_of_the_call_reach_every_case(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    run_batch(cases(2), tmp_path / "r.jsonl", msgspec.structs.replace(plan, genes=("FBN1",)))
    wanted = [msgspec.structs.replace(case, candidate_genes=("FBN1",)).digest() for case in cases(2)]
    assert [line.differential[0].label for line in lines(tmp_path / "r.jsonl")] == wanted


def test_a_finished_run_is_not_done_again(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    run_batch(cases(4), tmp_path / "r.jsonl", plan)
    before = (tmp_path / "r.jsonl").stat()
    executor = Shuffled(0)
    assert run_batch(cases(4), tmp_path / "r.jsonl", plan, executor).already
    assert executor.worked == []
    assert (tmp_path / "r.jsonl").stat().st_mtime_ns == before.st_mtime_ns


def test_another_runs_output_is_refused(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    out = tmp_path / "r.jsonl"
    run_batch(cases(4), out, plan)
    before = out.read_bytes()
    with pytest.raises(UserError, match=r"another run \(limit 50 there, 20 here\)"):
        run_batch(cases(4), out, msgspec.structs.replace(plan, limit=20))
    assert out.read_bytes() == before


def test_another_versions_output_is_refused(
    tmp_path: Path, cases: Cases, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_batch(cases(4), tmp_path / "r.jsonl", plan)
    monkeypatch.setattr("workup.batch.shards.__version__", "99.0")
    with pytest.raises(UserError, match=r"workup '.*' there, '99.0' here"):
        run_batch(cases(4), tmp_path / "r.jsonl", plan)


def test_a_file_of_somebody_else_is_refused(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    (tmp_path / "r.jsonl").write_text("mine\n")
    with pytest.raises(UserError, match="no run is kept beside it"):
        run_batch(cases(4), tmp_path / "r.jsonl", plan)
    assert (tmp_path / "r.jsonl").read_text() == "mine\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "r.jsonl"]


@pytest.mark.parametrize(
    ("number", "special", "message"),
    [(5, {}, "more cases"), (3, {}, "fewer cases"), (4, {3: "HP:0000001"}, "has changed")],
)
def test_another_input_is_refused(
    tmp_path: Path, cases: Cases, number: int, special: dict[int, str], message: str
) -> None:
    plan = Plan(reasoner="batch_toy:Toy", shard_size=1)
    run_batch(cases(4), tmp_path / "r.jsonl", plan)
    before = (tmp_path / "r.jsonl").read_bytes()
    with pytest.raises(UserError, match=message):
        run_batch(cases(number, special), tmp_path / "r.jsonl", plan)
    assert (tmp_path / "r.jsonl").read_bytes() == before


def test_changed_results_are_refused(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    run_batch(cases(4), tmp_path / "r.jsonl", plan)
    with (tmp_path / "r.jsonl").open("a") as stream:
        stream.write("one more\n")
    with pytest.raises(UserError, match="was changed since"):
        run_batch(cases(4), tmp_path / "r.jsonl", plan)


def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_batch(cases(9), tmp_path / "r.jsonl", plan, Shuffled(0, 2))
    (tmp_path / "r.jsonl").write_text("mine\n")
    with pytest.raises(UserError, match="somebody else"):
        run_batch(cases(9), tmp_path / "r.jsonl", plan)
    assert (tmp_path / "r.jsonl").read_text() == "mine\n"


def test_two_processes_on_one_output_are_refused(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    with (
        Store(tmp_path / "r.jsonl", plan.identity()),
        pytest.raises(UserError, match=r"another process \(\d+\) is writing"),
    ):
        run_batch(cases(4), tmp_path / "r.jsonl", plan)
    run_batch(cases(4), tmp_path / "r.jsonl", plan)


def test_a_refused_option_leaves_nothing_behind(tmp_path: Path, cases: Cases, plan: Plan) -> None:
    wrong = msgspec.structs.replace(plan, options={"refuse": True})
    for executor in (LocalExecutor(), ProcessExecutor(1)):
        with pytest.raises(UserError, match="the toy refuses"):
            run_batch(cases(4), tmp_path / "r.jsonl", wrong, executor)
        assert list(tmp_path.iterdir()) == []


def test_the_local_executor_is_one_process() -> None:
    with pytest.raises(UserError, match="use 'processes'"):
        executor_of("local", 2)


@pytest.mark.slow
def test_ray_gives_the_same_bytes(tmp_path: Path, cases: Cases, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    # Where its workers find the toy.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    found = cases(14, {4: "HP:0000404"})
    run_batch(found, tmp_path / "one.jsonl", plan)
    run_batch(found, tmp_path / "ray.jsonl", plan, executor_of("ray", 2))
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "ray.jsonl").read_bytes()
