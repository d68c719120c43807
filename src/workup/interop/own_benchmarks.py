"""The two benchmarks with runners of their own, in the form that all others have, for Inspect and for tests.

``rare-disease`` is scored here as published work does it (the regime ``full``: nothing is removed from the annotations,
which were partly curated from the very cases), ``text-to-hpo`` by the sets of findings of each document. Regimes,
levels and intervals by publication are what ``workup run`` is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from workup.benchmarks import text_to_hpo
from workup.benchmarks.benchmark import Benchmark, Header
from workup.benchmarks.matching import Matcher
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.score import Metric, Score, Scorer
from workup.evaluation.scorers import MeanScore, chosen, why_none
from workup.io import read_cases
from workup.knowledge import Knowledge
from workup.reasoner import Context
from workup.reasoning import Answer, Reasoning


class _RankScorer:
    """A figure of the rank at which a differential has a right diagnosis."""

    def __init__(self, name: str, value: Callable[[float], float], benchmark: RankedDiseases) -> None:
        self.name = name
        self._value = value
        self._benchmark = benchmark

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; a disease that was not among those returned is a miss."""
        reason = why_none(attempt)
        right = self._benchmark.right(case)
        differential = attempt.reasoning.differential if attempt.reasoning else ()
        ranks = [one.rank for one in differential if one.id in right]
        notes = () if differential or not reason else (reason,)
        return Score(total=self._value(min(ranks)) if ranks else 0.0, notes=notes)


class RankedDiseases:
    """``rare-disease``: patients with coded findings and a known diagnosis."""

    header = Header(
        name="rare-disease",
        title="Rare-disease diagnosis from coded findings, regime full",
        paper="Danis et al. 2025, HGG Advances 6(1):100371",
        licence="Of the cases; supplied by the user",
        form="diagnosis",
        layout="Any file of cases that workup diagnose reads, with their diagnoses.",
        systems=("00",),
    )

    @cached_property
    def _matcher(self) -> Matcher:
        knowledge = Knowledge.load()
        return Matcher(knowledge, np.arange(len(knowledge.diseases)))

    def right(self, case: Case) -> frozenset[str]:
        """Ids that count as right: the gold ones, and the entry that the knowledge base shows for them."""
        gold = case.reference.diagnoses if case.reference else ()
        ids = self._matcher.knowledge.diseases.ids
        return frozenset((*gold, *(ids[i] for i in self._matcher.targets(case).exact.tolist())))

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases with a diagnosis, in the order of the files."""
        for path in paths:
            found = read_cases(path)
            yield from found.issues
            yield from (case for case in found.cases if case.reference and case.reference.diagnoses)

    def scorers(self) -> Sequence[Scorer]:
        """Right at rank 1, within rank 10, and the reciprocal of the rank."""
        return (
            _RankScorer("top1", lambda rank: float(rank <= 1), self),
            _RankScorer("top10", lambda rank: float(rank <= 10), self),
            _RankScorer("mrr", lambda rank: 1 / rank, self),
        )

    def metrics(self) -> Sequence[Metric]:
        """Their means."""
        return tuple(MeanScore(scorer) for scorer in self.scorers())


class _ConceptScorer:
    """F1 of the present findings of one document, as sets of HPO ids."""

    name = "document_f1"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; two empty sets agree."""
        gold = set(case.reference.accepted) if case.reference else set()
        right, extra, missed = text_to_hpo.counted(gold, set(chosen(attempt)))
        total = 2 * right + extra + missed
        parts = {"right": float(right), "extra": float(extra), "missed": float(missed)}
        return Score(total=2 * right / total if total else 1.0, parts=parts)


class Concepts:
    """``text-to-hpo``: documents and the HPO terms that experts annotated as present."""

    header = Header(
        name="text-to-hpo",
        title="HPO terms of clinical texts, by document",
        paper="Lobo et al. 2017, BioMed Research International 8565739 (GSC+), and others",
        licence="Of the texts; supplied by the user",
        form="text",
        layout="One annotated text a line: id, text, annotations with hpo_id.",
        systems=("00",),
    )

    @cached_property
    def _knowledge(self) -> Knowledge:
        return Knowledge.load()

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """A case for each document."""
        ontology = self._knowledge.ontology
        for path in paths:
            documents, issues = text_to_hpo.read(path)
            yield from issues
            for document in documents:
                marked = (
                    text_to_hpo.current_id(ontology, one.hpo_id) for one in document.annotations if not one.absent
                )
                found = tuple(sorted({name for name in marked if name is not None}))
                asked = Question("Which HPO terms does the patient have?", form="text")
                yield Case(id=document.id, text=document.text, question=asked, reference=Reference(accepted=found))

    def scorers(self) -> Sequence[Scorer]:
        """F1 of each document."""
        return (_ConceptScorer(),)

    def metrics(self) -> Sequence[Metric]:
        """Its mean over documents: macro, where `workup run` gives micro figures."""
        return (MeanScore(_ConceptScorer()),)


class Extracting:
    """An extractor of findings as a reasoner: answers with the ids of what is present."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def _knowledge(self) -> Knowledge:
        return Knowledge.load()

    @cached_property
    def _extractor(self) -> text_to_hpo.Extractor:
        return text_to_hpo.load_extractor(self.name, self._knowledge)

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        """Read the text of a case."""
        from workup.text.findings import status_of

        mentions = self._extractor(case.text or "")
        by_id: dict[str, list[object]] = {}
        for mention in mentions:
            name = text_to_hpo.current_id(self._knowledge.ontology, mention.id)
            if name is not None:
                by_id.setdefault(name, []).append(mention)
        present = tuple(sorted(name for name, own in by_id.items() if status_of(own) == "present"))  # type: ignore[arg-type]
        return Reasoning(reasoner=self.name, answer=Answer(level="list", text=", ".join(present), ids=present))


ADAPTED: Mapping[str, Callable[[], Benchmark]] = {"rare-disease": RankedDiseases, "text-to-hpo": Concepts}
"""By the name of the benchmark."""
