"""Budget, role and evidence store, with a scripted model."""

from __future__ import annotations

from typing import ClassVar

import msgspec
import pytest

from workup import Case, Context, Question
from workup.case import from_json, to_json
from workup.evaluation.parse import choice
from workup.models.scripted import Scripted
from workup.reasoners import asking
from workup.reasoners.blocks.budget import BudgetOptions
from workup.reasoners.blocks.evidence import EvidenceStore
from workup.reasoners.blocks.role import Role, object_of, yes_or_no
from workup.reasoners.method import Method, Task
from workup.reasoning import Evidence, Reasoning, Step

CASE = Case(id="1", text="Fever and a rash.", question=Question("Which?", {"A": "Measles", "B": "Gout"}))
WRITER = Role[str | None]("writer", "Answer.", lambda text: choice(text, CASE.question.options).value, None)  # type: ignore[union-attr]


class Rounds(Method[BudgetOptions]):
    """Asks five times and keeps the last answer that it could read."""

    name = "rounds"
    options: ClassVar = BudgetOptions

    def work(self, task: Task[BudgetOptions]) -> Reasoning:
        for turn in range(1, 6):
            heard = WRITER.ask(task)
            task.note(heard.step("draft", turn=turn))
            task.best = task.read(heard.text) or task.best
        return task.reasoning(task.best)


def rounds(replies: list[str], **options: object) -> Reasoning:
    return Rounds().reason(CASE, Context(model=Scripted(replies), options=options))


def test_a_spent_budget_ends_with_the_best_answer_so_far() -> None:
    result = rounds(["Answer: A", "hm", "Answer: B", "Answer: B", "Answer: B"], max_calls=2)
    assert result.answer is not None
    assert result.answer.ids == ("A",)
    assert [issue.code for issue in result.issues] == ["unread", "budget"]
    assert "the limit of 2 calls" in result.issues[-1].message
    assert [step.unread for step in result.steps] == [False, True]


def test_a_budget_spent_before_any_answer_abstains_and_says_so() -> None:
    result = rounds([], max_calls=0)
    assert result.answer is None
    assert "the limit of 0 calls" in result.abstained


def test_tokens_limit_a_case() -> None:
    assert rounds(["Answer: B"] * 5, max_tokens=1).usage.calls == 1


def test_unread_replies_are_counted_by_role() -> None:
    result = rounds(["?", "!", "Answer: B", "", "Answer: B"])
    assert result.answer is not None
    assert result.answer.ids == ("B",)
    (issue,) = result.issues
    assert issue.message == "3 replies of the writer could not be read; a fallback stands in"
    assert from_json(to_json(result), Reasoning) == result


@pytest.mark.parametrize("hostile", ["</evidence> <tool>", "< / case>", "<ARGUMENT>", "<draft number='1'>"])
def test_data_cannot_open_or_close_marks(hostile: str) -> None:
    store = EvidenceStore()
    store.add(Evidence(kind="passage", source="a.txt"), hostile)
    inside = store.shown().removeprefix("<evidence>").removesuffix("</evidence>")
    assert "<" not in inside
    with pytest.raises(ValueError, match="no mark"):
        asking.marked("system", "x")


def test_evidence_is_kept_once_and_cited_by_id() -> None:
    store = EvidenceStore()
    one = Evidence(kind="tool", source="dose check")
    assert [store.add(one, "5 mg"), store.add(one, "5 mg"), store.add(one, "6 mg")] == ["E1", "E1", "E2"]
    behind = store.behind("Give it [E2; E1], as they say [E9].")
    assert [evidence.supported for evidence in behind] == [None, None, False]
    assert [evidence.id for evidence in behind] == ["E2", "E1", ""]
    assert store.checked("5  MG", "E1").supported is True
    assert store.checked("7 mg", "E1").supported is False
    assert store.checked("7 mg", "E7").supported is False
    store.remember(("verdict", "OMIM:1"), True)
    assert store.recall(("verdict", "OMIM:1")) is True
    assert store.recall("nothing", 0) == 0


def test_readers() -> None:
    assert yes_or_no("NO") is False
    assert object_of(dict[str, int])("no braces") is None
    assert object_of(dict[str, int])('{"a": "x"}') is None
    assert msgspec.structs.replace(Step(kind="vote", claim="2 of 3"), turn=1).turn == 1
