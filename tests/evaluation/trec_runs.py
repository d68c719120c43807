"""200 random runs, the same on every machine: with ties, queries that a run misses, and more relevants than any cut."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

Judged = dict[str, dict[str, int]]
Run = dict[str, dict[str, float]]
RUNS = 200
# trec_eval's names of what is compared.
MEASURES = ("ndcg_cut_5", "ndcg_cut_10", "ndcg_cut_100", "map_cut_10", "map_cut_100", "recip_rank", "recall_10", "P_10")


def runs() -> Iterator[tuple[Judged, Run]]:
    """Judgements and a run each; only ``Random.random`` is drawn from, whose numbers never change."""
    random = Random(20261122)

    def below(limit: int) -> int:
        return int(random.random() * limit)

    for number in range(RUNS):
        judged: Judged = {}
        run: Run = {}
        grades = (2, 4)[number % 2]
        for query in range(1 + below(4)):
            documents = {f"d{below(60)}" for _ in range(1 + below(60))}
            judged[f"q{query}"] = {name: below(grades) for name in sorted(documents)}
            if query and random.random() < 0.2:
                continue
            scores = 1 + below(30)
            found = {f"d{below(60)}" for _ in range(1 + below(60))}
            run[f"q{query}"] = {name: float(below(scores)) for name in sorted(found)}
        yield judged, run
