"""Words to HPO terms: by name first, then by meaning, and nothing below a cosine of 0.8.

    Finding("Seizures")              ->  HP:0001250 Seizure      (a synonym)
    Finding("very tall and lanky")   ->  HP:0000098 Tall stature (nearest name, if its cosine is at least 0.8)

The original embeds with BioLORD; here it is the small encoder of :mod:`workup.retrieval.encoder`, which has never been
trained on medicine, so that it is an option. Only names that share a word with what is looked for are compared: to
encode all 40,000 takes minutes.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from workup.case import Case, Finding
from workup.errors import Issue
from workup.knowledge.hpo import Ontology
from workup.retrieval.bm25 import BM25
from workup.retrieval.dense import TextEncoder

LEAST = 0.8
"""Least cosine, as in the original."""

_COMPARED = 64


class TermMapper:
    """Finds the term that words mean. Shared between threads."""

    def __init__(self, ontology: Ontology, encoder: TextEncoder) -> None:
        self._ontology = ontology
        self._encoder = encoder
        names = [(ontology.label(term), term) for term in range(len(ontology)) if ontology.is_finding(term)]
        names += [(one.text, one.term) for one in ontology.synonyms() if ontology.is_finding(one.term)]
        self._names = names
        self._index = BM25.build((str(place), text) for place, (text, _) in enumerate(names))

    def nearest(self, words: str) -> tuple[int, float] | None:
        """The term whose name is nearest to some words, with the cosine; None when no name shares a word."""
        near = [self._names[int(hit.id)] for hit in self._index.search(words, _COMPARED)]
        if not near:
            return None
        vectors = self._encoder.encode([words, *(text for text, _ in near)])
        cosines = vectors[1:] @ vectors[0]
        best = int(cosines.argmax())
        return near[best][1], float(cosines[best])

    def map(self, case: Case, least: float = LEAST) -> tuple[Case, tuple[Issue, ...]]:
        """The case with findings that no name fits turned into the nearest terms, and what was done, told."""
        issues: list[Issue] = []
        findings = [self._mapped(finding, least, issues) for finding in case.findings]
        return msgspec.structs.replace(case, findings=tuple(findings)), tuple(issues)

    def _mapped(self, finding: Finding, least: float, issues: list[Issue]) -> Finding:
        if unnamed(finding, self._ontology) is None:
            return finding
        words = finding.label or finding.id
        found = self.nearest(words)
        if found is None or found[1] < least:
            return finding
        term, cosine = found
        told = f"{words!r} was taken for {self._ontology.label(term)} ({self._ontology.id(term)}), cosine {cosine:.2f}"
        issues.append(Issue(message=told, code="mapped", severity="info", field="findings"))
        return msgspec.structs.replace(finding, id=self._ontology.id(term), label=self._ontology.label(term))


def unnamed(finding: Finding, ontology: Ontology) -> Finding | None:
    """The finding when neither its id nor its label is a name of a term; else None."""
    known = any(ontology.resolve(text).terms for text in (finding.id, finding.label) if text)
    return None if known else finding


def named(lines: Sequence[str], ontology: Ontology) -> tuple[list[tuple[str, str]], list[str]]:
    """Lines that are a name or id of one term, as ``(id, label)``, and the lines that are not."""
    found: dict[str, str] = {}
    others = []
    for line in lines:
        terms = ontology.resolve(line).terms
        if len(terms) == 1 and ontology.is_finding(terms[0]):
            found[ontology.id(terms[0])] = ontology.label(terms[0])
        else:
            others.append(line)
    return list(found.items()), others
