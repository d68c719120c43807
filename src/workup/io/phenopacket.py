"""GA4GH phenopackets, schema 2 and 1, as found in the wild.

Example (schema 2; schema 1 says ``negated`` for ``excluded`` and ``ageAtCollection`` for the age)::

    {"id": "p1",
     "subject": {"id": "1", "sex": "FEMALE", "timeAtLastEncounter": {"age": {"iso8601duration": "P3Y"}}},
     "phenotypicFeatures": [{"type": {"id": "HP:0001250", "label": "Seizure"}},
                            {"type": {"id": "HP:0000252", "label": "Microcephaly"}, "excluded": true}]}

Source: the protocol-buffer schemas of phenopacket-schema 1.0 and 2.0 in their JSON form; camelCase and
snake_case are both read, enumerations as names or numbers. A Family gives its proband, a Cohort its members.
Diagnosis, genes and variants become the reference and are kept out of what a reasoner sees.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from workup.case import Case, Finding, Sex, Status
from workup.errors import DataError
from workup.io.clean import Notes, clean_id, clean_sex, merge_repeats, note_empty
from workup.io.gold import read_reference, time_element, v1_time
from workup.io.node import Node, Reading

_MARKS = frozenset(
    {
        "phenotypicFeatures",
        "phenotypic_features",
        "phenotypes",
        "subject",
        "metaData",
        "meta_data",
        "proband",
        "members",
        "phenopacket",
        "interpretations",
        "diseases",
    }
)

# Parts of the schemas that a case has no place for. They are listed as unread, with a count; any other unread
# name is not part of a schema and gets a warning of its own.
_NO_PLACE = {
    "measurements": "laboratory values are not interpreted; give what is abnormal as phenotypic features",
    "biosamples": "samples are not used",
    "medicalActions": "treatments are not used",
    "files": "files are not opened",
    "htsFiles": "files are not opened",
    "relatives": "only the proband is read; write a phenopacket for each relative to read them",
    "pedigree": "inheritance is not read from pedigrees",
}
# fmt: off
_KNOWN_UNREAD = frozenset({
    "acmgPathogenicityClassification", "ageAtCollection", "ageRange", "ageRangeAtCollection", "ageRangeOfOnset",
    "alternateIds", "alternateLabels", "alternateSymbols", "causeOfDeath", "clinicalTnmFinding",
    "consanguinousParents", "dateOfBirth", "description", "diseaseStage", "end", "evidence",
    "extensions", "gender", "genomicInterpretations", "interpretationStatus", "interval", "iscnAllele",
    "karyotypicSex", "laterality", "mitochondrialAnalysis", "moleculeContext", "primarySite",
    "resolution", "spdiAllele", "stage", "start", "structuralType", "summary", "survivalTimeInDays",
    "taxonomy", "therapeuticActionability", "timeOfDeath", "timestamp", "tnmFinding", "variation",
    "vcfAllele", "vcfRecord", "vrsRefAlleleSeq", "xrefs",
})
# fmt: on
_SEX_NUMBERS: dict[int, Sex] = {0: "unknown", 1: "female", 2: "male", 3: "other"}


def is_phenopacket(record: dict[str, Any]) -> bool:
    """Whether the record has a field that only phenopackets (or their wrappers) have."""
    return not _MARKS.isdisjoint(record)


def read_phenopacket(record: dict[str, Any], notes: Notes, fallback_id: str) -> list[Case]:
    """Read a phenopacket, a Family or a Cohort.

    Args:
        record: The decoded JSON object.
        notes: Takes the issues.
        fallback_id: Name of a case whose packet and subject have no id.

    Returns:
        One case; for a cohort one for each member that can be read.

    Raises:
        DataError: Nothing in it can be read as a phenopacket.
    """
    reading = Reading(notes)
    node = Node(record, "", reading)
    if node.has("members"):
        cases = _cohort(node, fallback_id)
    elif node.has("proband") or (node.has("phenopacket") and not node.has("phenotypicFeatures")):
        inner = node.node("proband" if node.has("proband") else "phenopacket")
        if inner is None:
            raise _unusable(notes, "has a proband that is not a phenopacket", "proband")
        node.skip("id", "metaData")
        cases = [_packet(inner, node.text("id") or fallback_id, None)]
    else:
        cases = [_packet(node, fallback_id, None)]
    node.close()
    _report_unread(reading)
    return cases


def _cohort(node: Node, fallback_id: str) -> list[Case]:
    name = node.text("id")
    node.skip("metaData", "description")
    members = node.nodes("members")
    if not members:
        raise _unusable(node.reading.notes, "has no members that are phenopackets", "members")
    return [_packet(member, f"{name or fallback_id}-{i + 1}", name) for i, member in enumerate(members)]


def _packet(node: Node, fallback_id: str, cohort: str | None) -> Case:
    notes = node.reading.notes
    subject = node.node("subject")
    case_id = node.text("id") or (subject.text("id") if subject else None) or fallback_id
    provenance: dict[str, Any] = {}
    sex, age = (_subject(subject, provenance)) if subject else ("unknown", None)
    features = node.nodes("phenotypicFeatures") + node.nodes("phenotypes")
    findings = merge_repeats([f for f in map(_finding, features) if f is not None], notes)
    note_empty(findings, notes)
    title, publication, version = _meta_data(node, provenance)
    _note_versions(node, features, subject, version, provenance)
    measurements = node.raw("measurements")
    if isinstance(measurements, list) and measurements:
        provenance["n_measurements"] = len(measurements)
    for name, what in _NO_PLACE.items():
        value = node.raw(name)
        if value is not None:
            count = len(value) if isinstance(value, list) else 1
            notes.info("not_used", f"{count} not used: {what}", field=node.at(name))
    reference = read_reference(node)
    if subject is not None:
        subject.close()
    node.close()
    return Case(
        id=case_id,
        findings=findings,
        sex=sex,
        age=age,
        reference=reference,
        title=title,
        publication=publication,
        cohort=cohort,
        provenance=provenance,
    )


def _subject(subject: Node, provenance: dict[str, Any]) -> tuple[Sex, str | None]:
    notes = subject.reading.notes
    subject.skip("id")
    raw = subject.raw("sex")
    sex: Sex = "unknown"
    if isinstance(raw, str):
        sex = clean_sex(raw, notes, subject.at("sex"))
    elif isinstance(raw, int) and not isinstance(raw, bool) and raw in _SEX_NUMBERS:
        sex = _SEX_NUMBERS[raw]
    elif raw is not None:
        subject.reading.wrong_type(subject.at("sex"), "FEMALE, MALE, OTHER_SEX or UNKNOWN_SEX", raw)
    age = time_element(subject, "timeAtLastEncounter") or v1_time(subject, "AtCollection")
    vital = subject.node("vitalStatus")
    if vital is not None:
        status = vital.raw("status")
        if isinstance(status, str | int):
            provenance["vital_status"] = status
        vital.close()
    return sex, age


def _finding(node: Node) -> Finding | None:
    notes = node.reading.notes
    kind = node.node("type")
    name = kind.text("id") if kind else None
    label = kind.text("label") if kind else None
    if kind is not None:
        kind.close()
    identifier = clean_id(name, notes, node.at("type.id")) if name else label
    if not identifier:
        notes.error(
            "no_id",
            "a phenotypic feature without a term was left out",
            field=node.at("type"),
            remedy='give it a type, e.g. {"id": "HP:0001250", "label": "Seizure"}',
        )
        node.close()
        return None
    finding = Finding(
        id=identifier,
        label=label,
        status=_status(node),
        onset=time_element(node, "onset") or v1_time(node, "OfOnset"),
        severity=_term(node.node("severity")),
        modifiers=tuple(term for modifier in node.nodes("modifiers") if (term := _term(modifier))),
    )
    node.close()
    return finding


def _status(node: Node) -> Status:
    flags = {name: node.raw(name) for name in ("excluded", "negated") if node.has(name)}
    for name, value in flags.items():
        if not isinstance(value, bool):
            # Reading it as present would turn "not there" into "there"; neither reading is safe.
            node.reading.notes.warning(
                "wrong_type",
                "expected true or false; the feature is taken as neither present nor excluded",
                field=node.at(name),
                remedy="write true or false without quotes",
            )
            return "unknown"
    if len(set(flags.values())) > 1:
        node.reading.notes.warning(
            "contradiction", "excluded and negated disagree; read as excluded", field=node.at("excluded")
        )
    return "excluded" if True in flags.values() else "present"


def _term(node: Node | None) -> str | None:
    if node is None:
        return None
    name = node.text("id")
    label = node.text("label")
    node.close()
    return clean_id(name, node.reading.notes, node.at("id")) if name else label


def _meta_data(node: Node, provenance: dict[str, Any]) -> tuple[str | None, str | None, str]:
    """Title and id of the publication, and the schema version; ontology release and date into provenance."""
    meta = node.node("metaData")
    if meta is None:
        return None, None, ""
    for resource in meta.nodes("resources"):
        prefix = resource.text("namespacePrefix") or resource.text("id") or ""
        if prefix.upper() in {"HP", "HPO"} and (release := resource.text("version")):
            provenance["hpo_version"] = release
    if (created := meta.raw("created")) and isinstance(created, str):
        provenance["created"] = created[:10]
    found: list[tuple[str, str | None]] = []
    for reference in meta.nodes("externalReferences"):
        name = reference.text("id") or reference.text("reference")
        if name:
            found.append((name, reference.text("description")))
    found.sort(key=lambda pair: not pair[0].upper().startswith("PMID:"))
    publication, title = found[0] if found else (None, None)
    if len(found) > 1:
        names = ", ".join(name for name, _ in found[1:])
        node.reading.notes.info(
            "not_used", f"further references not used: {names}", field=meta.at("externalReferences")
        )
    meta.skip("createdBy", "submittedBy", "updates", "created")
    version = meta.text("phenopacketSchemaVersion") or ""
    meta.close()
    return title, publication, version


def _note_versions(
    node: Node, features: list[Node], subject: Node | None, version: str, provenance: dict[str, Any]
) -> None:
    """Record which schema was read; warn when fields of both are mixed."""
    old = [name for name in ("phenotypes", "genes", "variants", "htsFiles") if node.has(name)]
    new = [name for name in ("interpretations", "measurements", "medicalActions", "files") if node.has(name)]
    if subject is not None:
        old += [name for name in ("ageAtCollection", "ageRangeAtCollection") if subject.has(name)]
        new += [name for name in ("timeAtLastEncounter", "vitalStatus") if subject.has(name)]
    for name in ("negated", "ageOfOnset", "classOfOnset", "ageRangeOfOnset"):
        old += [name] if any(feature.has(name) for feature in features) else []
    for name in ("excluded", "onset"):
        new += [name] if any(feature.has(name) for feature in features) else []
    if old and new:
        node.reading.notes.warning(
            "mixed_versions",
            f"mixes fields of schema 1 ({', '.join(old)}) and schema 2 ({', '.join(new)}); both were read",
            field=node.place,
            remedy="check that nothing is said twice, or convert it to schema 2",
        )
    number = "1" if old and not new else "2" if new else version[:1] or "2"
    provenance["format"] = "phenopacket v1+v2" if old and new else f"phenopacket v{number}"
    if version[:1] in {"1", "2"} and not (old and new) and (old or new) and version[:1] != number:
        node.reading.notes.warning(
            "schema_version",
            f"says schema {version} but has the fields of schema {number}, as which it was read",
            field="metaData.phenopacketSchemaVersion",
        )


def _report_unread(reading: Reading) -> None:
    grouped: dict[str, list[str]] = defaultdict(list)
    for place, count in sorted(reading.unread.items()):
        name = place.rpartition(".")[2]
        if name in _KNOWN_UNREAD or name in _NO_PLACE:
            grouped[place.partition(".")[0]].append(f"{name} ({count})")
        else:
            reading.notes.warning(
                "unknown_field",
                f"is not a phenopacket field and was not used ({count} times)",
                field=place,
                remedy="check its spelling",
            )
    for section, names in grouped.items():
        reading.notes.info("not_used", f"parts not used: {', '.join(names)}", field=section)


def _unusable(notes: Notes, message: str, field: str) -> DataError:
    return DataError(
        message,
        path=notes.path,
        record=notes.record,
        field=field,
        remedy="put a phenopacket there",
        code="wrong_type",
    )
