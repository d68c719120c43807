"""Notes: free text about a patient, told apart from a list of findings, and kept as it is.

A list and a note can both be a ``.txt`` file. What decides are the lines: no name of a term contains "was", "she" or
"patient", ends a sentence or gives a measurement, and no sentence begins with an HPO id. A quarter of such lines
makes a note, unless there are as many lines with ids.
"""

from __future__ import annotations

import re

from workup.case import Case
from workup.errors import DataError
from workup.io.clean import Notes, find_ids
from workup.io.safe import decode_text

SUFFIXES = (".txt", ".md", ".text", ".note")
"""File names of text that may be a note."""

_LOOKED_AT = 100_000
_ENTRIES_LOOKED_AT = 200
# Hardly any of the 42,546 names and synonyms of HPO 2025-01-16 holds one of these words (a test counts them).
_PROSE_WORDS = (
    "is|was|were|had|he|she|his|her|they|patient|this|there|presented|presents|presenting|noted|who|reported|"
    "reports|denies|denied|we|also|been|boy|girl|father|yo|y/o|admitted|referred|follow-up|hx|pmh|hpi"
)
_PROSE = re.compile(
    rf"(?<![\w-])(?:{_PROSE_WORDS})(?![\w-])"
    r"|\d[ -]?(?:years?|months?|weeks?|days?|yrs?|y|mo)[ -]old"
    r"|\d ?(?:cm|kg|g|mg|ml|SD|mmHg|bpm|mmol/l|g/dl|mg/dl|u/l|iu/l)\b"
    r"|[^\W\d_]{2}[.!?][\"')]*\s+(?-i:[A-Z])\w"  # a sentence after a sentence
    r"|[。！？؟।]"
    r"|\w+\W+\w+\W+\w+[^.]*[.!?][\"')]*$"  # a line of at least three words that ends like a sentence
    r"|^\W*(?:\S+\s+){20}",  # more words than any name has
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^\W*(?:(?:chief|presenting) complaint|cc|history|hx|hpi|pmh|past|family|birth|social|physical|exam\w*|"
    r"labs?|laborator\w+|imaging|assessment|impression|plan|medications?|investigations?)\b[^:]{0,40}:",
    re.IGNORECASE,
)
# More bytes beyond ASCII than any western European text has.
_MOST_ACCENTED = 0.15
_MOST_CONTROL = 0.02


def looks_like_note(text: str) -> bool:
    """Whether a text is prose about a patient rather than a list of findings.

    >>> looks_like_note("Seizure\\n-HP:0000252\\nShort stature")
    False
    >>> looks_like_note("A 3-year-old girl with seizures. No short stature.")
    True
    """
    prose = listed = other = 0
    for line in text[:_LOOKED_AT].splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        # Only the beginning of an endless line decides, in bounded time.
        start = stripped[:2000]
        if _is_entry(start):
            listed += 1
        elif _HEADING.search(start) or _PROSE.search(start):
            prose += 1
        else:
            other += 1
    return prose > listed and 3 * prose >= other


def _is_entry(line: str) -> bool:
    """Whether a line begins or ends with an HPO id, as an entry of a list does."""
    ids = find_ids(line)
    if not ids:
        return False
    begins = not line[: ids[0].start()].strip("-!*•·\"' \t\u2010\u2011\u2012\u2013\u2014\u2212([")
    ends = not line[ids[-1].end() :].strip(" )].,;\"'") and len(line) <= 300
    return begins or (ends and len(ids) == 1 and not _PROSE.search(line[: ids[0].start()]))


def is_no_list(text: str, case: Case) -> bool:
    """Whether a text that was read as a list is a note after all: at most half of its lines name a finding.

    "Seizures, then ataxia", a note in a language that is not read, one cut into short lines: nothing of their style
    tells, but no list has so few names. Ids, marks of absence and lines without a letter are a list's own.

    Args:
        text: The text.
        case: What it is as a list.
    """
    if not case.findings or find_ids(text[:_LOOKED_AT]):
        return False
    # A form has "Seizures: no" and "Age: 3 years" as lines, so that there the names decide.
    if ":" not in text[:_LOOKED_AT] and any(one.status != "present" for one in case.findings):
        return False
    if not any(map(str.isalpha, text)):
        return False
    from workup.knowledge import Knowledge

    resolve = Knowledge.load().ontology.resolve
    named = sum(bool(resolve(finding.id).terms) for finding in case.findings[:_ENTRIES_LOOKED_AT])
    return 2 * named <= min(len(case.findings), _ENTRIES_LOOKED_AT)


def read_note(text: str, notes: Notes, case_id: str) -> Case:
    """A note as a case: its text, character by character, to be read by the reasoner.

    Raises:
        DataError: It holds no letter.
    """
    if not any(map(str.isalpha, text)):
        raise DataError(
            "is a note without any words", path=notes.path, remedy="write the findings into it", code="empty"
        )
    return Case(id=case_id, text=text)


def decode_loosely(data: bytes, notes: Notes) -> str:
    """Decode text that a person wrote: UTF-8, else what it most likely is, with a warning.

    A text that is mostly UTF-8 keeps its readable part; one with the few accented letters of a western European
    language is read as Windows-1252, of which Latin-1 is a part.

    Raises:
        DataError: It is binary, or in an encoding that would be a guess.
    """
    try:
        return decode_text(data, notes.path)
    except DataError as error:
        if error.issue.code != "encoding" or sum(byte < 32 and byte not in b"\t\n\r\f" for byte in data) > (
            _MOST_CONTROL * len(data)
        ):
            raise
        patched = data.decode(errors="replace")
        broken = patched.count("\ufffd")
        if broken <= sum(sign > "\x7f" for sign in patched) - broken:
            characters = "1 character is" if broken == 1 else f"{broken} characters are"
            notes.warning(
                "encoding",
                f"is not clean UTF-8; {characters} not readable and shown as \ufffd",
                remedy="export it again as UTF-8",
            )
            return patched
        if sum(byte > 127 for byte in data) > _MOST_ACCENTED * len(data):
            raise
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise error from None
        notes.warning(
            "encoding",
            "is not UTF-8; it was read as Windows-1252 (Latin-1)",
            remedy="if accented letters look wrong, save it as UTF-8",
        )
        return text
