"""Our own JSON, flattened records, and batches of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.case import Case, Finding, Question, Reference, Variant, from_json, to_json
from workup.errors import DataError, Issue, UserError
from workup.io import ReadResult, cases_from_text, iter_cases, read_cases
from workup.io.clean import MAX_FINDINGS

CASE = Case(id="p1", findings=(Finding("HP:0001250", label="Seizure"),), sex="female", age="P3Y")

FLAT: dict[str, Any] = {
    "id": "PMID_1_P1",
    "cohort": "ABC1",
    "pmid": "PMID:1",
    "title": "A title",
    "sex": "FEMALE",
    "age_last": "P3Y",
    "vital_status": None,
    "observed": [{"id": "HP:0001250", "label": "Seizure", "onset": "P1Y", "severity": "HP:0012828"}],
    "excluded": [{"id": "HP:0000252", "label": "Microcephaly"}],
    "gold": {"id": "OMIM:1", "label": "One", "onset": "P8M"},
    "genes": [["ABC1", "HGNC:29"]],
    "variants": [{"gene": "ABC1", "hgvs_c": "NM_1:c.1A>G", "label": None, "zygosity": "homozygous"}],
    "n_measurements": 0,
    "hpo_version": "2025-11-24",
    "created": "2026-01-02",
    "leak": {"gold_in_kb": True, "pmid_in_kb": False, "gold_has_other_source": True},
}
FLAT_CASE = Case(
    id="PMID_1_P1",
    findings=(
        Finding("HP:0001250", "Seizure", onset="P1Y", severity="HP:0012828"),
        Finding("HP:0000252", "Microcephaly", "excluded"),
    ),
    sex="female",
    age="P3Y",
    reference=Reference(
        diagnoses=("OMIM:1",),
        labels=("One",),
        onset="P8M",
        genes=("ABC1",),
        variants=(Variant("ABC1", "NM_1:c.1A>G", None, "homozygous"),),
        extensions={"gene_ids": ["HGNC:29"]},
    ),
    title="A title",
    publication="PMID:1",
    cohort="ABC1",
    provenance={
        "n_measurements": 0,
        "hpo_version": "2025-11-24",
        "created": "2026-01-02",
        "leak": {"gold_in_kb": True, "pmid_in_kb": False, "gold_has_other_source": True},
    },
)


def read(value: object) -> ReadResult:
    return cases_from_text(json.dumps(value), name="x")


def test_flattened_phenopacket() -> None:
    assert read(FLAT) == ReadResult((FLAT_CASE,), ())


def test_flattened_list_of_gold_ids() -> None:
    record = {"set": "s", "id": "e", "pmid": None, "sex": None, "observed": ["HP:0001250"], "excluded": []}
    result = read(record | {"gold": ["OMIM:1", "ORPHA:2"]})
    expected = Case(
        id="e",
        findings=(Finding("HP:0001250"),),
        reference=Reference(diagnoses=("OMIM:1", "ORPHA:2")),
        provenance={"set": "s"},
    )
    assert result == ReadResult((expected,), ())


def test_flattened_wrong_types_are_left_out_and_named() -> None:
    bad = FLAT | {
        "sex": 3,
        "observed": [{"id": 5}, {"id": "HP:0001250"}, 7],
        "colour": 1,
        "gold": {"id": None},
    }
    result = read([FLAT, bad])
    assert [f.id for f in result.cases[1].findings] == ["HP:0001250", "HP:0000252"]
    assert result.cases[1].reference is not None
    assert result.cases[1].reference.diagnoses == ()
    assert [(i.code, i.field, i.record) for i in result.issues] == [
        ("wrong_type", "sex", "2"),
        ("wrong_type", "observed[0].id", "2"),
        ("wrong_type", "observed[2]", "2"),
        ("wrong_type", "gold.id", "2"),
        ("unknown_field", "colour", "2"),
    ]


@pytest.mark.parametrize("layout", ["single", "list", "cases", "lines", "gzip", "stdin"])
def test_native_in_every_layout(layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = to_json(CASE)
    data = {
        "single": json.dumps(json.loads(one), indent=2).encode(),
        "list": to_json([CASE, CASE]),
        "cases": to_json(ReadResult((CASE, CASE), ())),
        "lines": one + b"\n\n" + one + b"\r\n",
        "gzip": gzip.compress(one + b"\n" + one),
        "stdin": one + b"\n" + one,
    }[layout]
    path = tmp_path / "no_suffix"
    path.write_bytes(data)
    if layout == "stdin":
        with path.open() as stream:
            monkeypatch.setattr("sys.stdin", stream)
            result = read_cases("-")
    else:
        result = read_cases(path)
    assert result == ReadResult((CASE,) * (1 if layout == "single" else 2), ())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    case = Case(id="Ménière")
    path.write_bytes(to_json(case).decode().encode(encoding))
    assert read_cases(path).cases == (case,)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"findings": [{"id": "a"}, {"id": "b", "status": "maybe"}]}, "findings[1].status"),
        ({"findings": [{"id": 3}]}, "findings[0].id"),
        ({"findings": [{"id": " "}]}, "findings[0]"),
        ({"sex": "FEMALE"}, "sex"),
        ({"id": ""}, "id"),
        ({"provenance": {"deep": json.loads("[" * 64 + "]" * 64)}}, "provenance"),
        (
            {"question": {"text": "?", "extensions": {"deep": json.loads("[" * 300 + "]" * 300)}}},
            "question.extensions",
        ),
    ],
)
def test_native_faults_name_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(DataError) as caught:
        read(json.loads(to_json(CASE)) | change)
    assert caught.value.issue.field == field
    assert caught.value.issue.remedy


def test_nesting_within_the_limit_is_kept() -> None:
    case = Case(id="x", provenance={"deep": json.loads("[" * 63 + "]" * 63), "big": 10**30})
    assert read(json.loads(to_json(case))).cases == (case,)


def test_thousand_lines_with_ten_bad_ones(tmp_path: Path) -> None:
    faults = ['{"id": "x"', "null", "[]", '{"id": 3, "findings": []}', '{"a": NaN}']
    faults += ["x", '"\\ud800"', "[" * 10_000, '{"what": 1}', '{"observed": []}']
    bad = dict(zip(range(50, 1000, 100), faults, strict=True))
    path = tmp_path / "batch.jsonl"
    path.write_text("\n".join(bad.get(n, to_json(CASE).decode()) for n in range(1, 1001)))
    result = read_cases(path)
    assert len(result.cases) == 990
    assert [int(issue.record) for issue in result.issues] == sorted(bad)
    for issue in result.issues:
        assert issue.severity == "error"
        assert issue.message
        assert issue.remedy
        assert issue.path == str(path)


def test_streaming_yields_before_reading_on(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(to_json(CASE) + b"\n" + b"broken\n" + to_json(CASE))
    items = list(iter_cases(path))
    assert [type(item) for item in items] == [Case, Issue, Case]


def test_mixed_kinds_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    packet = {"id": "v2", "phenotypicFeatures": [{"type": {"id": "HP:0001250"}}]}
    path.write_text("\n".join([json.dumps(FLAT), to_json(CASE).decode(), json.dumps(packet), json.dumps(FLAT)]))
    assert [case.id for case in read_cases(path).cases] == ["PMID_1_P1", "p1", "v2", "PMID_1_P1"]


def test_format_can_be_forced_and_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("term\nSeizure\n")
    assert len(read_cases(path).cases[0].findings) == 1
    assert [f.id for f in read_cases(path, format="list").cases[0].findings] == ["term", "Seizure"]
    with pytest.raises(UserError, match="phenopacket"):
        read_cases(path, format="phenopackets")


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(to_json(CASE))
    (tmp_path / "a.txt").write_text("Seizure")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.jsonl.gz").write_bytes(gzip.compress(to_json(CASE)))
    (tmp_path / "c.json").write_text("{")
    (tmp_path / "README.md").write_text("This folder was filled by hand.")
    (tmp_path / ".hidden.json").write_text("{")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    result = read_cases(tmp_path)
    assert [case.id for case in result.cases] == ["a", "p1", "p1"]
    assert [(Path(i.path).name, i.severity) for i in result.issues] == [
        ("c.json", "error"),
        (tmp_path.name, "info"),
    ]


text = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
maybe = st.none() | text
extra = st.dictionaries(
    text,
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
)
findings = st.builds(
    Finding,
    text,
    maybe,
    st.sampled_from(["present", "excluded", "unknown"]),
    maybe,
    maybe,
    st.lists(text, max_size=2).map(tuple),
    maybe,
    extensions=extra,
)
cases = st.builds(
    Case,
    id=text,
    findings=st.lists(findings, max_size=4, unique_by=lambda f: (f.id, f.status)).map(tuple),
    sex=st.sampled_from(["female", "male", "other", "unknown"]),
    age=maybe,
    text=st.none() | st.text(st.characters(codec="utf-8")),
    candidate_genes=st.lists(text, max_size=2).map(tuple),
    question=st.none() | st.builds(Question, text, st.dictionaries(text, text), extensions=extra),
    reference=st.none() | st.builds(Reference, st.lists(text).map(tuple), variants=st.just((Variant("G"),))),
    title=maybe,
    provenance=extra,
    extensions=extra,
)


@settings(max_examples=200)
@given(cases)
def test_native_round_trip_is_exact(case: Case) -> None:
    assert from_json(to_json(case), Case) == case
    result = cases_from_text(to_json(case).decode())
    assert result == ReadResult((case,), ())


@pytest.mark.parametrize("field", ["findings", "observed", "phenotypicFeatures"])
def test_more_findings_than_anybody_writes_down(tmp_path: Path, field: str) -> None:
    """They are counted before they are built, and the rest of the batch is read."""
    entry = {"type": {"id": "HP:0001250"}} if field == "phenotypicFeatures" else {"id": "HP:0001250"}
    record = json.dumps({"id": "p2", field: [entry] * (MAX_FINDINGS + 1)})
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join([to_json(CASE).decode(), record, to_json(CASE).decode()]))
    result = read_cases(path)
    assert result.cases == (CASE, CASE)
    (issue,) = result.issues
    assert (issue.severity, issue.code, issue.record) == ("error", "too_large", "2")
    assert "10001 findings" in issue.message
    assert issue.remedy
    with pytest.raises(DataError, match="10001 findings"):
        cases_from_text(record)


def test_more_findings_in_a_list_or_table_than_anybody_writes_down(tmp_path: Path) -> None:
    ids = [f"HP:{number:07d}" for number in range(MAX_FINDINGS + 1)]
    (tmp_path / "many.txt").write_text("\n".join(ids))
    with pytest.raises(DataError, match="10001 findings"):
        read_cases(tmp_path / "many.txt")
    rows = ["case_id,hpo_id", "small,HP:0001250", *(f"large,{name}" for name in ids)]
    (tmp_path / "many.csv").write_text("\n".join(rows))
    result = read_cases(tmp_path / "many.csv")
    assert [case.id for case in result.cases] == ["small"]
    (issue,) = [issue for issue in result.issues if issue.severity == "error"]
    assert (issue.code, issue.record) == ("too_large", "large")


def test_as_many_findings_as_allowed_are_read() -> None:
    case = Case(id="p", findings=tuple(Finding(f"HP:{number:07d}") for number in range(MAX_FINDINGS)))
    assert cases_from_text(to_json(case).decode()).cases == (case,)
