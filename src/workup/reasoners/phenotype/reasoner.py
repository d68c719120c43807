"""The default reasoner: the engine's numbers as a differential in which every contribution can be looked up.

>>> from workup import Case, Finding, diagnose
>>> case = Case(id="p1", findings=(Finding("Arachnodactyly"), Finding("Ectopia lentis"), Finding("HP:0002616")))
>>> diagnose(case).differential[0].label
'Marfan syndrome'
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

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
from workup.reasoners.phenotype.exclusion import shown
from workup.reasoners.phenotype.genes import known_for, unknown_genes
from workup.reasoners.phenotype.matching import Match, Matcher, Relation
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
# A finding is unexplained by the leading candidates when it speaks against this many of the first.
_LEADERS = 5

# 64 rows of 9,700 scores take 5 MB.
_CASES_AT_ONCE = 64
# Pairs of finding and disease whose meeting is remembered: about 300 bytes each.
_MOST_MEETINGS = 32768
_NOTHING_NEAR = (
    Evidence(
        kind="parameter",
        source="share of findings that no annotation explains (noise)",
        values={"relation": "none"},
    ),
)

_RELATION_WORDS = {
    "exact": "the disease is annotated with it",
    "narrower": "the disease is annotated with the more specific {term}",
    "broader": "the disease is annotated with the more general {term}",
    "related": "the disease is annotated with {term}, which shares {ancestor} with it",
    "none": "nothing in the disease's annotations is near it",
}


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


class Meeting(msgspec.Struct, frozen=True, gc=False):
    """How a finding meets a disease, in words and with evidence, whatever its weight for the patient at hand."""

    words: str
    evidence: tuple[Evidence, ...]


_NOT_ANNOTATED = Meeting("the disease is not annotated with it", ())


class Portrait(msgspec.Struct, frozen=True, gc=False):
    """What a hypothesis says of its disease, whoever the patient is."""

    id: str
    label: str
    aliases: tuple[str, ...]
    series: str | None
    genes: tuple[str, ...]


class Explainer:
    """Puts contributions into words, with the annotation rows behind them.

    What does not depend on the patient is kept, within bounds: a few tens of MB.
    """

    def __init__(self, engine: Engine) -> None:
        self.knowledge = engine.knowledge
        # Which annotation explains a finding does not depend on the score: the mixture's profiles say it.
        score = engine.score
        mixture = score if isinstance(score, TranslationMixture) else TranslationMixture(Profiles(engine.knowledge))
        self.matcher = Matcher(mixture)
        self._mixture = mixture
        # By finding and candidate.
        self._meetings: dict[int, dict[int, Meeting]] = {}
        self._meeting = lru_cache(maxsize=8192)(self._put_into_words)
        self._below = lru_cache(maxsize=64)(lambda term: frozenset(self.knowledge.ontology.descendants[term].tolist()))
        self._contradiction = lru_cache(maxsize=4096)(self._find_contradiction)
        self._expected = lru_cache(maxsize=4096)(self._expected_terms)
        self._missing_step = lru_cache(maxsize=8192)(self._missing_finding)
        self._portrait = lru_cache(maxsize=None)(self._paint)

    def hypotheses(
        self, engine: Engine, patient: Patient, scores: Array, posterior: Array, best: Array
    ) -> tuple[Hypothesis, ...]:
        """Hypotheses of the best candidates, in their order."""
        explanation = engine.explain(patient, best)
        present, excluded = patient.query.present, patient.query.excluded
        findings = patient.normalised.findings
        diseases = engine.profiles.candidates[best]
        positions = self._mixture.model.position[diseases]
        columns = [
            self._excluded_steps(finding, weights, diseases, positions, term, engine.parameters.excluded)
            for finding, weights, term in zip(findings[len(present) :], explanation.excluded, excluded, strict=True)
        ]
        columns += [_extra_steps(extra, best) for extra in engine.extras(patient)]
        columns.append(_joint_steps(explanation.joint, engine.score.name))
        meetings = self._meetings_of(present, positions.tolist())
        weights = explanation.present.T.tolist()
        ranks = _ranks(scores, best)
        values, probabilities = scores[best].tolist(), posterior[best].tolist()
        reported = self._reported(present)
        ruled_out = set(excluded)

        found = []
        for i, disease in enumerate(diseases.tolist()):
            steps = _finding_steps(findings, weights[i], meetings[i])
            unexplained = tuple([step.finding for step in steps if step.weight < 0 and step.finding])
            steps += [step for column in columns if (step := column[i]) is not None]
            portrait = self._portrait(disease)
            found.append(
                Hypothesis(
                    id=portrait.id,
                    label=portrait.label,
                    rank=ranks[i],
                    score=values[i],
                    probability=probabilities[i],
                    contributions=tuple(steps),
                    missing=self._missing(disease, reported, ruled_out),
                    unexplained=unexplained,
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

    def _meetings_of(self, findings: tuple[int, ...], candidates: list[int]) -> list[tuple[Meeting, ...]]:
        """How every finding meets every candidate: for each candidate one meeting per finding."""
        if sum(map(len, self._meetings.values())) > _MOST_MEETINGS:
            # A new mapping, since another thread may still be reading the old one.
            self._meetings = {}
        known = self._meetings
        columns = [known.setdefault(term, {}) for term in findings]
        fresh = {
            term: column
            for term, column in zip(findings, columns, strict=True)
            if not all(map(column.__contains__, candidates))
        }
        if fresh:
            new = [c for c in candidates if not all(c in column for column in fresh.values())]
            meeting = self._meeting
            matches = self.matcher.matches(tuple(fresh), np.array(new))
            for candidate, row in zip(new, matches, strict=True):
                for column, match in zip(fresh.values(), row, strict=True):
                    column[candidate] = meeting(match)
        if not findings:
            return [()] * len(candidates)
        return list(zip(*[[column[c] for c in candidates] for column in columns], strict=True))

    def _put_into_words(self, match: Match) -> Meeting:
        if match.relation == "none":
            return Meeting(_RELATION_WORDS["none"], _NOTHING_NEAR)
        label = self.matcher.rows.label
        words = _RELATION_WORDS[match.relation].format(term=label(match.term), ancestor=label(match.ancestor))
        return Meeting(words, self.matcher.rows.meeting(match.owner, match.term, match.relation, match.ancestor))

    def _excluded_steps(
        self, finding: Finding, weights: Array, diseases: Array, positions: Array, term: int, factor: float
    ) -> list[Step | None]:
        """The steps of one excluded finding for some diseases; equal ones are one object."""
        parameter = Evidence(
            kind="parameter", source="fixed small weight of excluded findings", values={"weight": factor}
        )
        places = shown(self._mixture.model, term).positions
        after = np.append(places, -1)[np.searchsorted(places, positions)]
        showing = (after == positions).tolist()
        without: dict[float, Step] = {}
        steps: list[Step | None] = []
        for disease, shows, weight in zip(diseases.tolist(), showing, weights.tolist(), strict=True):
            step = None if shows else without.get(weight)
            if step is None:
                meeting = self._contradiction(disease, term) if shows else _NOT_ANNOTATED
                step = Step(
                    kind="excluded",
                    claim=f"{finding.label} was looked for and is absent; {meeting.words}",
                    finding=finding.id,
                    label=finding.label,
                    weight=weight,
                    evidence=(*meeting.evidence, parameter),
                )
                if not shows:
                    without[weight] = step
            steps.append(step)
        return steps

    def _find_contradiction(self, disease: int, term: int) -> Meeting:
        """What of a disease speaks against the absence of a finding."""
        frequency = self._mixture.model.frequency
        terms = frequency.indices[frequency.indptr[disease] : frequency.indptr[disease + 1]]
        first = min(self._below(term).intersection(terms.tolist()))
        words = f"yet the disease is annotated with {self.matcher.rows.label(first)}"
        relation: Relation = "exact" if first == term else "narrower"
        return Meeting(words, self.matcher.rows.meeting(disease, first, relation, term))

    def _reported(self, present: tuple[int, ...]) -> set[int]:
        """Terms that the findings report, wholly (ancestors) or in part (descendants count as their parents)."""
        return set().union(*(self.matcher.ancestors(term) for term in present))

    def _expected_terms(self, disease: int) -> list[tuple[int, float]]:
        """Frequent terms of a disease with their frequency, most frequent first."""
        frequency = self._mixture.model.frequency
        part = slice(int(frequency.indptr[disease]), int(frequency.indptr[disease + 1]))
        terms, shares = frequency.indices[part], frequency.data[part]
        often = np.flatnonzero(shares >= _EXPECTED)
        order = often[np.argsort(-shares[often], kind="stable")]
        return list(zip(terms[order].tolist(), shares[order].tolist(), strict=True))

    def _missing(self, disease: int, reported: set[int], ruled_out: set[int]) -> tuple[Step, ...]:
        found = []
        for term, share in self._expected(disease):
            if term in reported or (ruled_out and not ruled_out.isdisjoint(self.matcher.ancestors(term))):
                continue
            found.append(self._missing_step(disease, term, share))
            if len(found) == _MOST_MISSING:
                break
        return tuple(found)

    def _missing_finding(self, disease: int, term: int, share: float) -> Step:
        rows = self.matcher.rows
        label = rows.label(term)
        return Step(
            kind="missing",
            claim=f"{label} is expected in about {share:.0%} of patients and was not reported",
            finding=rows.id(term),
            label=label,
            evidence=rows.evidence(disease, term, {}),
        )


def _finding_steps(findings: tuple[Finding, ...], weights: list[float], meetings: Sequence[Meeting]) -> list[Step]:
    """The steps of the present findings, which come first, for one disease."""
    return [
        Step(
            kind="finding",
            claim=f"{finding.label}: {_times(math.exp(min(weight, 700.0)))} as in rare diseases at large; "
            f"{meeting.words}",
            finding=finding.id,
            label=finding.label,
            weight=weight,
            evidence=meeting.evidence,
        )
        for finding, weight, meeting in zip(findings, weights, meetings, strict=False)
    ]


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
