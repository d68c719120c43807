"""What ``workup diagnose`` prints: one case in full, several as one line each, and what was lost on the way."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from workup.cli.what_if import print_moves
from workup.errors import Issue, Severity, UserError

if TYPE_CHECKING:
    from workup.reasoning import Reasoning

# Every lost record is named, unless that would bury everything else.
_MOST_SHOWN: dict[Severity, int] = {"error": 1000, "warning": 20}
_COLUMNS = ("case", "disease", "probability", "answer", "name")


class Batch:
    """What is printed: one case in full, several as one line each, then what was lost on the way.

    The first result is held back until it is known whether a second one follows.
    """

    def __init__(
        self, *, top: int, as_json: bool, finishing: Callable[[Reasoning], Reasoning] = lambda one: one
    ) -> None:
        self.top = top
        self._finishing = finishing
        self.as_json = as_json
        self.done = 0
        self._first: tuple[str, Reasoning] | None = None
        self._note: str | None = None
        self._files: list[Path] = []
        self._written = 0
        self._issues: dict[Severity, list[Issue]] = {"error": [], "warning": []}
        self._counts: Counter[Severity] = Counter()

    def add(self, name: str, result: Reasoning, note: str | None = None) -> None:
        """Take the result of one case, and the note that its findings were read from."""
        self.done += 1
        if self.as_json:
            # The reasoner never saw the case's id, so that it is added here.
            result = msgspec.structs.replace(result, extensions={**result.extensions, "case": name})
            sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
        elif self.done == 1:
            self._first = (name, result)
            self._note = note
        else:
            self._line(name, result)
        if self.done > 1 or self.as_json:
            self._note_all(name, result)

    def note(self, *issues: Issue) -> None:
        """Take issues; all are counted, the first ones kept."""
        for issue in issues:
            self._counts[issue.severity] += 1
            kept = self._issues.get(issue.severity)
            if kept is not None and len(kept) < _MOST_SHOWN[issue.severity]:
                kept.append(issue)

    def _note_all(self, name: str, result: Reasoning) -> None:
        self.note(*(msgspec.structs.replace(issue, record=issue.record or name) for issue in result.issues))

    def written(self, paths: list[Path]) -> None:
        """Take the files written for one case."""
        self._written += len(paths)
        if self.done == 1:
            self._files = paths

    def finish(self) -> None:
        """Print what is left; exit with 2 when a record was lost.

        Raises:
            UserError: The input held no case.
        """
        if self._first is not None:
            _print(self._finishing(self._first[1]), self.top, self._note)
            # The others stand with the result; what was lost also decides how the program ends.
            self.note(*(issue for issue in self._first[1].issues if issue.severity == "error"))
        if self.done == 1 and not self.as_json:
            for path in self._files:
                click.echo(f"Written: {path}")
        sys.stdout.flush()
        lost = self._counts["error"]
        words: dict[Severity, str] = {"error": "Error", "warning": "Note"}
        for severity, word in words.items():
            shown = self._issues[severity]
            for issue in shown:
                click.echo(f"{word}: {issue}", err=True)
            if (more := self._counts[severity] - len(shown)) > 0:
                click.echo(f"... and {more} more", err=True)
        if self.done > 1 and self._written:
            click.echo(f"{self._written} files written", err=True)
        if lost:
            if self.done + lost > 1:
                click.echo(f"{_count(self.done)} diagnosed, {lost} could not be", err=True)
            sys.exit(2)
        if self.done > 1:
            click.echo(f"{_count(self.done)} diagnosed", err=True)
        if not self.done:
            raise UserError("no case was found in the input")

    def _line(self, name: str, result: Reasoning) -> None:
        if self._first is not None:
            (first_name, first), self._first = self._first, None
            click.echo("\t".join(_COLUMNS))
            self._line(first_name, first)
            self._note_all(first_name, first)
        click.echo("\t".join(one_line(text) for text in _summary(name, result)))


def _summary(name: str, result: Reasoning) -> tuple[str, ...]:
    """One case as a line: the best disease with its probability, and the level that could be answered."""
    level = result.answer.level if result.answer else "none"
    if not result.differential:
        return (name, "", "", level, result.abstained)
    best = result.differential[0]
    return (name, best.id, f"{best.probability:.3f}", level, best.label)


def one_line(text: str) -> str:
    """Text without tabs, line ends or anything that a terminal acts upon."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _count(number: int) -> str:
    return "1 case" if number == 1 else f"{number} cases"


def _print(result: Reasoning, top: int, note: str | None = None) -> None:
    from rich.console import Console

    from workup.report.terminal import print_reasoning

    console = Console()
    print_reasoning(result, console, limit=top, note=note)
    if moved := result.extensions.get("what_if"):
        print_moves(moved, console)
