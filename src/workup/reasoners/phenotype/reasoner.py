"""The default reasoner: the engine's numbers as a differential in which every contribution can be looked up.

>>> from workup import Case, Finding, diagnose
>>> case = Case(id="p1", findings=(Finding("Arachnodactyly"), Finding("Ectopia lentis"), Finding("HP:0002616")))
>>> diagnose(case).differential[0].label
'Marfan syndrome'
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec
import numpy as np

from workup import __version__
from workup.case import Case, Finding
from workup.errors import UserError
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.knowledge.releases import in_use
from workup.reasoner import Context
from workup.reasoners.phenotype.answering import answer
from workup.reasoners.phenotype.engine import Engine, Extra, Patient
from workup.reasoners.phenotype.genes import known_for, unknown_genes
from workup.reasoners.phenotype.matching import BROADER, EXACT, NARROWER, RELATED, Conflicts, Matcher
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.scoring import DEFAULT_SCORE
from workup.reasoning import Evidence, Hypothesis, Reasoning, Step, Usage
from workup.text.extract import OPTIONS as TEXT_OPTIONS
from workup.text.extract import read_for

OPTIONS = ("score", "universe", *TEXT_OPTIONS)
# An expected finding: at least this share of patients have it.
_EXPECTED = 0.5
_MOST_MISSING = 6
# Expected findings of diseases that are remembered, about 1 kB each.
_MOST_EXPECTED = 16384
# A finding is unexplained by the leading candidates when it speaks against this many of the first.
_LEADERS = 5

# 64 rows of 9,700 scores take 5 MB.
_CASES_AT_ONCE = 64
_NOTHING_NEAR = (
    Evidence(
        kind="parameter",
        source="share of findings that no annotation explains (noise)",
        values={"relation": "none"},
    ),
)


class PhenotypeReasoner:
    """Ranks all rare diseases by the patient's findings.

    Options: ``score`` (one of :data:`~workup.reasoners.phenotype.scoring.SCORES`), ``universe`` (``all`` or
    ``omim``), ``read_text`` (read the text of a case that has coded findings too) and ``extractor`` (what reads it).
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
        read = read_for(case.blinded(), engine.knowledge, ctx)
        patient = engine.patient(read.case.blinded())
        scores = engine.scores(patient)
        posterior, unknown = engine.posterior(patient, scores)
        return read.add_to(self._reasoning(engine, patient, scores, posterior, unknown, ctx.limit, started))

    def reason_batch(self, cases: Sequence[Case], ctx: Context) -> list[Reasoning]:
        """Rank all diseases for many cases; the same results as one by one."""
        engine = self.engine(ctx)
        found = []
        for start in range(0, len(cases), _CASES_AT_ONCE):
            begun = time.perf_counter()
            reads = [read_for(case.blinded(), engine.knowledge, ctx) for case in cases[start : start + _CASES_AT_ONCE]]
            patients = [engine.patient(read.case.blinded()) for read in reads]
            batch = engine.scores_batch(patients)
            # Every case of a batch is charged its share of what was done for all.
            share = (time.perf_counter() - begun) / len(patients)
            for read, patient, scores in zip(reads, patients, batch, strict=True):
                started = time.perf_counter() - share
                posterior, unknown = engine.posterior(patient, scores)
                result = self._reasoning(engine, patient, scores, posterior, unknown, ctx.limit, started)
                found.append(read.add_to(result))
        return found

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
        issues = [*patient.normalised.issues, *unknown_genes(engine.knowledge, patient.case)]
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
            steps=(*_unexplained(patient.normalised.findings, hypotheses), *known_for(engine.profiles, patient.case)),
            findings=patient.normalised.findings,
            issues=tuple(issues),
            versions=versions,
            candidates=len(scores),
            usage=Usage(seconds=time.perf_counter() - started),
        )


def _default_knowledge() -> Knowledge:
    return _release(in_use())


@lru_cache(maxsize=1)
def _release(version: str) -> Knowledge:
    return Knowledge.load(release=version)


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


class Portrait(msgspec.Struct, frozen=True, gc=False):
    """What a hypothesis says of its disease, whoever the patient is."""

    id: str
    label: str
    aliases: tuple[str, ...]
    series: str | None
    genes: tuple[str, ...]


class Explainer:
    """Puts contributions into words, with the annotation rows behind them.

    What is looked up is looked up for all candidates of a case at once; what is kept is of diseases alone.
    """

    def __init__(self, engine: Engine) -> None:
        self.knowledge = engine.knowledge
        # Which annotation explains a finding does not depend on the score: the mixture's profiles say it.
        score = engine.score
        mixture = score if isinstance(score, TranslationMixture) else TranslationMixture(Profiles(engine.knowledge))
        self.matcher = Matcher(mixture)
        self._mixture = mixture
        self._portrait = lru_cache(maxsize=None)(self._paint)
        self._expected: dict[int, Step] = {}

    def hypotheses(
        self, engine: Engine, patient: Patient, scores: Array, posterior: Array, best: Array
    ) -> tuple[Hypothesis, ...]:
        """Hypotheses of the best candidates, in their order."""
        explanation = engine.explain(patient, best)
        present, excluded = patient.query.present, patient.query.excluded
        findings = patient.normalised.findings
        diseases = engine.profiles.candidates[best]
        conflicts = self.matcher.conflicts(diseases, excluded)
        factor = engine.parameters.excluded
        columns = self._excluded_steps(
            findings[len(present) :], explanation.excluded, diseases, excluded, conflicts, factor
        )
        columns += [_extra_steps(extra, best) for extra in engine.extras(patient)]
        columns.append(_joint_steps(explanation.joint, engine.score.name))
        rest = [[step for step in steps if step is not None] for steps in zip(*columns, strict=True)]
        positions = self._mixture.model.position[diseases]
        explained = self._finding_steps(findings[: len(present)], explanation.present.T, present, positions)
        missing = self._missing(diseases, present, conflicts)
        ranks = _ranks(scores, best)
        values, probabilities = scores[best].tolist(), posterior[best].tolist()

        found = []
        for i, disease in enumerate(diseases.tolist()):
            steps, portrait = explained[i], self._portrait(disease)
            found.append(
                Hypothesis(
                    id=portrait.id,
                    label=portrait.label,
                    rank=ranks[i],
                    score=values[i],
                    probability=probabilities[i],
                    contributions=(*steps, *rest[i]),
                    missing=missing[i],
                    unexplained=tuple([step.finding for step in steps if step.weight < 0 and step.finding]),
                    aliases=portrait.aliases,
                    series=portrait.series,
                    genes=portrait.genes,
                )
            )
        return tuple(found)

    def _paint(self, disease: int) -> Portrait:
        diseases = self.knowledge.diseases
        return Portrait(
            id=diseases.ids[disease],
            label=diseases.names[disease],
            aliases=tuple(diseases.ids[m] for m in diseases.members.get(disease, ())),
            series=diseases.series_label(disease),
            genes=diseases.gene_symbols(disease),
        )

    def _finding_steps(
        self, findings: tuple[Finding, ...], weights: Array, present: tuple[int, ...], positions: Array
    ) -> list[list[Step]]:
        """The steps of the present findings, for each of some diseases."""
        matches = self.matcher.matches(present, positions)
        terms, ancestors = matches.term.ravel(), matches.ancestor.ravel()
        evidence = self.matcher.rows.evidence_of_meetings(
            matches.place.ravel(), matches.count.ravel(), matches.relation.ravel(), ancestors
        )
        labels, count = self.matcher.rows.labels, len(findings)
        steps = [
            Step(
                kind="finding",
                claim=f"{label}: {_times(ratio)} as in rare diseases at large; "
                f"{_related(relation, labels[term], labels[ancestor])}",
                finding=finding,
                label=label,
                weight=weight,
                evidence=rows or _NOTHING_NEAR,
            )
            for finding, label, weight, ratio, relation, term, ancestor, rows in zip(
                [finding.id for finding in findings] * len(positions),
                [finding.label for finding in findings] * len(positions),
                weights.ravel().tolist(),
                np.exp(np.minimum(weights.ravel(), 700.0)).tolist(),
                matches.relation.ravel().tolist(),
                terms.tolist(),
                ancestors.tolist(),
                evidence,
                strict=True,
            )
        ]
        return [steps[start : start + count] for start in range(0, count * len(positions), count or 1)] or [
            [] for _ in positions
        ]

    def _excluded_steps(
        self,
        findings: tuple[Finding, ...],
        weights: Array,
        diseases: Array,
        excluded: tuple[int, ...],
        conflicts: Conflicts,
        factor: float,
    ) -> list[list[Step | None]]:
        """For each excluded finding its steps for some diseases; equal ones are one object."""
        rows = self.matcher.rows
        parameter = Evidence(
            kind="parameter", source="fixed small weight of excluded findings", values={"weight": factor}
        )
        number, place = np.nonzero(conflicts.shown.T >= 0)
        shown, looked_for = conflicts.shown[place, number], np.array(excluded, dtype=np.int64)[number]
        relations = np.where(shown == looked_for, EXACT, NARROWER)
        evidence = rows.evidence_of_meetings(*rows.find(diseases[place], shown), relations, looked_for)
        columns: list[list[Step | None]] = []
        for finding, row in zip(findings, weights.tolist(), strict=True):
            claim = f"{finding.label} was looked for and is absent; the disease is not annotated with it"
            equal = {
                weight: Step(
                    kind="excluded",
                    claim=claim,
                    finding=finding.id,
                    label=finding.label,
                    weight=weight,
                    evidence=(parameter,),
                )
                for weight in dict.fromkeys(row)
            }
            columns.append([equal[weight] for weight in row])
        for i, disease, term, found in zip(number.tolist(), place.tolist(), shown.tolist(), evidence, strict=True):
            finding = findings[i]
            columns[i][disease] = Step(
                kind="excluded",
                claim=f"{finding.label} was looked for and is absent; yet the disease is annotated with "
                f"{rows.labels[term]}",
                finding=finding.id,
                label=finding.label,
                weight=float(weights[i, disease]),
                evidence=(*found, parameter),
            )
        return columns

    def _missing(self, diseases: Array, present: tuple[int, ...], conflicts: Conflicts) -> list[tuple[Step, ...]]:
        """For each disease its most frequent findings that nothing in the case reports or rules out."""
        closure = self.knowledge.ontology.closure
        # A finding reports its ancestors too.
        reported = np.zeros(len(closure), dtype=bool)
        for term in present:
            reported[closure[term]] = True
        open_ones = (conflicts.frequency >= _EXPECTED) & ~conflicts.ruled_out & ~reported[conflicts.term]
        places = np.flatnonzero(open_ones)
        places = places[np.lexsort((-conflicts.frequency[places], conflicts.owner[places]))]
        owner = conflicts.owner[places]
        count = np.bincount(owner, minlength=len(diseases))
        first = np.cumsum(count) - count
        chosen = places[np.arange(len(places)) - first[owner] < _MOST_MISSING]
        steps = self._expected_steps(
            diseases[conflicts.owner[chosen]], conflicts.term[chosen], conflicts.frequency[chosen]
        )
        bounds = [0, *np.cumsum(np.minimum(count, _MOST_MISSING)).tolist()]
        return [tuple(steps[start:end]) for start, end in pairwise(bounds)]

    def _expected_steps(self, diseases: Array, terms: Array, shares: Array) -> list[Step]:
        """The steps of expected findings, one for each pair of disease and term."""
        if len(self._expected) > _MOST_EXPECTED:
            # A new mapping, since another thread may still be reading the old one.
            self._expected = {}
        known, rows = self._expected, self.matcher.rows
        keys = (diseases * len(self.knowledge.ontology) + terms).tolist()
        fresh = [place for place, key in enumerate(keys) if key not in known]
        for place, term, share, evidence in zip(
            fresh,
            terms[fresh].tolist(),
            shares[fresh].tolist(),
            rows.evidence_of(diseases[fresh], terms[fresh]),
            strict=True,
        ):
            label = rows.labels[term]
            known[keys[place]] = Step(
                kind="missing",
                claim=f"{label} is expected in about {share:.0%} of patients and was not reported",
                finding=rows.ids[term],
                label=label,
                evidence=evidence,
            )
        return [known[key] for key in keys]


def _extra_steps(extra: Extra, best: Array) -> list[Step | None]:
    """What besides the findings speaks for or against some candidates; equal steps are one object."""
    if extra.describe is not None:
        described = [extra.describe(position) for position in best.tolist()]
        return [
            Step(kind=extra.kind, claim=claim, weight=weight, evidence=evidence) if claim else None
            for (claim, evidence), weight in zip(described, extra.weights[best].tolist(), strict=True)
        ]
    evidence = (Evidence(kind="parameter", source=extra.source),)
    made: dict[float, Step | None] = {0.0: None}
    steps = []
    for weight in extra.weights[best].tolist():
        if weight not in made:
            made[weight] = Step(
                kind=extra.kind,
                claim=extra.claim,
                finding=extra.finding,
                label=extra.label,
                weight=weight,
                evidence=evidence,
            )
        steps.append(made[weight])
    return steps


def _joint_steps(joint: Array, score: str) -> list[Step | None]:
    return [
        Step(
            kind="claim",
            claim="what the findings explain only together, and no single one alone",
            weight=weight,
            evidence=(Evidence(kind="parameter", source=f"score {score}"),),
        )
        if abs(weight) > 1e-12
        else None
        for weight in joint.tolist()
    ]


def _ranks(scores: Array, best: Array) -> list[float]:
    """Expected ranks of the best candidates (in order): tied ones share the middle of their places."""
    rounded = np.round(scores, 9)
    values = rounded[best].tolist()
    # All that is better than one of the best is among the best; equals of the last may lie beyond.
    last = int((rounded == values[-1]).sum()) if values else 0
    first = {value: place for place, value in reversed(list(enumerate(values)))}
    equal = Counter(values) | {values[-1]: last} if values else Counter[float]()
    return [first[value] + (equal[value] + 1) / 2 for value in values]


def _related(relation: int, term: str, ancestor: str) -> str:
    """How a disease's term relates to the finding, in words."""
    if relation == EXACT:
        return "the disease is annotated with it"
    if relation == RELATED:
        return f"the disease is annotated with {term}, which shares {ancestor} with it"
    if relation == NARROWER:
        return f"the disease is annotated with the more specific {term}"
    if relation == BROADER:
        return f"the disease is annotated with the more general {term}"
    return "nothing in the disease's annotations is near it"


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
