"""Writes the pages on the systems: ``python -m workup.systems.docs [FOLDER]``, by default ``docs/systems``.

The pages hold nothing that is not in ``catalogue.json`` and ``claims/``, so they cannot go stale: a test
writes them again and compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

from workup.systems.records import Claim, System, catalogue, claims
from workup.systems.render import expectation

GENERATED = "<!-- Written by `python -m workup.systems.docs`; change the catalogue or the claims, not this page. -->"


def pages() -> dict[str, str]:
    """File name -> Markdown: ``index.md``, and ``NN.md`` for each system that has claims."""
    claimed = {system.id: claims(system.id) for system in catalogue()}
    written = {f"{system.id}.md": _page(system, claimed[system.id]) for system in catalogue() if claimed[system.id]}
    return {"index.md": _index(set(written)), **written}


def write(folder: Path) -> None:
    """Write all pages into ``folder``, and remove pages of systems that no longer have claims."""
    folder.mkdir(parents=True, exist_ok=True)
    written = pages()
    for stale in folder.glob("[0-9][0-9].md"):
        if stale.name not in written:
            stale.unlink()
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _table(columns: list[str], rows: list[list[str]]) -> list[str]:
    return [_row(columns), _row(["---"] * len(columns)), *map(_row, rows)]


def _index(linked: set[str]) -> str:
    systems = catalogue()
    counts = ", ".join(
        f"{sum(system.status == status for system in systems)} {word}"
        for status, word in (("works", "work"), ("partial", "are partial"), ("planned", "are planned"))
    )
    rows = [
        [
            f"[{system.id}]({system.id}.md)" if f"{system.id}.md" in linked else system.id,
            system.title,
            system.kind,
            system.status,
            system.summary,
            system.paper or "-",
        ]
        for system in systems
    ]
    lines = [
        GENERATED,
        "",
        "# Systems",
        "",
        f"{len(systems) - 1} published systems and our own engine (00): {counts}.",
        "A number with a link has claims that `workup reproduce NN --data DIR` measures.",
        "",
        *_table(["No", "System", "Kind", "Status", "What it does", "Paper"], rows),
    ]
    return "\n".join(lines) + "\n"


def _page(system: System, records: tuple[Claim, ...]) -> str:
    beside = any(claim.baseline for claim in records)
    columns = ["Claim", "Sentence", "Expected", *(["Baseline on the same cases"] if beside else [])]
    points = [f"* `{point}`" for point in system.entry_points] or ["None yet."]
    pinned = {path: checksum for claim in records for path, checksum in claim.inputs.items()}
    lines = [
        GENERATED,
        "",
        f"# {system.id} {system.title}",
        "",
        system.summary,
        "",
        f"* Kind: {system.kind}",
        f"* Status: {system.status}",
        f"* Paper: {system.paper or 'no identifier recorded'}",
        "",
        "## Entry points",
        "",
        *points,
        "",
        "## Claims",
        "",
        f"Measure them with `workup reproduce {system.id} --data DIR`. A measured value is compared with the",
        "expected one only on the inputs listed below; on any other sample it is reported and stands alone.",
        "",
        *_table(
            [*columns, "Needs", "Tier", "Source"],
            [
                [
                    f"`{claim.id}`",
                    claim.sentence,
                    expectation(claim.expected, claim.tolerance),
                    *([_baseline(claim, records)] if beside else []),
                    ", ".join(claim.needs),
                    claim.tier,
                    claim.source,
                ]
                for claim in records
            ],
        ),
        "",
        "## Inputs of the expected values",
        "",
        *_table(["Path below DIR", "SHA-256"], [[f"`{path}`", f"`{pinned[path]}`"] for path in sorted(pinned)]),
    ]
    return "\n".join(lines) + "\n"


def _baseline(claim: Claim, records: tuple[Claim, ...]) -> str:
    """The claim that gives the baseline of another, with what it expects."""
    if not claim.baseline:
        return "-"
    other = next(one for one in records if one.id == claim.baseline)
    figure = "" if other.expected is None else f": {expectation(other.expected, other.tolerance)}"
    return f"`{other.id}`{figure}"


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/systems"))
