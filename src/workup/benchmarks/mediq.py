"""MediQ: exam questions made interactive. The doctor sees the first sentence, the patient knows the rest.

Paper: Li et al. 2024 (NeurIPS; arXiv 2406.00922). Files ``all_dev_good.jsonl`` (MedQA, 1,272 rows) and
``all_craft_md.jsonl`` (dermatology, 140 rows), one object a line::

    {"id": 0, "question": "The mechanism of action of the medication given ...",
     "context": ["A 21-year-old sexually active male complains of fever, ...", "A culture of the joint fluid ..."],
     "options": {"A": "Gentamicin", ...}, "answer": "Ceftriaxone", "answer_idx": "C",
     "facts": ["1. Patient is a 21-year-old male.", ...], "patient": {"age": "21 years old", ...}}

``workup export RUN --to original`` writes results as the released code does::

    {"id": 0, "interactive_system": {"correct": true, "letter_choice": "C", "questions": [...], "answers": [...],
     "num_questions": 2, "intermediate_choices": ["B", "B", "C"], "temp_additional_info": [...]}, "info": {...}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import ChoiceBenchmark, choice_case
from workup.benchmarks.rows import Row
from workup.case import Case
from workup.evaluation.abstention import RiskCoverage
from workup.evaluation.attempt import Attempt
from workup.evaluation.dialogue import (
    QUESTIONS,
    TIMEOUTS,
    AccuracyByTurn,
    RepeatedQuestions,
    ShareOfTurns,
    ThresholdSweep,
    of_kind,
    positions,
)
from workup.evaluation.score import Metric
from workup.evaluation.scorers import ACCURACY, chosen, right_answers
from workup.models.model import Model, Sampling
from workup.reasoners.blocks.environment import Environment
from workup.reasoners.options import Options, options_of
from workup.simulate.interview import Interview
from workup.simulate.patients import REFUSAL, SYSTEM, TOLD, is_refusal, patient_of
from workup.simulate.record import Record, facts_of, first_of, sentences, unnumbered
from workup.text.likeness import CUT

_RECORD = "record"
_LAYOUT = "JSON lines with question, context (sentences), options by letter, answer_idx and facts (numbered)."


class PatientOptions(Options, frozen=True, kw_only=True):
    """Who is asked, and for how long.

    Attributes:
        patient: One of the four of the paper, or ``fact-match``, which needs no model.
        max_questions: Most questions.
        cut: ``fact-match``: share of a question's words that a fact must hold.
        temperature: How freely a model that plays the patient is drawn.
        top_p: From which share of the probability.
        reply_tokens: Longest reply of such a model.
        upstream_compatible: Look for ``atomic_facts`` alone, as the released patient does; its data call them
            ``facts``, so that it takes the record apart by itself.
    """

    patient: Literal["fact-match", "random", "direct", "instruct", "fact-select"] = "fact-match"
    max_questions: Annotated[int, Meta(ge=0, le=1000)] = 30
    cut: Annotated[float, Meta(gt=0, le=1)] = CUT
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.6
    top_p: Annotated[float, Meta(gt=0, le=1)] = 0.9
    reply_tokens: Annotated[int, Meta(ge=1)] = 50
    upstream_compatible: bool = False


class MediQ(ChoiceBenchmark):
    """Questions whose case must be asked for."""

    header = Header(
        name="mediq",
        title="MediQ (iMedQA and CRAFT-MD), interactive",
        paper="Li et al. 2024, NeurIPS, arXiv 2406.00922",
        licence="CC BY 4.0; supplied by the user",
        form="choice",
        layout=_LAYOUT,
        systems=("08",),
    )
    prompts: Mapping[str, object] = {"system": SYSTEM, **TOLD, "refusal": REFUSAL}

    def case(self, row: Row) -> Case:
        """The case of one row: its beginning as text, the rest as what the patient knows.

        Raises:
            DataError: The row cannot be used.
        """
        context = _context(row)
        given = row.values.get("initial_info")
        initial = given if isinstance(given, str) and given.strip() else first_of(context)
        facts = {name: _facts(row, name) for name in ("facts", "atomic_facts") if row.values.get(name)}
        case = choice_case(
            row,
            # Both released files count from 0.
            identifier=f"{Path(row.path).stem}-{row.values.get('id', row.record)}",
            question=row.text("question"),
            options=row.options(),
            answer=row.text("answer_idx"),
            text=self.shown(initial, context),
            extensions={"explanation": row.values["explanation"]} if row.values.get("explanation") else None,
        )
        record = {"initial": initial, "context": list(context), **facts}
        return msgspec.structs.replace(
            case,
            extensions={_RECORD: record},
            provenance={**case.provenance, "id": row.values.get("id", row.record), "source": Path(row.path).stem},
        )

    def shown(self, initial: str, context: Sequence[str]) -> str:
        """What the doctor sees at first."""
        return initial

    def metrics(self) -> Sequence[Metric]:
        """Accuracy first, then what it took, how certain it was, and what the patient had to put up with."""
        return (
            ACCURACY,
            QUESTIONS,
            TIMEOUTS,
            AccuracyByTurn(),
            RiskCoverage(),
            ThresholdSweep(),
            RepeatedQuestions(),
            ShareOfTurns("refused_replies", _refused),
            ShareOfTurns("supported_statements", _supported),
        )

    def setting(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of the patient, defaults included.

        Raises:
            UserError: One is unknown or out of range.
        """
        found: dict[str, Any] = msgspec.to_builtins(options_of("the patient", PatientOptions, given))
        return found

    def environment(self, case: Case, setting: Mapping[str, Any], *, model: Model | None, seed: int) -> Environment:
        """The patient of one case.

        Raises:
            UserError: It needs a model, and there is none.
        """
        options = msgspec.convert(
            {name: setting[name] for name in PatientOptions.__struct_fields__ if name in setting}, PatientOptions
        )
        record = record_of(case, released=options.upstream_compatible)
        sampling = Sampling(
            temperature=options.temperature,
            top_p=options.top_p,
            max_tokens=options.reply_tokens,
            seed=seed if options.temperature > 0 else None,
        )

        def patient() -> Any:
            return patient_of(options.patient, record, model=model, sampling=sampling, seed=seed, cut=options.cut)

        return Interview(case, record.initial, patient, options.max_questions)

    def original(self, case: Case, attempt: Attempt) -> dict[str, Any]:
        """One attempt as a row of the released code's results."""
        return result_row(case, attempt)


class MediQFull(MediQ):
    """The same with the whole record in sight: what asking could reach at best."""

    header = msgspec.structs.replace(
        MediQ.header, name="mediq-full", title="MediQ (iMedQA and CRAFT-MD), whole record shown"
    )

    def shown(self, initial: str, context: Sequence[str]) -> str:
        """Everything."""
        return " ".join(context)


def _context(row: Row) -> tuple[str, ...]:
    value = row.values.get("context")
    if isinstance(value, str):
        value = list(sentences(value))
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one.strip() for one in value):
        raise row.error("is no list of sentences", "context", "must be sentences, or one text")
    return tuple(one.strip() for one in value)


def _facts(row: Row, field: str) -> list[str]:
    value = row.values[field]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise row.error("is no list of facts", field, "must be texts, numbered or not")
    return [fact for one in value if (fact := unnumbered(one))]


def record_of(case: Case, *, released: bool = False) -> Record:
    """What the patient of a whole case knows; ``released``: without the facts that the released code does not find."""
    record = case.extensions.get(_RECORD, {})
    facts = record.get("atomic_facts") or (() if released else record.get("facts", ()))
    return Record(record.get("initial", ""), tuple(record.get("context", ())), tuple(facts))


def _refused(attempt: Attempt) -> tuple[int, int]:
    replies = of_kind(attempt, "reply")
    return sum(is_refusal(step.claim) for step in replies), len(replies)


def _supported(attempt: Attempt) -> tuple[int, int]:
    """Statements of the patient that its record holds, as far as words tell."""
    said = [proof.supported for step in of_kind(attempt, "reply") for proof in step.evidence]
    return sum(one is True for one in said), len(said)


def result_row(case: Case, attempt: Attempt) -> dict[str, Any]:
    """One attempt as a row of the released code's results; what was not read is None."""
    record = case.extensions.get(_RECORD, {})
    question, reference = case.question, case.reference
    letter = (chosen(attempt) or (None,))[0]
    questions = [step.claim for step in of_kind(attempt, "question")]
    found = positions(attempt)
    return {
        "id": case.provenance.get("id", case.id),
        "interactive_system": {
            "correct": letter in right_answers(case),
            "letter_choice": letter,
            "questions": questions,
            "answers": [step.claim for step in of_kind(attempt, "reply")],
            "num_questions": len(questions),
            "intermediate_choices": [one.answer for one in found],
            "temp_additional_info": [{"confidence": one.value} for one in found],
        },
        "info": {
            "initial_info": record.get("initial", ""),
            "correct_answer": reference.labels[0] if reference and reference.labels else None,
            "correct_answer_idx": reference.answer if reference else None,
            "question": question.text if question else "",
            "options": question.options if question else {},
            "context": record.get("context", []),
            "facts": record.get("facts", record.get("atomic_facts", [])),
        },
    }


def mediq_row(case: Case) -> dict[str, Any]:
    """Any case with options as a row of MediQ's files: sentences, the first of them to begin with, and facts.

    Where a set does not hold vignette and question apart, the last sentence is the question.

    Raises:
        ValueError: There is no question with options and one right answer, or no vignette.
    """
    question, reference = case.question, case.reference
    if question is None or len(question.options) < 2 or reference is None or reference.answer not in question.options:
        raise ValueError(f"case {case.id!r} is no question of choice with its answer")
    context = list(sentences(case.text or ""))
    asked = question.text
    if not context:
        *context, asked = sentences(question.text)
    if not context:
        raise ValueError(f"case {case.id!r} has no vignette to be asked about")
    return {
        "id": case.id,
        "question": asked,
        "context": context,
        "context_len": len(context),
        "initial_info": context[0],
        "options": question.options,
        "answer": question.options[reference.answer],
        "answer_idx": reference.answer,
        "facts": [f"{number}. {fact}" for number, fact in enumerate(facts_of(context), 1)],
        "patient": {"age": case.age or "", "gender": case.sex},
    }


def mediq_rows(cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    """Rows of the cases that can be made interactive, in order; the others are left out."""
    for case in cases:
        try:
            yield mediq_row(case)
        except ValueError:
            continue
