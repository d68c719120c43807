"""Phenopackets of both schemas against hand-read expectations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.case import Case, Finding, Reference, Variant, to_json
from workup.errors import DataError
from workup.io import ReadResult, cases_from_text, read_cases

V2: dict[str, Any] = {
    "id": "packet-1",
    "subject": {
        "id": "patient 1",
        "sex": "FEMALE",
        "timeAtLastEncounter": {"age": {"iso8601duration": "P3Y"}},
        "vitalStatus": {"status": "DECEASED"},
    },
    "phenotypicFeatures": [
        {
            "type": {"id": "HP:0001250", "label": "Seizure"},
            "onset": {"gestationalAge": {"weeks": 20}},
            "severity": {"id": "HP:0012828", "label": "Severe"},
            "modifiers": [{"id": "HP:0012834", "label": "Right"}],
        },
        {"type": {"id": "HP:0000252", "label": "Microcephaly"}, "excluded": True},
    ],
    "interpretations": [
        {"id": "i0", "progressStatus": "IN_PROGRESS", "diagnosis": {"disease": {"id": "OMIM:999999"}}},
        {
            "id": "i1",
            "progressStatus": "SOLVED",
            "diagnosis": {
                "disease": {"id": "OMIM:100000", "label": "A syndrome"},
                "genomicInterpretations": [
                    {
                        "interpretationStatus": "CAUSATIVE",
                        "variantInterpretation": {
                            "variationDescriptor": {
                                "geneContext": {"valueId": "HGNC:29", "symbol": "ABC1"},
                                "expressions": [
                                    {"syntax": "hgvs.g", "value": "NC_1:g.1A>G"},
                                    {"syntax": "hgvs.c", "value": "NM_1.1:c.1A>G"},
                                ],
                                "allelicState": {"id": "GENO:0000136", "label": "homozygous"},
                            }
                        },
                    }
                ],
            },
        },
    ],
    "diseases": [
        {
            "term": {"id": "OMIM:100000", "label": "A syndrome"},
            "onset": {"ontologyClass": {"id": "HP:0003593", "label": "Infantile onset"}},
        }
    ],
    "measurements": [{"assay": {"id": "LOINC:1"}}, {"assay": {"id": "LOINC:2"}}],
    "metaData": {
        "created": "2025-11-18T07:04:15Z",
        "createdBy": "someone",
        "resources": [{"id": "hp", "namespacePrefix": "HP", "version": "2025-10-22"}],
        "phenopacketSchemaVersion": "2.0",
        "externalReferences": [{"id": "PMID:1", "description": "A title"}],
    },
}
EXPECTED = Case(
    id="packet-1",
    findings=(
        Finding("HP:0001250", "Seizure", "present", "G20W0D", "HP:0012828", ("HP:0012834",)),
        Finding("HP:0000252", "Microcephaly", "excluded"),
    ),
    sex="female",
    age="P3Y",
    reference=Reference(
        diagnoses=("OMIM:100000",),
        labels=("A syndrome",),
        onset="HP:0003593",
        genes=("ABC1",),
        variants=(Variant("ABC1", "NM_1.1:c.1A>G", None, "homozygous"),),
        extensions={"gene_ids": ["HGNC:29"]},
    ),
    title="A title",
    publication="PMID:1",
    provenance={
        "vital_status": "DECEASED",
        "hpo_version": "2025-10-22",
        "created": "2025-11-18",
        "format": "phenopacket v2",
        "n_measurements": 2,
    },
)


def read(value: object) -> ReadResult:
    return cases_from_text(json.dumps(value), name="x")


def codes(result: ReadResult) -> list[str]:
    return [issue.code for issue in result.issues]


def test_schema_2_in_full() -> None:
    result = read(V2)
    assert result.cases == (EXPECTED,)
    by_field = {issue.field: issue for issue in result.issues}
    assert by_field["measurements"].severity == "info"
    assert by_field["measurements"].message.startswith("2 not used")
    assert "not SOLVED" in by_field["interpretations[0].progressStatus"].message
    assert all(issue.severity == "info" for issue in result.issues)


def test_blinded_shows_nothing_of_the_truth() -> None:
    shown = to_json(read(V2).cases[0].blinded()).decode()
    for secret in ("OMIM", "ABC1", "NM_1", "title", "PMID", "packet-1", "patient 1", "A syndrome"):
        assert secret not in shown


def snake(value: Any) -> Any:
    if isinstance(value, dict):
        return {"".join(f"_{c.lower()}" if c.isupper() else c for c in key): snake(item) for key, item in value.items()}
    return [snake(item) for item in value] if isinstance(value, list) else value


def test_snake_case_reads_the_same() -> None:
    assert "time_at_last_encounter" in snake(V2)["subject"]
    assert read(snake(V2)).cases == (EXPECTED,)


def test_schema_1() -> None:
    packet = {
        "id": "old",
        "subject": {"id": "s", "sex": "MALE", "ageAtCollection": {"age": "P12Y"}},
        "phenotypicFeatures": [
            {"type": {"id": "HP:0001250", "label": "Seizure"}, "classOfOnset": {"id": "HP:0003593"}},
            {"type": {"id": "HP:0000252"}, "negated": True, "ageOfOnset": {"age": "P1M"}},
        ],
        "genes": [{"id": "NCBIGene:1", "symbol": "ABC1"}],
        "variants": [
            {
                "vcfAllele": {"genomeAssembly": "hg19", "chr": "1", "pos": 7, "ref": "A", "alt": "G"},
                "zygosity": {"id": "GENO:0000135", "label": "heterozygous"},
            },
            {"hgvsAllele": {"hgvs": "NM_1:c.1A>G"}},
        ],
        "diseases": [{"term": {"id": "OMIM:1", "label": "One"}, "classOfOnset": {"id": "HP:0003577"}}],
        "metaData": {"phenopacketSchemaVersion": "1.0.0"},
    }
    result = read(packet)
    assert result.cases == (
        Case(
            id="old",
            findings=(
                Finding("HP:0001250", "Seizure", onset="HP:0003593"),
                Finding("HP:0000252", status="excluded", onset="P1M"),
            ),
            sex="male",
            age="P12Y",
            reference=Reference(
                diagnoses=("OMIM:1",),
                labels=("One",),
                onset="HP:0003577",
                genes=("ABC1",),
                variants=(
                    Variant(label="hg19:1:7:A>G", zygosity="heterozygous"),
                    Variant(hgvs="NM_1:c.1A>G"),
                ),
                extensions={"gene_ids": ["NCBIGene:1"]},
            ),
            provenance={"format": "phenopacket v1"},
        ),
    )
    assert result.issues == ()


def test_mixed_versions_are_read_with_a_warning() -> None:
    packet = {
        "id": "mixed",
        "subject": {"sex": 1, "timeAtLastEncounter": {"age": {"iso8601duration": "P1Y"}}},
        "phenotypicFeatures": [
            {"type": {"id": "HP:0000252"}, "negated": True},
            {"type": {"id": "HP:0001250"}, "excluded": True},
        ],
    }
    result = read(packet)
    assert [f.status for f in result.cases[0].findings] == ["excluded", "excluded"]
    assert result.cases[0].sex == "female"
    assert codes(result) == ["mixed_versions"]
    assert result.issues[0].severity == "warning"


def test_solved_goes_before_diseases_and_excluded_diseases_are_no_diagnosis() -> None:
    diseases = [{"term": {"id": "OMIM:1"}, "excluded": True}, {"term": {"id": "OMIM:2"}}]
    only = read({"id": "a", "subject": {}, "diseases": diseases}).cases[0].reference
    assert only == Reference(diagnoses=("OMIM:2",))
    solved = [{"progressStatus": 3, "diagnosis": {"disease": {"id": "OMIM:3"}}}]
    both = read({"id": "a", "subject": {}, "diseases": diseases, "interpretations": solved})
    assert both.cases[0].reference == Reference(diagnoses=("OMIM:3",))
    assert "diagnosis" in codes(both)


def test_family_and_cohort() -> None:
    one = {"id": "m1", "phenotypicFeatures": [{"type": {"id": "HP:0001250"}}]}
    family = read({"id": "fam", "proband": one, "relatives": [{"id": "r"}, {"id": "q"}], "pedigree": {"persons": []}})
    assert [case.id for case in family.cases] == ["m1"]
    assert any("relatives (2)" in issue.message for issue in family.issues)
    cohort = read({"id": "co", "members": [one, {"phenotypicFeatures": [{"type": {"id": "HP:0000252"}}]}]})
    assert [(case.id, case.cohort) for case in cohort.cases] == [("m1", "co"), ("co-2", "co")]


@pytest.mark.parametrize("value", ["true", 1, "false"])
def test_exclusion_of_the_wrong_type_is_never_read_as_present(value: object) -> None:
    result = read({"id": "a", "phenotypicFeatures": [{"type": {"id": "HP:0001250"}, "excluded": value}]})
    assert result.cases[0].findings == (Finding("HP:0001250", status="unknown"),)
    assert result.issues[0].field == "phenotypicFeatures[0].excluded"


def test_wrong_types_and_unknown_fields_name_their_place() -> None:
    packet = {
        "id": "a",
        "subject": {"sex": [], "timeAtLastEncounter": "P3Y", "gender": {"id": "X:1"}},
        "phenotypicFeatures": [
            "HP:0001250",
            {"type": {"id": 7}},
            {"type": {"id": "hp_0000252"}, "colour": "red"},
        ],
        "diseases": {"id": "OMIM:1"},
    }
    result = read(packet)
    assert [f.id for f in result.cases[0].findings] == ["HP:0000252"]
    found = {(issue.code, issue.field) for issue in result.issues}
    assert found >= {
        ("wrong_type", "subject.timeAtLastEncounter"),
        ("wrong_type", "phenotypicFeatures[0]"),
        ("wrong_type", "phenotypicFeatures[1].type.id"),
        ("no_id", "phenotypicFeatures[1].type"),
        ("id_repaired", "phenotypicFeatures[2].type.id"),
        ("unknown_field", "phenotypicFeatures.colour"),
        ("wrong_type", "diseases"),
        ("not_used", "subject"),
    }


def test_repeats_are_merged_and_contradictions_kept() -> None:
    features = [
        {"type": {"id": "HP:0001250"}},
        {"type": {"id": "HP:0001250", "label": "Seizure"}, "onset": {"age": {"iso8601duration": "P1Y"}}},
        {"type": {"id": "HP:0001250"}, "excluded": True},
    ]
    result = read({"id": "a", "phenotypicFeatures": features})
    assert result.cases[0].findings == (
        Finding("HP:0001250", "Seizure", onset="P1Y"),
        Finding("HP:0001250", status="excluded"),
    )
    assert codes(result) == ["repeated_finding"]


def test_control_characters_leave_labels() -> None:
    bad = "Sei\x1b[31mzure\u202e\u0000"
    result = read({"id": "a", "phenotypicFeatures": [{"type": {"id": "HP:0001250", "label": bad}}]})
    assert result.cases[0].findings[0].label == "Sei[31mzure"
    assert codes(result) == ["control_characters"]


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
# fmt: off
names = st.sampled_from(
    [
        "id", "subject", "sex", "phenotypicFeatures", "type", "label", "excluded", "negated", "onset",
        "age", "iso8601duration", "interpretations", "progressStatus", "diagnosis", "disease",
        "diseases", "term", "genomicInterpretations", "interpretationStatus", "gene", "symbol",
        "variantInterpretation", "variationDescriptor", "expressions", "metaData", "resources",
        "externalReferences", "proband", "members", "genes", "variants", "vcfAllele", "chr",
        "zygosity", "gestationalAge", "weeks", "days", "ageRange", "start", "ageAtCollection",
        "vitalStatus", "status", "measurements", "timeAtLastEncounter", "modifiers", "severity",
        "phenopacket", "observed", "findings", "cases",
    ]
)
# fmt: on
values = st.recursive(
    scalars | st.sampled_from(["SOLVED", "CAUSATIVE", "HP:0001250", "P3Y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=3), inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=300)
@given(values)
def test_arbitrary_json_never_raises_anything_else(value: object) -> None:
    try:
        result = read(value)
    except DataError:
        return
    assert result.cases or result.issues
    for case in result.cases:
        assert json.loads(json.dumps(case.id)) == case.id


@settings(max_examples=200)
@given(st.dictionaries(names, values, max_size=6))
def test_arbitrary_json_as_phenopacket(tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any]) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "any.json"
    path.write_text(json.dumps(value))
    try:
        result = read_cases(path, format="phenopacket")
    except DataError:
        return
    assert result.cases or result.issues
