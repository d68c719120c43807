"""The map of the field (system 26): for each capability what implements it, which claim proves it, what measures it.

Levels and cells are data (``taxonomy.json``). Which systems a cell holds follows from their kind and from words of
their title and summary in the catalogue; which components, from names of entry points. Nothing else is written by hand,
so that the map cannot say more than the registry does. Empty cells are shown first.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import msgspec
from jinja2 import Environment

from workup import registry
from workup.systems.records import System, catalogue, claims

TAXONOMY = Path(__file__).parent / "taxonomy.json"


class Capability(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell of the taxonomy.

    Attributes:
        level: One of the five levels.
        capability: What can be done.
        components: Patterns of ``KIND:NAME`` of the registry.
        words: Words that a system's title or summary has, letter case aside.
        kinds: Kinds of systems of the catalogue.
    """

    level: str
    capability: str
    components: tuple[str, ...]
    words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def holds(self, system: System) -> bool:
        """Whether the system belongs here."""
        said = f"{system.title} {system.summary}".casefold()
        return system.kind in self.kinds or any(word in said for word in self.words)


class Taxonomy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The taxonomy: levels in their order, cells, and patterns of the benchmarks that read more than clinical text."""

    source: str
    levels: tuple[str, ...]
    cells: tuple[Capability, ...]
    modalities: dict[str, tuple[str, ...]]


class Cell(msgspec.Struct, frozen=True):
    """A cell of the map.

    Attributes:
        level: Its level.
        capability: Its capability.
        systems: Numbers of the published systems that belong here.
        components: What implements it here, as ``KIND:NAME``.
        proofs: Claims that are measured in every run, as ``NN/claim``, one a system.
        benchmarks: What measures it.
    """

    level: str
    capability: str
    systems: tuple[str, ...]
    components: tuple[str, ...]
    proofs: tuple[str, ...]
    benchmarks: tuple[str, ...]

    @property
    def covered(self) -> bool:
        """Whether something implements it and a claim proves it."""
        return bool(self.components and self.proofs)


@cache
def taxonomy() -> Taxonomy:
    """The taxonomy, as it is shipped."""
    return msgspec.json.decode(TAXONOMY.read_bytes(), type=Taxonomy)


def cells_of(system: System) -> tuple[str, ...]:
    """Capabilities that a system belongs to.

    >>> from workup.systems.records import find
    >>> cells_of(find("14"))[0]
    'tools'
    """
    return tuple(cell.capability for cell in taxonomy().cells if cell.holds(system))


def coverage() -> list[Cell]:
    """Every cell, the empty ones first, then those without a claim, then by level."""
    known = [f"{kind}:{name}" for kind in registry.KINDS for name in registry.names(kind)]
    order = taxonomy().levels
    found = []
    for cell in taxonomy().cells:
        held = [system for system in catalogue() if cell.holds(system)]
        mine = {name for name in known if any(fnmatchcase(name, pattern) for pattern in cell.components)}
        at_work = [system for system in held if system.entry_points]
        owned = {point.removeprefix("workup.") for system in at_work for point in system.entry_points}
        # A claim proves the cell when one of the entry points of its system implements the cell.
        # What a survey claims is about the map, and proves nothing on it.
        proving = [
            system
            for system in catalogue()
            if system.kind != "survey" and mine & {point.removeprefix("workup.") for point in system.entry_points}
        ]
        proofs = [f"{system.id}/{name}" for system in proving if (name := _measured(system))]
        measures = {name for name in {*mine, *owned} if name.startswith("benchmarks:")}
        found.append(
            Cell(
                level=cell.level,
                capability=cell.capability,
                systems=tuple(system.id for system in held),
                components=tuple(sorted(mine)),
                proofs=tuple(proofs),
                benchmarks=tuple(sorted(name.partition(":")[2] for name in measures)),
            )
        )
    return sorted(found, key=lambda one: (bool(one.components), one.covered, order.index(one.level)))


def _measured(system: System) -> str:
    """The first claim of a system that is compared in every run; empty when there is none."""
    ready = (
        one.id for one in claims(system.id) if one.expected is not None and one.tier == "ci" and one.needs == ("data",)
    )
    return next(ready, "")


def map_rows(cells: Sequence[Cell]) -> list[tuple[str, ...]]:
    """The map as rows of a table: level, capability, state, systems, components, proofs, benchmarks."""
    return [
        (
            one.level,
            one.capability,
            "covered" if one.covered else "no claim" if one.components else "empty",
            str(len(one.systems)),
            ", ".join(one.components) or "-",
            ", ".join(one.proofs) or "-",
            ", ".join(one.benchmarks) or "-",
        )
        for one in cells
    ]


HEADINGS = ("level", "capability", "state", "systems", "components", "proved by", "measured by")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Map of the field</title>
<style>body{font:15px/1.4 sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #bbb;
padding:.3em .6em;text-align:left;vertical-align:top}.empty{background:#fde0dc}.no{background:#fff4d6}</style></head>
<body><h1>Map of the field</h1>
<p>{{ covered }} of {{ rows|length }} capabilities are implemented and proved by a claim. Empty ones come first.</p>
<table><tr>{% for heading in headings %}<th>{{ heading }}</th>{% endfor %}</tr>
{% for row in rows %}<tr class="{{ row[2] }}">{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table>
<p>{{ source }} For research; nothing here is a medical device.</p></body></html>
"""


def map_page(cells: Sequence[Cell]) -> str:
    """The map as one HTML page without outside parts."""
    page = Environment(autoescape=True).from_string(_PAGE)
    return page.render(
        rows=map_rows(cells),
        headings=HEADINGS,
        covered=sum(one.covered for one in cells),
        source=taxonomy().source,
    )
