"""emrQA: questions about clinical notes that are answered with words of the note.

    {"data": [{"paragraphs": [{"context": "The patient takes ...", "qas": [{"id": "7", "question": "Which drug ...",
      "answers": [{"text": "aspirin", "answer_start": 18, "evidence": "..."}]}]}]}]}

That is the form most work uses. In the form first released the context is a list of lines, the question a list of
wordings (the first is asked), and an answer starts at a pair of line and token, which is not checked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from workup.benchmarks.rows import Row, rows
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.simulate.labelling import says_simulated


def questions(path: Path) -> Iterator[Case | Issue]:
    """Cases of a file in order; what is no question, and a second one of the same id, is an issue."""
    taken: set[str] = set()
    for item in _found(path):
        if isinstance(item, Issue):
            yield item
            continue
        row, context = item
        try:
            case = _asked(row, context)
            if case.id in taken:
                raise row.error(f"has the id {case.id!r} of an earlier question", "id", "give each question its own")
        except DataError as error:
            yield msgspec.structs.replace(error.issue, severity="error")
            continue
        taken.add(case.id)
        yield case


def _found(path: Path) -> Iterator[tuple[Row, str] | Issue]:
    """Questions with the note they are about; an article, note or question that is none is listed with its place."""
    number = 0
    for row in rows(path):
        if isinstance(row, Issue):
            yield row
            continue
        for article in _objects(row, "data"):
            for paragraph in [article] if isinstance(article, Issue) else _objects(article, "paragraphs"):
                asked = [paragraph] if isinstance(paragraph, Issue) else _objects(paragraph, "qas")
                for question in asked:
                    if isinstance(question, Issue):
                        yield question
                        continue
                    number += 1
                    name = _question_id(question) or f"{path.stem}-{number}"
                    assert isinstance(paragraph, Row)
                    yield msgspec.structs.replace(question, record=name), _context(paragraph)


def _objects(row: Row, field: str) -> Iterator[Row | Issue]:
    """The objects of a list within a record, each named by its place in it."""
    value = row.values.get(field)
    if not isinstance(value, list) or not value:
        yield _unusable(row.error("holds no list of objects", field, "give the file as released"))
        return
    for place, entry in enumerate(value, 1):
        record = f"{row.record}, {field} {place}"
        if isinstance(entry, dict):
            yield Row(row.path, record, entry)
        else:
            what = f"is a {type(entry).__name__}, not an object"
            yield _unusable(DataError(what, path=row.path, record=record, field=field, remedy="leave it out"))


def _unusable(error: DataError) -> Issue:
    return msgspec.structs.replace(error.issue, severity="error")


def _context(row: Row) -> str:
    """The note: a text, or its lines, which keep their ends or have lost them."""
    lines = row.values.get("context")
    if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
        return ("" if any(line.endswith("\n") for line in lines) else "\n").join(lines)
    return lines if isinstance(lines, str) else ""


def _question_id(row: Row) -> str:
    value = row.values.get("id")
    value = value[0] if isinstance(value, list) and value else value
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _asked(row: Row, context: str) -> Case:
    if not context.strip():
        raise row.error("its note is no text", "context", "give the notes as released")
    wordings = row.values.get("question")
    if isinstance(wordings, list) and wordings:
        # Wordings of one question, in its first form.
        row = msgspec.structs.replace(row, values={**row.values, "question": wordings[0]})
    question, answers = row.text("question"), row.values.get("answers")
    if not isinstance(answers, list) or not answers or not all(isinstance(one, dict) for one in answers):
        raise row.error("holds no answer", "answers", "must be a list of objects with text")
    texts = []
    for answer in answers:
        text, start = answer.get("text"), answer.get("answer_start")
        if not isinstance(text, str) or not text.strip():
            raise row.error("an answer has no text", "answers", "fill it in or leave the question out")
        if isinstance(start, str) and start.isdecimal():
            start = int(start)
        if isinstance(start, int) and not context.startswith(text, start):
            raise row.error(f"{text!r} does not stand at {start}", "answer_start", "give the notes as released")
        texts.append(text)
    return Case(
        id=row.record,
        text=context,
        question=Question(question, form="text"),
        reference=Reference(answer=texts[0], accepted=tuple(texts[1:])),
        provenance={"simulated": True} if says_simulated(row.values) else {},
    )
