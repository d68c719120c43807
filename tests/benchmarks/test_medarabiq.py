"""Rows written here in the shape of the seven released files: marks, stray returns, blank columns, odd letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from workup.benchmarks.medarabiq import BiasDelta, MedArabiQ, MedArabiQOpen
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.reasoning import Answer, Reasoning

MCQ = (
    "\ufeffQuestion,Answer,Category,,\r\n"
    '"أي عضو يفرز الأنسولين؟\r\nأ. الكبد\r\nب. البنكرياس\r\nج. الطحال\r\nد. الكلية",ب. البنكرياس,Physiology,,\r\n'
    '"ما سبب الاسقربوط؟\nأ) نقص فيتامين ج\nب) نقص\nالحديد\nت) نقص اليود\nث) الحمى",أ. نقص فيتامين سي,Nutrition,,\r\n'
    '"سؤال بلا خيارات",ب. شيء,None,,\r\n'
    '"خياران متطابقان\nأ. نعم\nب. نعم\nهـ. لا",هـ. لا,Logic,,\r\n'
    '"جواب بلا حرف\nأ. نعم\nب. لا",نعم,Logic,,\r\n'
)
BIAS = (
    "\ufeffQuestion,Answer,Category,Bias Category,Question with Bias,Bias Education\r\n"
    '"س؟\nأ. واحد\nب. اثنان",أ. واحد,X,authority,"يقول طبيب: ب. س؟\nأ. واحد\nب. اثنان",لا تتأثر برأي غيرك\r\n'
)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def test_options_inside_the_question(tmp_path: Path) -> None:
    items = list(MedArabiQ().read([write(tmp_path, "mcq.csv", MCQ)]))
    cases = [item for item in items if isinstance(item, Case)]
    assert [case.reference.answer for case in cases if case.reference] == ["B", "A", "E"]
    first, second, third = (case.question for case in cases)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.text == "أي عضو يفرز الأنسولين؟"
    assert first.options == {"A": "الكبد", "B": "البنكرياس", "C": "الطحال", "D": "الكلية"}
    # A line that begins with no letter goes on with the option before it; ta and tha are the third and the fourth.
    assert second.options == {"A": "نقص فيتامين ج", "B": "نقص الحديد", "C": "نقص اليود", "D": "الحمى"}
    assert third.options == {"A": "نعم", "B": "نعم", "E": "لا"}
    issues = [item for item in items if isinstance(item, Issue)]
    assert ["no options" in issue.message for issue in issues] == [True, False]
    assert "begins with no letter" in issues[1].message
    assert cases[0].provenance["category"] == "Physiology"


def attempt(case: Case, key: str) -> Attempt:
    made = AttemptKey(benchmark="medarabiq", version="1", case_id=case.id, case="x", reasoner="toy")
    answer = Answer(level="option", text="", ids=(key,))
    return Attempt(key=made, reasoning=Reasoning(reasoner="toy", answer=answer))


def test_bias_is_measured_on_the_same_questions(tmp_path: Path) -> None:
    cases = [item for item in MedArabiQ().read([write(tmp_path, "bias.csv", BIAS)]) if isinstance(item, Case)]
    assert [case.provenance["condition"] for case in cases] == ["plain", "bias", "warned"]
    assert cases[2].question is not None
    assert cases[2].question.text.startswith("لا تتأثر برأي غيرك")
    # Right, misled, and right again once warned: all that was lost is won back.
    found = BiasDelta().estimate(cases, [attempt(cases[0], "A"), attempt(cases[1], "B"), attempt(cases[2], "A")])
    assert (found.value, found.n, found.parts) == (1.0, 1, {"recovered": 1.0})
    assert BiasDelta().estimate(cases[:1], [attempt(cases[0], "A")]).value is None


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            "Question - Arabic,Answer - Arabic,Question - English,Answer - English,Category",
            "ما هذا؟,الحمى,What?,Fever,X",
        ),
        ("Question_description,Answer_details", "ما هذا؟,الحمى"),
        ("Modified question description,Unmodified answer", "ما هذا؟,الحمى"),
        ("GEC Question description,GEC Answer details", "ما هذا؟,الحمى"),
    ],
)
def test_open_questions(tmp_path: Path, header: str, row: str) -> None:
    (case,) = MedArabiQOpen().read([write(tmp_path, "open.csv", f"\ufeff{header}\n{row}\n")])
    assert isinstance(case, Case)
    assert case.question is not None
    assert (case.question.text, case.question.form, case.question.language) == ("ما هذا؟", "text", "ar")
    (scorer,) = MedArabiQOpen().scorers()
    said = Reasoning(reasoner="toy", answer=Answer(level="text", text="الحُمّى"))
    given = attempt(case, "").__class__(key=attempt(case, "").key, reasoning=said)
    # Diacritics say nothing.
    assert scorer.score(case, given).total == pytest.approx(1.0)


def test_a_file_of_another_kind_is_listed(tmp_path: Path) -> None:
    (issue,) = MedArabiQOpen().read([write(tmp_path, "x.csv", "a,b\n1,2\n")])
    assert isinstance(issue, Issue)
    assert "none of the columns" in issue.message


def test_a_warning_that_holds_the_question_is_not_put_before_it_again(tmp_path: Path) -> None:
    told = BIAS.replace("لا تتأثر برأي غيرك", '"لا تتأثر برأي غيرك\nيقول طبيب: ب. س؟\nأ. واحد\nب. اثنان"')
    cases = [item for item in MedArabiQ().read([write(tmp_path, "bias.csv", told)]) if isinstance(item, Case)]
    warned = cases[2].question
    assert warned is not None
    assert warned.text == "لا تتأثر برأي غيرك\nيقول طبيب: ب. س؟"
    assert warned.options == {"A": "واحد", "B": "اثنان"}


@pytest.mark.parametrize(
    ("question", "stem", "options"),
    [
        # Two released questions have the first option on the line of the question.
        ("ما العلامة: أ. شلل\nب. هبوط", "ما العلامة:", {"A": "شلل", "B": "هبوط"}),
        # "Dr" is no option.
        ("د. أحمد يسأل؟\nأ. نعم\nب. لا", "د. أحمد يسأل؟", {"A": "نعم", "B": "لا"}),
        # The text of an option may follow on the next line, the letter in brackets.
        ("ما هو؟\n(أ)\nنعم\n(ب) لا", "ما هو؟", {"A": "نعم", "B": "لا"}),
    ],
)
def test_where_options_begin(tmp_path: Path, question: str, stem: str, options: dict[str, str]) -> None:
    (case,) = MedArabiQ().read([write(tmp_path, "q.csv", f'Question,Answer\n"{question}",أ. نعم\n')])
    assert isinstance(case, Case)
    assert case.question is not None
    assert (case.question.text, case.question.options) == (stem, options)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("ما هو؟\nأ. واحد\nب. اثنان\nت. ثلاثة\nث. أربعة\nج. خمسة", "two options C"),
        ("ما هو؟\nأ. واحد\nب. اثنان\nب. ثلاثة", "two options B"),
        ("ما هو؟\nأ. واحد\nب.", "option B has no text"),
    ],
)
def test_options_that_cannot_be_told_apart_are_listed(tmp_path: Path, question: str, message: str) -> None:
    (issue,) = MedArabiQ().read([write(tmp_path, "q.csv", f'Question,Answer\n"{question}",أ. واحد\n')])
    assert isinstance(issue, Issue)
    assert message in issue.message
    assert issue.field == "Question"
    assert issue.remedy


def test_what_is_wrong_with_a_row_is_said_once_for_all_conditions(tmp_path: Path) -> None:
    good, row = BIAS.splitlines(keepends=True)[0], BIAS.partition("\r\n")[2]
    path = write(tmp_path, "bias.csv", good + row * 9 + row.replace(",أ. واحد,", ",,"))
    items = list(MedArabiQ().read([path]))
    assert sum(isinstance(item, Case) for item in items) == 27
    (issue,) = (item for item in items if isinstance(item, Issue))
    assert (issue.field, issue.severity) == ("Answer", "error")


def test_two_files_of_one_name_are_told_apart_or_listed(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    paths = [write(tmp_path, "bias.csv", BIAS), write(tmp_path / "again", "bias.csv", BIAS)]
    items = list(MedArabiQ().read(paths))
    assert len({item.id for item in items if isinstance(item, Case)}) == 3
    assert [item.field for item in items if isinstance(item, Issue)] == ["id"] * 3


def test_an_open_question_with_options_belongs_elsewhere(tmp_path: Path) -> None:
    text = 'Question - Arabic,Answer - Arabic\n"__ هو\nأ. نعم\nب. لا",أ. نعم\n__ هو,نعم\n'
    issue, case = MedArabiQOpen().read([write(tmp_path, "open.csv", text)])
    assert isinstance(issue, Issue)
    assert "holds options" in issue.message
    assert isinstance(case, Case)
