"""Errors of stated kinds, with their places."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.benchmarks.medrect import MedRECT
from workup.case import Case, Question, Reference
from workup.errors import UserError
from workup.simulate.note_errors import CONDITIONS, CONFUSABLE, KINDS, from_question, inject, medec, texts


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_place_and_can_be_undone(kind: str) -> None:
    for one in texts(20, 7, share=1.0, kinds=(kind,)):  # type: ignore[arg-type]
        assert one.kind == kind
        assert one.text[one.start : one.end] != one.was
        assert one.text[: one.start] + one.was + one.text[one.end :] == one.corrected
        start, end = one.sentences()[one.wrong_sentence()]
        assert start <= one.start < one.end <= end


def test_the_share_of_errors_is_the_one_asked_for() -> None:
    assert [one.kind for one in texts(10, 0, share=0.0)] == [None] * 10
    wrong = sum(one.kind is not None for one in texts(400, 0))
    assert 180 <= wrong <= 260  # 55 % of 400, four standard deviations


def test_no_wrong_words_are_right_in_the_same_illness() -> None:
    for condition in CONDITIONS:
        assert set(condition.right) == set(condition.wrong)
        for kind, others in condition.wrong.items():
            assert condition.right[kind] not in others


@given(st.sampled_from(KINDS), st.integers(0, 1000), st.text(max_size=30))
def test_an_injected_error_can_be_undone(kind: str, seed: int, noise: str) -> None:
    name = CONFUSABLE[kind][0][0]  # type: ignore[index]
    text = f"{noise} {name} was noted."
    one = inject(text, kind, seed)  # type: ignore[arg-type]
    if one is None:  # the noise itself may hold every sibling, or glue a letter to the name
        assert noise
        return
    assert one.text[: one.start] + one.was + one.text[one.end :] == text == one.corrected
    assert one.text != text


def test_a_sibling_that_the_text_names_is_never_put_in() -> None:
    text = "Not gout, not osteoarthritis, not septic arthritis: rheumatoid arthritis."
    assert inject(text, "diagnosis", 0) is None


@pytest.mark.parametrize(
    "text",
    ["No pneumonia.", "Family history is significant for gout.", "He had pancreatitis two years ago and prior gout."],
)
def test_what_is_denied_past_or_of_relatives_is_left_alone(text: str) -> None:
    found = inject(text, "diagnosis", 0)
    assert found is None or found.was == "pancreatitis"


@given(st.integers(0, 500), st.text(alphabet="abc é\u3042 .,;\n\r\t\"'", max_size=40), st.text(max_size=20))
def test_a_text_is_restored_byte_for_byte_through_the_table(seed: int, before: str, after: str) -> None:
    text = f"{before}\nTreated with metformin {after}"
    one = inject(text, "pharmacotherapy", seed)
    if one is None:
        return
    assert one.restored().encode("utf-8", "surrogatepass") == text.encode("utf-8", "surrogatepass")
    assert one.text != text
    (row,) = csv.DictReader(io.StringIO(medec([one]), newline=""))
    assert row["Text"] == one.text
    assert row["Corrected Text"] == text
    start, end = json.loads(row["Provenance"])["span"]
    assert row["Text"][:start] + one.was + row["Text"][end:] == text


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_made_texts_are_restored_byte_for_byte(seed: int, share: float) -> None:
    for one in texts(3, seed, share=share):
        assert one.restored().encode() == one.corrected.encode()
        assert (one.kind is None) == (one.text == one.corrected) == (one.start < 0)


def test_a_question_gives_a_correct_and_a_wrong_text() -> None:
    case = Case(
        id="q",
        question=Question("A man has fever. What is the diagnosis?", options={"A": "Measles", "B": "Mumps"}),
        reference=Reference(answer="A"),
    )
    right, wrong = from_question(case, 0)
    assert right.text == "A man has fever. The patient is diagnosed with Measles."
    assert right.kind is None
    assert wrong.text == "A man has fever. The patient is diagnosed with Mumps."
    assert (wrong.was, wrong.wrong_sentence()) == ("Measles", 1)
    with pytest.raises(UserError, match="needs a question with options"):
        from_question(Case(id="x"), 0)


def test_the_reader_of_medec_reads_the_table(tmp_path: Path) -> None:
    made = list(texts(12, 3))
    (tmp_path / "made.csv").write_text(medec(made))
    read = list(MedRECT().read([tmp_path / "made.csv"]))
    assert len(read) == 12
    for one, case in zip(made, read, strict=True):
        assert isinstance(case, Case)
        assert case.reference is not None
        assert case.reference.answer == (str(one.wrong_sentence()) if one.kind else "CORRECT")
        if one.kind:
            assert case.reference.extensions["correction"] in one.corrected
