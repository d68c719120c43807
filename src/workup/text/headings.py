r"""The sections of a Markdown book: headings by level, and the text that stands under each.

# Glianorex                 level 1, the title
## Anatomy                  level 2
### Location                level 3
#### Vascular Supply        level 4, a leaf: no heading under it
The organ is supplied by ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


class Section(msgspec.Struct, frozen=True):
    """A heading and what stands under it.

    Attributes:
        level: 1-6.
        title: Words of the heading.
        path: Titles from the top down to this one.
        text: What stands between this heading and the next one of any level.
        children: Sections under it, in order.
    """

    level: int
    title: str
    path: tuple[str, ...]
    text: str
    children: tuple[Section, ...] = ()

    def walk(self) -> Iterator[Section]:
        """This section and all under it, in the order of the book."""
        yield self
        for child in self.children:
            yield from child.walk()


def sections(markdown: str) -> tuple[Section, ...]:
    r"""The sections at the top of a book; text before the first heading is left out.

    A level that is skipped (``#`` and then ``###``) makes a child all the same. What looks like a heading between code
    fences is text.

    >>> (book,) = sections("# Organ\nAbout.\n## Cells\n### Sarn\nMakes orin.\n## Tests")
    >>> [(one.level, one.title, one.text) for one in book.walk()]
    [(1, 'Organ', 'About.'), (2, 'Cells', ''), (3, 'Sarn', 'Makes orin.'), (2, 'Tests', '')]
    """
    flat: list[tuple[int, str, list[str]]] = []
    fence = ""
    for line in markdown.splitlines():
        mark = _FENCE.match(line)
        if mark and (not fence or (mark[1][0] == fence[0] and len(mark[1]) >= len(fence))):
            fence = "" if fence else mark[1]
        heading = None if fence or mark else _HEADING.match(line)
        if heading:
            flat.append((len(heading[1]), (heading[2] or "").strip(), []))
        elif flat:
            flat[-1][2].append(line)
    return _nested(flat, ())


def _nested(flat: Sequence[tuple[int, str, list[str]]], above: tuple[str, ...]) -> tuple[Section, ...]:
    found = []
    place = 0
    while place < len(flat):
        level, title, lines = flat[place]
        end = place + 1
        while end < len(flat) and flat[end][0] > level:
            end += 1
        path = (*above, title)
        found.append(Section(level, title, path, "\n".join(lines).strip(), _nested(flat[place + 1 : end], path)))
        place = end
    return tuple(found)


def leaves(markdown: str) -> list[Section]:
    """Sections with no section under them, in order."""
    return [one for top in sections(markdown) for one in top.walk() if not one.children]
