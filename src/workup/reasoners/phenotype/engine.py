"""The engine: a patient's findings in, a score and a posttest probability for every disease out.

The engine adds up, for every candidate and in natural logs::

    scale x (score of the findings + excluded findings + onset and age + sex + no known gene) + candidate genes

and turns the sums into probabilities, some of which is kept for "not in the knowledge base". The reasoner
(:mod:`workup.reasoners.phenotype.reasoner`) puts its numbers into words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cached_property

import msgspec
import numpy as np

from workup.case import Case, Finding
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.compiled import kernels
from workup.reasoners.phenotype.demographics import Demographics, demographics
from workup.reasoners.phenotype.exclusion import Shown, shown
from workup.reasoners.phenotype.genes import gene_evidence
from workup.reasoners.phenotype.normalise import Normalised, normalise
from workup.reasoners.phenotype.parameters import PARAMETERS, Parameters
from workup.reasoners.phenotype.presence import presence
from workup.reasoners.phenotype.profiles import Profiles, Universe
from workup.reasoners.phenotype.scoring import DEFAULT_SCORE, Explanation, Query, Score, score_class
from workup.reasoning import Evidence, StepKind


class Patient(msgspec.Struct, frozen=True):
    """A case as the engine uses it."""

    case: Case
    normalised: Normalised

    @property
    def query(self) -> Query:
        """Term indices of the findings."""
        return self.normalised.query

    @property
    def answered_yes(self) -> list[tuple[Finding, int]]:
        """Findings that were asked for and are present, with their terms."""
        listed = zip(self.normalised.findings, self.query.present, strict=False)
        return [(finding, term) for finding, term in listed if finding.asked]


class Extra(msgspec.Struct, frozen=True):
    """What besides the findings speaks for or against each candidate.

    Attributes:
        kind: Kind of the step it becomes.
        claim: In words.
        source: What the weights rest on.
        row: What it says of each candidate, ``(C,)``.
        factor: What that is multiplied with.
        describe: Claim and evidence for one candidate (by position), where they differ from one to the next.
        finding: Id of the finding it is about, if any.
        label: Label of that finding.
    """

    kind: StepKind
    claim: str
    source: str
    row: Array
    factor: float = 1.0
    describe: Callable[[int], tuple[str, tuple[Evidence, ...]]] | None = None
    finding: str | None = None
    label: str | None = None

    def weights(self, candidates: Array | slice = slice(None)) -> Array:
        """Contribution to the scores of some candidates, of all by default."""
        found: Array = self.factor * self.row[candidates]
        return found


class Rest(msgspec.Struct, frozen=True):
    """What counts besides the present findings; looked up once for a patient.

    Attributes:
        excluded: Which candidates show each excluded finding; empty when exclusions carry no weight.
        extras: Onset, age, sex and genes.
    """

    excluded: list[Shown]
    extras: list[Extra]


class Engine:
    """Scores and probabilities of all candidates.

    Attributes:
        knowledge: The knowledge base.
        profiles: The disease profiles scored against.
        score: The score in use.
        parameters: Its calibration.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        *,
        score: str = DEFAULT_SCORE,
        universe: Universe = "all",
        profiles: Profiles | None = None,
        parameters: Parameters | None = None,
    ) -> None:
        self.knowledge = knowledge
        self.profiles = profiles or Profiles(knowledge, universe)
        self.score: Score = score_class(score)(self.profiles)
        self.parameters = parameters or PARAMETERS[score]

    def without(self, rows: Iterable[int]) -> Engine:
        """The engine of a knowledge base without some annotation rows, those of onset and inheritance included."""
        profiles = self.profiles.without(rows)
        if profiles is self.profiles:
            return self
        return Engine(self.knowledge, score=self.score.name, profiles=profiles, parameters=self.parameters)

    def patient(self, case: Case, *, suggest: bool = True) -> Patient:
        """Normalise a case; only its blinded part is looked at.

        Args:
            case: The case.
            suggest: Whether issues name terms like the ones that are not known; of use to a reader alone.
        """
        return Patient(case, normalise(case, self.knowledge.ontology, suggest=suggest))

    @cached_property
    def demographics(self) -> Demographics:
        """Onset and inheritance of the candidates."""
        return demographics(self.profiles)

    def rest(self, patient: Patient) -> Rest:
        """What counts for a patient besides the present findings."""
        terms = patient.query.excluded if self.parameters.excluded else ()
        return Rest([shown(self.profiles, term) for term in terms], self.extras(patient))

    def scores(self, patient: Patient, rest: Rest | None = None) -> Array:
        """Scores of all candidates, ``(C,)``; each the sum of its contributions.

        Args:
            patient: The patient.
            rest: What :meth:`rest` says of the patient, if that is known already.
        """
        total = self.scale(patient) * self.score.score(patient.query)
        self._add_rest(total, patient, rest or self.rest(patient))
        return total

    def _add_rest(self, total: Array, patient: Patient, rest: Rest) -> None:
        """Add what excluded findings, age, sex and genes contribute, in place."""
        factor = self.parameters.excluded
        if rest.excluded and kernels is not None:
            kernels.add_excluded(total, _listed(rest.excluded), factor, self.scale(patient))
        elif rest.excluded:
            counts = [len(found.positions) for found in rest.excluded]
            typical = np.array([found.typical for found in rest.excluded])
            absent = np.concatenate([found.absent for found in rest.excluded])
            # What each says of the candidates that show it, beyond what it says of all.
            more = factor * (absent - np.repeat(typical, counts)) - np.repeat(-factor * typical, counts)
            positions = np.concatenate([found.positions for found in rest.excluded])
            added = np.bincount(positions, more, minlength=len(total)) + sum((-factor * typical).tolist())
            added *= self.scale(patient)
            total += added
        for extra in rest.extras:
            if kernels is not None:
                kernels.add_scaled(total, extra.row, extra.factor)
            else:
                total += extra.weights()

    def scale(self, patient: Patient) -> float:
        """Factor from the units of the score to natural logs of calibrated likelihood ratios."""
        return self.parameters.scale(len(patient.query.present))

    def scores_batch(self, patients: list[Patient], rests: list[Rest] | None = None) -> Array:
        """Scores of all candidates for many patients, ``(len(patients), C)``."""
        totals = self.score.score_batch([patient.query for patient in patients])
        for total, patient, rest in zip(totals, patients, rests or map(self.rest, patients), strict=True):
            total *= self.scale(patient)
            self._add_rest(total, patient, rest)
        return totals

    def explain(self, patient: Patient, candidates: Array, rest: Rest | None = None) -> Explanation:
        """Contributions of the findings to the scores of some candidates, calibrated."""
        raw = self.score.explain(patient.query, candidates)
        scale = self.scale(patient)
        excluded = scale * raw.excluded
        if self.parameters.excluded and patient.query.excluded:
            found = (rest or self.rest(patient)).excluded
            if kernels is not None:
                factor = scale * self.parameters.excluded
                kernels.add_absences(excluded, candidates, _listed(found), factor, len(self.profiles.candidates))
                return Explanation(present=scale * raw.present, excluded=excluded, joint=scale * raw.joint)
            absent = np.zeros(len(self.profiles.candidates))
            for row, one in zip(excluded, found, strict=True):
                absent[one.positions] = one.absent
                row += (scale * self.parameters.excluded) * (absent[candidates] - one.typical)
                absent[one.positions] = 0.0
        return Explanation(present=scale * raw.present, excluded=excluded, joint=scale * raw.joint)

    def extras(self, patient: Patient) -> list[Extra]:
        """What age, onset, sex and genes contribute."""
        parameters, case, scale = self.parameters, patient.case, self.scale(patient)
        found: list[Extra] = []
        if parameters.no_gene:
            words, row = "no gene is known for this disease", self.demographics.without_gene
            found.append(Extra("prior", words, "genes_to_phenotype.txt", row, scale * parameters.no_gene))
        if parameters.onset:
            ratio, words = self.demographics.onset_log_ratio(case)
            if words:
                found.append(
                    Extra("demographic", words, "onset rows of phenotype.hpoa", ratio, scale * parameters.onset)
                )
        if parameters.recessive_x_female and case.sex == "female":
            words, row = "X-linked recessive inheritance in a female patient", self.demographics.recessive_x
            factor = scale * parameters.recessive_x_female
            found.append(Extra("demographic", words, "inheritance rows of phenotype.hpoa", row, factor))
        if genes := gene_evidence(self.profiles, case, parameters.genes):
            found.append(Extra("gene", genes.claim, "genes_to_phenotype.txt", genes.weights, describe=genes.describe))
        for finding, term in patient.answered_yes if parameters.asked else ():
            # The score says how much likelier the finding is to be reported; who was asked had no such choice.
            reported = self.score.score(Query(present=(term,)))
            row = presence(self.profiles, term) - reported
            words = f"{finding.label} was asked for, so that it counts in part for how often each disease shows it"
            extra = Extra("finding", words, "frequencies of phenotype.hpoa", row, scale * parameters.asked)
            found.append(msgspec.structs.replace(extra, finding=finding.id, label=finding.label))
        return found

    def excluded_row(self, term: int) -> Array:
        """What one excluded finding says of every candidate, ``(C,)``, in the units of the score.

        ``weight x ln(P(absent | disease) / P(absent))``, where a disease shows the finding as often as its most
        frequent term at or below it.
        """
        elsewhere, positions, weights = self._excluded(term)
        row = np.full(len(self.profiles.candidates), elsewhere)
        row[positions] = weights
        return row

    def _excluded(self, term: int) -> tuple[float, Array, Array]:
        """The weight for most candidates; which candidates show the finding, and the weights for these."""
        found = shown(self.profiles, term)
        factor = self.parameters.excluded
        return -factor * found.typical, found.positions, factor * (found.absent - found.typical)

    def posterior(self, patient: Patient, scores: Array) -> tuple[Array, float]:
        """Posttest probabilities of all candidates, ``(C,)``, and of "not in the knowledge base".

        Every disease has the same pretest probability. They and the last sum to 1.
        """
        highest, parameters = float(scores.max()), self.parameters
        weight = scores - highest
        np.exp(weight, out=weight)
        # How well the best candidate explains the average finding, in the units of the score.
        best = highest / self.scale(patient) / max(len(patient.query.present), 1)
        log_odds = parameters.unknown_intercept + parameters.unknown_slope * best
        # Clipped, so that an absurd score gives 0 or 1 and not an overflow.
        unknown = 1.0 / (1.0 + math.exp(-min(max(log_odds, -700.0), 700.0)))
        weight *= (1.0 - unknown) / float(weight.sum())
        return weight, unknown


def _listed(excluded: list[Shown]) -> list[tuple[Array, Array, float]]:
    """What the compiled loops read of excluded findings."""
    return [(found.positions, found.absent, found.typical) for found in excluded]
