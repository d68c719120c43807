"""System 08: the loop with a doctor that knows everything, its floor with one that knows nothing, and the patient.

Read from ``08-mediq``: a third of iMedQA's development set and one half of CRAFT-MD.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.mediq import MediQ as Benchmark
from workup.benchmarks.mediq import mediq_row, record_of, result_row
from workup.benchmarks.medqa import MedQA
from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.labels import wilson
from workup.evaluation.score import Estimate, Metric
from workup.models.model import Generation, Message, Model, Reply
from workup.models.scripted import Line, Scripted
from workup.reasoner import Context
from workup.reasoners import asking, mediq
from workup.reasoners.blocks.environment import Encounter
from workup.reasoners.lexical_interview import LexicalInterview
from workup.reasoners.method import Method
from workup.reasoners.random_option import RandomOption
from workup.reasoning import Usage
from workup.simulate.patients import PATIENTS, REFUSAL
from workup.simulate.record import facts_of, sentences
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier
from workup.text.likeness import Matcher, terms

FOLDER = "08-mediq"
FILES = ("dev_good_third.jsonl", "craft_md_half.jsonl")
EXPERTS = ("implicit", "fixed", "binary", "numerical", "numerical-cutoff", "scale")
INTERACTIVE = ("correct", "letter_choice", "questions", "answers", "num_questions", "intermediate_choices")
# A doctor without a mind of its own, and a patient who says one thing, for the grid.
SCRIPT = (
    Line(match="Assume that you know enough", reply="Answer: B"),
    Line(match="Do one of two things", reply="Do you have a fever?"),
    Line(match="without asking the patient more", reply="DECISION: NO"),
    Line(match="How likely is it", reply="PROBABILITY: 0.3"),
    Line(match="How confident are you", reply="DECISION: somewhat unconfident"),
    Line(match="Something is missing", reply="Do you have a fever?"),
    Line(match="Which facts answer", reply="1"),
    Line(match="is your record", reply="I have a fever."),
    Line(match="is all you know", reply=REFUSAL),
)


@cache
def _cases(data: Path, names: tuple[str, ...] = FILES) -> tuple[Case, ...]:
    paths = [path for name in names if (path := data / FOLDER / name).is_file()]
    return tuple(case for case in Benchmark().read(paths) if isinstance(case, Case))


class Knowing:
    """Plays a doctor that knows each record: asks for what was not said yet, and answers when all of it was.

    It hears what any model would hear and replies in the forms that are asked for, so that prompts, loop, patient,
    readers and scores are all in its way.
    """

    name = "knowing"

    def __init__(self, cases: Sequence[Case]) -> None:
        self._known = {}
        for case in cases:
            if case.question is not None and case.reference is not None:
                record = record_of(case)
                shown = asking.shown(case.blinded(), case.question)
                self._known[shown] = (record.facts or facts_of(record.context), case.reference.answer)

    def generate(self, messages: Sequence[Message], *, n: int = 1, **_: Any) -> Reply:
        """What it says to the last message."""
        asked = messages[-1].content
        told = "\n".join(message.content for message in messages if message.role == "user")
        start, end = told.index("<case>"), told.index("</options>") + len("</options>")
        facts, answer = self._known[told[start:end]]
        heard = " ".join(told[:start].split())
        missing = [fact for fact in facts if " ".join(asking.plain(fact).split()) not in heard]
        question = f"Is it so that: {missing[0] if missing else ''}?"
        if "Something is missing" in asked:
            text = question
        elif "Do one of two things" in asked:
            text = question if missing else f"Answer: {answer}"
        elif "How confident" in asked:
            text = f"DECISION: very {'un' if missing else ''}confident"
        elif "How likely" in asked:
            text = f"PROBABILITY: {0.0 if missing else 1.0}"
        elif "DECISION" in asked:
            text = f"DECISION: {'NO' if missing else 'YES'}"
        else:
            text = "I do not know yet." if missing else f"Answer: {answer}"
        return Reply(generations=(Generation(text=text),) * n, model=self.name, usage=Usage(calls=1))


def consultations(
    cases: Sequence[Case],
    reasoner: Method[Any],
    *,
    model: Model | None = None,
    options: dict[str, Any] | None = None,
    around: dict[str, Any] | None = None,
    patient_model: Model | None = None,
) -> Iterator[Attempt]:
    """One attempt at each case, kept nowhere."""
    benchmark = Benchmark()
    setting = benchmark.setting(around or {})
    for number, case in enumerate(cases):
        met = benchmark.environment(case, setting, model=patient_model, seed=number)
        ctx = Context(model=model, options=options or {}, seed=number, environment=Encounter(met))
        reasoning = reasoner.reason(case.blinded(), ctx)
        key = AttemptKey(benchmark="mediq", version="1", case_id=case.id, case=case.digest(), reasoner=reasoner.name)
        yield Attempt(key=key, reasoning=reasoning)


@measurement("mediq.rows")
def rows(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many rows of each file are read; what cannot be is an issue."""
    found = {}
    for name, file in (("read-imedqa", FILES[0]), ("read-craft-md", FILES[1])):
        path = data / FOLDER / file
        read = list(Benchmark().read([path])) if path.is_file() else []
        found[name] = Measurement(value=sum(isinstance(one, Case) for one in read), n=len(read))
    return found


@measurement("mediq.grid")
def grid(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Rows in the released format, from every expert with every patient on 20 cases, with scripted replies."""
    cases = _cases(data)[:20]
    whole = tried = 0
    for expert in EXPERTS:
        for patient in PATIENTS:
            attempts = consultations(
                cases,
                mediq.MediQ(),
                model=Scripted(SCRIPT),
                patient_model=Scripted(SCRIPT),
                options={"expert": expert},
                around={"patient": patient, "max_questions": 3},
            )
            for case, attempt in zip(cases, attempts, strict=True):
                row = msgspec.json.decode(msgspec.json.encode(result_row(case, attempt)))
                said = row["interactive_system"]
                tried += 1
                whole += (
                    set(INTERACTIVE) <= set(said)
                    and said["num_questions"] == len(said["questions"]) == len(said["answers"]) == 3
                    and said["intermediate_choices"] == ["B"] * 4
                    and row["info"]["facts"] == list(record_of(case).facts)
                )
    return {"grid": Measurement(value=whole / tried if tried else None, n=tried)}


@measurement("mediq.oracle")
def oracle(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Accuracy of a doctor that answers when every fact was told, by the scale on all cases and by the rest on 20."""
    cases = _cases(data)
    right = {"scale": _accuracy(cases, _known_to_all(cases, "scale"))}
    few = cases[:20]
    others = [_accuracy(few, _known_to_all(few, expert)) for expert in EXPERTS]
    chance = _accuracy(cases, list(consultations(cases, RandomOption())))
    hits, n = sum(hit for hit, _ in others), sum(n for _, n in others)
    return {
        "oracle": _share(*right["scale"]),
        "oracle-experts": _share(hits, n),
        "random": _share(*chance),
    }


def _known_to_all(cases: Sequence[Case], expert: str) -> list[Attempt]:
    around = {"max_questions": 100}
    # A doctor told to ask a fixed number needs as many as there are facts, at least.
    return list(consultations(cases, mediq.MediQ(), model=Knowing(cases), options={"expert": expert}, around=around))


def _accuracy(cases: Sequence[Case], attempts: Sequence[Attempt]) -> tuple[int, int]:
    scorer = Benchmark().scorers()[0]
    return sum(int(scorer.score(case, attempt).total) for case, attempt in zip(cases, attempts, strict=True)), len(
        cases
    )


def _share(hits: int, n: int) -> Measurement:
    return Measurement(value=hits / n if n else None, n=n, interval=wilson(hits, n) if n else None)


@measurement("mediq.patient")
def patient(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The patient without a model on the cases that its cut was not set on (every second of iMedQA).

    Each fact is asked for by one half of its words and one word of another record; then each time for a fact of
    another patient.
    """
    records = [record_of(case).facts for case in _cases(data, FILES[:1])[1::2]]
    every = [(owner, fact) for owner, facts in enumerate(records) for fact in facts]
    draw = random.Random(0)
    found = asked = false = strange = 0
    for owner, facts in enumerate(records):
        matcher = Matcher(facts)
        for place, fact in enumerate(facts):
            if len(own := list(dict.fromkeys(terms(fact)))) < 2:
                continue
            other, theirs = draw.choice(every)
            words = list(dict.fromkeys(terms(theirs)))
            question = " ".join(
                [*draw.sample(own, max(1, round(len(own) / 2))), *draw.sample(words, min(1, len(words)))]
            )
            asked += 1
            found += any(one == place for one, _ in matcher.best(question))
            if other != owner and words:
                strange += 1
                false += bool(matcher.best(" ".join(draw.sample(words, max(1, round(len(words) / 2))))))
    return {"patient-finds": _share(found, asked), "patient-invents": _share(false, strange)}


@measurement("mediq.floor")
def floor(data: Path, tier: Tier) -> dict[str, Measurement]:
    """A doctor without a model, who asks 20 questions: every figure of the benchmark, twice the same."""
    cases = _cases(data)
    if not cases:
        names = ("accuracy", "questions", "timeouts", "aurc", "sweep", "repeats", "refused")
        nothing = Measurement(value=None, n=0)
        return {**{f"floor-{name}": nothing for name in names}, "replay": nothing}
    attempts, again = (list(consultations(cases, LexicalInterview())) for _ in range(2))
    estimates = {one.metric: one for metric in Benchmark().metrics() for one in [_estimate(metric, cases, attempts)]}
    turns, curve, sweep = estimates["accuracy_by_turn"], estimates["aurc"], estimates["threshold_sweep"]
    return {
        "floor-accuracy": _of(
            estimates["accuracy"],
            "; ".join(f"after {turn} questions {turns.parts[f'after {turn}']:.3f}" for turn in (0, 5, 10, 15, 20)),
        ),
        "floor-questions": _of(estimates["questions"]),
        "floor-timeouts": _of(estimates["timeouts"]),
        "floor-aurc": _of(
            curve,
            f"calibration error {curve.parts['ece']:.1f} points, Brier {curve.parts['brier']:.3f}; "
            f"answered from 0.5 up {curve.parts['coverage at 0.5']:.3f}, "
            f"of which wrong {curve.parts.get('risk at 0.5', 1.0):.3f}",
        ),
        "floor-sweep": _of(
            sweep,
            "; ".join(
                f"threshold {at}: accuracy {sweep.parts[f'accuracy at {at}']:.3f} with "
                f"{sweep.parts[f'questions at {at}']:.1f} questions"
                for at in ("0.25", "0.5", "0.75", "1")
            ),
        ),
        "floor-repeats": _of(estimates["repeated_questions"]),
        "floor-refused": _of(estimates["refused_replies"]),
        "replay": _share(sum(a == b for a, b in zip(attempts, again, strict=True)), len(cases)),
    }


def _estimate(metric: Metric, cases: Sequence[Case], attempts: Sequence[Attempt]) -> Estimate:
    return metric.estimate(cases, attempts)


def _of(estimate: Estimate, note: str = "") -> Measurement:
    return Measurement(value=estimate.value, n=estimate.n, interval=estimate.interval, note=note)


@measurement("mediq.converter")
def converter(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many MedQA questions become rows that the reader takes, with every word of the vignette in the facts."""
    path = data / "49-multimedqa" / "medqa_test_300.jsonl"
    cases = [case for case in MedQA().read([path]) if isinstance(case, Case)] if path.is_file() else []
    made = kept = 0
    joints = {"and", "but", "while", "whereas"}
    for case in cases:
        try:
            row = mediq_row(case)
        except ValueError:
            continue
        made += 1
        words = [word for word in re.findall(r"\w+", " ".join(row["context"])) if word.lower() not in joints]
        told = " ".join(fact.partition(". ")[2] for fact in row["facts"])
        again = [word for word in re.findall(r"\w+", told) if word.lower() not in joints]
        whole = " ".join(sentences(case.question.text if case.question else ""))
        kept += words == again and whole == " ".join([*row["context"], row["question"]])
    return {"converter": _share(made, len(cases)), "converter-words": _share(kept, made)}


@measurement("mediq.small_model")
def small_model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Every expert and every patient with SmolLM2: dialogues that end within their limits, and how much was unread."""
    from workup.models import load

    cases = sorted(_cases(data), key=lambda case: len(" ".join(record_of(case).context)))[:20]
    ended = tried = replies = unread = 0
    with load("smollm2") as model:
        for number, case in enumerate(cases):
            expert, patient_kind = EXPERTS[number % len(EXPERTS)], PATIENTS[number % len(PATIENTS)]
            around = {"patient": patient_kind, "max_questions": 2, "reply_tokens": 32}
            options = {"expert": expert, "reply_tokens": 48}
            for attempt in consultations(
                [case], mediq.MediQ(), model=model, patient_model=model, options=options, around=around
            ):
                tried += 1
                reasoning = attempt.reasoning
                steps = reasoning.steps if reasoning else ()
                ended += sum(step.kind == "question" for step in steps) <= 2
                replies += len(steps)
                unread += sum(step.unread for step in steps)
    return {
        "small-model": Measurement(value=ended, n=tried, note=f"{unread} of {replies} steps unread, counted as such")
    }
