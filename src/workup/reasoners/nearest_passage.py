"""The option that a corpus supports best: what searching alone gives, without a model.

Each option is searched for together with the question; its support is the BM25 score of the best passage. It answers
what one passage says in the words of the question, and nothing else, so that it is the baseline of open-book questions.
Long options have more words to find: it suits options of similar length.

    options   A. Dremocyte  B. Talvocyte
    passage   Norvorin is made by the Dremocyte.   support 9.1 (A), 4.4 (B)
    answer    A
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from workup.case import Form
from workup.reasoners import asking
from workup.reasoners.corpus import Corpus
from workup.reasoners.method import Method, Task, chosen
from workup.reasoners.options import Options
from workup.reasoning import Reasoning, Step

_NO_OPTIONS = "without options there is nothing to choose from"


class NearestPassageOptions(Options, frozen=True, kw_only=True):
    """The file of the corpus."""

    corpus: str


class NearestPassage(Method[NearestPassageOptions]):
    """Answers with the option that has the best passage; abstains when no passage tells the options apart."""

    name = "nearest-passage"
    needs = ("corpus",)
    options = NearestPassageOptions
    refuses: ClassVar[Mapping[Form, str]] = {
        "choices": "support says which option is best, not how many are right",
        "diagnosis": _NO_OPTIONS,
        "number": _NO_OPTIONS,
        "text": _NO_OPTIONS,
        "correction": _NO_OPTIONS,
        "rationale": "it quotes a passage and gives no reasons",
    }

    def work(self, task: Task[NearestPassageOptions]) -> Reasoning:
        """Search once for each option."""
        question = task.question
        if not question.options:
            return task.abstains(_NO_OPTIONS)
        path = Path(task.options.corpus)
        corpus: Corpus = self.once((str(path),), lambda: Corpus(path))
        task.versions["corpus"] = corpus.sha256
        asked = f"{asking.described(task.case)} {question.text}"
        best = {key: corpus.search(f"{asked} {text}", 1) for key, text in question.options.items()}
        support = {key: found[0][1] if found else 0.0 for key, found in best.items()}
        steps = [
            Step(
                kind="claim", claim=f"option {key} has support {support[key]:.3f}", evidence=(passage.evidence(score),)
            )
            for key, found in best.items()
            for passage, score in found
        ]
        if len(support) > 1 and max(support.values()) == min(support.values()):
            return task.abstains("the corpus supports every option alike")
        # A BM25 score is no probability, so that none is stated.
        return task.reasoning(chosen(question, max(support, key=lambda key: support[key]), 0.0), steps=steps)
