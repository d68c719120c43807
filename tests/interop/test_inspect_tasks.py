"""Inspect: every benchmark is a task, every reasoner a solver, and the figures are those of `workup run`."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmark_samples import json_lines, samples
from workup import registry
from workup.errors import UserError
from workup.evaluation.attempt import Attempt
from workup.evaluation.run_store import RunStore
from workup.evaluation.runner import Plan, run
from workup.evaluation.scoring import score_run
from workup.models import load
from workup.models.model import Sampling

pytest.importorskip("inspect_ai")

LETTERS = "Answer: A", "It is (B).", "no idea", "Answer: C or D", "D"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INSPECT_DISPLAY", "none")
    monkeypatch.setenv("INSPECT_LOG_DIR", str(tmp_path / "logs"))


def questions(folder: Path, count: int) -> Path:
    rows = [
        {"id": f"q{i}", "question": f"Question {i}?", "options": dict(zip("ABCD", "wxyz", strict=True)),
         "answer_idx": "ABCD"[i % 4]}
        for i in range(count)
    ]  # fmt: skip
    return json_lines(folder / "questions.jsonl", rows)


def by_content(messages: Any, tools: Any, tool_choice: Any, config: Any) -> Any:
    """A reply that depends on what was asked and on how it is to be drawn."""
    from inspect_ai.model import ModelOutput, ModelUsage

    words = messages[-1].text
    place = zlib.crc32(f"{words} {config.seed}".encode())
    said = ModelOutput.from_content("mockllm/model", LETTERS[place % len(LETTERS)])
    # Without it, mockllm would count tokens with a table that it downloads.
    said.usage = ModelUsage(input_tokens=len(words.split()), output_tokens=1, total_tokens=len(words.split()) + 1)
    return said


def evaluated(task: Any, **options: Any) -> Any:
    from inspect_ai import eval

    (log,) = eval(task, display="none", score_display=False, **options)
    assert log.status == "success", log.error
    return log


def figures(log: Any) -> dict[str, float]:
    """The benchmark's metrics."""
    # Inspect leaves an empty entry of that name for metrics that would be computed after epochs are reduced.
    (score,) = [score for score in log.results.scores if score.name == "scores" and score.metrics]
    return {name: metric.value for name, metric in score.metrics.items()}


def values(log: Any) -> dict[tuple[str, int], Any]:
    return {(str(sample.id), sample.epoch): sample.scores["scores"].value for sample in log.samples}


def native_figures(folder: Path) -> dict[str, float]:
    from workup.interop.inspect.scores import flat

    return flat(score_run(folder).estimates)


def native_values(folder: Path) -> dict[tuple[str, int], Any]:
    from workup.evaluation.scoring import benchmark_of, cases_of

    with RunStore(folder) as store:
        tried = list(store.attempts())
        manifest = store.manifest
    cases = cases_of(manifest, [attempt.key.case_id for attempt in tried])
    return {
        (attempt.key.case_id, attempt.key.epoch + 1): {
            scorer.name: scorer.score(cases[attempt.key.case_id], attempt).total
            for scorer in benchmark_of(manifest).scorers()
        }
        for attempt in tried
    }


def test_everything_registered_here_is_registered_there() -> None:
    from inspect_ai._util.registry import registry_lookup

    import workup.interop.inspect as ours

    assert set(ours.tasks) == set(registry.names("benchmarks"))
    assert set(ours.solvers) == {*registry.names("reasoners"), *registry.names("extractors")}
    assert all(registry_lookup("task", f"workup/{name}") for name in ours.tasks)
    assert all(registry_lookup("solver", f"workup/{name}") for name in ours.solvers)
    assert registry_lookup("solver", "workup/cot")
    assert registry_lookup("scorer", "workup/scores")


@pytest.mark.parametrize("name", sorted(samples()))
def test_every_benchmark_is_a_task(name: str, tmp_path: Path) -> None:
    import workup.interop.inspect as ours

    files = samples()[name](tmp_path)
    task = ours.tasks[name](data=",".join(map(str, files)))
    assert len(task.dataset) >= 1
    for sample in task.dataset:
        assert sample.input
        assert sample.metadata["case"].get("reference") is None
        # What is right is told to scorers alone.
        assert "reference" not in json.dumps(sample.metadata)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reasoner", "options", "epochs", "temperature"),
    [("chain-of-thought", {}, 1, 0.0), ("self-consistency", {"samples": 3}, 2, 0.7), ("random", {}, 2, 0.0)],
)
def test_the_figures_are_those_of_a_run(
    tmp_path: Path, reasoner: str, options: dict[str, Any], epochs: int, temperature: float
) -> None:
    from inspect_ai.model import get_model

    import workup.interop.inspect as ours

    data = questions(tmp_path, 9)
    medqa, made = registry.load("benchmarks", "medqa")(), registry.load("reasoners", reasoner)()
    with load("inspect/mockllm/model", model_args={"custom_outputs": by_content}) as model:
        plan = Plan(
            benchmark=medqa, data=(data,), reasoner=made, options=options, model=model, epochs=epochs, seed=3,
            sampling=Sampling(temperature=temperature),
        )  # fmt: skip
        run(plan, tmp_path / "run")
    log = evaluated(
        ours.tasks["medqa"](data=str(data)),
        solver=ours.solvers[reasoner](seed=3, **options),
        model=get_model("mockllm/model", custom_outputs=by_content),
        epochs=epochs,
        temperature=temperature,
    )
    assert values(log) == native_values(tmp_path / "run")
    assert figures(log) == native_figures(tmp_path / "run")
    assert 0 < figures(log)["accuracy"] < 1


@pytest.mark.slow
def test_a_recorded_run_answers_in_inspect_and_words_of_its_own_solvers_are_read(tmp_path: Path) -> None:
    import workup.interop.inspect as ours

    data = questions(tmp_path, 6)
    script = json_lines(tmp_path / "script.jsonl", [{"match": "Question [03]", "reply": "Answer: A"},
                                                    {"match": ".", "reply": "ANSWER: B"}])  # fmt: skip
    with load(f"scripted/{script}") as model:
        plan = Plan(benchmark=registry.load("benchmarks", "medqa")(), data=(data,),
                    reasoner=registry.load("reasoners", "direct")(), model=model)  # fmt: skip
        run(plan, tmp_path / "run")
    log = evaluated(
        ours.tasks["medqa"](data=str(data)), solver=ours.solvers["direct"](), model=f"workup/scripted/{script}"
    )
    assert (values(log), figures(log)) == (native_values(tmp_path / "run"), native_figures(tmp_path / "run"))
    assert figures(log)["accuracy"] == pytest.approx(2 / 6 + 1 / 6)
    # Every call stands in the log, within its sample.
    assert all(any(event.event == "model" for event in sample.events) for sample in log.samples)
    own = evaluated(ours.tasks["medqa"](data=str(data)), model=f"workup/scripted/{script}")
    assert values(own) == values(log)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reasoner", "options"),
    [("self-consistency", {"samples": 3}), ("medprompt", {}), ("argmed", {})],
)
def test_a_replayed_run_has_the_same_scores_here_and_there(
    tmp_path: Path, reasoner: str, options: dict[str, Any]
) -> None:
    """Replies drawn together are replayed one by one, and every seed is the recorded one."""
    import workup.interop.inspect as ours

    data = questions(tmp_path, 6)
    rules = [{"match": "Question [03]", "reply": "Answer: A"}, {"match": "Question [14]", "reply": "Answer: B"}]
    script = json_lines(tmp_path / "script.jsonl", [*rules, {"match": ".", "reply": "Answer: D"}])

    def ran(model_name: str, folder: Path) -> None:
        made = registry.load("reasoners", reasoner)()
        with load(model_name) as model:
            plan = Plan(
                benchmark=registry.load("benchmarks", "medqa")(), data=(data,), reasoner=made, options=options,
                model=model, sampling=Sampling(temperature=0.7), seed=5,
            )  # fmt: skip
            run(plan, folder)

    ran(f"scripted/{script}", tmp_path / "run")
    ran(f"replay/{tmp_path / 'run'}", tmp_path / "again")
    log = evaluated(
        ours.tasks["medqa"](data=str(data)),
        solver=ours.solvers[reasoner](seed=5, **options),
        model=f"workup/replay/{tmp_path / 'run'}",
        temperature=0.7,
    )
    assert values(log) == native_values(tmp_path / "again") == native_values(tmp_path / "run")
    assert figures(log) == native_figures(tmp_path / "again") == native_figures(tmp_path / "run")


def test_a_judge_and_a_retrieval_benchmark(tmp_path: Path) -> None:
    from inspect_ai.model import get_model

    import workup.interop.inspect as ours

    files = samples()["pubmedqa-retrieval"](tmp_path)
    log = evaluated(
        ours.tasks["pubmedqa-retrieval"](data=[str(file) for file in files]),
        solver=ours.solvers["retrieval"](corpus=str(files[1])),
        model=get_model("mockllm/model"),
    )
    assert values(log) == {("d1", 1): {"recall@10": 1.0}}
    assert figures(log)["ndcg@10"] == 1.0
    judge = json_lines(tmp_path / "judge.jsonl", [{"match": ".", "reply": "met"}])
    talk = samples()["healthbench"](tmp_path)
    log = evaluated(
        ours.tasks["healthbench"](data=str(talk[0]), judge=f"model:scripted/{judge}"),
        solver=ours.solvers["direct"](),
        model=get_model("mockllm/model", custom_outputs=by_content),
    )
    # Both criteria met, the good and the bad one: (5 - 7) / 5; the mean is clipped, the samples are not.
    assert {value["rubric"] for value in values(log).values()} == {-0.4}
    assert figures(log)["rubric"] == 0.0


def test_a_patient_is_asked_in_inspect_too(tmp_path: Path) -> None:
    from inspect_ai.model import get_model

    import workup.interop.inspect as ours

    (data,) = samples()["mediq"](tmp_path)
    reasoner = "lexical-interview"
    plan = Plan(
        benchmark=registry.load("benchmarks", "mediq")(), data=(data,), reasoner=registry.load("reasoners", reasoner)()
    )
    run(plan, tmp_path / "run")
    log = evaluated(
        ours.tasks["mediq"](data=str(data)), solver=ours.solvers[reasoner](), model=get_model("mockllm/model")
    )
    with RunStore(tmp_path / "run") as store:
        native = {one.key.case_id: one.reasoning for one in store.attempts()}
    for sample in log.samples:
        kept = msgspec.convert(sample.store["workup_attempt"], Attempt)
        ours_then = native[str(sample.id)]
        assert kept.reasoning is not None
        assert ours_then is not None
        # The same questions got the same answers of the patient.
        assert [step.claim for step in kept.reasoning.steps] == [step.claim for step in ours_then.steps]
    assert values(log) == native_values(tmp_path / "run")


def test_findings_and_texts(tmp_path: Path) -> None:
    from inspect_ai.model import get_model

    import workup.interop.inspect as ours

    model = get_model("mockllm/model")
    patients = samples()["rare-disease"](tmp_path)
    log = evaluated(ours.tasks["rare-disease"](data=str(patients[0])), solver=ours.solvers["phenotype"](), model=model)
    assert [value["top10"] for value in values(log).values()] == [1.0, 1.0]
    texts = samples()["text-to-hpo"](tmp_path)
    log = evaluated(ours.tasks["text-to-hpo"](data=str(texts[0])), solver=ours.solvers["rules"](), model=model)
    assert values(log) == {("1", 1): {"document_f1": 1.0}, ("2", 1): {"document_f1": 1.0}}


def test_faults_are_told(tmp_path: Path) -> None:
    import workup.interop.inspect as ours

    with pytest.raises(UserError, match="-T data=FILE"):
        ours.tasks["medqa"](data="")
    with pytest.raises(UserError, match="does not exist"):
        ours.tasks["medqa"](data=str(tmp_path / "none.jsonl"))
    data = questions(tmp_path, 2)
    with pytest.raises(UserError, match="takes no judge"):
        ours.tasks["medqa"](data=str(data), judge="diagnosis-names")
    data.write_text("not json\n")
    with pytest.raises(UserError, match="hold no case"):
        ours.tasks["medqa"](data=str(data))


@pytest.mark.slow
def test_the_command_line_of_inspect_finds_it(tmp_path: Path) -> None:
    from inspect_ai.log import list_eval_logs, read_eval_log

    data = questions(tmp_path, 3)
    script = json_lines(tmp_path / "script.jsonl", [{"match": ".", "reply": "Answer: A"}])
    call = [sys.executable, "-m", "inspect_ai", "eval", "workup/medqa", "-T", f"data={data}", "--display", "none"]
    call += ["--solver", "workup/cot", "--model", f"workup/scripted/{script}", "--log-dir", str(tmp_path)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = list_eval_logs(str(tmp_path))
    assert figures(read_eval_log(found.name))["accuracy"] == pytest.approx(1 / 3)
