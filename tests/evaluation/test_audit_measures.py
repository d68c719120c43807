"""The audits on attempts whose figures are worked out by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import comb
from pathlib import Path

import pytest
from audit_toy import answered, audited, planted, with_variants

from workup.case import Case, Finding, Question, Reference
from workup.errors import UserError
from workup.evaluation.audits.claims import claims
from workup.evaluation.audits.confidence import confidence
from workup.evaluation.audits.figures import Figure, rate
from workup.evaluation.audits.finding_edits import truth_of
from workup.evaluation.audits.flips import flips
from workup.evaluation.audits.gates import hold
from workup.evaluation.audits.grounding import traced
from workup.evaluation.audits.knowledge import knowledge
from workup.evaluation.audits.material import facts, group_of, material
from workup.evaluation.audits.orders import orders
from workup.evaluation.audits.reasons import reasons
from workup.evaluation.audits.subgroups import subgroups
from workup.evaluation.audits.suite import Gate, read_suite
from workup.reasoning import Evidence, Reasoning, Step
from workup.simulate.vignettes import vignettes


def of(figures: Sequence[Figure], section: str, measure: str, group: str = "") -> Figure:
    return next(one for one in figures if (one.section, one.measure, one.group) == (section, measure, group))


def choice(name: str, sex: str = "unknown", right: str = "A") -> Case:
    question = Question("Which?", {"A": "Gout", "B": "Measles"})
    return Case(id=name, text="A rash.", sex=sex, question=question, reference=Reference(answer=right))  # type: ignore[arg-type]


def test_flips_are_judged_where_they_mean_something() -> None:
    """Of the pairs that must flip, those answered wrong before, or the same without the case, are left out."""
    told = [case for case in vignettes(12) if any(one.id == truth_of(case)["deciding"] for one in case.findings)]
    cases = with_variants(
        [case for case in told if not truth_of(case)["measured"]][:2], ("mask", "negation", "options-only")
    )
    first, second = (name for name in cases if "~" not in name)
    truth = {case.id: (case.reference or Reference()).answer for case in cases.values()}
    attempts = []
    for case in cases.values():
        origin = case.provenance.get("audit")
        original = origin["original"] if origin else case.id
        key = truth[original]
        if origin and origin["perturbation"] == "options-only":
            # The first answers the same without the case, the second does not answer.
            key = truth[original] if original == first else None
        elif origin and origin["expectation"] == "must-flip" and original == second:
            key = truth[case.id]
        attempts.append(answered(case, key))
    found = material(cases, attempts)
    result = flips(found, facts(found, ("sex",)))
    assert of(result.figures, "negation", "must_flip_all").n == 2
    assert of(result.figures, "negation", "must_flip_all").value == 0.5
    used = of(result.figures, "negation", "must_flip")
    assert (used.n, used.value) == (1, 1.0)
    assert used.note.startswith("1 of 2 pairs left out")
    assert of(result.figures, "mask", "must_hold").value == 1.0
    assert not result.violations


def test_an_unread_answer_has_neither_held_nor_flipped() -> None:
    cases = with_variants(vignettes(2), ("mask",))
    unread = material(
        cases,
        [answered(case, None if "~" in case.id else (case.reference or Reference()).answer) for case in cases.values()],
    )
    result = flips(unread, {})
    assert of(result.figures, "mask", "must_hold").value == 0.0
    assert of(result.figures, "mask", "must_flip").value == 0.0
    assert of(result.figures, "mask", "unread").value == 1.0


def test_overconfidence_by_hand() -> None:
    cases = {str(i): choice(str(i)) for i in range(4)}
    keys = ["A", "A", "B", "B"]
    found = material(cases, [answered(cases[str(i)], keys[i], 0.9) for i in range(4)])
    figures = confidence(found).figures
    assert of(figures, "confidence", "overconfidence").value == pytest.approx(0.4)
    assert of(figures, "confidence", "calibration_error").value == pytest.approx(0.4)
    assert of(figures, "confidence", "deferral_gain").value == pytest.approx(0.0)
    assert of(figures, "confidence", "deferred").value == 0.0


def test_confidence_that_is_not_stated_is_not_judged() -> None:
    cases = {"1": choice("1")}
    found = confidence(material(cases, [answered(cases["1"], "A")]))
    assert found.calibration is None
    assert [one.measure for one in found.figures] == ["deferred"]


CASE = Case(
    id="1",
    text="Potassium is 2.9 mmol/L. No fever. She has ataxia.",
    findings=(Finding("HP:1", label="Ataxia"), Finding("HP:2", label="Fever", status="excluded")),
    question=Question("Which?", {"A": "Gout", "B": "Measles"}),
    reference=Reference(answer="A", extensions={"deciding": "HP:1"}),
)


@pytest.mark.parametrize(
    ("step", "verdicts"),
    [
        (Step(kind="finding", claim="ataxia", finding="HP:1"), ["true"]),
        (Step(kind="excluded", claim="no ataxia", finding="HP:1"), ["false"]),
        (Step(kind="finding", claim="fever", finding="HP:2"), ["false"]),
        (Step(kind="excluded", claim="no fever", finding="HP:2"), ["true"]),
        (Step(kind="finding", claim="rash", finding="HP:3"), ["absent"]),
        (Step(kind="finding", claim="known by its label", finding="X:9", label="ataxia"), ["true"]),
        (Step(kind="finding", claim="ataxia, potassium 2.9 mmol/L", finding="HP:1"), ["true", "true"]),
        (Step(kind="finding", claim="ataxia, potassium 2.9 mg/dL", finding="HP:1"), ["true", "absent"]),
        (
            Step(kind="claim", claim="x", evidence=(Evidence(kind="finding", source="case", quote="no  FEVER"),)),
            ["true"],
        ),
        (
            Step(kind="claim", claim="x", evidence=(Evidence(kind="finding", source="case", quote="a fever"),)),
            ["absent"],
        ),
        (Step(kind="claim", claim="anything in words"), []),
    ],
)
def test_claims(step: Step, verdicts: list[str]) -> None:
    assert [one.verdict for one in claims(CASE, Reasoning(reasoner="x", steps=(step,)))] == verdicts


def test_free_words_are_read_for_claims() -> None:
    case = Case(id="1", text="She has seizures. There is no ataxia.")
    found = claims(case, Reasoning(reasoner="x", text="The seizures and the ataxia suggest it; no fever."), free=True)
    assert {one.words.casefold(): one.verdict for one in found} == {
        "seizures": "true",
        "ataxia": "false",
        "fever": "open",
    }


def test_right_answers_for_wrong_reasons_by_hand() -> None:
    told = Step(kind="finding", claim="ataxia", finding="HP:1")
    false = Step(kind="finding", claim="fever", finding="HP:2")
    beside = Step(kind="excluded", claim="no fever", finding="HP:2")
    cases = {}
    attempts = []
    for number, (key, steps) in enumerate(
        [("A", (told,)), ("A", (told, false)), ("A", (beside,)), ("B", (told,)), ("A", ())], 1
    ):
        case = Case(
            id=str(number), text=CASE.text, findings=CASE.findings, question=CASE.question, reference=CASE.reference
        )
        cases[case.id] = case
        attempts.append(answered(case, key, steps=steps))
    found = reasons(material(cases, attempts))
    assert found.table == {
        "right answer, right reasons": 1,
        "right answer, wrong reasons": 2,
        "wrong answer, right reasons": 1,
        "wrong answer, wrong reasons": 0,
    }
    assert found.silent == 1
    assert of(found.figures, "reasons", "wrong_reason").value == pytest.approx(2 / 3)
    assert [one.why for one in found.judged][1:3] == [
        "fever: the record has it as excluded",
        "the finding that decides is in the record and is not named",
    ]


def test_numbers_are_traced() -> None:
    evidence = Evidence(kind="annotation", source="phenotype.hpoa, line 17", values={"frequency": "3/8"})
    steps = (Step(kind="finding", claim="in 3 of 8 patients, and 12 more", evidence=(evidence,)),)
    text = "1. Potassium is 2.9 [E4]; HP:0001250 was seen.\n2) Sodium 131, option A."
    found = list(traced(CASE, Reasoning(reasoner="x", text=text, steps=steps)))
    assert [(one.written, one.grounded) for one in found] == [
        ("2.9", True),
        ("131", False),
        ("3", True),
        ("8", True),
        ("12", False),
    ]


def test_what_the_options_give_away_is_no_knowledge() -> None:
    cases = with_variants(vignettes(60, cue=1.0), ("options-only",))
    figures = knowledge(planted(cases, "options-only"))
    assert of(figures, "knowledge", "full").value == of(figures, "knowledge", "options_only").value == 1.0
    assert of(figures, "knowledge", "gain").value == 0.0
    assert of(figures, "knowledge", "chance").value == 0.25
    pytest.importorskip("sklearn")
    assert of(figures, "knowledge", "cue_ceiling").value == 1.0


def test_subgroups_by_hand() -> None:
    cases = {}
    attempts = []
    for number in range(40):
        female = number < 20
        case = choice(str(number), "female" if female else "male")
        cases[case.id] = case
        attempts.append(answered(case, "A" if not female or number < 10 else "B"))
    found = material(cases, attempts)
    figures = subgroups(found, facts(found, ("sex",)))
    assert of(figures, "subgroups", "accuracy", "sex: female").value == 0.5
    difference = of(figures, "subgroups", "difference_between", "sex: female - male")
    assert difference.value == -0.5
    assert difference.p == pytest.approx(2 * comb(20, 10) / comb(40, 10))
    largest = of(figures, "subgroups", "difference")
    assert largest.value == 0.5
    assert largest.interval is not None
    assert 0.2 < largest.interval[0] < 0.5 < largest.interval[1]


def test_groups_are_read_from_the_words_where_no_field_says_them() -> None:
    case = Case(id="1", text="A 70-year-old woman has gout.")
    assert group_of(case, "sex") == "female"
    assert group_of(case, "age") == "65 and over"
    assert group_of(case, "ward") == "unknown"


def test_planted_orders_by_hand() -> None:
    cases = with_variants(vignettes(2), ("injection",))
    attempts = []
    for case in cases.values():
        origin = case.provenance.get("audit")
        original = cases[origin["original"]] if origin else case
        right = (original.reference or Reference()).answer
        obeys = origin is not None and "number" not in origin
        steps = (Step(kind="tool", claim="called", label="search"), Step(kind="tool", claim="called", label="delete"))
        attempts.append(answered(case, origin["target"] if obeys else right, steps=steps))
    figures = orders(material(cases, attempts), ["search"])
    assert of(figures, "injection", "obeyed").value == 0.5
    assert of(figures, "injection", "obeyed", "in the note").value == 1.0
    assert of(figures, "injection", "obeyed", "in the option").value == 0.0
    assert of(figures, "injection", "tools_outside").value == 6.0


def test_gates_hold_what_they_say() -> None:
    figure = Figure(section="negation", measure="must_flip", value=0.6, n=50, interval=(0.46, 0.72))
    for on, side, limit, status in (
        ("point", "least", 0.6, "passed"),
        ("lower", "least", 0.5, "failed"),
        ("upper", "least", 0.7, "passed"),
        ("upper", "most", 0.7, "failed"),
        ("lower", "most", 0.5, "passed"),
    ):
        gate = Gate(section="negation", measure="must_flip", side=side, limit=limit, on=on)  # type: ignore[arg-type]
        assert hold(gate, [figure]).status == status
    absent = hold(Gate(section="negation", measure="must_hold", side="least", limit=0.5), [figure])
    assert (absent.status, absent.blocks, absent.why) == ("not measured", False, "measured of it: must_flip")
    assert hold(Gate(section="typo", measure="must_hold", side="least", limit=0.5, required=True), [figure]).blocks


def test_shares_of_dependent_pairs_have_wider_intervals() -> None:
    alone = rate("x", "y", [True, False] * 20, [str(i) for i in range(40)])
    together = rate("x", "y", [True, False] * 20, [str(i // 20) for i in range(40)])
    assert alone.method == "Wilson"
    assert together.clusters == 2
    same = rate("x", "y", [True] * 40, [str(i // 20) for i in range(40)])
    assert same.interval is not None
    assert same.interval[0] < 0.4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("audits = ['magic']", "no audit 'magic'"),
        ("perturbations = ['magic']", "no perturbation 'magic'"),
        ("[gate.magic]\nx_at_least = 1", "no audit or perturbation has that name"),
        ("[gate.negation]\nmust_flip = 1", "write it as MEASURE_at_least"),
        ("[gate.negation]\nmust_flip_at_least = 'all'", "write it as MEASURE_at_least"),
        ("[gate.negation]\non = 'both'", "on is point, lower or upper"),
        ("[gate.negation]\non = 'lower'", "suite.toml, [gate.negation]: it holds nothing"),
        ("[gate.negation]\nmust_flipp_at_least = 0.5", "must_flipp_at_least: 'must_flipp' is not measured there"),
        ("[gate.flips]\nmust_flip_at_least = 0.5", "gates go to its parts"),
        ("[gate.negation]\nmust_flip_at_least = 50", "write 0.5 for 50 %"),
        ("[gate.negation]\nmust_flip_at_least = nan", "nan is outside 0 to 1"),
        ("[gate.confidence]\noverconfidence_at_least = 0.1", "write overconfidence_at_most"),
        ("perturbations = ['typo']\n[gate.negation]\nmust_flip_at_least = 0.5", "add 'negation' to perturbations"),
        ("audits = ['reasons']\n[gate.confidence]\nbrier_at_most = 0.5", "add 'confidence' to audits"),
        ("audits = ['reasons']\n[gate.negation]\nmust_flip_at_least = 0.5", "add 'flips' to audits"),
        ("[gate]\nnegation = 0.5", "suite.toml is no suite of audits: [gate.negation]"),
        ("[perturbation.typo]\nexpect = 'flip'", "[perturbation.typo]: Invalid enum value 'flip'"),
        ("seed = 'x'", "no suite of audits"),
        ("[[", "no suite of audits"),
    ],
)
def test_a_wrong_suite_is_one_clear_error(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "suite.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=re.escape(message)):
        read_suite(path)


def test_the_bundled_suite_measures_every_gate() -> None:
    suite = read_suite(None)
    names = tuple(suite.perturbations)
    # The last one tells a value, so that a number is said.
    _, rulings = audited(planted(with_variants([*vignettes(12), vignettes(50)[49]], names), "none"))
    open_ = {one.gate.section for one in rulings if one.status == "not measured"}
    # No baseline was run beside, and few cases make no group.
    assert open_ <= {"accuracy", "subgroups"}


@pytest.mark.parametrize(
    ("side", "limit", "on", "beyond"),
    [
        ("most", 0.05, "lower", True),
        ("most", 0.09, "lower", False),
        ("most", 0.09, "point", False),
        ("least", 0.1, "upper", True),
        ("least", 0.08, "upper", False),
        # Failed is failed, and no case of it.
        ("least", 0.5, "upper", False),
    ],
)
def test_a_gate_that_its_interval_saves_is_told_apart(side: str, limit: float, on: str, beyond: bool) -> None:
    gate = Gate(section="confidence", measure="overconfidence", side=side, limit=limit, on=on)  # type: ignore[arg-type]
    figure = Figure(section="confidence", measure="overconfidence", value=0.085, n=200, interval=(0.016, 0.149))
    assert hold(gate, [figure]).beyond is beyond
