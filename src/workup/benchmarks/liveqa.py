"""Retrieval for consumers' and researchers' questions: LiveQA-Med with its graded answers, and PubMedQA's abstracts.

LiveQA: ``liveqa_queries*.jsonl`` {``id``, ``question``, ``summary``, ``focus``, ``type``}; documents, the judged
``liveqa_answers*.jsonl`` and MedQuAD's ``passages.jsonl`` {``id``, ``title``, ``text``, ...}; ``liveqa_qrels*.tsv``
with ``question``, ``answer_id``, ``grade`` (1 incorrect, 2 related, 3 incomplete, 4 excellent). The gain of a document
is its grade less one, the mean where it was judged more than once.
PubMedQA: ``queries.jsonl`` {``id``, ``question``, ``relevant`` [..]} and ``abstracts.jsonl`` {``id``, ``text``}; one
relevant abstract a question, so that recall says more than precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases, rows
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.retrieval import RankingScore, RetrievalMetric
from workup.evaluation.score import Metric, Scorer

GRADES = ("1", "2", "3", "4")


def passages(paths: Sequence[Path]) -> Iterator[tuple[str, str] | Issue]:
    """Id and words of every document of some files; rows without ``text`` are no documents.

    A title goes before the text. MedQuAD uses some ids for several documents: the second becomes ``id#2``, so that none
    is lost, and an issue says how many.
    """
    seen: dict[str, int] = {}
    for path in paths:
        for row in rows(path):
            if isinstance(row, Issue):
                yield row
                continue
            if "text" not in row.values or "doc_id" in row.values:
                continue
            try:
                name, text = row.text("id"), row.text("text")
            except DataError as error:
                yield error.issue
                continue
            title = str(row.values.get("title") or "")
            seen[name] = seen.get(name, 0) + 1
            yield f"{name}#{seen[name]}" if seen[name] > 1 else name, f"{title}\n{text}" if title else text
    if again := sum(times - 1 for times in seen.values()):
        yield Issue(
            message=f"{again} documents have the id of another; they are numbered: id#2",
            severity="info",
            code="id used again",
        )


class LiveQARetrieval:
    """Consumer health questions and their graded answers."""

    header = Header(
        name="liveqa-retrieval",
        title="LiveQA-Med 2017 over MedQuAD",
        paper="Ben Abacha et al. 2017 (TREC); Ben Abacha and Demner-Fushman 2019, BMC Bioinformatics",
        licence="CC BY 4.0; supplied by the user",
        form="retrieval",
        layout="Queries {id, question}, a table of question, answer_id, grade (1-4), and documents {id, title, text}.",
        systems=("49",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """A case for each question with judged documents; the files are told apart by their fields.

        Raises:
            DataError: The queries or the judgements are missing.
        """
        judged: dict[str, dict[str, list[float]]] = {}
        asked: list[Path] = []
        for path in paths:
            for row in rows(path):
                if isinstance(row, Issue):
                    yield row
                elif "grade" in row.values:
                    try:
                        gain = float(row.one_of("grade", GRADES)) - 1.0
                        of_question = judged.setdefault(row.text("question"), {})
                        of_question.setdefault(row.text("answer_id"), []).append(gain)
                    except DataError as error:
                        yield error.issue
                else:
                    if "question" in row.values and "text" not in row.values:
                        asked.append(path)
                    break
        if not asked or not judged:
            raise DataError("queries or judgements are missing", remedy="give the queries, the qrels and the answers")

        if twice := sum(len(set(gains)) > 1 for of_question in judged.values() for gains in of_question.values()):
            yield Issue(
                message=f"{twice} answers were judged more than once, with different grades; the mean is used",
                severity="info",
                code="judged twice",
            )

        def read(row: Row) -> Case:
            name = row.text("id")
            if name not in judged:
                raise row.error("has no judged document", "id", "give its judgements")
            return Case(
                id=name,
                question=Question(row.text("question"), form="retrieval"),
                reference=Reference(
                    relevant={document: fmean(gains) for document, gains in judged[name].items()},
                    extensions={"summary": row.values.get("summary", "")},
                ),
                provenance={"type": row.values.get("type", "")},
            )

        yield from cases(asked, read)

    def scorers(self) -> Sequence[Scorer]:
        """Graded nDCG@10 of each question."""
        return (RankingScore("ndcg", 10),)

    def metrics(self) -> Sequence[Metric]:
        """Graded nDCG@10, recall@10 and MRR."""
        return (RetrievalMetric("ndcg", 10), RetrievalMetric("recall", 10), RetrievalMetric("mrr"))


class PubMedQARetrieval:
    """Questions that the titles of abstracts ask, and the abstract of each."""

    header = Header(
        name="pubmedqa-retrieval",
        title="PubMedQA (PQA-L) as known-item retrieval",
        paper="Jin et al. 2019, EMNLP",
        licence="MIT; supplied by the user",
        form="retrieval",
        layout="Queries {id, question, relevant [..]} and abstracts {id, text}.",
        systems=("49",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """A case for each query; files of abstracts are passed over."""
        yield from cases([path for path in paths if _holds(path, "relevant")], _known_item)

    def scorers(self) -> Sequence[Scorer]:
        """Recall@10 of each question: whether its one abstract is found."""
        return (RankingScore("recall", 10),)

    def metrics(self) -> Sequence[Metric]:
        """Recall@10, MRR and nDCG@10."""
        return (RetrievalMetric("recall", 10), RetrievalMetric("mrr"), RetrievalMetric("ndcg", 10))


def _holds(path: Path, field: str) -> bool:
    first = next((row for row in rows(path) if isinstance(row, Row)), None)
    return first is not None and field in first.values


def _known_item(row: Row) -> Case:
    relevant = row.values.get("relevant")
    if not isinstance(relevant, list) or not relevant or not all(isinstance(name, str) for name in relevant):
        raise row.error("must be a list of ids", "relevant")
    return Case(
        id=row.text("id"),
        question=Question(row.text("question"), form="retrieval"),
        reference=Reference(relevant=dict.fromkeys(relevant, 1.0)),
    )
