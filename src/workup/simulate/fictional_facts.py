"""Facts about an organ that does not exist: names, relations and numbers from a seed.

The organ is new with every seed, so that no model can have read about it. A fact is a subject, a relation and a value::

    hormone Talvorin   made by      cell Dremocyte
    disease Norvel     treated with drug Sipuvane
    drug Sipuvane      dose         340 mg

Every subject of a kind has another value of a relation, so that the values of its siblings are wrong for it, look
alike, and can serve as distractors. What it cannot show: whether a method is right about real medicine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import msgspec

_ONSETS = (*"bdfgklmnprstvz", "br", "dr", "gr", "kr", "pr", "st", "tr", "vl")
_VOWELS = tuple("aeiou")
_CODAS = ("", "l", "n", "r", "s", "m")
# Kinds of things, the ending of their names, and how many there are.
KINDS: Mapping[str, tuple[str, int]] = {
    "cell": ("cyte", 12),
    "layer": ("ium", 12),
    "hormone": ("orin", 12),
    "receptor": ("ceptor", 12),
    "disease": ("osis", 12),
    "sign": ("emia", 12),
    "test": ("scopy", 12),
    "drug": ("vane", 12),
}


class Relation(msgspec.Struct, frozen=True):
    """What can be said of every thing of a kind.

    Attributes:
        name: Its name.
        subject: Kind of the things it is said of.
        value: Kind of the value, or its unit when it is a number.
        numbers: Least, largest and step of a number; None for a thing.
    """

    name: str
    subject: str
    value: str
    numbers: tuple[int, int, int] | None = None


RELATIONS = (
    Relation("lies in", "cell", "layer"),
    Relation("lives for", "cell", "days", (12, 90, 3)),
    Relation("made by", "hormone", "cell"),
    Relation("binds", "hormone", "receptor"),
    Relation("half-life", "hormone", "min", (6, 96, 5)),
    Relation("caused by excess of", "disease", "hormone"),
    Relation("first sign", "disease", "sign"),
    Relation("shown by", "disease", "test"),
    Relation("treated with", "disease", "drug"),
    Relation("cut-off", "test", "mmol/l", (15, 140, 7)),
    Relation("looks at", "test", "layer"),
    Relation("acts on", "drug", "receptor"),
    Relation("dose", "drug", "mg", (110, 990, 40)),
)


class Fact(msgspec.Struct, frozen=True):
    """One fact.

    Attributes:
        relation: Name of the relation.
        kind: Kind of the subject.
        subject: Name of the thing.
        value: Name of another thing, or a number with its unit.
    """

    relation: str
    kind: str
    subject: str
    value: str


class Organ(msgspec.Struct, frozen=True):
    """An organ that does not exist.

    Attributes:
        seed: What it was made from.
        name: Its name.
        things: Names by kind.
        facts: Every fact, by kind, subject and relation.
    """

    seed: int
    name: str
    things: dict[str, tuple[str, ...]]
    facts: tuple[Fact, ...]

    def of(self, subject: str) -> tuple[Fact, ...]:
        """Facts about one thing."""
        return tuple(fact for fact in self.facts if fact.subject == subject)

    def value(self, subject: str, relation: str) -> str:
        """The value of a relation of one thing.

        Raises:
            KeyError: There is no such fact.
        """
        for fact in self.facts:
            if fact.subject == subject and fact.relation == relation:
                return fact.value
        raise KeyError(f"{subject} {relation}")

    def siblings(self, fact: Fact) -> tuple[str, ...]:
        """Values of the same relation of the other things of the kind."""
        return tuple(
            other.value
            for other in self.facts
            if other.relation == fact.relation and other.kind == fact.kind and other.subject != fact.subject
        )


def make_organ(seed: int) -> Organ:
    """Make up an organ; the same seed gives the same one.

    >>> organ = make_organ(1)
    >>> len(organ.facts), len({fact.subject for fact in organ.facts})
    (156, 60)
    >>> organ == make_organ(1), organ.name == make_organ(2).name
    (True, False)
    """
    draw = random.Random(f"fictional organ {seed}")
    name = _names(draw)
    organ = name("ex")
    things = {kind: tuple(name(ending) for _ in range(count)) for kind, (ending, count) in KINDS.items()}
    facts = []
    for relation in RELATIONS:
        subjects = things[relation.subject]
        if relation.numbers:
            low, high, step = relation.numbers
            values = [f"{number} {relation.value}" for number in draw.sample(range(low, high + 1, step), len(subjects))]
        else:
            values = draw.sample(things[relation.value], len(subjects))
        facts += [
            Fact(relation.name, relation.subject, subject, value)
            for subject, value in zip(subjects, values, strict=True)
        ]
    order = {subject: place for place, subject in enumerate(one for names in things.values() for one in names)}
    return Organ(seed, organ, things, tuple(sorted(facts, key=lambda fact: order[fact.subject])))


def _names(draw: random.Random) -> Callable[[str], str]:
    """A maker of names, none of which begins like another."""
    taken: set[str] = set()

    def name(ending: str) -> str:
        while True:
            stem = "".join(draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(2)) + draw.choice(_CODAS)
            if stem[:4] not in taken:
                taken.add(stem[:4])
                return f"{stem}{ending}".capitalize()

    return name
