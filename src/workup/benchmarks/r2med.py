"""R2MED: retrieval in which the relevant documents match an inferred answer, not the words of the query.

``*query.jsonl`` {``id``, ``text``, ``doc_id`` [..], ``answer``}; ``*corpus.jsonl`` {``id``, ``text``};
``*qrels.jsonl`` {``q_id``, ``p_id``, ``score``}; ``*query_with_hydoc.jsonl`` adds ``hy_doc``, a passage that a
language model imagined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases, rows
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.retrieval import RankingScore, RetrievalMetric
from workup.evaluation.score import Metric, Scorer


class R2MED:
    """Queries with their relevant documents; the corpus is searched by the reasoner."""

    header = Header(
        name="r2med",
        title="R2MED: reasoning-driven medical retrieval",
        paper="R2MED, 2025",
        licence="MIT; supplied by the user",
        form="retrieval",
        layout="query.jsonl, corpus.jsonl and qrels.jsonl of each of eight sets.",
        systems=("62",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """A case for each query, its relevant documents from the qrels where they are given.

        Args:
            paths: The files of one set; they are told apart by their fields.
        """
        judged: dict[str, dict[str, float]] = {}
        asked: list[Path] = []
        for path in paths:
            for row in rows(path):
                if isinstance(row, Issue):
                    yield row
                elif "q_id" in row.values:
                    judged.setdefault(row.text("q_id"), {})[row.text("p_id")] = _score(row)
                else:
                    # The corpus has no list of documents; only queries do.
                    if "doc_id" in row.values and "hy_doc" not in row.values:
                        asked.append(path)
                    break
        if not asked:
            raise DataError("none of the files holds queries", remedy="give query.jsonl as well")

        def read(row: Row) -> Case:
            name = row.text("id")
            listed = row.values.get("doc_id") or []
            relevant = judged.get(name) or dict.fromkeys((str(document) for document in listed), 1.0)
            if not relevant:
                raise row.error("has no relevant document", "doc_id", "give the qrels")
            return Case(
                id=name,
                question=Question(row.text("text"), form="retrieval"),
                reference=Reference(answer=str(row.values.get("answer") or "") or None, relevant=relevant),
            )

        yield from cases(asked, read)

    def scorers(self) -> Sequence[Scorer]:
        """nDCG@10 of each query."""
        return (RankingScore("ndcg", 10),)

    def metrics(self) -> Sequence[Metric]:
        """nDCG@10, as published, recall@10 and MRR."""
        return (RetrievalMetric("ndcg", 10), RetrievalMetric("recall", 10), RetrievalMetric("mrr"))


def _score(row: Row) -> float:
    value = row.values.get("score")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise row.error("is missing", "score")
    try:
        return float(value)
    except ValueError as error:
        raise row.error(f"is {value!r}, no number", "score") from error
