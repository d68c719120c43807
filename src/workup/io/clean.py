"""Tidying what files say, and keeping the list of what was tidied.

Nothing is guessed: a value is repaired only when one reading is possible, and every repair becomes an issue.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from workup.case import Finding, Sex, Status
from workup.errors import DataError, Issue, Severity

# The spellings of HP:0001250 met in real files: HP_0001250, hp:0001250, HP0001250, HPO:0001250, the PURL, the address
# of a browser's page.
_HPO = re.compile(r"(?:https?://[\w.\-/#]{1,120}[/#])?\bhpo?[:_ \-]? ?(\d{7})(?!\w)", re.IGNORECASE)
_NEAR_HPO = re.compile(r"hpo?[:_]\s*\d+", re.IGNORECASE)

_ISO_AGE = re.compile(
    r"P(?=[\dT])(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?W)?(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?"
)
_GESTATION = re.compile(r"G\d{1,2}W(?:\d{1,2}D)?")
_SPOKEN_PART = r"(\d+(?:\.\d+)?)\s*({})"
_SPOKEN_AGE = re.compile(
    r"(?=\d)"
    + r"(?:\s*,?\s*(?:and\s+)?)".join(
        rf"(?:{_SPOKEN_PART.format(unit)})?"
        for unit in (r"years?|yrs?\.?|y", r"months?|mos?\.?|m", r"weeks?|wks?\.?|w", r"days?|d")
    )
    + r"(?:\s+old)?",
    re.IGNORECASE,
)
# The names of the onset terms in HPO, without the word "onset" that ends each of them.
_ONSET_NAMES = {
    "antenatal": "HP:0030674",
    "embryonal": "HP:0011460",
    "fetal": "HP:0011461",
    "congenital": "HP:0003577",
    "neonatal": "HP:0003623",
    "infantile": "HP:0003593",
    "childhood": "HP:0011463",
    "juvenile": "HP:0003621",
    "adult": "HP:0003581",
    "young adult": "HP:0011462",
    "middle age": "HP:0003596",
    "late": "HP:0003584",
}

MOST_YEARS = 130
"""No person has lived so long, so that an age beyond it is a slip."""
# Of gestation; children born too early are counted on for some weeks.
_MOST_WEEKS = 59

_SEXES: dict[str, Sex] = {
    "female": "female",
    "f": "female",
    "woman": "female",
    "girl": "female",
    "male": "male",
    "m": "male",
    "man": "male",
    "boy": "male",
    "other": "other",
    "other_sex": "other",
    "unknown": "unknown",
    "unknown_sex": "unknown",
    "u": "unknown",
    "": "unknown",
}

# Marks that show nothing but can disguise what is shown: directional overrides, zero-width space, others.
# Joiners (U+200C, U+200D) stay, as Persian and Indic spelling needs them.
_DISGUISE = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


# The richest real record has 493; more than this is a mistake of how the file was made.
MAX_FINDINGS = 10_000


def refuse_many(count: int, path: str, record: str) -> None:
    """Refuse a record with more findings than anybody writes down about one patient.

    Raises:
        DataError: ``count`` is over :data:`MAX_FINDINGS`.
    """
    if count > MAX_FINDINGS:
        raise DataError(
            f"has {count} findings, more than the {MAX_FINDINGS} that one patient may have",
            path=path,
            record=record,
            remedy="check how the file was made; write one record for each patient",
            code="too_large",
        )


class Notes:
    """Collects the issues of one record.

    Attributes:
        path: File of the record.
        record: Line number or id of the record.
        issues: What was noted so far.
    """

    def __init__(self, path: str, record: str = "") -> None:
        self.path = path
        self.record = record
        self.issues: list[Issue] = []

    def add(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        field: str = "",
        remedy: str = "",
        record: str = "",
    ) -> None:
        """Note one issue; ``record`` overrides the record's own name (a row within it, say)."""
        self.issues.append(
            Issue(
                message=message,
                remedy=remedy,
                severity=severity,
                code=code,
                path=self.path,
                record=record or self.record,
                field=field,
            )
        )

    def info(self, code: str, message: str, *, field: str = "", remedy: str = "", record: str = "") -> None:
        """Note what was rewritten or left unread without loss to the case."""
        self.add("info", code, message, field=field, remedy=remedy, record=record)

    def warning(self, code: str, message: str, *, field: str = "", remedy: str = "", record: str = "") -> None:
        """Note what was not used or contradicts itself."""
        self.add("warning", code, message, field=field, remedy=remedy, record=record)

    def error(self, code: str, message: str, *, field: str = "", remedy: str = "", record: str = "") -> None:
        """Note a part that had to be left out of the case."""
        self.add("error", code, message, field=field, remedy=remedy, record=record)


def clean_text(text: str) -> str:
    """Take control characters and invisible marks out of a label; runs of blanks become one space.

    >>> clean_text("Seiz\\x1b[31mure\\n  febrile\\u202e")
    'Seiz[31mure febrile'
    """
    if text.isprintable() and "  " not in text and text == text.strip():
        return text
    kept = "".join(
        " " if sign.isspace() else sign
        for sign in text
        if sign.isspace() or not (unicodedata.category(sign) in {"Cc", "Cs"} or sign in _DISGUISE)
    )
    return " ".join(kept.split())


def clean_label(text: str | None, notes: Notes, field: str) -> str | None:
    """A label fit to show, or None; notes it when more than blanks had to go."""
    if text is None or (text.isprintable() and text == text.strip()):
        return text or None
    cleaned = clean_text(text)
    if cleaned != " ".join(text.split()):
        notes.info("control_characters", "control or invisible characters were taken out", field=field)
    return cleaned or None


def clean_id(text: str, notes: Notes, field: str) -> str:
    """An ontology id in its canonical spelling; HPO ids are repaired, others only cleaned.

    >>> notes = Notes("a.txt")
    >>> clean_id("hp_0001250", notes, "line 1"), notes.issues[0].code
    ('HP:0001250', 'id_repaired')
    """
    if len(text) == 10 and text.startswith("HP:") and text.isascii() and text[3:].isdecimal():
        return text
    cleaned = clean_label(text, notes, field) or ""
    match = _HPO.fullmatch(cleaned)
    if match:
        repaired = f"HP:{match[1]}"
        if repaired != cleaned:
            notes.info("id_repaired", f"{cleaned} was read as {repaired}", field=field)
        return repaired
    if _NEAR_HPO.fullmatch(cleaned):
        notes.warning(
            "id_malformed",
            f"{cleaned} is not an HPO id",
            field=field,
            remedy="an HPO id is HP: and seven digits, e.g. HP:0001250",
        )
    return cleaned


def find_ids(text: str) -> list[re.Match[str]]:
    """All HPO ids in a text, in any spelling that :func:`clean_id` repairs."""
    return list(_HPO.finditer(text))


def clean_sex(value: str | None, notes: Notes, field: str) -> Sex:
    """Sex from the words in use; anything else is unknown and noted."""
    if value is None:
        return "unknown"
    key = clean_text(value).lower().replace(" ", "_")
    if key in _SEXES:
        return _SEXES[key]
    notes.warning(
        "sex",
        f"sex {clean_text(value)!r} is not understood",
        field=field,
        remedy="write female, male, other or unknown",
    )
    return "unknown"


def clean_age(value: str | None, notes: Notes, field: str) -> str | None:
    """Age as an ISO 8601 duration, gestational age or HPO onset class; anything else is noted and left out.

    An age that nobody reaches (over :data:`MOST_YEARS`) is left out too.

    >>> clean_age("18 months", Notes(""), "age"), clean_age("3 years and 2 months", Notes(""), "age")
    ('P18M', 'P3Y2M')
    >>> notes = Notes("")
    >>> clean_age("P900Y", notes, "age"), notes.issues[0].message
    (None, "age 'P900Y' is more than anybody reaches and was left out")
    """
    if value is None:
        return None
    text = clean_text(value)
    if not text:
        return None
    age = _as_age(text)
    if age is not None and impossible_age(age):
        notes.warning(
            "age",
            f"age {text[:60]!r} is more than anybody reaches and was left out",
            field=field,
            remedy="correct the number or its unit, e.g. P9Y or P9M",
        )
        return None
    if age is not None:
        if age != text and not _HPO.fullmatch(text):
            notes.info("age_rewritten", f"age {text!r} was read as {age}", field=field)
        return age
    notes.warning(
        "age",
        f"age {text[:60]!r} is not understood and was left out",
        field=field,
        remedy="write an ISO 8601 duration with its unit, e.g. P3Y6M or P10D",
    )
    return None


def _as_age(text: str) -> str | None:
    """What an age means, in the formats of :attr:`workup.case.Finding.onset`; None if it is not understood."""
    if (match := _HPO.fullmatch(text)) is not None:
        return f"HP:{match[1]}"
    if not text.isascii():
        return None
    for written in (text, text.upper()):
        if _ISO_AGE.fullmatch(written) or _GESTATION.fullmatch(written):
            return written
    if (match := _SPOKEN_AGE.fullmatch(text)) is not None:
        parts = match.groups()
        return "P" + "".join(f"{parts[i]}{parts[i + 1][0].upper()}" for i in range(0, len(parts), 2) if parts[i])
    return _ONSET_NAMES.get(text.lower().removesuffix("onset").rstrip(" -"))


def impossible_age(age: str) -> bool:
    """Whether an ISO 8601 duration is longer than a life, or a gestational age longer than a pregnancy.

    >>> [impossible_age(age) for age in ("P90Y", "P900Y", "P1560M", "P1600M", "G40W0D", "G90W", "HP:0003577")]
    [False, True, False, True, False, True, False]
    """
    if _GESTATION.fullmatch(age):
        return int(age[1:].partition("W")[0]) > _MOST_WEEKS
    if not _ISO_AGE.fullmatch(age):
        return False
    sizes = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}
    days, _, _ = age[1:].partition("T")
    return sum(float(number) * sizes[unit] for number, unit in re.findall(r"([\d.]+)([YMWD])", days)) > MOST_YEARS


def merge_repeats(findings: Iterable[Finding], notes: Notes) -> tuple[Finding, ...]:
    """Keep a finding that is listed twice with the same status once, at its first place.

    What only the later entry says (onset, severity, label, modifiers) is added to the first. A finding
    that is both present and excluded stays twice: which one holds is for the reasoner to judge.
    """
    first: dict[tuple[str, Status], Finding] = {}
    repeats: Counter[tuple[str, Status]] = Counter()
    for finding in findings:
        key = (finding.id, finding.status)
        known = first.setdefault(key, finding)
        if known is finding:
            continue
        first[key] = Finding(
            id=known.id,
            label=known.label or finding.label,
            status=known.status,
            onset=known.onset or finding.onset,
            severity=known.severity or finding.severity,
            modifiers=tuple(dict.fromkeys(known.modifiers + finding.modifiers)),
            system=known.system or finding.system,
            asked=known.asked and finding.asked,
            extensions={**finding.extensions, **known.extensions},
        )
        repeats[key] += 1
    for (term, status), count in repeats.items():
        again = "again" if count == 1 else f"{count} times more"
        notes.info("repeated_finding", f"{term} ({status}) is listed {again} and counted once")
    return tuple(first.values())


def note_empty(findings: tuple[Finding, ...], notes: Notes) -> None:
    """Warn when a case has no finding to reason from."""
    if not findings:
        notes.warning("no_findings", "has no findings", remedy="add phenotypic findings")
