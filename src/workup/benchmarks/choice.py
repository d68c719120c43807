"""Multiple-choice question sets: what they share. Each set is a small file that says how a row is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import ACCURACY, RightAnswer


class ChoiceBenchmark:
    """A set of questions with options, one of which is right.

    Attributes:
        header: What it is.
        columns: Names of the columns, for released tables without a header line.
    """

    header: Header
    columns: Sequence[str] = ()

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases in the order of the files; bad records as issues."""
        yield from cases(paths, self.case, columns=self.columns)

    def case(self, row: Row) -> Case:
        """The case of one row.

        Raises:
            DataError: The row cannot be used.
        """
        return choice_case(
            row,
            identifier=identifier(row, "realidx", "id", "row"),
            question=row.text("question"),
            options=row.options(),
            answer=row.text("answer_idx"),
            kept=("meta_info", "subject", "category", "src"),
        )

    def scorers(self) -> Sequence[Scorer]:
        """Right option."""
        return (RightAnswer(),)

    def metrics(self) -> Sequence[Metric]:
        """Accuracy."""
        return (ACCURACY,)


def identifier(row: Row, *fields: str) -> str:
    """The first of some fields that identifies the row, else its place in the file."""
    for field in fields:
        value = row.values.get(field)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return f"{Path(row.path).stem}-{row.record}"


def choice_case(
    row: Row,
    *,
    identifier: str,
    question: str,
    options: Mapping[str, str],
    answer: str,
    text: str | None = None,
    kept: Sequence[str] = (),
    extensions: Mapping[str, Any] | None = None,
) -> Case:
    """A question with options as a case.

    Args:
        row: Where it was read.
        identifier: Id within the benchmark.
        question: The question, with the vignette where the set does not hold them apart.
        options: Options by key.
        answer: Key of the right option.
        text: Vignette or passage, where the set holds it apart.
        kept: Fields of the row to keep as provenance, where it has them.
        extensions: What belongs to the truth, such as an explanation.

    Raises:
        DataError: The answer is not among the options.
    """
    if answer not in options:
        raise row.error(
            f"the right answer {answer!r} is none of the options {', '.join(options)}",
            # As the released files call it.
            "answer_idx" if "answer_idx" in row.values else "answer",
            "give the key of an option, or leave the record out",
        )
    provenance = {field: row.values[field] for field in kept if row.values.get(field) not in (None, "")}
    return Case(
        id=identifier,
        text=text,
        question=Question(question, dict(options)),
        reference=Reference(answer=answer, labels=(options[answer],), extensions=dict(extensions or {})),
        # Four and five options are different tasks, so that every table can say which.
        provenance={**provenance, "options": len(options)},
    )
