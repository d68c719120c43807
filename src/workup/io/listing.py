"""Plain lists of findings: ids or labels, as typed, pasted or given on the command line.

Rules, in order:

1. A line is one entry, unless it holds a separator: ``;``, ``|``, or a comma that has no blank after it. A
   comma with a blank after it belongs to the label (``Seizures, febrile``), unless an HPO id stands on either
   side of it or an exclusion mark follows. Double quotes protect everything inside.
2. ``#`` at the start of a line or after a blank begins a comment.
3. ``-`` or ``!`` before an entry says that the finding was looked for and is absent. When every one of
   several entries starts with a dash *and a blank*, they are bullets: nothing is excluded (with a warning).
4. ``HP:0001250 Seizure`` and ``Seizure (HP:0001250)`` are an id with its label. A status word is the status when it
   stands after an id (``HP:0001250 excluded``), after a tab or colon or in brackets (``Seizure: absent``), or third in
   a line of id, label and status; so is a word of negation right before an id (``no HP:0001250``).
5. A number with a dot or bracket before an entry (``1. Seizure``) is its place in the list.
6. An entry without an id is kept as a label: ``Finding(id="Seizure")``. The knowledge base resolves it.
"""

from __future__ import annotations

import re
from itertools import pairwise

from workup.case import Case, Finding, Status
from workup.errors import DataError
from workup.io.clean import Notes, clean_id, clean_text, find_ids, merge_repeats

STATUS_WORDS: dict[str, Status] = {
    **dict.fromkeys(("present", "yes", "true", "1", "+", "y", "observed", "positive"), "present"),
    **dict.fromkeys(
        ("excluded", "absent", "no", "false", "0", "-", "n", "negated", "negative", "not present"), "excluded"
    ),
    **dict.fromkeys(("unknown", "na", "n/a", "?", "not assessed"), "unknown"),
}
"""Words for a status in lists and tables, in lower case."""

MAX_ENTRY = 300
"""Characters; the longest name in HPO has under 250, so more is prose."""

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_QUOTED_OR_SEPARATOR = re.compile(r'"[^"]*"|[,;|]')
_NEGATION = re.compile(r"(?:no|not|without|denies|denied|absent|excluded)(?:\s*:)?(?:\s|$)", re.IGNORECASE)
_NUMBERED = re.compile(r"\d{1,3}[.)]\s+(?=\S)")
_WRITTEN = frozenset(word for word in STATUS_WORDS if len(word) > 3 or word in {"no", "yes"})
# "Seizure: absent", "Seizure (absent)", and a column after a tab, which is a status even as a mere sign.
_STATED = re.compile(
    r"(?P<name>.*\S)\s*(?::\s*|[(\[]\s*|\s[-\u2013\u2014]\s)(?P<word>{})\s*[)\]]?".format(
        "|".join(sorted(map(re.escape, _WRITTEN), key=len, reverse=True))
    ),
    re.IGNORECASE,
)


def read_list(text: str, notes: Notes, case_id: str) -> Case:
    """Read a list of findings as one case.

    Raises:
        DataError: No entry could be read.
    """
    lines = [
        (number, entries) for number, line in enumerate(text.splitlines(), 1) if (entries := _split(_uncommented(line)))
    ]
    dashed = [entry[:1] in _DASHES and entry[1:2].isspace() for _, entries in lines for entry in entries]
    bullets = len(dashed) > 1 and all(dashed)
    if bullets:
        notes.warning(
            "bullets",
            "every entry starts with a dash and a blank; these were read as bullets, the findings as present",
            remedy="put ! before a finding that is absent",
        )
    findings: list[Finding] = []
    for number, entries in lines:
        start = len(findings)
        if (row := _row(entries, notes, str(number))) is not None:
            findings.append(row)
            continue
        for entry in entries:
            status = STATUS_WORDS.get(entry.strip('" ').lower()) if len(findings) > start else None
            if status and entry.strip('" ').lower() in _WRITTEN:
                last = findings.pop()
                findings.append(Finding(last.id, last.label, status))
            else:
                findings.extend(_entry(entry[1:] if bullets else entry, notes, str(number)))
    if not findings:
        faults = [issue.message for issue in notes.issues if issue.severity == "error"]
        raise DataError(
            f"holds no findings ({faults[0]})" if faults else "holds no findings",
            path=notes.path,
            remedy="write one HPO id or label a line, e.g. HP:0001250",
            code="empty",
        )
    return Case(id=case_id, findings=merge_repeats(findings, notes))


def _row(entries: list[str], notes: Notes, record: str) -> Finding | None:
    """A line of a table without a header: id, label and status; None when it is no such line."""
    if len(entries) != 3 or max(map(len, entries)) > MAX_ENTRY:
        return None
    name, label, word = (clean_text(entry).strip("\"' ") for entry in entries)
    ids, status = find_ids(name), STATUS_WORDS.get(word.lower())
    if status is None or len(ids) != 1 or ids[0][0] != name or not label or find_ids(label):
        return None
    return Finding(clean_id(name, notes, f"line {record}"), label, status)


def _uncommented(line: str) -> str:
    for match in re.finditer(r"(?:^|(?<=\s))#", line):
        return line[: match.start()]
    return line


def _split(line: str) -> list[str]:
    """Cut a line into entries by rule 1."""
    cuts: list[int] = []
    begin = 0
    for match in _QUOTED_OR_SEPARATOR.finditer(line):
        position, sign = match.start(), match[0]
        if len(sign) > 1:
            continue
        # Only the nearest text decides, so that a line of any length takes time in proportion to it.
        before = line[max(begin, position - MAX_ENTRY) : position]
        if sign == "," and not _comma_splits(before, line[position + 1 : position + 1 + MAX_ENTRY]):
            continue
        cuts.append(position)
        begin = position + 1
    edges = [-1, *cuts, len(line)]
    pieces = (line[a + 1 : b].strip() for a, b in pairwise(edges))
    return [piece for piece in pieces if piece.strip("\"' \t*•·")]


def _comma_splits(before: str, after: str) -> bool:
    if not after[:1].isspace():
        return True
    after = after.lstrip()
    if after[:1] in {"!", *_DASHES} or after.partition(",")[0].strip().lower() in _WRITTEN:
        return True
    following = find_ids(after)
    if following and following[0].start() == 0:
        return True
    preceding = find_ids(before)
    return bool(preceding) and not before[preceding[-1].end() :].strip(" )]\"'")


def _entry(entry: str, notes: Notes, record: str) -> list[Finding]:
    if len(entry) > MAX_ENTRY:
        notes.error(
            "not_a_finding",
            f"{len(entry)} characters are prose rather than a finding",
            record=record,
            remedy="list the findings, one a line",
        )
        return []
    text = clean_text(entry)
    if text != " ".join(entry.split()):
        notes.info("control_characters", "control or invisible characters were taken out", record=record)
    text = text.lstrip("*•· ")
    if (place := _NUMBERED.match(text)) is not None:
        text = text[place.end() :]
    status: Status = "present"
    if text[:1] in {"!", *_DASHES} and text[:1]:
        status, text = "excluded", text[1:].lstrip()
    text, stated = _stated(entry, text.strip("\"' "))
    if stated is not None:
        # Two marks of absence on one finding are one said twice.
        status = stated if status == "present" else status
    ids = find_ids(text)
    if len(ids) == 1 and ids[0].start() > 0:
        label = text[: ids[0].start()].strip(" ([{,:-\"'")
        return [_with_id(ids[0], label, text[ids[0].end() :], status, notes, record)]
    if ids:
        found = []
        for i, match in enumerate(ids):
            end = ids[i + 1].start() if i + 1 < len(ids) else len(text)
            between = text[match.end() : end]
            # In "HP:0001250 -HP:0000252" the mark before the next id belongs to that id.
            mark = between[-1:] if i + 1 < len(ids) else ""
            if mark and mark in "!" + _DASHES:
                between = between[:-1]
            found.append(_with_id(match, "", between, status, notes, record))
            status = "excluded" if mark and mark in "!" + _DASHES else "present"
        return found
    if not text:
        return []
    _note_comma(text, notes, record)
    return [Finding(clean_id(text, notes, f"line {record}"), None, status)]


def _stated(entry: str, text: str) -> tuple[str, Status | None]:
    """An entry without the status that is written after its name, and that status."""
    last = entry.rstrip().rpartition("\t")[2].strip("\"' ")
    if "\t" in entry.strip() and (status := STATUS_WORDS.get(last.lower())) is not None:
        return text[: len(text) - len(last)].rstrip("\"' "), status
    match = _STATED.fullmatch(text)
    # After an id alone it is told by the rule for that.
    return (text, None) if match is None else (match["name"], STATUS_WORDS[match["word"].lower()])


def _note_comma(label: str, notes: Notes, record: str) -> None:
    if ", " in label:
        notes.info(
            "comma_in_label",
            f"{label[:80]!r} was read as one label",
            record=record,
            remedy="write separate findings on separate lines, or with ';' between",
        )


def _with_id(match: re.Match[str], before: str, after: str, status: Status, notes: Notes, record: str) -> Finding:
    own = Notes(notes.path, record)
    name = clean_id(match[0], own, "")
    notes.issues.extend(own.issues)
    rest = after.strip(" )]},:.-\t\"'")
    word = STATUS_WORDS.get(rest.lower()) if rest.lower() in _WRITTEN else None
    if word:
        status = "excluded" if status == "excluded" and word == "present" else word
        rest = ""
    if (negation := _NEGATION.fullmatch(before)) is not None:
        status, before = "excluded", ""
        notes.info("negation_in_words", f"{negation[0]!r} before {name} was read as: it is absent", record=record)
    last = rest.rpartition(" ")[2].lower()
    if status == "present" and (_NEGATION.match(before) or STATUS_WORDS.get(last) == "excluded"):
        before, rest = before or rest, ""
        notes.warning(
            "negation_in_words",
            f"{before!r} was read as present",
            record=record,
            remedy=f"if it is absent, write -{name}",
        )
    _note_comma(before or rest, notes, record)
    return Finding(name, before or rest or None, status)
