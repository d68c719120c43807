"""Search as a reasoner: ranks the documents of a corpus for a question; a model may rewrite the query first.

Papers: BM25, Robertson and Zaragoza 2009; HyDE, Gao et al. 2023; Query2Doc, Wang et al. 2023; LameR, Shen et al. 2024;
all as R2MED (2025) compares them.

    question   Which gene is behind ...?
    query      the question; with expansion=hyde, a passage that the model imagines
    answer     ids of the best documents, best first
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from workup.benchmarks.liveqa import passages
from workup.case import Case, Question
from workup.errors import DataError, Issue, UserError
from workup.models.model import Model
from workup.reasoners import asking
from workup.reasoners.method import Method, Task
from workup.reasoners.options import Options
from workup.reasoning import Answer, Evidence, Reasoning, Step
from workup.retrieval import expansion
from workup.retrieval.over import retriever_over
from workup.retrieval.retriever import Retriever

SHOWN = 3
"""How many of the documents become steps with their words."""


class RetrieveOptions(Options, frozen=True, kw_only=True):
    """The files of the corpus, how it is searched, how the query is rewritten, and how many documents are ranked."""

    corpus: str | list[str]
    retriever: Literal["bm25", "dense", "hybrid"] = "bm25"
    language: str = "english"
    expansion: Literal["none", "hyde", "query2doc", "lamer"] = "none"
    depth: Annotated[int, Meta(ge=1, le=10_000)] = 100


class Retrieve(Method[RetrieveOptions]):
    """Ranks the documents of a corpus; takes questions of retrieval only."""

    name = "retrieval"
    # A model only with ``expansion``.
    needs = ("corpus",)
    prompts = asking.prompts(expansion=expansion.PROMPT, shown=expansion.PROMPT_SHOWN)
    options = RetrieveOptions

    def unfit(self, case: Case, question: Question) -> str:
        """Only a ranking of documents can be given."""
        return "" if question.form == "retrieval" else "this method ranks documents, and no ranking is asked for"

    def work(self, task: Task[RetrieveOptions]) -> Reasoning:
        """Rewrite, search, rank."""
        options = task.options
        files = [options.corpus] if isinstance(options.corpus, str) else options.corpus
        made = (*files, options.retriever, options.language)
        retriever, texts = self.once(made, lambda: _opened(files, options.retriever, options.language))
        query = " ".join(part for part in (asking.described(task.case), task.question.text) if part)
        written = self._expanded(task, query, retriever, texts)
        task.versions["retriever"] = retriever.name
        hits = retriever.search(written, options.depth)
        steps = [
            Step(
                kind="claim",
                claim=f"rank {rank}: {hit.id}",
                evidence=(
                    Evidence(kind="passage", source=hit.id, quote=texts[hit.id][:1000], values={"score": hit.score}),
                ),
            )
            for rank, hit in enumerate(hits[:SHOWN], 1)
        ]
        if not hits:
            return task.abstains("no document shares a word with the question")
        ids = tuple(hit.id for hit in hits)
        answer = Answer(level="list", text=", ".join(ids[:10]), ids=ids)
        return task.reasoning(answer, text="" if written == query else written, steps=steps)

    def _expanded(self, task: Task[RetrieveOptions], query: str, retriever: Retriever, texts: dict[str, str]) -> str:
        kind = task.options.expansion
        if kind == "none":
            return query
        if task.ctx.model is None:
            raise UserError(f"expansion={kind} needs a language model; name one: --model NAME")
        model: Model = task.ctx.model
        # The draws are seeded, and so can be repeated.
        sampling = msgspec.structs.replace(expansion.SAMPLING, seed=task.ctx.seed)
        if kind == "lamer":
            return expansion.lamer(model, retriever, texts, sampling=sampling)(query)
        return (expansion.hyde if kind == "hyde" else expansion.query2doc)(model, sampling=sampling)(query)


def _opened(files: list[str], kind: str, language: str) -> tuple[Retriever, dict[str, str]]:
    """The retriever over the documents of some files, and their words.

    Raises:
        UserError: A file cannot be read, or holds no document.
    """
    try:
        documents = [one for one in passages([Path(file) for file in files]) if not isinstance(one, Issue)]
    except DataError as error:
        raise UserError(f"the corpus cannot be used: {error}") from error
    if not documents:
        raise UserError(f"the corpus cannot be used: {', '.join(files)} hold no record with id and text")
    return retriever_over(documents, kind, language), dict(documents)
