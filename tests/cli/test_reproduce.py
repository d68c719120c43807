from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from workup.cli import main
from workup.systems import Measurement, measurement, measurements, records

TEXT = "one two three\n"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """System 03 with a claim on the number of words and one of the slow tier; returns the data folder."""
    monkeypatch.setattr(records, "CLAIMS", tmp_path / "claims")
    monkeypatch.setattr(measurements, "_REGISTERED", {})
    (tmp_path / "claims").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "words.txt").write_text(TEXT)

    @measurement("fake.words")
    def words(data: Path, tier: records.Tier) -> dict[str, Measurement]:
        found = (data / "words.txt").read_text().split()
        if "explode" in found:
            raise RuntimeError("the text explodes")
        return {
            "words": Measurement(value=len(found), n=1, interval=(2.0, 4.0)),
            "slow-words": Measurement(value=len(found) * 10, n=1),
        }

    plain = {
        "sentence": "The text has 3 words.",
        "source": "counted by hand",
        "measurement": "fake.words",
        "inputs": {"words.txt": sha256(TEXT.encode()).hexdigest()},
    }
    written = [
        {"id": "words", "expected": 3, **plain},
        {"id": "slow-words", "expected": 31, "tier": "slow", **plain},
    ]
    (tmp_path / "claims" / "03.json").write_text(json.dumps(written))
    return tmp_path / "data"


def code_of(*args: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["reproduce", *args])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_json_report(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("03", "--data", str(fake), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["system"], report["status"]) == ("03", "partial")
    words, slow = report["claims"]
    assert {key: words[key] for key in ("id", "expected", "measured", "n", "status", "interval")} == {
        "id": "words",
        "expected": 3,
        "measured": 3,
        "n": 1,
        "status": "holds",
        "interval": [2.0, 4.0],
    }
    assert words["sentence"] == "The text has 3 words."
    assert (slow["status"], slow["measured"], slow["waits_for"]) == ("waits", None, ["slow"])


def test_slow_tier_that_fails_ends_in_1(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("03", "--data", str(fake), "--json", "--slow") == 1
    report = json.loads(capsys.readouterr().out)
    assert [claim["status"] for claim in report["claims"]] == ["holds", "fails"]
    assert report["status"] == "fails"


def test_other_data_is_measured_and_ends_in_0(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fake / "words.txt").write_text("one")
    assert code_of("03", "--data", str(fake), "--json", "--slow") == 0
    assert [claim["status"] for claim in json.loads(capsys.readouterr().out)["claims"]] == ["measured"] * 2


def test_error_in_a_measurement_ends_in_1(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fake / "words.txt").write_text("explode")
    assert code_of("03", "--data", str(fake)) == 1
    assert "RuntimeError: the text explodes" in capsys.readouterr().out


def test_no_data_at_all_ends_in_1(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fake / "words.txt").unlink()
    assert code_of("03", "--data", str(fake)) == 1
    assert "no-data\twords\t3\t-\t-" in capsys.readouterr().out


def test_plain_table(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("03", "--data", str(fake)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "03 ArgMed-Agents: partial"
    assert lines[2].split("\t") == ["holds", "words", "3", "3 [2, 4]", "1", "The text has 3 words.", ""]
    assert lines[3].split("\t")[-1] == "waits for slow"


def test_wrong_calls_end_in_2_with_one_line(fake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for args in (
        ("04", "--data", str(fake)),
        ("99", "--data", str(fake)),
        ("03", "--data", str(fake / "absent")),
    ):
        assert code_of(*args) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
    assert code_of("03") == 2
