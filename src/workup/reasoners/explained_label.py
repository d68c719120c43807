"""A label and its explanation, by one model call, several rounds, or a proposer, a critic and a decider.

Paper: Right prediction, wrong reasoning (system 75): one agent in one shot, one agent in rounds, several agents; and
two orders, since what is written after the label may only justify it.

    prediction first    "Answer: RA"  then  "She has 5 small joints ..."
    explanation first   "She has 5 small joints ..."  then  "Answer: RA"

The order is kept with the answer. An explanation written after the label is a rationalisation until shown otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from workup.case import Form
from workup.reasoners import asking
from workup.reasoners.blocks.budget import BudgetOptions
from workup.reasoners.blocks.role import Heard, Role
from workup.reasoners.method import Method, Task
from workup.reasoning import Answer, Link, Reasoning

Order = Literal["prediction-first", "explanation-first"]
Design = Literal["single", "rounds", "panel"]

_HOW: dict[Order, str] = {
    "prediction-first": 'First write one line: "Answer: " and then {wanted}. After it explain the answer: name the '
    "findings of the case it rests on, with their values, and the criteria they meet.",
    "explanation-first": "First explain: name the findings of the case that matter, with their values, and the "
    'criteria they meet. Then end with one line: "Answer: " and then {wanted}.',
}
CHECK = """\
The draft above is your own earlier reply. Check each finding against the case and each criterion against what you \
know; correct what is wrong, and add what is missing. """
CRITIC = """\
The draft above is another doctor's. Name each finding that the case does not say, each criterion that is wrong, and \
what is missing; or say that nothing is. Do not answer the question yourself."""
DECIDE = """\
Above are a doctor's draft and a critic's feedback on it. Decide, following the feedback only where the case bears it \
out. """
_ANSWER = re.compile(r"^\W*answer\s*:.*$", re.IGNORECASE | re.MULTILINE)


class ExplainedOptions(BudgetOptions, frozen=True, kw_only=True):
    """How the label and its explanation come about.

    Attributes:
        order: Which is written first.
        design: One call, rounds of the same agent, or a panel.
        rounds: Rounds in all, of ``rounds``; critiques, of ``panel``.
    """

    order: Order = "explanation-first"
    design: Design = "single"
    rounds: Annotated[int, Meta(ge=1, le=10)] = 2


class ExplainedLabel(Method[ExplainedOptions]):
    """Asks for label and explanation; the last reply counts, and the best so far when the budget is spent."""

    name = "explained-label"
    options = ExplainedOptions
    prompts = asking.prompts(
        prediction_first=_HOW["prediction-first"],
        explanation_first=_HOW["explanation-first"],
        check=CHECK,
        critic=CRITIC,
        decide=DECIDE,
    )
    refuses: ClassVar[Mapping[Form, str]] = {"retrieval": "it explains an answer, and searches nothing"}

    def work(self, task: Task[ExplainedOptions]) -> Reasoning:
        """Draft, and then check or have it criticised."""
        options = task.options
        how = _HOW[options.order]
        draft = self._answer(task, Role("proposer", how, _some, ""), (), 1)
        if options.design == "rounds":
            for turn in range(2, options.rounds + 1):
                own = (asking.marked("draft", draft.text),)
                draft = self._answer(task, Role("reviser", CHECK + how, _some, ""), own, turn, revises=turn - 1)
        elif options.design == "panel":
            for turn in range(1, options.rounds + 1):
                shown = asking.marked("draft", draft.text)
                critique = Role("critic", CRITIC, _some, "").ask(task, data=(shown,))
                task.note(critique.step("verdict", turn=turn, id=f"c{turn}", links=(Link(f"d{turn}", "about"),)))
                data = (shown, asking.marked("feedback", critique.text))
                draft = self._answer(task, Role("decider", DECIDE + how, _some, ""), data, turn + 1, revises=turn)
        return task.reasoning(task.best, text=draft.text)

    def _answer(
        self, task: Task[ExplainedOptions], role: Role[str], data: tuple[str, ...], turn: int, revises: int = 0
    ) -> Heard[str]:
        """One reply with label and explanation; a label that cannot be read leaves the one before."""
        heard = role.ask(task, data=data)
        answer = self._read(task, heard.text)
        links = (Link(f"d{revises}", "revises"),) if revises else ()
        words = explanation_of(heard.text)
        task.note(heard.step("draft" if turn == 1 else "opinion", words, turn=turn, id=f"d{turn}", links=links))
        if answer is not None:
            task.best = answer
        return heard

    def _read(self, task: Task[ExplainedOptions], text: str) -> Answer | None:
        """The label; of a reply that answers first, that of the first answer line, as the rest may speak of others."""
        line = _ANSWER.search(text) if task.options.order == "prediction-first" else None
        answer = task.read(line[0] if line else text)
        if answer is None:
            return None
        extensions = {"order": task.options.order, "design": task.options.design}
        return Answer(
            level=answer.level,
            text=answer.text,
            ids=answer.ids,
            probability=answer.probability,
            extensions={**answer.extensions, **extensions},
        )


def explanation_of(text: str) -> str:
    """A reply without its answer lines.

    >>> explanation_of("Answer: RA\\nFive joints.")
    'Five joints.'
    """
    return _ANSWER.sub("", text).strip()


def _some(text: str) -> str | None:
    return text.strip() or None
