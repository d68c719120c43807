"""RJUA-QA: sets of names in two scripts, passages and conditions, wrong encodings, fields of a reply."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.benchmarks.rjua_qa import NamesScore, RjuaQA, RjuaQAGold, RjuaQANone, fields, names, ranked, set_f1
from workup.case import Case
from workup.errors import Issue
from workup.systems.measurements.rjua_qa import _attempt, by_hand
from workup.systems.records import SHIPPED

ROW = {
    "id": 1, "question": "右腰痛，尿色发红，怎么办？", "context": ["前列腺癌可做穿刺。", "肾结石有腰痛，首选CT。"],
    "answer": "考虑肾结石。", "disease": "肾结石", "advice": "泌尿系CT，多饮水", "gold_context": [1],
}  # fmt: skip


def read(benchmark: RjuaQA, folder: Path, row: dict[str, object], name: str = "chat_test.json") -> Case | Issue:
    path = folder / name
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    (found,) = benchmark.read([path])
    return found


def test_both_file_families_and_kinds_of_context(tmp_path: Path) -> None:
    case = read(RjuaQA(), tmp_path, ROW)
    assert isinstance(case, Case)
    assert read(RjuaQA(), tmp_path, ROW, "RJUA_test.json") == case
    # The passage on stones shares pairs of characters with the question, and so comes first.
    assert case.text == "肾结石有腰痛，首选CT。\n\n前列腺癌可做穿刺。"
    one = read(RjuaQA(), tmp_path, {**ROW, "context": "肾结石有腰痛。"})
    assert isinstance(one, Case)
    assert one.text == "肾结石有腰痛。"
    assert "考虑肾结石" not in str(case.blinded())


def test_conditions(tmp_path: Path) -> None:
    gold, none = read(RjuaQAGold(), tmp_path, ROW), read(RjuaQANone(), tmp_path, ROW)
    assert isinstance(gold, Case)
    assert gold.text == "肾结石有腰痛，首选CT。"
    assert isinstance(none, Case)
    assert none.text is None
    unknown = read(RjuaQAGold(), tmp_path, {**ROW, "gold_context": None})
    assert isinstance(unknown, Issue)
    assert unknown.field == "gold_context"


@pytest.mark.parametrize("field", ["question", "answer", "disease"])
def test_text_decoded_as_gbk_is_refused(tmp_path: Path, field: str) -> None:
    wrong = "患者的疾病，前列腺".encode().decode("gbk", "replace")
    issue = read(RjuaQA(), tmp_path, {**ROW, field: wrong})
    assert isinstance(issue, Issue)
    assert (issue.field, "mojibake" in issue.message) == (field, True)
    latin = read(RjuaQA(), tmp_path, {**ROW, field: "肾结石".encode().decode("latin-1")})
    assert isinstance(latin, Issue)


def test_scores_worked_out_by_hand(tmp_path: Path) -> None:
    found = by_hand(tmp_path, "ci")
    assert {name: one.value for name, one in found.items()} == pytest.approx(
        {"weighting": 0.8, "order": 1, "empty": 0, "rouge-l": 0.8}
    )


def test_aliases_stand_beside_the_strict_score(tmp_path: Path) -> None:
    case = read(RjuaQA(), tmp_path, ROW)
    assert isinstance(case, Case)
    attempt = _attempt(case, "疾病：肾石症\n建议：泌尿系CT，多饮水")
    found = NamesScore({"肾石症": "肾结石"}).score(case, attempt)
    assert (found.total, found.parts["with aliases"]) == (pytest.approx(1 / 3), pytest.approx(1))


@given(st.lists(st.sampled_from(["肾结石", "膀胱癌", "BPH", "acute cystitis"])), st.sampled_from(list(",，;；\n")))
def test_any_separator_and_order(some: list[str], mark: str) -> None:
    assert names(mark.join(some)) == names("，".join(reversed(some))) == {one.casefold() for one in some}
    assert set_f1(names(mark.join(some)), names(mark.join(some))) == float(bool(some))


def test_the_enumeration_comma_parts_only_where_it_is_asked_to(tmp_path: Path) -> None:
    assert names("尿常规、尿培养") == {"尿常规、尿培养"}
    assert names("尿常规、尿培养", enumeration=True) == {"尿常规", "尿培养"}
    # Particles go from the end of a name alone.
    assert names("等渗盐水，抗生素等。") == {"等渗盐水", "抗生素"}
    case = read(RjuaQA(), tmp_path, {**ROW, "disease": "肾结石", "advice": "CT，多饮水"})
    assert isinstance(case, Case)
    found = NamesScore().score(case, _attempt(case, "疾病：肾结石\n建议：CT、多饮水"))
    assert (found.total, found.parts["parted at 、"]) == (pytest.approx(2 / 3), pytest.approx(1))


def test_names_may_come_as_a_list(tmp_path: Path) -> None:
    case = read(RjuaQA(), tmp_path, {**ROW, "disease": ["肾结石", "膀胱癌"]})
    assert isinstance(case, Case)
    assert case.reference
    assert case.reference.extensions["disease"] == "肾结石，膀胱癌"
    refused = read(RjuaQA(), tmp_path, {**ROW, "disease": [7]})
    assert isinstance(refused, Issue)
    assert (refused.field, bool(refused.remedy)) == ("disease", True)


def test_fields_in_english_and_without_marks() -> None:
    assert fields("Drink.\nDisease: renal stone\nAdvice: CT, water") == {
        "answer": "Drink.", "disease": "renal stone", "advice": "CT, water",
    }  # fmt: skip
    assert fields("多喝水") == {"answer": "多喝水", "disease": "", "advice": ""}
    assert ranked("x", []) == []


def test_a_dozen_made_up_questions() -> None:
    cases = [one for one in RjuaQA().read([SHIPPED / "rjua_made_up.jsonl"]) if isinstance(one, Case)]
    assert len(cases) == 12
    assert sum(case.provenance["diseases"] == 2 for case in cases) == 1
    assert [case.question.language for case in cases if case.question] == ["zh"] * 7 + ["en"] * 5
