"""What the built-in extractor does, step by step; it is imported when the first note is read.

A note is cut into sentences and sections, its patient is read, then names of findings, measurements and what an
examination found well; at the end the words around each mention say whether it is so, of whom and since when.
"""

from __future__ import annotations

import msgspec

from workup.knowledge import Knowledge
from workup.text import normal
from workup.text.context import qualify
from workup.text.document import Document
from workup.text.extract import Extraction
from workup.text.language import foreign
from workup.text.measurements import find
from workup.text.persons import Person, read_person, with_onsets
from workup.text.recognise import Options, Recogniser

_PLAIN, _NESTED = Options(), Options(nested=True)


def recogniser_of(knowledge: Knowledge, *, nested: bool = False) -> Recogniser:
    """The recogniser of names of a knowledge base; see :class:`~workup.text.recognise.Options` for ``nested``."""
    return Recogniser.of(knowledge, _NESTED if nested else _PLAIN)


def read(note: str, recogniser: Recogniser) -> Extraction:
    """All that is found in a note."""
    document = Document.of(note)
    person = read_person(note, document)
    named = recogniser.mentions(note, document.sentences)
    measured = find(note, recogniser.ontology, person, document)
    well = normal.find(note, recogniser.ontology, named)
    mentions = qualify(note, [*normal.without_general(named, well), *well, *measured.mentions], document)
    found = Extraction(mentions=tuple(mentions), issues=(*foreign(note), *measured.issues))
    return with_person(note, found, document, person)


def with_person(
    note: str, found: Extraction, document: Document | None = None, person: Person | None = None
) -> Extraction:
    """An extraction with age, sex and onsets as the note gives them."""
    document = document or Document.of(note)
    person = person or read_person(note, document)
    onsets: dict[str, str] = {}
    dated = with_onsets(note, found.mentions, person, document)
    for i in sorted(dated):
        if found.mentions[i].status == "present":
            onsets.setdefault(found.mentions[i].id, dated[i].age)
    return msgspec.structs.replace(
        found, age=person.age, sex=person.sex, onsets=onsets, issues=(*person.issues, *found.issues)
    )
