"""System 62: the table of released retrieval results, and the demonstration set.

Read from ``62-r2med``: nDCG@10 of every released result file by set, and the Biology demonstration set.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from workup.benchmarks.r2med import R2MED
from workup.benchmarks.rows import Row, rows
from workup.case import Case
from workup.evaluation.retrieval import query_figures
from workup.retrieval import BM25, Retriever
from workup.retrieval.expansion import Expanded, hyde_text, query2doc_text
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

RESULTS = "62-r2med/published_ndcg10.json"
DEMO = tuple(f"62-r2med/biology_demo_{name}.jsonl" for name in ("corpus", "query", "qrels", "query_with_hydoc"))
SETS = 8
# A whole corpus of the release, which only the user can supply.
FULL = "62-r2med/full/Biology"


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


@measurement("r2med.demo")
def demo(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The Biology demonstration set end to end: read, indexed, searched as it is and with its recorded passages."""
    files = [data / name for name in DEMO]
    cases = [case for case in R2MED().read(files) if isinstance(case, Case) and case.question and case.reference]
    corpus = {row.text("id"): row.text("text") for row in rows(files[0]) if isinstance(row, Row)}
    passages = {row.text("text"): row.text("hy_doc") for row in rows(files[3]) if isinstance(row, Row)}
    words = BM25.build(corpus.items())
    searched: dict[str, Retriever] = {
        "bm25": words,
        "hyde": Expanded(words, lambda query: hyde_text(query, passages[query]), "hyde"),
        "query2doc": Expanded(words, lambda query: query2doc_text(query, passages[query]), "query2doc"),
    }
    answers = {
        "demo-cases": Measurement(value=len(cases), n=len(cases)),
        "demo-relevant-in-corpus": Measurement(
            value=sum(name in corpus for case in cases if case.reference for name in case.reference.relevant),
            n=sum(len(case.reference.relevant) for case in cases if case.reference),
            note="no nDCG can be measured where nothing relevant can be found",
        ),
    }
    for name, retriever in searched.items():
        found = [retriever.search(case.question.text) for case in cases if case.question]
        answers[f"demo-{name}-ranked"] = Measurement(value=sum(bool(hits) for hits in found), n=len(cases))
    return answers


@measurement("r2med.full")
def full(data: Path, tier: Tier) -> dict[str, Measurement]:
    """BM25 over a whole released corpus that the user supplies, beside the published figure of it, in per cent."""
    folder = data / FULL
    documents = ((row.text("id"), row.text("text")) for row in rows(folder / "corpus.jsonl") if isinstance(row, Row))
    index = BM25.build(documents, k1=0.9, b=0.4)
    files = [folder / name for name in ("query.jsonl", "qrels.jsonl")]
    cases = [case for case in R2MED().read(files) if isinstance(case, Case) and case.question and case.reference]
    gains = []
    for case in cases:
        assert case.question is not None
        assert case.reference is not None
        found = [hit.id for hit in index.search(case.question.text, 100)]
        gains.append(query_figures(found, case.reference.relevant, (10,)).ndcg[10])
    return {"full-biology-bm25": Measurement(value=100 * sum(gains) / len(gains) if gains else None, n=len(gains))}


def _name(result: str) -> str:
    return result.removeprefix("results/").replace("base retriever/", "retriever/").replace("/", "-")
