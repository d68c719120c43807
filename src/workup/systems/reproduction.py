"""Measures the claims of one system on the files of a folder.

The outcome of a claim is one of

* ``holds`` / ``fails``: the input is the very one the expected value was measured on (same hash), and the
  measured value agrees or not; a measurement that raises also fails;
* ``measured``: the input is another one, so the value stands alone and is never compared;
* ``waits``: something the measurement needs is not available; ``waits_for`` names it;
* ``no-data``: an input is missing, or the sample holds nothing to measure.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from hashlib import sha256
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Literal

import msgspec

from workup.errors import UserError
from workup.systems.measurements import Measurement, load
from workup.systems.records import OURS, Bound, Claim, Need, Tier, Value, claims, find, shipped
from workup.systems.render import value as shown

Outcome = Literal["holds", "fails", "measured", "waits", "no-data"]

# What must be importable for a need to be met. "data" is judged by the inputs, "slow" by the call.
REQUIREMENTS: dict[Need, tuple[str, ...]] = {
    "training": ("workup.learning", "torch"),
    "images": ("workup.imaging",),
    "app": ("workup.app",),
    "model": ("workup.models",),
}


class Beside(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a conventional method reaches on the same cases, and what that shows.

    Attributes:
        claim: The claim that measures it.
        value: Its figure: measured, or as that claim expects it of the same input where it was not measured in this
            call; None for neither.
        interval: Its 95 % interval, where there is one.
        words: Whether it is beaten, in a sentence.
    """

    claim: str
    value: Value
    interval: tuple[float, float] | None = None
    words: str = ""


class Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A claim and what became of it."""

    id: str
    sentence: str
    expected: float | int | bool | str | Bound | None
    measured: Value
    n: int | None
    status: Outcome
    interval: tuple[float, float] | None = None
    tolerance: float = 0.0
    source: str = ""
    note: str = ""
    waits_for: tuple[str, ...] = ()
    baseline: Beside | None = None


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The claims of one system.

    ``status`` is ``partial`` when a claim waits or has no data, else ``works`` or ``fails`` (see :attr:`ok`).
    ``knowledge`` names the pinned release of the knowledge base, which is what measurements use.
    """

    system: str
    title: str
    status: Literal["works", "partial", "fails"]
    claims: tuple[Result, ...]
    knowledge: str = ""

    @property
    def ok(self) -> bool:
        """No claim fails and at least one was measured."""
        return _ok(self.claims)


def _ok(results: tuple[Result, ...]) -> bool:
    statuses = {result.status for result in results}
    return "fails" not in statuses and bool(statuses & {"holds", "measured"})


def digest(path: Path) -> str:
    """SHA-256 of a file, or of a folder.

    A folder's is taken over the lines ``SHA-256  relative path`` of all its files, sorted by path, so that it
    depends on names and contents only.
    """
    if path.is_dir():
        files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
        lines = (f"{digest(files[name])}  {name}\n" for name in sorted(files))
        return sha256("".join(lines).encode()).hexdigest()
    total = sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def agrees(expected: float | int | bool | str | Bound, value: Value, tolerance: float = 0.0) -> bool:
    """Whether a measured value is the expected one; a bool is never a number.

    >>> agrees(19.1, 19.4, 0.3), agrees(19.1, 19.5, 0.3), agrees(Bound(at_most=5), 4.2), agrees(True, 1)
    (True, False, True, False)
    """
    if isinstance(expected, bool | str):
        return type(value) is type(expected) and value == expected
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(expected, Bound):
        return expected.holds(value)
    # The slack lets 30.2 be within 0.3 of 29.9, which binary fractions deny.
    slack = 1e-9 * max(1.0, abs(expected))
    return abs(value - expected) <= tolerance + slack


def unavailable(claim: Claim, slow: bool) -> tuple[str, ...]:
    """The needs of a claim that are not met here.

    Args:
        claim: The claim.
        slow: Whether the slow tier was asked for.
    """
    missing: list[str] = [
        need for need in claim.needs if any(not _importable(name) for name in REQUIREMENTS.get(need, ()))
    ]
    if (claim.tier == "slow" or "slow" in claim.needs) and not slow:
        missing.append("slow")
    return tuple(missing)


def _importable(name: str) -> bool:
    # A folder without a module in it is found as a namespace, which has no origin.
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


def reproduce(
    number: str,
    data: Path,
    *,
    slow: bool = False,
    progress: Callable[[str], None] = lambda measurement: None,
) -> Report:
    """Measure every claim of a system that can be measured here.

    Args:
        number: The system, e.g. ``"00"``.
        data: Folder below which the inputs of the claims lie.
        slow: Also measure the slow tier.
        progress: Called with the name of each measurement before it runs.

    Raises:
        UserError: No such system or folder, or the system has no claims yet.
    """
    system = find(number)
    records = claims(number)
    if not records:
        raise UserError(f"system {system.id} ({system.title}) is {system.status}: it has no claims to measure yet")
    if not data.is_dir():
        raise UserError(f"no such folder: {data}; --data is the folder that holds the inputs of the claims")

    waiting = {claim.id: unavailable(claim, slow) for claim in records}
    absent = {claim.id: [path for path in claim.inputs if not _place(data, path).exists()] for claim in records}
    ready = [claim for claim in records if not waiting[claim.id] and not absent[claim.id]]
    # Each measurement runs once, however many claims it answers.
    answers: dict[str, dict[str, Measurement] | str] = {}
    for name in dict.fromkeys(claim.measurement for claim in ready):
        progress(name)
        answers[name] = _measure(name, data, "slow" if slow else "ci")
    hashes = {path: digest(_place(data, path)) for path in {path for claim in ready for path in claim.inputs}}

    results = []
    for claim in records:
        if waiting[claim.id]:
            result = _result(claim, "waits", waits_for=waiting[claim.id])
        elif absent[claim.id]:
            result = _result(claim, "no-data", note=f"missing: {', '.join(absent[claim.id])}")
        else:
            # Without inputs there is no hash that could say "the same data".
            same = bool(claim.inputs) and all(hashes[path] == pinned for path, pinned in claim.inputs.items())
            result = _judge(claim, answers[claim.measurement], same)
        results.append(result)
    measured = {result.id: result for result in results}
    beside = tuple(_beside(claim, measured) for claim in records)
    return _report(system.id, system.title, beside)


def _beside(claim: Claim, results: Mapping[str, Result]) -> Result:
    """The result of a claim with its baseline, where it names one and was itself measured."""
    result = results[claim.id]
    if not claim.baseline or result.measured is None:
        return result
    other, paired = results[claim.baseline], results.get(claim.difference)
    pinned = isinstance(other.expected, int | float) and result.status in ("holds", "fails")
    if other.measured is None and pinned:
        assert not isinstance(other.expected, Bound)
        other = msgspec.structs.replace(other, id=f"{other.id} (as pinned)", measured=other.expected)
    words = in_words(result, other, claim.better, paired.interval if paired else None)
    baseline = Beside(claim=claim.baseline, value=other.measured, interval=other.interval, words=words)
    return msgspec.structs.replace(result, baseline=baseline)


def in_words(
    result: Result, other: Result, better: str = "higher", difference: tuple[float, float] | None = None
) -> str:
    """Whether a figure beats that of a baseline on the same cases.

    Args:
        result: The figure.
        other: The baseline's.
        better: Which way is better; empty for neither.
        difference: 95 % interval of the difference paired by case, which then decides. Without it the baseline's figure
            must lie outside the interval of ours; without any interval nothing is shown.

    >>> ours = Result(id="ours", sentence="", expected=None, measured=0.7, n=50, status="measured", interval=(0.6, 0.8))
    >>> theirs = Result(id="plain", sentence="", expected=None, measured=0.65, n=50, status="measured")
    >>> in_words(ours, theirs)
    'ours is not shown to beat the baseline plain: 0.7 [0.6, 0.8] against 0.65.'
    >>> in_words(ours, theirs, difference=(0.02, 0.09))
    'ours beats the baseline plain: 0.7 [0.6, 0.8] against 0.65; difference, paired [0.02, 0.09].'
    """
    mine, theirs = result.measured, other.measured
    if isinstance(mine, bool | str) or isinstance(theirs, bool | str) or mine is None or theirs is None:
        return f"The baseline {other.id} was not measured here."
    figures = f"{shown(mine)}{_ends(result.interval)} against {shown(theirs)}"
    if not better:
        return f"{result.id} beside the baseline {other.id}: {figures}."
    low, high = result.interval or (float("-inf"), float("inf"))
    above, below = low > theirs, high < theirs
    if difference is not None:
        above, below = difference[0] > 0, difference[1] < 0
        figures += f"; difference, paired{_ends(difference)}"
    elif result.interval is None:
        figures += ", no interval"
    ahead, behind = (above, below) if better == "higher" else (below, above)
    said = "beats" if ahead else "does not beat" if behind else "is not shown to beat"
    return f"{result.id} {said} the baseline {other.id}: {figures}."


def _ends(interval: tuple[float, float] | None) -> str:
    return f" [{shown(interval[0])}, {shown(interval[1])}]" if interval else ""


def _place(data: Path, path: str) -> Path:
    """Where an input lies: below the data folder, or among the inputs that ship with the package."""
    return shipped(data, path.removeprefix(OURS)) if path.startswith(OURS) else data / path


def _report(system: str, title: str, results: tuple[Result, ...]) -> Report:
    from workup.knowledge.releases import pinned_version

    status: Literal["works", "partial", "fails"] = "works" if _ok(results) else "fails"
    if any(result.status in ("waits", "no-data") for result in results):
        status = "partial"
    return Report(system=system, title=title, status=status, claims=results, knowledge=f"{pinned_version()} (pinned)")


def _measure(name: str, data: Path, tier: Tier) -> dict[str, Measurement] | str:
    """The answers of one measurement, or the text of the error that ended it."""
    from workup.knowledge.releases import pinned_only

    try:
        # Whatever a measurement prints must not end up within the JSON on stdout.
        with redirect_stdout(sys.stderr), pinned_only():
            answers = load(name)(data, tier)
        if not all(isinstance(answer, Measurement) for answer in answers.values()):
            raise TypeError("a measurement answers with a Measurement for each claim")
        return answers
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _judge(claim: Claim, answers: dict[str, Measurement] | str, same: bool) -> Result:
    if isinstance(answers, str):
        return _result(claim, "fails", note=answers)
    if claim.id not in answers and claim.inputs and not same:
        return _result(claim, "no-data", note="the sample holds nothing to measure it on")
    if claim.id not in answers:
        return _result(claim, "fails", note=f"{claim.measurement} gave no value for this claim")
    answer = answers[claim.id]
    try:
        value = _plain(answer.value)
        interval = _interval(answer)
    except (TypeError, ValueError) as error:
        return _result(claim, "fails", note=str(error))
    status: Outcome
    if claim.expected is None or not same:
        status = "measured" if value is not None else "no-data"
    else:
        status = "holds" if agrees(claim.expected, value, claim.tolerance) else "fails"
    return _result(claim, status, measured=value, n=int(answer.n), interval=interval, note=answer.note)


def _interval(answer: Measurement) -> tuple[float, float] | None:
    if answer.interval is None:
        return None
    lower, upper = answer.interval
    return float(lower), float(upper)


def _plain(value: object) -> Value:
    """A value of Python's own types, also from a numpy scalar."""
    item = getattr(value, "item", None)
    if callable(item):
        value = item()
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"measured {value}, which is not finite")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"measured a {type(value).__name__}, which is neither number, text nor truth value")


def _result(
    claim: Claim,
    status: Outcome,
    *,
    measured: Value = None,
    n: int | None = None,
    interval: tuple[float, float] | None = None,
    note: str = "",
    waits_for: tuple[str, ...] = (),
) -> Result:
    return Result(
        id=claim.id,
        sentence=claim.sentence,
        expected=claim.expected,
        measured=measured,
        n=n,
        status=status,
        interval=interval,
        tolerance=claim.tolerance,
        source=claim.source,
        note=note,
        waits_for=waits_for,
    )
