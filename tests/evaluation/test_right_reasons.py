"""Right answers for right or wrong reasons, by hand; and the three reasoners."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from workup.case import Case, Reference, to_json
from workup.errors import UserError
from workup.evaluation.claim_check import check_explanation
from workup.evaluation.right_reasons import Judged, Predict, faithfulness, leakage, right_reasons
from workup.knowledge.criteria import criteria
from workup.models import Scripted
from workup.reasoner import Context
from workup.reasoners.copy_nearest import CopyNearest
from workup.reasoners.criteria_points import CriteriaPoints
from workup.reasoners.explained_label import ExplainedLabel
from workup.simulate.cohorts import QUESTION, cohort
from workup.simulate.explanations import explained
from workup.text.record_values import read_values

RECORD = (
    "Small joints: 5\nLarge joints: 0\nSynovitis: yes\nBetter explained: no\nRf: 52 IU/mL (upper limit 14)\n"
    "Acpa: 8 U/mL (upper limit 20)\nCrp: 3 mg/L (upper limit 5)\nEsr: 12 mm/h (upper limit 20)\nDuration weeks: 8\n"
    "Rash: no"
)
CASE = Case(id="p", text=RECORD, question=QUESTION, reference=Reference(answer="RA"))


def test_the_table_by_hand() -> None:
    rows = [
        *[Judged("RA", "RA", True)] * 3,
        *[Judged("RA", "RA", False)] * 1,
        *[Judged("not RA", "RA", True)] * 2,
        *[Judged("not RA", "not RA", False)] * 4,
        Judged("RA", "RA", None),
    ]
    table = right_reasons(rows, "RA")
    assert table is not None
    assert (table.right_right, table.right_wrong, table.wrong_right, table.wrong_wrong) == (3, 5, 2, 0)
    assert (table.n, table.unread) == (10, 1)
    assert table.rpwr == 5 / 8
    assert (table.sensitivity, table.specificity, table.base_rate) == (1.0, 4 / 6, 0.4)
    assert table.rpwr_interval is not None
    assert table.rpwr_interval[0] < 5 / 8 < table.rpwr_interval[1]
    assert right_reasons([Judged("RA", "RA", None)], "RA") is None


def test_counting_is_right_for_right_reasons() -> None:
    reasoning = CriteriaPoints().reason(CASE.blinded(), Context())
    assert reasoning.answer is not None
    assert reasoning.answer.ids == ("RA",)
    assert sum(step.weight for step in reasoning.steps) == 7  # 3 + 3 + 0 + 1
    checked = check_explanation(reasoning.text, True, read_values(RECORD), criteria("ra-2010"))
    assert checked.outcome == "right"
    assert set(checked.named) == {"joints", "serology", "acute_phase", "duration"}
    assert any("do not diagnose" in issue.message for issue in reasoning.issues)


def test_counting_abstains_when_what_is_missing_could_decide() -> None:
    text = "\n".join(line for line in RECORD.splitlines() if not line.startswith(("Rf", "Acpa")))
    reasoning = CriteriaPoints().reason(Case(id="x", text=text, question=QUESTION), Context())
    assert reasoning.answer is None
    assert "could decide" in reasoning.abstained


def _training(folder: Path, cases: Sequence[Case]) -> Context:
    path = folder / "known.jsonl"
    path.write_bytes(b"\n".join(map(to_json, cases)))
    return Context(options={"training": str(path), "reader": "simulated-cohort"})


def test_copying_repeats_another_patient_and_never_itself(tmp_path: Path) -> None:
    known = list(explained(cohort(30, 3)))
    ctx = _training(tmp_path, known)
    reasoning = CopyNearest().reason(known[0].blinded(), ctx)
    source = reasoning.steps[0].evidence[0].source
    (other,) = (case for case in known if source == f"case {case.id}")
    assert other.id != known[0].id
    assert other.reference is not None
    assert reasoning.text == other.reference.steps[0]


def test_a_record_that_is_not_simulated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a case with an answer"):
        CopyNearest().reason(CASE.blinded(), _training(tmp_path, [CASE]))


def test_leakage_tells_a_copier_from_a_counter() -> None:
    known = [Case(id=str(i), reference=Reference(answer="RA" if i % 2 else "not RA")) for i in range(200)]
    asked = [Case(id=str(i), reference=Reference(answer="RA" if i % 2 else "not RA")) for i in range(200)]

    def copier(some: Sequence[Case]) -> Predict:
        return lambda case: some[int(case.id)].reference.answer  # type: ignore[union-attr]

    def counter(some: Sequence[Case]) -> Predict:
        return lambda case: "RA" if int(case.id) % 2 else "not RA"

    copied, counted = leakage(asked, known, copier), leakage(asked, known, counter)
    assert copied is not None
    assert counted is not None
    assert (copied.kept, copied.exposed) == (1.0, True)
    assert copied.shuffled < 0.7
    assert (counted.kept, counted.shuffled, counted.copied, counted.exposed) == (1.0, 1.0, 0.0, False)


def test_faithful_explanations_cite_what_the_answer_rests_on() -> None:
    rules = criteria("ra-2010")
    by_rf: Predict = lambda case: "RA" if "Rf: 52" in (case.text or "") else "not RA"  # noqa: E731
    honest = check_explanation("RF is 52.", True, read_values(RECORD), rules)
    made_up = check_explanation("CRP is 3.", True, read_values(RECORD), rules)
    right = faithfulness([CASE] * 40, [honest] * 40, by_rf)
    wrong = faithfulness([CASE] * 40, [made_up] * 40, by_rf)
    assert right is not None
    assert wrong is not None
    assert (right.cited, right.uncited, right.value) == (1.0, 0.0, 1.0)
    assert wrong.cited == 0.0
    assert wrong.value < 0
    assert faithfulness([CASE], [check_explanation("Tea.", True, {}, rules)], by_rf) is None


FIRST = "Answer: RA\nShe has 5 small joints, and not RA would need fewer. Answer: not RA would be wrong."


@pytest.mark.parametrize(
    ("order", "reply", "label"),
    [("prediction-first", FIRST, "RA"), ("explanation-first", "5 small joints.\nAnswer: not RA", "not RA")],
)
def test_both_orders_are_read_and_kept(order: str, reply: str, label: str) -> None:
    reasoning = ExplainedLabel().reason(CASE.blinded(), Context(model=Scripted([reply]), options={"order": order}))
    assert reasoning.answer is not None
    assert reasoning.answer.ids == (label,)
    assert reasoning.answer.extensions["order"] == order


def test_rounds_revise_and_the_last_label_counts() -> None:
    model = Scripted(["Five.\nAnswer: not RA", "Six after all.\nAnswer: RA"])
    reasoning = ExplainedLabel().reason(CASE.blinded(), Context(model=model, options={"design": "rounds"}))
    assert reasoning.answer is not None
    assert reasoning.answer.ids == ("RA",)
    assert [step.kind for step in reasoning.steps] == ["draft", "opinion"]
    assert reasoning.steps[1].links[0].to == "d1"


def test_a_panel_and_a_budget_that_ends_it() -> None:
    replies = ["Five.\nAnswer: RA", "Serology is missing.", "RF is 52.\nAnswer: RA"]
    ctx = Context(model=Scripted(replies), options={"design": "panel", "rounds": 1})
    reasoning = ExplainedLabel().reason(CASE.blinded(), ctx)
    assert [step.by for step in reasoning.steps] == ["proposer", "critic", "decider"]
    cut = Context(model=Scripted(replies), options={"design": "panel", "rounds": 1, "max_calls": 1})
    reasoning = ExplainedLabel().reason(CASE.blinded(), cut)
    assert reasoning.answer is not None
    assert reasoning.answer.ids == ("RA",)
    assert any(issue.code == "budget" for issue in reasoning.issues)


def test_a_reply_without_a_label_gives_none() -> None:
    reasoning = ExplainedLabel().reason(CASE.blinded(), Context(model=Scripted(["I wonder."])))
    assert reasoning.answer is None
