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
Form = Literal[
    "choice",  # one of the options
    "choices",  # every option that is right
    "label",  # one of a fixed set of labels, given as options
    "diagnosis",  # a free diagnosis or a ranked list of them
    "number",  # a value, with a unit if the question has one
    "text",  # a long answer in words
    "correction",  # which sentence is wrong, and what it should say
    "retrieval",  # a ranking of documents
    "rationale",  # a label with the reasons for it
]
Zygosity = Literal["heterozygous", "homozygous", "hemizygous", "unknown"]

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
        form: What kind of answer is wanted.
        language: BCP 47 tag of the language the answer is wanted in.
    """

    text: str
    options: dict[str, str] = {}
    form: Form = "choice"
    language: str = "en"
    extensions: dict[str, Any] = {}


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A reported variant, as the source writes it."""

    gene: str | None = None
    hgvs: str | None = None
    label: str | None = None
    zygosity: str | None = None


class Criterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One item that a judge looks for in an answer.

    Attributes:
        text: What a good (or, with negative points, a bad) answer does.
        points: What meeting it is worth.
        tags: Axis, level, theme.
    """

    text: str
    points: float = 1.0
    tags: tuple[str, ...] = ()


class ObservedVariant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A variant found in the patient, as the laboratory's file gives it; input, unlike :class:`Variant`.

    Attributes:
        gene: Gene symbol.
        zygosity: As called in the patient.
        consequence: Predicted consequence in the file's words, e.g. ``missense_variant``.
        significance: ClinVar's classification in the file's words, e.g. ``Likely_pathogenic``; empty if none.
        conditions: Diseases that the classification is for, in the file's words.
        name: HGVS expression, or position and change, e.g. ``15:48411093 C>T``.
        source: Where it stands, e.g. ``exome.vcf.gz, line 1312``.
    """

    gene: str
    zygosity: Zygosity = "unknown"
    consequence: str = ""
    significance: str = ""
    conditions: tuple[str, ...] = ()
    name: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not self.gene.strip():
            raise ValueError("an observed variant needs a gene")


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is true (gold). Never seen by a reasoner.

    Attributes:
        diagnoses: Disease ids of the true diagnosis; any one of them counts as right.
        labels: Their names, in the same order (may be empty).
        answer: Right answer of a :class:`Question`, if the case has one: the key of an option, a label, a number
            or the words.
        accepted: Further right answers; any one of them counts.
        rubric: What a judge looks for in a long answer.
        relevant: Gain of each relevant document, by its id.
        steps: Reasoning steps of a good answer, in order.
        onset: Onset of the true disease, in the formats of :attr:`Finding.onset`.
        genes: Symbols of the causal genes.
        variants: Reported causal variants.
    """

    diagnoses: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    answer: str | None = None
    accepted: tuple[str, ...] = ()
    rubric: tuple[Criterion, ...] = ()
    relevant: dict[str, float] = {}
    steps: tuple[str, ...] = ()
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
        variants: Variants found in the patient, given as input; the causal ones of the truth are in
            :attr:`reference`.
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
    variants: tuple[ObservedVariant, ...] = ()

    def blinded(self) -> Case:
        """Return what a reasoner may see: no gold (nor its genes and variants), title, publication, cohort or id.

        Genes and variants that the user gave as input stay.
        """
        findings = tuple(
            msgspec.structs.replace(finding, extensions={}) if finding.extensions else finding
            for finding in self.findings
        )
        question = self.question
        if question is not None and question.extensions:
            question = msgspec.structs.replace(question, extensions={})
        return Case(
            id="blinded",
            findings=findings,
            sex=self.sex,
            age=self.age,
            text=self.text,
            candidate_genes=self.candidate_genes,
            variants=self.variants,
            question=question,
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
