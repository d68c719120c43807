"""Draw our strategies with SmolLM2 beside the released runs of MedAgentsBench, on the same 20 items.

python scripts/plot_medagents_bench.py DATA OUT.svg [tokens|seconds]
"""

from __future__ import annotations

import sys
from pathlib import Path

from workup.evaluation.method_plot import method_plot
from workup.systems.measurements.medagents_strategies import own_points, published_points


def main() -> None:
    """Measure and draw."""
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    axis = "seconds" if sys.argv[3:] == ["seconds"] else "tokens"
    groups = {"published": published_points(data), "here": list(own_points(data).values())}
    out.write_text(method_plot(groups, axis), encoding="utf-8")


if __name__ == "__main__":
    main()
