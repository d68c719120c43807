"""A person goes through what was read from a note, one mention at a time, before it counts.

Single keys, plain lines, no cursor movement needed: it works wherever a terminal does. Keys come from a function, so
that a test or another program can press them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
import msgspec
from rich.console import Console
from rich.live import Live
from rich.text import Text

from workup.errors import UserError
from workup.knowledge.hpo import Ontology
from workup.report.wording import clean
from workup.text.extract import Reading
from workup.text.findings import place
from workup.text.mention import Mention
from workup.text.words_found import how_found, in_sentence

_SHOWN = 8
_KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO.|\x1b|.", re.DOTALL)
_UP = {"\x1b[A", "\x1bOA", "\x1b[Z"}
_DOWN = {"\x1b[B", "\x1bOB", "\t"}
_ENTER = {"\r", "\n"}
_BACKSPACE = {"\x7f", "\x08"}
_END = {"", "\x04"}

KEYS = {
    "a": "accept",
    "r": "reject",
    "t": "other term",
    "f": "flip present/excluded",
    "u": "unknown",
    "A": "accept all the rest",
    "b": "back",
    "s": "save and stop",
    "q": "quit without saving",
}


class Stopped(Exception):
    """The person left the review; ``save`` says whether what was decided so far is to be kept."""

    def __init__(self, reading: Reading, *, save: bool) -> None:
        super().__init__("stopped")
        self.reading = reading
        self.save = save


class Entry(msgspec.Struct):
    """One mention under review."""

    mention: Mention
    rejected: bool = False
    pending: bool = True


def terminal_keys() -> Callable[[], str]:
    """Keys as they are pressed on the terminal, also when standard input is a file.

    Raises:
        UserError: There is no terminal.
    """
    refusal = "--confirm needs a terminal; without one, save the case with --findings-out and edit it"
    if not sys.stderr.isatty():
        raise UserError(refusal)
    if not sys.stdin.isatty():
        try:
            with open("/dev/tty"):
                pass
        except OSError as error:
            raise UserError(refusal) from error

    return keys_of(_chunk)


def _chunk() -> str:
    """What is typed next, without waiting for Enter; empty at the end of the input.

    Keys typed ahead are kept, which click's ``getchar`` throws away.
    """
    try:
        import termios
        import tty
    except ImportError:  # Windows
        try:
            return click.getchar()
        except EOFError:
            return ""
    own = not sys.stdin.isatty()
    terminal = os.open("/dev/tty", os.O_RDONLY) if own else sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)
        return os.read(terminal, 256).decode(errors="replace")
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        if own:
            os.close(terminal)


def keys_of(read: Callable[[], str]) -> Callable[[], str]:
    """Cut what a terminal delivers, several keys at once when somebody types fast, into single keys.

    >>> press = keys_of(iter(["ab", "\\x1b[A"]).__next__)
    >>> [press() for _ in range(3)]
    ['a', 'b', '\\x1b[A']
    """

    def each() -> Iterator[str]:
        while True:
            chunk = read()
            yield from _KEY.findall(chunk) or [chunk]

    keys = each()
    return lambda: next(keys)


class Review:
    """Goes through the mentions of a note.

    Args:
        note: The text.
        reading: What was read from it; a reading with pending mentions is gone on with.
        ontology: For other terms.
        press: Gives the next key.
        console: Where to print.
        name: What to call the case.
        can_save: Whether there is a file to save to when the person stops.
    """

    def __init__(
        self,
        note: str,
        reading: Reading,
        ontology: Ontology,
        *,
        press: Callable[[], str],
        console: Console,
        name: str = "",
        can_save: bool = False,
    ) -> None:
        self.note = note
        self.reading = reading
        self.ontology = ontology
        self.press = press
        self.console = console
        self.name = name
        self.can_save = can_save
        open_ones = set(reading.pending) if reading.reviewed else set(range(len(reading.mentions)))
        entries = [Entry(mention, pending=i in open_ones) for i, mention in enumerate(reading.mentions)]
        entries += [Entry(mention, rejected=True, pending=False) for mention in reading.rejected]
        self.entries = sorted(entries, key=lambda one: (one.mention.start, one.mention.end))
        self.names = TermNames(ontology)

    def run(self) -> Reading:
        """Ask about each mention.

        Returns:
            The reading as decided.

        Raises:
            Stopped: The person stopped before the end.
        """
        pending = [i for i, entry in enumerate(self.entries) if entry.pending]
        if not self.entries:
            self._say(f"{self.name}: no finding was recognised in the note; there is nothing to confirm.")
            return self.result()
        self._say(
            f"{self.name}: {len(self.entries)} places of the note speak of a finding"
            + (f", {len(pending)} of them still to be looked at." if len(pending) < len(self.entries) else "."),
        )
        self._say("   ".join(f"[{key}] {words}" for key, words in KEYS.items()), "dim")
        position = pending[0] if pending else 0
        while position < len(self.entries):
            position = self._one(position)
        kept = sum(not entry.rejected for entry in self.entries)
        changed = sum(entry.mention.method == "user" for entry in self.entries if not entry.rejected)
        self._say(f"{kept} accepted ({changed} of them corrected), {len(self.entries) - kept} rejected.")
        return self.result()

    def result(self) -> Reading:
        """The reading as decided so far."""
        kept = sorted(
            (entry for entry in self.entries if not entry.rejected),
            key=lambda one: (one.mention.start, one.mention.end, one.mention.id),
        )
        return msgspec.structs.replace(
            self.reading,
            mentions=tuple(entry.mention for entry in kept),
            rejected=tuple(entry.mention for entry in self.entries if entry.rejected),
            reviewed=True,
            pending=tuple(i for i, entry in enumerate(kept) if entry.pending),
        )

    def _one(self, position: int) -> int:
        """Ask about one mention; returns the position of the next one."""
        entry = self.entries[position]
        self._show(position)
        while True:
            key = self.press()
            if key in _ENTER or key == "a":
                return self._decide(position, rejected=False)
            if key == "r":
                return self._decide(position, rejected=True)
            if key == "A":
                for later in range(position, len(self.entries)):
                    if self.entries[later].pending or later == position:
                        self._mark(later, rejected=False)
                self._say("  accepted, and all the rest")
                return len(self.entries)
            if key == "b" or key in _UP:
                return max(position - 1, 0)
            if key in "fut" and key:
                self._change(entry, key)
                self._show(position)
            elif key == "s":
                if self.can_save:
                    raise Stopped(self.result(), save=True)
                self._say("  There is no file to save to; name one with --findings-out. [q] quits without saving.")
            elif key == "q" or key in _END:
                raise Stopped(self.result(), save=False)
            else:
                self._say("   ".join(f"[{key}] {words}" for key, words in KEYS.items()), "dim")

    def _decide(self, position: int, *, rejected: bool) -> int:
        self._mark(position, rejected=rejected)
        self._say("  rejected" if rejected else "  accepted")
        return position + 1

    def _mark(self, position: int, *, rejected: bool) -> None:
        self.entries[position].rejected = rejected
        self.entries[position].pending = False

    def _change(self, entry: Entry, key: str) -> None:
        was = entry.mention
        if key == "t":
            term = self._pick(" ".join(was.words(self.note).split()))
            if term is None:
                self._say("  the term stays")
                return
            reason = f"chosen by you instead of {was.label} ({was.id})"
            entry.mention = msgspec.structs.replace(
                was, id=self.ontology.id(term), label=self.ontology.label(term), method="user", score=1.0, reason=reason
            )
            return
        status = "unknown" if key == "u" else "excluded" if was.status == "present" else "present"
        reason = f"set to {status} by you; it was read as {was.status}"
        entry.mention = msgspec.structs.replace(was, status=status, method="user", score=1.0, reason=reason)

    def _show(self, position: int) -> None:
        entry = self.entries[position]
        mention = entry.mention
        self._say("")
        where = f"{position + 1} of {len(self.entries)}, {place(self.note, mention.start)}"
        self._say(where + (f", section {clean(mention.section)}" if mention.section else ""), "dim")
        line = Text("  ")
        for words, marked in in_sentence(self.note, mention):
            shown = clean(words) if words.strip() else ""
            pad = (" " if words[:1].isspace() else "", " " if words[-1:].isspace() else "")
            line.append(f"{pad[0]}{f'[{shown}]' if marked else shown}{pad[1]}", "bold reverse" if marked else "")
        self.console.print(line, highlight=False)
        what = Text.assemble("  ", (clean(mention.label), "bold"), f" ({mention.id}): ", (mention.status, "bold"))
        if entry.rejected:
            what.append("  (rejected)")
        self.console.print(what, highlight=False)
        self._say(f"  {how_found(self.note, mention)}", "dim")

    def _pick(self, words: str) -> int | None:
        """Let the person choose a term; the list follows the keys."""
        query, chosen = "", 0
        with self._list() as draw:
            while True:
                terms = self.names.search(query or words, _SHOWN)
                chosen = max(0, min(chosen, len(terms) - 1))
                draw(self._candidates(query, words, terms, chosen))
                key = self.press()
                if key in _ENTER:
                    return terms[chosen] if terms else None
                if key == "\x1b" or key in _END:
                    return None
                if key in _UP or key in _DOWN:
                    chosen += 1 if key in _DOWN else -1
                elif key in _BACKSPACE:
                    query, chosen = query[:-1], 0
                elif key == "\x15":
                    query, chosen = "", 0
                elif key.isprintable():
                    query, chosen = query + key, 0

    def _candidates(self, query: str, words: str, terms: list[int], chosen: int) -> Text:
        text = Text("  Type a name or an id; Tab or arrows choose, Enter takes, Esc leaves it as it was.\n", "dim")
        text.append(f"  > {query or f'({clean(words)})'}\n", "not dim bold")
        for i, term in enumerate(terms):
            line = f"  {'*' if i == chosen else ' '} {self.ontology.label(term)} ({self.ontology.id(term)})\n"
            text.append(line, "not dim reverse" if i == chosen else "not dim")
        if not terms:
            text.append("    no term has such a name\n", "not dim")
        return text

    @contextmanager
    def _list(self) -> Iterator[Callable[[Text], None]]:
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            with Live(console=self.console, auto_refresh=False, transient=True) as live:
                yield lambda text: live.update(text, refresh=True)
        else:
            yield lambda text: self.console.print(text, highlight=False)

    def _say(self, words: str, style: str = "") -> None:
        self.console.print(Text(words, style), highlight=False)


class TermNames:
    """All names of findings, for a search that follows what somebody types."""

    def __init__(self, ontology: Ontology) -> None:
        self.ontology = ontology
        self._names: list[tuple[str, int, int]] | None = None

    def search(self, text: str, limit: int) -> list[int]:
        """Terms with a name each of whose sought words begins a word of it; the plainest names first."""
        sought = _folded(text).split()
        if not sought:
            return []
        if (term := self.ontology.resolve(text.strip())).how in {"exact", "alternative id", "replaced"}:
            return list(term.terms)
        whole = " ".join(sought)
        found: dict[int, tuple[int, int, int, str]] = {}
        for name, term_index, kind in self._all():
            if all(f" {word}" in name for word in sought):
                rank = 0 if name.strip() == whole else 1 if name.startswith(f" {whole}") else 2
                key = (rank, kind, len(name), name)
                if term_index not in found or key < found[term_index]:
                    found[term_index] = key
        if not found:
            near = (self.ontology.index(name.split()[0]) for name in self.ontology.near_names(whole[:100], limit))
            return [term_index for term_index in near if term_index is not None]
        return sorted(found, key=found.__getitem__)[:limit]

    def _all(self) -> list[tuple[str, int, int]]:
        if self._names is None:
            ontology = self.ontology
            labels = [(ontology.label(term), term, 0) for term in range(len(ontology))]
            others = [(synonym.text, synonym.term, 1) for synonym in ontology.synonyms()]
            self._names = [
                (f" {_folded(name)}", term, kind)
                for name, term, kind in labels + others
                if ontology.branch_of(term) == "phenotype"
            ]
        return self._names


def _folded(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
