"""One JSON record of any known kind -> cases and issues."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from workup.case import Case
from workup.errors import DataError, Issue
from workup.io.clean import MAX_FINDINGS, Notes, refuse_many
from workup.io.flat import decode_flat, is_flat, read_flat
from workup.io.native import decode_native, is_native, read_native
from workup.io.phenopacket import is_phenopacket, read_phenopacket
from workup.io.safe import decode_json

Kind = Literal["workup", "flat", "phenopacket"]
KINDS: tuple[Kind, ...] = ("workup", "flat", "phenopacket")

_FINDING_LISTS = ("findings", "observed", "excluded", "phenotypicFeatures", "phenotypic_features")
_SHALLOW = msgspec.json.Decoder(dict[str, msgspec.Raw])
_MEMBERS = msgspec.json.Decoder(list[msgspec.Raw])
_ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


class ReadResult(msgspec.Struct, frozen=True):
    """Cases in the order of the source, and everything a person should know about the reading."""

    cases: tuple[Case, ...] = ()
    issues: tuple[Issue, ...] = ()


class RecordReader:
    """Reads the JSON records of one file, each by its own content.

    A record of the same kind as the one before is decoded straight into its type, which is several times
    quicker; any misfit takes the slow way, which finds out what is wrong.
    """

    def __init__(self, path: str, fallback_id: str, kind: Kind | None = None) -> None:
        self.path = path
        self.fallback_id = fallback_id
        self.kind = kind
        self._last: Kind | None = kind

    def read(self, data: bytes, record: str = "") -> tuple[list[Case], list[Issue]]:
        """Read one record.

        Raises:
            DataError: It cannot be used.
        """
        refuse_many(_count_findings(data), self.path, record)
        notes = Notes(self.path, record)
        quick = {"workup": decode_native, "flat": decode_flat}.get(self._last or "")
        if quick is not None:
            try:
                return [quick(data, notes)], notes.issues
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                notes = Notes(self.path, record)
        value = decode_json(data, self.path, record=record, decoder=_ANY)
        if not isinstance(value, dict):
            raise DataError(
                "is JSON, but not an object that describes a case",
                path=self.path,
                record=record,
                remedy="give a phenopacket or a case",
                code="wrong_type",
            )
        cases = self._read_object(value, notes)
        refuse_many(max((len(case.findings) for case in cases), default=0), self.path, record)
        return cases, notes.issues

    def _read_object(self, value: dict[str, Any], notes: Notes) -> list[Case]:
        fallback = f"{self.fallback_id}-{notes.record}" if notes.record else self.fallback_id
        kind = self.kind or _kind_of(value)
        self._last = kind
        if kind == "phenopacket":
            return read_phenopacket(value, notes, fallback)
        if kind == "flat":
            return [read_flat(value, notes)]
        if kind == "workup":
            return [read_native(value, notes)]
        shown = ", ".join(ascii(key)[:40] for key in list(value)[:6]) or "none"
        raise DataError(
            f"is not a kind of case known here (its fields: {shown})",
            path=self.path,
            record=notes.record,
            remedy="give a phenopacket, a workup case (`workup schema case`) or a list of HPO ids",
            code="unknown_format",
        )


def _count_findings(data: bytes) -> int:
    """Number of findings of a JSON record, counted before anything is built; 0 when it is small or cannot be told.

    Two million findings as objects would take gigabytes.
    """
    if data.count(b",") < MAX_FINDINGS:
        return 0
    try:
        fields = _SHALLOW.decode(data)
        return sum(len(_MEMBERS.decode(fields[name])) for name in _FINDING_LISTS if name in fields)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        # What is wrong with it is found out by those who read it.
        return 0


def _kind_of(value: dict[str, Any]) -> Kind | None:
    if is_flat(value):
        return "flat"
    if is_native(value):
        return "workup"
    if is_phenopacket(value):
        return "phenopacket"
    # Nearly a case: reading it as one names the field that is wrong.
    if "findings" in value:
        return "workup"
    return None
