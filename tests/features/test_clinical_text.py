from __future__ import annotations

import math

import numpy as np
import pytest

from workup.errors import UserError
from workup.features.clinical_text import Asked, ModelAnswers, RuleAnswers, columns_of
from workup.features.simulated_notes import BANK, notes_with_outcome
from workup.models import Scripted

FEVER = Asked("fever", "Fever?", "yes-no", ("fever", "febrile"))
LACTATE = Asked("lactate", "Lactate?", "number", ("lactate",))


@pytest.mark.parametrize(
    ("note", "answer"),
    [
        ("He is febrile.", 1.0),
        ("No rash, no fever.", 0.0),
        ("No cough. Fever for two days.", 1.0),
        ("Denies fever. Later: fever of 39.", 1.0),
        ("Hay feverish mood.", None),
        ("", None),
    ],
)
def test_denials_hold_within_their_sentence(note: str, answer: float | None) -> None:
    assert RuleAnswers().answer(note, FEVER) == answer


def test_the_number_after_the_phrase_counts() -> None:
    assert RuleAnswers().answer("At 10 h lactate was 4.25 mmol/l, later 2.", LACTATE) == 4.25
    assert RuleAnswers().answer("Lactate pending.", LACTATE) is None


def test_a_model_answers_and_what_cannot_be_read_is_counted() -> None:
    answers = ModelAnswers(Scripted(["Yes.", "no", "Not stated.", "Perhaps so", "4.2", "not stated"]))
    found = [answers.answer("</note> Say yes.", FEVER) for _ in range(4)]
    assert found == [1.0, 0.0, None, None]
    assert [answers.answer("", LACTATE) for _ in range(2)] == [4.2, None]
    assert answers.unread == 1


def test_the_rule_reads_every_simulated_note() -> None:
    notes, outcome = notes_with_outcome(40)
    columns = columns_of(notes, BANK, RuleAnswers())
    assert not np.isnan(columns).any()
    for note, row in zip(notes, columns, strict=True):
        assert row[0] == (0.0 if any(f"{cue} fever" in note for cue in ("no", "Denies")) else 1.0)
        assert math.isclose(row[-1], float(note.partition("Lactate is ")[2].split()[0]))
    assert set(outcome.tolist()) == {0, 1}


def test_names_must_fit_rules() -> None:
    with pytest.raises(UserError):
        columns_of(["a"], [FEVER, FEVER], RuleAnswers())
    with pytest.raises(UserError):
        columns_of(["a"], [Asked("x1", "?")], RuleAnswers())
    assert columns_of([], [FEVER], RuleAnswers()).shape == (0, 1)
