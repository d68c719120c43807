"""MedRECT and MEDEC: numbering from 1 and from 0, and the MEDIQA-CORR rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workup.benchmarks.medrect import Found, MedRECT, error_scores, told
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.reasoning import Answer, Reasoning
from workup.simulate.note_errors import medec, texts

TEXT = "1. She has a cough.\n2. It is a fracture."


def test_medrect_counts_from_one_and_medec_from_zero(tmp_path: Path) -> None:
    record = {"sample_id": "a", "sentences": TEXT, "error_flag": 1, "error_type": "diagnosis", "error_sentence_id": 2,
              "corrected_sentence": "It is pneumonia."}  # fmt: skip
    japanese = {**record, "sample_id": "b", "sentences": "1. せきがある。", "error_flag": 0}
    outside_text = {**record, "sample_id": "c", "error_sentence_id": 9}
    (tmp_path / "a.json").write_text(json.dumps([record, japanese, outside_text]))
    (tmp_path / "b.csv").write_text(
        "Text ID,Sentences,Error Flag,Error Type,Error Sentence ID,Corrected Sentence\n"
        'd,"0 She has a cough.\n1 It is a fracture.",1,diagnosis,1,It is pneumonia.\n'
        'e,"0 She has a cough.",0,NA,-1,NA\n'
        'f,"0 She has a cough.",2,NA,-1,NA\n'
    )
    first, second, outside, medec, right, flag = MedRECT().read([tmp_path / "a.json", tmp_path / "b.csv"])
    assert isinstance(first, Case)
    assert isinstance(second, Case)
    assert isinstance(medec, Case)
    assert isinstance(right, Case)
    answers = [case.reference.answer for case in (first, second, medec, right) if case.reference]
    assert answers == ["2", "CORRECT", "1", "CORRECT"]
    assert second.question is not None
    assert second.question.language == "ja"
    assert isinstance(outside, Issue)
    assert "sentence 9" in outside.message
    assert isinstance(flag, Issue)
    assert flag.field == "Error Flag"


def test_three_scores_of_one_output(tmp_path: Path) -> None:
    made = list(texts(40, 1))
    (tmp_path / "made.csv").write_text(medec(made), encoding="utf-8")
    cases = [case for case in MedRECT().read([tmp_path / "made.csv"]) if isinstance(case, Case)]
    wrong = sum(one.kind is not None for one in made)

    def figures(answers: list[Found]) -> list[float | None]:
        attempts = [said_by(case, found) for case, found in zip(cases, answers, strict=True)]
        return [metric.estimate(cases, attempts).value for metric in MedRECT().metrics()]

    assert figures([told(case) for case in cases]) == [1.0] * 4
    # No error anywhere: right where there is none, F1 0; every unread answer is wrong in all of them.
    none = 1 - wrong / 40
    assert figures([Found(False)] * 40) == pytest.approx([none, none, 0.0, none])
    assert figures([Found(None)] * 40) == [0.0] * 4
    # Always the first sentence, as it stands: an error is seen where there is one, and never found.
    first = [Found(True, "0", "x") for _ in cases]
    f1 = 2 * wrong / (2 * wrong + 40 - wrong)
    assert figures(first) == pytest.approx([0.0, wrong / 40, f1, 0.0])
    empty = [metric.estimate([], []) for metric in MedRECT().metrics()]
    assert [(one.value, one.n) for one in empty] == [(None, 0)] * 4


def said_by(case: Case, found: Found) -> Attempt:
    key = AttemptKey(benchmark="medrect", version="1", case_id=case.id, case=case.digest(), reasoner="r")
    if found.flag is None:
        return Attempt(key=key, reasoning=Reasoning(reasoner="r", text="?"))
    answer = Answer(level="label", text=found.correction, ids=(found.sentence if found.flag else "CORRECT",))
    return Attempt(key=key, reasoning=Reasoning(reasoner="r", answer=answer))


def test_a_missing_or_unread_text_is_wrong_both_ways() -> None:
    gold = [Found(True, "5"), Found(False), Found(True, "0"), Found(False)]
    scores = error_scores(gold, [Found(True, "5"), Found(True, "1"), None, Found(None)])
    assert scores is not None
    assert (scores.flag_accuracy, scores.sentence_accuracy, scores.sentence_accuracy_of_errors) == (0.25, 0.5, 0.5)
    assert scores.detection.unread == 2
    assert scores.detection.classes["error"].recall == 0.5


def test_ids_are_compared_as_strings() -> None:
    scores = error_scores([Found(True, "5")], [Found(True, "05")])
    assert scores is not None
    assert scores.sentence_accuracy == 0
    assert error_scores([], []) is None


def test_an_unread_flag_still_carries_its_sentence_id() -> None:
    scores = error_scores([Found(False)], [Found(None)])
    assert scores is not None
    # No error and no sentence named: the official rule compares the ids alone.
    assert scores.sentence_accuracy == pytest.approx(1)
