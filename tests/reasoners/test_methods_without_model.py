"""Baselines that need no model, by hand."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_cases import CASES, CHOICE, WITHOUT_MODEL, options_for, reason, training_file

from workup import registry
from workup.case import Case, Form, Question
from workup.errors import MissingExtra, UserError
from workup.reasoner import Context
from workup.reasoners.tfidf_logistic import softmax, temperature_of
from workup.reasoning import Answer, Reasoning

LABELS = {"yes": "yes", "no": "no"}


def answered(reasoning: Reasoning) -> Answer:
    assert reasoning.answer is not None, reasoning.abstained
    return reasoning.answer


def labelled(folder: Path, *rows: tuple[str, str]) -> dict[str, str]:
    """A training file in the layout of PubMedQA, and who reads it."""
    path = folder / "labels.json"
    records = {
        str(i): {"QUESTION": text, "CONTEXTS": [], "LABELS": [], "final_decision": label}
        for i, (text, label) in enumerate(rows)
    }
    path.write_text(json.dumps(records), encoding="utf-8")
    return {"training": str(path), "reader": "pubmedqa"}


def test_first_option() -> None:
    assert (answered(reason("first-option", CHOICE)).ids, answered(reason("first-option", CHOICE)).probability) == (
        ("A",),
        0.25,
    )
    assert answered(reason("first-option", CASES["correction"])).ids == ("CORRECT",)


def test_random_is_seeded_and_fair() -> None:
    drawn = [answered(reason("random", CHOICE, seed=seed)).ids[0] for seed in range(400)]
    assert drawn == [answered(reason("random", CHOICE, seed=seed)).ids[0] for seed in range(400)]
    # Three standard deviations around 100.
    assert all(abs(count - 100) < 26 for count in Counter(drawn).values())
    several = {answered(reason("random", CASES["choices"], seed=seed)).ids for seed in range(40)}
    assert len(several) > 8
    assert () not in several


def test_majority(tmp_path: Path) -> None:
    training = training_file(tmp_path)
    found = answered(reason("majority", CHOICE, training=training))
    # The answers of the file are B, C, A, B.
    assert (found.ids, found.probability) == (("B",), 0.5)
    assert answered(reason("majority", CHOICE)).ids == ("A",)
    # Without the case itself, A, B and C have one each; the first option of the question wins.
    own = Case(id="x", question=Question("Which joint swells first in gout?", {"C": "c", "B": "b", "A": "a"}))
    assert answered(reason("majority", own, training=training)).ids == ("C",)
    # An answer that the question does not offer cannot be given.
    few = Case(id="x", question=Question("Which?", {"A": "a", "C": "c", "D": "d"}))
    assert answered(reason("majority", few, training=training)).ids == ("A",)


def test_majority_of_labels(tmp_path: Path) -> None:
    options = labelled(tmp_path, ("q1", "no"), ("q2", "maybe"), ("q3", "no"), ("q4", "yes"))
    found = answered(reason("majority", CASES["label"], **options))
    assert (found.level, found.ids, found.probability) == ("label", ("no",), 0.5)


def test_nearest_case_by_option(tmp_path: Path) -> None:
    """The question about white spots and fever was answered with measles."""
    found = reason("nearest-case", CHOICE, training=training_file(tmp_path))
    assert answered(found).ids == ("A",)
    assert found.steps[0].claim == "the nearest known case is t2"
    assert found.steps[0].evidence[0].source == "training.jsonl, case t2"
    assert 0 < found.steps[0].evidence[0].values["similarity"] < 1
    assert answered(found).probability == 0


def test_nearest_case_by_label(tmp_path: Path) -> None:
    options = labelled(tmp_path, ("does gout itch", "no"), ("is it measles", "maybe"), ("is it scurvy", "yes"))
    case = Case(id="x", question=Question("Is this measles?", LABELS | {"maybe": "maybe"}, form="label"))
    assert answered(reason("nearest-case", case, **options)).ids == ("maybe",)
    # A label that is not offered is passed over for the next one.
    two = Case(id="x", question=Question("Is this measles?", LABELS, form="label"))
    assert answered(reason("nearest-case", two, **options)).ids == ("yes",)
    far = Case(id="x", question=Question("Warum?", LABELS, form="label"))
    assert (
        reason("nearest-case", far, **options).abstained == "no case of labels.json has a word in common with this one"
    )


def test_logistic_learns_labels(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    rows = [(f"fever {i}", "yes") for i in range(12)] + [(f"rash {i}", "no") for i in range(12)]
    options = labelled(tmp_path, *rows)
    asked = {
        text: Case(id="x", question=Question(text, LABELS, form="label")) for text in ("any fever", "any rash", "any")
    }
    found = {text: answered(reason("tfidf-logistic", case, **options)) for text, case in asked.items()}
    assert (found["any fever"].ids, found["any rash"].ids) == (("yes",), ("no",))
    assert found["any fever"].probability > 0.9
    assert found["any"].probability == pytest.approx(0.5, abs=0.05)


def test_a_case_of_the_file_is_answered_by_the_other_parts(tmp_path: Path) -> None:
    """Ten models do for all cases, and none has seen the case."""
    pytest.importorskip("sklearn")
    rows = [(f"fever {i}", "yes") for i in range(20)] + [(f"rash {i}", "no") for i in range(20)]
    # One that contradicts the others: who has seen it would know.
    options: dict[str, Any] = {**labelled(tmp_path, *rows, ("fever 7 zebra", "no")), "folds": 5}
    told = Case(id="x", question=Question("fever 7 zebra", LABELS, form="label"))
    method = registry.load("reasoners", "tfidf-logistic")()
    found = method.reason(told, Context(options=options))
    assert answered(found).ids == ("yes",)
    for text, _ in rows:
        method.reason(Case(id="x", question=Question(text, LABELS, form="label")), Context(options=options))
    assert len([key for key in method._made if key[0] == "model"]) == 5
    # A case that is not in the file is answered by all of it.
    method.reason(Case(id="x", question=Question("fever and rash", LABELS, form="label")), Context(options=options))
    assert len([key for key in method._made if key[0] == "model"]) == 6


def test_logistic_learns_how_right_options_look(tmp_path: Path) -> None:
    """In these invented questions the longest option is always right, which gives the answer away."""
    pytest.importorskip("sklearn")
    rows = []
    for i in range(30):
        options = dict.fromkeys("ABC", f"short {i}")
        options["ABC"[i % 3]] = f"a much longer and more careful option {i}"
        rows.append({"id": str(i), "question": f"Question {i}?", "options": options, "answer_idx": "ABC"[i % 3]})
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    case = Case(id="x", question=Question("Another?", {"A": "x", "B": "some quite long and careful words", "C": "y"}))
    found = answered(reason("tfidf-logistic", case, training=str(path)))
    assert found.ids == ("B",)
    assert found.probability > 0.8


def test_logistic_without_cues_is_unsure(tmp_path: Path) -> None:
    """Where nothing gives the answer away, held-out scores say so, and the temperature rises."""
    pytest.importorskip("sklearn")
    random = np.random.default_rng(0)
    rows = [
        {
            "id": str(i),
            "question": f"q{i}?",
            "options": {key: f"w{random.integers(9)} w{random.integers(9)}" for key in "ABCD"},
            "answer_idx": "ABCD"[random.integers(4)],
        }
        for i in range(24)
    ]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    case = Case(id="x", question=Question("q?", {"A": "w1 w2", "B": "w3", "C": "w4 w4", "D": "w5"}))
    assert answered(reason("tfidf-logistic", case, training=str(path))).probability < 0.5


def test_logistic_with_one_label_or_one_case(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    case = Case(id="x", question=Question("Is it?", LABELS, form="label"))
    assert answered(reason("tfidf-logistic", case, **labelled(tmp_path, ("q1", "no"), ("q2", "no")))).ids == ("no",)
    assert answered(reason("tfidf-logistic", case, **labelled(tmp_path, ("q1", "no")))).ids == ("no",)
    assert reason("tfidf-logistic", case, **labelled(tmp_path, ("q1", "maybe"))).abstained


def test_logistic_without_a_word_or_a_key_to_learn_from(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    case = Case(id="x", question=Question("Is it?", LABELS, form="label"))
    rows = [("?", "no"), ("!", "yes"), ("...", "no"), ("??", "no")]
    found = answered(reason("tfidf-logistic", case, **labelled(tmp_path, *rows)))
    assert (found.ids, found.probability > 0.5) == (("no",), True)
    assert reason("tfidf-logistic", CHOICE, **labelled(tmp_path, *rows)).abstained


def test_logistic_names_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(MissingExtra, match=r"workup\[stats\]"):
        reason("tfidf-logistic", CHOICE, training=training_file(tmp_path))


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.lists(st.floats(-20, 20), min_size=3, max_size=3), st.integers(0, 2)), max_size=8),
    st.lists(st.floats(-50, 50), min_size=1, max_size=6),
)
def test_temperature_and_softmax_are_finite(held_out: list[tuple[list[float], int]], scores: list[float]) -> None:
    temperature = temperature_of([(np.array(values), right) for values, right in held_out])
    assert 0 < temperature < np.inf
    probabilities = softmax(np.array(scores) / temperature)
    assert probabilities.sum() == pytest.approx(1)
    assert (probabilities >= 0).all()


def test_temperature_by_hand() -> None:
    """A right answer three times in four, with scores 2 and 0: p = 3/4 needs 2/T = ln 3."""
    held_out = [(np.array([2.0, 0.0]), right) for right in (0, 0, 0, 1)]
    assert temperature_of(held_out) == pytest.approx(2 / np.log(3), rel=1e-3)


TAKEN: dict[str, set[Form]] = {
    "first-option": {"choice", "choices", "label", "correction", "rationale"},
    "majority": {"choice", "label", "correction", "rationale"},
    "nearest-case": {"choice"},
    "random": {"choice", "choices", "label", "correction", "rationale"},
    "tfidf-logistic": {"choice"},
}


@pytest.mark.parametrize("name", WITHOUT_MODEL)
@pytest.mark.parametrize("form", CASES)
def test_every_form_is_taken_or_refused_with_a_reason(name: str, form: Form, tmp_path: Path) -> None:
    """Those with a training file, which here holds choices only, refuse what it has no example of."""
    if name == "tfidf-logistic":
        pytest.importorskip("sklearn")
    found = reason(name, CASES[form], **options_for(name, tmp_path))
    if form in TAKEN[name]:
        assert answered(found).ids
    else:
        assert found.answer is None
        assert len(found.abstained) > 15


def test_a_training_file_without_answers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "training.jsonl"
    path.write_text('{"text": "no question"}\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"no record of training.jsonl is a case .*option reader"):
        reason("nearest-case", CHOICE, training=str(path))
