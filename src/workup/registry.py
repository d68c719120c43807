"""Names of everything that can be plugged in, through entry points.

Listing imports nothing; :func:`load` imports the one thing asked for. The built-ins are registered the same
way as anybody else's (see ``[project.entry-points]`` in ``pyproject.toml``).
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from workup.errors import UserError

KINDS = ("reasoners", "benchmarks", "models", "tools", "judges", "audits", "extractors")


def _points(kind: str) -> dict[str, EntryPoint]:
    if kind not in KINDS:
        raise UserError(f"no such kind of plug-in: {kind!r}; there are {', '.join(KINDS)}")
    return {point.name: point for point in entry_points(group=f"workup.{kind}")}


def names(kind: str) -> list[str]:
    """Sorted names registered for ``kind`` (one of :data:`KINDS`).

    >>> "phenotype" in names("reasoners")
    True
    """
    return sorted(_points(kind))


def target(kind: str, name: str) -> str:
    """Where ``name`` is defined, as ``module:attribute``, without importing it."""
    return _find(kind, name).value


def load(kind: str, name: str) -> Any:
    """Import and return the object registered as ``name``.

    Raises:
        UserError: Nothing has that name; the message lists near ones.
    """
    return _find(kind, name).load()


def _find(kind: str, name: str) -> EntryPoint:
    points = _points(kind)
    if name in points:
        return points[name]
    near = get_close_matches(name, points, n=3) or sorted(points)
    raise UserError(f"no {kind.removesuffix('s')} named {name!r}; try {', '.join(near)}")
