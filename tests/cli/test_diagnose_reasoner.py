"""``workup diagnose CASE --reasoner NAME --model M``: any reasoner, with its options and its model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workup import registry
from workup.case import Case, Finding, Reference, from_json, to_json
from workup.reasoner import Context
from workup.reasoning import Reasoning

Run = Callable[..., Any]
FINDINGS = ("--findings", "Ectopia lentis, Arachnodactyly, HP:0002616, -Bifid uvula")


def script(folder: Path, *replies: str) -> str:
    path = folder / "replies.jsonl"
    path.write_text("\n".join(json.dumps({"reply": reply}) for reply in replies) + "\n")
    return f"scripted/{path}"


def test_deeprare_without_a_model(workup: Run) -> None:
    done = workup("diagnose", *FINDINGS, "--reasoner", "deeprare", "--option", "max_depth=1", "--top", 3)
    assert done.code == 0, done.err
    assert "Answer: Marfan syndrome (posttest probability" in done.out
    assert "How it was reasoned:" in done.out
    assert "checker, round 1 (verdict): Marfan syndrome: Correct." in done.out.replace("\n    ", " ")


def test_deeprare_with_a_bank_and_a_model(workup: Run, tmp_path: Path) -> None:
    bank = tmp_path / "bank.jsonl"
    reference = Reference(diagnoses=("OMIM:129600",), labels=("Ectopia lentis",))
    known = Case(id="k", findings=(Finding("HP:0001083"), Finding("HP:0001166")), reference=reference)
    bank.write_bytes(to_json(known) + b"\n")
    first = "## **Marfan syndrome** (Rank #1/5)\nAll of it [E1]."
    model = script(tmp_path, "1. Gout", first, "DIAGNOSIS ASSESSMENT: Correct", first.replace("[E1]", "[E1, E40]"))
    done = workup(
        *("diagnose", *FINDINGS, "--reasoner", "deeprare", "--model", model, "--option", f"bank={bank}", "--json")
    )
    assert done.code == 0, done.err
    result = from_json(done.out, Reasoning)
    assert (result.reasoner, result.usage.calls) == ("deeprare", 4)
    assert result.differential[0].id == "OMIM:154700"
    assert "1 citations of the final list name no evidence" in done.err


@pytest.mark.parametrize("name", ["ranked-list", "direct"])
def test_a_reasoner_that_only_writes_is_shown_and_written(workup: Run, tmp_path: Path, name: str) -> None:
    model = script(tmp_path, "Answer: Marfan syndrome" if name == "direct" else "1. Marfan syndrome\n2. Homocystinuria")
    out = tmp_path / "out"
    done = workup(
        *("diagnose", *FINDINGS, "--reasoner", name, "--model", model, "--format", "html,tsv,json", "--out", out)
    )
    assert done.code == 0, done.err
    assert "Answer: Marfan syndrome" in done.out
    assert "posttest probability" not in done.out
    (page,) = out.glob("*.html")
    words = page.read_text("utf-8")
    # What nobody computed has no probability, and what was not counted is not said to be none.
    assert "Posttest probability" not in words
    assert "Written by a language model" in words
    assert " present, 1 excluded" in words
    assert "0 findings" not in done.out
    assert "Marfan syndrome" in page.read_text()
    if name == "ranked-list":
        assert "Final list: 1. Marfan syndrome; 2. Homocystinuria" in done.out


def test_pages_of_an_agent(workup: Run, tmp_path: Path) -> None:
    formats = ("--format", "html,tsv,json,phenopacket", "--out", tmp_path)
    done = workup("diagnose", *FINDINGS, "--reasoner", "deeprare", *formats)
    assert done.code == 0, done.err
    (page,) = tmp_path.glob("*.html")
    assert "checker, round 1 (verdict): Marfan syndrome: Correct." in page.read_text()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--base-url", "http://localhost:1"), "--base-url needs --model openai/NAME"),
        (("--option", "bank"), "--option bank: write it as KEY=VALUE"),
        (("--option", "bnk=1"), "deeprare has no option bnk"),
        (("--option", "host=model"), "deeprare needs a language model; name one: --model NAME"),
        (("--model", "scripted/absent.jsonl", "--out", "x.jsonl"), "--model does not go with --out FILE.jsonl"),
    ],
)
def test_mistakes_are_told(workup: Run, given: tuple[str, ...], message: str) -> None:
    done = workup("diagnose", *FINDINGS, "--reasoner", "deeprare", *given)
    assert done.code == 2
    assert message in done.err


def test_many_cases_into_a_file(workup: Run, tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"
    done = workup(
        *("diagnose", *FINDINGS, "--reasoner", "deeprare", "--option", "universe=omim", "--out", out, "--limit", 5)
    )
    assert done.code == 0, done.err
    assert json.loads(out.read_text())["reasoner"] == "deeprare"


class Breaks:
    """A plug-in with a fault."""

    name = "breaks"

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        if "Ataxia" in [finding.id for finding in case.findings]:
            raise AttributeError("no options\nhere")
        return Reasoning(reasoner=self.name)


def test_a_fault_of_a_plug_in_is_one_line_and_the_other_cases_go_on(
    workup: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = registry.load
    monkeypatch.setattr(registry, "load", lambda kind, name: Breaks if name == "breaks" else real(kind, name))
    done = workup("diagnose", "--findings", "Ataxia", "--reasoner", "breaks")
    assert (done.code, done.out) == (2, "")
    assert "the reasoner failed: AttributeError: no options -> report it with the case" in done.err
    cases = tmp_path / "cases.jsonl"
    cases.write_text(
        "".join(f'{{"id": "{name}", "findings": [{{"id": "{name}"}}]}}\n' for name in ("Ataxia", "Seizure", "Stroke"))
    )
    many = workup("diagnose", cases, "--reasoner", "breaks")
    assert many.code == 2
    assert [line.split("\t")[0] for line in many.out.splitlines()] == ["case", "Seizure", "Stroke"]
    assert "record Ataxia: the reasoner failed" in many.err
