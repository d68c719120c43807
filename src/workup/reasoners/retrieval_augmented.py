"""Retrieval-augmented answering: the passages of a corpus that are nearest to the question stand before it.

Papers: Lewis et al. 2020 (arXiv 2005.11401); in medicine, Xiong et al. 2024 (MedRAG, arXiv 2402.13178). BM25 finds the
passages by the words of case and question; ``retriever=dense`` by their meaning, ``hybrid`` by both.

    asked    <passage number="1"> Koplik spots are ... </passage> <question> ... </question> ...
    reply    Passage 1 says "Koplik spots are pathognomonic of measles". Answer: A
    step     the quotation, found in record 7 of the corpus, characters 120-166; or marked as found nowhere
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from workup.reasoners import asking
from workup.reasoners.corpus import Corpus, quotations
from workup.reasoners.method import Method, Task
from workup.reasoners.options import Options
from workup.reasoning import Reasoning, Step

INSTRUCTION = """\
Use the passages where they help; they may be beside the point. Quote what you rely on word for word, between \
quotation marks. Then end with one line: "Answer: " and then {wanted}."""


class RetrievalAugmentedOptions(Options, frozen=True, kw_only=True):
    """The file of the corpus, how many passages to show, and how they are found."""

    corpus: str
    k: Annotated[int, Meta(ge=1, le=100)] = 3
    retriever: Literal["bm25", "dense", "hybrid"] = "bm25"
    language: str = "none"


class RetrievalAugmented(Method[RetrievalAugmentedOptions]):
    """Shows the ``k`` best passages, asks once, and checks every quotation of the reply against them."""

    name = "retrieval-augmented"
    needs = ("model", "corpus")
    prompts = asking.prompts(instruction=INSTRUCTION)
    options = RetrievalAugmentedOptions

    def work(self, task: Task[RetrievalAugmentedOptions]) -> Reasoning:
        """Search, ask, check the quotations."""
        options, path = task.options, Path(task.options.corpus)
        made = (str(path), options.retriever, options.language)
        corpus = self.once(made, lambda: Corpus(path, options.retriever, options.language))
        task.versions |= {"corpus": corpus.sha256, "retriever": corpus.retriever.name}
        query = f"{asking.described(task.case)} {task.question.text}"
        found = corpus.search(query, task.options.k)
        data = [
            asking.marked("passage", f"{passage.title}\n{passage.text}" if passage.title else passage.text, number)
            for number, (passage, _) in enumerate(found, 1)
        ]
        (reply,) = task.ask(task.messages(INSTRUCTION, data=data))
        steps = [
            Step(kind="claim", claim=f"passage {number} was given", evidence=(passage.evidence(score),))
            for number, (passage, score) in enumerate(found, 1)
        ]
        for words, evidence in quotations(reply, [passage for passage, _ in found]):
            where = "" if evidence.supported else ", which none of the passages says"
            steps.append(Step(kind="claim", claim=f"quoted: {words}{where}", evidence=(evidence,)))
        return task.reasoning(task.read(reply), text=reply, steps=steps)
