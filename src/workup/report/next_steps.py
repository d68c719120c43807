"""What to do next, for the reports: questions by kind, two diseases, and suggestions."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workup.reasoning import AnswerEffect, NextQuestion, Reasoning
from workup.report.view import Link
from workup.report.wording import clean, percent

KINDS = {"ask": "Ask", "examine": "Examine", "test": "Test"}


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question as a report shows it."""

    name: str
    term: Link
    method: str
    gain: str
    expected: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class ShareView:
    """The findings that one of two diseases explains, or neither."""

    by: str
    names: tuple[str, ...]


def groups(reasoning: Reasoning) -> list[tuple[str, list[QuestionView]]]:
    """The questions under Ask, Examine and Test; empty groups are left out."""
    found = [
        (title, [_view(question) for question in reasoning.questions if question.kind == kind])
        for kind, title in KINDS.items()
    ]
    return [(title, questions) for title, questions in found if questions]


def _view(question: NextQuestion) -> QuestionView:
    return QuestionView(
        name=clean(question.label),
        term=Link.of(question.finding),
        method=clean(f"{question.method}: {question.reason}"),
        gain=f"{question.gain:.2f}",
        expected=percent(question.yes.probability),
        yes=effect_in_words(question.yes),
        no=effect_in_words(question.no),
    )


def effect_in_words(effect: AnswerEffect) -> str:
    """The first disease after an answer, and where it came from."""
    if not effect.first:
        return ""
    first = effect.first[0]
    moved = "stays first" if first.place_before == 1 else f"rises from place {first.place_before}"
    return f"{clean(first.label)} {moved}: {percent(first.before)} → {percent(first.after)}"


def shares(reasoning: Reasoning) -> list[ShareView]:
    """What the first of two diseases explains, what the second, and what neither; empty groups are left out.

    By disease, since with eighty findings a line for each says nothing.
    """
    pair = reasoning.two_diseases
    if pair is None:
        return []
    by = {name: clean(label) for name, label in zip(pair.ids, pair.labels, strict=True)}
    found: dict[str, list[str]] = {}
    for share in pair.shares:
        found.setdefault(share.explained_by if share.explained_by in by else "", []).append(clean(share.label))
    return [
        ShareView(by.get(name, "Neither of them"), tuple(found[name])) for name in (*pair.ids, "") if found.get(name)
    ]


def suggestions(reasoning: Reasoning) -> list[str]:
    """Findings that do not fit, and kinds of findings worth telling."""
    return [clean(step.claim) for step in reasoning.steps if step.kind in ("misfit", "specific")]


def print_next_steps(reasoning: Reasoning, console: Console) -> None:
    """Print what to do next; nothing when it was not computed.

    Args:
        reasoning: The reasoning, with its questions.
        console: Where to; everything is printed as plain text.
    """
    listed = groups(reasoning)
    if listed:
        console.print(Text("What to do next", "bold"), highlight=False)
        for title, questions in listed:
            table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
            table.add_column(title, ratio=4, overflow="fold", min_width=20)
            table.add_column("If present", ratio=5, overflow="fold", min_width=24)
            table.add_column("If absent", ratio=5, overflow="fold", min_width=24)
            for question in questions:
                table.add_row(Text(f"{question.name} ({question.expected})"), Text(question.yes), Text(question.no))
            console.print(table, highlight=False)
            console.print()
    pair = reasoning.two_diseases
    if pair is not None:
        title = f"Two diseases may explain this better than one: {clean(pair.labels[0])} and {clean(pair.labels[1])}"
        _items(console, title, [f"{share.by}: {'; '.join(share.names)}" for share in shares(reasoning)])
    if found := suggestions(reasoning):
        _items(console, "Findings to look at again:", found)


def _items(console: Console, title: str, items: list[str]) -> None:
    grid = Table.grid(padding=(0, 1))
    for item in items:
        grid.add_row("  -", Text(item))
    console.print(Text(title, "bold"), highlight=False)
    console.print(grid, highlight=False)
    console.print()
