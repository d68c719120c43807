"""A rule that judges the steps of a reasoning by their words; no model, no network.

A baseline with plain limits: it sees words and not what they say. A step that restates the record (Citation) or an
earlier step (Repetition) shares most of its terms with it; one that shares none with case, result or reference is
Redundancy; anything else is Reasoning. A claim is Correct when one sentence of what a bounded search finds holds most
of its terms and agrees with it on negation, Wrong when such a sentence disagrees, and unread when none is found. A
reference step is hit when the output holds most of its terms. The shares are choices, tuned on nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from workup.evaluation.judges.judge import Item, Sheet
from workup.evaluation.judges.search import Again, Passage, bounded_search
from workup.evaluation.verdicts import Verdict
from workup.retrieval.retriever import Retriever
from workup.retrieval.words import Analyser

VERSION = "1"
RESTATED, HIT, HELD = 0.8, 0.6, 0.7
_NEGATION = re.compile(
    r"\b(?:no|not|never|without|cannot|absent|excluded?s?|denies|negative|unlikely|rules? out)\b"
    r"|\b(?:contraindicated|avoid)\b|n't\b"
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+|(?<=[。！？])")


class LexicalSteps:
    """Judges ``step``, ``fact`` and ``hit`` sheets by shared terms.

    Attributes:
        name: ``rule:lexical-steps``, its version, and what it searches.
    """

    def __init__(self, retriever: Retriever | None = None, texts: Mapping[str, str] | None = None) -> None:
        """Use a corpus for the facts.

        Args:
            retriever: Searches the corpus; without one every ``fact`` stays unread.
            texts: Words of each document of the corpus.
        """
        self.retriever = retriever
        self.texts = texts or {}
        self.name = f"rule:lexical-steps@{VERSION}" + (f"+{retriever.name}:{len(self.texts)}" if retriever else "")
        self._analyser = Analyser()

    def judge(self, sheet: Sheet) -> list[Verdict]:
        """A verdict for each item.

        Raises:
            ValueError: The sheet asks something else.
        """
        if sheet.task == "step":
            return self._steps(sheet)
        if sheet.task == "fact":
            return [self._fact(sheet, item) for item in sheet.items]
        if sheet.task == "hit":
            output = self._terms(sheet.context["answer"])
            verdicts = []
            for item in sheet.items:
                terms = self._terms(item.text)
                share = self._share(terms, output)
                # A line of marks alone says nothing that could be hit.
                verdict = None if not terms else "hit" if share >= HIT else "missed"
                verdicts.append(sheet.verdict(item, verdict, self.name, f"{share:.2f} of its terms"))
            return verdicts
        raise ValueError(f"{self.name} judges steps, facts and hits, not {sheet.task}")

    def _terms(self, text: str) -> frozenset[str]:
        return frozenset(self._analyser.terms(text))

    @staticmethod
    def _share(part: frozenset[str], whole: frozenset[str]) -> float:
        return len(part & whole) / len(part) if part else 0.0

    def _steps(self, sheet: Sheet) -> list[Verdict]:
        record = self._terms(sheet.context.get("case", ""))
        aim = self._terms(sheet.context.get("answer", "")) | self._terms(sheet.context.get("reference", ""))
        earlier: list[frozenset[str]] = []
        verdicts = []
        for item in sheet.items:
            terms = self._terms(item.text)
            again = max((self._share(terms, one) for one in earlier), default=0.0)
            cited = self._share(terms, record)
            if again >= RESTATED:
                label, why = "Repetition", f"{again:.2f} of its terms stand in an earlier step"
            elif cited >= RESTATED:
                label, why = "Citation", f"{cited:.2f} of its terms stand in the record"
            elif not terms & (aim | record):
                label, why = "Redundancy", "no term of the case or the result"
            else:
                label, why = "Reasoning", f"{cited:.2f} of its terms stand in the record"
            earlier.append(terms)
            verdicts.append(sheet.verdict(item, label, self.name, why))
        return verdicts

    def _fact(self, sheet: Sheet, item: Item) -> Verdict:
        terms = self._terms(item.text)
        if self.retriever is None or not terms:
            return sheet.verdict(item, None, self.name, "nothing to search")
        negated = bool(_NEGATION.search(item.text.casefold()))

        def decide(passages: tuple[Passage, ...], last: bool) -> Literal["Correct", "Wrong"] | Again:
            held: frozenset[str] = frozenset()
            for passage in passages:
                for sentence in _SENTENCE.split(passage.text):
                    found = self._terms(sentence)
                    held |= found & terms
                    if self._share(terms, found) >= HELD:
                        return "Correct" if bool(_NEGATION.search(sentence.casefold())) == negated else "Wrong"
            # What was not found yet is searched for; when all was found apart, the whole once more in other order.
            return Again(" ".join(sorted(terms - held or terms)))

        found = bounded_search(self.retriever, self.texts, item.text, decide)
        return sheet.verdict(item, found.verdict, self.name, found.path)


def lexical_steps(retriever: Retriever | None = None, texts: Mapping[str, str] | None = None) -> LexicalSteps:
    """The judge as it is registered."""
    return LexicalSteps(retriever, texts)
