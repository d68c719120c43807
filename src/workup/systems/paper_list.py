"""A living list of papers in the bullet style of published reading lists, read without loss and written back.

    ## Evaluation
    - [2023/11] **A title** *First A, Second B* [[paper](https://...)] [[code](https://...)]

A heading groups what follows it. Published lists put a full stop after a title or its authors here and there, and two
blanks before a link. A bullet with a date, or with a bold title and a link, in another form is an issue and never
dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from workup.errors import Issue

_BULLET = re.compile(
    r"^\s*[-*+]\s+\[(?P<year>\d{4})/(?P<month>0[1-9]|1[0-2])\]\s*\*\*(?P<title>.+?)\*\*[.,]?"
    r"(?:\s+\*(?P<authors>[^*]+)\*[.,]?)?"
    r"(?P<links>(?:\s*\[\[[^\[\]]+\]\([^()\s]+(?:\([^()\s]*\)[^()\s]*)*\)\])*)\s*\.?\s*$"
)
_LINK = re.compile(r"\[\[([^\[\]]+)\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)\]")
# What is meant as an entry: a date first, or a bold title with a link. Tables of contents and news are neither.
_MEANT = re.compile(r"^\s*[-*+]\s+(?:\[\d|(?=.*\*\*.+\*\*)(?=.*\]\())")
_HEADING = re.compile(r"^(#{1,6}) +(.+?)\s*$")


class Paper(msgspec.Struct, frozen=True):
    """One entry.

    Attributes:
        heading: Titles of the headings above it, joined by " > ".
        year: Year.
        month: 1-12.
        title: Title.
        authors: As written; empty when not given.
        links: Label and address of each link, in order.
    """

    heading: str
    year: int
    month: int
    title: str
    authors: str = ""
    links: tuple[tuple[str, str], ...] = ()


def read_papers(markdown: str, name: str = "") -> list[Paper | Issue]:
    """The entries of a list in order; a bullet with a date that cannot be read, or that repeats another, is an issue.

    >>> read_papers("# A\\n- [2023/11] **T** *B C* [[paper](https://x.org)]")[0].title
    'T'
    """
    found: list[Paper | Issue] = []
    above: list[tuple[int, str]] = []
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(markdown.splitlines(), 1):
        if heading := _HEADING.match(line):
            above = [one for one in above if one[0] < len(heading[1])] + [(len(heading[1]), heading[2])]
        elif _MEANT.match(line):
            bullet = _BULLET.match(line)
            where = " > ".join(title for _, title in above)
            if bullet is None:
                remedy = "write - [YYYY/MM] **Title** *authors* [[paper](address)]"
                found.append(Issue(message="is no entry", path=name, record=str(number), remedy=remedy))
                continue
            links = tuple((label, address) for label, address in _LINK.findall(bullet["links"]))
            key = (where, " ".join(bullet["title"].casefold().split()))
            if key in seen:
                message = f"repeats the entry of line {seen[key]}"
                found.append(Issue(message=message, path=name, record=str(number), remedy="leave one out"))
                continue
            seen[key] = number
            year, month = int(bullet["year"]), int(bullet["month"])
            found.append(Paper(where, year, month, bullet["title"], bullet["authors"] or "", links))
    return found


def write_papers(papers: Iterable[Paper]) -> str:
    """The list in the same style, grouped by heading in the order given; reading it gives the same entries."""
    lines: list[str] = []
    now: list[str] = []
    for paper in papers:
        path = paper.heading.split(" > ") if paper.heading else []
        if path != now:
            shared = next(
                (i for i, (a, b) in enumerate(zip(path, now, strict=False)) if a != b), min(len(path), len(now))
            )
            # A heading that ends where the last one began is written again, or the entry would fall under its child.
            shared = min(shared, len(path) - 1) if path else 0
            lines += [f"{'#' * (level + 1)} {path[level]}" for level in range(max(shared, 0), len(path))]
            now = path
        authors = f" *{paper.authors}*" if paper.authors else ""
        links = "".join(f" [[{label}]({address})]" for label, address in paper.links)
        lines.append(f"- [{paper.year:04d}/{paper.month:02d}] **{paper.title}**{authors}{links}")
    return "\n".join(lines) + "\n"
