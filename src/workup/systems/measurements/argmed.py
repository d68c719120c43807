"""System 03: the solver on worked and random frameworks, the migraine case, real questions with a real small model.

No code or data was released. ``shipped:argmed.json`` holds the paper's framework and replies that argue its example;
the questions are those of ``49-multimedqa``. SmolLM2 shows that the loop ends and that its graph is valid, no more.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.medqa import MedQA
from workup.case import Case, Question
from workup.evaluation.labels import wilson
from workup.evaluation.predictability import error_detection, guess_by_model, guess_by_rule, predictability
from workup.evaluation.score import Estimate
from workup.models import Scripted, load
from workup.models.model import Model, Sampling
from workup.reasoner import Context
from workup.reasoners.argmed import ArgMed
from workup.reasoners.blocks.argumentation import Framework, choose
from workup.reasoning import Reasoning
from workup.report.argument_graph import graph_of
from workup.report.trace import render_trace
from workup.systems.measurements import Measurement, measurement
from workup.systems.measurements.floors import first_option
from workup.systems.records import SHIPPED, Tier

QUESTIONS = "49-multimedqa/medqa_test_300.jsonl"
ITEMS = 20
# Replies that follow no form, in turn: words, half a JSON, JSON of other things, nothing.
RAMBLING = ("Answer: B", '{"answers": [{"cq": "CQ5", "answer": "yes"}]}', '{"conclusion": 3}', "", "[[[", "Answer: C")


def _made() -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.decode((SHIPPED / "argmed.json").read_bytes())
    return made


@measurement("argmed.solver")
def solver(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The worked example, the one without a survivor, and agreement with brute force on random frameworks."""
    made = _made()
    worked, hit = _framework(made["worked_example"]), _framework(made["every_decision_hit"])
    sets = sorted("".join(sorted(held)) for held in worked.preferred())
    nothing = choose(hit, made["every_decision_hit"]["decisions"]).decision is None
    how = made["random"]
    draw = random.Random(how["seed"])
    agree = valid = 0
    for _ in range(how["frameworks"]):
        n = draw.randint(1, how["largest"])
        degree = draw.uniform(0.5, 4.0)
        attacks = [(one, other) for one in range(n) for other in range(n) if draw.random() < degree / n]
        framework = Framework(range(n), attacks)
        admissible = _admissible(n, attacks)
        found = set(framework.preferred())
        agree += found == {held for held in admissible if not any(held < other for other in admissible)}
        valid += all(held in admissible and not any(held < other for other in admissible) for held in found)
    return {
        "worked-example": Measurement(value=" ".join(sets), n=len(sets)),
        "every-decision-hit": Measurement(value=nothing, n=1),
        "random-frameworks": Measurement(value=agree, n=how["frameworks"]),
        "maximal-admissible": Measurement(value=valid, n=how["frameworks"]),
    }


@measurement("argmed.migraine")
def migraine(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The paper's case from scripted replies: which decisions survive, and what its record tells a rule."""
    made = _made()["migraine"]
    case = Case(id="migraine", text=made["text"], question=Question(made["question"], made["options"]))
    found = ArgMed().reason(case, Context(model=Scripted(made["replies"])))
    survivors = [made["options"][key.upper()] for key in found.extensions["argumentation"]["optional"]]
    assert case.question is not None
    guess = guess_by_rule(found, case.question)
    rests = {link.to for step in found.steps for link in step.links if link.relation == "supports"}
    drawn = graph_of(found.steps, rests)
    boxes = " ".join(f"{box.id}{'*' if box.accepted else ''}" for box in drawn.boxes) if drawn else ""
    page = render_trace(case, found)
    shown = all(step.claim in page for step in found.steps if step.kind == "argument")
    return {
        "page-graph": Measurement(value=boxes if shown else "words are missing", n=1),
        "migraine": Measurement(value=", ".join(survivors), n=1),
        "migraine-predicted": Measurement(value=found.answer is not None and found.answer.ids == (guess,), n=1),
    }


@measurement("argmed.rambling")
def rambling(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Questions answered by a script that follows no form."""
    valid = 0
    cases = _cases(data)
    for place, case in enumerate(cases):
        replies = [RAMBLING[(place + turn) % len(RAMBLING)] for turn in range(40)]
        valid += _is_valid(ArgMed().reason(case.blinded(), Context(model=Scripted(replies))))
    return {"ends-valid-scripted": Measurement(value=valid, n=len(cases))}


@measurement("argmed.floor")
def floor(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The first option on the same questions."""
    return {"first-option": first_option(_cases(data))}


@measurement("argmed.small_model")
def small_model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Questions argued by SmolLM2: limits, decisions, and what the record tells a rule and the model itself."""
    cases = _cases(data)
    with load("smollm2", context=4096) as model:
        found = _argued(cases, model)
        valid = sum(map(_is_valid, found))
        questions = [case.question for case in cases if case.question is not None]
        by_rule = [guess_by_rule(one, question) for one, question in zip(found, questions, strict=True)]
        sampling = Sampling(max_tokens=16)
        by_model = [
            guess_by_model(one, question, model, sampling=sampling)
            for one, question in zip(found, questions, strict=True)
        ]
    right = [case.reference.answer if case.reference else None for case in cases]
    answered = [one.answer.ids[0] if one.answer else None for one in found]
    hits = sum(given == truth for given, truth in zip(answered, right, strict=True))
    wrong = [_first(one) != str(truth).casefold() for one, truth in zip(found, right, strict=True)]
    error, caught = error_detection([answer is None for answer in answered], wrong)
    tokens = sum(one.usage.input_tokens + one.usage.output_tokens for one in found)
    unread = sum(step.unread for one in found for step in one.steps)
    spoken = sum(step.by in ("generator", "verifier", "reasoner") for one in found for step in one.steps)
    covered = sum(answer is not None for answer in answered)
    note = f"{covered} answered; {sum(one.usage.calls for one in found)} calls, {tokens} tokens; {unread} of {spoken} "
    return {
        "ends-valid": Measurement(value=valid, n=len(found)),
        "accuracy": Measurement(
            value=hits / len(found), n=len(found), interval=wilson(hits, len(found)), note=f"{note}replies unread"
        ),
        "predicted-by-rule": _measured(predictability(found, by_rule)),
        "predicted-by-model": _measured(predictability(found, by_model)),
        "error-given-no-decision": _measured(error),
        "no-decision-given-error": _measured(caught),
    }


def _argued(cases: Sequence[Case], model: Model) -> list[Reasoning]:
    context = Context(model=model, sampling=Sampling(max_tokens=48))
    return [ArgMed().reason(case.blinded(), context) for case in cases]


def _measured(estimate: Estimate) -> Measurement:
    return Measurement(value=estimate.value, n=estimate.n, interval=estimate.interval, note="; ".join(estimate.notes))


def _first(found: Reasoning) -> str:
    """The decision that was argued for first."""
    record = found.extensions.get("argumentation", {})
    return next((one["decision"] for one in record.get("arguments", ()) if one["decision"]), "")


@cache
def _cases(data: Path) -> list[Case]:
    read = (case for case in MedQA().read([data / QUESTIONS]) if isinstance(case, Case))
    return list(islice(read, ITEMS))


def _is_valid(found: Reasoning) -> bool:
    """Whether the dialogue kept its limits and its extensions are maximal admissible sets of its arguments."""
    record = found.extensions.get("argumentation")
    if record is None:
        # Nothing that could be read for a decision was ever said.
        return found.answer is None and bool(found.abstained)
    names = [one["id"] for one in record["arguments"]]
    place = {name: number for number, name in enumerate(names)}
    attacks = [(place[one], place[other]) for one, other in record["attacks"]]
    admissible = _admissible(len(names), attacks)
    largest = {held for held in admissible if not any(held < other for other in admissible)}
    decisions = sum(bool(one["decision"]) for one in record["arguments"])
    same = {frozenset(place[name] for name in held) for held in record["extensions"]} == largest
    return record["moves"] <= 8 and decisions <= 4 and same


def _framework(made: dict[str, Any]) -> Framework[str]:
    return Framework(made["arguments"], [(one, other) for one, other in made["attacks"]])


def _admissible(n: int, attacks: Sequence[tuple[int, int]]) -> list[frozenset[int]]:
    """By the definition, over all subsets."""
    foes = [{one for one, other in attacks if other == place} for place in range(n)]
    subsets = (frozenset(some) for size in range(n + 1) for some in combinations(range(n), size))
    return [
        held
        for held in subsets
        if all(not foes[one] & held and all(foes[foe] & held for foe in foes[one]) for one in held)
    ]
