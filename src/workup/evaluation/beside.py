"""The conventional baseline beside a model, and in words whether the model beats it.

Whoever shows a model must show what is reached without one, on the same cases. A run with a model therefore brings a
run of a conventional method along, in its folder ``baseline``; scoring, comparing, auditing and showing read it there:

    direct / openai/NAME is not shown to beat the baseline first-option: +2.0 points [-6.0, +10.0], n = 100.

A reasoner is conventional when its run names no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from workup.evaluation.compare import PairedTest

BASELINE = "baseline"
# A floor that costs nothing, needs no training file, and is there for every choice.
FLOOR = "first-option"
# Forms of answer in which the floor can say something.
FLOOR_FORMS = ("choice", "label", "correction")
NONE = "none"

Outcome = Literal["beats", "not shown to beat", "worse"]

NO_BASELINE = (
    "No conventional baseline stands beside: whether a model is needed at all is not shown. Give one with --baseline "
    "NAME (and --baseline-option training=FILE)."
)
ONLY_FLOOR = (
    "The baseline is a floor, the first option whatever is asked; a conventional method that learns says more: "
    "--baseline tfidf-logistic --baseline-option training=FILE."
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
