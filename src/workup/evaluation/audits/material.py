"""What an audit looks at: the attempts of a run with their cases, and original and variant as pairs.

A derived case carries in its provenance, under ``audit``, what it was made from and how; its id is
``case~perturbation~number``. The original and all its variants are attempts of one run.

>>> from workup.evaluation.audits.perturbations import vary
>>> from workup.simulate.vignettes import vignettes
>>> case = vignettes(1)[0]
>>> variant = vary(case, ["sex"]).variants[0]
>>> derived(case, variant).id
'vignette-0000~sex~0'
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.audits.variant import Edit, Expectation, Variant, stem
from workup.evaluation.score import Scorer
from workup.evaluation.scorers import RightAnswer, why_none

AUDIT = "audit"


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Where a derived case comes from; its provenance holds this.

    Attributes:
        original: Id of the case it was made from.
        perturbation: What was done.
        number: Which of several.
        expectation: What should follow.
        edits: Every change.
        target: Finding or option that it is about.
        expected: Right answers now, where a flip leads to a known one, as keys of the original.
        keys: Original key behind each option.
    """

    original: str
    perturbation: str
    number: int = 0
    expectation: Expectation = "must-hold"
    edits: tuple[Edit, ...] = ()
    target: str = ""
    expected: tuple[str, ...] = ()
    keys: dict[str, str] = {}


def derived(original: Case, variant: Variant) -> Case:
    """A variant as a case of its own, with the truth as it is now."""
    origin = Origin(
        original=original.id,
        perturbation=variant.perturbation,
        number=variant.number,
        expectation=variant.expectation,
        edits=variant.edits,
        target=variant.target,
        expected=variant.expected,
        keys=variant.keys,
    )
    reference = variant.case.reference
    if reference is not None and variant.expectation in ("must-flip", "open"):
        reference = msgspec.structs.replace(
            reference, answer=next(iter(variant.expected), None), accepted=variant.expected[1:]
        )
    return msgspec.structs.replace(
        variant.case,
        id=f"{original.id}~{variant.perturbation}~{variant.number}",
        reference=reference,
        provenance={**variant.case.provenance, AUDIT: msgspec.to_builtins(origin)},
    )


def origin_of(case: Case) -> Origin | None:
    """Where a derived case comes from; None for an original one."""
    found = case.provenance.get(AUDIT)
    return msgspec.convert(found, Origin) if found is not None else None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one case.

    Attributes:
        case: The case with its truth.
        attempt: The attempt.
        right: Whether the answer is right.
        answer: The answer, as a key of the original case; None when there is none.
        why: Why there is none.
        confidence: Stated or counted probability of the answer, 0-1; None when none is stated.
    """

    case: Case
    attempt: Attempt
    right: bool
    answer: str | None
    why: str = ""
    confidence: float | None = None

    @property
    def cluster(self) -> Hashable:
        """What the case is not independent of: its publication or cohort, else itself."""
        origin = origin_of(self.case)
        return self.case.publication or self.case.cohort or (origin.original if origin else self.case.id)


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The same case before and after."""

    original: Record
    variant: Record
    origin: Origin

    @property
    def changed(self) -> bool:
        """Whether another answer is given; to abstain is another answer, words that cannot be read are none."""
        return self.original.answer != self.variant.answer and self.variant.why != "unparsed"

    @property
    def held(self) -> bool:
        """Whether the same answer is given."""
        return self.original.answer == self.variant.answer


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the audits look at.

    Attributes:
        records: Attempts at original cases.
        pairs: Originals with their variants; neither attempt failed.
        failed: Attempts that failed, and are looked at by no audit.
    """

    records: tuple[Record, ...]
    pairs: tuple[Pair, ...]
    failed: int = 0

    def of(self, perturbation: str) -> list[Pair]:
        """The pairs of one perturbation, in the order of the cases."""
        return [pair for pair in self.pairs if pair.origin.perturbation == perturbation]


def material(cases: Mapping[str, Case], attempts: Iterable[Attempt], scorer: Scorer | None = None) -> Material:
    """Pair attempts with their cases, and variants with their originals.

    Of several epochs the first counts, so that each case weighs the same in every audit.

    Args:
        cases: Originals and variants by id.
        attempts: Attempts at them; one at an unknown case is an error of the caller.
        scorer: Whose full score means a right answer; by default the right option, label or diagnosis.
    """
    scorer = scorer or RightAnswer()
    found: dict[str, Record] = {}
    failed = 0
    for attempt in attempts:
        if attempt.key.epoch > 0:
            continue
        if attempt.reasoning is None:
            failed += 1
            continue
        case = cases[attempt.key.case_id]
        found[case.id] = _record(case, attempt, scorer)
    records, pairs = [], []
    for name, record in sorted(found.items()):
        origin = origin_of(record.case)
        if origin is None:
            records.append(record)
        elif (original := found.get(origin.original)) is not None:
            pairs.append(Pair(original=original, variant=found[name], origin=origin))
    return Material(records=tuple(records), pairs=tuple(pairs), failed=failed)


def _record(case: Case, attempt: Attempt, scorer: Scorer) -> Record:
    reasoning = attempt.reasoning
    assert reasoning is not None
    given = reasoning.answer
    answer: str | None = None
    confidence = None
    if given is not None:
        answer = given.ids[0] if given.ids else " ".join(given.text.casefold().split()) or None
        # Nothing states a probability of exactly nothing; 0 is what "not stated" looks like.
        confidence = given.probability or None
    origin = origin_of(case)
    if origin is not None and answer is not None:
        answer = origin.keys.get(answer, answer)
    return Record(
        case=case,
        attempt=attempt,
        right=scorer.score(case, attempt).total >= 1.0,
        answer=answer,
        why=why_none(attempt),
        confidence=confidence,
    )


def words(case: Case) -> str:
    """Everything that a case says in words: its text, the question and the options."""
    question = case.question
    parts = [case.text or ""]
    if question is not None:
        parts += [question.text, *question.options.values()]
    return "\n".join(parts)


def group_of(case: Case, by: str) -> str:
    """The subgroup of a case.

    Args:
        case: The case.
        by: ``sex``, ``age`` or a fact of its provenance.

    >>> group_of(Case(id="1", sex="female", age="P70Y"), "age")
    '65 and over'
    """
    if by == "sex":
        sex = case.sex
        if sex == "unknown":
            from workup.text.persons import read_person

            sex = read_person(stem(case)[1]).sex
        return str(sex)
    if by == "age":
        return _age_group(case)
    return str(case.provenance.get(by, "unknown"))


def _age_group(case: Case) -> str:
    from workup.text.ages import days
    from workup.text.persons import read_person

    age = case.age or read_person(stem(case)[1]).age
    lived = days(age) if age else None
    if lived is None:
        return "unknown"
    years = lived / 365.25
    return "under 18" if years < 17.99 else "18 to 64" if years < 64.99 else "65 and over"


def facts(material: Material, factors: Sequence[str]) -> dict[str, dict[str, str]]:
    """Group of each original case by factor; the words of a case are read once."""
    return {by: {record.case.id: group_of(record.case, by) for record in material.records} for by in factors}


def as_json(value: Any) -> bytes:
    """Indented JSON with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
