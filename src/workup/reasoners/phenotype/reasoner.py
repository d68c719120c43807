"""The default reasoner: the engine's numbers as a differential in which every contribution can be looked up.

>>> from workup import Case, Finding, diagnose
>>> case = Case(id="p1", findings=(Finding("Arachnodactyly"), Finding("Ectopia lentis"), Finding("HP:0002616")))
>>> diagnose(case).differential[0].label
'Marfan syndrome'
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from workup import __version__
from workup.case import Case, Finding
from workup.errors import Issue, UserError
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.reasoner import Context
from workup.reasoners.phenotype.answering import answer
from workup.reasoners.phenotype.demographics import gene_matches
from workup.reasoners.phenotype.engine import Engine, Extra, Patient
from workup.reasoners.phenotype.matching import Match, Matcher
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.scoring import DEFAULT_SCORE
from workup.reasoning import Evidence, Hypothesis, Reasoning, Step, StepKind, Usage

OPTIONS = ("score", "universe")
# An expected finding: at least this share of patients have it.
_EXPECTED = 0.5
_MOST_MISSING = 6
# A finding is unexplained by the leading candidates when it speaks against this many of the first.
_LEADERS = 5

_RELATION_WORDS = {
    "exact": "the disease is annotated with it",
    "narrower": "the disease is annotated with the more specific {term}",
    "broader": "the disease is annotated with the more general {term}",
    "related": "the disease is annotated with {term}, which shares {ancestor} with it",
    "none": "nothing in the disease's annotations is near it",
}


class PhenotypeReasoner:
    """Ranks all rare diseases by the patient's findings.

    Options: ``score`` (one of :data:`~workup.reasoners.phenotype.scoring.SCORES`) and ``universe`` (``all`` or
    ``omim``).
    """

    name = "phenotype"

    def __init__(self) -> None:
        self._engines: dict[tuple[str, str, str], Engine] = {}
        self._explainers: dict[str, Explainer] = {}

    def engine(self, ctx: Context) -> Engine:
        """The engine for a context's knowledge and options; built once.

        Raises:
            UserError: An option is unknown.
        """
        if unknown := sorted(set(ctx.options) - set(OPTIONS)):
            raise UserError(f"the phenotype reasoner has no option {', '.join(unknown)}; it has {', '.join(OPTIONS)}")
        knowledge = ctx.knowledge or _default_knowledge()
        score = ctx.options.get("score", DEFAULT_SCORE)
        universe = ctx.options.get("universe", "all")
        if universe not in ("all", "omim"):
            raise UserError(f"no universe {universe!r}; there are all, omim")
        key = (str(knowledge.folder), score, universe)
        if key not in self._engines:
            self._engines[key] = Engine(knowledge, score=score, universe=universe)
        return self._engines[key]

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        """Rank all diseases for one case.

        The ``ctx.limit`` best come with their evidence.
        """
        started = time.perf_counter()
        engine = self.engine(ctx)
        patient = engine.patient(case.blinded())
        scores = engine.scores(patient)
        posterior, unknown = engine.posterior(patient, scores)
        return self._reasoning(engine, patient, scores, posterior, unknown, ctx.limit, started)

    def reason_batch(self, cases: Sequence[Case], ctx: Context) -> list[Reasoning]:
        """Rank all diseases for many cases; the same results as one by one."""
        return [self.reason(case, ctx) for case in cases]

    def _reasoning(
        self,
        engine: Engine,
        patient: Patient,
        scores: Array,
        posterior: Array,
        unknown: float,
        limit: int,
        started: float,
    ) -> Reasoning:
        issues = [*patient.normalised.issues, *_gene_issues(engine, patient.case)]
        versions = {
            "workup": __version__,
            **engine.knowledge.versions,
            "knowledge": engine.knowledge.meta.digest,
            "score": engine.score.name,
            "universe": engine.profiles.universe,
        }
        if not patient.query.present and not patient.query.excluded:
            return Reasoning(
                reasoner=self.name,
                abstained="the case has no usable finding, so every disease is as likely as before",
                issues=tuple(issues),
                findings=patient.normalised.findings,
                versions=versions,
                candidates=len(scores),
                usage=Usage(seconds=time.perf_counter() - started),
            )
        key = str(engine.knowledge.folder)
        if key not in self._explainers:
            self._explainers[key] = Explainer(engine)
        explainer = self._explainers[key]
        best = _best(scores, limit)
        hypotheses = explainer.hypotheses(engine, patient, scores, posterior, best)
        chosen, abstained = answer(engine.profiles, posterior, unknown)
        return Reasoning(
            reasoner=self.name,
            differential=hypotheses,
            answer=chosen,
            abstained=abstained,
            unknown_probability=unknown,
            steps=_unexplained(patient.normalised.findings, hypotheses),
            findings=patient.normalised.findings,
            issues=tuple(issues),
            versions=versions,
            candidates=len(scores),
            usage=Usage(seconds=time.perf_counter() - started),
        )


@lru_cache(maxsize=1)
def _default_knowledge() -> Knowledge:
    return Knowledge.load()


def _best(scores: Array, limit: int) -> Array:
    """Positions of the best candidates, best first; ties in index order."""
    rounded = np.round(scores, 9)
    if limit < len(scores):
        least = np.partition(rounded, len(scores) - limit)[len(scores) - limit]
        pool = np.flatnonzero(rounded >= least)
    else:
        pool = np.arange(len(scores))
    order = pool[np.argsort(-rounded[pool], kind="stable")]
    return np.asarray(order[:limit])


def _gene_issues(engine: Engine, case: Case) -> list[Issue]:
    if not case.candidate_genes:
        return []
    _, absent = gene_matches(engine.knowledge, engine.profiles, case.candidate_genes)
    return [
        Issue(
            message=f"no disease of the knowledge base has the gene {symbol!r}",
            remedy="use the current HGNC symbol",
            code="unknown-gene",
            field="candidate_genes",
        )
        for symbol in absent
    ]


def _unexplained(findings: tuple[Finding, ...], hypotheses: tuple[Hypothesis, ...]) -> tuple[Step, ...]:
    """Findings that speak against every leading candidate."""
    leaders = hypotheses[:_LEADERS]
    if not leaders:
        return ()
    shared = set.intersection(*(set(hypothesis.unexplained) for hypothesis in leaders))
    return tuple(
        Step(
            kind="unexplained",
            finding=finding.id,
            label=finding.label,
            claim=f"{finding.label} is explained by none of the first {len(leaders)} candidates",
        )
        for finding in findings
        if finding.status == "present" and finding.id in shared
    )


class Explainer:
    """Puts contributions into words, with the annotation rows behind them."""

    def __init__(self, engine: Engine) -> None:
        self.knowledge = engine.knowledge
        # Which annotation explains a finding does not depend on the score: the mixture's profiles say it.
        score = engine.score
        mixture = score if isinstance(score, TranslationMixture) else TranslationMixture(Profiles(engine.knowledge))
        self.matcher = Matcher(mixture)
        self._mixture = mixture
        self._expected = lru_cache(maxsize=8192)(self._expected_terms)
        self._label = lru_cache(maxsize=None)(self.knowledge.ontology.label)
        self._id = lru_cache(maxsize=None)(self.knowledge.ontology.id)

    def hypotheses(
        self, engine: Engine, patient: Patient, scores: Array, posterior: Array, best: Array
    ) -> tuple[Hypothesis, ...]:
        """Hypotheses of the best candidates, in their order."""
        explanation = engine.explain(patient, best)
        extras = engine.extras(patient)
        present, excluded = patient.query.present, patient.query.excluded
        findings = patient.normalised.findings
        positions = self._mixture.model.position[engine.profiles.candidates[best]]
        matches = self.matcher.matches(present, positions)
        reported = self._reported(present)
        ruled_out = set(excluded)
        present_weights = explanation.present.T.tolist()
        excluded_weights = explanation.excluded.T.tolist()
        joint = explanation.joint.tolist()
        rounded = np.round(scores, 9)
        ordered = np.sort(rounded)
        diseases = self.knowledge.diseases

        found = []
        for i, candidate in enumerate(best.tolist()):
            disease = int(engine.profiles.candidates[candidate])
            steps = [
                self._finding_step(finding, weight, match, term)
                for finding, weight, match, term in zip(findings, present_weights[i], matches[i], present, strict=False)
            ]
            steps += [
                self._excluded_step(engine, finding, weight, disease, term)
                for finding, weight, term in zip(findings[len(present) :], excluded_weights[i], excluded, strict=True)
            ]
            steps += _extra_steps(extras, candidate)
            if abs(joint[i]) > 1e-12:
                steps.append(
                    Step(
                        kind="claim",
                        claim="what the findings explain only together, and no single one alone",
                        weight=joint[i],
                        evidence=(Evidence(kind="parameter", source=f"score {engine.score.name}"),),
                    )
                )
            value = rounded[candidate]
            better = len(ordered) - int(np.searchsorted(ordered, value, side="right"))
            equal = len(ordered) - better - int(np.searchsorted(ordered, value, side="left"))
            found.append(
                Hypothesis(
                    id=diseases.ids[disease],
                    label=diseases.names[disease],
                    rank=better + (equal + 1) / 2,
                    score=float(scores[candidate]),
                    probability=float(posterior[candidate]),
                    contributions=tuple(steps),
                    missing=self._missing(disease, reported, ruled_out),
                    unexplained=tuple(
                        step.finding for step in steps if step.kind == "finding" and step.weight < 0 and step.finding
                    ),
                    aliases=tuple(diseases.ids[m] for m in diseases.members.get(disease, ())),
                    series=diseases.series_label(disease),
                    genes=diseases.gene_symbols(disease),
                )
            )
        return tuple(found)

    def _finding_step(self, finding: Finding, weight: float, match: Match, term: int) -> Step:
        ratio = math.exp(min(weight, 700.0))
        values: dict[str, Any] = {"relation": match.relation, "likelihood_ratio": ratio}
        if match.relation == "none":
            evidence: tuple[Evidence, ...] = (
                Evidence(
                    kind="parameter",
                    source="share of findings that no annotation explains (noise)",
                    values=values,
                ),
            )
            words = _RELATION_WORDS["none"]
        else:
            disease_term = self._label(match.term)
            values["ancestor"] = self._id(match.ancestor)
            values["ancestor_label"] = self._label(match.ancestor)
            values["borrowed_from"] = ""
            words = _RELATION_WORDS[match.relation].format(term=disease_term, ancestor=values["ancestor_label"])
            evidence = self.matcher.rows.evidence(match.owner, match.term, values)
        return Step(
            kind="finding",
            claim=f"{finding.label}: {_times(ratio)} as in rare diseases at large; {words}",
            finding=finding.id,
            label=finding.label,
            weight=weight,
            evidence=evidence,
        )

    def _excluded_step(self, engine: Engine, finding: Finding, weight: float, disease: int, term: int) -> Step:
        below = self.knowledge.ontology.descendants[term]
        rows = self.matcher.rows.by_term(disease)
        annotated = [t for t in below.tolist() if t in rows] if weight < 0 else []
        evidence: tuple[Evidence, ...] = ()
        words = "the disease is not annotated with it"
        if annotated:
            words = f"yet the disease is annotated with {self._label(annotated[0])}"
            values = {
                "relation": "exact" if annotated[0] == term else "narrower",
                "ancestor": self._id(term),
                "ancestor_label": self._label(term),
                "borrowed_from": "",
            }
            evidence = self.matcher.rows.evidence(disease, annotated[0], values)
        parameter = Evidence(
            kind="parameter",
            source="fixed small weight of excluded findings",
            values={"weight": engine.parameters.excluded},
        )
        return Step(
            kind="excluded",
            claim=f"{finding.label} was looked for and is absent; {words}",
            finding=finding.id,
            label=finding.label,
            weight=weight,
            evidence=(*evidence, parameter),
        )

    def _reported(self, present: tuple[int, ...]) -> set[int]:
        """Terms that the findings report, wholly (ancestors) or in part (descendants count as their parents)."""
        ontology = self.knowledge.ontology
        return {int(a) for term in present for a in ontology.ancestors(term)}

    def _expected_terms(self, disease: int) -> tuple[tuple[int, float, frozenset[int]], ...]:
        """Frequent terms of a disease with their frequency and ancestors, most frequent first."""
        frequency = self._mixture.model.frequency
        part = slice(int(frequency.indptr[disease]), int(frequency.indptr[disease + 1]))
        terms, shares = frequency.indices[part], frequency.data[part]
        order = np.argsort(-shares, kind="stable")
        ontology = self.knowledge.ontology
        return tuple(
            (int(terms[i]), float(shares[i]), frozenset(ontology.ancestors(int(terms[i])).tolist()))
            for i in order
            if shares[i] >= _EXPECTED
        )

    def _missing(self, disease: int, reported: set[int], ruled_out: set[int]) -> tuple[Step, ...]:
        found = []
        for term, share, above in self._expected(disease):
            if term in reported or not ruled_out.isdisjoint(above):
                continue
            label = self._label(term)
            found.append(
                Step(
                    kind="missing",
                    claim=f"{label} is expected in about {share:.0%} of patients and was not reported",
                    finding=self._id(term),
                    label=label,
                    evidence=self.matcher.rows.evidence(disease, term, {}),
                )
            )
            if len(found) == _MOST_MISSING:
                break
        return tuple(found)


def _extra_steps(extras: list[Extra], candidate: int) -> list[Step]:
    steps = []
    for extra in extras:
        weight = float(extra.weights[candidate])
        if weight != 0.0:
            kind: StepKind = extra.kind
            steps.append(
                Step(
                    kind=kind,
                    claim=extra.claim,
                    weight=weight,
                    evidence=(Evidence(kind="parameter", source=extra.source),),
                )
            )
    return steps


def _times(ratio: float) -> str:
    """A likelihood ratio in words.

    >>> _times(12.3), _times(0.2), _times(1.04)
    ('12 times as likely', '1/5 as likely', 'about as likely')
    """
    if 0.95 < ratio < 1.05:
        return "about as likely"
    if ratio >= 1:
        return f"{ratio:.2g} times as likely" if ratio < 100 else f"{ratio:.0f} times as likely"
    return f"1/{1 / ratio:.2g} as likely" if ratio > 0.01 else f"1/{1 / ratio:.0f} as likely"
