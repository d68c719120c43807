"""System 42: reading ranked lists, and the same questions asked for a letter, for words and for a list."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup import models, registry
from workup.api import finish
from workup.benchmarks.benchmark import Benchmark
from workup.benchmarks.medqa import MedQA
from workup.benchmarks.medqa_open import MedQAOpen
from workup.case import Case
from workup.evaluation import parse
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.format_robustness import format_robustness
from workup.evaluation.list_scores import KINDS, Kind, ListScore, list_value
from workup.evaluation.score import Scorer
from workup.evaluation.scorers import RightAnswer
from workup.models.model import Sampling
from workup.reasoner import Context
from workup.reasoning import Answer, Reasoning
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

QUESTIONS = 50
LISTS = 300
FILE = "49-multimedqa/medqa_test_300.jsonl"


@measurement("ranked_lists.replies")
def replies(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Share of the keyed replies that are read as the list that they give."""
    keyed = msgspec.json.decode((SHIPPED / "ranked_replies.json").read_bytes(), type=list[dict[str, Any]])
    right = [list(parse.ranked_list(row["reply"]).value or ()) == (row["list"] or []) for row in keyed]
    return {"lists": Measurement(value=sum(right) / len(right), n=len(right))}


@measurement("ranked_lists.questions")
def questions(data: Path, tier: Tier) -> dict[str, Measurement]:
    """MedQA questions that can be asked without their options."""
    read = list(MedQAOpen().read([data / FILE]))
    return {"open": Measurement(value=sum(isinstance(item, Case) for item in read), n=len(read))}


@measurement("ranked_lists.formats")
def formats(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Fifty questions asked of the small model in three forms; the answers in words are compared by name."""
    closed = [case for case in MedQA().read([data / FILE]) if isinstance(case, Case)][:QUESTIONS]
    opened = [case for case in MedQAOpen().read([data / FILE]) if isinstance(case, Case)][:QUESTIONS]
    with models.load("smollm2", context=2048) as model:
        ctx = Context(model=model, sampling=Sampling(max_tokens=48))
        forms: dict[str, tuple[str, list[Case], Benchmark, Scorer]] = {
            "letter": ("direct", closed, MedQA(), RightAnswer()),
            "words": ("direct", opened, MedQAOpen(), ListScore("first")),
            "list": ("ranked-list", opened, MedQAOpen(), ListScore("hit")),
        }
        right: dict[str, dict[str, bool]] = {form: {} for form in forms}
        read = dict.fromkeys(forms, 0)
        for place in range(len(closed)):
            for form, (reasoner, cases, benchmark, scorer) in forms.items():
                case = cases[place]
                attempt = _attempt(reasoner, case, benchmark, ctx)
                right[form][case.id] = scorer.score(case, attempt).total > 0
                read[form] += attempt.reasoning is not None and attempt.reasoning.answer is not None
    found = format_robustness(right)
    note = "SmolLM2-135M; right (read): " + ", ".join(
        f"{form} {share:.2f} ({read[form]} of {found.n})" for form, share in found.accuracy.items()
    )
    if not found.any_right:
        return {"robustness": Measurement(value=None, n=0, note=f"{note}; none is right in any form")}
    return {
        "robustness": Measurement(value=found.all_of_any, n=found.any_right, interval=found.interval, note=note),
    }


def _attempt(reasoner: str, case: Case, benchmark: Benchmark, ctx: Context) -> Attempt:
    reasoning = finish(registry.load("reasoners", reasoner)().reason(case.blinded(), ctx))
    key = AttemptKey(
        benchmark=benchmark.header.name, version="1", case_id=case.id, case=case.digest(), reasoner=reasoner
    )
    return Attempt(key=key, reasoning=reasoning)


@measurement("ranked_lists.several")
def several(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Questions with several right answers, each with a list: values that are as worked by hand."""
    made = msgspec.json.decode((SHIPPED / "several_answers.json").read_bytes(), type=dict[str, Any])["rows"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "several.jsonl"
        path.write_bytes(b"".join(msgspec.json.encode(one["row"]) + b"\n" for one in made))
        read = [case for case in MedQAOpen().read([path]) if isinstance(case, Case)]
    same, n = 0, 0
    for case, one in zip(read, made, strict=True):
        answer = Answer(level="list", text="", ids=tuple(one["list"]))
        key = AttemptKey(benchmark="medqa-open", version="1", case_id=case.id, case=case.digest(), reasoner="made up")
        attempt = Attempt(key=key, reasoning=Reasoning(reasoner="made up", answer=answer))
        for name, value in one["by_hand"].items():
            kinds: list[Kind] = [kind for kind in KINDS if kind == name]
            score = ListScore(*kinds).score(case, attempt)
            n += 1
            same += abs((score.total if kinds else score.parts[name]) - value) < 1e-6
    return {"several-answers": Measurement(value=same / n, n=n, note="made up")}


@measurement("ranked_lists.rewards")
def rewards(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Random lists with a known right entry: how often a reward breaks one of the four rules of the dossier."""
    random = np.random.default_rng(0)
    broken = 0
    for _ in range(LISTS):
        size = int(random.integers(1, 12))
        entries = [f"disease {number}" for number in random.permutation(40)[:size]]
        place = int(random.integers(0, size + 1))  # size: the list has no right entry
        right = [entries[place]] if place < size else ["another"]
        tail = [entries[i] for i in place + 1 + random.permutation(max(0, size - place - 1))]
        padded = [*entries, *(f"padding {number}" for number in range(int(random.integers(1, 6))))]
        for kind in KINDS:
            value = list_value(entries, right, kind)
            bounded = value <= 1 and (value >= 0 or kind == "length-penalised")
            earlier = [*entries[: place - 1], right[0], entries[place - 1], *entries[place + 1 :]]
            monotone = not 0 < place < size or list_value(earlier, right, kind) >= value
            tail_free = place >= size or list_value([*entries[: place + 1], *tail], right, kind) == value
            unpadded = kind != "length-penalised" or list_value(padded, right, kind) <= value
            broken += not (bounded and monotone and tail_free and unpadded)
    return {"reward-rules": Measurement(value=broken, n=LISTS * len(KINDS), note="random lists of 1 to 11 entries")}
