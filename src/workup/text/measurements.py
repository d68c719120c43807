"""Values in a note, and the findings they amount to.

* The note's own reference range or flag counts first ("6.1 (12-16)", "45 H"); else a published range for the
  patient's age and sex (``ranges.json``); growth by deviation or centile (:mod:`workup.text.growth`).
* A value within its range gives nothing: one normal result does not exclude a finding that comes and goes.
* No unit is guessed. A value without a unit counts only when every unit in which it is plausible leads to the same
  conclusion; otherwise it is left out and listed as an issue. So is an implausible one, and one that an unknown age or
  sex would decide.

>>> from workup.text.persons import Person
>>> note = "Hb 6.1 g/dL, sodium 139 mmol/L, head circumference 3 SD below the mean."
>>> found = find(note, None, Person(age="P34Y", sex="female"))
>>> [(mention.label, mention.words(note)) for mention in found.mentions]
[('Anemia', 'Hb 6.1 g/dL'), ('Microcephaly', 'head circumference 3 SD below')]
>>> found.mentions[0].reason.split(";")[0]
'6.1 g/dL is below 12 g/dL, the limit for females from 15 years of age on'
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from workup.errors import Issue, Severity
from workup.text.ages import days
from workup.text.cues import word_set
from workup.text.document import Document
from workup.text.growth import growth
from workup.text.mention import Mention
from workup.text.persons import Person
from workup.text.quantities import Quantity, numbers
from workup.text.ranges import Analyte, Side, Verdict, judge, table

if TYPE_CHECKING:
    from workup.knowledge.hpo import Ontology

_WINDOW = 64
_TOKEN = re.compile(r"[A-Za-z0-9]+|[^\w\s]")
_FILLER = word_set(
    """
    be been level levels concentration concentrations count counts value values is was were are of at to a an the in
    on his her their serum plasma blood total random fasting measured measures result results showed shows revealed
    reveals approximately about around nearly only initial peak nadir repeat current currently now low high elevated
    decreased increased raised reduced markedly significantly mildly slightly severely very found noted being with
    dropped fell rose down up activity titer rate reading readings recorded as : = ( [ ) ] - ~ + , | capillary
    venous arterial admission that by room air most recent recently last latest today yesterday presenting oral
    rectal axillary tympanic average mean maximum minimum
    """
)
_RANGE = re.compile(
    r"[ ]?[,;]?[ ]?[(\[][ ]?(?P<words>(?:normal|reference|ref\.?|nl|n|rr|reference range|ref\.? range|normal range|"
    r"reference value|normal value|normal values|reference interval|expected|nr)?[ ]?(?:range|values?|interval|"
    r"limits?)?[ ]?(?:is|of)?[ ]?[:=,]?[ ]?)"
    r"(?:(?P<below>[<≤]=?|up to|less than|below)[ ]?(?P<most>\d+(?:,\d{3})*(?:\.\d+)?)|(?P<above>[>≥]=?|more than|"
    r"above)[ ]?(?P<least>\d+(?:,\d{3})*(?:\.\d+)?)"
    r"|(?P<low>\d+(?:,\d{3})*(?:\.\d+)?)[ ]?(?:-|–|—|to)[ ]?(?P<high>\d+(?:,\d{3})*(?:\.\d+)?))[^()\[\]\d]{0,24}[)\]]",
    re.I,
)
_FLAG = re.compile(
    r"[ ]?(?:[(\[][ ]?(?P<inner>H|L|HH|LL|high|low|elevated|decreased|normal|wnl|within normal limits|nl)[ ]?[)\]]|"
    r"(?P<arrow>[↑↓])|(?P<letter>HH|H|LL|L)(?=[ ]*(?:$|[,;.\n|])))",
    re.I,
)
_PRESSURE = re.compile(
    r"\b(?:blood pressure|bp)\b[^.;\d\n]{0,40}?(?P<systolic>\d{2,3})[ ]?(?:/|over)[ ]?(?P<diastolic>\d{2,3})"
    r"(?![\d/])(?P<unit>[ ]?mm[ ]?hg)?",
    re.I,
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b|[ ]?(?:per)?centile|[ ]?%[ ]?ile|[ ]?SDS?\b|[ ]?standard dev", re.I)
_DIGIT = re.compile(r"\d")
_PREGNANT = re.compile(r"\b(?:pregnan(?:t|cy)|gravida|primigravida|weeks['’]? (?:of )?gestation|trimester)\b", re.I)


class Measurements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Findings from values, and what was left out and why."""

    mentions: tuple[Mention, ...] = ()
    issues: tuple[Issue, ...] = ()


def find(
    note: str, ontology: Ontology | None = None, person: Person | None = None, document: Document | None = None
) -> Measurements:
    """Findings of the note's measurements.

    Args:
        note: The note.
        ontology: Gives the current ids and labels; a term that it does not have is left out. Without one the labels are
            those of the release of 2025-01-16.
        person: Whose measurements they are; age and sex choose the range.
        document: Sentences and sections, when the caller has them already.

    Returns:
        Mentions of method ``measurement``, not yet qualified, in order; each says why in ``reason``.
    """
    document = Document.of(note) if document is None else document
    person = Person() if person is None else person
    reader = _Reader(note, person, ontology)
    for start, end in document.sentences:
        reader.read(start, end)
    reader.mentions.sort(key=lambda mention: (mention.start, mention.end))
    return Measurements(tuple(reader.mentions), tuple(reader.issues))


@cache
def _names() -> dict[str, list[tuple[tuple[str, ...], Analyte, bool]]]:
    """Names by their last token in lower case: (tokens, analyte, whether only as written), longest first."""
    by_last: dict[str, list[tuple[tuple[str, ...], Analyte, bool]]] = {}
    for analyte in table().analytes:
        for exact, names in ((False, analyte.names), (True, analyte.symbols)):
            for name in names:
                tokens = tuple(_TOKEN.findall(name))
                by_last.setdefault(tokens[-1].lower(), []).append((tokens, analyte, exact))
    for entries in by_last.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return by_last


class _Reader:
    def __init__(self, note: str, person: Person, ontology: Ontology | None) -> None:
        self.note = note
        self.ontology = ontology
        self.age = days(person.age)
        self.sex: str = person.sex
        if person.sex != "male" and (self.age is None or self.age > 12 * 365) and _PREGNANT.search(note[:20_000]):
            self.sex = "pregnant" if person.sex == "female" else person.sex
        self.mentions: list[Mention] = []
        self.issues: list[Issue] = []
        self.told: set[tuple[str, str]] = set()

    def read(self, start: int, end: int) -> None:
        """One sentence."""
        for found in growth(self.note, start, end):
            self._add(found.start, found.end, found.id, found.label, found.reason)
        if _DIGIT.search(self.note, start, end) is None:
            return
        pressures = list(_PRESSURE.finditer(self.note, start, end))
        for match in pressures:
            self._pressure(match)
        previous = start
        for quantity in numbers(self.note, start, end):
            if any(match.start() <= quantity.start < match.end() for match in pressures):
                continue
            if _ORDINAL.match(self.note, quantity.end, end):
                continue
            named = self._analyte_before(quantity, max(previous, quantity.start - _WINDOW))
            if named is not None:
                analyte, name_start = named
                self._value(analyte, name_start, quantity, end)
                previous = quantity.end

    def _analyte_before(self, quantity: Quantity, floor: int) -> tuple[Analyte, int] | None:
        """The analyte whose name stands before a number, with nothing but filler words between."""
        spans = [(m[0], m.start()) for m in _TOKEN.finditer(self.note, floor, quantity.start)]
        names = _names()
        number = len(spans)
        skipped = 0
        while number > 0 and skipped < 9:
            word = spans[number - 1][0]
            lower = word.lower()
            for tokens, analyte, exact in names.get(lower, ()):
                first = number - len(tokens)
                if first < 0:
                    continue
                written = tuple(span[0] for span in spans[first:number])
                if not (
                    written == tokens if exact else tuple(map(str.lower, written)) == tuple(map(str.lower, tokens))
                ):
                    continue
                if exact and len(word) == 1 and not self._is_symbol(spans, number, quantity):
                    continue
                before = {span[0].lower() for span in spans[max(0, first - 3) : first]}
                after = {span[0].lower() for span in spans[number:]}
                if before & set(analyte.exclude) or after & set(analyte.exclude):
                    return None
                return analyte, spans[first][1]
            if lower not in _FILLER:
                return None
            skipped += 1
            number -= 1
        return None

    @staticmethod
    def _is_symbol(spans: list[tuple[str, int]], number: int, quantity: Quantity) -> bool:
        """A single letter is a symbol before a colon, an equals sign, a plus or a number with a unit ("K 3.1", "
        ""T: 38")."""
        after = spans[number][0] if number < len(spans) else ""
        return after in (":", "=", "+") or (after == "" and quantity.unit not in ("", "%"))

    def _value(self, analyte: Analyte, name_start: int, quantity: Quantity, end: int) -> None:
        note = self.note
        stop = quantity.end
        own = _RANGE.match(note, stop, end)
        flag = _FLAG.match(note, own.end() if own else stop, end)
        if flag is None and own is not None:
            flag = _FLAG.match(note, stop, end)
        side: Side | None = None
        shown = f"{_plain(quantity.value)} {quantity.unit}".strip()
        reason = ""
        if own is not None:
            side, reason = _own_range(own, quantity, shown)
            stop = own.end()
        elif flag is not None:
            word = (flag["inner"] or flag["arrow"] or flag["letter"]).lower()
            side = (
                "normal"
                if word in ("normal", "wnl", "within normal limits", "nl")
                else "high"
                if word[0] in "he↑"
                else "low"
            )
            reason = f"{shown} is flagged {flag[0].strip(' ()[]')!r} in the note"
            stop = flag.end()
        if side is not None:
            value = analyte.convert(quantity.value, quantity.unit) if quantity.unit in analyte.units else None
            term = analyte.term(side, value)
            if side == "high" and term is None and analyte.bands:
                term = analyte.bands[0][2]
            if term is not None:
                self._add(name_start, stop, term, "", reason)
            return
        verdict, unit, problem = self._judge(analyte, quantity)
        if problem and (analyte.name, problem[3]) not in self.told:
            self.told.add((analyte.name, problem[3]))
            self.issues.append(
                Issue(
                    message=f"{' '.join(note[name_start : quantity.end].split())!r} was left out: {problem[0]}",
                    remedy=problem[1],
                    severity=problem[2],
                    code=problem[3],
                    field=f"text:{name_start}-{quantity.end}",
                )
            )
        if verdict is None or verdict.id is None or verdict.limit is None:
            return
        if quantity.sign and (quantity.sign == "<") != (verdict.side == "low"):
            return  # "<150" is not above 100
        limit = f"{_plain(verdict.limit)} {analyte.unit}".strip()
        value = analyte.convert(quantity.value, unit)
        seen = shown if unit == analyte.unit else f"{shown} ({_plain(value)} {analyte.unit})"
        if quantity.unit == "" and "" not in analyte.units:
            seen = f"{shown} (no unit given, the same in every plausible one)" if unit else shown
        where = "below" if verdict.side == "low" else "above"
        reason = f"{quantity.sign}{seen} is {where} {limit}, the limit for {verdict.whose}; {verdict.source}"
        self._add(name_start, quantity.end, verdict.id, "", reason)

    def _judge(
        self, analyte: Analyte, quantity: Quantity
    ) -> tuple[Verdict | None, str, tuple[str, str, Severity, str] | None]:
        if quantity.unit:
            if quantity.unit not in analyte.units:
                problem: tuple[str, str, Severity, str] = (
                    f"{quantity.unit} is not a known unit of {analyte.name}",
                    f"write it in {_units(analyte)}",
                    "warning",
                    "unit_unknown",
                )
                return None, "", problem
            candidates = [quantity.unit]
        else:
            candidates = list(analyte.units)
        plausible = [unit for unit in candidates if analyte.is_plausible(analyte.convert(quantity.value, unit))]
        if not plausible:
            return (
                None,
                "",
                (
                    f"no living person has this {analyte.name}"
                    if quantity.unit
                    else f"in no known unit is it a possible {analyte.name}",
                    f"check the value, and write its unit ({_units(analyte)})",
                    "warning",
                    "value_implausible",
                ),
            )
        verdicts = [
            (judge(analyte, analyte.convert(quantity.value, unit), age_days=self.age, sex=self.sex), unit)
            for unit in plausible
        ]
        sides = {None if verdict is None else (verdict.side, verdict.id) for verdict, _ in verdicts}
        if len(sides) > 1:
            return (
                None,
                "",
                (
                    "its unit is not given, and units differ in what it means",
                    f"write the unit ({_units(analyte)})",
                    "warning",
                    "unit_missing",
                ),
            )
        verdict, unit = verdicts[0]
        if verdict is None:
            return (
                None,
                unit,
                (
                    f"there is no reference range here that settles it for this patient ({self._who()})",
                    "add the laboratory's range in brackets, or code the finding by hand",
                    "info",
                    "range_missing",
                ),
            )
        return verdict, unit, None

    def _who(self) -> str:
        age = "age unknown" if self.age is None else f"{self.age / 365.25:.1f} years"
        return f"{age}, sex {self.sex}"

    def _pressure(self, match: re.Match[str]) -> None:
        by = {analyte.name: analyte for analyte in table().analytes}
        values = float(match["systolic"]), float(match["diastolic"])
        analytes = by["systolic blood pressure"], by["diastolic blood pressure"]
        if (
            not all(analyte.is_plausible(value) for analyte, value in zip(analytes, values, strict=True))
            or values[0] <= values[1]
        ):
            return
        done: set[str] = set()
        for analyte, value, name in zip(analytes, values, ("systolic", "diastolic"), strict=True):
            verdict = judge(analyte, value, age_days=self.age, sex=self.sex)
            if verdict is None or verdict.id is None or verdict.limit is None or verdict.id in done:
                continue
            done.add(verdict.id)
            side = "below" if verdict.side == "low" else "above"
            seen = f"{name} {_plain(value)} mmHg is {side} {_plain(verdict.limit)} mmHg"
            reason = f"{seen}, the limit for {verdict.whose}; {verdict.source}"
            self._add(match.start(), match.end(), verdict.id, "", reason)

    def _add(self, start: int, end: int, term: str, label: str, reason: str) -> None:
        if self.ontology is not None:
            terms = self.ontology.resolve(term).terms
            if not terms:
                return
            term, label = self.ontology.id(terms[0]), self.ontology.label(terms[0])
        mention = Mention(
            start=start,
            end=end,
            id=term,
            label=label or table().labels.get(term, term),
            method="measurement",
            reason=reason,
        )
        self.mentions.append(mention)


def _own_range(own: re.Match[str], quantity: Quantity, shown: str) -> tuple[Side, str]:
    """Side and reason by the range that the note gives; its numbers are in the unit of the value."""

    def number(name: str) -> float | None:
        return float(own[name].replace(",", "")) if own[name] else None

    low = number("low") if own["low"] else number("least")
    high = number("high") if own["high"] else number("most")
    given = f"the note's own range {own[0].strip(' ,;()[]')!r}"
    if low is not None and quantity.value < low and quantity.sign != ">":
        return "low", f"{shown} is below {_plain(low)}, {given}"
    if high is not None and quantity.value > high and quantity.sign != "<":
        return "high", f"{shown} is above {_plain(high)}, {given}"
    return "normal", ""


def _units(analyte: Analyte) -> str:
    return ", ".join(unit for unit in analyte.units if unit) or "none needed"


def _plain(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
