from workup.knowledge.arrays import Array

def matches(findings: Array, candidates: Array, *arrays: Array) -> tuple[Array, Array, Array, Array, Array]: ...
def company(direct: Array, indptr: Array, columns: Array, own: Array, scale: Array, noise: float) -> Array: ...
def ratios(wanted: list[int], candidates: int, *arrays: Array) -> Array: ...
def add_rows(total: Array, rows: list[Array]) -> None: ...
def add_scaled(total: Array, row: Array, factor: float) -> None: ...
def add_excluded(total: Array, shown: list[tuple[Array, Array, float]], factor: float, scale: float) -> None: ...
def highest(terms: Array, indptr: Array, owners: Array, values: Array, candidates: int) -> tuple[Array, Array]: ...
def add_absences(
    weights: Array, candidates: Array, shown: list[tuple[Array, Array, float]], factor: float, size: int
) -> None: ...
def contradicted(
    candidates: Array,
    diseases: Array,
    positions: list[Array],
    findings: Array,
    below_offsets: Array,
    below: Array,
    indptr: Array,
    terms: Array,
    size: int,
    all_terms: int,
) -> tuple[Array, Array, Array]: ...
def missing(
    diseases: Array,
    present: Array,
    excluded: Array,
    above_offsets: Array,
    above: Array,
    below_offsets: Array,
    below: Array,
    offsets: Array,
    terms: Array,
    all_terms: int,
    most: int,
) -> tuple[Array, Array]: ...
