from __future__ import annotations

import json
import shutil
from pathlib import Path

import workup as package

EXAMPLE = Path(package.__file__).parent / "examples" / "patient.json"


def test_pheval(workup, tmp_path):
    packets = tmp_path / "packets"
    packets.mkdir()
    shutil.copy(EXAMPLE, packets)
    outcome = workup("export", "pheval", "--phenopackets", packets, "--out", tmp_path / "out")
    assert outcome.code == 0
    assert outcome.out.startswith("1 cases. For PheVal: pheval-utils benchmark --run-yaml")
    assert (tmp_path / "out" / "pheval_disease_results" / "patient-disease_result.parquet").is_file()
    outcome = workup("export", "pheval", "--phenopackets", packets, "--out", tmp_path / "out", "--json")
    assert json.loads(outcome.out)["cases"] == 1


def test_pheval_names_what_it_cannot_use(workup, tmp_path):
    packets = tmp_path / "packets"
    packets.mkdir()
    (packets / "broken.json").write_text("{")
    outcome = workup("export", "pheval", "--phenopackets", packets, "--out", tmp_path / "out")
    assert outcome.code == 2
    assert "broken.json" in outcome.err
    outcome = workup("export", "pheval", "--phenopackets", tmp_path / "none", "--out", tmp_path / "out")
    assert outcome.code == 2
    assert "give a folder of phenopackets" in outcome.err
