"""The case and its differential as a GA4GH Phenopacket, schema version 2.0 (ISO 4454:2022).

https://phenopacket-schema.readthedocs.io/en/v2/. Each hypothesis becomes one ``Interpretation`` that is
``IN_PROGRESS``; the schema has no field for a probability, so that rank, posttest probability and score stand
in its ``summary`` and :func:`read_differential` gets them back exactly.

Nothing of the case's reference, publication or provenance is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from workup.case import Case, Finding
from workup.reasoning import Hypothesis, Reasoning
from workup.report.wording import ONSET_CLASSES, RESEARCH_LINE, clean

SCHEMA_VERSION = "2.0"

_SEX = {"female": "FEMALE", "male": "MALE", "other": "OTHER_SEX", "unknown": "UNKNOWN_SEX"}
# HPO severity classes (children of HP:0012824).
_SEVERITY = {
    "HP:0012827": "Borderline",
    "HP:0012825": "Mild",
    "HP:0012826": "Moderate",
    "HP:0012828": "Severe",
    "HP:0012829": "Profound",
}
# prefix -> (id, name, url, iriPrefix, key in Reasoning.versions)
_RESOURCES = {
    "HP": (
        "hp",
        "Human Phenotype Ontology",
        "http://purl.obolibrary.org/obo/hp.owl",
        "http://purl.obolibrary.org/obo/HP_",
        "HPO",
    ),
    "OMIM": (
        "omim",
        "Online Mendelian Inheritance in Man",
        "https://www.omim.org",
        "https://www.omim.org/entry/",
        "OMIM",
    ),
    "ORPHA": (
        "orphanet",
        "Orphanet, the portal for rare diseases and orphan drugs",
        "https://www.orpha.net",
        "http://www.orpha.net/ORDO/Orphanet_",
        "Orphanet",
    ),
    "MONDO": (
        "mondo",
        "Mondo Disease Ontology",
        "http://purl.obolibrary.org/obo/mondo.owl",
        "http://purl.obolibrary.org/obo/MONDO_",
        "MONDO",
    ),
    "DECIPHER": (
        "decipher",
        "DECIPHER syndromes",
        "https://www.deciphergenomics.org",
        "https://www.deciphergenomics.org/syndrome/",
        "DECIPHER",
    ),
}
_ALWAYS = ("HP", "OMIM", "ORPHA", "MONDO")
_SUMMARY = re.compile(r"Rank (\S+); posttest probability (\S+); score (\S+)\.")
_AMOUNT = r"\d+(?:\.\d+)?"
_DURATION = re.compile(
    rf"P(?=\d|T\d)(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?"
    rf"(?:T(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?"
)
_GESTATION = re.compile(r"G(\d{1,2})W(?:(\d)D)?")


class RankedDisease(NamedTuple):
    """One hypothesis as a phenopacket holds it."""

    id: str
    label: str
    rank: float
    probability: float
    score: float


def to_phenopacket(case: Case, reasoning: Reasoning, *, created: datetime | None = None) -> dict[str, Any]:
    """Build the phenopacket as JSON-ready data (protobuf JSON field names).

    Args:
        case: The patient; only id, sex, age and, when the reasoning lists none, findings are read.
        reasoning: What was concluded.
        created: Time stamp of the file; now by default.
    """
    findings = [item for item in reasoning.findings or case.findings if item.status != "unknown"]
    packet: dict[str, Any] = {
        "id": clean(case.id) or "case",
        "subject": _subject(case),
        "phenotypicFeatures": [_feature(item) for item in findings],
        "interpretations": [
            _interpretation(number, hypothesis) for number, hypothesis in enumerate(reasoning.differential, start=1)
        ],
    }
    packet["metaData"] = {
        "created": _timestamp(created or datetime.now(UTC)),
        "createdBy": f"{clean('workup ' + reasoning.versions.get('workup', ''))}. {RESEARCH_LINE}",
        "resources": list(_resources(reasoning, _ids(packet))),
        "phenopacketSchemaVersion": SCHEMA_VERSION,
    }
    return packet


def read_differential(packet: dict[str, Any]) -> list[RankedDisease]:
    """Get the ranked diseases back from a phenopacket that :func:`to_phenopacket` wrote.

    Interpretations with another kind of summary are left out.
    """
    ranked = []
    for item in packet.get("interpretations", []):
        found = _SUMMARY.match(item.get("summary", ""))
        if found:
            disease = item["diagnosis"]["disease"]
            numbers = (float(part) for part in found.groups())
            ranked.append(RankedDisease(disease["id"], disease["label"], *numbers))
    return ranked


def _subject(case: Case) -> dict[str, Any]:
    subject: dict[str, Any] = {"id": clean(case.id) or "case", "sex": _SEX[case.sex]}
    if time := _time(case.age):
        subject["timeAtLastEncounter"] = time
    return subject


def _feature(item: Finding) -> dict[str, Any]:
    feature: dict[str, Any] = {"type": _term(item.id, item.label)}
    if item.status == "excluded":
        feature["excluded"] = True
    if item.severity:
        feature["severity"] = _term(item.severity, _SEVERITY.get(item.severity))
    if item.modifiers:
        feature["modifiers"] = [_term(modifier, None) for modifier in item.modifiers]
    if time := _time(item.onset):
        feature["onset"] = time
    return feature


def _interpretation(number: int, hypothesis: Hypothesis) -> dict[str, Any]:
    return {
        "id": f"hypothesis-{number}",
        "progressStatus": "IN_PROGRESS",
        "diagnosis": {"disease": _term(hypothesis.id, hypothesis.label)},
        # repr of a float reads back as the same float.
        "summary": f"Rank {hypothesis.rank!r}; posttest probability {hypothesis.probability!r}; "
        f"score {hypothesis.score!r}.",
    }


def _term(identifier: str, label: str | None) -> dict[str, str]:
    # The schema requires a label; an id is the honest one when the source gave none.
    return {"id": clean(identifier), "label": clean(label or "") or clean(identifier)}


def _time(value: str | None) -> dict[str, Any] | None:
    """A schema TimeElement; None when the value has none of the three known forms."""
    if not value:
        return None
    if found := _GESTATION.fullmatch(value):
        return {"gestationalAge": {"weeks": int(found[1]), "days": int(found[2] or 0)}}
    if _DURATION.fullmatch(value):
        return {"age": {"iso8601duration": value}}
    if re.fullmatch(r"HP:\d{7}", value):
        return {"ontologyClass": _term(value, ONSET_CLASSES.get(value))}
    return None


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _ids(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        if value.keys() == {"id", "label"}:
            yield value["id"]
        for part in value.values():
            yield from _ids(part)
    elif isinstance(value, list):
        for part in value:
            yield from _ids(part)


def _resources(reasoning: Reasoning, ids: Iterable[str]) -> Iterable[dict[str, str]]:
    """Every vocabulary that an id of the packet comes from, and always the four of the knowledge base."""
    used = {identifier.split(":", 1)[0] for identifier in ids if ":" in identifier}
    for prefix in (*_ALWAYS, *sorted(used - set(_ALWAYS))):
        if prefix in _RESOURCES:
            short, name, url, iri, key = _RESOURCES[prefix]
        else:
            short = quote(prefix.lower(), safe="")
            name, key, url = prefix, prefix, f"https://bioregistry.io/{short}"
            iri = f"{url}:"
        yield {
            "id": short,
            "name": name,
            "url": url,
            "version": clean(reasoning.versions.get(key, "")) or "unknown",
            "namespacePrefix": prefix,
            "iriPrefix": iri,
        }
