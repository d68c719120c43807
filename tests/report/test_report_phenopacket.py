"""The phenopacket against the v2 schema: by a strict structural check, and by protobuf classes if installed.

The check is written from https://phenopacket-schema.readthedocs.io/en/v2/ (multiplicities and enumerations of
the messages that we write): an unknown field, a wrong enumeration value or a missing required field fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from report_building import VERSIONS, a_case, a_reasoning

from workup.case import Case, Finding
from workup.reasoning import Reasoning
from workup.report.phenopacket import read_differential, to_phenopacket

Check = Callable[[Any], None]


def text(value: Any) -> None:
    assert isinstance(value, str)
    assert value


def curie(value: Any) -> None:
    assert re.fullmatch(r"[A-Za-z][\w.]*:\S+", value), value


def matching(pattern: str) -> Check:
    def check(value: Any) -> None:
        assert isinstance(value, str)
        assert re.fullmatch(pattern, value), value

    return check


def boolean(value: Any) -> None:
    assert isinstance(value, bool)


def whole(value: Any) -> None:
    assert isinstance(value, int)
    assert value >= 0


def one_of(*values: str) -> Check:
    def check(value: Any) -> None:
        assert value in values

    return check


def many(check: Check, at_least: int = 0) -> Check:
    def check_all(value: Any) -> None:
        assert isinstance(value, list)
        assert len(value) >= at_least
        for item in value:
            check(item)

    return check_all


def message(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    known = {**required, **(optional or {})}

    def check(value: Any) -> None:
        assert isinstance(value, dict)
        assert required.keys() <= value.keys(), f"missing {required.keys() - value.keys()}"
        assert value.keys() <= known.keys(), f"unknown {value.keys() - known.keys()}"
        for name, part in value.items():
            known[name](part)

    return check


ontology_class = message({"id": curie, "label": text})


def time_element(value: Any) -> None:
    assert len(value) == 1  # a protobuf oneof
    message(
        {},
        {
            "age": message({"iso8601duration": matching(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T.+)?")}),
            "gestationalAge": message({"weeks": whole}, {"days": whole}),
            "ontologyClass": ontology_class,
        },
    )(value)


phenopacket = message(
    {
        "id": text,
        "metaData": message(
            {
                "created": matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
                "createdBy": text,
                "resources": many(
                    message(dict.fromkeys(("id", "name", "url", "version", "namespacePrefix", "iriPrefix"), text)),
                    at_least=1,
                ),
                "phenopacketSchemaVersion": one_of("2.0"),
            }
        ),
    },
    {
        "subject": message(
            {"id": text},
            {
                "sex": one_of("UNKNOWN_SEX", "FEMALE", "MALE", "OTHER_SEX"),
                "timeAtLastEncounter": time_element,
            },
        ),
        "phenotypicFeatures": many(
            message(
                {"type": ontology_class},
                {
                    "excluded": boolean,
                    "severity": ontology_class,
                    "modifiers": many(ontology_class),
                    "onset": time_element,
                },
            )
        ),
        "interpretations": many(
            message(
                {
                    "id": text,
                    "progressStatus": one_of("IN_PROGRESS", "COMPLETED", "SOLVED", "UNSOLVED"),
                },
                {"diagnosis": message({"disease": ontology_class}), "summary": text},
            )
        ),
    },
)


def classes_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.keys() == {"id", "label"}:
            yield value["id"]
        for part in value.values():
            yield from classes_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from classes_of(part)


def built(case: Case, reasoning: Reasoning) -> dict[str, Any]:
    packet = to_phenopacket(case, reasoning, created=datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC))
    result: dict[str, Any] = json.loads(json.dumps(packet))
    return result


def a_fuller_case() -> tuple[Case, Reasoning]:
    """Every kind of time, a severity, a modifier, an unknown status and a vocabulary that nobody knows."""
    findings = (
        Finding("HP:0001250", label="Seizure", onset="G20W3D", severity="HP:0012828"),
        Finding("HP:0001263", onset="HP:0003593", modifiers=("HP:0012832",), status="excluded"),
        Finding("HP:0001251", label="Ataxia", status="unknown"),
        Finding("SNOMEDCT:84757009", label="Epilepsy", onset="some years ago"),
    )
    case = Case(id="p", findings=findings, sex="other", age="P1Y6M")
    return case, msgspec.structs.replace(a_reasoning(), findings=findings)


def test_structure_is_that_of_the_schema(case_and_reasoning: tuple[Case, Reasoning]) -> None:
    phenopacket(built(*case_and_reasoning))
    phenopacket(built(*a_fuller_case()))


def test_the_structural_check_can_fail() -> None:
    good = built(a_case(), a_reasoning())
    for spoil in (
        {"id": ""},
        {"surprise": 1},
        {"subject": {"id": "a", "sex": "F"}},
        {"metaData": {**good["metaData"], "created": "yesterday"}},
        {"interpretations": [{"id": "1", "progressStatus": "DONE"}]},
    ):
        with pytest.raises(AssertionError):
            phenopacket({**good, **spoil})


def test_every_vocabulary_used_is_declared_once(case_and_reasoning: tuple[Case, Reasoning]) -> None:
    for packet in (built(*case_and_reasoning), built(*a_fuller_case())):
        prefixes = [resource["namespacePrefix"] for resource in packet["metaData"]["resources"]]
        assert len(prefixes) == len(set(prefixes))
        assert {name.split(":")[0] for name in classes_of(packet)} <= set(prefixes)


def test_content_is_that_of_the_case() -> None:
    packet = built(a_case(), a_reasoning())
    assert packet["subject"] == {
        "id": "patient-17",
        "sex": "FEMALE",
        "timeAtLastEncounter": {"age": {"iso8601duration": "P3Y6M"}},
    }
    assert packet["phenotypicFeatures"][0] == {
        "type": {"id": "HP:0002123", "label": "Generalized myoclonic seizure"},
        "onset": {"age": {"iso8601duration": "P9M"}},
    }
    assert packet["phenotypicFeatures"][10] == {
        "type": {"id": "HP:0000252", "label": "Microcephaly"},
        "excluded": True,
    }
    versions = {item["namespacePrefix"]: item["version"] for item in packet["metaData"]["resources"]}
    assert versions == {
        "HP": VERSIONS["HPO"],
        "OMIM": VERSIONS["OMIM"],
        "ORPHA": VERSIONS["Orphanet"],
        "MONDO": VERSIONS["MONDO"],
    }
    assert packet["metaData"]["created"] == "2025-02-03T04:05:06Z"
    assert {item["progressStatus"] for item in packet["interpretations"]} == {"IN_PROGRESS"}


def test_times_severities_and_unknowns() -> None:
    features = built(*a_fuller_case())["phenotypicFeatures"]
    assert [item["type"]["id"] for item in features] == ["HP:0001250", "HP:0001263", "SNOMEDCT:84757009"]
    assert features[0]["onset"] == {"gestationalAge": {"weeks": 20, "days": 3}}
    assert features[0]["severity"] == {"id": "HP:0012828", "label": "Severe"}
    assert features[1]["onset"] == {"ontologyClass": {"id": "HP:0003593", "label": "Infantile onset"}}
    assert features[1]["type"]["label"] == "HP:0001263"
    assert "onset" not in features[2]


def test_summaries_of_others_are_left_out() -> None:
    packet = built(a_case(), a_reasoning())
    packet["interpretations"][0]["summary"] = "solved by exome sequencing"
    assert [item.rank for item in read_differential(packet)][:2] == [2.5, 2.5]


def test_protobuf_classes_read_it(case_and_reasoning: tuple[Case, Reasoning]) -> None:
    schema = pytest.importorskip("phenopackets.schema.v2", reason="the package phenopackets is not installed")
    json_format = pytest.importorskip("google.protobuf.json_format")
    for case, reasoning in (case_and_reasoning, a_fuller_case()):
        packet = built(case, reasoning)
        parsed = json_format.Parse(json.dumps(packet), schema.Phenopacket())
        assert parsed.meta_data.phenopacket_schema_version == "2.0"
        assert len(parsed.interpretations) == len(reasoning.differential)
        again = json_format.MessageToDict(parsed)
        assert [item["diagnosis"]["disease"]["id"] for item in again.get("interpretations", [])] == [
            hypothesis.id for hypothesis in reasoning.differential
        ]
        assert all(item["progressStatus"] == "IN_PROGRESS" for item in again.get("interpretations", []))
