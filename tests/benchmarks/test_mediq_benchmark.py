"""MediQ from file to figures: what is read, who knows it, what a run keeps, and the rows that go out."""

from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from workup.benchmarks.benchmark import Interactive
from workup.benchmarks.mediq import MediQ, MediQFull, mediq_row, record_of
from workup.case import Case, Question, Reference, to_json
from workup.cli import cli
from workup.errors import Issue, UserError
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.dialogue import QUESTIONS, TIMEOUTS, AccuracyByTurn, RepeatedQuestions, ThresholdSweep
from workup.evaluation.run_store import RunStore
from workup.evaluation.runner import Plan, key_of, results_digest, run
from workup.evaluation.scoring import score_run
from workup.models import Scripted
from workup.models.model import Generation, Message, Reply, Sampling
from workup.models.scripted import Line
from workup.reasoners.direct import Direct
from workup.reasoners.lexical_interview import LexicalInterview
from workup.reasoners.mediq import MediQ as Doctor
from workup.reasoning import Answer, Link, Reasoning, Step, Usage

CONTEXT = ["A 40-year-old man has a painful toe.", "He had two attacks last year, and he drinks beer."]
ROW: dict[str, Any] = {
    "id": 0,
    "question": "What is it?",
    "context": CONTEXT,
    "options": {"A": "Gout", "B": "Measles", "C": "Scurvy", "D": "Rubella"},
    "answer": "Gout",
    "answer_idx": "A",
    "explanation": "",
    "facts": ["1. The man is 40.", "2. He had two attacks last year.", "3. He drinks beer."],
    "patient": {"age": "40 years old"},
}
SCRIPT = (
    Line(match="Assume that you know enough", reply="Answer: A"),
    Line(match="How confident are you", reply="DECISION: somewhat unconfident"),
    Line(match="Something is missing", reply="Do you drink beer?"),
    Line(match="is your record", reply="I drink beer."),
)


def written(folder: Path, *rows: dict[str, Any], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


def read(path: Path, benchmark: MediQ | None = None) -> list[Case]:
    found = list((benchmark or MediQ()).read([path]))
    assert all(isinstance(one, Case) for one in found), found
    return [one for one in found if isinstance(one, Case)]


def test_the_doctor_sees_the_beginning_and_the_patient_the_rest(tmp_path: Path) -> None:
    (case,) = read(written(tmp_path, ROW))
    assert case.id == "rows-0"
    assert case.text == CONTEXT[0]
    assert record_of(case).facts == ("The man is 40.", "He had two attacks last year.", "He drinks beer.")
    blinded = to_json(case.blinded()).decode()
    assert "beer" not in blinded
    assert "two attacks" not in blinded
    assert '"A"' in blinded  # as an option, which is no secret
    assert isinstance(MediQ(), Interactive)


def test_other_layouts(tmp_path: Path) -> None:
    text = {**ROW, "context": " ".join(CONTEXT)}
    atomic = {**ROW, "id": 1, "atomic_facts": ["He is 40."]}
    begun = {**ROW, "id": 2, "initial_info": "A man."}
    bare = {key: value for key, value in ROW.items() if key != "facts"} | {"id": 3}
    cases = read(written(tmp_path, text, atomic, begun, bare))
    assert [case.text for case in cases] == [CONTEXT[0], CONTEXT[0], "A man.", CONTEXT[0]]
    assert record_of(cases[1]).facts == ("He is 40.",)
    # The released patient does not find the facts of its own data.
    assert record_of(cases[0], released=True).facts == ()
    assert record_of(cases[1], released=True).facts == ("He is 40.",)
    assert record_of(cases[3]).facts == ()
    assert read(written(tmp_path, ROW), MediQFull())[0].text == " ".join(CONTEXT)


def test_bad_rows_are_listed(tmp_path: Path) -> None:
    rows = [
        {**ROW, "context": []},
        {**ROW, "id": 1, "facts": "none"},
        {**ROW, "id": 2, "answer_idx": "Z"},
        {**ROW, "id": 3, "context": [1]},
        {**ROW, "id": 4},
    ]
    found = list(MediQ().read([written(tmp_path, *rows)]))
    assert [one.field for one in found if isinstance(one, Issue)] == ["context", "facts", "answer_idx", "context"]
    assert [one.id for one in found if isinstance(one, Case)] == ["rows-4"]


def plan(path: Path, **more: Any) -> Plan:
    return Plan(**{"benchmark": MediQ(), "data": (path,), "reasoner": Doctor(), "model": Scripted(SCRIPT), **more})


def attempts(folder: Path) -> list[Attempt]:
    with RunStore(folder) as store:
        return list(store.attempts())


def test_the_patient_is_part_of_the_key(tmp_path: Path) -> None:
    path = written(tmp_path, ROW)
    (case,) = read(path)
    keys = [
        key_of(plan(path, **more), case, 0)
        for more in (
            {},
            {"environment": {"patient": "instruct"}},
            {"environment": {"max_questions": 3}},
            {"environment_model": Scripted(SCRIPT, name="another")},
        )
    ]
    assert len({key.digest() for key in keys}) == 4
    assert keys[0].environment["patient"] == "fact-match"
    assert len(keys[0].environment["prompts"]) == 64
    # The same beginning with another record is another attempt.
    (other,) = read(written(tmp_path, {**ROW, "facts": ["1. He drinks wine."]}))
    assert other.digest() == case.digest()
    assert key_of(plan(path), other, 0).digest() != keys[0].digest()
    # Attempts without an environment keep the names that they had before there was one.
    bare = AttemptKey(benchmark="medqa", version="1", case_id="7", case="ab", reasoner="direct")
    values = {name: value for name, value in msgspec.structs.asdict(bare).items() if name != "environment"}
    assert bare.digest() == hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()
    assert "environment" not in plan(path, benchmark=_Plain(), environment={}).manifest()


class _Plain:
    """A benchmark with nothing to ask."""

    header = MediQ.header

    def read(self, paths: Any) -> Any:
        return iter(())

    def scorers(self) -> Any:
        return ()

    def metrics(self) -> Any:
        return ()


def test_settings_are_checked(tmp_path: Path) -> None:
    path = written(tmp_path, ROW)
    with pytest.raises(UserError, match="the patient has no option mood"):
        run(plan(path, environment={"mood": "good"}), tmp_path / "a")
    with pytest.raises(UserError, match="patient direct needs a language model"):
        run(plan(path, reasoner=LexicalInterview(), model=None, environment={"patient": "direct"}), tmp_path / "b")
    with pytest.raises(UserError, match="no environment that could be set"):
        run(plan(path, benchmark=_Plain(), environment={"patient": "direct"}), tmp_path / "c")


def test_the_patients_calls_are_kept_apart_and_cost(tmp_path: Path) -> None:
    path = written(tmp_path, ROW)
    setting = {"patient": "instruct", "max_questions": 2}
    run(plan(path, environment=setting, environment_model=Scripted(SCRIPT, name="patient")), tmp_path / "run")
    (attempt,) = attempts(tmp_path / "run")
    with RunStore(tmp_path / "run") as store:
        own = list(store.replies(attempt.key.digest()))
        patient = list(store.replies(f"{attempt.key.digest()}/environment"))
    # Answer and confidence at three turns, and two questions; one reply to each.
    assert (len(own), len(patient)) == (8, 2)
    assert {reply.model for _, _, reply in patient} == {"patient"}
    assert attempt.usage.calls == 10
    assert attempt.reasoning is not None
    assert attempt.reasoning.usage.calls == 8
    assert all(
        "<case>\nA 40-year-old man has a painful toe. He had two" in str(one.messages).replace("\\n", "\n")
        for _, one, _ in patient
    )


class Drawing:
    """Replies in the forms asked for, by a hash of what was asked and of the seed: nothing is shared between calls."""

    name = "drawing"

    def __init__(self, stop_after: int | None = None) -> None:
        self.calls = 0
        self.stop_after = stop_after

    def generate(self, messages: Any, *, n: int = 1, sampling: Sampling, **_: Any) -> Reply:
        self.calls += 1
        if self.stop_after is not None and self.calls > self.stop_after:
            raise KeyboardInterrupt
        last: Message = messages[-1]
        value = hashlib.sha256(f"{last.content} {len(messages)} {sampling.seed}".encode()).digest()[0]
        if "Assume" in last.content:
            text = f"Answer: {'ABCD'[value % 4]}"
        elif "How confident" in last.content:
            text = "DECISION: " + ("very confident" if value % 5 == 0 else "somewhat unconfident")
        elif "Something is missing" in last.content:
            text = ("Do you drink beer?", "Have you had attacks?", "How old are you: 40?")[value % 3]
        else:
            text = f"{value % 4}"
        return Reply(generations=(Generation(text=text),) * n, model=self.name, usage=Usage(calls=1))


@pytest.mark.parametrize("patient", ["fact-match", "random", "fact-select"])
def test_sixteen_dialogues_at_once_are_the_same_as_one_at_a_time(tmp_path: Path, patient: str) -> None:
    path = written(tmp_path, *({**ROW, "id": number, "question": f"What is it, {number}?"} for number in range(24)))
    digests = set()
    for workers in (1, 16):
        out = tmp_path / str(workers)
        outcome = run(
            plan(path, model=Drawing(), environment={"patient": patient, "max_questions": 5}), out, workers=workers
        )
        assert (outcome.done, outcome.failed) == (24, 0)
        digests.add(results_digest(attempts(out)))
    assert len(digests) == 1
    assert len({attempt.raw for attempt in attempts(tmp_path / "1")}) > 1


def test_a_dialogue_cut_off_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    path = written(tmp_path, *({**ROW, "id": number, "question": f"What is it, {number}?"} for number in range(4)))
    setting = {"patient": "fact-select", "max_questions": 5}
    whole = Drawing()
    run(plan(path, model=whole, environment=setting), tmp_path / "whole")
    for stop in (1, 5, 9):
        out = tmp_path / f"cut-{stop}"
        with pytest.raises(KeyboardInterrupt):
            run(plan(path, model=Drawing(stop_after=stop), environment=setting), out)
        rest = Drawing()
        run(plan(path, model=rest, environment=setting), out)
        assert results_digest(attempts(out)) == results_digest(attempts(tmp_path / "whole"))
        # Nothing is asked twice, of the doctor or of the patient.
        assert rest.calls == whole.calls - stop


def test_original_rows(tmp_path: Path) -> None:
    path = written(tmp_path, ROW)
    out = tmp_path / "run"
    run(plan(path, options={"max_questions": 1}), out)
    result = CliRunner().invoke(cli, ["export", str(out), "--to", "original"])
    assert result.exit_code == 0, result.output
    (row,) = [json.loads(line) for line in (out / "attempts.original.jsonl").read_text().splitlines()]
    assert row == {
        "id": 0,
        "interactive_system": {
            "correct": True,
            "letter_choice": "A",
            "questions": ["Do you drink beer?"],
            "answers": ["He drinks beer."],
            "num_questions": 1,
            "intermediate_choices": ["A", "A"],
            "temp_additional_info": [{"confidence": 2.0}, {"confidence": 2.0}],
        },
        "info": {
            "initial_info": CONTEXT[0],
            "correct_answer": "Gout",
            "correct_answer_idx": "A",
            "question": "What is it?",
            "options": ROW["options"],
            "context": CONTEXT,
            "facts": ["The man is 40.", "He had two attacks last year.", "He drinks beer."],
        },
    }
    figures = {one.metric: one for one in score_run(out).estimates}
    assert figures["timeouts"].value == 1.0
    assert figures["questions"].value == 1.0
    assert figures["refused_replies"].value == 0.0
    assert figures["supported_statements"].value == 1.0


def test_a_benchmark_without_rows_of_its_own_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, {**ROW, "question": "Toe?"}, name="medqa.jsonl")
    from workup.benchmarks.medqa import MedQA

    run(Plan(benchmark=MedQA(), data=(path,), reasoner=Direct(), model=Scripted(["Answer: A"])), tmp_path / "run")
    result = CliRunner().invoke(cli, ["export", str(tmp_path / "run"), "--to", "original"])
    assert "medqa has no rows of its own" in str(result.exception or result.output)


def test_from_the_command_line(tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_bytes(b"\n".join(msgspec.json.encode(line) for line in SCRIPT))
    data, out = written(tmp_path, ROW), tmp_path / "run"
    given = ["run", "mediq", "mediq", "--data", str(data), "--model", f"scripted/{script}", "--out", str(out)]
    result = CliRunner().invoke(cli, [*given, "--environment", "patient=instruct", "--environment", "max_questions=2"])
    assert result.exit_code == 0, result.output
    assert "threshold_sweep" in result.output
    again = CliRunner().invoke(cli, given)
    assert "another run" in str(again.exception or again.output) or "another environment" in str(again.exception)
    shown = CliRunner().invoke(cli, ["show", str(out), "rows-0", "--json"])
    (attempt,) = json.loads(shown.output)["attempts"]
    assert (len(attempt["calls"]), len(attempt["environment_calls"])) == (8, 2)


def test_any_question_of_choice_becomes_interactive(tmp_path: Path) -> None:
    vignette = "A man has a painful toe. His pulse is 90/min, and he drinks beer. What is it?"
    options = {"A": "Gout", "B": "Measles"}
    case = Case(id="7", question=Question(vignette, options), reference=Reference(answer="A"))
    row = mediq_row(case)
    assert (row["initial_info"], row["question"]) == ("A man has a painful toe.", "What is it?")
    assert row["facts"] == ["1. A man has a painful toe.", "2. His pulse is 90/min", "3. he drinks beer."]
    (again,) = read(written(tmp_path, row))
    assert again.text == "A man has a painful toe."
    assert mediq_row(again)["id"] == "rows-7"
    for bad in (
        Case(id="8", question=Question("What is it?", options), reference=Reference(answer="A")),
        Case(id="9", question=Question(vignette, options)),
        Case(id="10"),
    ):
        with pytest.raises(ValueError, match="case '"):
            mediq_row(bad)
    rows = [{"id": "a", "question": vignette, "options": options, "answer_idx": "A"}]
    rows += [{"id": "b", "question": "What is gout?", "options": options, "answer_idx": "A"}]
    source, out = written(tmp_path, *rows, name="medqa.jsonl"), tmp_path / "out.jsonl"
    given = ["export", "mediq", "--benchmark", "medqa", "--data", str(source), "--out", str(out)]
    result = CliRunner().invoke(cli, given)
    assert result.exit_code == 0, result.output
    assert "1 rows of 2 cases" in result.output
    assert [one.id for one in read(out)] == ["out-a"]


def dialogue(case: Case, questions: list[str], turns: list[tuple[str, float]], most: int = 30) -> Attempt:
    steps = []
    for number, text in enumerate(questions, 1):
        steps.append(Step(kind="question", claim=text, id=f"q{number}"))
        steps.append(Step(kind="reply", claim="Yes.", links=(Link(f"q{number}", "answers"),)))
    reasoning = Reasoning(
        reasoner="toy",
        answer=Answer(level="option", text="", ids=(turns[-1][0],), probability=turns[-1][1]),
        steps=tuple(steps),
        extensions={
            "positions": [{"answer": key, "confidence": level} for key, level in turns],
            "max_questions": most,
        },
    )
    key = AttemptKey(benchmark="mediq", version="1", case_id=case.id, case="", reasoner="toy")
    return Attempt(key=key, reasoning=reasoning)


def test_figures_of_dialogues_by_hand() -> None:
    case = Case(id="1", question=Question("?", {"A": "x", "B": "y"}), reference=Reference(answer="A"))
    tried = [
        dialogue(
            case,
            ["Do you have a fever?", "Any rash?", "do you have a fever"],
            [("B", 0.2), ("B", 0.6), ("A", 0.6), ("A", 0.9)],
            most=3,
        ),
        dialogue(case, ["Any pain?"], [("A", 0.5), ("B", 0.8)]),
    ]
    both = [case, case]
    assert QUESTIONS.estimate(both, tried).value == 2.0
    assert TIMEOUTS.estimate(both, tried).value == 0.5
    turns = AccuracyByTurn().estimate(both, tried)
    assert turns.value == 0.5
    assert [turns.parts[f"after {turn}"] for turn in range(4)] == [0.5, 0.0, 0.5, 0.5]
    assert [turns.parts[f"under way at {turn}"] for turn in range(4)] == [2, 2, 1, 1]
    sweep = ThresholdSweep((0.5, 0.7, 1.0)).estimate(both, tried)
    # From 0.5 up: the first stops after one question with B, the second at once with A.
    assert [sweep.parts[f"{name} at 0.5"] for name in ("accuracy", "questions", "reached")] == [0.5, 0.5, 1.0]
    assert [sweep.parts[f"{name} at 0.7"] for name in ("accuracy", "questions", "reached")] == [0.5, 2.0, 1.0]
    assert [sweep.parts[f"{name} at 1"] for name in ("accuracy", "questions", "reached")] == [0.5, 2.0, 0.0]
    repeats = RepeatedQuestions().estimate(both, tried)
    assert (repeats.parts["hits"], repeats.parts["turns"]) == (1.0, 4.0)
    assert repeats.method.startswith("cosine of TF-IDF >= 0.85")


def test_an_encoder_can_tell_repeats() -> None:
    import numpy as np

    class Length:
        name = "length"

        def encode(self, texts: list[str]) -> Any:
            angles = np.array([len(text) for text in texts]) * 0.1
            return np.stack([np.cos(angles), np.sin(angles)], axis=1)

    case = Case(id="1", reference=Reference(answer="A"))
    tried = [dialogue(case, ["abc?", "abcd?", "abcdefghijklmnopq?"], [("A", 1.0)])]
    found = RepeatedQuestions(Length()).estimate([case], tried)
    # cos 0.1 is 0.995; cos 1.4 and 1.3 are below 0.85.
    assert found.value is not None
    assert math.isclose(found.value, 1 / 3)


def test_metrics_of_nothing() -> None:
    case = Case(id="1", reference=Reference(answer="A"))
    key = AttemptKey(benchmark="mediq", version="1", case_id="1", case="", reasoner="toy")
    failed = Attempt(key=key, error="the server is away")
    strange = Attempt(key=key, reasoning=Reasoning(reasoner="toy", extensions={"positions": "none"}))
    for metric in MediQ().metrics():
        for tried in ([], [failed], [strange]):
            found = metric.estimate([case] * len(tried), tried)
            assert found.value is None or 0 <= found.value <= 1


@pytest.mark.real
def test_both_files_are_read_unchanged_together(data_dir: Path) -> None:
    paths = [data_dir / "08-mediq" / name for name in ("dev_good_third.jsonl", "craft_md_half.jsonl")]
    found = list(MediQ().read(paths))
    assert len(found) == 494
    cases = [case for case in found if isinstance(case, Case)]
    assert len(cases) == len({case.id for case in cases}) == 494
    rows = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    for case, row in zip(cases, rows, strict=True):
        record = record_of(case)
        assert list(record.context) == [sentence.strip() for sentence in row["context"]]
        assert all(fact in one for fact, one in zip(record.facts, row["facts"], strict=True))
        assert not [fact for fact in record.facts if re.match(r"\d+[.)]\s|[-*•]\s", fact)]
        # What the doctor sees holds no other sentence of the record.
        blinded = to_json(case.blinded()).decode()
        assert not [one for one in row["context"][1:] if len(one) > 40 and one in blinded]
