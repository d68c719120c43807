"""Outputs of ``workup diagnose``: web page, table, JSON and phenopacket, all from one Reasoning.

Each format is a pure function of (Case, Reasoning), so that a number is the same in all of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from workup.case import Case
from workup.errors import UserError
from workup.reasoning import Reasoning

__all__ = ["FORMATS", "safe_stem", "write_report"]

_WINDOWS_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_LONGEST_STEM = 100


def _html(case: Case, reasoning: Reasoning) -> str:
    from workup.report.html import render_html

    return render_html(case, reasoning)


def _tsv(case: Case, reasoning: Reasoning) -> str:
    from workup.report.table import to_tsv

    return to_tsv(reasoning)


def _json(case: Case, reasoning: Reasoning) -> bytes:
    return msgspec.json.format(msgspec.json.encode(reasoning), indent=2) + b"\n"


def _phenopacket(case: Case, reasoning: Reasoning) -> bytes:
    from workup.report.phenopacket import to_phenopacket

    return msgspec.json.format(msgspec.json.encode(to_phenopacket(case, reasoning)), indent=2) + b"\n"


_WRITERS: Mapping[str, tuple[str, Callable[[Case, Reasoning], bytes | str]]] = {
    "html": (".html", _html),
    "tsv": (".tsv", _tsv),
    "json": (".json", _json),
    "phenopacket": (".phenopacket.json", _phenopacket),
}

FORMATS: tuple[str, ...] = tuple(_WRITERS)


def write_report(
    case: Case,
    reasoning: Reasoning,
    out_dir: Path | str,
    formats: Iterable[str] = FORMATS,
    stem: str | None = None,
) -> list[Path]:
    """Write a reasoning in the given formats; each file appears whole or not at all.

    Args:
        case: The patient.
        reasoning: What was concluded.
        out_dir: Folder, made when it is missing.
        formats: Of :data:`FORMATS`; repeats are written once.
        stem: Name of the files without ending; the case's id by default. See :func:`safe_stem`.

    Returns:
        The files, in the order of ``formats``.

    Raises:
        UserError: A format is unknown, or ``out_dir`` cannot be made.
    """
    from workup.io.safe import write_atomic

    wanted = list(dict.fromkeys(formats))
    for name in wanted:
        if name not in _WRITERS:
            raise UserError(f"unknown report format {name!r}; choose from {', '.join(FORMATS)}")
    folder = Path(out_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    name = safe_stem(case.id if stem is None else stem)
    paths = []
    for format_name in wanted:
        ending, write = _WRITERS[format_name]
        path = folder / f"{name}{ending}"
        write_atomic(path, write(case, reasoning))
        paths.append(path)
    return paths


def safe_stem(text: str) -> str:
    """Turn any text into the stem of a file name that stays in its folder.

    A name that had to be changed gets a piece of its hash, so that two ids never share a file.

    >>> safe_stem("patient-1")
    'patient-1'
    >>> safe_stem("../../etc/passwd")
    'etc_passwd-3754d6cb'
    """
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._-")[:_LONGEST_STEM].rstrip("._-")
    if _WINDOWS_DEVICES.fullmatch(stem):
        stem = f"case_{stem}"
    if stem and stem == text:
        return stem
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{stem or 'case'}-{mark}"
