"""How well retrieval finds the answers of LiveQA-Med and PubMedQA (development halves).

    python benchmarks/retrieval_quality.py [--dense]

Parameters are those published for R2MED and fusion's usual constant; nothing was tuned on these data.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path

from workup.benchmarks.liveqa import LiveQARetrieval, PubMedQARetrieval, passages
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.retrieval import Figure, mean_figures
from workup.retrieval import BM25, Retriever
from workup.retrieval.dense import Dense
from workup.retrieval.encoder import MiniLM
from workup.retrieval.retriever import Hybrid

FIGURES: tuple[tuple[Figure, int], ...] = (("ndcg", 10), ("mrr", 10), ("recall", 10))


def measure(name: str, retriever: Retriever, cases: list[Case]) -> None:
    started = time.process_time()
    rankings = {case.id: [hit.id for hit in retriever.search(case.question.text)] for case in cases if case.question}
    seconds = time.process_time() - started
    judged: dict[str, Mapping[str, float]] = {case.id: case.reference.relevant for case in cases if case.reference}
    cells = []
    for figure, depth in FIGURES:
        estimate = mean_figures(rankings, judged, figure=figure, depth=depth)
        low, high = estimate.interval or (0.0, 0.0)
        cells.append(f"{estimate.metric} {estimate.value:.4f} [{low:.4f}, {high:.4f}]")
    print(f"{name} | {retriever.name} | n={estimate.n} | {' | '.join(cells)} | "
          f"{1000 * seconds / len(cases):.1f} ms CPU a query", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dense", action="store_true", help="encode the documents too (minutes)")
    dense = parser.parse_args().dense
    data = Path(os.environ["WORKUP_DATA"])
    medquad, pubmed = data / "corpus-medquad", data / "corpus-pubmedqa"
    liveqa = [medquad / f"liveqa_{name}" for name in ("queries_dev.jsonl", "qrels_dev.tsv", "answers_dev.jsonl")]
    sets = (
        ("pubmedqa", PubMedQARetrieval(), [pubmed / "queries.jsonl", pubmed / "abstracts.jsonl"]),
        ("liveqa, judged answers", LiveQARetrieval(), liveqa),
        ("liveqa, with MedQuAD", LiveQARetrieval(), [*liveqa, medquad / "passages.jsonl"]),
    )
    for name, benchmark, files in sets:
        cases = [case for case in benchmark.read(files) if isinstance(case, Case)]
        corpus = [one for one in passages(files) if not isinstance(one, Issue)]
        words = BM25.build(corpus)
        print(f"{name}: {len(corpus)} documents")
        measure(name, words, cases)
        if dense:
            started = time.process_time()
            meaning = Dense.build(corpus, MiniLM())
            print(f"encoded in {time.process_time() - started:.0f} s CPU")
            measure(name, meaning, cases)
            measure(name, Hybrid([words, meaning]), cases)


if __name__ == "__main__":
    main()
