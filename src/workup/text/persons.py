"""Who the patient is: age, sex and onset, with the words that say so.

>>> person = read_person("A 3-year-old girl has had seizures since age 6 months. Her 30-year-old mother is well.")
>>> person.age, person.sex, person.onset
('P3Y', 'female', 'P6M')
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from workup.case import Sex
from workup.errors import Issue
from workup.text import onsets
from workup.text.ages import AGE, NUMBER, duration
from workup.text.cues import MEMBERS
from workup.text.document import Document
from workup.text.mention import Mention
from workup.text.onsets import Onset
from workup.text.words import small_letters

READ_AT_MOST = 200_000
"""Characters of a note that age and sex are looked for in; patients are introduced early."""
PRONOUNS_AT_MOST = 40
"""How many pronouns are counted for the sex."""

_FEMALE = r"girl|woman|female|lady|daughter|gentlewoman|schoolgirl|primigravida|housewife|mother of"
_MALE = r"boy|man|male|gentleman|son|schoolboy|father of"
_EITHER = (
    r"infant|baby|child|patient|newborn|neonate|toddler|adolescent|teenager|adult|student|individual|person|preterm|"
    r"proband|fetus|foetus"
)
_KIN = "|".join(sorted(MEMBERS, key=len, reverse=True))
_FILL = r"(?:[ \t\r\n-]+(?!(?:with|who|and|has|presents|has|is|was|of|to|in)\b)[A-Za-z][\w'’/-]*){0,5}?"

_YEAR_OLD = re.compile(
    rf"(?<![\w.])(?P<count>{NUMBER})(?:[ \t\r\n-]{{1,2}})?(?P<unit>years?|yrs?|y|months?|mos?|mo|m|weeks?|wks?|wk|"
    rf"w|days?|d)\.?"
    rf"(?:[ ,]+(?:and[ ])?(?P<count2>{NUMBER})[- ]?(?P<unit2>months?|mos?|m|weeks?|days?))?"
    r"[ \t\r\n/-]{0,2}(?:of[ -]age|old|o\b\.?)"
    rf"(?P<after>{_FILL}[ \t\r\n-]+(?:(?P<female>{_FEMALE})|(?P<male>{_MALE})|(?P<either>{_EITHER})|(?P<kin>{_KIN})"
    rf")\b|[ \t]?(?P<letter>[MF])\b)?",
    re.I,
)
# In small letters: "old", "of age", and the "o" of "y/o".
_OLD = re.compile(r"o(?:ld|f[ -]age|(?<=[\d ys/.]o))\b")
# What a text must have, in small letters, to match the patterns below.
_SEX_LETTER = re.compile(r"[MF](?=[\s,.;:)])")
_NOUN = re.compile(
    r"girl|woman|female|lady|daughter|primigravida|housewife|boy|man|male|gentleman|son|father|mother|m[rsi]"
)
_SHORT = re.compile(
    r"(?<![\w./])(?P<count>\d{1,3})[ ]?(?P<unit>yo|y/o|y\.o\.?|yr|y)?[ -]?(?P<letter>[MF])(?=[\s,.;:)])"
)
_AGED = re.compile(rf"\b(?:aged|age)[ \t]*[:=]?[ \t]*(?:of[ ])?(?:{AGE}|(?P<bare>\d{{1,3}}))(?![\d/-])", re.I)
_LIFE = re.compile(
    r"\b(?:day(?:[ -]of[ -]life)?[ #]*(?P<n1>\d{1,2})(?:[ ]of[ ]life)?|dol[ #]*(?P<n2>\d{1,2})|(?P<n3>\d{1,2})"
    r"(?:st|nd|rd|th)?[ -]days?[ ]of[ ]life)\b",
    re.I,
)
_LIFE_WORD = re.compile(r"of[ -]life|\bdol\b", re.I)
_VISIT = re.compile(
    rf"\b(?:seen|examined|evaluated|assessed|reviewed|referred|admitted|presented|presents|evaluation|examination|"
    rf"assessment|visit|follow-up|"
    rf"followup|currently|now)\b[^.;\n\d]{{0,30}}?\b(?:at[ ])?(?:the[ ]age[ ]of[ ]|age[ ]|"
    rf"aged[ ])?{AGE}(?P<tail>[ ](?:of[ ]age|old))?",
    re.I,
)
_NEWBORN = re.compile(
    r"\b(?:this|the|a|an|our|term|preterm|male|female)[ ](?:(?:term|preterm|male|female|full-term)"
    r"[ ]){0,2}(?:newborn|neonate)\b",
    re.I,
)
_FETUS = re.compile(
    r"\b(?P<weeks>\d{1,2})(?:[+][ ]?(?P<days>[0-6])(?:/7)?|[ ]?(?P<days2>[0-6])/7)?[ ]?(?:weeks?|wks?)(?:['’]|"
    r"[ ]of)?[ ]?"
    r"(?:gestation\w*|pregnan\w*|ga\b)",
    re.I,
)
_FETAL = re.compile(
    r"\bf(?:o?)etus\b|\bfetal (?:ultrasound|mri|anomal|autopsy)|\btermination of (?:the )?pregnancy|"
    r"\bprenatal ultrasound",
    re.I,
)
_SEX_FIELD = re.compile(
    r"\b(?:sex|gender)[ \t]*[:=]?[ \t]*(?P<word>female|male|f|m|girl|boy|woman|man)\b(?![/\w])", re.I
)
_SEX_NOUN = re.compile(
    rf"\b(?:this|the|a|an|our|term|preterm|newborn|healthy|elderly|young|baby|middle-aged|old)"
    rf"[ ](?:[\w-]+[ ]){{0,2}}?(?:(?P<female>{_FEMALE}|baby[ ]girl)|(?P<male>{_MALE}|baby[ ]boy))\b"
    r"|\b(?P<mrs>Mrs|Ms|Miss)\b\.?[ ]|\b(?P<mr>Mr)\b\.?[ ]|\b(?P<female2>female|baby[ ]girl)[ ](?:infant|patient|"
    r"newborn|neonate|child|proband|fetus)"
    r"|\b(?P<male2>male|baby[ ]boy)[ ](?:infant|patient|newborn|neonate|child|proband|fetus)",
    re.I,
)
_WORD = re.compile(r"[A-Za-z]+")
_PRONOUNS: dict[str, Sex] = {
    "she": "female",
    "herself": "female",
    "hers": "female",
    "her": "female",
    "he": "male",
    "himself": "male",
    "him": "male",
    "his": "male",
}
_PERSONAL = re.compile(r"(?<![a-z])(?:" + "|".join(sorted(filter(str.isalpha, {*_PRONOUNS, *MEMBERS}))) + r")(?![a-z])")
_INTRODUCTION = re.compile(
    r"(?:\b(?:an?|one|another|second|other|younger|older)[ ]+|^|[.;:\n][ \t]*)(?:[A-Za-z-]+[ ]){0,2}$", re.I
)
_PATIENTS = re.compile(
    r"(?:^|\n)[ \t#*]*(?:patient|case|twin|subject|proband|individual)[ #]*(?P<name>[1-9]|[A-D]|I{1,3}|one|two)"
    r"\b(?=[ \t]*(?:[:.)\n,-]|$|was|is))",
    re.I,
)


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a note says of the patient as a person.

    Attributes:
        age: At the time of the note: an ISO 8601 duration, or a gestational age ("G22W") of a fetus; None if not said.
        sex: As the words for the patient say; ``unknown`` when they do not, or contradict themselves.
        onset: When the illness began, in the formats of :attr:`workup.case.Finding.onset`.
        spans: Where each of ``age``, ``sex`` and ``onset`` is said: (start, end) in the note.
        issues: What a person should look at: two patients, contradicting words.
    """

    age: str | None = None
    sex: Sex = "unknown"
    onset: str | None = None
    spans: dict[Literal["age", "sex", "onset"], tuple[int, int]] = {}
    issues: tuple[Issue, ...] = ()


class _Introduction(msgspec.Struct, frozen=True):
    """One place that gives an age, perhaps with a sex; ``strength`` tells how surely it is the patient's age now."""

    strength: int
    start: int
    end: int
    age: str | None
    sex: Sex | None
    opens: bool


def read_person(note: str, document: Document | None = None) -> Person:
    """Read age, sex and onset of the patient; never raises on any text.

    Relatives' ages and sexes are left out. Of several ages the first that introduces a person counts.
    """
    text = note[:READ_AT_MOST]
    spans: dict[Literal["age", "sex", "onset"], tuple[int, int]] = {}
    small = small_letters(text)
    introductions = sorted(_introductions(text, small), key=lambda found: (-found.strength, found.start))
    age: str | None = None
    if introductions:
        first = introductions[0]
        age, spans["age"] = first.age, (first.start, first.end)
    sex, place, doubt = _sex(text, small, introductions)
    if place is not None:
        spans["sex"] = place
    issues = [*_several(text, small, introductions), *([doubt] if doubt is not None else [])]
    begun = onsets.of_illness(text, age, Document.of(text) if document is None or len(text) < len(note) else document)
    if begun is not None:
        spans["onset"] = (begun.start, begun.end)
    return Person(age=age, sex=sex, onset=begun.age if begun else None, spans=spans, issues=tuple(issues))


def with_onsets(
    note: str, mentions: Sequence[Mention], person: Person, document: Document | None = None
) -> dict[int, Onset]:
    """Onset of each mention that its own clause dates, by its place in ``mentions``.

    "For three weeks" and "three weeks ago" count back from the age of the person, and give nothing without one.
    """
    return onsets.of_mentions(note, mentions, person.age, Document.of(note) if document is None else document)


def _years_old(text: str, small: str) -> Iterator[re.Match[str]]:
    """Matches of "3-year-old boy"; looked for only around "old", which is quicker than trying every word as a "
    "number."""
    done = 0
    for anchor in _OLD.finditer(small):
        end = anchor.end()
        start = min(anchor.start(), end - 2)  # of a lone "o" with what stands before it
        if start < done:
            continue
        match = _YEAR_OLD.search(text, max(done, start - 48), end + 100)
        if match is not None:
            done = match.end()
            yield match


def _introductions(text: str, small: str) -> list[_Introduction]:
    """Every place that gives an age; ``small`` is the text in small letters, in which most patterns are ruled out."""
    result: list[_Introduction] = []
    for match in _years_old(text, small):
        age = duration(match)
        if age is None or match["kin"] or _is_relative(text, match.start(), match.end()):
            continue
        sex: Sex | None = None
        if match["female"] or (match["letter"] or "").upper() == "F":
            sex = "female"
        elif match["male"] or (match["letter"] or "").upper() == "M":
            sex = "male"
        named = bool(match["after"])
        event = text[max(0, match.start() - 4) : match.start()].lower().endswith(("at ", "of ", "by "))
        opens = bool(_INTRODUCTION.search(text, max(0, match.start() - 24), match.start()))
        strength = 5 if named else 1 if event else 4
        result.append(_Introduction(strength, match.start(), match.end(), age, sex, opens and named))
    for match in _SHORT.finditer(text) if _SEX_LETTER.search(text) else ():
        if int(match["count"]) <= 120 and not _is_relative(text, match.start(), match.end()):
            sex = "female" if match["letter"].upper() == "F" else "male"
            if match["letter"].isupper() and (match["unit"] or int(match["count"]) > 0):
                result.append(_Introduction(4, match.start(), match.end(), f"P{int(match['count'])}Y", sex, False))
    for match in _AGED.finditer(text) if "age" in small else ():
        before = text[max(0, match.start() - 24) : match.start()].lower()
        bare = match["bare"]
        age = duration(match) if bare is None else (f"P{int(bare)}Y" if int(bare) <= 120 else None)
        if (
            age is None
            or _is_relative(text, match.start(), match.end())
            or before.rstrip().endswith(("maternal", "paternal", "bone", "gestational", "mental"))
        ):
            continue
        event = before.endswith(("at ", "since ", "the ", "from ", "by ", "until ")) or match[0].lower().startswith(
            "age of"
        )
        label = before.rstrip(" \t*-") == "" or before.rstrip(" \t*-").endswith(("\n", ":", ",", ";", "|"))
        if event:
            continue
        result.append(_Introduction(4 if ":" in match[0] or label else 3, match.start(), match.end(), age, None, False))
    if any(found.strength >= 4 for found in result):
        return result
    for match in _LIFE.finditer(text) if "day" in small or "dol" in small else ():
        number = match["n1"] or match["n2"] or match["n3"]
        if _LIFE_WORD.search(match[0]):
            result.append(_Introduction(3, match.start(), match.end(), f"P{int(number)}D", None, False))
    dated = " at " in text or " of age" in small or " old" in small
    for match in _VISIT.finditer(text) if dated else ():
        age = duration(match)
        if (
            age is not None
            and not _is_relative(text, match.start(), match.end())
            and (match["tail"] or " at " in match[0])
        ):
            result.append(_Introduction(2, match.start("count"), match.end(), age, None, False))
    for match in _NEWBORN.finditer(text) if "newborn" in small or "neonate" in small else ():
        result.append(_Introduction(2, match.start(), match.end(), "P0D", None, False))
    if any(word in small for word in ("etus", "fetal", "termination", "prenatal")) and _FETAL.search(text):
        for match in _FETUS.finditer(text):
            if int(match["weeks"]) <= 44:
                day = match["days"] or match["days2"]
                result.append(
                    _Introduction(
                        1,
                        match.start(),
                        match.end(),
                        f"G{int(match['weeks'])}W{day}D" if day else f"G{int(match['weeks'])}W",
                        None,
                        False,
                    )
                )
                break
    return result


_KIN_BEFORE = re.compile(
    rf"\b(?:{_KIN})\b(?:(?!\b(?:brings|brought|presents|comes)\b)[^.;\n]){{0,24}}$|\b(?:{_KIN})(?:['’]s)?[ ]*[,(][ ]*$",
    re.I,
)
_KIN_AFTER = re.compile(
    rf"[ ,)]*(?:(?:old|healthy|unaffected|affected|maternal|paternal|half|twin|older|younger)[ -]+)*(?:{_KIN})"
    rf"\b(?![ ]of\b)",
    re.I,
)


def _is_relative(text: str, start: int, end: int) -> bool:
    """Whether the age at ``start`` to ``end`` belongs to somebody else."""
    if _KIN_BEFORE.search(text, max(0, start - 40), start):
        return True
    if re.search(r"(?:daughter|son|child)$", text[start:end], re.I):
        # "brings her 17-year-old daughter": the patient; "has a 17-year-old daughter": not.
        return not re.search(
            r"\b(?:brings|brought|with|of|our|this)\b[^.;]{0,20}$", text[max(0, start - 40) : start], re.I
        )
    return bool(_KIN_AFTER.match(text, end, end + 60))


def _sex(
    text: str, small: str, introductions: Sequence[_Introduction]
) -> tuple[Sex, tuple[int, int] | None, Issue | None]:
    said: list[tuple[Sex, int, int]] = []
    for found in introductions:
        if found.sex is not None:
            said.append((found.sex, found.start, found.end))
            break
    if not said and ("sex" in small or "gender" in small):
        for match in _SEX_FIELD.finditer(text):
            said.append(
                ("female" if match["word"][0].lower() in "fgw" else "male", match.start("word"), match.end("word"))
            )
            break
    if not said and _NOUN.search(small):
        for match in _SEX_NOUN.finditer(text):
            female = match["female"] or match["female2"] or match["mrs"]
            if not _is_relative(text, match.start(), match.end()):
                said.append(("female" if female else "male", match.start(), match.end()))
                break
    counts: dict[Sex, int] = {"female": 0, "male": 0}
    first: dict[Sex, tuple[int, int]] = {}
    kin_until = -1
    # Words of ASCII letters alone count, and in a text of them alone the few that matter are found at once.
    for match in _PERSONAL.finditer(small) if text.isascii() else _WORD.finditer(text):
        lower = match[0].lower()
        if lower in MEMBERS:
            # Pronouns after a relative may be the relative's, to the end of the sentence.
            kin_until = text.find(".", match.end(), match.end() + 80)
            kin_until = match.end() + 80 if kin_until < 0 else kin_until
        elif lower in _PRONOUNS and match.start() >= kin_until:
            word = _PRONOUNS[lower]
            counts[word] += 1
            first.setdefault(word, (match.start(), match.end()))
            if counts["female"] + counts["male"] == PRONOUNS_AT_MOST:
                break
    more: Sex = "female" if counts["female"] > counts["male"] else "male"
    less: Sex = "male" if more == "female" else "female"
    clear = counts[more] >= 3 * counts[less] and counts[more] > 0
    if not said:
        return (more, first[more], None) if clear else ("unknown", None, None)
    sex, start, end = said[0]
    if clear and more != sex and counts[more] >= 4 and counts[less] == 0:
        pronoun = "she" if more == "female" else "he"
        issue = Issue(
            message=f"the note calls the patient {sex} ({text[start:end]!r}) and says {pronoun} throughout",
            remedy="check the sex and correct the note, or give it with the case",
            code="contradicting_sex",
            field="sex",
        )
        return "unknown", (start, end), issue
    return sex, (start, end), None


def _several(text: str, small: str, introductions: Sequence[_Introduction]) -> list[Issue]:
    """An issue when the note introduces more than one patient."""
    named = any(word in small for word in ("patient", "case", "twin", "subject", "proband", "individual"))
    names = {match["name"].upper() for match in _PATIENTS.finditer(text)} if named else set()
    opening = sorted((found for found in introductions if found.opens), key=lambda found: found.start)
    people = {(found.age, found.sex) for found in opening if found.sex is not None}
    sexes = {sex for _, sex in people}
    ages = {age for age, _ in people}
    if len(names) < 2 and not (len(people) > 1 and (len(sexes) > 1 or len(ages) > 1)):
        return []
    shown = ", ".join(repr(" ".join(text[found.start : found.end].split())) for found in opening[:3])
    return [
        Issue(
            message="the note seems to be about more than one patient" + (f": {shown}" if shown else ""),
            remedy="give each patient in a note of their own; what is found may mix them",
            code="several_patients",
            field="text",
        )
    ]
