"""A case: everything known about one patient, what is asked, and, kept apart, what is true.

>>> case = Case(id="p1", findings=(Finding("HP:0001250", label="Seizure"),), sex="female", age="P3Y")
>>> case.blinded().id
'blinded'
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal, TypeVar

import msgspec

Status = Literal["present", "excluded", "unknown"]
Sex = Literal["female", "male", "other", "unknown"]

_T = TypeVar("_T", bound=msgspec.Struct)


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One coded observation.

    Attributes:
        id: Ontology id as written in the source, e.g. ``HP:0001250``.
        label: The source's label, if it gave one.
        status: ``present``, ``excluded`` (looked for and absent) or ``unknown``.
        onset: Age at onset: an ISO 8601 duration (``P3M``), a gestational age (``G20W3D``) or an HPO onset
            class (``HP:0003593``).
        severity: HPO severity term id.
        modifiers: HPO modifier term ids.
        system: Body system in words (the HPO branch, e.g. ``Nervous system``); filled in by normalisation.
        spans: Where :attr:`Case.text` says so: character offsets, end exclusive.
        extensions: What others add; ignored by the built-in reasoners.
        asked: Whether it answers a question that was put because of the differential: its presence then counts
            in part for how often diseases show it, not only for how often it is reported in them.
    """

    id: str
    label: str | None = None
    status: Status = "present"
    onset: str | None = None
    severity: str | None = None
    modifiers: tuple[str, ...] = ()
    system: str | None = None
    spans: tuple[tuple[int, int], ...] = ()
    extensions: dict[str, Any] = {}
    asked: bool = False

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise ValueError("a finding needs an id")


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is asked about the case.

    Attributes:
        text: The question in words.
        options: Answer options by key, e.g. ``{"A": "...", "B": "..."}``; empty for an open question.
    """

    text: str
    options: dict[str, str] = {}
    extensions: dict[str, Any] = {}


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A reported variant, as the source writes it."""

    gene: str | None = None
    hgvs: str | None = None
    label: str | None = None
    zygosity: str | None = None


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is true (gold). Never seen by a reasoner.

    Attributes:
        diagnoses: Disease ids of the true diagnosis; any one of them counts as right.
        labels: Their names, in the same order (may be empty).
        answer: Right answer of a :class:`Question`, if the case has one.
        onset: Onset of the true disease, in the formats of :attr:`Finding.onset`.
        genes: Symbols of the causal genes.
        variants: Reported causal variants.
    """

    diagnoses: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    answer: str | None = None
    onset: str | None = None
    genes: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    extensions: dict[str, Any] = {}


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything known about one patient.

    Attributes:
        id: Identifier within the source.
        findings: Coded observations, in source order.
        sex: Sex as recorded.
        age: Age at last encounter, in the formats of :attr:`Finding.onset`.
        text: Free text of the case.
        candidate_genes: Gene symbols that the user wants considered (a panel, an exome's short list).
        question: What is asked; without one a diagnosis is.
        reference: The truth, if known; removed by :meth:`blinded`.
        title: Title of the source publication; removed by :meth:`blinded`.
        publication: Its id, e.g. ``PMID:123``; removed by :meth:`blinded`.
        cohort: Group of cases it was published in; removed by :meth:`blinded`.
        provenance: Facts about the record (file, curator's ontology release, leak flags); removed by
            :meth:`blinded`.
        extensions: What others add; removed by :meth:`blinded`, since anything could hide there.
    """

    id: str
    findings: tuple[Finding, ...] = ()
    sex: Sex = "unknown"
    age: str | None = None
    text: str | None = None
    candidate_genes: tuple[str, ...] = ()
    question: Question | None = None
    reference: Reference | None = None
    title: str | None = None
    publication: str | None = None
    cohort: str | None = None
    provenance: dict[str, Any] = {}
    extensions: dict[str, Any] = {}

    def blinded(self) -> Case:
        """Return what a reasoner may see: no gold, genes, variants, title, publication, cohort or id."""
        findings = tuple(
            msgspec.structs.replace(finding, extensions={}) if finding.extensions else finding
            for finding in self.findings
        )
        return Case(
            id="blinded",
            findings=findings,
            sex=self.sex,
            age=self.age,
            text=self.text,
            candidate_genes=self.candidate_genes,
            question=self.question,
        )

    def digest(self) -> str:
        """SHA-256 of the blinded case: equal for cases that a reasoner cannot tell apart."""
        return hashlib.sha256(to_json(self.blinded())).hexdigest()

    def with_status(self, status: Status) -> tuple[Finding, ...]:
        """Findings of one status, in source order."""
        return tuple(finding for finding in self.findings if finding.status == status)


def to_json(value: Any) -> bytes:
    """Encode any workup object as JSON; round trips exactly through :func:`from_json`."""
    return msgspec.json.encode(value)


def from_json(data: bytes | str, kind: type[_T]) -> _T:
    """Decode JSON into ``kind``.

    Raises:
        msgspec.ValidationError: The JSON does not have the shape of ``kind``; says where.

    >>> case = Case(id="p1", sex="male")
    >>> from_json(to_json(case), Case) == case
    True
    """
    return msgspec.json.decode(data, type=kind)
