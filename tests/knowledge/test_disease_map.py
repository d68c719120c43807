"""The id table in the package is whole, and the script that builds it does what it says."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import re
import sys
import zipfile
from collections import Counter, defaultdict
from importlib import resources
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = "subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label"
DISEASE = re.compile(r"(OMIM|OMIMPS):\d{6}|(ORPHA|DECIPHER):\d+")


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    """The build script as a module; a checkout has it, an installed package does not."""
    path = ROOT / "scripts" / "build_disease_map.py"
    spec = importlib.util.spec_from_file_location("build_disease_map", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def packed() -> bytes:
    return (resources.files("workup") / "knowledge" / "data" / "disease_map.tsv.gz").read_bytes()


@pytest.fixture(scope="module")
def lines(packed: bytes) -> list[str]:
    return gzip.decompress(packed).decode().splitlines()


@pytest.fixture(scope="module")
def table(lines: list[str]) -> list[tuple[str, ...]]:
    return [tuple(line.split("\t")) for line in lines[1:]]


@pytest.fixture(scope="module")
def annotated(builder: ModuleType) -> set[str]:
    with builder.find_annotations().open(encoding="utf-8") as stream:
        found: set[str] = builder.annotated_diseases(stream)
    return found


def test_header_and_shape(lines: list[str], table: list[tuple[str, ...]]) -> None:
    assert lines[0] == "mondo\tmondo_label\tpredicate\tdisease"
    assert {len(row) for row in table} == {4}


def test_gzip_header_holds_no_time_and_no_file_name(packed: bytes) -> None:
    # RFC 1952: byte 3 holds the flags (8 = file name follows), bytes 4-7 the modification time.
    assert packed[:2] == b"\x1f\x8b"
    assert packed[3] == 0
    assert packed[4:8] == bytes(4)


def test_sorted_and_unique(table: list[tuple[str, ...]]) -> None:
    assert table == sorted(set(table))


def test_ids_are_well_formed(table: list[tuple[str, ...]]) -> None:
    bad = [row for row in table if not re.fullmatch(r"MONDO:\d{7}", row[0]) or not DISEASE.fullmatch(row[3])]
    assert bad == []
    assert all(row[1] == row[1].strip() != "" for row in table)


def test_counts_match_the_notice(table: list[tuple[str, ...]]) -> None:
    assert Counter(row[2] for row in table) == {"exactMatch": 13_192}
    assert Counter(row[3].split(":")[0] for row in table) == {"OMIM": 8_328, "ORPHA": 4_271, "OMIMPS": 593}
    notice = (resources.files("workup") / "knowledge" / "data" / "NOTICE").read_text(encoding="utf-8")
    for number in ("13,192", "8,328 OMIM", "4,271 ORPHA", "593 OMIMPS"):
        assert number in notice


def test_every_disease_is_annotated_and_nearly_every_annotated_disease_is_there(
    table: list[tuple[str, ...]], annotated: set[str]
) -> None:
    diseases = {row[3] for row in table if not row[3].startswith("OMIMPS:")}
    assert diseases <= annotated
    # The 47 DECIPHER entries, 31 OMIM and 10 ORPHA ids are not in MONDO's file.
    assert Counter(disease.split(":")[0] for disease in annotated - diseases) == {
        "DECIPHER": 47,
        "OMIM": 31,
        "ORPHA": 10,
    }


def test_a_disease_has_one_mondo_class(table: list[tuple[str, ...]]) -> None:
    assert max(Counter(row[3] for row in table).values()) == 1


def test_a_mondo_class_rarely_holds_two_diseases_of_one_source(table: list[tuple[str, ...]]) -> None:
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    for mondo, _, _, disease in table:
        held[disease.split(":")[0], mondo].append(disease)
    doubled = Counter(source for (source, _), diseases in held.items() if len(diseases) > 1)
    assert doubled == {"OMIM": 5, "ORPHA": 9}
    assert held["OMIM", "MONDO:0010602"] == ["OMIM:134500", "OMIM:306700"]


@pytest.mark.parametrize(
    ("mondo", "label", "diseases"),
    [
        ("MONDO:0008840", "ataxia telangiectasia", {"ORPHA:100", "OMIM:208900"}),
        ("MONDO:0007947", "Marfan syndrome", {"ORPHA:558", "OMIM:154700"}),
        ("MONDO:0016512", "Kabuki syndrome", {"ORPHA:2322", "OMIMPS:147920"}),
    ],
)
def test_known_pairs(table: list[tuple[str, ...]], mondo: str, label: str, diseases: set[str]) -> None:
    rows = [row for row in table if row[0] == mondo]
    assert {row[3] for row in rows} == diseases
    assert {row[1] for row in rows} == {label}


def test_rows_keeps_what_is_annotated_and_every_series(builder: ModuleType) -> None:
    sssom = [
        "# license: x",
        HEADER,
        'MONDO:2\tb "quoted" label\tskos:exactMatch\tOrphanet:5\tb',
        "MONDO:1\ta\tskos:exactMatch\tOMIM:9\ta",
        "MONDO:1\ta\tskos:exactMatch\tOMIM:9\ta written again",
        "MONDO:1\ta\tskos:exactMatch\tOMIM:8\tnot annotated",
        "MONDO:1\ta\tskos:broadMatch\tOMIMPS:7\tseries",
        "MONDO:1\ta\tskos:exactMatch\tDOID:9\tother source",
    ]
    assert builder.rows(sssom, {"OMIM:9", "ORPHA:5"}) == [
        ("MONDO:1", "a", "broadMatch", "OMIMPS:7"),
        ("MONDO:1", "a", "exactMatch", "OMIM:9"),
        ("MONDO:2", 'b "quoted" label', "exactMatch", "ORPHA:5"),
    ]


def test_encoding_the_table_again_gives_the_same_text(builder: ModuleType, packed: bytes) -> None:
    text = gzip.decompress(packed).decode()
    again = builder.encode([builder.Row(*line.split("\t")) for line in text.splitlines()[1:]])
    assert gzip.decompress(again).decode() == text


def toy_wheel(folder: Path, rows: str) -> tuple[Path, str]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("pheval/resources/mondo.sssom.tsv", f"# comment\n{HEADER}\n{rows}")
    path = folder / "toy.whl"
    path.write_bytes(buffer.getvalue())
    return path, hashlib.sha256(buffer.getvalue()).hexdigest()


def run(builder: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["build_disease_map.py", *arguments])
    builder.main()


def test_main_reads_a_wheel(builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, digest = toy_wheel(tmp_path, "MONDO:0007947\tMarfan syndrome\tskos:exactMatch\tOrphanet:558\tm\n")
    out = tmp_path / "new" / "map.tsv.gz"
    run(builder, monkeypatch, "--wheel", str(wheel), "--sha256", digest, "--out", str(out))
    assert gzip.decompress(out.read_bytes()).decode().splitlines() == [
        "mondo\tmondo_label\tpredicate\tdisease",
        "MONDO:0007947\tMarfan syndrome\texactMatch\tORPHA:558",
    ]


def test_main_refuses_another_wheel(builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, _ = toy_wheel(tmp_path, "")
    out = tmp_path / "map.tsv.gz"
    with pytest.raises(SystemExit, match="sha256"):
        run(builder, monkeypatch, "--wheel", str(wheel), "--out", str(out))
    assert not out.exists()


def test_main_refuses_a_mapping_without_known_diseases(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, digest = toy_wheel(tmp_path, "MONDO:1\tx\tskos:exactMatch\tOrphanet:0\tx\n")
    out = tmp_path / "map.tsv.gz"
    with pytest.raises(SystemExit, match="no row"):
        run(builder, monkeypatch, "--wheel", str(wheel), "--sha256", digest, "--out", str(out))
    assert not out.exists()
