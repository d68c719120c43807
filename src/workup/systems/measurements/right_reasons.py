"""System 75: right predictions for wrong reasons, on a simulated cohort; nothing here is a real patient."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from workup.case import Case, to_json
from workup.evaluation.claim_check import Checked, check_explanation
from workup.evaluation.judges.judge import Item, Sheet
from workup.evaluation.judges.person import PersonJudge, agreements, write_form
from workup.evaluation.labels import wilson
from workup.evaluation.right_reasons import Judged, Predict, RightReasons, faithfulness, leakage, right_reasons
from workup.knowledge.criteria import criteria
from workup.reasoner import Context
from workup.reasoners.copy_nearest import CopyNearest
from workup.reasoners.criteria_points import CriteriaPoints
from workup.reasoning import Reasoning
from workup.simulate.cohorts import RA, CohortOptions, cohort
from workup.simulate.explanations import explained, explanations
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier
from workup.text.record_values import read_values

NOTE = "simulated cohort"
_PLAN: dict[str, float] = msgspec.json.decode((SHIPPED / "simulations.json").read_bytes())["75"]
N, KNOWN, SEED, NOISE = int(_PLAN["n"]), int(_PLAN["known"]), int(_PLAN["seed"]), _PLAN["noise"]

Reason = Callable[[Case], Reasoning]


@cache
def _cohort(seed: int, n: int) -> tuple[Case, ...]:
    return tuple(explained(cohort(n, seed, CohortOptions(noise=NOISE))))


@measurement("right_reasons.boundaries")
def boundaries(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Points at the boundaries of the criteria, one value changed at a time, against a table worked out by hand."""
    rules = criteria("ra-2010")
    plain: dict[str, float | bool] = {"rf_upper": 14.0, "acpa_upper": 20.0, "crp_upper": 5.0, "esr_upper": 20.0}
    table: tuple[tuple[str, Mapping[str, float], float], ...] = (
        *(("joints", {"small_joints": small, "large_joints": large}, points) for small, large, points in _JOINTS),
        *(("serology", {"rf": rf, "acpa": acpa}, points) for rf, acpa, points in _SEROLOGY),
        *(("acute_phase", {"crp": crp, "esr": esr}, points) for crp, esr, points in _PHASE),
        *(("duration", {"duration_weeks": weeks}, points) for weeks, points in _WEEKS),
    )
    right = sum(
        next(one.points for one in rules.count({**plain, **values}).domains if one.domain == domain) == points
        for domain, values, points in table
    )
    return {"boundaries": Measurement(value=right == len(table), n=len(table))}


# Aletaha et al. 2010, table 3: small and large joints; RF and ACPA with upper limits of 14 and 20; CRP and ESR with
# upper limits of 5 and 20; weeks.
_JOINTS = (
    (0, 1, 0),
    (0, 2, 1),
    (0, 10, 1),
    (1, 0, 2),
    (3, 7, 2),
    (4, 0, 3),
    (10, 0, 3),
    (4, 6, 3),
    (11, 0, 5),
    (1, 10, 5),
)
_SEROLOGY = ((14, 20, 0), (14.1, 20, 2), (14, 20.1, 2), (42, 60, 2), (42.1, 20, 3), (14, 60.1, 3))
_PHASE = ((5, 20, 0), (5.1, 20, 1), (5, 20.1, 1))
_WEEKS = ((5.9, 0), (6, 1))


@measurement("right_reasons.planted")
def planted(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How often the check of claims names the planted fault."""
    cases = {case.id: case for case in _cohort(SEED, N)}
    rules = criteria("ra-2010")
    made = list(explanations(cases.values(), SEED))
    hits = sum(
        check_explanation(one.text, one.label == RA, read_values(cases[one.case].text or ""), rules).outcome
        == one.fault
        for one in made
    )
    return {
        "planted-faults": Measurement(value=hits / len(made), n=len(made), interval=wilson(hits, len(made)), note=NOTE)
    }


@measurement("right_reasons.demonstration")
def demonstration(data: Path, tier: Tier) -> dict[str, Measurement]:
    """A reasoner that copies, and one that counts: accuracy, reasons, faithfulness, leakage."""
    cases, known = _cohort(SEED, N), _cohort(SEED + 1, KNOWN)
    labels = [(case.reference.answer or "") if case.reference else "" for case in cases]
    common = Counter((case.reference.answer or "") if case.reference else "" for case in known).most_common(1)[0][0]
    hits = labels.count(common)
    answers = {
        "commonest-label": Measurement(
            value=hits / len(labels), n=len(labels), interval=wilson(hits, len(labels)), note=NOTE
        )
    }
    for name, make in (("copy", _copying), ("criteria", _counting)):
        reason = make(known)
        table, checked = _table(cases, reason)
        leak = leakage(cases, known, lambda some, make=make: _label(make(some)), seed=SEED)  # type: ignore[misc]
        faith = faithfulness(cases[:100], checked[:100], _label(reason), seed=SEED)
        if table is None or leak is None:
            continue
        answers[f"{name}-accuracy"] = Measurement(
            value=leak.kept, n=leak.n, interval=leak.kept_interval, note=_rates(table)
        )
        answers[f"{name}-rpwr"] = Measurement(value=table.rpwr, n=table.n, interval=table.rpwr_interval, note=NOTE)
        answers[f"{name}-leaks"] = Measurement(
            value=leak.exposed,
            n=leak.n,
            note=f"accuracy {leak.kept:.3f} with labels, {leak.shuffled:.3f} with labels shuffled; {NOTE}",
        )
        if faith is not None:
            answers[f"{name}-faithfulness"] = Measurement(
                value=faith.value, n=faith.n, interval=faith.interval, note=NOTE
            )
    return answers


def _rates(table: RightReasons) -> str:
    rates = ", ".join(
        f"{name} {value:.3f}"
        for name, value in (("sensitivity", table.sensitivity), ("specificity", table.specificity))
        if value is not None
    )
    rates += f", {table.unread} abstained (counted as wrong here)" if table.unread else ""
    return f"{rates}, base rate {table.base_rate:.2f}; {NOTE}"


def _table(cases: Sequence[Case], reason: Reason) -> tuple[RightReasons | None, list[Checked]]:
    rules = criteria("ra-2010")
    judged, checked = [], []
    for case in cases:
        reasoning = reason(case)
        label = reasoning.answer.ids[0] if reasoning.answer else None
        one = check_explanation(reasoning.text, label == RA, read_values(case.text or ""), rules)
        checked.append(one)
        gold = (case.reference.answer or "") if case.reference else ""
        # Who abstains explains nothing; that is no wrong reason.
        judged.append(Judged(gold, label, None if label is None else one.outcome == "right"))
    return right_reasons(judged, RA), checked


def _label(reason: Reason) -> Predict:
    def predict(case: Case) -> str | None:
        answer = reason(case).answer
        return answer.ids[0] if answer else None

    return predict


def _counting(known: Sequence[Case]) -> Reason:
    method = CriteriaPoints()
    return lambda case: method.reason(case.blinded(), Context())


def _copying(known: Sequence[Case]) -> Reason:
    """The registered method, with a training file as a user would give it."""
    method = CopyNearest()
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "known.jsonl"
    path.write_bytes(b"\n".join(map(to_json, known)) + b"\n")
    ctx = Context(options={"training": str(path), "reader": "simulated-cohort"})

    def reason(case: Case, folder: tempfile.TemporaryDirectory[str] = folder) -> Reasoning:
        return method.reason(case.blinded(), ctx)

    return reason


@measurement("right_reasons.raters")
def raters(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Two people fill in their tables, each in an order of its own; kappa of what is read back, worked out by hand."""
    sheets = [
        Sheet(case=f"case-{i}", task="fact", context={"case": "A record."}, items=(Item("0", f"Text {i}."),))
        for i in range(10)
    ]
    # Four times both right, three times both wrong, three times apart: observed 0.7, expected 0.5 x 0.6 + 0.5 x 0.4.
    said = {"one": "rrrrrwwwww", "two": "rrrrwwwwrr"}
    with tempfile.TemporaryDirectory() as folder:
        judges = {}
        for seed, (name, marks) in enumerate(said.items()):
            form, key = Path(folder) / f"{name}.csv", Path(folder) / f"{name}.json"
            write_form(form, key, sheets, seed=seed)
            rows = list(csv.reader(io.StringIO(form.read_text(encoding="utf-8-sig"))))
            text, verdict = rows[0].index("item"), rows[0].index("verdict")
            for row in rows[1:]:
                row[verdict] = "Correct" if marks[int(row[text].split()[1].rstrip("."))] == "r" else "Wrong"
            out = io.StringIO(newline="")
            csv.writer(out).writerows(rows)
            form.write_text(out.getvalue(), encoding="utf-8")
            judges[name] = PersonJudge(name, form, key)
        digests = {sheet.digest(): sheet for sheet in sheets}
        first, second = ({digest: judges[name].judge(sheet) for digest, sheet in digests.items()} for name in said)
        found = agreements(first, second, {digest: sheet.task for digest, sheet in digests.items()})["fact"]
    value = None if found.kappa is None else round(found.kappa, 6)
    return {"raters-kappa": Measurement(value=value, n=found.n, note=f"same verdict {found.same}")}
