"""A rule that judges names of diagnoses: the same disease (2), a broader category that includes it (1), neither (0).

Names are the same when they have the same words, apart from spelling, order, case, possessives and Roman numbers; when
one is the initials of the other; or when the knowledge base (OMIM, Orphanet and DECIPHER names, merged by MONDO, and
HPO labels and synonyms) gives both to one entry. A name is broader when it is the other's phenotypic series, an
ancestor of it in the HPO, or when its words are a part of the other's.

The knowledge base has one name an entry and few synonyms of diseases, so that eponyms are missed: a rule's 0 means
"not shown to be the same". Measured on 100 pairs: see ``docs/judges.md``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from workup.evaluation.judges.judge import Sheet
from workup.evaluation.verdicts import Verdict
from workup.knowledge import Knowledge
from workup.retrieval.retriever import Retriever

VERSION = "1"
_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda", "μ": "mu"}
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
}
# British spellings, and forms of one word that names mix.
_SPELLINGS = (
    (r"haem", "hem"),
    (r"aemia", "emia"),
    (r"oedema", "edema"),
    (r"oesoph", "esoph"),
    (r"paed", "ped"),
    (r"leukaem", "leukem"),
    (r"anaem", "anem"),
    (r"caec", "cec"),
    (r"faec", "fec"),
    (r"tumour", "tumor"),
    (r"diarrhoea", "diarrhea"),
    (r"coeliac", "celiac"),
    (r"foet", "fet"),
    (r"ischaem", "ischem"),
    (r"rrhoea", "rrhea"),
)
_NEGATED = re.compile(
    r"^(?:not|no|non|without)\b|\bno evidence of\b|\brule out\b"
    r"|\b(?:was|is|been|were)? ?(?:excluded|ruled out|unlikely)\b"
)
_LEAD = re.compile(
    r"^(?:\d+[.)]\s+)?(?:(?:the|a|an|final|primary diagnosis|diagnosis|working|leading|likely|most likely|probable"
    r"|probably|possible|possibly|suspected|presumed|consistent with|patient has|is|of|most|this)\b[:\s]*)+"
)
# Words that do not tell one disease from another.
_FILLERS = frozenset(
    "type of the with due to and in form a an subtype variant classic classical complex".split()  # noqa: SIM905
)
# A name of these words alone names nothing.
_EMPTY = frozenset(
    {"disease", "syndrome", "disorder", "condition", "illness", "deficiency", "abnormality", "infection", "cancer"}
    | {"anemia", "congenital", "hereditary", "primary", "secondary", "acute", "chronic", "familial"}
)
_EVERYTHING = frozenset({"genetic disorder", "genetic disease", "hereditary disease", "inherited disorder"})


def plain(name: str) -> str:
    """A name in lower case, its spelling made even: no diacritics, possessives, punctuation or Roman numbers.

    >>> plain("Sjögren's Syndrome, type II"), plain("Haemolytic anaemia")
    ('sjogren syndrome type 2', 'hemolytic anemia')
    """
    text = "".join(_GREEK.get(letter, letter) for letter in name.casefold())
    text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    text = re.sub(r"['’`´]s\b|(?<=s)['’](?=\s)", "", text)
    text = re.sub(r"(?<=[a-z])(?=\d)", " ", re.sub(r"[^\w\s]+", " ", text))
    for old, new in _SPELLINGS:
        text = re.sub(old, new, text)
    return " ".join(_ROMAN.get(word, word) for word in text.split())


def _bag(text: str) -> frozenset[str]:
    return frozenset(word for word in text.split() if word not in _FILLERS)


class DiagnosisNames:
    """Judges the items of a ``diagnosis`` sheet by their names against ``context["reference"]``.

    Attributes:
        name: ``rule:diagnosis-names`` and its version, with the release of the knowledge base.
    """

    def __init__(self, knowledge: Knowledge | None = None) -> None:
        """Use a knowledge base, by default the pinned one."""
        self.knowledge = knowledge or Knowledge.load()
        self.name = f"rule:diagnosis-names@{VERSION}+{self.knowledge.meta.versions.get('phenotype.hpoa', '')}"

    def judge(self, sheet: Sheet) -> list[Verdict]:
        """A verdict for each item.

        Raises:
            ValueError: The sheet asks something else.
        """
        if sheet.task != "diagnosis":
            raise ValueError(f"{self.name} judges diagnoses, not {sheet.task}")
        reference = sheet.context["reference"]
        verdicts = []
        for item in sheet.items:
            grade, why = self.compare(item.text, reference)
            verdicts.append(sheet.verdict(item, str(grade), self.name, why))
        return verdicts

    def compare(self, given: str, reference: str) -> tuple[int, str]:
        """The grade of a name, 0-2, and why."""
        if _NEGATED.search(given.casefold().strip()):
            return 0, "the name is negated"
        left, right = _variants(given), _variants(reference)
        for one in left:
            for other in right:
                if one and (one == other or (_bag(one) and _sorted(one) == _sorted(other))):
                    return 2, "the same words"
        if _initials_match(given, right) or _initials_match(reference, left):
            return 2, "the initials of the name"
        mine, its = self._entities(left), self._entities(right)
        if shared := mine & its:
            return 2, f"both name {min(shared)}"
        return self._broader(left, right, its)

    def _broader(self, left: list[str], right: list[str], its: set[str]) -> tuple[int, str]:
        if _EVERYTHING & set(left):
            return 1, "a category of all inherited diseases"
        for one in left:
            words = _bag(one)
            if not words or words <= _EMPTY:
                continue
            for other in right:
                if words < _bag(other) and _head(one, other):
                    return 1, "its words are a part of the reference's"
            for entity in its:
                if entity.startswith("HP:") and any(name in self._hpo_above(entity) for name in self._hpo(one)):
                    return 1, f"an ancestor of {entity} in the HPO"
                if not entity.startswith("HP:") and one in self._series_of(entity):
                    return 1, f"the phenotypic series of {entity}"
        return 0, "not shown to be the same, nor to include it"

    def entries(self, name: str) -> set[str]:
        """Ids of the disease entries that have this very name; often none.

        Spelling and the order of words aside, every word counts: "classical" is a filler in :meth:`compare`, not here.
        """
        diseases = self.knowledge.diseases
        words = " ".join(sorted(plain(name).split()))
        return {diseases.ids[int(diseases.entity[place])] for place in self._very_names.get(words, ())}

    def _entities(self, names: list[str]) -> set[str]:
        """Ids that any of the names stands for: disease entries, and terms of the HPO."""
        diseases = self.knowledge.diseases
        found: set[str] = set()
        for name in names:
            for place in self._places.get(_sorted(name), ()):
                found.add(diseases.ids[int(diseases.entity[place])])
            found |= self._hpo(name)
        return found

    def _hpo(self, name: str) -> set[str]:
        resolution = self.knowledge.ontology.resolve(name)
        if resolution.how not in ("label", "synonym"):
            return set()
        return {self.knowledge.ontology.id(term) for term in resolution.terms}

    def _hpo_above(self, term: str) -> set[str]:
        ontology = self.knowledge.ontology
        place = ontology.index(term)
        return set() if place is None else {ontology.id(int(one)) for one in ontology.ancestors(place)} - {term}

    def _series_of(self, disease: str) -> set[str]:
        place = self.knowledge.diseases.index(disease)
        label = None if place is None else self.knowledge.diseases.series_label(place)
        return {plain(label)} if label else set()

    @cached_property
    def _very_names(self) -> dict[str, list[int]]:
        """Diseases by the sorted words of each of their names."""
        found: dict[str, list[int]] = defaultdict(list)
        for place, names in enumerate(self.knowledge.diseases.names):
            for name in re.split(r";+", names):
                # An abbreviation alone is ambiguous.
                if (text := plain(name)) and (" " in text or len(text) > 5):
                    found[" ".join(sorted(text.split()))].append(place)
        return dict(found)

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Diseases by the words of each of their names."""
        found: dict[str, list[int]] = defaultdict(list)
        for place, names in enumerate(self.knowledge.diseases.names):
            for name in re.split(r";+", names):
                # A numbered member of a series is not the series, and an abbreviation alone is ambiguous.
                if (text := plain(name)) and (" " in text or len(text) > 5):
                    found[_sorted(text)].append(place)
        return dict(found)


def _sorted(text: str) -> str:
    return " ".join(sorted(_bag(text)))


def _variants(name: str) -> list[str]:
    """Plain forms of a name: as it is, and without what stands in brackets or leads up to it."""
    shown = _LEAD.sub("", name.casefold().strip().strip(".*"))
    forms = [shown, re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", shown)]
    return list(dict.fromkeys(form for form in map(plain, forms) if form))


def _initials_match(short: str, names: list[str]) -> bool:
    """Whether a word in capitals, with a number or not, is the initials of one of the names."""
    found = re.fullmatch(r"\s*([A-Z]{2,6})[\s-]?(\d+|[IVX]+)?\s*", short)
    if not found:
        return False
    letters, number = found[1].casefold(), plain(found[2] or "")
    for name in names:
        words = name.split()
        numbers = [word for word in words if word.isdigit()]
        # Long compounds give more than one letter: neuro-fibromatosis, muco-poly-saccharidosis.
        stems = [word for word in words if not word.isdigit() and word not in _FILLERS]
        if (numbers[0] if numbers else "") == number and _spells(letters, stems):
            return True
    return False


_PARTS = re.compile(
    r"neuro|fibro|muco|poly|sacchar|thrombo|cyto|hyper|hypo|cardio|myo|encephalo|leuko|lipo|glyco|phenyl|keton|ur"
)


def _spells(letters: str, words: list[str]) -> bool:
    """Whether the letters are the first letters of the words' parts, in order, each word giving at least one."""
    if not words or not letters:
        return not words and not letters
    parts = [match.start() for match in _PARTS.finditer(words[0])]
    starts = sorted({0, *parts, *(match.end() for match in _PARTS.finditer(words[0]))} - {len(words[0])})
    taken = "".join(words[0][start] for start in starts)
    for size in range(1, min(len(taken), len(letters)) + 1):
        first = letters[:size]
        if first[0] == taken[0] and _within(first, taken) and _spells(letters[size:], words[1:]):
            return True
    return False


def _within(letters: str, taken: str) -> bool:
    rest = iter(taken)
    return all(letter in rest for letter in letters)


def _head(part: str, whole: str) -> bool:
    """Whether the last word of the broader name is what the narrower one is a kind of, and not an attribute of it."""
    last = next((word for word in reversed(part.split()) if word not in _FILLERS), "")
    return last in whole.split()


def diagnosis_names(retriever: Retriever | None = None, texts: Mapping[str, str] | None = None) -> DiagnosisNames:
    """The judge as it is registered; it looks nothing up but the knowledge base."""
    return DiagnosisNames()
