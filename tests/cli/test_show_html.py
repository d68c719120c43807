"""``workup show RUN CASE --html FILE`` on a run made here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_a_case_of_a_run_becomes_a_page(tmp_path: Path, workup: Callable[..., Any]) -> None:
    options = {"A": "One", "B": "Two"}
    row = {"id": "q7", "question": "Which <b>drug</b>?", "options": options, "answer": "Two", "answer_idx": "B"}
    data = tmp_path / "set.jsonl"
    data.write_text(json.dumps(row) + "\n")
    script = tmp_path / "replies.jsonl"
    script.write_text(json.dumps({"match": ".", "reply": "I weigh it.\nAnswer: A"}) + "\n")
    run = tmp_path / "run"
    model = f"scripted/{script}"
    assert workup("run", "medqa", "chain-of-thought", "--data", data, "--model", model, "--out", run).code == 0
    page = tmp_path / "page.html"
    assert workup("show", run, "q7", "--html", page).code == 0
    written = page.read_text()
    assert "Which &lt;b&gt;drug" in written
    assert "I weigh it." in written
    assert model in written
    refused = workup("show", run, "--html", page)
    assert refused.code == 2
    assert "one case of a run" in refused.err
    data.write_text(json.dumps({**row, "question": "Changed?"}) + "\n")
    refused = workup("show", run, "q7", "--html", page)
    assert refused.code == 2
    assert "has changed since the run" in refused.err
