"""Headings of a clinical note and what their sections are about.

>>> [(s.title, s.kind) for s in find_sections("Family history: mother has migraine.\\n\\nEXAM: hypotonia.")]
[('Family history', 'family'), ('EXAM', 'examination')]
"""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase
from typing import Literal

import msgspec

SectionKind = Literal[
    "complaint",
    "history",
    "past",
    "birth",
    "development",
    "family",
    "social",
    "medication",
    "allergy",
    "review",
    "examination",
    "laboratory",
    "imaging",
    "genetics",
    "assessment",
    "plan",
    "instructions",
    "other",
]

_TITLES: dict[SectionKind, str] = {
    "complaint": "chief complaint|cc|complaint|complaints|presenting complaint|presenting complaints|presenting "
    "problem|"
    "reason for visit|reason for referral|reason for consultation|reason for consult|reason for admission|indication|"
    "indications|referral reason|presentation",
    "history": "history of present illness|history of presenting illness|history of presenting complaint|hpi|hpc|"
    "present illness|history|clinical history|interval history|interim history|subjective|case|case report|"
    "case presentation|case description|clinical course|clinical summary|summary|hospital course|course|narrative|"
    "clinical information|patient|symptoms|current symptoms|patient information",
    "past": "past medical history|past history|pmh|pmhx|previous medical history|medical history|past surgical history|"
    "psh|pshx|surgical history|previous history|past illnesses|previous illnesses|prior history|past medical hx|"
    "past psychiatric history|operations|comorbidities|pmh/psh|past medical/surgical history",
    "birth": "birth history|perinatal history|prenatal history|pregnancy|neonatal history|pregnancy history|"
    "pregnancy and birth|birth|delivery|antenatal history|obstetric history|obstetrical history|ob history|"
    "newborn history|nicu course",
    "development": "developmental history|development|developmental milestones|milestones|growth and development|"
    "developmental|neurodevelopment|school history|education",
    "family": "family history|family hx|fh|fhx|fam hx|family medical history|family|pedigree|family and social history|"
    "family/social history|mother|father|parents|siblings|brother|sister|maternal|paternal|maternal history|"
    "paternal history|maternal side|paternal side|maternal family history|paternal family history|relatives",
    "social": "social history|social hx|sh|shx|habits|occupational history|travel history|lifestyle|social",
    "medication": "medications|medication|current medications|meds|home medications|drugs|medication list|"
    "discharge medications|treatment history|therapy|treatment|current treatment",
    "allergy": "allergies|allergy|drug allergies|adverse reactions",
    "review": "review of systems|ros|systems review|systemic review|review of symptoms|pertinent negatives|"
    "pertinent positives|systems enquiry|systems inquiry",
    "examination": "physical examination|physical exam|examination|exam|pe|o/e|on examination|clinical examination|"
    "objective|vital signs|vitals|vs|general|general appearance|heent|head|eyes|ears|nose|mouth|throat|neck|chest|"
    "lungs|respiratory|cardiovascular|cvs|cv|heart|cardiac|abdomen|gi|gu|genitalia|genitourinary|extremities|"
    "musculoskeletal|msk|spine|back|skin|neurological|neurologic|neuro|neurology|psychiatric|psych|hands feet|"
    "hands and feet|nails hair skin|hands|feet|face|growth|growth parameters|measurements|anthropometry|"
    "neurological examination|neurological exam|neurologic exam|dysmorphology|dysmorphology exam|mental status|"
    "mental status examination|mental status exam|constitutional|hematologic|lymphatic|endocrine|dermatologic|"
    "ophthalmologic examination|eye examination|dental|limbs|genital|nails|hair|teeth|ent|general examination|"
    "systemic examination|physical findings|clinical findings|findings|dysmorphic features",
    "laboratory": "laboratory|laboratory data|laboratory results|laboratory findings|labs|lab results|"
    "laboratory studies|laboratory tests|laboratory investigations|blood tests|bloods|results|investigations|"
    "pertinent results|data|tests|metabolic|biochemistry|hematology|haematology|urinalysis|csf|studies|test results",
    "imaging": "imaging|radiology|mri|brain mri|mri brain|ct|ct head|x-ray|xray|chest x-ray|ultrasound|echocardiogram|"
    "echocardiography|echo|eeg|emg|ecg|ekg|radiographs|imaging studies|imaging findings|radiographic findings|"
    "impression of imaging|skeletal survey|neuroimaging",
    "genetics": "genetics|genetic testing|genetic tests|genetic results|exome|exome sequencing|karyotype|microarray|"
    "molecular findings|genetic analysis|molecular genetics",
    "assessment": "assessment|impression|impressions|diagnosis|diagnoses|assessment and plan|assessment & plan|"
    "assessment/plan|a/p|a&p|ap|conclusion|conclusions|problem list|problems|active problems|discussion|"
    "differential diagnosis|differential|ddx|final diagnosis|discharge diagnosis|admission diagnosis|opinion|"
    "clinical impression|provisional diagnosis|active issues",
    "plan": "plan|recommendations|recommendation|plan and recommendations|follow-up|follow up|followup|disposition|"
    "orders|management|next steps|plan of care",
    "instructions": "instructions|discharge instructions|patient instructions|return precautions|precautions|"
    "patient education|education provided|safety net|safety netting|advice|counseling|counselling",
}

KNOWN: dict[str, SectionKind] = {title: kind for kind, titles in _TITLES.items() for title in titles.split("|")}
"""Kind of section by heading in lower case."""

_DECORATION = re.compile(
    r"[ \t>]*(?P<mark>#{1,6}[ \t]*|\*\*|__|={2,}[ \t]*|[-*•][ \t]+)?(?:\d{1,2}[.)][ \t]+)?(?:\*\*|__)?"
)
_ANSWER = re.compile(
    r"[ \t]*(?:no|none|yes|y|n|nil|absent|present|negative|positive|neg|pos|unknown|denies|denied|"
    r"[-+]+)?[ \t]*[.,;]?[ \t]*$",
    re.I,
)
_INLINE = re.compile(r"(?:(?<=[.;!?] )|(?<=  )|(?<=\t))(?P<title>[A-Z][A-Za-z/&' ]{1,38}[A-Za-z])[ \t]?:(?=\s|$)")
_LINE_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"\s+")

# Sections whose text stands beside the heading and rarely goes past a blank line.
_SHORT: frozenset[SectionKind] = frozenset({"family", "social", "allergy", "instructions", "plan"})


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One section of a note.

    Attributes:
        title: The heading as written, without colon and decoration.
        kind: What such a section is about; ``other`` for a heading that is not in the list.
        start: First character of the title.
        title_end: One past the last character of the title.
        end: One past the last character of the section's text.
    """

    title: str
    kind: SectionKind
    start: int
    title_end: int
    end: int


def lines_of(note: str) -> list[tuple[int, int]]:
    """Lines as (start, end) offsets, without their ends; CRLF is one end.

    >>> lines_of("a\\r\\n\\nb")
    [(0, 1), (3, 3), (4, 5)]
    """
    lines = []
    start = 0
    for match in _LINE_END.finditer(note):
        lines.append((start, match.start()))
        start = match.end()
    lines.append((start, len(note)))
    return lines


def find_sections(note: str, lines: list[tuple[int, int]] | None = None) -> list[Section]:
    """Sections of a note, in order; none when it has no headings.

    A heading is a known title before a colon or alone on its line, any line of capitals that is short, short capitals
    before a colon, a markdown heading, or a short title that ends its line with a colon. A section goes on to the next
    heading; a family, social, allergy, instruction or plan section that begins on the line of its heading ends at a
    blank line, because what follows a blank line is about the patient again.
    """
    lines = lines_of(note) if lines is None else lines
    shouting = _is_shouted(note[:20_000])
    found: list[tuple[int, int, SectionKind, bool]] = []  # title start, title end, kind, text on its line
    stops: list[int] = []  # where a paragraph ends
    blank = True
    for start, end in lines:
        if start == end or note[start:end].isspace():
            if not blank:
                stops.append(start)
            blank = True
            continue
        blank = False
        heading = _heading(note, start, end, shouting)
        if heading is not None:
            found.append(heading)
        if note.find(":", start, end) >= 0:
            for match in _INLINE.finditer(note, start, end):
                kind = _known(match["title"])
                if kind is not None and (heading is None or match.start() > heading[1]):
                    found.append((match.start(), match.end("title"), kind, True))
    sections = []
    stop = 0
    for number, (start, title_end, kind, beside) in enumerate(found):
        end = found[number + 1][0] if number + 1 < len(found) else len(note)
        if beside and kind in _SHORT:
            while stop < len(stops) and stops[stop] <= title_end:
                stop += 1
            if stop < len(stops):
                end = min(end, stops[stop])
        sections.append(Section(note[start:title_end], kind, start, title_end, end))
    return sections


def _is_shouted(text: str) -> bool:
    """Whether a note is written in capitals throughout, so that they mark no heading."""
    if text.isascii():  # counted letter by letter of the alphabet, which is quicker than character by character
        capitals = sum(map(text.count, ascii_uppercase))
        return capitals > sum(map(text.count, ascii_lowercase))
    return sum(map(str.isupper, text)) * 2 > sum(map(str.isalpha, text))


def _known(title: str) -> SectionKind | None:
    return KNOWN.get(_BLANKS.sub(" ", title.strip().casefold()))


def _heading(note: str, start: int, end: int, shouting: bool) -> tuple[int, int, SectionKind, bool] | None:
    decoration = _DECORATION.match(note, start, end)
    assert decoration is not None  # every part of the pattern is optional
    mark = decoration["mark"] or ""
    first = decoration.end()
    markdown = mark.startswith(("#", "="))
    colon = note.find(":", first, min(end, first + 64))
    last = colon if colon >= 0 else end
    if last - first > 64:
        return None
    title = note[first:last].rstrip(" \t*_=#")
    if not title or not title[0].isalpha():
        return None
    title_end = first + len(title)
    beside = colon >= 0 and bool(note[colon + 1 : end].strip(" \t*_"))
    kind = _known(title) or _known(title.split("(", 1)[0])
    words = title.count(" ") + 1
    if kind is not None:
        if colon >= 0 or markdown or mark in ("**", "__") or title[0].isupper():
            return first, title_end, kind, beside
        return None
    if markdown:
        return first, title_end, "other", beside
    if words > 7 or not title[0].isupper():
        return None
    if colon >= 0 and not beside and words <= 5 and mark[:1] not in ("-", "•"):
        return first, title_end, "other", False
    capitals = title.isupper() and len(title) > 2
    if colon >= 0:
        if capitals and not _ANSWER.match(note, colon + 1, end) and not shouting:
            return first, title_end, "other", True
    elif capitals and not mark and title[-1].isalnum() and words <= 6 and len(title) > 5 and not shouting:
        return first, title_end, "other", False
    return None
