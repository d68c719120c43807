"""The default reasoner: the engine's numbers as a differential in which every contribution can be looked up.

>>> from workup import Case, Finding, diagnose
>>> case = Case(id="p1", findings=(Finding("Arachnodactyly"), Finding("Ectopia lentis"), Finding("HP:0002616")))
>>> diagnose(case).differential[0].label
'Marfan syndrome'
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache

from workup import __version__
from workup.case import Case, Finding
from workup.errors import UserError
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.knowledge.releases import in_use
from workup.reasoner import Context
from workup.reasoners.phenotype import leading
from workup.reasoners.phenotype.answering import answer
from workup.reasoners.phenotype.engine import Engine, Patient, Rest
from workup.reasoners.phenotype.explaining import Explainer
from workup.reasoners.phenotype.genes import known_for, unknown_genes
from workup.reasoners.phenotype.scoring import DEFAULT_SCORE
from workup.reasoning import Hypothesis, Reasoning, Step, Usage
from workup.text.extract import OPTIONS as TEXT_OPTIONS
from workup.text.extract import read_for

OPTIONS = ("score", "universe", *TEXT_OPTIONS)
# A finding is unexplained by the leading candidates when it speaks against this many of the first.
_LEADERS = 5

# 64 rows of 9,700 scores take 5 MB.
_CASES_AT_ONCE = 64


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
        rest = engine.rest(patient)
        scores = engine.scores(patient, rest)
        return read.add_to(self._reasoning(engine, patient, scores, rest, ctx.limit, started))

    def reason_batch(self, cases: Sequence[Case], ctx: Context) -> list[Reasoning]:
        """Rank all diseases for many cases; the same results as one by one."""
        engine = self.engine(ctx)
        found = []
        for start in range(0, len(cases), _CASES_AT_ONCE):
            begun = time.perf_counter()
            reads = [read_for(case.blinded(), engine.knowledge, ctx) for case in cases[start : start + _CASES_AT_ONCE]]
            patients = [engine.patient(read.case.blinded()) for read in reads]
            rests = [engine.rest(patient) for patient in patients]
            batch = engine.scores_batch(patients, rests)
            # Every case of a batch is charged its share of what was done for all.
            share = (time.perf_counter() - begun) / len(patients)
            for read, patient, rest, scores in zip(reads, patients, rests, batch, strict=True):
                started = time.perf_counter() - share
                found.append(read.add_to(self._reasoning(engine, patient, scores, rest, ctx.limit, started)))
        return found

    def _reasoning(
        self,
        engine: Engine,
        patient: Patient,
        scores: Array,
        rest: Rest,
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
        posterior, unknown = engine.posterior(patient, scores)
        hypotheses = explainer.hypotheses(engine, patient, rest, scores, posterior, leading.best(scores, limit))
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
