"""Arguments and what they attack, drawn as a picture.

Decisions stand in the first row; every other argument stands one row below the first that it attacks. Arguments of the
chosen explanation have a thick frame, the others a dashed one, so that no colour is needed to tell them apart.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from workup.reasoning import Step
from workup.report.wording import clean

WIDTH, HEIGHT, GAP_X, GAP_Y = 190, 64, 36, 64
_CHARACTERS, _LINES = 25, 3


@dataclass(frozen=True, slots=True)
class Box:
    """One argument: its place in user units, its words in lines, and whether it is in the chosen explanation."""

    id: str
    x: float
    y: float
    lines: tuple[str, ...]
    accepted: bool
    decision: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """One attack as an SVG path; ``both`` when each attacks the other."""

    path: str
    both: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """The picture: its size in user units, boxes and arrows."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def graph_of(steps: Sequence[Step], accepted: Collection[str]) -> Graph | None:
    """Lay out the arguments among the steps; None when there are fewer than two.

    Args:
        steps: Steps of a reasoning; arguments are those of kind ``argument`` with an id.
        accepted: Ids of the arguments in the chosen explanation.
    """
    arguments = {step.id: step for step in steps if step.kind == "argument" and step.id}
    if len(arguments) < 2:
        return None
    attacks = {
        name: tuple(
            dict.fromkeys(link.to for link in step.links if link.relation == "attacks" and link.to in arguments)
        )
        for name, step in arguments.items()
    }
    rows = _rows(arguments, attacks)
    width = max(len(row) for row in rows) * (WIDTH + GAP_X) - GAP_X
    boxes = {}
    for number, row in enumerate(rows):
        left = (width - (len(row) * (WIDTH + GAP_X) - GAP_X)) / 2
        for place, name in enumerate(row):
            step = arguments[name]
            words = clean(f"{name}: {step.label or step.claim}")
            boxes[name] = Box(
                id=name,
                x=left + place * (WIDTH + GAP_X) + 4,
                y=number * (HEIGHT + GAP_Y) + 4,
                lines=tuple(textwrap.wrap(words, _CHARACTERS, max_lines=_LINES, placeholder=" …")),
                accepted=name in accepted,
                decision=number == 0,
            )
    arrows = []
    for name, targets in attacks.items():
        for target in targets:
            both = name in attacks[target]
            if name != target and not (both and name > target):
                arrows.append(Arrow(_path(boxes[name], boxes[target]), both))
    # Arrows between neighbours of one row bow below it, those of the last row too.
    height = len(rows) * (HEIGHT + GAP_Y) - GAP_Y + 48
    return Graph(width + 8, height, tuple(boxes.values()), tuple(arrows))


def _rows(arguments: Mapping[str, Step], attacks: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Names by row: decisions, then what attacks them, then what attacks that."""
    depth = {name: 0 for name, step in arguments.items() if _decides(step, attacks[name], arguments)}
    if not depth:
        depth = {next(iter(arguments)): 0}
    frontier = list(depth)
    while frontier:
        found = []
        for target in frontier:
            for name in arguments:
                if name not in depth and target in attacks[name]:
                    depth[name] = depth[target] + 1
                    found.append(name)
        frontier = found
    last = max(depth.values()) + 1
    rows: dict[int, list[str]] = {}
    for name in arguments:
        rows.setdefault(depth.get(name, last), []).append(name)
    return [rows[number] for number in sorted(rows)]


def _decides(step: Step, attacked: Sequence[str], arguments: Mapping[str, Step]) -> bool:
    """Whether an argument is for a decision: it says so, or it is one of several that attack each other."""
    if any(link.relation == "supports" for link in step.links):
        return True
    return any(link.relation == "attacks" and link.to == step.id for name in attacked for link in arguments[name].links)


def _path(start: Box, end: Box) -> str:
    """A curve from the frame of one box to that of another."""
    x1, x2 = start.x + WIDTH / 2, end.x + WIDTH / 2
    if start.y == end.y:
        # Below the row, so that it crosses no box.
        y1 = y2 = start.y + HEIGHT
        bend = y1 + 42
    elif start.y < end.y:
        y1, y2 = start.y + HEIGHT, end.y
        bend = (y1 + y2) / 2
    else:
        y1, y2 = start.y, end.y + HEIGHT
        bend = (y1 + y2) / 2
    return f"M{x1:.0f},{y1:.0f} C{x1:.0f},{bend:.0f} {x2:.0f},{bend:.0f} {x2:.0f},{y2:.0f}"
