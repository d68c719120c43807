"""MedArabiQ (AraHealthQA 2025, track 2): Arabic medical questions with options, and open ones.

Seven CSV files, UTF-8 with a mark at the start. Options stand inside the question, one a line, "letter. text":

    Question,Answer,Category
    "ما العضو الذي يفرز الأنسولين؟
    أ. البنكرياس
    ب. الطحال",أ. البنكرياس,Anatomy

Files: multiple choice {Question, Answer, Category}; the same with bias {... Question with Bias, Bias Education};
fill-in {Question - Arabic, Answer - Arabic, Category}, with options or without; patient and doctor
{Question_description, Answer_details}, {Modified question description, Unmodified answer}, {GEC Question description,
GEC Answer details}. Letters are compared, never texts: the right letter's text has typing errors in the release, and a
real item offers one text twice. A cell of Bias Education holds the warning and the whole question after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import identifier
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.compare import paired_test
from workup.evaluation.parse.arabic import LETTERS, folded
from workup.evaluation.score import Estimate, Metric, Score, Scorer
from workup.evaluation.scorers import ACCURACY, MeanScore, RightAnswer

_LICENCE = "for internal non-commercial research, not redistributable; supply your own copy"
_PAPER = "AraHealthQA 2025, track 2 (MedArabiQ2025); vote: arXiv 2508.15797"
_OPTION = re.compile(r"^\s*\(?([ابجتدثهA-Ea-e])\s*[.)\-:]\s*(.*?)\s*$")
_BEHIND = re.compile(r"(?<=\s)[اA]\s*[.)]\s*(\S)")
_QUESTIONS = ("Question", "Question - Arabic")
_OPEN = {
    "Question_description": "Answer_details",
    "Modified question description": "Unmodified answer",
    "GEC Question description": "GEC Answer details",
    "Question - Arabic": "Answer - Arabic",
}


class MedArabiQ:
    """Arabic questions with options; those with bias come three times: plain, with bias, and with a warning of it."""

    header = Header(
        name="medarabiq",
        title="MedArabiQ (multiple choice)",
        paper=_PAPER,
        licence=_LICENCE,
        form="choice",
        layout="CSV with Question (options inside, one a line), Answer, Category; with bias also Question with Bias.",
        languages=("ar",),
        systems=("65",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases in the order of the files; the conditions of a question with bias follow each other by file."""
        listed: set[Issue] = set()
        taken: dict[str, Path] = {}
        for path in paths:
            for item in _conditions(path):
                if isinstance(item, Issue):
                    # What is wrong with a row is said once, not once a condition.
                    if item not in listed:
                        listed.add(item)
                        yield item
                elif (first := taken.setdefault(item.id, path)) != path:
                    yield _taken(item, path, first)
                else:
                    yield item

    def scorers(self) -> Sequence[Scorer]:
        """Right letter."""
        return (RightAnswer(),)

    def metrics(self) -> Sequence[Metric]:
        """Accuracy, also by category, and what bias takes away."""
        return (ACCURACY, MeanScore(RightAnswer(), name="accuracy by category", by="category"), BiasDelta())


class MedArabiQOpen:
    """Arabic questions that are answered in words."""

    header = Header(
        name="medarabiq-open",
        title="MedArabiQ (open questions)",
        paper=_PAPER,
        licence=_LICENCE,
        form="text",
        layout="CSV with a question and an answer in words: " + "; ".join(f"{q}, {a}" for q, a in _OPEN.items()) + ".",
        languages=("ar",),
        systems=("65",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases in the order of the files; bad records as issues."""
        yield from cases(paths, _open)

    def scorers(self) -> Sequence[Scorer]:
        """Shared characters: a neural score needs a model in Arabic, see :mod:`workup.evaluation.token_matching`."""
        return (SharedText(),)

    def metrics(self) -> Sequence[Metric]:
        """Mean of the score."""
        return (MeanScore(SharedText(), citation="Lin 2004, on characters"),)


class SharedText:
    """ROUGE-L over characters of the folded texts."""

    name = "rougeL-characters"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; no answer shares nothing."""
        from workup.evaluation.overlap import rouge

        answer = attempt.reasoning.answer if attempt.reasoning else None
        if answer is None or case.reference is None:
            return Score(total=0.0, notes=("no answer",))
        wanted, given = folded(case.reference.answer or "").text, folded(answer.text).text
        return Score(total=rouge(wanted, given, tokens="characters")["rougeL"].f1)


class BiasDelta:
    """Accuracy without bias minus accuracy with it, over the questions that were asked both ways.

    Its part ``recovered`` is the share of that loss which a warning of the bias wins back.
    """

    name = "bias delta"

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The difference over attempts, with a bootstrap interval over questions."""
        right: dict[str, dict[str, float]] = {}
        for case, attempt in zip(cases, attempts, strict=True):
            condition = str(case.provenance.get("condition", ""))
            question = str(case.provenance.get("question", case.id))
            right.setdefault(condition, {})[question] = RightAnswer().score(case, attempt).total
        plain, biased, warned = (right.get(name, {}) for name in ("plain", "bias", "warned"))
        test = paired_test("plain", "bias", plain, biased, seed=seed)
        if test is None:
            return Estimate(metric=self.name, value=None, n=0, notes=("no question was asked with bias",))
        parts = {}
        if test.difference and (warned_too := [name for name in plain if name in biased and name in warned]):
            won = sum(warned[name] - biased[name] for name in warned_too) / len(warned_too)
            parts["recovered"] = won / test.difference
        return Estimate(
            metric=self.name,
            value=test.difference,
            n=test.n,
            interval=test.interval,
            method=f"paired bootstrap over questions, {test.resamples} resamples, seed {seed}",
            parts=parts,
        )


def _conditions(path: Path) -> Iterator[Case | Issue]:
    yield from cases([path], lambda row: _choice(row, _question_field(row), "plain"))
    if _has(path, "Question with Bias"):
        yield from cases([path], lambda row: _choice(row, "Question with Bias", "bias"))
        yield from cases([path], lambda row: _choice(row, "Question with Bias", "warned"))


def _taken(case: Case, path: Path, first: Path) -> Issue:
    return DataError(
        f"has the id {case.id!r} of a question of {first}",
        path=str(path),
        record=str(case.provenance["question"]).removeprefix(f"{path.stem}-"),
        field="id",
        remedy="give the files names of their own",
    ).issue


def _has(path: Path, field: str) -> bool:
    from workup.benchmarks.rows import rows

    return any(field in row.values for row in rows(path) if isinstance(row, Row))


def _question_field(row: Row) -> str:
    return next((field for field in _QUESTIONS if field in row.values), _QUESTIONS[0])


def _split(row: Row, field: str) -> tuple[str, dict[str, str]]:
    """The question and its options, by Latin letter.

    Raises:
        DataError: Two options have one letter, or one has no text.
    """
    stem: list[str] = []
    options: dict[str, str] = {}
    for line in row.text(field).replace("\r", "\n").split("\n"):
        plain = folded(line)
        found = _OPTION.match(plain.text)
        letter = LETTERS.get(found[1], found[1].upper()) if found else ""
        if letter == "B" and not options and stem:
            # Two released questions have the first option behind the question, on its line.
            stem[-1], options = _first_option(stem[-1])
        # Options begin with the first letter; a dal before it is "Dr" in the question.
        if found and (options or letter == "A"):
            if letter in options:
                raise row.error(f"has two options {letter}", field, "letters of one order: alef ba jim dal ha, or A-E")
            # From the source, not from the folded text: the model reads what was written.
            options[letter] = line[plain.places[found.start(2)] :].strip() if found[2] else ""
        elif options and line.strip():
            last = next(reversed(options))
            options[last] = f"{options[last]} {line.strip()}".strip()
        elif line.strip():
            stem.append(line.strip())
    if blank := next((letter for letter, option in options.items() if not option), ""):
        raise row.error(f"option {blank} has no text", field, "fill it in or leave the record out")
    return "\n".join(stem), options


def _first_option(line: str) -> tuple[str, dict[str, str]]:
    """A line of the question without the first option that ends it, and that option; none when there is none."""
    plain = folded(line)
    places = list(_BEHIND.finditer(plain.text))
    if not places:
        return line, {}
    start, text = plain.places[places[-1].start()], plain.places[places[-1].start(1)]
    return line[:start].strip(), {"A": line[text:].strip()}


def _choice(row: Row, field: str, condition: str) -> Case:
    if condition == "warned":
        stem, options = _warned(row, field)
    else:
        stem, options = _split(row, field)
    if len(options) < 2:
        raise row.error("holds no options, one a line", field, "open questions belong to medarabiq-open")
    key = "Answer - Arabic" if "Answer - Arabic" in row.values else "Answer"
    found = re.match(r"\s*\(?([A-Ea-e])\b", folded(row.text(key)).text)
    letter = found[1].upper() if found else ""
    if letter not in options:
        raise row.error(f"begins with no letter of {', '.join(options)}", key, "must be: letter. text")
    name = identifier(row)
    provenance = {"category": str(row.values.get("Category") or ""), "condition": condition, "question": name}
    return Case(
        id=name if condition == "plain" else f"{name}-{condition}",
        question=Question(stem, options, language="ar"),
        reference=Reference(answer=letter, labels=(options[letter],)),
        provenance={**provenance, "options": len(options)},
    )


def _warned(row: Row, field: str) -> tuple[str, dict[str, str]]:
    """The question with the warning before it; the released warning ends with the question and its options."""
    stem, options = _split(row, "Bias Education")
    if len(options) > 1:
        return stem, options
    question, options = _split(row, field)
    return f"{stem}\n{question}", options


def _open(row: Row) -> Case:
    asked = next((field for field in _OPEN if field in row.values), None)
    if asked is None:
        raise row.error("has none of the columns of an open question", "", f"one of {', '.join(_OPEN)}")
    # Of the two files with these columns one has options; what a patient writes may number anything.
    if asked == _QUESTIONS[1] and len(_split(row, asked)[1]) > 1:
        raise row.error("holds options", asked, "questions with options belong to medarabiq")
    answer = row.text(_OPEN[asked])
    return Case(
        id=identifier(row),
        question=Question(row.text(asked).replace("\r", "\n"), form="text", language="ar"),
        reference=Reference(answer=answer),
        provenance={"category": str(row.values.get("Category") or "")},
    )
