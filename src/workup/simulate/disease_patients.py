"""Patients drawn from the disease models of the knowledge base.

    OMIM:154700 Marfan syndrome   Ectopia lentis 0.6, Tall stature 0.9, Scoliosis 0.5, ...
    drawn       Ectopia lentis present, Tall stature present (onset childhood), Scoliosis excluded
    noise       Tall stature told as its parent "Abnormality of body height"; Myopia, which the disease does not have

Each finding is drawn with its pooled frequency, independently. Some of what was not drawn is stated as excluded, some
findings are told less exactly than annotated, and terms that belong to other diseases are mixed in. Nobody has a
finding of the other sex, nor one that cannot be told at the patient's age (:mod:`workup.simulate.plausible`): the age
is raised to the latest of them, and what could not be told yet is not stated as excluded. The course is in the onsets:
the disease begins with its first findings, others are first noted at ages between then and now.

Shows: whether a method reads, ranks and explains as its own model says it should, and how it falls with noise whose
amount is known. Cannot show: how well it does on patients. The same annotations made the patient and serve the
reasoner, findings of real patients are not independent, and what gets written down is not drawn by frequency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from workup.case import Case, Finding, Reference, Sex
from workup.errors import UserError
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.knowledge.hpo import identifier
from workup.reasoners.phenotype.ages import onset_class_of_term
from workup.reasoners.phenotype.profiles import Profiles
from workup.simulate.labelling import labelled
from workup.simulate.plausible import Plausible

LIMITS = "drawn from the annotations that reasoners use; findings are independent of each other, unlike in patients"
# Share of the findings that appear after the disease has begun.
_LATER = 0.4

# Years in which each onset class begins and ends; the last is open and cut.
_CLASS_YEARS = ((0, 0), (0, 0), (0, 0.07), (0.08, 1), (1, 5), (5, 16), (16, 40), (40, 60), (60, 80))
_CLASS_TERMS = (30674, 3577, 3623, 3593, 11463, 3621, 11462, 3596, 3584)
_X_RECESSIVE = 1419

Share = Annotated[float, Meta(ge=0, le=1)]


class PatientOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How patients are drawn.

    Attributes:
        most: Findings present at most; the most frequent are not preferred.
        fewest: A patient with fewer findings is drawn again.
        excluded: Share of the findings of the disease that were not drawn and are stated as excluded.
        blurred: Share of present findings that are told as a parent of their term.
        noise: Findings that the disease does not have, for each one that it has.
    """

    most: Annotated[int, Meta(ge=1)] = 8
    fewest: Annotated[int, Meta(ge=1)] = 2
    excluded: Share = 0.2
    blurred: Share = 0.2
    noise: Share = 0.2


class PatientSimulator:
    """Draws patients of diseases; the same seed gives the same patients."""

    def __init__(self, knowledge: Knowledge, options: PatientOptions | None = None) -> None:
        self._knowledge = knowledge
        self._options = options or PatientOptions()
        self._profiles = Profiles(knowledge, "omim")
        counts = np.diff(self._profiles.frequency.indptr)
        # A disease with fewer annotations than a patient needs cannot be drawn from.
        self.diseases: list[int] = [
            int(one) for one in self._profiles.candidates if counts[one] >= self._options.fewest
        ]
        self._onsets, self._recessive = _statements(knowledge)
        self._plausible = Plausible(knowledge.ontology)

    def draw(self, n: int, seed: int, diseases: Sequence[str] = ()) -> Iterator[Case]:
        """Draw ``n`` patients.

        Args:
            n: How many.
            seed: Seed; patient i depends on it and on i alone.
            diseases: Ids to draw from in turn; without any, each patient gets a disease by chance.

        Raises:
            UserError: A disease is unknown or has too few annotations.
        """
        named = [self._index(one) for one in diseases]
        if not self.diseases:
            raise UserError("the knowledge base has no disease with enough findings to draw from")
        for number in range(n):
            random = np.random.default_rng((seed, number))
            disease = named[number % len(named)] if named else self.diseases[int(random.integers(len(self.diseases)))]
            yield self._patient(disease, random, f"simulated-{seed}-{number}", seed)

    def _index(self, disease: str) -> int:
        found = self._knowledge.diseases.index(disease)
        if found is None or found not in set(self.diseases):
            raise UserError(f"{disease} cannot be drawn from: unknown, or fewer than {self._options.fewest} findings")
        return found

    def _patient(self, disease: int, random: np.random.Generator, name: str, seed: int) -> Case:
        options, ontology, diseases = self._options, self._knowledge.ontology, self._knowledge.diseases
        row = slice(*self._profiles.frequency.indptr[disease : disease + 2].tolist())
        terms, chances = self._profiles.frequency.indices[row], self._profiles.frequency.data[row]
        sex = self._sex(disease, terms, random)
        fits = np.array([self._plausible.fits(int(term), sex) for term in terms])
        terms, chances = terms[fits], chances[fits]
        drawn = random.random(len(terms)) < chances
        if drawn.sum() < options.fewest:
            # Rare findings alone never make a patient: the likeliest are taken.
            drawn[np.argsort(-chances, kind="stable")[: options.fewest]] = True
        present = random.permutation(terms[drawn])[: options.most].tolist()
        absent = [int(term) for term in terms[~drawn] if random.random() < options.excluded][: options.most]
        onset = self._onset(disease, random)
        noise: list[str] = []
        findings = []
        age = self._age(onset, present, random)
        for place, term in enumerate(present):
            told = term
            if random.random() < options.blurred:
                parents = [int(one) for one in ontology.parents[term] if ontology.is_finding(int(one))]
                if parents:
                    told = parents[int(random.integers(len(parents)))]
                    noise.append(f"{ontology.id(told)} stands for {ontology.id(term)}")
            noted = self._noted(term, onset, age, later=place > 0 and bool(random.random() < _LATER), random=random)
            findings.append(Finding(id=ontology.id(told), label=ontology.label(told), onset=noted))
        for _ in range(int(random.binomial(len(present), options.noise))):
            other = self.diseases[int(random.integers(len(self.diseases)))]
            foreign = self._profiles.frequency.indices[
                self._profiles.frequency.indptr[other] : self._profiles.frequency.indptr[other + 1]
            ]
            term = int(foreign[int(random.integers(len(foreign)))])
            if not self._told_now(term, sex, age):
                continue
            findings.append(Finding(id=ontology.id(term), label=ontology.label(term)))
            noise.append(f"{ontology.id(term)} is of {diseases.ids[other]}")
        implied = {int(one) for term in present for one in ontology.ancestors(term)}
        findings += [
            Finding(id=ontology.id(term), label=ontology.label(term), status="excluded")
            for term in absent
            if term not in implied and self._told_now(term, sex, age)
        ]
        unique = {one.id: one for one in reversed(findings)}
        return Case(
            id=name,
            findings=tuple(unique[one] for one in dict.fromkeys(one.id for one in findings)),
            sex=sex,
            age=_written(age),
            reference=Reference(diagnoses=(diseases.ids[disease],), labels=(diseases.names[disease],), onset=onset),
            provenance=labelled("patients", seed=seed, limits=LIMITS, noise=noise, **self._knowledge.versions),
        )

    def _onset(self, disease: int, random: np.random.Generator) -> str | None:
        """One of the onset classes that the annotations state."""
        classes = self._onsets.get(disease)
        return None if not classes else identifier(_CLASS_TERMS[classes[int(random.integers(len(classes)))]])

    def _age(self, onset: str | None, present: Sequence[int], random: np.random.Generator) -> int:
        """Months of age at the encounter: some years after the onset, and no finding is told before it can be."""
        first, last = _years_of(onset)
        months = int(12 * (random.uniform(first, last) + random.exponential(3.0)))
        earliest = max((self._plausible.earliest(term) for term in present), default=0.0)
        return max(1, min(months, 12 * 89), int(np.ceil(12 * earliest)))

    def _noted(self, term: int, onset: str | None, age: int, *, later: bool, random: np.random.Generator) -> str | None:
        """When a finding was first noted: with the disease, or at some age between then and now."""
        earliest = 12 * self._plausible.earliest(term)
        first, last = (12 * years for years in _years_of(onset))
        if not later and earliest <= max(last, 1.0):
            return onset
        begins = max(first, earliest, 1.0)
        return _written(int(random.uniform(begins, age))) if begins < age else None

    def _told_now(self, term: int, sex: Sex, months: int) -> bool:
        return self._plausible.fits(term, sex) and 12 * self._plausible.earliest(term) <= months

    def _sex(self, disease: int, terms: Sequence[int] | Array, random: np.random.Generator) -> Sex:
        """By inheritance, and by what the disease is of: one with findings of one sex alone mostly has that sex."""
        male = 0.95 if disease in self._recessive else 0.5
        only = [self._plausible.only(int(term)) for term in terms]
        if 2 * only.count("male") > len(only):
            male = 1.0
        elif 2 * only.count("female") > len(only):
            male = 0.0
        return "male" if random.random() < male else "female"


def _years_of(onset: str | None) -> tuple[float, float]:
    return (0.0, 30.0) if onset is None else _CLASS_YEARS[_CLASS_TERMS.index(int(onset[3:]))]


def _written(months: int) -> str:
    """An age as an ISO 8601 duration.

    >>> _written(5), _written(30)
    ('P5M', 'P2Y')
    """
    months = max(1, months)
    return f"P{months // 12}Y" if months >= 24 else f"P{months}M"


def _statements(knowledge: Knowledge) -> tuple[dict[int, list[int]], set[int]]:
    """Onset classes that are stated of each disease, and the diseases inherited as X-linked recessive."""
    rows, ontology = knowledge.annotations, knowledge.ontology
    onsets: dict[int, list[int]] = {}
    recessive: set[int] = set()
    numbers = ontology.number[rows.term]
    for row in np.flatnonzero(np.isin(numbers, [*_CLASS_TERMS, _X_RECESSIVE]) & (rows.negated == 0)).tolist():
        disease, term = int(rows.disease[row]), int(numbers[row])
        if term == _X_RECESSIVE:
            recessive.add(disease)
        elif (found := onset_class_of_term(term)) is not None:
            onsets.setdefault(disease, []).append(found)
    return onsets, recessive
