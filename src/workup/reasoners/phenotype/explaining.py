"""A differential in words: contributions with the annotation rows behind them, and expected findings that are missing.

What is looked up is looked up for all candidates of a case at once. What is kept from one case to the next is of
diseases and annotation rows alone, never of a patient.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from workup.case import Finding
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.compiled import making
from workup.reasoners.phenotype.engine import Engine, Extra, Patient, Rest
from workup.reasoners.phenotype.expected import Expectations
from workup.reasoners.phenotype.leading import ranks
from workup.reasoners.phenotype.matching import Matcher
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.rows import EXACT, NARROWER
from workup.reasoners.phenotype.wording import all_times, related, related_parts, times, wordings
from workup.reasoning import Evidence, Hypothesis, Step

# Expected findings of diseases that are remembered; about 1 kB each.
_MOST_EXPECTED = 24576
_NOTHING = Evidence(
    kind="parameter", source="share of findings that no annotation explains (noise)", values={"relation": "none"}
)
# Between the likelihood ratio and what explains it.
_AT_LARGE = " as in rare diseases at large; "
_MEETINGS = related_parts()
# After the label of an excluded finding, and then one of two.
_ABSENT = " was looked for and is absent; "
_ANNOTATED, _SILENT = "yet the disease is annotated with ", "the disease is not annotated with it"
# Before and after the share of patients with an expected finding.
_EXPECTED, _UNREPORTED = " is expected in about ", " of patients and was not reported"


class Portrait(NamedTuple):
    """What a hypothesis says of its disease, whoever the patient is."""

    id: str
    label: str
    aliases: tuple[str, ...]
    series: str | None
    genes: tuple[str, ...]


class Explainer:
    """Puts contributions into words, with the annotation rows behind them."""

    def __init__(self, engine: Engine) -> None:
        self.knowledge = engine.knowledge
        # Which annotation explains a finding does not depend on the score: the mixture's profiles say it.
        score = engine.score
        mixture = score if isinstance(score, TranslationMixture) else TranslationMixture(Profiles(engine.knowledge))
        self.matcher = Matcher(mixture)
        self._model = mixture.model
        self._expectations = Expectations(mixture.model, self.matcher.rows)
        self._names = list(self.knowledge.diseases.names)
        self._portrait = lru_cache(maxsize=None)(self._paint)
        self._expected: list[Step | None] = []
        self._made = 0

    def hypotheses(
        self, engine: Engine, patient: Patient, rest: Rest, scores: Array, posterior: Array, best: Array
    ) -> tuple[Hypothesis, ...]:
        """Hypotheses of the best candidates, in their order."""
        explanation = engine.explain(patient, best, rest)
        present, excluded = patient.query.present, patient.query.excluded
        findings = patient.normalised.findings
        reported, absent = findings[: len(present)], findings[len(present) :]
        diseases = engine.profiles.candidates[best]
        ruled_out = self._excluded_steps(absent, explanation.excluded, diseases, excluded, engine.parameters.excluded)
        others: list[list[Step]] = [[] for _ in range(len(best))]
        for extra in rest.extras:
            _add_extra(others, extra, best)
        if explanation.joint.any():
            _add_joint(others, explanation.joint, engine.score.name)
        weights = explanation.present.T
        explained = self._finding_steps(reported, weights, present, self._model.position[diseases])
        missing = self._missing(diseases, present, excluded)
        ids = [finding.id for finding in reported]
        portraits = list(map(self._portrait, diseases.tolist()))
        told = (
            ranks(scores, best),
            scores[best].tolist(),
            posterior[best].tolist(),
            explained,
            ruled_out,
            others,
            missing,
        )
        if making is not None:
            return making.hypotheses(Hypothesis, portraits, *told, ids, np.ascontiguousarray(weights))
        found = []
        for portrait, rank, score, probability, steps, against, more, lacking, own in zip(
            portraits, *told, weights.tolist(), strict=True
        ):
            found.append(
                Hypothesis(
                    id=portrait.id,
                    label=portrait.label,
                    rank=rank,
                    score=score,
                    probability=probability,
                    contributions=(*steps, *against, *more),
                    missing=lacking,
                    unexplained=tuple([finding for finding, weight in zip(ids, own, strict=True) if weight < 0]),
                    aliases=portrait.aliases,
                    series=portrait.series,
                    genes=portrait.genes,
                )
            )
        return tuple(found)

    def _paint(self, disease: int) -> Portrait:
        diseases, ids = self.knowledge.diseases, self.matcher.rows.disease_ids
        return Portrait(
            id=ids[disease],
            label=self._names[disease],
            aliases=tuple([ids[member] for member in diseases.members.get(disease, ())]),
            series=diseases.series_label(disease),
            genes=diseases.gene_symbols(disease),
        )

    def _finding_steps(
        self, findings: tuple[Finding, ...], weights: Array, present: tuple[int, ...], positions: Array
    ) -> list[list[Step]]:
        """The steps of the present findings, for each of some diseases."""
        matches = self.matcher.matches(present, positions)
        names = self.matcher.rows.labels
        place, count, relation, ancestor = matches.place, matches.count, matches.relation, matches.ancestor
        proofs = self.matcher.rows.evidence_of_meetings(
            place.ravel(), count.ravel(), relation.ravel(), ancestor.ravel()
        )
        ratios = np.exp(np.minimum(weights.ravel(), 700.0))
        ids, labels = [finding.id for finding in findings], [finding.label or "" for finding in findings]
        nothing = (_NOTHING,)
        if making is not None:
            met = matches.relation, matches.term, matches.ancestor
            weights = np.ascontiguousarray(weights)
            return making.finding_steps(
                *(Step, _AT_LARGE, ids, labels, weights, ratios, *wordings(), times, _MEETINGS),
                *(*met, names, proofs, nothing),
            )
        words = [
            related(relation, names[term], names[ancestor])
            for relation, term, ancestor in zip(
                matches.relation.ravel().tolist(),
                matches.term.ravel().tolist(),
                matches.ancestor.ravel().tolist(),
                strict=True,
            )
        ]
        steps = [
            Step(
                kind="finding",
                claim=f"{label}: {ratio}{_AT_LARGE}{meeting}",
                finding=finding,
                label=label,
                weight=weight,
                evidence=proof or nothing,
            )
            for finding, label, weight, ratio, meeting, proof in zip(
                ids * len(positions),
                labels * len(positions),
                weights.ravel().tolist(),
                all_times(ratios),
                words,
                proofs,
                strict=True,
            )
        ]
        count = len(findings)
        return [steps[place * count : (place + 1) * count] for place in range(len(positions))]

    def _excluded_steps(
        self, findings: tuple[Finding, ...], weights: Array, diseases: Array, excluded: tuple[int, ...], factor: float
    ) -> list[list[Step]]:
        """For each of some diseases the steps of the excluded findings; equal ones are one object."""
        if not findings:
            return [[] for _ in diseases]
        rows = self.matcher.rows
        parameter = Evidence(
            kind="parameter", source="fixed small weight of excluded findings", values={"weight": factor}
        )
        number, place, shown, begin = self._expectations.contradicted(diseases, excluded)
        looked_for = np.array(excluded, dtype=np.int64)[number]
        relations = np.where(shown == looked_for, EXACT, NARROWER)
        proofs = rows.evidence_of_meetings(begin, rows.shown[begin], relations, looked_for)
        if making is not None:
            ids, labels = [finding.id for finding in findings], [finding.label or "" for finding in findings]
            said = (_ABSENT, _ANNOTATED, _SILENT, np.ascontiguousarray(weights))
            return making.excluded_steps(
                Step, ids, labels, *said, number, place, shown, rows.labels, proofs, (parameter,)
            )
        contradicted: list[dict[int, Step]] = [{} for _ in findings]
        for i, disease, term, weight, proof in zip(
            number.tolist(), place.tolist(), shown.tolist(), weights[number, place].tolist(), proofs, strict=True
        ):
            finding = findings[i]
            contradicted[i][disease] = Step(
                kind="excluded",
                claim=f"{finding.label}{_ABSENT}{_ANNOTATED}{rows.labels[term]}",
                finding=finding.id,
                label=finding.label,
                weight=weight,
                evidence=(*proof, parameter),
            )
        found: list[list[Step]] = [[] for _ in diseases]
        for finding, row, told in zip(findings, weights.tolist(), contradicted, strict=True):
            claim = f"{finding.label}{_ABSENT}{_SILENT}"
            equal: dict[float, Step] = {}
            for at, weight in enumerate(row):
                step = told.get(at) or equal.get(weight)
                if step is None:
                    step = equal[weight] = Step(
                        kind="excluded",
                        claim=claim,
                        finding=finding.id,
                        label=finding.label,
                        weight=weight,
                        evidence=(parameter,),
                    )
                found[at].append(step)
        return found

    def _missing(self, diseases: Array, present: tuple[int, ...], excluded: tuple[int, ...]) -> list[tuple[Step, ...]]:
        """For each disease its most frequent findings that nothing in the case reports or rules out."""
        owner, places = self._expectations.missing(diseases, present, excluded)
        if self._made > _MOST_EXPECTED:
            # A new list, since another thread may still be reading the old one.
            self._expected, self._made = [], 0
        if not self._expected:
            self._expected = [None] * len(self._expectations)
        known = self._expected
        if making is not None:
            fresh = places[making.unmade(known, places)]
        else:
            fresh = np.array([place for place in places.tolist() if known[place] is None], dtype=np.int64)
        for place, step in zip(fresh.tolist(), self._expected_steps(fresh), strict=True):
            known[place] = step
        self._made += len(fresh)
        if making is not None:
            return making.grouped(known, places, owner, len(diseases))
        found: list[list[Step]] = [[] for _ in diseases]
        for disease, place in zip(owner.tolist(), places.tolist(), strict=True):
            if (step := known[place]) is not None:
                found[disease].append(step)
        return [tuple(steps) for steps in found]

    def _expected_steps(self, places: Array) -> list[Step]:
        """The steps of some expected findings, whoever the patient is."""
        if not len(places):
            return []
        rows = self.matcher.rows
        terms, shares, begin = self._expectations.described(places)
        stated = [_share(share) for share in shares.tolist()]
        proofs = rows.evidence_at(begin, rows.shown[begin])
        if making is not None:
            return making.missing_steps(Step, rows.ids, rows.labels, _EXPECTED, _UNREPORTED, terms, stated, proofs)
        return [
            Step(
                kind="missing",
                claim=f"{rows.labels[term]}{_EXPECTED}{share}{_UNREPORTED}",
                finding=rows.ids[term],
                label=rows.labels[term],
                evidence=evidence,
            )
            for term, share, evidence in zip(terms.tolist(), stated, proofs, strict=True)
        ]


@lru_cache(maxsize=4096)
def _share(share: float) -> str:
    return f"{share:.0%}"


def _add_extra(columns: list[list[Step]], extra: Extra, best: Array) -> None:
    """Add to what is said of each candidate what besides the findings speaks for or against it.

    Equal steps are one object.
    """
    weights = extra.weights(best).tolist()
    if extra.describe is not None:
        for column, position, weight in zip(columns, best.tolist(), weights, strict=True):
            claim, proof = extra.describe(position)
            if claim:
                column.append(Step(kind=extra.kind, claim=claim, weight=weight, evidence=proof))
        return
    evidence = (Evidence(kind="parameter", source=extra.source),)
    made: dict[float, Step] = {}
    for column, weight in zip(columns, weights, strict=True):
        if weight == 0.0:
            continue
        step = made.get(weight)
        if step is None:
            step = made[weight] = Step(
                kind=extra.kind,
                claim=extra.claim,
                finding=extra.finding,
                label=extra.label,
                weight=weight,
                evidence=evidence,
            )
        column.append(step)


def _add_joint(columns: list[list[Step]], joint: Array, score: str) -> None:
    """The same of what the findings explain only together."""
    for column, weight in zip(columns, joint.tolist(), strict=True):
        if abs(weight) > 1e-12:
            column.append(
                Step(
                    kind="claim",
                    claim="what the findings explain only together, and no single one alone",
                    weight=weight,
                    evidence=(Evidence(kind="parameter", source=f"score {score}"),),
                )
            )
