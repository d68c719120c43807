"""Clinical notes of patients, with every statement and its place known.

    HISTORY
    A 4-year-old girl was seen for scoliosis and ectopia lentis. Possible myopia, to be confirmed.
    REVIEW OF SYSTEMS
    No seizures. She denies hearing impairment.
    FAMILY HISTORY
    Her mother has short stature.

    truth   (39, 48) HP:0002650 present plain; (115, 123) HP:0001250 excluded negated; ... unknown family

Words are put together from templates, so that each denial, doubt, relative and abbreviation stands where it is meant.

Shows: whether a reader finds names of terms and what qualifies them; a reader that ignores denials is caught at once.
Cannot show: how it reads real notes. The wording is ours and short; real notes have misspellings, tables, copied
parts and far more ways to say no.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta

from workup.case import Case, Finding, Status
from workup.evaluation.labels import wilson
from workup.knowledge import Knowledge
from workup.reasoners.phenotype.ages import years
from workup.simulate.labelling import labelled
from workup.simulate.plausible import Plausible, Told
from workup.text.extract import Extraction

LIMITS = "sentences come from templates of ours; real notes are longer and say no in many more ways"

How = Literal["plain", "abbreviated", "negated", "uncertain", "family"]
Share = Annotated[float, Meta(ge=0, le=1)]

# By how a finding is told: patients report and deny what they feel, nobody denies what takes a test.
_PRESENT: Mapping[Told, Sequence[str]] = {
    "felt": ("{She} has {0}.", "{She} reports {0}.", "{She} has had {0}."),
    "seen": ("{She} has {0}.", "There is {0}.", "On examination there was {0}.", "{She} was found to have {0}."),
    "measured": ("Tests showed {0}.", "{She} was found to have {0}.", "There is {0}."),
}
_DENIED: Mapping[Told, Sequence[str]] = {
    "felt": ("No {0}.", "{She} denies {0}.", "{She} has no {0}."),
    "seen": ("No {0}.", "There was no {0}.", "No evidence of {0}."),
    "measured": ("No {0}.", "No evidence of {0}.", "Tests showed no {0}."),
}
_DOUBTED = ("Possible {0}, to be confirmed.", "Suspected {0}.", "Questionable {0}.")
_FAMILY = ("{Her} mother has {0}.", "{Her} mother had {0}.", "{Her} father had {0}.")
# Before this age nobody reports or denies anything; the parents do.
_SPEAKS = 6.0
_AGAIN = "At the last visit the {0} had not changed."
_WORD = re.compile(r"[A-Za-z]+")


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a note says of a finding.

    Attributes:
        start: First character of its name.
        end: One past the last.
        id: HPO id.
        label: Its label.
        status: What it says of the patient: what a doubt or a relative leaves open is ``unknown``.
        how: In which way it is said.
    """

    start: int
    end: int
    id: str
    label: str
    status: Status
    how: How


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note and its truth.

    Attributes:
        case: The patient, with the note as text.
        statements: What the note says, by position.
    """

    case: Case
    statements: tuple[Statement, ...]


class NoteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How notes are worded.

    Attributes:
        synonyms: Share of findings told by another name than the label.
        abbreviated: Share of present findings of several words that are abbreviated once and named so again.
        uncertain: Doubtful findings added for each present one.
        family: Findings of relatives added for each present one.
    """

    synonyms: Share = 0.3
    abbreviated: Share = 0.2
    uncertain: Share = 0.2
    family: Share = 0.2


class _Writer:
    """Text that grows, and the places of what was said in it."""

    def __init__(self) -> None:
        self.text = ""
        self.statements: list[Statement] = []

    def say(self, template: str, finding: Finding, words: str, how: How, status: Status) -> None:
        """Add a sentence; ``{0}`` of the template is the finding, and begins with a capital if it begins the line."""
        before, _, after = _agreed(template, words).partition("{0}")
        if not before:
            words = words[:1].upper() + words[1:]
        start = len(self.text) + len(before)
        self.text += before + words + after + " "
        self.statements.append(
            Statement(start, start + len(words), finding.id, finding.label or finding.id, status, how)
        )

    def heading(self, title: str) -> None:
        self.text = self.text.rstrip() + ("\n\n" if self.text else "") + title + "\n"


class NoteSimulator:
    """Writes notes of cases with coded findings."""

    def __init__(self, knowledge: Knowledge, options: NoteOptions | None = None) -> None:
        self._ontology = knowledge.ontology
        self._options = options or NoteOptions()
        self._names: dict[int, list[str]] = {}
        for synonym in self._ontology.synonyms():
            plain = synonym.kind in ("plain", "layperson") and synonym.scope == "exact"
            if plain and _WORD.match(synonym.text) and not re.search(r"[(),/\[\]]", synonym.text):
                self._names.setdefault(synonym.term, []).append(synonym.text)
        # What relatives have, and what is doubted of a patient old enough or of an infant: common words, none of them
        # another's kind.
        self._kin, self._doubts, self._infant_doubts = (
            [term for name in names if (term := self._ontology.index(name)) is not None]
            for names in (
                ("HP:0002315", "HP:0000545", "HP:0000822", "HP:0002099", "HP:0000716", "HP:0004322"),
                ("HP:0002315", "HP:0000545", "HP:0002099", "HP:0001903", "HP:0000964", "HP:0002019"),
                ("HP:0002020", "HP:0001903", "HP:0000964", "HP:0002019", "HP:0000023", "HP:0001537"),
            )
        )
        self._plausible = Plausible(self._ontology)
        self._proper = _proper_words(synonym.text for synonym in self._ontology.synonyms())

    def write(self, cases: Iterable[Case], seed: int) -> Iterator[Note]:
        """Write one note a case; note i depends on the seed and on i alone."""
        for number, case in enumerate(cases):
            yield self._note(case, np.random.default_rng((seed, number)), seed)

    def _note(self, case: Case, random: np.random.Generator, seed: int) -> Note:
        writer = _Writer()
        male = case.sex == "male"
        words = {"She": "He" if male else "She", "Her": "His" if male else "Her", "her": "his" if male else "her"}

        def pick(templates: Sequence[str]) -> str:
            chosen = templates[int(random.integers(len(templates)))]
            for name, word in words.items():
                chosen = chosen.replace("{" + name + "}", word)
            return chosen

        age = years(case.age or "")
        young = age is not None and age < _SPEAKS

        writer.heading("HISTORY")
        present, absent = case.with_status("present"), case.with_status("excluded")
        opening = f"{_who(case)} was seen for {{0}}."
        for place, finding in enumerate(present):
            name = self._name(finding, random)
            short = _abbreviation(name)
            template = opening if place == 0 else pick(_present(self._told(finding), young))
            if short and random.random() < self._options.abbreviated:
                before, _, after = template.partition("{0}")
                writer.say(f"{before}{{0}} ({short}){after}", finding, name, "plain", "present")
                writer.say(_AGAIN, finding, short, "abbreviated", "present")
            else:
                writer.say(template, finding, name, "plain", "present")
        doubts = self._free(case, self._infant_doubts if (age or 99.0) < _ADULT_DOUBTS else self._doubts)
        doubted, relatives = (
            int(random.binomial(len(present), share)) for share in (self._options.uncertain, self._options.family)
        )
        for finding in doubts[:doubted]:
            writer.say(pick(_DOUBTED), finding, self._name(finding, random), "uncertain", "unknown")
        if absent:
            writer.heading("REVIEW OF SYSTEMS")
        for finding in absent:
            templates = _DENIED[self._told(finding)]
            if young and self._told(finding) == "felt":
                templates = ("No {0}.", "The parents report no {0}.")
            writer.say(pick(templates), finding, self._name(finding, random), "negated", "excluded")
        said = {one.id for one in doubts[:doubted]}
        if kin := [one for one in self._free(case, self._kin) if one.id not in said][:relatives]:
            writer.heading("FAMILY HISTORY")
            for finding in kin:
                writer.say(pick(_FAMILY), finding, self._name(finding, random), "family", "unknown")
        label = labelled("notes", seed=seed, limits=LIMITS)
        return Note(
            msgspec.structs.replace(case, text=writer.text.rstrip() + "\n", provenance={**case.provenance, **label}),
            tuple(writer.statements),
        )

    def _told(self, finding: Finding) -> Told:
        term = self._ontology.index(finding.id)
        return "seen" if term is None else self._plausible.told(term)

    def _free(self, case: Case, terms: Sequence[int]) -> list[Finding]:
        """Those of some findings that have nothing to do with the patient's own."""
        own = {
            int(one)
            for finding in case.findings
            if (term := self._ontology.index(finding.id)) is not None
            for one in (*self._ontology.ancestors(term), *self._ontology.descendants[term])
        }
        return [
            Finding(id=self._ontology.id(term), label=self._ontology.label(term)) for term in terms if term not in own
        ]

    def _name(self, finding: Finding, random: np.random.Generator) -> str:
        """A name of the finding as it stands within a sentence."""
        term = self._ontology.index(finding.id)
        name = finding.label or finding.id
        others = self._names.get(term, []) if term is not None else []
        if others and random.random() < self._options.synonyms:
            name = others[int(random.integers(len(others)))]
        # Names that begin with a proper name or an acronym keep their capitals; a term of two names has one after "/".
        parts = name.split("/")
        return "/".join(self._within(part) for part in parts)

    def _within(self, name: str) -> str:
        first = _WORD.match(name)
        keeps = not name[1:2].islower() or _PROPER.match(name) or (first and first[0] in self._proper)
        return name if keeps else name[:1].lower() + name[1:]


_PROPER = re.compile(r"[A-Z][a-z]+(?:'s| sign| syndrome| anomaly| phenomenon)\b")


def _proper_words(names: Iterable[str]) -> frozenset[str]:
    """Words that are mostly written with a capital where they do not begin a name.

    >>> sorted(_proper_words(["Arnold-Chiari malformation", "Abnormal muscle", "Type I Chiari malformation"]))
    ['Chiari']
    """
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for name in names:
        for match in list(_WORD.finditer(name))[1:]:
            word = match[0]
            if len(word) > 3 and name[match.start() - 1] in " -":
                (capital if word[0].isupper() and word[1:].islower() else small)[word.capitalize()] += 1
    return frozenset(word for word, count in capital.items() if count > small[word])


_SMALL = frozenset({"of", "the", "and", "or", "with", "in", "to", "on", "a", "an", "by", "from"})
# Below this age what is doubted are troubles of infants.
_ADULT_DOUBTS = 5.0


def _abbreviation(name: str) -> str:
    """First letters of a name of at least three words, small ones aside; empty for a shorter one.

    >>> _abbreviation("generalized tonic seizures"), _abbreviation("short stature")
    ('GTS', '')
    """
    words = [word for word in _WORD.findall(name) if word.lower() not in _SMALL]
    return "".join(word[0].upper() for word in words) if 3 <= len(words) <= 5 else ""


def _who(case: Case) -> str:
    """The patient in words: "A 4-year-old girl"."""
    male, age = case.sex == "male", years(case.age or "")
    if age is None:
        return "A man" if male else "A woman"
    count, unit = (int(age), "year") if age >= 2 else (max(1, round(12 * age)), "month")
    kind = ("boy", "girl") if age < 18 else ("man", "woman")
    article = "An" if str(count).startswith(("8", "11", "18")) and count != 110 else "A"
    return f"{article} {count}-{unit}-old {kind[0] if male else kind[1]}"


def _agreed(template: str, words: str) -> str:
    """A template whose verb agrees with a name in the plural.

    >>> _agreed("There was no {0}.", "wide metacarpals"), _agreed("There is {0}.", "kyphosis")
    ('There were no {0}.', 'There is {0}.')
    """
    if not re.search(r"(?<![siu])s$|epiphyses$", words) or words.endswith("facies"):
        return template
    return template.replace("here is ", "here are ").replace("here was ", "here were ")


def _present(told: Told, young: bool) -> Sequence[str]:
    if told == "felt" and young:
        return ("{She} has {0}.", "The parents report {0}.")
    return _PRESENT[told]


class Recall(msgspec.Struct, frozen=True):
    """How many of the statements of one kind a reader finds.

    Attributes:
        found: With the right term, or one above or below it, at that place.
        right: With the right status as well.
        n: Statements.
        interval: 95 % Wilson interval of ``right / n``.
    """

    found: int
    right: int
    n: int
    interval: tuple[float, float]


def recall(notes: Iterable[Note], read: Callable[[str], Extraction], knowledge: Knowledge) -> dict[How, Recall]:
    """Compare what a reader makes of notes with their truth, by kind of statement."""
    ontology = knowledge.ontology
    counts: dict[How, list[int]] = {}
    for note in notes:
        mentions = read(note.case.text or "").mentions
        for statement in note.statements:
            term = ontology.index(statement.id)
            row = counts.setdefault(statement.how, [0, 0, 0])
            row[2] += 1
            fitting = []
            for one in mentions:
                other = ontology.index(one.id)
                if one.start < statement.end and statement.start < one.end and term is not None and other is not None:
                    related = other in ontology.ancestors(term) or term in ontology.ancestors(other)
                    fitting += [one] if related else []
            row[0] += bool(fitting)
            row[1] += any(one.status == statement.status for one in fitting)
    return {how: Recall(found, right, n, wilson(right, n)) for how, (found, right, n) in counts.items()}
