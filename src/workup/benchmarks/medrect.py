"""MedRECT and MEDEC: find the one medical error in a short clinical text, and correct it.

MedRECT: a list of ``{"sample_id", "sentences": "1. ...\\n2. ...", "error_flag", "error_type", "error_sentence_id",
"error_sentence", "corrected_sentence", "corrected_text"}``, sentences from 1. MEDEC: a table with ``Text ID``,
``Text``, ``Sentences``, ``Error Flag``, ``Error Type``, ``Error Sentence ID`` (from 0; -1 for none), ``Error
Sentence``, ``Corrected Sentence``, ``Corrected Text``.

A run of MEDIQA-CORR has one line a text: ``text-id flag sentence-id "text"``, -1 and NA for a text without an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.labels import LabelFigures, label_figures, ratio, wilson
from workup.evaluation.overlap import correction_scores
from workup.evaluation.score import Estimate, Metric, Score, Scorer
from workup.evaluation.scorers import MeanScore, RightAnswer, why_none
from workup.evaluation.stats import LEVEL, RESAMPLES, CaseDraws, Interval
from workup.knowledge.arrays import Array

NO_ERROR = "CORRECT"
CITATION = "MEDIQA-CORR rule, Ben Abacha et al. 2024; MedRECT"
_ASKED = (
    "One sentence of the text may hold a medical error. Answer CORRECT if none does, else the number of the sentence, "
    "a colon and the sentence as it should be."
)


class Found(msgspec.Struct, frozen=True):
    """What was said of one text.

    Attributes:
        flag: Whether it has an error; None when the answer could not be read.
        sentence: Id of the sentence as the data number it; "-1" for none.
        correction: The corrected sentence; empty when none was given.
    """

    flag: bool | None
    sentence: str = "-1"
    correction: str = ""


class ErrorScores(msgspec.Struct, frozen=True):
    """Detection and extraction of the errors of a set of texts.

    Attributes:
        n: Texts.
        flag_accuracy: Share of right flags, 0-1.
        flag_interval: Its Wilson interval.
        sentence_accuracy: Share of texts with the right sentence id, "none" included.
        sentence_interval: Its Wilson interval.
        sentence_accuracy_of_errors: The same among the texts with an error.
        detection: Figures of the flags, "error" and "correct". Always "error" has an F1 near 0.7, so that the accuracy
            belongs beside it.
    """

    n: int
    flag_accuracy: float
    flag_interval: Interval
    sentence_accuracy: float
    sentence_interval: Interval
    sentence_accuracy_of_errors: float
    detection: LabelFigures


def error_scores(gold: Sequence[Found], given: Sequence[Found | None]) -> ErrorScores | None:
    """Score flags and sentence ids by the rule of MEDIQA-CORR: ids are compared as strings, a missing text is wrong.

    Returns:
        None when there are no texts.

    >>> truth = [Found(True, "5"), Found(False)]
    >>> scores = error_scores(truth, [Found(True, "3"), Found(False)])
    >>> scores.flag_accuracy, scores.sentence_accuracy
    (1.0, 0.5)
    """
    flags = label_figures(
        [_flag(truth) or "" for truth in gold],
        [_flag(found) if found else None for found in given],
        classes=("error", "correct"),
    )
    if flags is None:
        return None
    right = [found is not None and found.sentence == truth.sentence for truth, found in zip(gold, given, strict=True)]
    of_errors = [hit for hit, truth in zip(right, gold, strict=True) if truth.flag]
    return ErrorScores(
        n=flags.n,
        flag_accuracy=flags.accuracy,
        flag_interval=flags.accuracy_interval,
        sentence_accuracy=sum(right) / flags.n,
        sentence_interval=wilson(sum(right), flags.n),
        sentence_accuracy_of_errors=ratio(sum(of_errors), len(of_errors)),
        detection=flags,
    )


def _flag(found: Found) -> str | None:
    return None if found.flag is None else "error" if found.flag else "correct"


def told(case: Case) -> Found:
    """What is true of a text."""
    answer = case.reference.answer or "" if case.reference else ""
    if answer == NO_ERROR:
        return Found(False)
    correction = case.reference.extensions.get("correction", "") if case.reference else ""
    return Found(True, answer, str(correction))


def said(attempt: Attempt) -> Found:
    """What an attempt says of it; nothing where its answer could not be read."""
    answer = attempt.reasoning.answer if attempt.reasoning else None
    if answer is None or not answer.ids:
        return Found(None)
    return Found(False) if answer.ids[0] == NO_ERROR else Found(True, answer.ids[0], answer.text)


class Detection:
    """1 when an error is seen where there is one, and none where there is none."""

    name = "detection accuracy"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; an answer that could not be read is wrong."""
        reason = why_none(attempt)
        return Score(total=float(told(case).flag == said(attempt).flag), notes=(reason,) if reason else ())


class CorrectionOverlap:
    """The corrected sentence by ROUGE-1 F; both "no error" 1, one of them 0. Neural measures are not run."""

    name = "correction composite (ROUGE-1)"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt, with ROUGE-2 and ROUGE-L as parts."""
        truth, found = told(case), said(attempt)
        japanese = case.question is not None and case.question.language == "ja"
        scores = correction_scores(
            [truth.correction if truth.flag else None],
            [found.correction if found.flag else None],
            read=[found.flag is not None],
            tokens="characters" if japanese else "rouge-score",
        )
        assert scores is not None
        reason = why_none(attempt)
        return Score(
            total=scores.composite["rouge1"],
            parts={name: scores.composite[name] for name in ("rouge2", "rougeL")},
            notes=(reason,) if reason else (),
        )


class DetectionF1:
    """F1 of the texts with an error; answering "error" always has about 0.7, so that accuracy belongs beside it."""

    name = "detection F1"

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """F1 over attempts, with a bootstrap interval over cases."""
        if not cases:
            return Estimate(metric=self.name, value=None, n=0, citation=CITATION)
        flags = [said(attempt).flag for attempt in attempts]
        wrong = np.array([told(case).flag is True for case in cases])
        seen, cleared = (np.array([flag is which for flag in flags]) for which in (True, False))

        def value(rows: Array) -> float:
            hits = int((wrong & seen)[rows].sum())
            # An answer that could not be read misses an error, and sees one where there is none.
            lost = int((wrong & ~seen)[rows].sum()) + int((~wrong & ~cleared)[rows].sum())
            return ratio(2 * hits, 2 * hits + lost)

        draws, random = CaseDraws([case.id for case in cases]), np.random.default_rng(seed)
        drawn = [value(draws.one(random)) for _ in range(RESAMPLES)]
        low, high = np.percentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        return Estimate(
            metric=self.name,
            value=value(np.arange(len(flags))),
            n=len(flags),
            interval=(float(low), float(high)),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=CITATION,
        )


class MedRECT:
    """Texts of MedRECT (English, Japanese) and of MEDEC."""

    header = Header(
        name="medrect",
        title="MedRECT and MEDEC",
        paper="MedRECT; Ben Abacha et al. 2025 (MEDEC)",
        licence="CC BY 4.0; supplied by the user",
        form="correction",
        layout="A list of texts with numbered sentences (MedRECT, from 1) or a table (MEDEC, from 0).",
        languages=("en", "ja"),
        systems=("40",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of the files, sentences numbered as the file numbers them."""
        yield from cases(paths, lambda row: _medec(row) if "Text ID" in row.values else _medrect(row))

    def scorers(self) -> Sequence[Scorer]:
        """Right sentence, or "no error" where there is none; whether an error is seen; the corrected sentence."""
        return (RightAnswer(), Detection(), CorrectionOverlap())

    def metrics(self) -> Sequence[Metric]:
        """The three scores of one output, and F1 of the errors seen."""
        return (
            MeanScore(RightAnswer(), name="extraction accuracy", citation=CITATION),
            MeanScore(Detection(), citation=CITATION),
            DetectionF1(),
            MeanScore(CorrectionOverlap(), citation=CITATION),
        )


def _medrect(row: Row) -> Case:
    text = row.text("sentences")
    wrong = _wrong(row, "error_flag")
    japanese = any("\u3040" <= letter <= "\u30ff" for letter in text)
    return _case(
        row,
        row.key("sample_id"),
        text,
        str(row.whole("error_sentence_id")) if wrong else NO_ERROR,
        row.text("corrected_sentence") if wrong else "",
        str(row.values.get("error_type") or ""),
        "ja" if japanese else "en",
    )


def _medec(row: Row) -> Case:
    wrong = _wrong(row, "Error Flag")
    return _case(
        row,
        row.key("Text ID"),
        row.text("Sentences"),
        str(row.whole("Error Sentence ID")) if wrong else NO_ERROR,
        row.text("Corrected Sentence") if wrong else "",
        str(row.values.get("Error Type") or ""),
        "en",
    )


_FLAGS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}


def _wrong(row: Row, field: str) -> bool:
    # True and 1.0 are what other programs make of a 1.
    flag = _FLAGS.get(str(row.values.get(field)).strip().casefold())
    if flag is None:
        raise row.error(f"is {str(row.values.get(field))[:40]!r}", field, "must be 0 or 1")
    return flag


def _case(row: Row, name: str, text: str, answer: str, correction: str, kind: str, language: str) -> Case:
    numbers = {line.split(maxsplit=1)[0].rstrip(".") for line in text.splitlines() if line.strip()}
    if answer != NO_ERROR and answer not in numbers:
        field = "Error Sentence ID" if "Error Sentence ID" in row.values else "error_sentence_id"
        raise row.error(f"sentence {answer} is not in the text", field, "keep the numbering as released")
    return Case(
        id=name,
        text=text,
        question=Question(_ASKED, form="correction", language=language),
        reference=Reference(answer=answer, extensions={"correction": correction}),
        provenance={"error_type": kind} if kind else {},
    )
