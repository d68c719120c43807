"""Runs: the same with any number of workers, after any kill, and honest about what failed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from run_toy import Asking, Failing, Hashing, ToyBenchmark, questions

from workup.errors import BudgetExceeded, DataError, UserError
from workup.evaluation import scoring
from workup.evaluation.attempt import Attempt
from workup.evaluation.run_store import RunStore
from workup.evaluation.runner import Plan, Progress, drawn, read, results_digest, run
from workup.evaluation.scoring import compare_runs, score_run
from workup.models.model import Generation, Reply
from workup.reasoning import Usage


def plan(path: Path, reasoner: Any = None, **more: Any) -> Plan:
    return Plan(benchmark=ToyBenchmark(), data=(path,), reasoner=reasoner or Hashing(), **more)


def attempts(folder: Path) -> list[Attempt]:
    with RunStore(folder) as store:
        return list(store.attempts())


@pytest.fixture(autouse=True)
def _toy_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring.registry, "load", lambda kind, name: ToyBenchmark)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return questions(tmp_path / "questions.jsonl", 30)


class Echo:
    """Says the same letter each time and counts."""

    name = "echo"

    def __init__(self, *letters: str) -> None:
        self.letters = letters or ("A",)
        self.calls = 0
        self._lock = threading.Lock()

    def generate(self, messages: Any, **_: Any) -> Reply:
        with self._lock:
            self.calls += 1
        usage = Usage(calls=1, input_tokens=10, output_tokens=1, cost_usd=0.5)
        letter = self.letters[(self.calls - 1) % len(self.letters)]
        return Reply(generations=(Generation(text=letter),), model=self.name, usage=usage)


def test_one_and_sixteen_workers_give_the_same(tmp_path: Path, data: Path) -> None:
    digests = set()
    for workers in (1, 16):
        out = tmp_path / str(workers)
        outcome = run(plan(data, epochs=2), out, workers=workers)
        assert (outcome.done, outcome.failed, outcome.stopped) == (60, 0, "")
        digests.add(results_digest(attempts(out)))
    assert len(digests) == 1


def test_epochs_have_seeds_of_their_own_and_another_seed_gives_another_run(tmp_path: Path, data: Path) -> None:
    run(plan(data, epochs=4), tmp_path / "a")
    answers = [attempt.raw for attempt in attempts(tmp_path / "a") if attempt.key.case_id == "5"]
    assert len(answers) == 4
    run(plan(data, epochs=4, seed=1), tmp_path / "b")
    raw = [[attempt.raw for attempt in attempts(tmp_path / name)] for name in "ab"]
    assert raw[0] != raw[1]


def test_finished_attempts_are_not_made_again(tmp_path: Path, data: Path) -> None:
    model = Echo()
    run(plan(data, Asking(), model=model), tmp_path / "run")
    assert model.calls == 60
    outcome = run(plan(data, Asking(), model=model), tmp_path / "run")
    assert (model.calls, outcome.done) == (60, 30)


def test_replies_of_an_attempt_that_was_cut_off_are_not_paid_for_again(tmp_path: Path, data: Path) -> None:
    class Breaking(Echo):
        def generate(self, messages: Any, **more: Any) -> Reply:
            if self.calls == 7:
                self.calls += 1
                raise BudgetExceeded("enough")
            return super().generate(messages, **more)

    model = Breaking()
    stopped = run(plan(data, Asking(), model=model), tmp_path / "run")
    # Three attempts of two calls each, and the first call of the fourth.
    assert (stopped.done, stopped.stopped, model.calls) == (3, "enough", 8)
    run(plan(data, Asking(), model=model), tmp_path / "run")
    assert model.calls == 8 + 60 - 7
    kept = attempts(tmp_path / "run")
    assert all(attempt.usage.calls == 2 and attempt.usage.cost_usd == 1 for attempt in kept)
    with RunStore(tmp_path / "run") as store:
        assert len(list(store.replies())) == 60
        key = kept[0].key.digest()
        assert [request.messages[0].content for _, request, _ in store.replies(key)] == ["Question 0?"] * 2


def test_failures_are_kept_counted_and_tried_again(tmp_path: Path, data: Path) -> None:
    outcome = run(plan(data, Failing()), tmp_path / "run", workers=4)
    assert (outcome.done, outcome.failed) == (20, 10)
    errors = {attempt.error for attempt in attempts(tmp_path / "run") if attempt.error}
    assert errors == {"the server is away", "ZeroDivisionError: "}
    again = run(plan(data, Failing()), tmp_path / "run")
    assert (again.done, again.failed) == (20, 10)
    scores = score_run(tmp_path / "run")
    assert scores.counts == {"attempts": 30, "failed": 10}
    assert scores.estimates[0].n == 30


def test_limits_stop_a_run_with_a_reason(tmp_path: Path, data: Path) -> None:
    costly = run(plan(data, Asking(), model=Echo()), tmp_path / "a", max_cost=3.0)
    assert (costly.done, costly.stopped) == (3, "3.00 USD are spent, the limit is 3.00")
    failing = run(plan(data, Failing()), tmp_path / "b", max_failures=2)
    assert failing.failed == 2
    assert "2 attempts failed" in failing.stopped


def test_a_limit_draws_cases_by_the_seed_and_nests(data: Path) -> None:
    benchmark = ToyBenchmark()
    few, more = (drawn(benchmark.read([data]), n, 3) for n in (5, 12))
    assert few < more
    assert len(few) == 5
    assert drawn(benchmark.read([data]), 5, 4) != few
    ids = [case.id for case in read(plan(data, limit=5, seed=3))]  # type: ignore[union-attr]
    assert ids == sorted(few, key=int)


def test_another_run_or_other_files_are_never_overwritten(tmp_path: Path, data: Path) -> None:
    run(plan(data), tmp_path / "run")
    with pytest.raises(UserError, match="another seed"):
        run(plan(data, seed=1), tmp_path / "run")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("keep")
    with pytest.raises(UserError, match="other files"):
        run(plan(data), tmp_path / "notes")
    questions(data, 31)
    with pytest.raises(UserError, match="another data"):
        run(plan(data), tmp_path / "run")
    with pytest.raises(UserError, match="has changed since the run"):
        score_run(tmp_path / "run")
    with pytest.raises(UserError, match="holds no run"):
        score_run(tmp_path / "notes")


def test_two_processes_cannot_write_one_run(tmp_path: Path, data: Path) -> None:
    chosen = plan(data)
    with RunStore(tmp_path / "run", chosen.manifest()), pytest.raises(UserError, match="another process"):
        run(chosen, tmp_path / "run")


def test_a_damaged_record_is_named(tmp_path: Path, data: Path) -> None:
    run(plan(data), tmp_path / "run")
    (tmp_path / "run" / "attempts.sqlite").write_bytes(b"x" * 4096)
    with pytest.raises(DataError, match="no record of attempts"):
        attempts(tmp_path / "run")


def test_progress_is_told(tmp_path: Path, data: Path) -> None:
    told: list[Progress] = []
    run(plan(data), tmp_path / "run", progress=told.append)
    assert [one.done for one in told] == list(range(1, 31))


def test_runs_are_compared_case_by_case(tmp_path: Path, data: Path) -> None:
    run(plan(data, Asking(), model=Echo("A")), tmp_path / "a")
    run(plan(data, Asking(), model=Echo("A", "B", "A", "C")), tmp_path / "b")
    scored = [score_run(tmp_path / name) for name in "ab"]
    assert scored[0].estimates[0].value == pytest.approx(1 / 3)
    assert scored[0].usage.cost_usd == pytest.approx(30)
    found = compare_runs(scored)
    assert [point.name for point in found.runs] == ["asking / echo (a)", "asking / echo (b)"]
    (test,) = found.tests
    assert test.n == 30
    assert test.p_adjusted == test.p_bootstrap
    assert found.cost_per_right["asking / echo (a)"] == pytest.approx(3)
    with pytest.raises(UserError, match="at least two"):
        compare_runs(scored[:1])
    with pytest.raises(UserError, match="no score 'f1'"):
        compare_runs(scored, metric="f1")
    other = msgspec.structs.replace(scored[1], manifest={**scored[1].manifest, "benchmark": "medqa"})
    with pytest.raises(UserError, match="different benchmarks"):
        compare_runs([scored[0], other])


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 16])
def test_killed_at_random_instants_nothing_is_lost_done_or_paid_for_twice(tmp_path: Path, workers: int) -> None:
    """A run of 200 cases, killed up to 8 times with each number of workers."""
    data = questions(tmp_path / "questions.jsonl", 200)
    log = tmp_path / "calls.log"
    drive = Path(__file__).with_name("run_drive.py")
    call = [sys.executable, str(drive), str(tmp_path / "run"), str(data), str(log), str(workers)]
    waits = random.Random(workers)
    finished: set[str] = set()
    kills = 0
    while kills < 8:
        process = subprocess.Popen(call)
        deadline = waits.uniform(0.25, 0.7)
        try:
            process.wait(timeout=deadline)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        if (tmp_path / "run" / "attempts.sqlite").is_file():
            now = {attempt.key.case_id for attempt in attempts(tmp_path / "run")}
            assert finished <= now
            finished = now
    assert kills >= 2
    assert subprocess.run(call, check=False).returncode == 0
    # Two calls each; a call that was cut off before its reply was kept is made again, at most one per worker and kill.
    paid = Counter(log.read_text().splitlines())
    assert len(paid) == 200
    assert min(paid.values()) == 2
    assert sum(paid.values()) <= 400 + kills * workers
    whole = [sys.executable, str(drive), str(tmp_path / "whole"), str(data), str(tmp_path / "other.log"), "1"]
    subprocess.run(whole, check=True)
    assert results_digest(attempts(tmp_path / "run")) == results_digest(attempts(tmp_path / "whole"))
    assert score_run(tmp_path / "run").estimates == score_run(tmp_path / "whole").estimates


def test_a_changed_training_file_is_another_run(tmp_path: Path, data: Path) -> None:
    training = tmp_path / "training.jsonl"
    training.write_text("one")
    chosen = plan(data, options={"training": str(training), "k": 3, "words": "no\nfile"})
    assert set(chosen.manifest()["option_files"]) == {"training"}
    run(chosen, tmp_path / "run")
    training.write_text("two")
    with pytest.raises(UserError, match="another option_files"):
        run(chosen, tmp_path / "run")


def test_a_folder_of_other_files_is_refused_and_left_as_it_was(tmp_path: Path, data: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="holds other files"):
        RunStore(tmp_path / "mine", plan(data).manifest())
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
