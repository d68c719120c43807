"""System 35: the rule of the released scores, on made-up judged rows.

No predictions were released and the cases may not be passed on, so that the rule is checked on
``shipped:diagnosis_arena_judged.jsonl``: rows made for its corner cases (more than five boxes, fewer, none, a 1 alone).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.diagnosis_arena import judged_scores, option_accuracy
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier, shipped


@measurement("diagnosis_arena.rule")
def rule(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Top-1 and top-5 of the judged rows, and the accuracy of the answered options, ours and upstream's."""
    text = shipped(data, "diagnosis_arena_judged.jsonl").read_bytes()
    rows: list[dict[str, Any]] = [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    judged, answered = [row for row in rows if "response" in row], [row for row in rows if "Right Option" in row]
    scores = judged_scores(judged)
    ours, n, interval = option_accuracy(answered)
    theirs, _, _ = option_accuracy(answered, upstream_compatible=True)
    return {
        "top1": Measurement(value=scores.top1, n=scores.n, interval=scores.top1_interval),
        "top5": Measurement(value=scores.top5, n=scores.n, interval=scores.top5_interval),
        "unscored": Measurement(value=scores.unscored, n=len(judged)),
        "options": Measurement(value=ours, n=n, interval=interval),
        "options-upstream": Measurement(value=theirs, n=n),
    }
