"""Cases: JSON, blinding, digest."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.case import (
    Case,
    Criterion,
    Finding,
    ObservedVariant,
    Question,
    Reference,
    Variant,
    from_json,
    to_json,
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
some = st.none() | text
names = st.lists(text, max_size=3).map(tuple)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
more = st.dictionaries(text, plain, max_size=3)
findings = st.builds(
    Finding,
    text.filter(str.strip),
    some,
    st.sampled_from(["present", "excluded", "unknown"]),
    some,
    some,
    names,
    some,
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=2).map(tuple),
    more,
)
references = st.builds(
    Reference,
    diagnoses=names,
    labels=names,
    answer=some,
    accepted=names,
    rubric=st.lists(st.builds(Criterion, text, st.floats(-9, 9), names), max_size=2).map(tuple),
    relevant=st.dictionaries(text, st.floats(0, 3), max_size=2),
    steps=names,
    onset=some,
    genes=names,
    variants=st.lists(st.builds(Variant, some, some, some, some)).map(tuple),
    extensions=more,
)
cases = st.builds(
    Case,
    text,
    st.lists(findings, max_size=4).map(tuple),
    st.sampled_from(["female", "male", "other", "unknown"]),
    some,
    some,
    names,
    st.none() | st.builds(Question, text, st.dictionaries(text, text, max_size=3), extensions=more),
    st.none() | references,
    some,
    some,
    some,
    more,
    more,
    st.lists(
        st.builds(
            ObservedVariant,
            text.filter(str.strip),
            st.sampled_from(["heterozygous", "homozygous", "hemizygous", "unknown"]),
            text,
            text,
            names,
            text,
            text,
        ),
        max_size=2,
    ).map(tuple),
)


@given(cases)
def test_json_round_trip(case: Case) -> None:
    encoded = to_json(case)
    assert from_json(encoded, Case) == case
    assert to_json(from_json(encoded, Case)) == encoded


@given(cases, references, more)
def test_blinding(case: Case, reference: Reference, other: dict[str, Any]) -> None:
    told = msgspec.structs.replace(
        case, id="other", reference=reference, title="t", publication="PMID:1", cohort="c", provenance=other
    )
    assert told.blinded() == case.blinded()
    assert told.digest() == case.digest()
    blinded = case.blinded()
    assert blinded.blinded() == blinded
    for field in ("reference", "title", "publication", "cohort"):
        assert getattr(blinded, field) is None
    assert (blinded.id, blinded.provenance, blinded.extensions) == ("blinded", {}, {})
    assert not any(finding.extensions for finding in blinded.findings)
    # What the patient shows is kept.
    assert (blinded.sex, blinded.age, blinded.text) == (case.sex, case.age, case.text)
    assert [f.id for f in blinded.findings] == [f.id for f in case.findings]


def test_digest_tells_patients_apart() -> None:
    one = Case(id="p", findings=(Finding("HP:0001250"),))
    assert one.digest() != msgspec.structs.replace(one, sex="male").digest()
    assert one.digest() != msgspec.structs.replace(one, candidate_genes=("FBN1",)).digest()


def test_with_status() -> None:
    present, excluded = Finding("a"), Finding("b", status="excluded")
    case = Case(id="p", findings=(excluded, present))
    assert case.with_status("present") == (present,)
    assert case.with_status("unknown") == ()


def test_a_finding_needs_an_id() -> None:
    with pytest.raises(ValueError, match="needs an id"):
        Finding("  ")
    with pytest.raises(msgspec.ValidationError, match="needs an id"):
        from_json('{"id":"p","findings":[{"id":""}]}', Case)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"findings":[]}', "missing required field `id`"),
        ('{"id":"p","finding":[]}', "unknown field `finding`"),
        ('{"id":"p","sex":"F"}', r"Invalid enum value 'F' - at `\$\.sex`"),
        ('{"id":"p","findings":[{"id":1}]}', r"at `\$\.findings\[0\]\.id`"),
        ("[]", "Expected `object`"),
    ],
)
def test_wrong_json_is_refused_with_the_place(text: str, complaint: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=complaint):
        from_json(text, Case)


def test_blinding_leaves_the_question_without_its_extensions() -> None:
    question = Question("Which one?", {"A": "this", "B": "that"}, extensions={"key": "A"})
    seen = Case("1", question=question, reference=Reference(answer="A", accepted=("B",))).blinded()
    assert seen.question == Question("Which one?", {"A": "this", "B": "that"})
    assert seen.reference is None
