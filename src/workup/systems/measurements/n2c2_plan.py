"""System 52: the figures of three published confusion matrices, and baselines on simulated notes.

The data themselves are under agreements; the matrices were printed, and ship as ``shipped:n2c2_2022_track3.json``.
``shipped:progress_notes.json`` holds the seed and the number of the simulated notes.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from workup.benchmarks.n2c2_plan import LABELS, PlanRelation, decode_sequence
from workup.case import Case
from workup.evaluation.labels import from_confusion, label_figures, wilson
from workup.evaluation.stats import LEVEL, RESAMPLES
from workup.knowledge.arrays import Array
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier, shipped

MATRICES = "n2c2_2022_track3.json"
PLAN = "progress_notes.json"
# What begins a part that treats no problem.
HOUSEKEEPING = ("fen", "ppx", "code", "dispo", "access", "contact", "comm")


class _Notes(NamedTuple):
    pairs: int
    read: list[Case]
    train: list[Case]
    test: list[Case]


@measurement("n2c2_plan.matrices")
def matrices(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Accuracy and macro-F1 of each matrix, from the label lists it stands for."""
    table = msgspec.json.decode(shipped(data, MATRICES).read_bytes(), type=dict[str, Any])
    answers = {}
    for name, matrix in table["runs"].items():
        figures = label_figures(*from_confusion(matrix, table["labels"]), classes=table["labels"])
        if figures is not None:
            answers[f"{name}-accuracy"] = Measurement(
                value=figures.accuracy, n=figures.n, interval=figures.accuracy_interval
            )
            answers[f"{name}-macro-f1"] = Measurement(value=figures.macro_f1, n=figures.n)
    return answers


@measurement("n2c2_plan.simulated")
def simulated(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Majority, heading rule, words, and words decoded in the order of the note, on notes that were not learnt from."""
    notes = _notes()
    gold = [_label(case) for case in notes.test]
    common = max(LABELS, key=[_label(case) for case in notes.train].count)
    said = _probabilities()
    alone = [LABELS[place] for place in said.argmax(axis=1)]
    decoded = _decoded(notes, said)
    gain, interval = _gain(notes.test, gold, alone, decoded)
    n = len(notes.test)
    ruled = ["Not Relevant" if _housekeeping(case) else common for case in notes.test]
    return {
        "synthetic-pairs": Measurement(value=notes.pairs, n=_plan()["notes"], note="simulated"),
        "synthetic-read": Measurement(value=len(notes.read) / notes.pairs, n=notes.pairs),
        "majority": Measurement(value=_macro(gold, [common] * n), n=n),
        "heading-rule": Measurement(value=_macro(gold, ruled), n=n),
        "tfidf": Measurement(value=_macro(gold, alone), n=n),
        "decoded": Measurement(value=_macro(gold, decoded), n=n),
        "decoding-gain": Measurement(value=gain, n=n, interval=interval, note="bootstrap over notes"),
    }


@measurement("n2c2_plan.floor")
def floor(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The commonest label on the pairs that the small model is asked about."""
    notes = _notes()
    some = notes.test[: _plan()["pairs_for_the_model"]]
    common = max(LABELS, key=[_label(case) for case in notes.train].count)
    right = sum(_label(case) == common for case in some)
    interval = wilson(right, len(some))
    return {"small-majority": Measurement(value=right / len(some), n=len(some), interval=interval)}


@measurement("n2c2_plan.small")
def small(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The small language model on some of the same pairs, which shows that the strategy runs, and no more."""
    from workup import models
    from workup.models.model import Sampling
    from workup.reasoner import Context
    from workup.reasoners.direct import Direct

    some = _notes().test[: _plan()["pairs_for_the_model"]]
    gold, given = [_label(case) for case in some], []
    with models.load("smollm2") as model:
        for case in some:
            answer = Direct().reason(case.blinded(), Context(model=model, sampling=Sampling(max_tokens=24))).answer
            given.append(answer.ids[0] if answer and answer.ids else "")
    unread = given.count("")
    note = f"macro-F1 {_macro(gold, given):.3f}; {unread} replies could not be read and count as wrong"
    right = sum(a == b for a, b in zip(gold, given, strict=True))
    interval = wilson(right, len(some))
    return {"small-model": Measurement(value=right / len(some), n=len(some), interval=interval, note=note)}


def _plan() -> dict[str, int]:
    return msgspec.json.decode((SHIPPED / PLAN).read_bytes(), type=dict[str, int])


@cache
def _notes() -> _Notes:
    """Simulated notes through files and the loader; every fourth note is held out."""
    from workup.simulate.progress_notes import write_notes

    plan = _plan()
    with tempfile.TemporaryDirectory() as folder:
        files = write_notes(Path(folder), plan["seed"], plan["notes"])
        pairs = len(files[1].read_bytes().splitlines()) - 1
        read = [one for one in PlanRelation().read(files) if isinstance(one, Case)]
    held = [int(case.cohort or 0) % plan["held_out_every"] == 0 for case in read]
    train = [case for case, out in zip(read, held, strict=True) if not out]
    return _Notes(pairs, read, train, [case for case, out in zip(read, held, strict=True) if out])


def _label(case: Case) -> str:
    assert case.reference is not None
    return case.reference.answer or ""


def _housekeeping(case: Case) -> bool:
    """Whether the part of the plan begins with a heading that names no problem."""
    part = (case.text or "").split("Plan:\n", 1)[-1].lower()
    return part.startswith(HOUSEKEEPING)


@cache
def _probabilities() -> Array:
    """What TF-IDF and logistic regression say of each held-out part, ``(parts, labels)``."""
    from workup.reasoners import asking
    from workup.reasoners.tfidf_logistic import fitted, softmax

    notes = _notes()
    scores, temperature = fitted(notes.train, asking.question_of(notes.train[0]), 1.0)
    return np.array(
        [softmax(scores(case.blinded(), asking.question_of(case)) / temperature) for case in notes.test]
    )  # fmt: skip


def _by_note(cases: Sequence[Case]) -> list[list[int]]:
    """Places of the parts of each note, in the order of the note."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, case in enumerate(cases):
        places[case.cohort or case.id].append(place)
    return list(places.values())


def _decoded(notes: _Notes, said: Array) -> list[str]:
    """Labels after Viterbi: the classifier's likelihood of each label, and which label follows which in the notes."""
    size = len(LABELS)
    # One count more each, so that nothing is impossible.
    follows, first, common = np.ones((size, size)), np.ones(size), np.ones(size)
    for places in _by_note(notes.train):
        labels = [LABELS.index(_label(notes.train[place])) for place in places]
        first[labels[0]] += 1
        np.add.at(common, labels, 1)
        np.add.at(follows, (labels[:-1], labels[1:]), 1)
    follows, first, common = follows / follows.sum(1, keepdims=True), first / first.sum(), common / common.sum()
    found = [""] * len(notes.test)
    for places in _by_note(notes.test):
        for place, label in zip(places, decode_sequence(said[places] / common, follows, first), strict=True):
            found[place] = LABELS[label]
    return found


def _macro(gold: Sequence[str], given: Sequence[str]) -> float:
    figures = label_figures(list(gold), list(given), classes=LABELS)
    return figures.macro_f1 if figures else 0.0


def _gain(
    cases: Sequence[Case], gold: Sequence[str], alone: Sequence[str], decoded: Sequence[str]
) -> tuple[float, tuple[float, float]]:
    """How much decoding adds to macro-F1, with an interval over resampled notes."""
    groups, random = _by_note(cases), np.random.default_rng(0)

    def difference(places: Sequence[int]) -> float:
        some: Callable[[Sequence[str]], list[str]] = lambda labels: [labels[place] for place in places]  # noqa: E731
        return _macro(some(gold), some(decoded)) - _macro(some(gold), some(alone))

    drawn = [
        difference([place for group in random.integers(0, len(groups), len(groups)) for place in groups[group]])
        for _ in range(RESAMPLES)
    ]
    edge = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(drawn, [edge, 100 - edge])
    return difference(range(len(cases))), (float(low), float(high))
