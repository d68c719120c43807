"""System 62: the table of released retrieval results, and the demonstration set.

Read from ``62-r2med``: nDCG@10 of every released result file by set, and the Biology demonstration set.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

RESULTS = "62-r2med/published_ndcg10.json"
SETS = 8


@measurement("r2med.means")
def means(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Mean nDCG@10 over the eight sets for every released result, and the best of each kind, in per cent."""
    table = msgspec.json.decode((data / RESULTS).read_bytes(), type=dict[str, dict[str, float]])
    whole = {name: 100 * sum(row.values()) / len(row) for name, row in table.items() if len(row) == SETS}
    answers = {_name(name): Measurement(value=round(value, 2), n=SETS) for name, value in whole.items()}
    if whole:
        best = max(whole, key=lambda name: whole[name])
        answers["best"] = Measurement(value=best, n=len(whole), note=f"{whole[best]:.2f}")
    answers["rows"] = Measurement(value=len(whole), n=len(table))
    return answers


def _name(result: str) -> str:
    return result.removeprefix("results/").replace("base retriever/", "retriever/").replace("/", "-")
