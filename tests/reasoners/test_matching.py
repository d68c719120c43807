"""Which annotation explains a finding, and where that is written."""

from __future__ import annotations

import numpy as np
import pytest
from richer_toy import place

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.matching import Matcher, Matches
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.rows import RELATIONS, Rows, annotation_places


@pytest.fixture(scope="module")
def matcher(rich: Knowledge) -> Matcher:
    return Matcher(TranslationMixture(Profiles(rich)))


@pytest.mark.parametrize(
    ("finding", "disease", "term", "relation", "ancestor", "owner"),
    [
        ("A11", "OMIM:1", "A11", "exact", "A11", "OMIM:1"),
        # The disease's term lies below the finding ...
        ("A1", "OMIM:1", "A11", "narrower", "A1", "OMIM:1"),
        # ... above it ...
        ("B2", "OMIM:4", "B", "broader", "B", "OMIM:4"),
        # ... or beside it: A11 and X meet in A1, which 2 of 14 diseases have.
        ("A11", "OMIM:3", "X", "related", "A1", "OMIM:3"),
        # A2 is what Orphanet says of the same disease.
        ("A2", "OMIM:3", "A2", "exact", "A2", "ORPHA:9"),
        # C and the rest meet only in the root.
        ("A11", "OMIM:11", "", "none", "", ""),
    ],
)
def test_relations(
    rich: Knowledge, matcher: Matcher, finding: str, disease: str, term: str, relation: str, ancestor: str, owner: str
) -> None:
    index = rich.diseases.index(disease)
    assert index is not None
    position = matcher.mixture.model.position[index]
    found = matcher.matches((place(rich, finding),), np.array([position]))
    assert RELATIONS[found.relation[0, 0]] == relation
    match = [int(part[0, 0]) for part in (found.term, found.ancestor, found.count)]
    if relation == "none":
        assert match == [-1, -1, 0]
    else:
        assert rich.ontology.label(match[0]) == term
        assert rich.ontology.label(match[1]) == ancestor
        (rows,) = matcher.rows.evidence_at(found.place[0], found.count[0])
        assert {evidence.values["disease"] for evidence in rows} == {owner}


def together(matches: Matches) -> np.ndarray:
    return np.stack([matches.term, matches.ancestor, matches.relation, matches.place, matches.count])


def test_many_at_once_equal_one_by_one(rich: Knowledge, matcher: Matcher) -> None:
    findings = tuple(place(rich, name) for name in ("A11", "B2", "C", "X"))
    everyone = np.arange(len(matcher.mixture.model.candidates))
    all_of_them = together(matcher.matches(findings, everyone))
    for position in everyone:
        alone = together(matcher.matches(findings, np.array([position])))
        np.testing.assert_array_equal(alone[:, 0], all_of_them[:, position])
        for i, finding in enumerate(findings):
            one = together(matcher.matches((finding,), np.array([position])))
            np.testing.assert_array_equal(one[:, 0, 0], all_of_them[:, position, i])


def test_nothing_to_match(matcher: Matcher) -> None:
    assert matcher.matches((), np.array([0, 1])).term.shape == (2, 0)
    assert matcher.matches((1,), np.zeros(0, dtype=np.int64)).term.shape == (0, 1)


def test_translations_are_those_of_the_mixture(rich: Knowledge, matcher: Matcher) -> None:
    findings = tuple(place(rich, name) for name in ("A11", "B2", "X"))
    terms = np.flatnonzero(rich.ontology.branch == 1)
    whole = [matcher.mixture.translation(finding)[terms] for finding in findings]
    np.testing.assert_allclose(matcher._translations(findings, terms), whole, rtol=1e-6)


def test_places_stored_are_those_computed(rich: Knowledge, matcher: Matcher) -> None:
    model = matcher.mixture.model
    computed = annotation_places(matcher.rows, model.candidates, matcher.mixture.exact)
    np.testing.assert_array_equal(rich.store.array("mixture.place"), computed)
    # Every finding of a profile is stated somewhere, by the disease or by one that it borrows from.
    assert (computed >= 0).all()


def test_evidence_rows(rich: Knowledge) -> None:
    rows = Rows(rich)
    (evidence,) = rows.evidence(0, place(rich, "B1"), {"relation": "exact"})
    assert evidence.source == "phenotype.hpoa toy, line 3"
    assert evidence.quote == "B1, 1/3, PMID:2"
    assert evidence.values == {
        "disease": "OMIM:1",
        "term": "HP:0009021",
        "term_label": "B1",
        "frequency": "1/3",
        "frequency_value": 0.3333,
        "reference": "PMID:2",
        "line": 3,
        "relation": "exact",
    }
    assert rows.evidence(0, place(rich, "C"), {}) == ()
