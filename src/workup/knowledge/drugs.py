"""Drug labels: structured product labels (HL7 SPL XML) and openFDA's JSON, as one table with openFDA's fields.

    lipitor.xml    <section><code code="34070-3"/><title>4 CONTRAINDICATIONS</title><text>...</text></section>
    openFDA        {"results": [{"id": "...", "contraindications": ["4 CONTRAINDICATIONS ..."],
                                 "openfda": {"brand_name": ["Lipitor"], "generic_name": ["ATORVASTATIN CALCIUM"]}}]}
    here           Label(fields={"contraindications": ("4 CONTRAINDICATIONS ...",), "openfda.brand_name": ("Lipitor",)})

A label says what its maker was allowed to say; it is no guideline.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from workup.benchmarks.rows import Row, rows
from workup.errors import DataError, Issue
from workup.io.safe import decode_json, open_source

SPACE = "{urn:hl7-org:v3}"
NAMES = ("openfda.brand_name", "openfda.generic_name", "openfda.substance_name")
"""Fields that name the drug."""
_WORD = re.compile(r"\w+")
_ANY = msgspec.json.Decoder()


class Label(msgspec.Struct, frozen=True):
    """The label of a drug product.

    Attributes:
        id: Id of the document.
        place: File, and record in it, that it was read from.
        fields: Texts by openFDA field; names, routes and numbers under ``openfda.NAME``.
    """

    id: str
    place: str
    fields: dict[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """What to call the drug: its brand and generic names."""
        brand, generic = (", ".join(dict.fromkeys(self.fields.get(field, ()))) for field in NAMES[:2])
        return f"{brand} ({generic})" if brand and generic else brand or generic or self.id

    def text(self, field: str) -> str:
        """The words of a field; empty when the label has none."""
        return "\n".join(self.fields.get(field, ()))


@cache
def section_fields() -> Mapping[str, str]:
    """openFDA field of each LOINC section code.

    >>> section_fields()["34070-3"]
    'contraindications'
    """
    lines = (files("workup.knowledge") / "data" / "label_sections.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines[1:])


def read_spl(data: bytes, path: str) -> Label:
    """A structured product label. Tables and lists become words in order; a part of a section belongs to both.

    Raises:
        DataError: It is no such document.
    """
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise DataError("declares entities, which no label does", path=path, remedy="do not use this file")
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, zlib.error) as error:
        raise DataError(f"is no XML: {error}", path=path, remedy="download the label again") from error
    if root.tag != f"{SPACE}document":
        raise DataError("is no structured product label", path=path, remedy="give HL7 SPL version 3 XML")
    fields: dict[str, list[str]] = {}
    known = section_fields()
    for section in root.iter(f"{SPACE}section"):
        code = section.find(f"{SPACE}code")
        field = known.get(code.get("code", "")) if code is not None else None
        if field is not None and (text := _words(section)):
            fields.setdefault(field, []).append(text)
    identifier = _attribute(root, "id", "root") or Path(path).stem
    fields.update(_header(root))
    return Label(identifier, Path(path).name, {field: tuple(texts) for field, texts in fields.items()})


def _header(root: ElementTree.Element) -> dict[str, list[str]]:
    """What stands outside the sections: names, routes, numbers."""
    found: dict[str, list[str]] = {"id": [_attribute(root, "id", "root")]}
    found["set_id"] = [_attribute(root, "setId", "root")]
    found["effective_time"] = [_attribute(root, "effectiveTime", "value")]
    organization = root.find(f"{SPACE}author/{SPACE}assignedEntity/{SPACE}representedOrganization/{SPACE}name")
    found["openfda.manufacturer_name"] = [_words(organization)] if organization is not None else []
    names: dict[str, list[str]] = {field: [] for field in (*NAMES, "openfda.route", "openfda.product_ndc")}
    for product in root.iter(f"{SPACE}subject"):
        for one in product.findall(f"{SPACE}manufacturedProduct/{SPACE}manufacturedProduct"):
            names[NAMES[0]] += [_words(name) for name in one.findall(f"{SPACE}name")]
            names[NAMES[1]] += [_words(name) for name in one.iterfind(f".//{SPACE}genericMedicine/{SPACE}name")]
            names["openfda.product_ndc"] += [code.get("code", "") for code in one.findall(f"{SPACE}code")]
            for ingredient in one.iter(f"{SPACE}ingredient"):
                if ingredient.get("classCode", "").startswith("ACTI"):
                    substance = ingredient.find(f"{SPACE}ingredientSubstance/{SPACE}name")
                    names[NAMES[2]] += [_words(substance)] if substance is not None else []
        names["openfda.route"] += [code.get("displayName", "") for code in product.iter(f"{SPACE}routeCode")]
        found.setdefault("openfda.application_number", []).extend(
            approval.get("extension", "") for approval in product.iterfind(f".//{SPACE}approval/{SPACE}id")
        )
    found.update(names)
    return {field: list(dict.fromkeys(filter(None, texts))) for field, texts in found.items() if any(texts)}


def _attribute(element: ElementTree.Element, name: str, attribute: str) -> str:
    found = element.find(f"{SPACE}{name}")
    return found.get(attribute, "") if found is not None else ""


def _words(element: ElementTree.Element) -> str:
    # A brand and its suffix, a cell and the next: apart, with one space between.
    return " ".join(" ".join(element.itertext()).split())


def label_of(row: Row) -> Label:
    """A record of openFDA's drug labels.

    Raises:
        DataError: It has no field with text.
    """
    fields: dict[str, tuple[str, ...]] = {}
    inner = row.values.get("openfda")
    named = {f"openfda.{key}": value for key, value in inner.items()} if isinstance(inner, dict) else {}
    for field, value in {**row.values, **named}.items():
        texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        if kept := tuple(text for text in texts if isinstance(text, str) and text.strip()):
            fields[field] = kept
    if not fields:
        raise row.error("has no field with text", "", "give records of openFDA's drug labels")
    return Label(fields.get("id", (row.record,))[0], f"{Path(row.path).name}, record {row.record}", fields)


def _labels(path: Path) -> Iterator[Label | Issue]:
    if path.suffix.lower() == ".xml":
        with open_source(path) as source:
            yield read_spl(source.read(), str(path))
        return
    for row in _records(path):
        try:
            yield row if isinstance(row, Issue) else label_of(row)
        except DataError as error:
            yield error.issue


def _records(path: Path) -> Iterable[Row | Issue]:
    """Rows of JSON lines, of a list, or of what openFDA answers and releases: an object with ``results``."""
    with open_source(path) as source:
        first = source.peek_line().lstrip()
        whole = first[:1] == b"{" and (b'"results"' in first or b'"meta"' in first or len(first) < 4)
        if not whole:
            return rows(path)
        value = decode_json(source.read(), str(path), decoder=_ANY)
    results = value.get("results") if isinstance(value, dict) else None
    if not isinstance(results, list):
        return rows(path)
    return [
        Row(str(path), str(number), entry)
        if isinstance(entry, dict)
        else DataError("is no object", path=str(path), record=str(number), remedy="one object a label").issue
        for number, entry in enumerate(results, 1)
    ]


class LabelTable:
    """Labels, searched by name and by the words of their fields.

    Attributes:
        labels: The labels, in the order of their files.
        issues: What could not be read.
        digest: Names the content.
    """

    def __init__(self, labels: Sequence[Label], issues: Sequence[Issue] = ()) -> None:
        self.labels = list(labels)
        self.issues = list(issues)
        content = zlib.crc32(msgspec.json.encode(self.labels))
        self.digest = f"{len(labels)} labels {content:08x}"

    @classmethod
    def read(cls, path: Path) -> LabelTable:
        """Labels of a file, or of the XML and JSON files of a folder; the second of one id is left out.

        Raises:
            DataError: The file cannot be read.
        """
        found: dict[str, Label] = {}
        issues: list[Issue] = []
        for file in label_files(path):
            try:
                for one in _labels(file):
                    if isinstance(one, Issue):
                        issues.append(one)
                    elif one.id in found:
                        message = f"is a second label with the id {one.id}"
                        issues.append(Issue(message=message, remedy="keep one", path=str(file), record=one.place))
                    else:
                        found[one.id] = one
            except DataError as error:
                if not path.is_dir():
                    raise
                issues.append(error.issue)
        return cls(list(found.values()), issues)

    def named(self, name: str, fields: Sequence[str] = NAMES) -> list[Label]:
        """Labels of a drug: those named exactly so first, then those whose names hold all the words.

        Names in capitals, and those of several substances joined by "and" or a comma, are matched all the same.
        """
        wanted = _set(name)
        if not wanted:
            return []
        scored = []
        for place, label in enumerate(self.labels):
            parts = [_set(text) for field in fields for text in label.fields.get(field, ())]
            holding = [part for part in parts if wanted <= part]
            if holding:
                scored.append((min(len(part) for part in holding), place))
        return [self.labels[place] for _, place in sorted(scored)]

    def holding(self, words: str, fields: Sequence[str]) -> list[Label]:
        """Labels one of whose fields holds all the words, those that hold them most often first."""
        wanted = _set(words)
        found = []
        for place, label in enumerate(self.labels):
            best = 0
            for field in fields:
                text = [word.casefold() for word in _WORD.findall(label.text(field))]
                if wanted and wanted <= set(text):
                    best = max(best, sum(word in wanted for word in text))
            if best:
                found.append((-best, place))
        return [self.labels[place] for _, place in sorted(found)]


def label_files(path: Path) -> list[Path]:
    """The files that a path of labels stands for.

    Raises:
        DataError: A folder holds none.
    """
    if not path.is_dir():
        return [path]
    kinds = (".xml", ".json", ".jsonl")
    found = sorted(one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in kinds)
    if not found:
        raise DataError("holds no labels", path=str(path), remedy="name a folder of SPL XML or openFDA JSON files")
    return found


def _set(text: str) -> set[str]:
    return {word for word in (word.casefold() for word in _WORD.findall(text)) if word != "and"}
