"""A language model as judge: asked in the words of :mod:`.prompts`, read strictly, repeated if wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from workup.errors import ModelError
from workup.evaluation.judges import prompts
from workup.evaluation.judges.judge import Item, Sheet, settle
from workup.evaluation.judges.search import Again, Passage, bounded_search
from workup.evaluation.verdicts import Verdict
from workup.models.model import GREEDY, Message, Model, Sampling
from workup.retrieval.retriever import Retriever

VERSION = "1"
UNREACHED = "the model failed"
"""Reason of a verdict that is missing because the model did not answer."""
_LINE = re.compile(r"^\W*(\d+)\s*[:.)\-–]\s*(.+?)\s*$")
_BOX = re.compile(r"\\boxed\{\s*([^{}]*?)\s*\}")
_MET = re.compile(r"[\"']criteria_met[\"']\s*:\s*(true|false)", re.IGNORECASE)


def after_thinking(text: str) -> str:
    """The words after a think block; nothing when it was never closed.

    >>> after_thinking("<think>1: 0</think> 1: 2")
    '1: 2'
    """
    head, closed, rest = text.rpartition("</think>")
    return rest.strip() if closed else "" if "<think>" in text else (head or rest).strip()


def read_verdicts(text: str, allowed: tuple[str, ...], size: int) -> list[str | None]:
    """The verdict for each number from 1 to ``size``; None unless exactly one allowed verdict was given for it.

    >>> read_verdicts("1: met\\n2: **Not met**.\\n3: perhaps", ("met", "not met"), 3)
    ['met', 'not met', None]
    """
    words = {word.casefold(): word for word in allowed}
    found: dict[int, set[str | None]] = {}
    lines = after_thinking(text).splitlines()
    for line in lines:
        if match := _LINE.match(line):
            found.setdefault(int(match[1]), set()).add(words.get(match[2].strip(" .*_`\"'").casefold()))
    # One item alone may be answered by the verdict alone.
    if size == 1 and not found and len(lines) == 1:
        found[1] = {words.get(lines[0].strip(" .*_`\"'").casefold())}
    return [said.pop() if len(said := found.get(number, {None})) == 1 else None for number in range(1, size + 1)]


def read_loosely(text: str, sheet: Sheet, size: int) -> list[str | None]:
    """Verdicts as the released graders read them, for comparison with their figures.

    DiagnosisArena: one box a diagnosis; a box with anything but 0, 1, 2 counts as 0. HealthBench: ``criteria_met`` in
    JSON. MedR-Bench: any "correct" in the text (also in "incorrect") is Correct, any "yes" is a hit, and a label that
    is not found is Redundancy.

    >>> sheet = Sheet(task="fact", case="1", context={}, items=(Item("1", "x"),))
    >>> read_loosely("That is incorrect.", sheet, 1)
    ['Correct']
    """
    words = text.casefold()
    if sheet.task == "diagnosis":
        boxes: list[str | None] = [box if box in ("0", "1", "2") else "0" for box in _BOX.findall(text)]
        return (boxes + [None] * size)[:size]
    if sheet.task == "criterion":
        said = _MET.findall(text)
        return [("met" if said[-1].casefold() == "true" else "not met") if said else None] * size
    if sheet.task == "fact":
        return ["Correct" if "correct" in words else "Wrong"] * size
    if sheet.task == "hit":
        return ["hit" if "yes" in words else "missed"] * size
    return [next((label for label in sheet.verdicts if label.casefold() in words), "Redundancy")] * size


class ModelJudge:
    """Judges by asking a model.

    Attributes:
        name: ``model:``, the model's name, the versions of reader and prompts, and the repetitions.
        repeats: How often each sheet is judged.
        calls: Calls made so far.
        failures: Calls that the model did not answer; their items are unread.
    """

    def __init__(
        self,
        model: Model,
        *,
        sampling: Sampling = GREEDY,
        repeats: int = 1,
        upstream_compatible: bool = False,
        retriever: Retriever | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        """Choose the model.

        Args:
            model: Who judges.
            sampling: How to draw; repetition ``i`` gets the seed ``seed + i``.
            repeats: How often to judge; the verdict is the most frequent, and unread when there is no such.
            upstream_compatible: Read as the released graders do (:func:`read_loosely`).
            retriever: Searches evidence for facts.
            texts: Words of the documents it finds.
        """
        if repeats < 1:
            raise ValueError(f"a sheet is judged at least once, not {repeats} times")
        self.model = model
        self.sampling = sampling
        self.repeats = repeats
        self.loose = upstream_compatible
        self.retriever = retriever
        self.texts = texts or {}
        self.calls = 0
        self.failures = 0
        self.name = f"model:{model.name}@{VERSION}-{prompts.digest()}"
        self.name += f"+t{sampling.temperature:g}" if sampling.temperature else ""
        self.name += ("+upstream" if upstream_compatible else "") + (f"x{repeats}" if repeats > 1 else "")
        self.name += f"+{retriever.name}:{len(self.texts)}" if retriever else ""

    def judge(self, sheet: Sheet) -> list[Verdict]:
        """The most frequent verdict on each item over the repetitions."""
        return settle(self.opinions(sheet))

    def opinions(self, sheet: Sheet) -> list[list[Verdict]]:
        """The verdicts of each repetition."""
        found = []
        for repeat in range(self.repeats):
            seed = None if self.sampling.seed is None and self.repeats == 1 else (self.sampling.seed or 0) + repeat
            sampling = msgspec.structs.replace(self.sampling, seed=seed)
            if sheet.task in prompts.ALONE:
                found.append([self._alone(sheet, item, sampling) for item in sheet.items])
            else:
                found.append(self._together(sheet, sampling))
        return found

    def _ask(self, words: str, sampling: Sampling) -> str | None:
        """The model's words; None when it failed, which is counted: one call must not end a whole run."""
        self.calls += 1
        try:
            return self.model.generate([Message(role="user", content=words)], sampling=sampling).text
        except ModelError:
            self.failures += 1
            return None

    def _read(self, text: str | None, sheet: Sheet, size: int) -> list[str | None]:
        if text is None:
            return [None] * size
        return read_loosely(text, sheet, size) if self.loose else read_verdicts(text, sheet.verdicts, size)

    def _together(self, sheet: Sheet, sampling: Sampling) -> list[Verdict]:
        if not sheet.items:
            return []
        said = self._ask(prompts.judge_prompt(sheet, sheet.items), sampling)
        read = self._read(said, sheet, len(sheet.items))
        return [
            sheet.verdict(item, verdict, self.name, "" if verdict is not None else _short(said))
            for item, verdict in zip(sheet.items, read, strict=True)
        ]

    def _alone(self, sheet: Sheet, item: Item, sampling: Sampling) -> Verdict:
        if sheet.task == "fact" and self.retriever is not None:
            return self._searched(sheet, item, sampling, self.retriever)
        said = self._ask(prompts.judge_prompt(sheet, (item,)), sampling)
        (verdict,) = self._read(said, sheet, 1)
        return sheet.verdict(item, verdict, self.name, "" if verdict is not None else _short(said))

    def _searched(self, sheet: Sheet, item: Item, sampling: Sampling, retriever: Retriever) -> Verdict:
        def decide(passages: tuple[Passage, ...], last: bool) -> str | Again | None:
            evidence = "\n\n".join(f"[{passage.id}] {passage.text}" for passage in passages)
            said = self._ask(
                prompts.judge_prompt(sheet, (item,), evidence=evidence or "nothing was found", may_search=not last),
                sampling,
            )
            lines = after_thinking(said or "").splitlines()
            wanted = next((line for line in lines if line.startswith(prompts.SEARCH)), None)
            if wanted is not None and wanted[len(prompts.SEARCH) :].strip() and not last:
                return Again(wanted[len(prompts.SEARCH) :].strip())
            return self._read(said, sheet, 1)[0]

        found = bounded_search(retriever, self.texts, item.text, decide)
        return sheet.verdict(item, found.verdict, self.name, found.path)


def _short(text: str | None) -> str:
    if text is None:
        return UNREACHED
    return f"unread: {' '.join(text.split())[:80]}"
