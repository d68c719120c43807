"""The translation mixture against its formula, written out naively from the module's text."""

from __future__ import annotations

from itertools import combinations
from math import log

import numpy as np
import pytest
from richer_toy import RICH_ROWS, place
from toy import toy_query

from workup.knowledge import Knowledge
from workup.reasoners.phenotype import mixture as module
from workup.reasoners.phenotype.mixture import COMPANY, DIRECT, NOISE, SOURCES, TranslationMixture
from workup.reasoners.phenotype.neighbours import neighbour_matrices
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.scoring import Query


class Naive:
    """The formula in dictionaries and loops; ``score`` is that of one disease."""

    def __init__(self, profiles: Profiles) -> None:
        self.knowledge = knowledge = profiles.knowledge
        ontology, diseases = knowledge.ontology, knowledge.diseases
        self.above = {t: set(ontology.ancestors(t).tolist()) for t in range(len(ontology))}
        self.terms = [t for t in self.above if ontology.branch_of(t) == "phenotype"]
        frequency = profiles.frequency.toarray()
        plain = {d: self.scaled(dict(enumerate(frequency[d].tolist()))) for d in range(len(diseases))}
        self.candidates = profiles.in_universe("all").candidates.tolist()

        annotations = [t for d in self.candidates for t in plain[d]]
        total = max(len(annotations), 1)
        self.share = {t: annotations.count(t) / total for t in self.terms}
        # Half an annotation where there is none.
        self.below = {a: max(sum(a in self.above[t] for t in annotations), 0.5) / total for a in self.terms}

        neighbours = neighbour_matrices(diseases)
        self.weights: dict[str, dict[int, dict[int, float]]] = {}
        for source in SOURCES:
            self.weights[source.name] = {}
            for d in plain:
                mean: dict[int, float] = {}
                lenders = {d: 1.0}
                if source.name != "own":
                    row = neighbours[source.name][[d]].toarray().ravel()
                    lenders = {e: w for e, w in enumerate(row.tolist()) if w > 0}
                for lender, weight in lenders.items():
                    for t, f in plain[lender].items():
                        mean[t] = mean.get(t, 0.0) + weight * f
                self.weights[source.name][d] = self.scaled({t: f**source.power for t, f in mean.items()})

    @staticmethod
    def scaled(values: dict[int, float]) -> dict[int, float]:
        total = sum(values.values())
        return {key: value / total for key, value in values.items() if value > 0}

    def climb(self, s: int, a: int) -> float:
        steps = {b: self.below[b] ** -0.7 for b in self.above[s] if b in self.below}
        return steps.get(a, 0.0) / sum(steps.values())

    def direct(self, t: int, d: int) -> float:
        total = 0.0
        for source in SOURCES:
            own = self.weights[source.name][d]
            if self.share[t] > 0:
                total += source.exact * own.get(t, 0.0) / self.share[t]
            total += source.blur * sum(
                w * self.climb(s, a) / self.below[a]
                for a in self.above[t]
                if a in self.below
                for s, w in own.items()
                if a in self.above[s]
            )
        return total

    def company(self, s: int, t: int) -> float:
        """Mean over the diseases with ``s``, each weighing as much as ``s`` does in it."""
        having = self.scaled({d: self.weights["own"][d].get(s, 0.0) for d in self.candidates})
        return sum(weight * self.direct(t, d) for d, weight in having.items()) / DIRECT

    def ratio(self, t: int, d: int) -> float:
        company = sum(w * self.company(s, t) for s, w in self.weights["own"][d].items())
        return NOISE + self.direct(t, d) + COMPANY * company

    def scores(self, terms: tuple[int, ...]) -> list[float]:
        return [sum(log(self.ratio(t, d)) for t in terms) for d in self.candidates]


NAMES = ("A", "A1", "A11", "A2", "B", "B1", "B2", "X", "C")


def check(profiles: Profiles) -> None:
    naive, mixture = Naive(profiles), TranslationMixture(profiles)
    for name in NAMES:
        term = place(profiles.knowledge, name)
        np.testing.assert_allclose(
            mixture.score(Query(present=(term,))), naive.scores((term,)), rtol=0, atol=1e-6, err_msg=name
        )


@pytest.mark.parametrize("which", ["toy", "rich"])
def test_formula(which: str, request: pytest.FixtureRequest) -> None:
    check(Profiles(request.getfixturevalue(which)))


def test_formula_without_some_rows(rich: Knowledge) -> None:
    # OMIM:1's B1, which it lends to its gene and its series; ORPHA:9, of which nothing is left.
    check(Profiles(rich).without([1]))
    check(Profiles(rich).without([0, 1, 7]))
    check(Profiles.from_rows(rich, np.arange(len(RICH_ROWS) - 3)))


def test_sum_over_findings(rich: Knowledge) -> None:
    naive, mixture = Naive(Profiles(rich)), TranslationMixture(Profiles(rich))
    for names in combinations(NAMES, 3):
        terms = tuple(sorted(place(rich, name) for name in names))
        np.testing.assert_allclose(mixture.score(Query(present=terms)), naive.scores(terms), rtol=0, atol=3e-6)


def test_one_value_by_hand(toy: Knowledge) -> None:
    # OMIM:4 has B alone, so that w(B) = 1. Of 5 annotations, B is one; B1, X and B lie at or below B.
    # From B one climbs to B (3/5 of all) and to P (5/5).
    to_b, to_p = 0.6**-0.7, 1.0
    climbed = (to_b / 0.6 + to_p / 1.0) / (to_b + to_p)
    own = SOURCES[0]
    direct = own.exact / 0.2 + own.blur * climbed
    # No other disease has B, so that its company is what it shows itself.
    expected = log(NOISE + direct + COMPANY / DIRECT * direct)
    score = TranslationMixture(Profiles(toy)).score(toy_query(toy, "B"))
    assert score[3] == pytest.approx(expected, abs=1e-6)


def test_weights_sum_to_one() -> None:
    assert pytest.approx(1.0) == NOISE + COMPANY + sum(source.exact + source.blur for source in SOURCES)
    assert NOISE > 0
    assert min(min(s.exact, s.blur) for s in SOURCES) >= 0


def test_promises(rich: Knowledge) -> None:
    mixture, query = TranslationMixture(Profiles(rich)), toy_query(rich, "X A11 C", "B2")
    whole = mixture.score(query)
    np.testing.assert_array_equal(mixture.score(Query(query.present[::-1], query.excluded)), whole)
    candidates = np.arange(len(whole))[::-1]
    np.testing.assert_allclose(mixture.explain(query, candidates).total(), whole[candidates], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(mixture.score(Query()), np.zeros(len(whole)))


def test_never_infinite(toy: Knowledge) -> None:
    mixture = TranslationMixture(Profiles(toy))
    for term in range(len(toy.ontology)):
        assert np.isfinite(mixture.row(term)).all()


def test_rows_are_forgotten_when_many(toy: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CACHED_TERMS", 2)
    mixture = TranslationMixture(Profiles(toy))
    rows = [mixture.row(term).copy() for term in range(len(toy.ontology))]
    for term, row in enumerate(rows):
        np.testing.assert_array_equal(mixture.row(term), row)


def test_a_term_close_to_the_annotation_beats_a_distant_one(toy: Knowledge) -> None:
    # OMIM:1 has A11, OMIM:2 has A2, OMIM:4 has nothing of A.
    score = TranslationMixture(Profiles(toy)).score(toy_query(toy, "A11"))
    assert score[0] > score[2] > score[3]
    assert score[0] > score[1] > score[3]
