"""What can be measured here: modality x kind of answer x language, generated from the headers of the benchmarks.

    modality         answer      state     languages      without        benchmarks
    images           choice      missing   -              en, zh, ar..   -
    time series      label       covered   en             zh, ar, ...    globem
    clinical text    choice      covered   ar, en, fr     zh, ...        medqa, glianorex, ...

What is missing comes first. A benchmark's modality follows from patterns of its name (``taxonomy.json``), everything
else from its own header, so that the table cannot say more than the registry.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from workup import registry
from workup.systems.coverage import taxonomy

TEXT = "clinical text"


class Place(msgspec.Struct, frozen=True):
    """One modality and one kind of answer.

    Attributes:
        modality: What is read.
        answer: Form of the answer, as benchmarks name it.
        languages: In which it can be measured.
        without: Languages of other benchmarks in which it cannot.
        benchmarks: What measures it.
    """

    modality: str
    answer: str
    languages: tuple[str, ...]
    without: tuple[str, ...]
    benchmarks: tuple[str, ...]

    @property
    def state(self) -> str:
        """``missing``, ``some languages`` or ``covered``."""
        return "missing" if not self.benchmarks else "some languages" if self.without else "covered"


def modality_of(benchmark: str) -> str:
    """What the cases of a benchmark are made of.

    >>> modality_of("globem"), modality_of("medqa")
    ('time series', 'clinical text')
    """
    for name, patterns in taxonomy().modalities.items():
        if any(fnmatchcase(benchmark, pattern) for pattern in patterns):
            return name
    return TEXT


def matrix() -> list[Place]:
    """Every modality with every form of answer: what is missing first, then what lacks languages."""
    headers = [(name, header) for name in registry.names("benchmarks") if (header := _header(name)) is not None]
    # "mul" says that a set has many languages, and is none that another could lack.
    every = sorted({language for _, header in headers for language in header.languages} - {"mul"})
    forms = sorted({str(header.form) for _, header in headers})
    found = []
    for modality in (*taxonomy().modalities, TEXT):
        for form in forms:
            mine = [(name, one) for name, one in headers if modality_of(name) == modality and one.form == form]
            spoken = sorted({language for _, one in mine for language in one.languages})
            found.append(
                Place(
                    modality=modality,
                    answer=form,
                    languages=tuple(spoken),
                    without=tuple(language for language in every if language not in spoken),
                    benchmarks=tuple(name for name, _ in mine),
                )
            )
    return sorted(found, key=lambda one: (bool(one.benchmarks), len(one.languages)))


def _header(name: str) -> Any:
    """The header of a benchmark; None for those with a runner of their own and none."""
    thing = registry.load("benchmarks", name)
    made = thing() if isinstance(thing, type) and hasattr(thing, "read") else thing
    return getattr(made, "header", None)


HEADINGS = ("modality", "answer", "state", "languages", "without", "measured by")


def matrix_rows(places: Sequence[Place]) -> list[tuple[str, ...]]:
    """The matrix as rows of a table."""
    return [
        (
            one.modality,
            one.answer,
            one.state,
            ", ".join(one.languages) or "-",
            ", ".join(one.without) or "-",
            ", ".join(one.benchmarks) or "-",
        )
        for one in places
    ]
