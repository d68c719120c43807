"""The result type: JSON, and values that it refuses."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.case import Finding, from_json, to_json
from workup.errors import Issue
from workup.reasoning import Answer, Evidence, Hypothesis, Reasoning, Step, Usage

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=15)
names = st.lists(text, max_size=2).map(tuple)
number = st.floats(allow_nan=False, allow_infinity=False)
share = st.floats(0, 1)
values = st.dictionaries(text, st.none() | st.booleans() | number | text, max_size=3)
evidence = st.builds(
    Evidence,
    kind=st.sampled_from(["annotation", "parameter", "passage"]),
    source=text,
    quote=text,
    supported=st.none() | st.booleans(),
    values=values,
)
step = st.builds(
    Step,
    kind=st.sampled_from(["finding", "excluded", "missing", "claim"]),
    claim=text,
    finding=st.none() | text,
    label=st.none() | text,
    weight=number,
    evidence=st.lists(evidence, max_size=2).map(tuple),
)
steps = st.lists(step, max_size=2).map(tuple)
hypothesis = st.builds(
    Hypothesis,
    id=text,
    label=text,
    rank=number,
    score=number,
    probability=share,
    contributions=steps,
    missing=steps,
    unexplained=names,
    aliases=names,
    series=st.none() | text,
    genes=names,
    extensions=values,
)
answer = st.builds(Answer, level=st.sampled_from(["disease", "none"]), text=text, ids=names, probability=share)
reasoning = st.builds(
    Reasoning,
    reasoner=text,
    differential=st.lists(hypothesis, max_size=2).map(tuple),
    answer=st.none() | answer,
    abstained=text,
    unknown_probability=share,
    steps=steps,
    findings=st.lists(st.builds(Finding, text.filter(str.strip)), max_size=2).map(tuple),
    issues=st.lists(st.builds(Issue, message=text, remedy=text), max_size=2).map(tuple),
    usage=st.builds(Usage, seconds=share, calls=st.integers(0, 9)),
    versions=st.dictionaries(text, text, max_size=2),
    candidates=st.integers(0, 10**6),
    extensions=values,
)


@given(reasoning)
def test_json_round_trip(value: Reasoning) -> None:
    encoded = to_json(value)
    assert from_json(encoded, Reasoning) == value
    assert to_json(from_json(encoded, Reasoning)) == encoded


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf])
def test_a_weight_is_finite(weight: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Step(kind="claim", claim="x", weight=weight)


@pytest.mark.parametrize(
    ("field", "value"),
    [("probability", 1.01), ("probability", -0.01), ("probability", math.nan), ("score", math.nan), ("rank", math.inf)],
)
def test_impossible_hypotheses(field: str, value: float) -> None:
    fields = {"id": "OMIM:1", "label": "x", "rank": 1.0, "score": 0.0, "probability": 0.5, field: value}
    with pytest.raises(ValueError, match=r"finite|outside 0-1"):
        Hypothesis(**fields)  # type: ignore[arg-type]
