from __future__ import annotations

import msgspec
import pytest

from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.score import Estimate, Score
from workup.models.model import Sampling
from workup.reasoning import Reasoning

KEY = AttemptKey(benchmark="toy", version="1", case_id="7", case="ab", reasoner="direct", options={"k": 1, "a": 2})


def test_the_key_does_not_depend_on_the_order_of_options() -> None:
    turned = msgspec.structs.replace(KEY, options={"a": 2, "k": 1})
    assert turned.digest() == KEY.digest()


@pytest.mark.parametrize(
    "change",
    [{"case_id": "8"}, {"seed": 1}, {"epoch": 1}, {"sampling": Sampling(temperature=0.7)}, {"options": {"k": 2}}],
)
def test_every_part_of_the_key_counts(change: dict[str, object]) -> None:
    assert msgspec.structs.replace(KEY, **change).digest() != KEY.digest()


def test_an_attempt_has_a_reasoning_or_an_error() -> None:
    attempt = Attempt(key=KEY, reasoning=Reasoning(reasoner="direct", text="B."))
    assert attempt.raw == "B."
    assert msgspec.json.decode(msgspec.json.encode(attempt), type=Attempt) == attempt
    for wrong in ({}, {"reasoning": attempt.reasoning, "error": "no"}):
        with pytest.raises(ValueError, match="either"):
            Attempt(key=KEY, **wrong)


def test_no_figure_is_without_a_value() -> None:
    with pytest.raises(ValueError, match="finite"):
        Score(total=1.0, parts={"recall": float("nan")})
    with pytest.raises(ValueError, match="finite"):
        Estimate(metric="accuracy", value=float("inf"), n=3)
    with pytest.raises(ValueError, match="-1"):
        Estimate(metric="accuracy", value=None, n=-1)
