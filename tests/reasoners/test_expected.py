"""Findings that a disease leads one to expect, and excluded ones that it is annotated with."""

from __future__ import annotations

import numpy as np
import pytest
from richer_toy import place

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.expected import Expectations
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.rows import Rows


@pytest.fixture(scope="module")
def expectations(rich: Knowledge) -> Expectations:
    return Expectations(Profiles(rich), Rows(rich))


def disease(rich: Knowledge, name: str) -> int:
    found = rich.diseases.index(name)
    assert found is not None
    return found


def missing(expectations: Expectations, rich: Knowledge, present: str = "", excluded: str = "") -> list[str]:
    terms = [tuple(place(rich, name) for name in names.split()) for names in (present, excluded)]
    owner, places = expectations.missing(np.array([disease(rich, "OMIM:1")]), terms[0], terms[1])
    found, shares, _ = expectations.described(places)
    assert (owner == 0).all()
    assert (shares >= 0.5).all()
    return [rich.ontology.label(term) for term in found.tolist()]


def test_missing(rich: Knowledge, expectations: Expectations) -> None:
    # OMIM:1 has A11, and B1 in one patient of three, which is too seldom to be missed.
    assert missing(expectations, rich) == ["A11"]
    assert missing(expectations, rich, present="A11") == []
    # A finding reports its ancestors, not what lies below it; an excluded one rules out all below it.
    assert missing(expectations, rich, present="A1") == ["A11"]
    assert missing(expectations, rich, excluded="A1") == []
    assert missing(expectations, rich, excluded="C") == ["A11"]


def test_contradicted(rich: Knowledge, expectations: Expectations) -> None:
    diseases = np.array([disease(rich, "OMIM:11"), disease(rich, "OMIM:1")])
    number, position, term, begin = expectations.contradicted(diseases, (place(rich, "A1"), place(rich, "B1")))
    # OMIM:1 has A11, which lies below A1, and B1 itself.
    pairs = {(n, p): rich.ontology.label(t) for n, p, t in zip(number, position, term, strict=True)}
    assert pairs == {(0, 1): "A11", (1, 1): "B1"}
    rows = Rows(rich).evidence_at(begin, Rows(rich).shown[begin])
    assert [evidence[0].values["term_label"] for evidence in rows] == ["A11", "B1"]
    for found in expectations.contradicted(diseases, ()):
        assert len(found) == 0
