"""The differential as a table of tab-separated values: one row per hypothesis and contribution.

Made for a spreadsheet, R or pandas. Numbers are written in full (``repr``), so that the weights of a disease
add up to its score again after reading; text cells are made safe for spreadsheets, which run what looks like
a formula (https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
import io
import math

from workup.reasoning import Hypothesis, Reasoning, Step
from workup.report.wording import clean, matched

COLUMNS = (
    "rank",
    "disease_id",
    "disease_label",
    "probability",
    "score",
    "kind",
    "finding",
    "finding_label",
    "weight",
    "likelihood_ratio",
    "matched_term",
    "matched_label",
    "relation",
    "frequency",
    "reference",
    "source",
)

# Full-width forms too: some spreadsheet versions fold them to the ASCII character.
_FORMULA_STARTS = tuple("=+-@|%＝＋－＠")


def safe_cell(text: str) -> str:
    """Make text safe for a spreadsheet: one line, no tabs, nothing that is taken for a formula.

    >>> safe_cell('=HYPERLINK("x")')
    '\\'=HYPERLINK("x")'
    >>> safe_cell("a\\tb")
    'a b'
    """
    line = clean(text)
    return f"'{line}" if line.startswith(_FORMULA_STARTS) else line


def to_tsv(reasoning: Reasoning) -> str:
    """Write the differential as tab-separated values with a header row.

    A hypothesis without contributions still gets one row, with the columns after ``score`` empty. ``weight``
    is the natural logarithm of ``likelihood_ratio``. A cell with a quotation mark is quoted as in CSV.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    for hypothesis in reasoning.differential:
        for step in hypothesis.contributions or (None,):
            writer.writerow(_row(hypothesis, step))
    return buffer.getvalue()


def _row(hypothesis: Hypothesis, step: Step | None) -> list[str]:
    head = [
        repr(hypothesis.rank),
        safe_cell(hypothesis.id),
        safe_cell(hypothesis.label),
        repr(hypothesis.probability),
        repr(hypothesis.score),
    ]
    if step is None:
        return head + [""] * (len(COLUMNS) - len(head))
    row = matched(step)
    text = (
        row["term"],
        row["term_label"],
        row["relation"],
        row["frequency"],
        row["reference"],
        row["source"],
    )
    return [
        *head,
        step.kind,
        safe_cell(step.finding or ""),
        safe_cell(step.label or step.claim),
        repr(step.weight),
        _exp(step.weight),
        *map(safe_cell, text),
    ]


def _exp(weight: float) -> str:
    # A double holds exp up to 709; beyond it the weight column still has the value.
    return repr(math.exp(weight)) if weight < 709 else "inf"
