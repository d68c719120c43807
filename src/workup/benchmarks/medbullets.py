"""MedBullets and AfriMedQA: question sets whose texts may not be passed on, read from the user's own copy.

MedBullets: rows with ``question``, options as ``opa`` to ``ope`` or ``choicesA`` to ``choicesE`` (or ``options`` by
letter) and ``answer_idx`` (a letter). AfriMedQA: a table with ``sample_id``, ``question_type``, ``question``,
``answer_options`` (JSON text, ``{"option1": ...}``) and ``correct_answer`` (``option1``); only ``mcq`` rows with one
right answer are questions here.
"""

from __future__ import annotations

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import ChoiceBenchmark, choice_case, identifier
from workup.benchmarks.rows import Row
from workup.case import Case

_LETTERS = "ABCDE"


class MedBullets(ChoiceBenchmark):
    """Questions in the style of USMLE steps 2 and 3."""

    header = Header(
        name="medbullets",
        title="MedBullets",
        paper="Chen et al. 2024",
        licence="not redistributable; supply your own copy",
        form="choice",
        layout="Rows with question, options by letter (or opa to ope, or choicesA to choicesE) and answer_idx.",
        systems=("19",),
    )

    def case(self, row: Row) -> Case:
        """The case of one row in any of the three layouts of the options."""
        if "options" in row.values:
            return super().case(row)
        for style in ("op{}", "choices{}"):
            named = {letter: style.format(letter.lower() if style == "op{}" else letter) for letter in _LETTERS}
            # The version with four options leaves the fifth out or empty.
            options = {letter: row.text(field) for letter, field in named.items() if row.values.get(field)}
            if options:
                return choice_case(
                    row,
                    identifier=identifier(row, "id", "realidx"),
                    question=row.text("question"),
                    options=options,
                    answer=row.text("answer_idx"),
                )
        raise row.error("has no options", "options", "must have options, opa to ope, or choicesA to choicesE")


class AfriMedQA(ChoiceBenchmark):
    """Multiple-choice questions from African medical schools."""

    header = Header(
        name="afrimedqa",
        title="AfriMedQA (multiple choice)",
        paper="Olatunji et al. 2024",
        licence="CC BY-NC-SA; supply your own copy",
        form="choice",
        layout="A table with sample_id, question_type, question, answer_options (JSON text) and correct_answer.",
        systems=("19",),
    )

    def case(self, row: Row) -> Case:
        """The case of one row as released, or of one with ``answer_idx``."""
        if "answer_idx" in row.values:
            return super().case(row)
        if row.values.get("question_type", "mcq") != "mcq":
            raise row.error("is no multiple-choice question", "question_type", "leave it out")
        try:
            options = msgspec.json.decode(row.text("answer_options"), type=dict[str, str])
        except msgspec.MsgspecError as error:
            raise row.error("is no JSON object of texts", "answer_options", "keep the cell as released") from error
        keys = {key: letter for letter, key in zip("ABCDEFGHIJ", options, strict=False)}
        right = row.text("correct_answer")
        if right not in keys:
            raise row.error(f"is {right!r}", "correct_answer", f"must be one of {', '.join(keys)}")
        return choice_case(
            row,
            identifier=identifier(row, "sample_id"),
            question=row.text("question"),
            options={letter: options[key] for key, letter in keys.items()},
            answer=keys[right],
            kept=("specialty", "country"),
        )
