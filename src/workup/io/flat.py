"""Flattened phenopackets: one line of JSON a case, lists of present and excluded findings side by side.

Example::

    {"id": "PMID_1_P1", "sex": "FEMALE", "age_last": "P3Y", "pmid": "PMID:1",
     "observed": [{"id": "HP:0001250", "label": "Seizure", "onset": "P1Y"}], "excluded": ["HP:0000252"],
     "gold": {"id": "OMIM:100000", "label": "A syndrome", "onset": "P1Y"}, "genes": [["ABC1", "HGNC:29"]]}

``gold`` may also be a list of ids of which any one counts.
"""

from __future__ import annotations

from typing import Any

import msgspec

from workup.case import Case, Finding, Reference, Status, Variant
from workup.errors import DataError
from workup.io.clean import Notes, clean_age, clean_id, clean_label, clean_sex, merge_repeats, note_empty
from workup.io.native import split_complaint


class FlatFinding(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of ``observed`` or ``excluded``."""

    id: str
    label: str | None = None
    onset: str | None = None
    severity: str | None = None
    modifiers: list[str] = []


class FlatGold(msgspec.Struct, forbid_unknown_fields=True):
    """The true diagnosis."""

    id: str
    label: str | None = None
    onset: str | None = None


class FlatVariant(msgspec.Struct, forbid_unknown_fields=True):
    """A causal variant."""

    gene: str | None = None
    hgvs_c: str | None = None
    label: str | None = None
    zygosity: str | None = None


class FlatRecord(msgspec.Struct, forbid_unknown_fields=True):
    """One case as it stands in the file."""

    id: str
    observed: list[FlatFinding | str] = []
    excluded: list[FlatFinding | str] = []
    sex: str | None = None
    age_last: str | None = None
    gold: FlatGold | list[str] | None = None
    genes: list[list[str]] = []
    variants: list[FlatVariant] = []
    pmid: str | None = None
    title: str | None = None
    cohort: str | None = None
    set: str | None = None
    vital_status: str | None = None
    n_measurements: int | None = None
    hpo_version: str | None = None
    created: str | None = None
    leak: dict[str, bool] | None = None


_DECODER = msgspec.json.Decoder(FlatRecord)
_FIELDS = {field.name: field for field in msgspec.structs.fields(FlatRecord)}
_ITEMS: dict[str, Any] = {
    "observed": FlatFinding | str,
    "excluded": FlatFinding | str,
    "genes": list[str],
    "variants": FlatVariant,
    "gold": str,
}
_PROVENANCE = ("set", "vital_status", "n_measurements", "hpo_version", "created", "leak")


def is_flat(record: dict[str, Any]) -> bool:
    """Whether the record has the mark of a flattened one: a list ``observed`` or ``excluded``."""
    return "observed" in record or ("excluded" in record and "gold" in record)


def decode_flat(data: bytes, notes: Notes) -> Case:
    """Decode one flattened case from JSON, the quick way.

    Raises:
        msgspec.MsgspecError: It has not the exact shape; :func:`read_flat` says where and keeps the rest.
        RecursionError: It nests too deeply.
    """
    return _case(_DECODER.decode(data), notes)


def read_flat(record: dict[str, Any], notes: Notes) -> Case:
    """Turn a decoded JSON object into a case, leaving out (and noting) what has the wrong type.

    Raises:
        DataError: It has no usable id.
    """
    usable: dict[str, Any] = {}
    for key, value in record.items():
        if key not in _FIELDS:
            notes.warning("unknown_field", "is not a known field and was not used", field=clean_field(key))
        elif _fits(value, _FIELDS[key].type, notes, key, quiet=key in _ITEMS and isinstance(value, list)):
            usable[key] = value
        elif key in _ITEMS and isinstance(value, list):
            usable[key] = [item for i, item in enumerate(value) if _fits(item, _ITEMS[key], notes, f"{key}[{i}]")]
    if not isinstance(usable.get("id"), str) or not usable["id"].strip():
        raise DataError(
            "has no id",
            path=notes.path,
            record=notes.record,
            field="id",
            remedy="give the case an id",
            code="no_id",
        )
    return _case(msgspec.convert(usable, FlatRecord), notes)


def clean_field(key: str) -> str:
    """A key of foreign data, fit to stand in a message.

    >>> clean_field("a" * 100)[-5:]
    'aa...'
    """
    shown = "".join(sign if sign.isprintable() else "?" for sign in key)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _fits(value: object, kind: Any, notes: Notes, place: str, *, quiet: bool = False) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        if not quiet:
            message, inner = split_complaint(str(error))
            glue = "." if inner and not inner.startswith("[") else ""
            notes.warning(
                "wrong_type",
                f"{message}; it was not used",
                field=f"{place}{glue}{inner}",
                remedy="correct it in the file",
            )
        return False
    return True


def _case(flat: FlatRecord, notes: Notes) -> Case:
    findings = merge_repeats(
        [
            *_findings(flat.observed, "present", notes, "observed"),
            *_findings(flat.excluded, "excluded", notes, "excluded"),
        ],
        notes,
    )
    note_empty(findings, notes)
    provenance = {name: value for name in _PROVENANCE if (value := getattr(flat, name)) is not None and value != {}}
    return Case(
        id=clean_label(flat.id, notes, "id") or "case",
        findings=findings,
        sex=clean_sex(flat.sex, notes, "sex"),
        age=clean_age(flat.age_last, notes, "age_last"),
        reference=_reference(flat, notes),
        title=clean_label(flat.title, notes, "title"),
        publication=clean_label(flat.pmid, notes, "pmid"),
        cohort=clean_label(flat.cohort, notes, "cohort"),
        provenance=provenance,
    )


def _findings(entries: list[FlatFinding | str], status: Status, notes: Notes, place: str) -> list[Finding]:
    found = []
    for i, entry in enumerate(entries):
        flat = FlatFinding(entry) if isinstance(entry, str) else entry
        name = clean_id(flat.id, notes, f"{place}[{i}].id")
        if not name:
            notes.error("no_id", "a finding without an id was left out", field=f"{place}[{i}].id")
            continue
        found.append(
            Finding(
                name,
                clean_label(flat.label, notes, f"{place}[{i}].label"),
                status,
                clean_age(flat.onset, notes, f"{place}[{i}].onset") if flat.onset else None,
                clean_id(flat.severity, notes, f"{place}[{i}].severity") if flat.severity else None,
                tuple(flat.modifiers),
            )
        )
    return found


def _reference(flat: FlatRecord, notes: Notes) -> Reference | None:
    gold = flat.gold
    if isinstance(gold, FlatGold):
        diagnoses: tuple[str, ...] = (gold.id,)
        labels = (gold.label,) if gold.label else ()
        onset = clean_age(gold.onset, notes, "gold.onset")
    else:
        diagnoses, labels, onset = tuple(gold or ()), (), None
    if not (diagnoses or flat.genes or flat.variants):
        return None
    gene_ids = [gene[1] for gene in flat.genes if len(gene) > 1]
    return Reference(
        diagnoses=tuple(dict.fromkeys(diagnoses)),
        labels=labels,
        onset=onset,
        genes=tuple(gene[0] for gene in flat.genes if gene),
        variants=tuple(Variant(v.gene, v.hgvs_c, v.label, v.zygosity) for v in flat.variants),
        extensions={"gene_ids": gene_ids} if gene_ids else {},
    )
