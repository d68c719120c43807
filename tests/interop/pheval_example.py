"""Six made-up patients whose true disease has rank 1, 3, 4, 10, 12 or none, as result files of PheVal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from workup.interop.pheval import KINDS, Answer, ResultKind, standard_rows, to_parquet

TRUE = {"a": 0, "b": 2, "c": 3, "d": 9, "e": 11, "f": None}
COUNT = 15


def example_rows(kind: ResultKind, true: int | None) -> dict[str, list[Any]]:
    # Every third score equals the one before it.
    scores = np.array([0.5 ** (i - (i % 3 == 2)) for i in range(COUNT)])
    answers = [Answer(f"OMIM:{i}", f"MONDO:{i}") if kind == "disease" else Answer(f"GENE{i}", "") for i in range(COUNT)]
    unranked = [Answer("OMIM:99", "OMIM:99") if kind == "disease" else Answer("GENE99", "")]
    return standard_rows(kind, answers, scores, [] if true is None else [true], unranked if true is None else [])


def write_example(folder: Path) -> None:
    for kind in KINDS:
        results = folder / f"pheval_{kind}_results"
        results.mkdir(parents=True)
        for name, true in TRUE.items():
            (results / f"{name}-{kind}_result.parquet").write_bytes(to_parquet(kind, example_rows(kind, true)))


if __name__ == "__main__":
    write_example(Path(sys.argv[1]))
