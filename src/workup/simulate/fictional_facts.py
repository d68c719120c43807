"""Facts about an organ that does not exist: names, relations and numbers from a seed.

The organ is new with every seed, so that no model can have read about it. A fact is a subject, a relation and a value::

    hormone Talvorin   made by      cell Dremocyte
    disease Norvel     treated with drug Sipuvane
    drug Sipuvane      dose         340 mg

Every subject of a kind has another value of a relation. Values are drawn from three times as many things (or numbers)
as there are subjects, and what distracts from a value is drawn from the same. Were there no more values than subjects,
whoever knows half of the answers could cross them off in the other half, which alone gets 47 % of the questions right.
What it cannot show: whether a method is right about real medicine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import msgspec

_ONSETS = (*"bdfgklmnprstvz", "br", "dr", "gr", "kr", "pr", "st", "tr", "vl")
_VOWELS = tuple("aeiou")
_CODAS = ("", "l", "n", "r", "s", "m")
# Kinds of things, the ending of their names, how many the book describes, and how many it only names.
KINDS: Mapping[str, tuple[str, int, int]] = {
    "cell": ("cyte", 12, 24),
    "layer": ("ium", 0, 36),
    "hormone": ("orin", 12, 24),
    "receptor": ("ceptor", 0, 36),
    "disease": ("osis", 12, 0),
    "sign": ("emia", 0, 36),
    "test": ("scopy", 12, 24),
    "drug": ("vane", 12, 24),
}


class Relation(msgspec.Struct, frozen=True):
    """What can be said of every thing of a kind.

    Attributes:
        name: Its name.
        subject: Kind of the things it is said of.
        value: Kind of the value, or its unit when it is a number.
        numbers: Least, largest and step of a number; None for a thing.
        described: Whether the value is a thing that the book describes, so that one can go on from it.
    """

    name: str
    subject: str
    value: str
    numbers: tuple[int, int, int] | None = None
    described: bool = False


RELATIONS = (
    Relation("lies in", "cell", "layer"),
    Relation("lives for", "cell", "days", (12, 90, 1)),
    Relation("made by", "hormone", "cell"),
    Relation("binds", "hormone", "receptor"),
    Relation("half-life", "hormone", "min", (6, 96, 2)),
    Relation("caused by excess of", "disease", "hormone", described=True),
    Relation("first sign", "disease", "sign"),
    Relation("shown by", "disease", "test", described=True),
    Relation("treated with", "disease", "drug", described=True),
    Relation("cut-off", "test", "mmol/l", (15, 140, 3)),
    Relation("looks at", "test", "layer"),
    Relation("acts on", "drug", "receptor"),
    Relation("dose", "drug", "mg", (110, 990, 20)),
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
        things: Names of what the book describes, by kind.
        named: Names of what it only names, by kind.
        facts: Every fact, by kind, subject and relation.
    """

    seed: int
    name: str
    things: dict[str, tuple[str, ...]]
    named: dict[str, tuple[str, ...]]
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
        """Everything else that the value might have been: other things of its kind, or numbers of its range."""
        relation = next(one for one in RELATIONS if one.name == fact.relation and one.subject == fact.kind)
        pool = _numbers(relation) or (*self.things[relation.value], *self.named[relation.value])
        return tuple(value for value in pool if value != fact.value)


def _numbers(relation: Relation) -> tuple[str, ...]:
    if relation.numbers is None:
        return ()
    low, high, step = relation.numbers
    return tuple(f"{number} {relation.value}" for number in range(low, high + 1, step))


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
    things = {kind: tuple(name(ending) for _ in range(count)) for kind, (ending, count, _) in KINDS.items()}
    named = {kind: tuple(name(ending) for _ in range(count)) for kind, (ending, _, count) in KINDS.items()}
    facts = []
    for relation in RELATIONS:
        subjects = things[relation.subject]
        pool = _numbers(relation) or things[relation.value]
        if not relation.numbers and not relation.described:
            pool += named[relation.value]
        values = draw.sample(pool, len(subjects))
        facts += [
            Fact(relation.name, relation.subject, subject, value)
            for subject, value in zip(subjects, values, strict=True)
        ]
    order = {subject: place for place, subject in enumerate(one for names in things.values() for one in names)}
    return Organ(seed, organ, things, named, tuple(sorted(facts, key=lambda fact: order[fact.subject])))


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
