"""Findings as a table: CSV or TSV with a header line, one finding a row, one or several cases.

Example::

    case_id,hpo_id,label,status,sex,age
    p1,HP:0001250,Seizure,present,F,P3Y
    p1,HP:0000252,Microcephaly,excluded,,
    p2,,Hearing impairment,,M,40 years

The delimiter is the one of comma, tab, semicolon and bar that gives the most known columns. An empty status
means present, unless the column is called ``present`` or ``observed``: then it is unknown. Rows of a case
need not stand together. Columns that are not known are listed as not used.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import msgspec

from workup.case import Case, Finding, Status
from workup.errors import DataError
from workup.io.clean import (
    Notes,
    clean_age,
    clean_id,
    clean_label,
    clean_sex,
    clean_text,
    find_ids,
    merge_repeats,
)
from workup.io.flat import clean_field
from workup.io.listing import STATUS_WORDS

_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("hpo_id", "hpoid", "hpo", "hpo_code", "hpo_term_id", "term_id", "phenotype_id", "hp_id", "id"),
    "label": (
        "label",
        "term",
        "hpo_label",
        "hpo_term",
        "hpo_name",
        "term_label",
        "phenotype",
        "finding",
        "feature",
    ),
    "status": ("status", "present", "observed", "excluded", "negated"),
    "onset": ("onset", "age_of_onset", "onset_age", "age_at_onset"),
    "severity": ("severity",),
    "case": (
        "case_id",
        "case",
        "patient_id",
        "patient",
        "subject_id",
        "subject",
        "individual_id",
        "individual",
    ),
    "sex": ("sex", "gender"),
    "age": ("age", "age_last", "age_at_last_encounter", "age_years", "age_months", "age_days"),
}
_DELIMITERS = ",\t;|"


class _Row(msgspec.Struct):
    line: int
    cells: dict[str, str]


def columns_of(header: list[str]) -> dict[str, int]:
    """Match header cells to the columns known here: role -> position. The first name in the list wins.

    >>> columns_of(["Patient ID", "HPO-ID", "Status", "Comment"])
    {'id': 1, 'status': 2, 'case': 0}
    """
    names = [_name(cell) for cell in header]
    found: dict[str, int] = {}
    for role, known in _COLUMNS.items():
        for name in known:
            if name in names:
                found[role] = names.index(name)
                break
    # With another column for the term, a plain "id" is the patient's.
    if "case" not in found and "id" in names and found.get("id") != names.index("id"):
        found["case"] = names.index("id")
    return found


def sniff_delimiter(line: str) -> str | None:
    """The delimiter that makes ``line`` a header with a column of terms; None when it is no header."""
    best, most = None, 0
    line = (line.splitlines() or [""])[0]
    for delimiter in _DELIMITERS:
        try:
            found = columns_of(next(csv.reader([line], delimiter=delimiter), []))
        except csv.Error:  # a cell beyond the csv module's limit: no header
            continue
        if ("id" in found or "label" in found) and len(found) > most:
            best, most = delimiter, len(found)
    # One known column could be a finding that happens to be called "Term"; as a bare header it must be plain.
    if most == 1 and len(line.split(best or ",")) == 1 and _name(line) not in {*_COLUMNS["id"], "term", "label"}:
        return None
    return best


def read_table(text: str, notes: Notes, case_id: str) -> list[Case]:
    """Read all cases of a table, in order of their first rows.

    Raises:
        DataError: It has no header with a column of terms, broken quotes, or no usable row.
    """
    lines = text.splitlines(keepends=True)
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("#")):
        lines = lines[1:]
    skipped = len(text.splitlines()) - len(lines)
    delimiter = sniff_delimiter(lines[0].strip("\r\n")) if lines else None
    if delimiter is None:
        raise DataError(
            "has no header line with a column of findings",
            path=notes.path,
            remedy="name the columns in the first line, e.g. case_id,hpo_id,label,status",
            code="header",
        )
    groups: dict[str, list[_Row]] = {}
    for row in _rows("".join(lines), delimiter, skipped, notes):
        name = clean_label(row.cells.get("case"), notes, "case_id") or case_id
        groups.setdefault(name, []).append(row)
    if not groups:
        raise DataError("has a header but no usable rows", path=notes.path, remedy="add rows", code="empty")
    return [_case(name, rows, notes) for name, rows in groups.items()]


def _rows(text: str, delimiter: str, skipped: int, notes: Notes) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(reader)
        columns = columns_of(header)
        names = {role: _name(header[position]) for role, position in columns.items()}
        unused = [clean_field(cell) for i, cell in enumerate(header) if i not in columns.values() and cell.strip()]
        if unused:
            notes.warning("not_used", f"columns not used: {', '.join(unused)}", remedy="rename them if they matter")
        for cells in reader:
            line = reader.line_num + skipped
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                notes.error(
                    "row_length",
                    f"has {len(cells)} cells but the header has {len(header)}; it was not used",
                    record=str(line),
                    remedy="put double quotes around a cell that holds the delimiter",
                )
                continue
            values = {role: cells[at].strip() for role, at in columns.items() if at < len(cells)}
            values["status_column"] = names.get("status", "")
            values["age_column"] = names.get("age", "")
            yield _Row(line, values)
    except csv.Error as error:
        raise DataError(
            f"cannot be read as a table ({error})",
            path=notes.path,
            record=str(reader.line_num + skipped),
            remedy="check the double quotes",
            code="table",
        ) from error


def _case(name: str, rows: list[_Row], notes: Notes) -> Case:
    findings: list[Finding] = []
    said: dict[str, str] = {}
    for row in rows:
        own = Notes(notes.path, str(row.line))
        for key in ("sex", "age"):
            value = row.cells.get(key, "")
            if value and said.setdefault(key, value) != value:
                own.warning(
                    "contradiction",
                    f"{key} {clean_text(value)[:40]!r} differs from {clean_text(said[key])[:40]!r} in an "
                    f"earlier row of {name}, which was kept",
                    field=key,
                )
        finding = _finding(row, own)
        notes.issues.extend(own.issues)
        if finding is not None:
            findings.append(finding)
    own = Notes(notes.path, name)
    age = said.get("age")
    unit = rows[0].cells["age_column"].partition("_")[2]
    if age and unit in {"years", "months", "days"} and age.isascii() and age.replace(".", "", 1).isdigit():
        age = f"P{age}{unit[0].upper()}"
    case = Case(
        id=name,
        findings=merge_repeats(findings, own),
        sex=clean_sex(said.get("sex"), own, "sex"),
        age=clean_age(age, own, "age"),
    )
    notes.issues.extend(own.issues)
    return case


def _finding(row: _Row, notes: Notes) -> Finding | None:
    cells = row.cells
    name = clean_id(cells.get("id", ""), notes, "id")
    label = clean_label(cells.get("label"), notes, "label")
    if not name and label:
        written = find_ids(label)
        name = clean_id(written[0][0], notes, "label") if written and written[0][0] == label else label
        label = None
    if not name:
        # A row may state sex and age alone.
        if not (cells.get("sex") or cells.get("age")):
            notes.error("no_id", "has no finding; it was not used", remedy="fill in the HPO id or the label")
        return None
    status = _status(cells, notes)
    if status is None:
        return None
    return Finding(
        id=name,
        label=label,
        status=status,
        onset=clean_age(cells.get("onset"), notes, "onset"),
        severity=clean_id(cells["severity"], notes, "severity") if cells.get("severity") else None,
    )


def _status(cells: dict[str, str], notes: Notes) -> Status | None:
    column = cells["status_column"]
    word = clean_text(cells.get("status", "")).lower()
    if not word:
        return "unknown" if column in {"present", "observed"} else "present"
    status = STATUS_WORDS.get(word)
    if status is None:
        notes.error(
            "status",
            f"status {word[:40]!r} is not understood; the row was not used",
            field=column,
            remedy="write present, excluded or unknown",
        )
        return None
    # "yes" in a column called "excluded" means excluded; "excluded" there means it too.
    if column in {"excluded", "negated"} and word not in {
        "excluded",
        "absent",
        "present",
        "negated",
        "observed",
    }:
        return {"present": "excluded", "excluded": "present", "unknown": "unknown"}[status]  # type: ignore[return-value]
    return status


def _name(cell: str) -> str:
    return "_".join(cell.strip().lower().replace("-", " ").replace("_", " ").split())
