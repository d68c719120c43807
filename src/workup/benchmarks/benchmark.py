"""What a benchmark is: a reader of a released format, the form of its answers, and the scorers that go with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import msgspec

from workup.case import Case, Form
from workup.errors import Issue
from workup.evaluation.score import Metric, Scorer

if TYPE_CHECKING:
    from workup.models.model import Model
    from workup.reasoners.blocks.environment import Environment


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a reader must know of a benchmark before using it.

    Attributes:
        name: Name it is registered under.
        title: Its title.
        paper: Where it was published.
        licence: Licence of its data, and who must supply them.
        form: Form of the answers.
        layout: The released files and their fields, in a sentence or two.
        languages: BCP 47 tags.
        version: Version of this reader: changes when the same file gives other cases.
        systems: Two-digit numbers of the published systems it belongs to.
    """

    name: str
    title: str
    paper: str
    licence: str
    form: Form
    layout: str
    languages: tuple[str, ...] = ("en",)
    version: str = "1"
    systems: tuple[str, ...] = ()


@runtime_checkable
class Benchmark(Protocol):
    """Cases with their truth, and how answers are scored."""

    header: Header

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases in the order of the files, each with its :class:`~workup.case.Reference`; bad records as issues."""
        ...

    def scorers(self) -> Sequence[Scorer]:
        """What scores an attempt; the first is the headline."""
        ...

    def metrics(self) -> Sequence[Metric]:
        """What measures a run; the first is the headline."""
        ...


@runtime_checkable
class Interactive(Benchmark, Protocol):
    """A benchmark whose cases do not tell everything at once: a patient is asked, or tools are called.

    What the patient knows is in ``Case.extensions``, which :meth:`~workup.case.Case.blinded` removes; the reasoner
    meets the environment as ``Context.environment``. A benchmark may also offer ``prompts``, the words that its
    environment says to a model, whose digest is then part of every attempt's key.
    """

    def setting(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of the environment, as given or by default; part of every attempt's key.

        Raises:
            UserError: One is unknown or out of range.
        """
        ...

    def environment(self, case: Case, setting: Mapping[str, Any], *, model: Model | None, seed: int) -> Environment:
        """The environment of one attempt at the whole case.

        Raises:
            UserError: It needs a model, and there is none.
        """
        ...
