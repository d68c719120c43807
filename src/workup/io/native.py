"""Our own JSON: a :class:`~workup.case.Case` as :func:`~workup.case.to_json` writes it.

Example, one case::

    {"id": "p1", "sex": "female", "age": "P3Y",
     "findings": [{"id": "HP:0001250", "label": "Seizure"}, {"id": "HP:0000252", "status": "excluded"}]}

Read strictly: an unknown field or a wrong type makes the record unusable, as it was written by a program that
knows the type. Only what would be shown on a terminal (ids and labels) is tidied.
"""

from __future__ import annotations

from typing import Any

import msgspec

from workup.case import Case, Finding
from workup.errors import DataError
from workup.io.clean import Notes, clean_age, clean_id, clean_label, impossible_age, merge_repeats

FIELDS = frozenset(Case.__struct_fields__)
MAX_DEPTH = 64
"""Levels of lists and objects in what others add to a case."""

_DECODER = msgspec.json.Decoder(Case)


def is_native(record: dict[str, Any]) -> bool:
    """Whether the keys are those of a Case (an ``id`` at least)."""
    return "id" in record and record.keys() <= FIELDS


def decode_native(data: bytes, notes: Notes) -> Case:
    """Decode one case from JSON.

    Raises:
        msgspec.MsgspecError: It has not the shape of a Case.
        RecursionError: It nests too deeply.
    """
    return _tidy(_DECODER.decode(data), notes)


def read_native(record: dict[str, Any], notes: Notes) -> Case:
    """Turn a decoded JSON object into a case.

    Raises:
        DataError: A field is unknown, missing or of the wrong type; names it.
    """
    try:
        return _tidy(msgspec.convert(record, Case), notes)
    except msgspec.ValidationError as error:
        message, field = split_complaint(str(error))
        raise DataError(
            f"is not a case: {message}",
            path=notes.path,
            record=notes.record,
            field=field,
            remedy="see `workup schema case` for the fields and their types",
            code="wrong_type",
        ) from error
    except RecursionError as error:
        raise DataError(
            "nests too deeply to be a case",
            path=notes.path,
            record=notes.record,
            remedy="check how the file was made",
            code="nesting",
        ) from error


def split_complaint(complaint: str) -> tuple[str, str]:
    """Split msgspec's message into what is wrong and where.

    >>> split_complaint("Expected `str`, got `int` - at `$.findings[3].id`")
    ('expected str, got int', 'findings[3].id')
    """
    message, _, place = complaint.partition(" - at `$")
    field = place.rstrip("`").lstrip(".")
    message = message.replace("`", "")
    return message[:1].lower() + message[1:], field


def _tidy(case: Case, notes: Notes) -> Case:
    extras: list[tuple[str, dict[str, Any]]] = [
        ("provenance", case.provenance),
        ("extensions", case.extensions),
        ("question.extensions", case.question.extensions if case.question else {}),
        ("reference.extensions", case.reference.extensions if case.reference else {}),
        *((f"findings[{i}].extensions", f.extensions) for i, f in enumerate(case.findings) if f.extensions),
    ]
    for field, extra in extras:
        # What can just be decoded may be too deep to encode again from deeper in a program.
        if extra and _depth_over(extra, MAX_DEPTH):
            raise DataError(
                f"nests more than {MAX_DEPTH} levels",
                path=notes.path,
                record=notes.record,
                field=field,
                remedy="keep such data in a file of its own",
                code="nesting",
            )
    if not case.id.strip():
        raise DataError("has an empty id", path=notes.path, record=notes.record, field="id", remedy="name it")
    case_id = clean_label(case.id, notes, "id") or "case"
    findings = tuple(_tidy_finding(f, notes, i) for i, f in enumerate(case.findings))
    merged = merge_repeats(findings, notes)
    age = clean_age(case.age, notes, "age") if case.age is not None and impossible_age(case.age) else case.age
    if case_id == case.id and merged == case.findings and age == case.age:
        return case
    return msgspec.structs.replace(case, id=case_id, findings=merged, age=age)


def _tidy_finding(finding: Finding, notes: Notes, position: int) -> Finding:
    label = finding.label
    if finding.onset is not None and impossible_age(finding.onset):
        onset = clean_age(finding.onset, notes, f"findings[{position}].onset")
        finding = msgspec.structs.replace(finding, onset=onset)
    if finding.id.isprintable() and (label is None or label.isprintable()):
        if finding.id.startswith("HP:"):
            return finding
        name = clean_id(finding.id, notes, f"findings[{position}].id")
        return finding if name == finding.id or not name else msgspec.structs.replace(finding, id=name)
    name = clean_label(finding.id, notes, f"findings[{position}].id") or ""
    if not name:
        raise DataError(
            "holds a finding whose id shows nothing",
            path=notes.path,
            record=notes.record,
            field=f"findings[{position}].id",
            remedy="give the finding an HPO id",
            code="wrong_type",
        )
    return msgspec.structs.replace(
        finding,
        id=clean_id(name, notes, f"findings[{position}].id"),
        label=clean_label(label, notes, f"findings[{position}].label"),
    )


def _depth_over(value: object, limit: int) -> bool:
    """Whether lists and objects nest more than ``limit`` deep."""
    if not isinstance(value, dict | list):
        return False
    if limit == 0:
        return True
    members = value.values() if isinstance(value, dict) else value
    return any(_depth_over(member, limit - 1) for member in members)
