"""The conventional baseline beside a model, and in words whether the model beats it.

Whoever shows a model must show what is reached without one, on the same cases. A run with a model therefore brings a
run of a conventional method along, in its folder ``baseline``; scoring, comparing, auditing and showing read it there:

    direct / openai/NAME is not shown to beat the baseline first-option: +2.0 points [-6.0, +10.0], n = 100.

A reasoner is conventional when its run names no model. Which one runs where none is named, is decided here, by the form
of the answers (:data:`BY_FORM`) or, where a kind of task has a conventional method of its own, by the benchmark
(:data:`BY_BENCHMARK`). None of them needs a file besides the benchmark's: what learns, learns from the other cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from workup.benchmarks.benchmark import Header
from workup.case import Form
from workup.evaluation.compare import PairedTest
from workup.reasoners.fixed_reply import ADVISES

BASELINE = "baseline"
# A floor that costs nothing and is there for every choice.
FLOOR = "first-option"
NONE = "none"


class Conventional(msgspec.Struct, frozen=True, kw_only=True):
    """A conventional method, as it stands beside a model where the user names none.

    Attributes:
        reasoner: Its name.
        learns: Whether it takes the other cases of the same data as its training.
        files: Option that takes the benchmark's files (a corpus, tools); empty for none.
        options: Further options.
    """

    reasoner: str
    learns: bool = False
    files: str = ""
    options: dict[str, Any] = {}


_FLOOR = Conventional(reasoner=FLOOR)
_NEAREST = Conventional(reasoner="nearest-case", learns=True)

BY_FORM: Mapping[Form, Conventional] = {
    # Options mean something else in every question, so that nothing is learned from the others' answers.
    "choice": _FLOOR,
    "choices": _FLOOR,
    # "No error" to everything.
    "correction": _FLOOR,
    # The other cases in five parts, so that five models do and not one for each case.
    "label": Conventional(reasoner="tfidf-logistic", learns=True, options={"folds": 5}),
    "diagnosis": _NEAREST,
    "text": _NEAREST,
    "rationale": _NEAREST,
    "number": Conventional(reasoner="usual-number", learns=True),
    "retrieval": Conventional(reasoner="retrieval", files="corpus"),
}
BY_BENCHMARK: Mapping[str, Conventional] = {
    # Cases of several forms.
    "cases": _NEAREST,
    # Coded findings: the phenotype engine; its own benchmark sets it beside the older measure Phrank.
    "rarebench": Conventional(reasoner="phenotype"),
    "rare-disease": Conventional(reasoner="phenotype", options={"score": "phrank"}),
    # Dictionary look-up, without rules of context.
    "text-to-hpo": Conventional(reasoner="names"),
    # A note of a conversation: the conversation, as its publication has it.
    "aci-bench": Conventional(reasoner="copy-text"),
    # The reply of another conversation fits nobody; a stock phrase may.
    "healthbench": Conventional(reasoner="fixed-reply", options={"reply": ADVISES}),
    "medic-safety": Conventional(reasoner="fixed-reply"),
    # Who asks is compared with who asks everybody the same.
    "mediq": Conventional(reasoner="lexical-interview"),
    "medr-bench-staged": Conventional(reasoner="fixed-tests", learns=True),
    # Values, not words.
    "globem": Conventional(reasoner="series-logistic", learns=True),
    "simulated-cohort": Conventional(reasoner="copy-nearest", learns=True),
    "txagent-tools": Conventional(reasoner="nearest-tool", files="tools"),
}


def default_baseline(header: Header, data: Sequence[Path]) -> tuple[str, dict[str, Any]]:
    """The conventional method beside a model on a benchmark, and its options.

    Args:
        header: The benchmark's.
        data: The files of the run.

    >>> from workup.benchmarks.medqa import MedQA
    >>> default_baseline(MedQA.header, [Path("test.jsonl")])
    ('first-option', {})
    """
    chosen = BY_BENCHMARK.get(header.name) or BY_FORM[header.form]
    files = [str(path) for path in data]
    given: dict[str, Any] = dict(chosen.options)
    if chosen.learns:
        given |= {"training": files[0] if len(files) == 1 else files, "reader": header.name}
    if chosen.files:
        given[chosen.files] = files
    return chosen.reasoner, given


def audit_baseline(header: Header, data: Sequence[Path]) -> tuple[str, dict[str, Any]]:
    """The same beside an audit, whose cases are changed copies: what learns must not find the original of a copy.

    A method that learns is therefore the nearest case here, which can leave out what is all but the case itself.
    """
    name, options = default_baseline(header, data)
    if "training" not in options:
        return name, options
    known = {key: options[key] for key in ("training", "reader")}
    return _NEAREST.reasoner, {**known, "least_unlike": LEAST_UNLIKE}


def learns_here(manifest: Mapping[str, Any]) -> bool:
    """Whether a run answered each case from the others of the very data that it was tested on."""
    tested = {entry["sha256"] for entry in manifest.get("data", ())}
    files = manifest.get("option_files", {})
    return any(value in tested for name, value in files.items() if name.startswith("training"))


Outcome = Literal["beats", "not shown to beat", "worse"]

NO_BASELINE = (
    "No conventional baseline stands beside: whether a model is needed at all is not shown. Give one with --baseline "
    "NAME (and --baseline-option training=FILE)."
)
ONLY_FLOOR = (
    "The baseline is a floor, the first option whatever is asked; a conventional method that learns says more: "
    "--baseline tfidf-logistic --baseline-option training=FILE."
)
# Who shares more than half of the words with a case is a changed copy of it; other patients' notes share about a fifth.
LEAST_UNLIKE = 0.5
SAYS_RIGHT = "The baseline is a floor: it says of every text that nothing is wrong."
UNSCORED = (
    "The answers of the baseline stand beside; whether it is beaten is not known before a judge has read both: workup "
    "score DIR --judge WHO."
)
LEARNS_HERE = (
    "The baseline answers each case from other cases of the same data, whose answers the model has "
    "not seen; a training file of its own makes it comparable: --baseline-option training=FILE."
)


def conventional(manifest: Mapping[str, Any]) -> bool:
    """Whether a run was made without a language model.

    >>> conventional({"reasoner": "majority", "model": ""}), conventional({"reasoner": "direct", "model": "smollm2"})
    (True, False)
    """
    return not manifest.get("model")


def baseline_folder(folder: Path) -> Path | None:
    """Where the baseline of a run is kept; None without one."""
    beside = folder / BASELINE
    return beside if (beside / "run.json").is_file() else None


def outcome(test: PairedTest) -> Outcome:
    """What the interval of the difference shows of the first of two runs."""
    low, high = test.interval
    return "beats" if low > 0 else "worse" if high < 0 else "not shown to beat"


def verdict(test: PairedTest, *, measure: str = "") -> str:
    """The comparison of a model with its baseline in a sentence; ``a`` of the test is the model.

    Args:
        test: Paired by case.
        measure: What is compared, where it is not the share of right answers.

    >>> test = PairedTest(a="x", b="y", n=50, clusters=50, difference=0.1, interval=(-0.02, 0.2), p_bootstrap=0.1)
    >>> verdict(test)
    'x is not shown to beat the baseline y: +10.0 points [-2.0, +20.0], n = 50.'
    """
    low, high = test.interval
    figures = f"{100 * test.difference:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}], n = {test.n}"
    more, less = ("scores higher", "scores lower") if measure else ("is right more often", "is right less often")
    of = f" in {measure}" if measure else ""
    found = outcome(test)
    if found == "beats":
        return f"{test.a} {more} than the baseline {test.b}{of}: {figures}."
    if found == "worse":
        return f"{test.a} does not beat the baseline {test.b}{of}; it {less}: {figures}."
    return f"{test.a} is not shown to beat the baseline {test.b}{of}: {figures}."


def best(scores: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> str | None:
    """The conventional run with the highest mean, which a model has to beat; the first of equals, None of none.

    >>> best({"a": {"1": 0.0}, "b": {"1": 1.0}, "model": {"1": 1.0}}, ["a", "b"])
    'b'
    """
    filled = [name for name in names if scores[name]]
    return max(filled, key=lambda name: sum(scores[name].values()) / len(scores[name]), default=None)
