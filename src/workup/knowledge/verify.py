"""Checks on the files of a release, before anything is built from them.

``hp.obo`` and ``phenotype.hpoa`` state their dates; the two gene files state nothing, but list the same pairs of gene
and disease, so that files of different releases give themselves away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from operator import itemgetter
from pathlib import Path

import msgspec

from workup.errors import DataError
from workup.knowledge.releases import FILES

_REMEDY = "try again later, or from another --source; the release in use was not changed"
# A file may shrink or grow this much from the release in use before it is taken for cut off or wrong.
LEAST_SHARE, MOST_SHARE = 0.8, 3.0
# Pairs of gene and disease that one gene file may have and the other not. In release 2025-01-16: 10 of 12,302.
_MOST_DISAGREEING = 0.005
# An ontology and annotations of one release may be dated a day apart, when the build ran past midnight.
_MOST_DAYS = 1

_HEADERS = {
    "phenotype.hpoa": ("database_id", "disease_name", "qualifier", "hpo_id", "reference", "evidence"),
    "genes_to_phenotype.txt": ("ncbi_gene_id", "gene_symbol", "hpo_id", "hpo_name", "frequency", "disease_id"),
    "phenotype_to_genes.txt": ("hpo_id", "hpo_name", "ncbi_gene_id", "gene_symbol", "disease_id"),
}
_COLUMNS = {"phenotype.hpoa": 12, "genes_to_phenotype.txt": 6, "phenotype_to_genes.txt": 5}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the files of a release say of themselves.

    Attributes:
        ontology: Date of ``hp.obo``.
        annotations: Date of ``phenotype.hpoa``.
        made_with: Date of the ontology that the annotations were made with.
        counts: Terms, diseases and rows, by what is counted.
    """

    ontology: str
    annotations: str
    made_with: str
    counts: dict[str, int]


def damage(name: str, reason: str) -> DataError:
    """The error of a file that cannot be what it should be."""
    return DataError(reason, path=name, remedy=_REMEDY, code="release")


def read_facts(folder: Path, names: Iterable[str] = FILES) -> Facts:
    """Read the files of a release from the first byte to the last.

    Args:
        folder: Where they lie.
        names: The files to read.

    Raises:
        DataError: A file is not what its name says, or is cut off.
    """
    counts: dict[str, int] = {}
    pairs: dict[str, set[tuple[str, str]]] = {}
    ontology = annotations = made_with = ""
    diseases: set[str] = set()
    for name in names:
        path = folder / name
        check_beginning(path)
        if name == "hp.obo":
            ontology, counts["terms"] = _read_ontology(path)
        elif name == "phenotype.hpoa":
            header: dict[str, str] = {}
            counts["annotation rows"] = _read_table(path, lambda row: diseases.add(row[0]), header)
            annotations = header.get("version", header.get("date", ""))
            made_with = header.get("hpo-version", "").rpartition("/releases/")[2].partition("/")[0]
            counts["diseases"] = len(diseases)
        else:
            pairs[name] = set()
            take = itemgetter(0, 5) if name == "genes_to_phenotype.txt" else itemgetter(2, 4)
            counts[f"rows of {name}"] = _read_table(path, _adder(pairs[name], take))
    _compare_pairs(pairs, diseases)
    return Facts(ontology=ontology, annotations=annotations, made_with=made_with, counts=counts)


def _adder(pairs: set[tuple[str, str]], take: Callable[[list[str]], tuple[str, str]]) -> Callable[[list[str]], None]:
    return lambda row: pairs.add(take(row))


def check_beginning(path: Path) -> None:
    """Refuse what is plainly something else: nothing, a web page, a compressed or binary file.

    Raises:
        DataError: It is.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise damage(path.name, "is empty")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{")):
        raise damage(path.name, "is a web page or a message of a server, not the file")
    if b"\x00" in head or head.startswith(b"\x1f\x8b"):
        raise damage(path.name, "is a binary or compressed file")


def _read_ontology(path: Path) -> tuple[str, int]:
    version, terms, last = "", 0, "\n"
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if number == 1 and not line.startswith("format-version:"):
                    raise damage(path.name, "does not begin like an ontology in OBO format")
                terms += line.startswith("[Term]")
                if not version and line.startswith("data-version:"):
                    version = line.partition(":")[2].strip().rpartition("/")[2]
                last = line
    except UnicodeDecodeError as error:
        raise damage(path.name, f"is not UTF-8 ({error})") from error
    if not last.endswith("\n"):
        raise damage(path.name, "is cut off: its last line has no end")
    return version, terms


def _read_table(path: Path, take: Callable[[list[str]], object], header: dict[str, str] | None = None) -> int:
    """Hand every row of a table to ``take``; returns their number."""
    expected, columns = _HEADERS[path.name], _COLUMNS[path.name]
    rows, begun, line = 0, False, "\n"
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.startswith("#") and not begun:
                    key, _, value = line[1:].partition(":")
                    if header is not None:
                        header[key.strip()] = value.strip().strip('"')
                    continue
                row = line.rstrip("\r\n").split("\t")
                if not begun:
                    begun = True
                    if tuple(row[: len(expected)]) == expected:
                        continue
                    raise damage(path.name, f"line {number} is not the heading of this file")
                if len(row) != columns:
                    raise damage(path.name, f"line {number} has {len(row)} columns instead of {columns}")
                rows += 1
                take(row)
    except UnicodeDecodeError as error:
        raise damage(path.name, f"is not UTF-8 ({error})") from error
    if not line.endswith("\n"):
        raise damage(path.name, "is cut off: its last line has no end")
    return rows


def _compare_pairs(pairs: dict[str, set[tuple[str, str]]], diseases: set[str]) -> None:
    one, other = pairs.get("genes_to_phenotype.txt"), pairs.get("phenotype_to_genes.txt")
    if one is not None and other is not None:
        apart = len(one ^ other)
        if apart > max(_MOST_DISAGREEING * len(one | other), 0):
            raise damage(
                "genes_to_phenotype.txt, phenotype_to_genes.txt",
                f"are of different releases: {apart} of {len(one | other)} pairs of gene and disease are in one alone",
            )
    if one is not None and diseases:
        unknown = {disease for _, disease in one} - diseases
        if len(unknown) > _MOST_DISAGREEING * len(diseases):
            raise damage(
                "genes_to_phenotype.txt, phenotype.hpoa",
                f"are of different releases: {len(unknown)} diseases of the first are not in the second",
            )


def check_release(facts: Facts, current: Facts, wanted: str = "") -> str:
    """Whether the files belong together and are complete.

    Args:
        facts: What the files say.
        current: The same of the release in use, whose size is the measure.
        wanted: The version that was asked for or that the server announced; empty for none.

    Returns:
        The version, which is that of the annotations.

    Raises:
        DataError: They do not, or are not.
    """
    stated = {
        "hp.obo": facts.ontology,
        "phenotype.hpoa": facts.annotations,
        "phenotype.hpoa (ontology it was made with)": facts.made_with,
    }
    if wanted:
        stated["the release"] = wanted
    days: dict[str, date] = {}
    for name, text in stated.items():
        try:
            days[name] = date.fromisoformat(text)
        except ValueError as error:
            raise damage(name, f"states no date of release (it says {text[:40]!r})") from error
    if (max(days.values()) - min(days.values())).days > _MOST_DAYS:
        said = ", ".join(f"{name} {day}" for name, day in days.items())
        raise damage("the files", f"are of different releases: {said}")
    for what, count in current.counts.items():
        new = facts.counts.get(what, 0)
        if new < LEAST_SHARE * count:
            raise damage("the files", f"are not complete: {new} {what}, where the release in use has {count}")
        if new > MOST_SHARE * count:
            raise damage("the files", f"are not plausible: {new} {what}, where the release in use has {count}")
    return facts.annotations
