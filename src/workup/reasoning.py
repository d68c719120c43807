"""What a reasoner returns: steps with evidence, a ranked differential, an answer or a reason not to give one.

A likelihood ratio, an argument, a retrieved passage and a tool call are all :class:`Step` objects, so that one
report and one viewer show them all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from workup.case import Finding
from workup.errors import Issue
from workup.text.mention import Mention

_INFINITY = math.inf

EvidenceKind = Literal["finding", "annotation", "ontology", "passage", "measurement", "tool", "parameter"]
StepKind = Literal[
    "finding",  # a present finding weighed for one disease
    "excluded",  # an excluded finding weighed for one disease
    "missing",  # a finding expected in the disease and not reported in the patient
    "unexplained",  # a finding that no leading candidate explains
    "demographic",  # age, onset or sex
    "gene",  # candidate genes
    "prior",  # what holds before any finding is seen
    "misfit",  # a finding that does not fit, with what may have been meant
    "specific",  # a finding whose kind would separate the leading candidates
    "claim",  # anything stated in words
    "thought",  # what an agent says to itself before it acts
    "tool",  # a tool was called; the evidence is its result
    "passage",  # a passage was found or shown
    "question",  # what was asked of the patient, or of another agent
    "reply",  # what the patient, or the other agent, said
    "opinion",  # an agent's answer, with its reasons
    "vote",  # how answers were counted
    "argument",  # reasons for a decision, or for a belief that bears on one
    "draft",  # an answer before it was checked
    "verdict",  # a check of an earlier step
    "decision",  # what was chosen in the end, and why
]
Relation = Literal["attacks", "supports", "answers", "revises", "about"]
Level = Literal[
    "disease",
    "series",  # only the phenotypic series is supported
    "gene",  # only the gene is
    "none",
    "option",  # keys of the question's options
    "label",
    "number",
    "text",
    "list",  # free diagnoses, best first
]
QuestionKind = Literal["ask", "examine", "test"]


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """A pointer to something that can be looked up.

    Attributes:
        kind: What it points to.
        source: Where to look, e.g. ``phenotype.hpoa 2025-01-16, line 1234`` or ``PMID:31675180``.
        quote: The words or values found there.
        supported: Whether the quote was checked against the source and found there; None when not checkable.
        values: The machine-readable parts, e.g. ``{"disease": "OMIM:1", "term": "HP:1", "frequency": "1/2"}``.
        id: Handle by which words cite it, e.g. ``E3`` in "... [E3]"; empty where nothing cites it.
    """

    kind: EvidenceKind
    source: str
    quote: str = ""
    supported: bool | None = None
    values: Mapping[str, Any] = {}
    id: str = ""


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What one step has to do with another: an argument attacks one, a reply answers a question.

    Attributes:
        to: Id of the other step.
        relation: What this step does to it.
    """

    to: str
    relation: Relation


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """One claim with its evidence.

    Attributes:
        kind: What the step does.
        claim: The claim, in a clinician's words.
        finding: Id of the finding it is about, if any.
        label: Label of that finding.
        weight: Signed contribution to the hypothesis' score, natural-log units: positive speaks for it.
        evidence: What the claim rests on.
        id: Name of the step within the reasoning, for links; empty where nothing links to it.
        by: Who says it: an agent's role, the patient, a tool.
        turn: Round or turn in which it was said, from 1; 0 where there are no rounds.
        links: What it does to other steps.
        unread: Whether the words could not be read as what was asked for, so that a fallback stands in for them.
    """

    kind: StepKind
    claim: str
    finding: str | None = None
    label: str | None = None
    weight: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    id: str = ""
    by: str = ""
    turn: int = 0
    links: tuple[Link, ...] = ()
    unread: bool = False

    def __post_init__(self) -> None:
        # Thousands of steps are made: two comparisons are quicker than a call, and not-a-number fails both.
        if not -_INFINITY < self.weight < _INFINITY:
            raise ValueError("a step's weight must be finite")


class Hypothesis(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """One diagnosis of the differential.

    ``score`` is the sum of the weights of ``contributions`` (to 1e-6), ``probability`` the posttest
    probability in 0-1.

    Attributes:
        id: Disease id, e.g. ``OMIM:619340``.
        label: Its name.
        rank: 1 for the best; tied hypotheses share the expected rank of their block, hence a float.
        aliases: Other ids of the same disease, e.g. its ORPHA number.
        series: Name of its phenotypic series, if it has one.
        genes: Symbols of its known genes.
        missing: Expected findings that were not reported (``weight`` 0; see ``evidence`` for the frequency).
        unexplained: Ids of present findings that speak against this disease.
    """

    id: str
    label: str
    rank: float
    score: float
    probability: float
    contributions: tuple[Step, ...] = ()
    missing: tuple[Step, ...] = ()
    unexplained: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    series: str | None = None
    genes: tuple[str, ...] = ()
    extensions: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if not (math.isfinite(self.score) and math.isfinite(self.rank)):
            raise ValueError("score and rank must be finite")
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"probability {self.probability} is outside 0-1")


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """The answer at the level that the evidence supports.

    Attributes:
        level: ``disease``, or ``series`` or ``gene`` when only the group is supported; what kind of answer it is
            when a question was asked.
        text: The answer in words, e.g. "one of these five; separate them by gene panel".
        ids: The disease ids it stands for, most probable first; keys of options or labels when a question was asked.
        probability: Their joint posttest probability, or the confidence that was stated or counted.
    """

    level: Level
    text: str
    ids: tuple[str, ...] = ()
    probability: float = 0.0
    extensions: dict[str, Any] = {}


class Usage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """What the reasoning cost."""

    seconds: float = 0.0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """One disease before and after an answer.

    Attributes:
        id: Disease id.
        label: Its name.
        place_before: Its place before, from 1.
        before: Its posttest probability before, 0-1.
        after: Its posttest probability after, 0-1.
    """

    id: str
    label: str
    place_before: int
    before: float
    after: float


class AnswerEffect(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """What one answer to a question would do, as the engine has it when the answer is added to the case.

    Attributes:
        probability: How likely this answer is, 0-1.
        entropy: Entropy of the differential after it, in bits.
        unknown: Probability after it that the disease is not in the knowledge base.
        leader: Probability after it of the disease that led before.
        first: The first diseases after it.
    """

    probability: float
    entropy: float
    unknown: float
    leader: float
    first: tuple[Standing, ...] = ()


class Chance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """How likely a finding is in one disease."""

    id: str
    present: float


class NextQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """A finding worth looking for next.

    Attributes:
        finding: Its HPO id.
        label: Its label.
        kind: Whether it is asked, examined or tested.
        method: By what: history, examination, laboratory, imaging, histology or electrophysiology.
        cost: Cost class, 1 (a question) to 8 (tissue).
        reason: Why it is looked for in this way.
        gain: How much its answer is expected to lower the entropy of the differential, in bits, given the answers
            to the questions before it.
        present: Probability of the finding in each leading disease, the most probable disease first.
        background: Its probability in a disease whose annotations do not mention it.
        yes: What its presence would do.
        no: What its absence would do.
    """

    finding: str
    label: str
    kind: QuestionKind
    method: str
    cost: float
    reason: str
    gain: float
    present: tuple[Chance, ...]
    background: float
    yes: AnswerEffect
    no: AnswerEffect


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """Which of two diseases explains one finding.

    Attributes:
        finding: Id of the finding.
        label: Its label.
        explained_by: The id of the disease that explains it better; empty when neither makes it likelier.
        weights: Its log likelihood ratio in the first and in the second disease.
    """

    finding: str
    label: str
    explained_by: str
    weights: tuple[float, float]


class DiseasePair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """Two diseases that explain a case together.

    Attributes:
        ids: The two disease ids; the one that explains more comes first.
        labels: Their names.
        score: Score of both together, in the units of a hypothesis' score.
        advantage: That score minus the best single hypothesis', natural-log units; what a second disease costs is not
            yet taken off.
        shares: Which disease explains which finding.
    """

    ids: tuple[str, str]
    labels: tuple[str, str]
    score: float
    advantage: float
    shares: tuple[Share, ...] = ()


class Reasoning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """The one result type.

    Attributes:
        reasoner: Name of the reasoner.
        differential: Hypotheses, best first.
        answer: What is answered; None when abstained without an answer.
        abstained: Why no disease is named, in words; empty when one is.
        unknown_probability: Probability that the disease is not in the knowledge base, 0-1.
        steps: Claims about the case as a whole (unexplained findings, for instance).
        questions: What to look for next, best first; empty unless asked for.
        two_diseases: The two diseases that explain the case together, where that is clearly better than one;
            None otherwise, and unless asked for.
        findings: The findings as they were used, after normalisation.
        mentions: The places of :attr:`Case.text <workup.case.Case>` that the findings were read from.
        issues: Conflicts, rewrites and unread parts of the input.
        usage: Cost.
        versions: Versions of package, knowledge and sources; parameters that change results.
        candidates: Number of diseases ranked.
        text: The words of a model from which the answer was read; empty when nothing was read from words.
    """

    reasoner: str
    differential: tuple[Hypothesis, ...] = ()
    answer: Answer | None = None
    abstained: str = ""
    unknown_probability: float = 0.0
    steps: tuple[Step, ...] = ()
    questions: tuple[NextQuestion, ...] = ()
    two_diseases: DiseasePair | None = None
    findings: tuple[Finding, ...] = ()
    mentions: tuple[Mention, ...] = ()
    issues: tuple[Issue, ...] = ()
    usage: Usage = Usage()
    versions: dict[str, str] = {}
    candidates: int = 0
    text: str = ""
    extensions: dict[str, Any] = {}
