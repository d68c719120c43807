"""Samples of benchmarks of retrieval; the documents are part of the files."""

from __future__ import annotations

from pathlib import Path

from benchmark_samples import json_lines, sample

DOCUMENTS = [{"id": "d1", "title": "Fever", "text": "Fever comes first."}, {"id": "d2", "title": "", "text": "Rest."}]


@sample("r2med")
def r2med(folder: Path) -> list[Path]:
    return [
        json_lines(folder / "query.jsonl", [{"id": "0", "text": "What comes first?", "doc_id": ["d1"]}]),
        json_lines(folder / "corpus.jsonl", [{"id": row["id"], "text": row["text"]} for row in DOCUMENTS]),
        json_lines(folder / "qrels.jsonl", [{"q_id": "0", "p_id": "d1", "score": 1}]),
    ]


@sample("liveqa-retrieval")
def liveqa(folder: Path) -> list[Path]:
    qrels = folder / "qrels.tsv"
    qrels.write_text("question\tanswer_id\tgrade\n1\td1\t4\n1\td2\t2\n", encoding="utf-8")
    return [
        json_lines(folder / "queries.jsonl", [{"id": "1", "question": "What comes first?"}]),
        qrels,
        json_lines(folder / "answers.jsonl", DOCUMENTS),
    ]


@sample("pubmedqa-retrieval")
def pubmedqa(folder: Path) -> list[Path]:
    queries = [{"id": "d1", "question": "What comes first?", "relevant": ["d1"]}]
    return [json_lines(folder / "queries.jsonl", queries), json_lines(folder / "abstracts.jsonl", DOCUMENTS)]
