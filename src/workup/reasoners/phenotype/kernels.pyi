from collections.abc import Callable
from typing import Any

from workup.knowledge.arrays import Array
from workup.reasoning import Evidence, Step

def matches(findings: Array, candidates: Array, *arrays: Array) -> tuple[Array, Array, Array, Array, Array]: ...
def company(direct: Array, indptr: Array, columns: Array, own: Array, scale: Array, noise: float) -> Array: ...
def ratios(wanted: list[int], candidates: int, *arrays: Array) -> Array: ...
def add_rows(total: Array, rows: list[Array]) -> None: ...
def add_excluded(total: Array, shown: list[tuple[Array, Array, float]], factor: float, scale: float) -> None: ...
def highest(terms: Array, indptr: Array, owners: Array, values: Array, candidates: int) -> tuple[Array, Array]: ...
def described(
    evidence: type[Evidence],
    empty: dict[str, Any],
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
    ratios: list[str],
    words: list[str],
    proofs: list[tuple[Evidence, ...]],
) -> list[list[Step]]: ...
