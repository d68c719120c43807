"""The conventional methods beside a model: words, numbers, calls of tools, orders of tests, series; by hand."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from method_cases import CASES, reason

from workup.benchmarks.medr_staged import MedRStaged
from workup.case import Case, Question, Reference, to_json
from workup.errors import UserError
from workup.reasoner import Context
from workup.reasoners.blocks.environment import Encounter
from workup.reasoners.copy_text import leading
from workup.reasoners.fixed_tests import PANEL, FixedTests
from workup.reasoners.training import TrainingOptions, read_training
from workup.reasoning import Reasoning
from workup.signals.globem import Person
from workup.signals.tables import table


def known(folder: Path, *cases: Case) -> dict[str, str]:
    """A file of cases with answers, and who reads it."""
    path = folder / "known.jsonl"
    path.write_bytes(b"".join(to_json(case) + b"\n" for case in cases))
    return {"training": str(path), "reader": "cases"}


def number(name: str, question: str, answer: str, text: str = "") -> Case:
    asked = Question(question, form="number")
    return Case(id=name, text=text or f"Patient {name}.", question=asked, reference=Reference(answer=answer))


def said(found: Reasoning) -> str:
    assert found.answer is not None, found.abstained
    return found.answer.text


def test_the_usual_number_is_the_median_of_the_same_question(tmp_path: Path) -> None:
    rows = [number(str(i), "What is the clearance?", answer) for i, answer in enumerate(("80", "41.5", "66", "95"))]
    rows.append(number("5", "What is the score?", "3"))
    options = known(tmp_path, *rows)
    other = Case(id="x", text="Somebody.", question=Question("what is the CLEARANCE?", form="number"))
    found = reason("usual-number", other, **options)
    # Of 41.5, 66, 80 and 95 the lower middle one, which somebody has.
    assert said(found) == "66"
    assert found.steps[0].claim == "the median of 4 known answers to the same question is 66"
    # Its own answer is not known: without 66 the median of 41.5, 80 and 95.
    assert said(reason("usual-number", rows[2].blinded(), **options)) == "80"
    # Nobody else was asked for the score; all questions count then.
    own = reason("usual-number", rows[4].blinded(), **options)
    assert said(own) == "66"
    assert "to all questions" in own.steps[0].claim


def test_the_usual_number_keeps_dates_and_weeks_apart(tmp_path: Path) -> None:
    rows = [number(str(i), "When?", answer) for i, answer in enumerate(("02/01/2024", "03/01/2024", "04/01/2024", "7"))]
    assert said(reason("usual-number", number("x", "When?", "").blinded(), **known(tmp_path, *rows))) == "03/01/2024"
    weeks = [number(str(i), "When?", answer) for i, answer in enumerate(("(4 weeks, 2 days)", "(4 weeks, 6 days)"))]
    found = reason("usual-number", number("x", "When?", "").blinded(), **known(tmp_path, *weeks))
    assert said(found) == "(4 weeks, 2 days)"
    words = [number("1", "When?", "soon")]
    assert (
        "no other case"
        in reason("usual-number", number("x", "When?", "").blinded(), **known(tmp_path, *words)).abstained
    )


def test_a_fixed_reply_is_the_same_for_all() -> None:
    assert said(reason("fixed-reply", CASES["text"])) == "I cannot help with that."
    assert said(reason("fixed-reply", CASES["text"], reply="Rest.")) == "Rest."
    assert reason("fixed-reply", CASES["choice"]).abstained == "it answers in words"


def test_the_text_is_copied_whole_or_from_the_beginning() -> None:
    case = Case(id="x", text="[doctor] hi\n[patient] hello .\n[doctor] so", question=Question("Write it.", form="text"))
    assert said(reason("copy-text", case)) == case.text
    assert said(reason("copy-text", case, lead=2)) == "[doctor] hi\n[patient] hello ."
    assert said(reason("copy-text", Case(id="x", question=Question("What is gout?", form="text")))) == "What is gout?"
    assert leading("痛い。熱がある。", 1) == "痛い。"
    assert leading("One.", 5) == "One."


def test_the_nearest_tool_is_called_with_the_values_of_the_task(tmp_path: Path) -> None:
    def tool(name: str, description: str, **needs: str) -> dict[str, Any]:
        properties = {key: {"type": kind, "required": True} for key, kind in needs.items()}
        return {"name": name, "description": description, "parameter": {"type": "object", "properties": properties}}

    path = tmp_path / "tools.json"
    path.write_text(
        json.dumps([tool("doses", "Doses of a drug", drug="string", limit="integer"), tool("genes", "Genes")])
    )
    asked = Question('Doses of a drug? What is known: drug = "Lipitor"; limit = 5.', form="text")
    found = reason("nearest-tool", Case(id="x", question=asked), tools=str(path))
    call = {"name": "doses", "arguments": {"drug": "Lipitor", "limit": 5}}
    assert found.extensions["txagent"]["calls"] == [{**call, "status": "not run"}]
    assert json.loads(said(found)) == call
    # A value that the task does not give is not made up, and the call says that it could not be run.
    lacking = Case(id="x", question=Question('Doses of a drug? What is known: drug = "Lip', form="text"))
    assert reason("nearest-tool", lacking, tools=str(path)).extensions["txagent"]["calls"][0]["status"] == "invalid"
    far = Case(id="x", question=Question("Zebra?", form="text"))
    assert "no description" in reason("nearest-tool", far, tools=[str(path)]).abstained
    (tmp_path / "none.json").write_text("[]")
    with pytest.raises(UserError, match="hold no specification"):
        reason("nearest-tool", far, tools=str(tmp_path / "none.json"))


def test_the_same_tests_are_ordered_for_everybody(tmp_path: Path) -> None:
    summary = "- **Chief Complaint:** {}.\n- **Ancillary Tests:**\n  - **MRI of the brain:** a mass\n  - **CSF:** clear"
    rows = {
        name: {"generate_case": {"case_summary": summary.format(what), "differential_diagnosis": "1. x",
                                 "diagnosis_results": name}}
        for name, what in (("Glioma", "headache at night"), ("Gout", "a hot toe"), ("Migraine", "headache at noon"))
    }  # fmt: skip
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(rows))
    benchmark = MedRStaged()
    case = next(one for one in benchmark.read([path]) if isinstance(one, Case))
    met = Encounter(benchmark.environment(case, {"rounds": 1}, model=None, seed=0))
    options = {"training": str(path), "reader": "medr-bench-staged"}
    found = FixedTests().reason(case.blinded(), Context(options=options, environment=met))
    assert found.extensions["requested"] == list(PANEL)
    # What is known of the case at once is nearest to the other headache.
    assert said(found) == "Migraine"
    with pytest.raises(UserError, match="nobody answers"):
        FixedTests().reason(case.blinded(), Context(options=options))


def days(name: str, slope: float, label: str) -> Case:
    when = tuple(date(2024, 1, 1) + timedelta(days=i) for i in range(28))
    steps = 8000 + slope * np.arange(28.0) + 50 * (np.arange(28) % 3)
    text = table(Person(name, "A", when, {"steps": steps}))
    asked = Question("Depressed?", {"yes": "yes", "no": "no"}, form="label")
    return Case(id=name, text=text, question=asked, reference=Reference(answer=label))


def test_falling_steps_are_learned_from_the_others(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    rows = [days(f"y{i}", -100.0 - i, "yes") for i in range(8)] + [days(f"n{i}", 10.0 + i, "no") for i in range(8)]
    options = known(tmp_path, *rows)
    found = [reason("series-logistic", row.blinded(), **options).answer for row in (rows[3], rows[12])]
    assert [one.ids for one in found if one] == [("yes",), ("no",)]
    assert all(one is not None and one.probability is not None and one.probability > 0.6 for one in found)
    # One label alone teaches nothing, and no table gives no figures.
    assert "two other people" in reason("series-logistic", rows[0].blinded(), **known(tmp_path, *rows[:4])).abstained
    assert "no table" in reason("series-logistic", CASES["label"], **options).abstained


def test_neither_the_case_nor_its_publication_is_learned_from(tmp_path: Path) -> None:
    def patient(name: str, text: str, publication: str, answer: str) -> Case:
        asked, truth = Question("Which?", form="text"), Reference(answer=answer)
        return Case(id=name, text=text, publication=publication, question=asked, reference=truth)

    rows = (
        patient("1", "Fever and a rash since Monday.", "PMID:1", "measles"),
        patient("2", "Fever and a rash since Tuesday.", "PMID:1", "the same"),
        patient("3", "Fever for weeks.", "PMID:2", "malaria"),
    )
    options = known(tmp_path, *rows)
    assert said(reason("nearest-case", rows[0].blinded(), **options)) == "malaria"
    changed = Case(id="x", text="Fever and a rash since Wednesday.", question=Question("Which?", form="text"))
    assert said(reason("nearest-case", changed, **options)) == "measles"
    # A changed copy of a case is not answered from its original.
    assert said(reason("nearest-case", changed, **options, least_unlike=0.5)) == "malaria"


def test_training_may_be_several_files(tmp_path: Path) -> None:
    files = []
    for place in range(2):
        (tmp_path / str(place)).mkdir()
        files.append(known(tmp_path / str(place), number(str(place), "What?", str(place)))["training"])
    found = read_training(TrainingOptions(training=files, reader="cases"), "test")
    assert [case.id for case in found.cases] == ["0", "1"]
    assert found.sha256 != read_training(TrainingOptions(training=files[::-1], reader="cases"), "test").sha256
