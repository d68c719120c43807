"""MedCaseReasoning: rows, statements, verdicts, and what a reasoner must not see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup import registry
from workup.benchmarks.medcasereasoning import MedCaseReasoning, says_equivalent, statements
from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.judges.judge import Sheet
from workup.evaluation.judges.lexical import LexicalSteps
from workup.evaluation.verdicts import Verdict
from workup.reasoning import Answer, Reasoning
from workup.systems.measurements.medcasereasoning import recorded

ROW = {
    "pmcid": "PMC1", "title": "Gout in a chef", "journal": "J", "article_link": "x", "publication_date": "2020",
    "text": "Whole article about gout.", "case_prompt": "A chef has a hot toe.",
    "diagnostic_reasoning": "1. Sudden onset at night suggests crystals.\n2. Urate was raised.",
    "final_diagnosis": "Gout",
}  # fmt: skip


def read(path: Path) -> Case:
    (case,) = MedCaseReasoning().read([path])
    assert isinstance(case, Case)
    return case


def test_both_file_kinds_give_the_same_case(tmp_path: Path) -> None:
    lines = tmp_path / "test.jsonl"
    lines.write_text(json.dumps(ROW))
    case = read(lines)
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist([ROW]), tmp_path / "test.parquet")
    assert read(tmp_path / "test.parquet") == case
    assert case.reference is not None
    assert case.reference.steps == ("Sudden onset at night suggests crystals.", "Urate was raised.")
    assert "gout" not in json.dumps(json.loads(msgspec_json(case.blinded()))).casefold()
    assert case.provenance["leaks"] is False


def msgspec_json(case: Case) -> bytes:
    from workup.case import to_json

    return to_json(case)


@given(st.lists(st.sampled_from(["Fever.", "A rash (day 3)", "TSH 0.01 mU/l"]), min_size=1), st.booleans())
def test_as_many_statements_as_were_numbered(parts: list[str], brackets: bool) -> None:
    mark = "({})" if brackets else "{}."
    text = "\n".join(f"{mark.format(place)} {part}" for place, part in enumerate(parts, 1))
    assert statements(text) == parts


@pytest.mark.parametrize(
    ("words", "right"),
    [("EQUIVALENT", True), ("NOT_EQUIVALENT", False), ("not equivalent.", False), ("non-equivalent", False),
     ("Perhaps", None), ("EQUIVALENT or NOT EQUIVALENT", None)],
)  # fmt: skip
def test_verdict_words(words: str, right: bool | None) -> None:
    assert says_equivalent(words) is right


def test_recall_by_words_alone(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps(ROW))
    case = read(path)
    _, recall = MedCaseReasoning(LexicalSteps()).scorers()
    key = AttemptKey(benchmark="b", version="1", case_id=case.id, case=case.digest(), reasoner="r")
    answer = Answer(level="list", text="Gout", ids=("Gout",))
    words = "The onset was sudden, at night, which suggests crystals."
    attempt = Attempt(key=key, reasoning=Reasoning(reasoner="r", answer=answer, text=words))
    assert recall.score(case, attempt).total == 0.5
    assert recall.score(case, Attempt(key=key, reasoning=Reasoning(reasoner="r"))).notes == ("unparsed",)


def test_recorded_verdicts_give_the_values_worked_out_by_hand(tmp_path: Path) -> None:
    found = recorded(tmp_path, "ci")
    assert found["recall-macro"].value == pytest.approx((3 / 4 + 1 / 2 + 2 / 5) / 3, abs=1e-9)
    assert found["recall-micro"].value == pytest.approx(6 / 11, abs=1e-9)
    assert (found["pass-at-2"].value, found["pass-at-2"].n) == (pytest.approx(2 / 3), 3)
    assert "not N examples in the prompt" in found["pass-at-2"].note


def test_without_a_judge_nothing_is_scored() -> None:
    assert registry.load("benchmarks", "medcasereasoning")().scorers() == ()


class Says:
    """A judge with its verdicts: diagnoses by their words, statements by their place."""

    name = "person:made-up"

    def judge(self, sheet: Sheet) -> list[Verdict]:
        if sheet.task == "diagnosis":
            said = ["2" if item.text == "Gout" else "0" for item in sheet.items]
        else:
            said = ["hit" if item.text in sheet.context["answer"] else "missed" for item in sheet.items]
        return [sheet.verdict(item, word, self.name) for item, word in zip(sheet.items, said, strict=True)]


def told(case: Case, diagnosis: str, text: str, epoch: int = 0) -> Attempt:
    key = AttemptKey(benchmark="b", version="1", case_id=case.id, case=case.digest(), reasoner="r", epoch=epoch)
    answer = Answer(level="list", text=diagnosis, ids=(diagnosis,))
    return Attempt(key=key, reasoning=Reasoning(reasoner="r", answer=answer, text=text))


def made(tmp_path: Path, *reasonings: str) -> list[Case]:
    rows = [{**ROW, "pmcid": f"PMC{i}", "diagnostic_reasoning": text} for i, text in enumerate(reasonings)]
    path = tmp_path / "made.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return [one for one in MedCaseReasoning().read([path]) if isinstance(one, Case)]


def test_a_case_without_statements_is_in_no_recall(tmp_path: Path) -> None:
    cases = made(tmp_path, "1. aa\n2. bb", "", "1. cc")
    attempts = [told(cases[0], "Gout", "aa"), told(cases[1], "Gout", "dd"), told(cases[2], "Flu", "cc")]
    accuracy, _, macro, micro, _ = MedCaseReasoning(Says()).metrics()
    assert accuracy.estimate(cases, attempts).value == pytest.approx(2 / 3)
    found = macro.estimate(cases, attempts)
    assert (found.value, found.n) == (0.75, 2)
    assert "1 attempts at cases without statements are left out" in found.notes
    assert micro.estimate(cases, attempts).value == pytest.approx(2 / 3)


def test_recall_beside_diagnosis_by_hand(tmp_path: Path) -> None:
    cases = made(tmp_path, "1. aa\n2. bb", "1. aa\n2. bb", "1. aa\n2. bb")
    attempts = [told(cases[0], "Gout", "aa bb"), told(cases[1], "Gout", "aa"), told(cases[2], "Flu", "")]
    together = MedCaseReasoning(Says()).metrics()[-1]
    found = together.estimate(cases, attempts)
    # Ranks 2.5 2.5 1 against 3 2 1: 1.5 / sqrt(1.5 * 2); values 1 1 0 against 1 .5 0 give the same.
    assert found.value == pytest.approx(1.5 / 3**0.5)
    assert found.parts["Pearson"] == pytest.approx(1.5 / 3**0.5)
    assert found.parts["recall of right diagnoses"] == 0.75
    assert found.parts["recall of wrong diagnoses"] == 0.0
    alike = together.estimate(cases[:2], attempts[:2])
    assert (alike.value, alike.n) == (None, 2)
    assert "all diagnoses are alike" in alike.notes[0]
    assert together.estimate([], []).value is None


def test_pass_at_fewer_samples_than_were_drawn(tmp_path: Path) -> None:
    cases = made(tmp_path, "1. aa", "1. aa")
    # One of five and none of five right.
    attempts = [
        told(case, "Gout" if case is cases[0] and not epoch else "Flu", "x", epoch)
        for case in cases
        for epoch in range(5)
    ]
    found = MedCaseReasoning(Says()).metrics()[1].estimate([case for case in cases for _ in range(5)], attempts)
    assert (found.value, found.n) == (0.5, 2)
    assert found.parts == {"mean of the samples": 0.1, "pass@1": pytest.approx(0.1), "pass@5": 0.5}


def test_samples_of_one_case_do_not_narrow_an_interval(tmp_path: Path) -> None:
    cases = made(tmp_path, *["1. aa"] * 6)
    once = [told(case, "Gout" if place < 3 else "Flu", "aa" if place < 3 else "") for place, case in enumerate(cases)]
    tenfold = [attempt for attempt in once for _ in range(10)]
    for metric in MedCaseReasoning(Says()).metrics()[:4]:
        one = metric.estimate(cases, once)
        many = metric.estimate([case for case in cases for _ in range(10)], tenfold)
        assert many.value == one.value
        assert many.interval == one.interval


@pytest.mark.parametrize(
    ("text", "count"),
    [("1.Fever\n2.Rash", 2), ("1) Fever\n2) Rash", 2), ("1. TSH was\n0.01 mU/l\n2. Rash", 2), ("(1)Fever\n(2)Rash", 2)],
)
def test_other_ways_to_number(text: str, count: int) -> None:
    assert len(statements(text)) == count
