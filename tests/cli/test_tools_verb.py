"""``workup tools``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from workup.cli import cli
from workup.errors import UserError

LABEL = {"id": "d1", "boxed_warning": ["LIVER FAILURE"], "openfda": {"brand_name": ["Wakol"]}}


def invoke(*words: str) -> str:
    result = CliRunner().invoke(cli, ["tools", *words], catch_exceptions=False, standalone_mode=False)
    return result.stdout


def test_list_find_show_call(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(LABEL))
    listed = invoke("list", "--only", "labels")
    assert [line.split()[0] for line in listed.splitlines()] == ["label_section", "label_search", "drug_interactions"]
    assert json.loads(invoke("list", "--only", "labels", "--json"))[0]["name"] == "label_section"
    assert invoke("find", "which label has some words", "--only", "labels", "--limit", "1").split()[1] == "label_search"
    assert '"enum"' in invoke("show", "label_section", "--only", "labels")
    arguments = json.dumps({"drug": "wakol", "section": "boxed_warning"})
    said = invoke("call", "label_section", arguments, "--only", "labels", "--labels", str(path))
    assert json.loads(said)[0]["boxed_warning"] == ["LIVER FAILURE"]


def test_faults_say_what_to_do() -> None:
    for words, said in (
        (("call", "label_section", "--only", "labels"), "needs the parameter drug"),
        (("call", "label_section", "{", "--only", "labels"), "no JSON object"),
        (("call", "label_sections", "--only", "labels"), "did you mean label_section"),
        (("list", "--only", "lables"), "no tool named 'lables'; try labels"),
        (("list", "--live", "google"), "no service named google"),
    ):
        with pytest.raises(UserError, match=said):
            invoke(*words)
