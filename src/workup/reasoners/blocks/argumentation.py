"""Arguments that attack each other, and which of them can be held together: Dung's abstract argumentation.

Paper: Dung 1995 (Artificial Intelligence 77:321-357). A set is *admissible* when its members do not attack each other
and it attacks whatever attacks them. The *grounded* extension is what must be believed, *complete* ones hold all that
they defend, *preferred* ones are the largest admissible sets, and *stable* ones attack everything they leave out.

    decisions A, B, C exclude each other; the side effects D and E speak against A

>>> rivals = [(one, other) for one in "ABC" for other in "ABC" if one != other]
>>> framework = Framework("ABCDE", [*rivals, ("D", "A"), ("E", "A")])
>>> sorted(framework.grounded)
['D', 'E']
>>> [sorted(held) for held in framework.preferred()]
[['B', 'D', 'E'], ['C', 'D', 'E']]
>>> framework.accepted("B"), framework.accepted("B", sceptical=True), framework.accepted("D", sceptical=True)
(True, False, True)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Generic, Literal, TypeVar

import msgspec

from workup.errors import UserError

Name = TypeVar("Name", bound=Hashable)
Semantics = Literal["grounded", "complete", "preferred", "stable"]


class Framework(Generic[Name]):
    """Arguments and their attacks. Sets of arguments are bits of an integer inside, and frozen sets outside.

    Everything is exact. There can be exponentially many extensions, so that they come one by one; whether one argument
    is accepted is asked of those arguments alone that reach it.

    Attributes:
        arguments: The arguments, in the order in which they were given.
        attacks: Who attacks whom, without repeats.
    """

    def __init__(self, arguments: Iterable[Name], attacks: Iterable[tuple[Name, Name]]) -> None:
        """Take arguments and attacks.

        Raises:
            UserError: An attack names no argument.
        """
        self.arguments = tuple(dict.fromkeys(arguments))
        self.attacks = tuple(dict.fromkeys(attacks))
        self._place = {name: place for place, name in enumerate(self.arguments)}
        self._attackers = [0] * len(self.arguments)
        self._attacked = [0] * len(self.arguments)
        for one, other in self.attacks:
            if one not in self._place or other not in self._place:
                raise UserError(f"{one} attacks {other}, and one of them is no argument")
            self._attackers[self._place[other]] |= 1 << self._place[one]
            self._attacked[self._place[one]] |= 1 << self._place[other]

    def attackers(self, name: Name) -> tuple[Name, ...]:
        """Who attacks an argument, in the order of the arguments."""
        return self._ordered(self._attackers[self._place[name]])

    @property
    def grounded(self) -> frozenset[Name]:
        """What every complete extension holds: the unattacked, what they defend, and so on."""
        return self._named(self._grounded(self._everything)[0])

    def complete(self, most: int | None = None) -> Iterator[frozenset[Name]]:
        """The complete extensions, ``most`` of them at most."""
        return map(self._named, islice(self._extensions("complete"), most))

    def preferred(self, most: int | None = None) -> Iterator[frozenset[Name]]:
        """The preferred extensions, ``most`` of them at most; there is always one."""
        return map(self._named, islice(self._extensions("preferred"), most))

    def stable(self, most: int | None = None) -> Iterator[frozenset[Name]]:
        """The stable extensions, ``most`` of them at most; there may be none."""
        return map(self._named, islice(self._extensions("stable"), most))

    def accepted(self, name: Name, semantics: Semantics = "preferred", *, sceptical: bool = False) -> bool:
        """Whether an argument is in some extension, or ``sceptical`` in all of them.

        Where there is no stable extension, every argument is in all of them.
        """
        wanted = 1 << self._place[name]
        stable = semantics == "stable"
        # Only stable extensions depend on arguments from which no path of attacks leads here.
        held, undecided = self._grounded(self._everything if stable else self._reaching(wanted))
        own = self._connected(wanted, undecided) if wanted & undecided else 0
        if stable and not all(
            any(True for _ in self._search("stable", part)) for part in self._parts(undecided & ~own)
        ):
            return sceptical
        if not own or semantics == "grounded" or (semantics == "complete" and sceptical):
            return bool(held & wanted)
        # Who is in a complete extension is in a preferred one.
        kind: Semantics = "stable" if stable else "preferred"
        if sceptical:
            return all(found & wanted for found in self._search(kind, own))
        return any(True for _ in self._search(kind, own, wanted))

    @property
    def _everything(self) -> int:
        return (1 << len(self.arguments)) - 1

    def _extensions(self, kind: Semantics) -> Iterator[int]:
        """Parts that are not connected are searched apart and combined."""
        held, undecided = self._grounded(self._everything)
        sources = [self._search(kind, part) for part in self._parts(undecided)]
        return _combined(held, sources, [[] for _ in sources])

    def _search(self, kind: Semantics, within: int, wanted: int = 0) -> Iterator[int]:
        return _Search(self._attackers, self._attacked, kind, within).run(wanted)

    def _grounded(self, within: int) -> tuple[int, int]:
        """The grounded extension of some arguments, and what it leaves undecided."""
        held, undecided = 0, within
        while new := sum(1 << place for place in _places(undecided) if not self._attackers[place] & undecided):
            held |= new
            undecided &= ~(new | _union(self._attacked, new))
        return held, undecided

    def _parts(self, within: int) -> Iterator[int]:
        """The connected parts of some arguments."""
        while within:
            part = self._connected(within & -within, within)
            yield part
            within &= ~part

    def _connected(self, found: int, within: int) -> int:
        new = found
        while new:
            new = (_union(self._attackers, new) | _union(self._attacked, new)) & within & ~found
            found |= new
        return found

    def _reaching(self, found: int) -> int:
        """Arguments from which attacks lead to some of ``found``, and these."""
        new = found
        while new:
            new = _union(self._attackers, new) & ~found
            found |= new
        return found

    def _ordered(self, held: int) -> tuple[Name, ...]:
        return tuple(self.arguments[place] for place in _places(held))

    def _named(self, held: int) -> frozenset[Name]:
        return frozenset(self._ordered(held))


class Choice(msgspec.Struct, Generic[Name], frozen=True, kw_only=True):
    """Which of several decisions the arguments leave standing.

    Attributes:
        decision: The one that is chosen; None when no preferred extension holds an argument for any.
        extensions: The preferred extensions, the one that was chosen first.
        optional: Every decision that some of them holds, the chosen one first.
        rejected: The other decisions, and what speaks against each: attackers of its arguments that are held in all
            preferred extensions, else in some, else all attackers.
    """

    decision: str | None
    extensions: tuple[frozenset[Name], ...]
    optional: tuple[str, ...]
    rejected: dict[str, tuple[Name, ...]]


def choose(framework: Framework[Name], decisions: Mapping[Name, str], *, most: int = 256) -> Choice[Name]:
    """Choose among the decisions that arguments speak for.

    The largest preferred extension that holds one wins; then the one whose decision more of them hold (all of them, at
    best); then the one that was argued for first. No decision is chosen when none holds any: the arguments conflict.

    Args:
        framework: The arguments, in the order in which they were put forward.
        decisions: What an argument speaks for; arguments about other things are not in it.
        most: Extensions that are looked at.
    """
    order = list(dict.fromkeys(decisions[name] for name in framework.arguments if name in decisions))
    found = [(held, {decisions[name] for name in held if name in decisions}) for held in framework.preferred(most)]
    count = Counter(decision for _, own in found for decision in own)

    def place(one: tuple[frozenset[Name], set[str]]) -> tuple[bool, int, int, int]:
        held, own = one
        return not own, -len(held), -max(map(count.__getitem__, own), default=0), min(map(order.index, own), default=0)

    found.sort(key=place)
    optional = sorted(count, key=lambda decision: next(at for at, (_, own) in enumerate(found) if decision in own))
    first = found[0][1] if found else set()
    chosen = min(first, key=lambda decision: (-count[decision], order.index(decision)), default=None)
    sets = [held for held, _ in found]
    rejected: dict[str, tuple[Name, ...]] = {}
    for decision in order:
        if decision not in count:
            own = [name for name in framework.arguments if decisions.get(name) == decision]
            foes = dict.fromkeys(foe for name in own for foe in framework.attackers(name))
            certain = tuple(foe for foe in foes if all(foe in held for held in sets))
            rejected[decision] = (
                certain or tuple(foe for foe in foes if any(foe in held for held in sets)) or tuple(foes)
            )
    if chosen is not None:
        optional = [chosen, *(decision for decision in optional if decision != chosen)]
    return Choice(decision=chosen, extensions=tuple(sets), optional=tuple(optional), rejected=rejected)


class _Search:
    """Labels one argument after the other, and follows what each label forces.

    The labels: *in*; *out*, attacked by one that is in; *must*, which has to become out, as it attacks one that is in
    (or cannot be left unattacked in a stable extension); *refused*, not in for whatever reason; the others are blank.
    After Nofal, Atkinson and Dunne 2014 (Artificial Intelligence 207:23-51).
    """

    def __init__(self, attackers: list[int], attacked: list[int], kind: Semantics, within: int) -> None:
        self._attackers = [attackers[place] & within if within >> place & 1 else 0 for place in range(len(attackers))]
        self._attacked = [attacked[place] & within if within >> place & 1 else 0 for place in range(len(attacked))]
        self._kind = kind
        self._within = within

    def run(self, wanted: int = 0) -> Iterator[int]:
        """Extensions that hold ``wanted``, each once; those with an argument come before those without it."""
        stable = self._kind == "stable"
        selfish = sum(1 << place for place in _places(self._within) if self._attackers[place] >> place & 1)
        stack = [((0, 0, selfish, 0) if stable else (0, 0, 0, selfish), wanted)]
        found: list[int] = []
        while stack:
            state = self._follow(*stack.pop())
            if state is None:
                continue
            held, out, must, refused = state
            blank = self._within & ~(held | out | must | refused)
            # A larger set has been found already, since arguments are tried in before they are left out.
            if self._kind == "preferred" and any(not (held | blank) & ~larger for larger in found):
                continue
            if blank:
                new = self._next(blank, must)
                stack.append(((held, out, must | new, refused) if stable else (held, out, must, refused | new), 0))
                stack.append((state, new))
            elif not must:
                found.append(held)
                yield held

    def _follow(self, state: tuple[int, int, int, int], adding: int) -> tuple[int, int, int, int] | None:
        """What follows when ``adding`` comes in; None when the labels contradict each other."""
        held, out, must, refused = state
        while True:
            held |= adding
            out |= _union(self._attacked, adding)
            must = (must | _union(self._attackers, adding)) & ~out
            if held & (out | must | refused):
                return None
            refused &= ~(out | must)
            blank = self._within & ~(held | out | must | refused)
            adding = hopeless = 0
            for place in _places(must):
                able = self._attackers[place] & blank
                if not able:
                    return None
                if able.bit_count() == 1:
                    adding |= able
            for place in _places(blank):
                open_foes = self._attackers[place] & ~(out | must)
                if not open_foes:
                    # Defended by what is in, or will be: a complete extension holds it.
                    adding |= 1 << place
                elif self._kind != "stable" and any(not self._attackers[foe] & blank for foe in _places(open_foes)):
                    hopeless |= 1 << place
            if self._kind == "complete" and any(not self._attackers[place] & ~out for place in _places(refused)):
                return None
            refused |= hopeless
            if not adding and not hopeless:
                return held, out, must, refused

    def _next(self, blank: int, must: int) -> int:
        """The argument to label next: one against what has fewest attackers left, else the best connected."""
        among = min((self._attackers[place] & blank for place in _places(must)), key=int.bit_count, default=blank)
        around = blank | must

        def links(place: int) -> int:
            return ((self._attacked[place] | self._attackers[place]) & around).bit_count()

        return 1 << max(_places(among), key=links)


def _combined(held: int, sources: list[Iterator[int]], read: list[list[int]]) -> Iterator[int]:
    """Every way of taking one set of each source; ``read`` keeps what a source gave, which is asked only as needed."""
    if not sources:
        yield held
        return
    place = 0
    while True:
        if place == len(read[-1]):
            if (new := next(sources[-1], None)) is None:
                return
            read[-1].append(new)
        for rest in _combined(held, sources[:-1], read[:-1]):
            yield rest | read[-1][place]
        place += 1


def _places(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _union(sets: Sequence[int], of: int) -> int:
    found = 0
    for place in _places(of):
        found |= sets[place]
    return found
