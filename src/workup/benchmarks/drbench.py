"""DR.BENCH: six clinical tasks, all of them text to text; each file is told by its fields.

    MedNLI        JSON lines: sentence1, sentence2, gold_label, pairID
    plan          the tables of n2c2-plan: offsets with Relation, and notes (ROW_ID, TEXT)
    emrQA         {"data": [{"paragraphs": [{"context", "qas": [{"question", "answers": [{"text", ...}]}]}]}]}
    SOAP          a table of ROW ID, Begin, End, Section (Subjective, Objective, Assessment, Plan), into the same notes
    MedQA         JSON lines as MedQA; with ``passage`` it is open book
    summary       a table of File ID, Assessment, Summary (problems separated by ";"), S, O (or their long names)

A label that is written counts when it is one of the closed set, letter case and a full stop aside; anything else is
unparsed and wrong. The layout of SOAP and the column names of summaries are ours, as we have no released copy. Most
of the data are under agreements; :mod:`workup.simulate.clinical_twins` makes simulated files of all six.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup.benchmarks import emrqa
from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import choice_case, identifier
from workup.benchmarks.n2c2_plan import PlanRelation, note_id
from workup.benchmarks.rows import Row, cases, rows
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.names import plain
from workup.evaluation.judges.scoring import words_of
from workup.evaluation.labels import f_score, label_figures, ratio
from workup.evaluation.overlap import ROUGE_DEFINITION, rouge
from workup.evaluation.score import Estimate, Metric, Score, Scorer
from workup.evaluation.scorers import chosen, right_answers, why_none
from workup.evaluation.stats import LEVEL, RESAMPLES, CaseDraws

CITATION = "DR.BENCH, Gao et al. 2023, J Biomed Inform 138:104286"
NLI = ("entailment", "neutral", "contradiction")
# Rows looked at to tell what a file is.
_LOOKED_AT = 100
SOAP = ("Subjective", "Objective", "Assessment", "Plan")
TASKS = ("mednli", "plan", "emrqa", "soap", "medqa closed", "medqa open", "summary")
_ANSWER = re.compile(r"answer\s*:", re.IGNORECASE)


def written(text: str) -> str:
    """What a reply says after the last "Answer:", all of it when there is none."""
    return _ANSWER.split(text)[-1].strip()


def exact_label(text: str, labels: Sequence[str]) -> str | None:
    """The label that a text is, apart from letter case and what stands around it; None for anything else.

    >>> exact_label(" neutral. ", NLI), exact_label("neutral or contradiction", NLI)
    ('neutral', None)
    """
    said = text.casefold().strip(" \t\n.\"'*`")
    return next((label for label in labels if label.casefold() == said), None)


def problems(text: str) -> frozenset[str]:
    """Problems of a list, whatever their order, case and punctuation.

    >>> sorted(problems("Sepsis; Acute kidney injury;sepsis."))
    ['acute kidney injury', 'sepsis']
    """
    return frozenset(name for part in re.split(r"[;\n]", text) if (name := plain(part)))


def problem_f1(gold: str, given: str) -> float:
    """F1 of the sets of problems."""
    wanted, had = problems(gold), problems(given)
    return f_score(ratio(len(wanted & had), len(had)), ratio(len(wanted & had), len(wanted)))


def _label(case: Case, attempt: Attempt) -> str | None:
    """The label that an attempt gives; the words decide where there are any."""
    options = case.question.options if case.question else {}
    if attempt.raw and case.question and case.question.form == "label":
        return exact_label(written(attempt.raw), list(options))
    return next(iter(chosen(attempt)), None)


class TaskScore:
    """The measure of the case's task: right label, exact words, or ROUGE-L with the F1 of the problems beside it."""

    name = "task score"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt."""
        reason = why_none(attempt)
        task = case.provenance.get("task", "")
        words = written(words_of(attempt))
        gold = case.reference.answer or "" if case.reference else ""
        if task == "summary":
            found = rouge(gold, words)["rougeL"].f1
            parts = {"rougeL": found, "problem f1": problem_f1(gold, words)}
            return Score(total=found, parts=parts, notes=(reason,) if reason else ())
        if task == "emrqa":
            right = bool(words) and plain(words) in {plain(answer) for answer in right_answers(case)}
            return Score(total=float(right), notes=(reason,) if reason else ())
        label = _label(case, attempt)
        reason = reason or ("" if label else "unparsed")
        return Score(total=float(label in right_answers(case)), notes=(reason,) if reason else ())


class TaskMetric:
    """The figure of one task, with a bootstrap interval over its cases.

    Attributes:
        name: Task and figure.
    """

    def __init__(self, task: str, figure: str) -> None:
        self.task, self.figure = task, figure
        self.name = f"{task} {figure}"

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The figure over attempts, ``attempts[i]`` being one at ``cases[i]``; cases of other tasks, and
        those without a truth, are left out.
        """
        pairs = [
            (case, attempt)
            for case, attempt in zip(cases, attempts, strict=True)
            # A test file may withhold what is right; that is no class of its own.
            if case.provenance.get("task") == self.task and case.reference and case.reference.answer
        ]
        if not pairs:
            return Estimate(metric=self.name, value=None, n=0, citation=CITATION)
        scores = [TaskScore().score(case, attempt) for case, attempt in pairs]
        if self.figure == "macro-F1":
            rows_of: list[Any] = [
                ((case.reference.answer or "") if case.reference else "", _label(case, attempt))
                for case, attempt in pairs
            ]
        else:
            rows_of = [score.parts.get(self.figure, score.total) for score in scores]
        draws, random = CaseDraws([case.id for case, _ in pairs]), np.random.default_rng(seed)
        drawn = [self.value([rows_of[i] for i in draws.one(random).tolist()]) for _ in range(RESAMPLES)]
        low, high = np.percentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        notes = [note for score in scores for note in score.notes]
        counted = [f"{notes.count(note)} {note}, counted as wrong" for note in sorted(set(notes))]
        return Estimate(
            metric=self.name,
            value=self.value(rows_of),
            n=len(pairs),
            interval=(float(low), float(high)),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=CITATION,
            notes=(*counted, *([ROUGE_DEFINITION] if self.figure == "rougeL" else [])),
        )

    def value(self, some: Sequence[Any]) -> float:
        """The figure of some cases: pairs of true and given label for macro-F1, else scores."""
        if self.figure != "macro-F1":
            return float(sum(some) / len(some))
        gold = [truth for truth, _ in some]
        # Over the labels that are true of some case: a label that was only guessed is an error, and no class.
        figures = label_figures(gold, [given for _, given in some], classes=sorted(set(gold)))
        return figures.macro_f1 if figures else 0.0


class DrBench:
    """The six tasks; give any of their files."""

    header = Header(
        name="drbench",
        title="DR.BENCH",
        paper=CITATION,
        licence="data use agreements of MIMIC-III, i2b2 and n2c2, MedQA MIT; supplied by the user",
        form="text",
        layout="Files of MedNLI, n2c2 track 3 with its notes, emrQA, SOAP offsets, MedQA and problem summaries.",
        systems=("34",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of all files, in their order; tables of notes first, wherever they stand.

        Raises:
            DataError: A file has none of the layouts, or offsets come without notes.
        """
        kinds = {path: _kind(path) for path in paths}
        notes = [path for path in paths if kinds[path] == "notes"]
        for path in paths:
            kind = kinds[path]
            if kind == "notes":
                continue
            if kind == "plan":
                found: Iterator[Case | Issue] = PlanRelation().read([*notes, path])
            elif kind == "emrqa":
                found = emrqa.questions(path)
            elif kind == "soap":
                texts = _notes(notes)
                found = cases([path], lambda row, texts=texts: _soap(row, texts))  # type: ignore[misc]
            else:
                found = cases([path], {"mednli": _nli, "medqa": _medqa, "summary": _summary}[kind])
            for item in found:
                if isinstance(item, Case):
                    task = item.provenance.get("task", kind)
                    item = msgspec.structs.replace(
                        item, id=f"{kind}-{item.id}", provenance={**item.provenance, "task": task}
                    )
                yield item

    def scorers(self) -> Sequence[Scorer]:
        """The measure of each case's task."""
        return (TaskScore(),)

    def metrics(self) -> Sequence[Metric]:
        """A figure a task, and the F1 of problems beside ROUGE-L; no total over tasks."""
        return (
            TaskMetric("mednli", "accuracy"),
            TaskMetric("plan", "macro-F1"),
            TaskMetric("emrqa", "accuracy"),
            TaskMetric("soap", "accuracy"),
            TaskMetric("medqa closed", "accuracy"),
            TaskMetric("medqa open", "accuracy"),
            TaskMetric("summary", "rougeL"),
            TaskMetric("summary", "problem f1"),
        )


_FIELDS: Mapping[str, str] = {
    "TEXT": "notes",
    "NEW ROW ID": "notes",
    "sentence1": "mednli",
    "Assessment Begin": "plan",
    "data": "emrqa",
    "Section": "soap",
    "answer_idx": "medqa",
    "Summary": "summary",
}


def _kind(path: Path) -> str:
    # A broken record at the top is no reason to lose the file.
    for row in islice((row for row in rows(path) if isinstance(row, Row)), _LOOKED_AT):
        for field, kind in _FIELDS.items():
            if field in row.values:
                return kind
    raise DataError("is no file of DR.BENCH", path=str(path), remedy=f"it needs one of {', '.join(_FIELDS)}")


def _notes(paths: Sequence[Path]) -> dict[str, str]:
    found = {}
    for path in paths:
        for row in rows(path):
            if isinstance(row, Row) and "TEXT" in row.values:
                found[note_id(row)] = str(row.values["TEXT"])
    return found


def _labelled(labels: Sequence[str], text: str) -> Question:
    return Question(text, {label: label for label in labels}, "label")


def _nli(row: Row) -> Case:
    return Case(
        id=identifier(row, "pairID"),
        text=f"Premise: {row.text('sentence1')}\nHypothesis: {row.text('sentence2')}",
        question=_labelled(NLI, "Does the hypothesis follow from the premise?"),
        reference=Reference(answer=row.one_of("gold_label", NLI)),
    )


def _soap(row: Row, notes: Mapping[str, str]) -> Case:
    name, begin, end = row.key("ROW ID"), row.whole("Begin"), row.whole("End")
    note = notes.get(name)
    if note is None:
        raise row.error(f"there is no note {name}", "ROW ID", "give the table with ROW_ID and TEXT as well")
    if not begin < end <= len(note):
        raise row.error(
            f"the offsets {begin}-{end} do not lie in the note of {len(note)} characters",
            "Begin",
            "give the notes with their original line ends",
        )
    return Case(
        id=f"{name}-{begin}",
        text=note[begin:end],
        question=_labelled(SOAP, "Which part of a progress note is this line from?"),
        reference=Reference(answer=row.one_of("Section", SOAP)),
        # Lines of one note belong together.
        cohort=name,
    )


def _medqa(row: Row) -> Case:
    passage = row.text("passage") if row.values.get("passage") else None
    case = choice_case(
        row,
        identifier=identifier(row, "realidx", "id", "row"),
        question=row.text("question"),
        options=row.options(),
        answer=row.text("answer_idx"),
        text=passage,
    )
    task = "medqa open" if passage else "medqa closed"
    return msgspec.structs.replace(case, provenance={**case.provenance, "task": task})


# What the parts of a note are called; releases differ.
_PARTS = {
    "s": "S",
    "subjective": "S",
    "subjective sections": "S",
    "o": "O",
    "objective": "O",
    "objective sections": "O",
    "assessment": "Assessment",
}


def _summary(row: Row) -> Case:
    row.text("Assessment")
    own = {_PARTS.get(name.strip().casefold()): value for name, value in row.values.items()}
    parts = [f"{name}:\n{own[name]}" for name in ("S", "O", "Assessment") if own.get(name)]
    return Case(
        id=identifier(row, "File ID", "id"),
        text="\n\n".join(parts),
        question=Question("List the patient's problems, separated by semicolons.", form="text"),
        reference=Reference(answer=row.text("Summary")),
    )
