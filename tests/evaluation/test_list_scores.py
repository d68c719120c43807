"""Scores of ranked lists: by hand, as properties, and through an attempt; answers in several forms."""

from __future__ import annotations

import json
import math
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.benchmarks.medqa_open import MedQAOpen
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation import parse
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.format_robustness import format_robustness
from workup.evaluation.list_scores import KINDS, Kind, ListScore, list_value, merged, places, well_formed
from workup.reasoning import Answer, Reasoning

KEYED = json.loads((files("workup.systems") / "shipped" / "ranked_replies.json").read_text("utf-8"))
OTHERS = [f"Disease {letter}" for letter in "BCDEFGHIJKLM"]
BOUNDED: tuple[Kind, ...] = ("hit", "first", "reciprocal", "discounted")


@pytest.mark.parametrize("row", KEYED, ids=lambda row: row["reply"][:25] or "empty")
def test_keyed_lists(row: dict[str, object]) -> None:
    value = parse.ranked_list(str(row["reply"])).value
    assert (list(value) if value else None) == row["list"]


def test_values_by_hand() -> None:
    third = ["Gout", "Rubella", "Measles", "Mumps"]
    right = ["Measles"]
    assert list_value(third, right, "hit") == 1
    assert list_value(third, right, "first") == 0
    assert list_value(third, right, "reciprocal") == pytest.approx(1 / 3)
    assert list_value(third, right, "discounted") == pytest.approx(1 / math.log2(4))
    assert list_value(third, right, "length-penalised", penalty=0.1, free=2) == pytest.approx(1 / 3 - 0.2)
    # Two right answers at places 1 and 3: 1 + 1/2 of the best, 1 + 1/log2(3).
    assert list_value(third, ["Gout", "Measles"], "discounted") == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    assert all(list_value(third, ["Scurvy"], kind) == 0 for kind in BOUNDED)


def ranking(rank: int, length: int) -> list[str]:
    return [*OTHERS[: rank - 1], "Disease A", *OTHERS[rank - 1 : length - 1]]


@given(st.sampled_from(KINDS), st.integers(1, 11), st.integers(1, 11))
def test_a_better_place_is_never_worth_less(kind: Kind, one: int, other: int) -> None:
    better, worse = sorted((one, other))
    first, second = (list_value(ranking(rank, 12), ["Disease A"], kind) for rank in (better, worse))
    assert first >= second


@given(st.sampled_from(BOUNDED), st.lists(st.sampled_from([*OTHERS, "Disease A"])), st.lists(st.sampled_from(OTHERS)))
def test_bounded(kind: Kind, entries: list[str], more: list[str]) -> None:
    assert 0 <= list_value(entries, ["Disease A", *more[:3]], kind) <= 1


@given(st.sampled_from(KINDS), st.integers(1, 5), st.permutations(OTHERS[:6]))
def test_the_order_behind_the_right_answer_changes_nothing(kind: Kind, rank: int, tail: list[str]) -> None:
    head = [f"Head {i}" for i in range(rank - 1)]
    one = list_value([*head, "Disease A", *OTHERS[:6]], ["Disease A"], kind)
    assert one == list_value([*head, "Disease A", *tail], ["Disease A"], kind)


@given(st.integers(1, 5), st.integers(0, 7), st.booleans())
def test_padding_never_raises_a_length_penalised_value(rank: int, padding: int, duplicates: bool) -> None:
    entries = ranking(rank, 6)
    padded = [*entries, *(entries[:1] * padding if duplicates else [f"More {i}" for i in range(padding)])]
    short = list_value(entries, ["Disease A"], "length-penalised")
    assert list_value(padded, ["Disease A"], "length-penalised") <= short


def test_aliases_fill_one_place() -> None:
    assert merged(["Haemolytic anaemia", "hemolytic anemia", "Gout"]) == ["Haemolytic anaemia", "Gout"]
    assert list_value(["Gout", "gout.", "GOUT", "Measles"], ["Measles"], "reciprocal") == 0.5
    assert places(["Gout", "Gout"], ["Gout"]) == [1]


@pytest.mark.parametrize(
    ("text", "entries", "valid"),
    [
        ("1. Gout\n2. Measles", ["Gout", "Measles"], True),
        ("1. Gout\n3. Measles", ["Gout", "Measles"], False),
        ("2. Gout\n1. Measles", ["Gout", "Measles"], False),
        ("1. Gout\n2. gout", ["Gout", "gout"], False),
        ("Gout, Measles", ["Gout", "Measles"], False),
        ("", [], False),
    ],
)
def test_format(text: str, entries: list[str], valid: bool) -> None:
    assert well_formed(text, entries) is valid


def attempt(text: str, *ids: str) -> Attempt:
    key = AttemptKey(benchmark="x", version="1", case_id="1", case="x", reasoner="toy")
    answer = Answer(level="list", text="; ".join(ids), ids=ids) if ids else None
    return Attempt(key=key, reasoning=Reasoning(reasoner="toy", answer=answer, text=text))


def test_score_of_an_attempt() -> None:
    case = Case(id="1", question=Question("?", form="diagnosis"), reference=Reference(answer="Measles"))
    score = ListScore("reciprocal", format_weight=0.2).score(case, attempt("1. Gout\n2. Measles", "Gout", "Measles"))
    assert score.total == pytest.approx(0.2 * 1 + 0.8 * 0.5)
    assert score.parts == {
        "value": 0.5, "format": 1.0, "length": 2.0, "duplicates": 0.0, "any": 1.0, "share of right": 1.0, "rank": 2.0,
    }  # fmt: skip
    none = ListScore().score(case, attempt("no idea"))
    assert (none.total, none.notes) == (0.0, ("unparsed",))


def test_options_are_compared_by_key() -> None:
    question = Question("?", {"A": "a", "B": "b"})
    case = Case(id="1", question=question, reference=Reference(answer="B"))
    assert ListScore("discounted").score(case, attempt("A, B", "A", "B")).total == pytest.approx(1 / math.log2(3))


def test_open_questions_with_several_right_answers(tmp_path) -> None:  # type: ignore[no-untyped-def]
    row = {
        "id": "q",
        "question": "What?",
        "options": {"A": "Gout", "B": "Measles"},
        "answer_idx": "A",
        "answer": "Gout",
    }
    path = tmp_path / "x.jsonl"
    rows = [row, {**row, "id": "r", "valid_answers": ["Podagra"]}, {**row, "id": "s", "valid_answers": "Podagra"}]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    first, second, bad = MedQAOpen().read([path])
    assert isinstance(first, Case)
    assert isinstance(second, Case)
    assert isinstance(bad, Issue)
    assert first.question is not None
    assert first.question.options == {}
    assert ListScore("first").score(second, attempt("", "podagra")).total == 1.0
    assert ListScore("first").score(first, attempt("", "podagra")).total == 0.0


def test_format_robustness_counts_shared_questions() -> None:
    found = format_robustness(
        {
            "letter": {"1": True, "2": True, "3": False, "4": True},
            "words": {"1": True, "2": False, "3": False},
            "list": {"1": True, "2": True, "3": False},
        }
    )
    assert (found.n, found.any_right, found.all_right, found.all_of_any) == (3, 2, 1, 0.5)
    assert found.pairs["list > words"] == 1
    assert found.accuracy["letter"] == pytest.approx(2 / 3)
    assert format_robustness({"a": {"1": False}, "b": {"1": False}}).interval is None
    with pytest.raises(ValueError, match="two forms"):
        format_robustness({"a": {}})
