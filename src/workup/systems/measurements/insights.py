"""System 39: the sample of GLOBEM is read; planted effects and wrong numbers are found on simulated people."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import msgspec

from workup.case import Case
from workup.errors import MissingExtra
from workup.evaluation.labels import wilson
from workup.evaluation.number_grounding import trace_numbers
from workup.models import Scripted
from workup.reasoner import Context
from workup.reasoners.insights import Insights
from workup.signals.classifier import cross_validate
from workup.signals.globem import Person, read_globem
from workup.simulate.insights import sentences
from workup.simulate.series import SeriesOptions, globem_files
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

_PLAN: dict[str, int] = msgspec.json.decode((SHIPPED / "simulations.json").read_bytes())["39"]
_SENTENCES = 100
COHORTS = ("INS-W-sample_1", "INS-W-sample_2")
# What is planted (workup.simulate.series): sleep and steps fall, bedtime gets later.
_PLANTED = ("sleep.slope", "sleep.change", "bedtime.slope", "bedtime.change", "steps.slope", "steps.change")


@cache
def _people() -> tuple[Person, ...]:
    files = globem_files(_PLAN["people"], _PLAN["seed"], SeriesOptions(days=_PLAN["days"]))
    with tempfile.TemporaryDirectory() as name:
        for path, text in files.items():
            (Path(name) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(name) / path).write_text(text, encoding="utf-8")
        return tuple(one for one in read_globem(Path(name)) if isinstance(one, Person))


@measurement("insights.layout")
def layout(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many people of the real sample and of a generated folder are read."""
    read = [one for cohort in COHORTS for one in read_globem(data / "signals-globem" / cohort)]
    people = [one for one in read if isinstance(one, Person)]
    labelled = sum(one.label is not None for one in people)
    return {
        "globem-read": Measurement(value=len(people), n=len(read), note=f"{labelled} with a label at the end of term"),
        "generated-read": Measurement(value=len(_people()), n=_PLAN["people"], note="simulated people"),
    }


@measurement("insights.effects")
def effects(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Whether the conventional classifier finds the planted effects."""
    try:
        found = cross_validate(_people(), seed=_PLAN["seed"])
    except MissingExtra as missing:
        nothing = Measurement(value=None, n=0, note=str(missing))
        return dict.fromkeys(("baseline-accuracy", "baseline-majority", "baseline-finds"), nothing)
    note = (
        f"simulated people; majority {found.majority:.2f}, AUROC {found.auroc or 0:.3f}, balanced {found.balanced:.3f}"
    )
    first = tuple(found.ranked)[: len(_PLANTED)]
    return {
        "baseline-accuracy": Measurement(value=found.accuracy, n=found.n, interval=found.interval, note=note),
        "baseline-majority": Measurement(value=found.majority, n=found.n, note="simulated people"),
        "baseline-finds": Measurement(
            value=sum(name in _PLANTED for name in first), n=len(first), note=f"ranked: {', '.join(first)}"
        ),
    }


@measurement("insights.cohorts")
def cohorts(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The conventional classifier on a simulated cohort of another year than it was fitted on."""
    half = len(_people()) // 2
    people = [msgspec.structs.replace(one, cohort=f"year-{i // half}") for i, one in enumerate(_people())]
    try:
        found = cross_validate(people, by_cohort=True)
    except MissingExtra as missing:
        nothing = Measurement(value=None, n=0, note=str(missing))
        return {"cohort-years": nothing, "cohort-years-majority": nothing}
    note = f"simulated people in two years alike; majority {found.majority:.2f}, AUROC {found.auroc or 0:.3f}"
    return {
        "cohort-years": Measurement(value=found.accuracy, n=found.n, interval=found.interval, note=note),
        "cohort-years-majority": Measurement(value=found.majority, n=found.n, note="simulated people"),
    }


@measurement("insights.small_model")
def small_model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Two real people through the small model: replies, and how many of their numbers could be checked and are right.

    The first days alone are shown, as more do not fit into what such a model can read in reasonable time.
    """
    from workup import models
    from workup.benchmarks.globem import case_of
    from workup.models.model import Sampling

    folder = data / "signals-globem" / COHORTS[0]
    people = [one for one in read_globem(folder, days=7) if isinstance(one, Person) and one.label is not None][:2]
    model, done, marks = models.load("smollm2"), 0, []
    for person in people:
        case = case_of(person, folder)
        assert isinstance(case, Case)
        ctx = Context(model=model, sampling=Sampling(max_tokens=120), options={"figures": False})
        reasoning = Insights().reason(case.blinded(), ctx)
        done += bool(reasoning.text.strip())
        marks += [one.supported for step in reasoning.steps for one in step.evidence]
    right, wrong = marks.count(True), marks.count(False)
    note = (
        f"SmolLM2-135M; numbers right {right}, wrong {wrong}, not checkable {marks.count(None)}; it shows that it runs"
    )
    return {"whole-run-model": Measurement(value=done, n=len(people), note=note)}


@measurement("insights.numbers")
def numbers(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Precision and recall of wrong numbers over planted sentences."""
    people = _people()
    made = list(sentences(people, _SENTENCES, _PLAN["seed"]))
    flagged = [any(one.outcome == "wrong" for one in trace_numbers(each.text, people[each.person])) for each in made]
    hits = sum(flag and each.wrong for flag, each in zip(flagged, made, strict=True))
    called, wrong = sum(flagged), sum(each.wrong for each in made)
    unchecked = sum(
        all(one.outcome == "unchecked" for one in trace_numbers(each.text, people[each.person])) for each in made
    )
    note = f"{len({each.kind for each in made})} kinds of sentences, {unchecked} unchecked; simulated, wording is ours"
    return {
        "numbers-precision": Measurement(
            value=hits / called if called else None,
            n=called,
            interval=wilson(hits, called) if called else None,
            note=note,
        ),
        "numbers-recall": Measurement(
            value=hits / wrong if wrong else None, n=wrong, interval=wilson(hits, wrong) if wrong else None, note=note
        ),
    }


@measurement("insights.whole")
def whole(data: Path, tier: Tier) -> dict[str, Measurement]:
    """A reply goes from the table of a real person to a label and checked numbers; the model is a script."""
    from workup.benchmarks.globem import Globem

    read = list(Globem().read([data / "signals-globem" / COHORTS[0]]))
    cases = [one for one in read if isinstance(one, Case)]
    if not cases:
        return {"whole-run": Measurement(value=None, n=0)}
    reply = "The mean number of steps was 99,999 a day.\nAnswer: yes"
    done = 0
    for case in cases:
        reasoning = Insights().reason(case.blinded(), Context(model=Scripted([reply])))
        marks = [one.supported for step in reasoning.steps for one in step.evidence]
        done += reasoning.answer is not None and reasoning.answer.ids == ("yes",) and marks == [False]
    return {"whole-run": Measurement(value=done, n=len(cases), note="scripted model; no claim about accuracy")}
