from collections.abc import Callable
from typing import Any

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.row_values import RowValues
from workup.reasoning import Evidence, Hypothesis, Step

def described(
    evidence: type[Evidence],
    values: type[RowValues],
    lists: tuple[list[Any], ...],
    source: str,
    joined: Callable[[int, int], str],
    table: Array,
    places: Array,
    counts: Array,
    relations: Array | None,
    ancestors: Array | None,
) -> list[tuple[Evidence, ...]]: ...
def finding_steps(
    step: type[Step],
    at_large: str,
    ids: list[str],
    labels: list[str],
    weights: Array,
    ratios: Array,
    starts: Array,
    times: list[str],
    worded: Callable[[float], str],
    meetings: tuple[tuple[str, str, str], ...],
    relations: Array,
    terms: Array,
    ancestors: Array,
    names: list[str],
    proofs: list[tuple[Evidence, ...]],
    nothing: tuple[Evidence, ...],
) -> list[list[Step]]: ...
def excluded_steps(
    step: type[Step],
    ids: list[str],
    labels: list[str],
    absent: str,
    annotated: str,
    silent: str,
    weights: Array,
    number: Array,
    place: Array,
    shown: Array,
    names: list[str],
    proofs: list[tuple[Evidence, ...]],
    parameter: tuple[Evidence, ...],
) -> list[list[Step]]: ...
def unmade(known: list[Step | None], places: Array) -> Array: ...
def grouped(known: list[Step | None], places: Array, owners: Array, groups: int) -> list[tuple[Step, ...]]: ...
def missing_steps(
    step: type[Step],
    ids: list[str],
    labels: list[str],
    expected: str,
    unreported: str,
    terms: Array,
    shares: list[str],
    proofs: list[tuple[Evidence, ...]],
) -> list[Step]: ...
def hypotheses(
    hypothesis: type[Hypothesis],
    portraits: list[Any],
    ranks: list[float],
    scores: list[float],
    probabilities: list[float],
    explained: list[list[Step]],
    ruled_out: list[list[Step]],
    others: list[list[Step]],
    missing: list[tuple[Step, ...]],
    ids: list[str],
    weights: Array,
) -> tuple[Hypothesis, ...]: ...
