"""ArgMed-Agents: a generator argues for decisions, a verifier questions each argument, and a solver chooses.

Paper: ArgMed-Agents, IEEE BIBM 2024 (arXiv 2403.06294; system 03). No code was released; the prompts are ours.

    A1  generator  {"premises": ["migraine"], "conclusion": "topiramate should be considered", "variables": {"D": "A"}}
    Q2  verifier   CQ4, is there a danger? "yes": she has had kidney stones; CQ5, a better decision? "yes"
    A3  generator  topiramate makes stones likely       attacks A1
    A4  generator  verapamil should be considered       attacks A1, and is attacked by it
    chosen         verapamil, held together with A3; why not topiramate: A3

Attacks follow from rules: a reply attacks what was questioned, arguments for different decisions attack each other, and
an argument for a decision never attacks one about a belief. Preferred semantics chooses
(:func:`workup.reasoners.blocks.argumentation.choose`); when no decision survives, there is no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from workup.case import Form
from workup.evaluation import parse
from workup.reasoners import asking
from workup.reasoners.argmed_graph import Argument, Graph
from workup.reasoners.argmed_schemes import SCHEMES, CriticalQuestion, Scheme
from workup.reasoners.blocks.budget import BudgetOptions
from workup.reasoners.blocks.role import Role
from workup.reasoners.method import Method, Task
from workup.reasoners.voting import ballot
from workup.reasoning import Answer, Link, Reasoning

OPEN = "Argue for the decision that serves this patient best."
REPLY = "The feedback above speaks against the argument above. Put forward one argument that replies to it."
FILL = """\
An argument of this kind says: {scheme} Reply with JSON only, for example
{"premises": ["she has asthma", "it narrows the airways"], "conclusion": "propranolol must not be taken", \
"variables": {"F": "asthma"}}
The variables are {variables}."""
VERIFY = """\
Check the argument above against the case, and answer each of these questions about it:
{questions}
Reply with JSON only, for example
{"answers": [{"cq": "CQ1", "answer": "yes", "reason": "the record says so"}]}"""
RELATE = """\
Above are arguments about this case, each with its name. Different decisions exclude each other anyway. Which \
arguments speak against which others besides? Reply with JSON only, for example
{"attacks": [["A3", "A1"]]}
when A3 speaks against A1, or {"attacks": []} when none does."""

CONFLICT = "no decision survives its critical questions: what the model knows conflicts, or is not enough"
SILENT = "the generator put forward no argument for a decision that could be read"
# Longer arguments are cut: they are shown to every later role.
LONGEST = 2000


class ArgMedOptions(BudgetOptions, frozen=True, kw_only=True):
    """Limits of the dialogue.

    Attributes:
        moves: Arguments put forward, and turns in which the verifier objects to one.
        decisions: Arguments that speak for a decision.
    """

    moves: Annotated[int, Meta(ge=1, le=64)] = 8
    decisions: Annotated[int, Meta(ge=1, le=16)] = 4


class Filled(msgspec.Struct, frozen=True):
    """What a generator put forward: the words, and what they decide."""

    words: str
    decision: Answer | None = None


class Objection(msgspec.Struct, frozen=True):
    """A critical question that was not answered as hoped, and why."""

    question: CriticalQuestion
    reason: str

    @property
    def words(self) -> str:
        """The question, its answer and the reason."""
        return f"{self.question.text} {'No' if self.question.hoped else 'Yes'}: {self.reason or 'no reason given'}"


def _filled(text: str) -> Filled | None:
    value = parse.json_value(text).value
    if not isinstance(value, dict):
        return None
    premises = value.get("premises")
    because = [premises] if isinstance(premises, str) else premises if isinstance(premises, list) else []
    reasons = "; ".join(reason.strip() for reason in because if isinstance(reason, str) and reason.strip())
    conclusion = value.get("conclusion")
    words = conclusion.strip() if isinstance(conclusion, str) else ""
    words = f"{words}, because {reasons}" if words and reasons else words or reasons
    return Filled(words[:LONGEST]) if words else None


def _objections(text: str) -> dict[str, tuple[bool, str]] | None:
    """Answers by question: yes or no, and the reason."""
    value = parse.json_value(text).value
    if isinstance(value, dict):
        value = value.get("answers", [value])
    found = {}
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict) and isinstance(item.get("cq"), str):
            said = {"yes": True, "true": True, "no": False, "false": False}.get(str(item.get("answer")).strip().lower())
            if said is not None:
                found[item["cq"].strip().upper()] = (said, str(item.get("reason") or "")[:LONGEST])
    return found or None


def _pairs(text: str) -> list[tuple[str, str]] | None:
    value = parse.json_value(text).value
    listed = value.get("attacks") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        return None
    pairs = [tuple(map(str, pair)) for pair in listed if isinstance(pair, list) and len(pair) == 2]
    return [(one, other) for one, other in pairs]


REASONER = Role[list[tuple[str, str]]]("reasoner", RELATE, _pairs, [])


class ArgMed(Method[ArgMedOptions]):
    """Arguments, critical questions and a solver; the explanation sets and "why not" are in the steps."""

    name = "argmed"
    prompts = asking.prompts(
        open=OPEN, reply=REPLY, fill=FILL, verify=VERIFY, relate=RELATE, schemes=str(msgspec.to_builtins(SCHEMES))
    )
    options = ArgMedOptions
    refuses: ClassVar[Mapping[Form, str]] = {
        "choices": "several options may be right, and arguments for different decisions exclude each other",
        "text": "whether two answers in words are one decision cannot be told",
    }

    def work(self, task: Task[ArgMedOptions]) -> Reasoning:
        """Argue, relate, solve."""
        dialogue = Dialogue(task)
        try:
            dialogue.run()
            dialogue.relate()
        finally:
            # Also when the budget is spent: what was said is shown.
            dialogue.link()
        return dialogue.solved()


class Dialogue:
    """The arguments about one case."""

    def __init__(self, task: Task[ArgMedOptions]) -> None:
        self.task = task
        self.graph = Graph(task.question.options)
        self.moves = 0

    def run(self) -> None:
        """Put forward, question, reply, until nothing new is said or a limit is reached."""
        options = self.task.options
        waiting = [argument] if (argument := self._put_forward(SCHEMES["ASDM"])) else []
        while waiting and self.moves < options.moves:
            argument = waiting.pop(0)
            objections = self._question(argument)
            asked = f"Q{self.moves}"
            for objection in objections:
                scheme = SCHEMES[objection.question.opens]
                full = self.graph.decisions >= options.decisions
                if self.moves < options.moves and not (scheme.decides and full):
                    reply = self._put_forward(scheme, argument, objection, asked)
                    waiting += [reply] if reply else []

    def _put_forward(
        self, scheme: Scheme, to: Argument | None = None, objection: Objection | None = None, asked: str = ""
    ) -> Argument | None:
        """One move of the generator."""
        self.moves += 1
        variables = "; ".join(f"{name}: {what}" for name, what in scheme.variables.items())
        fill = FILL.replace("{scheme}", scheme.text).replace("{variables}", variables)
        data = [asking.marked("argument", to.words)] if to else []
        data += [asking.marked("feedback", objection.words)] if objection else []
        role = Role[Filled | None]("generator", f"{REPLY if to else OPEN} {fill}", _filled, None)
        heard = role.ask(self.task, data=data, read=self._decided if scheme.decides else None)
        name = f"A{self.moves}"
        if heard.value is None:
            self.task.note(heard.step("argument", turn=self.moves))
            return None
        filled = heard.value
        decision = "|".join(ballot(filled.decision)) if filled.decision else ""
        argument = Argument(name, filled.words, scheme, decision, to.name if to else "")
        self.graph.add(argument, filled.decision)
        links = [Link(asked, "answers")] if asked else []
        self.task.note(heard.step("argument", argument.words, turn=self.moves, id=name, links=links))
        self.task.best = self.graph.answer(self.graph.choice())
        return argument

    def _decided(self, text: str) -> Filled | None:
        """An argument for a decision; words that name one without the form are taken for an argument."""
        filled = _filled(text)
        value = parse.json_value(text).value if filled else None
        variables = value.get("variables") if isinstance(value, dict) else None
        named = variables.get("D") if isinstance(variables, dict) else None
        decision = self.task.read(named) if isinstance(named, str) else None
        decision = decision or self.task.read(filled.words if filled else text)
        if decision is None or not any(ballot(decision)):
            return None
        return Filled(filled.words if filled else text.strip()[:LONGEST], decision)

    def _question(self, argument: Argument) -> list[Objection]:
        """One turn of the verifier: the critical questions that the argument does not stand."""
        questions = argument.scheme.questions
        listed = "\n".join(f"{question.name}: {question.text}" for question in questions)
        # An argument that is not shown to be wrong stands.
        role = Role[dict[str, tuple[bool, str]]]("verifier", VERIFY.replace("{questions}", listed), _objections, {})
        heard = role.ask(self.task, data=[asking.marked("argument", argument.words)])
        objections = [
            Objection(question, heard.value[question.name][1])
            for question in questions
            if heard.value.get(question.name, (question.hoped, ""))[0] != question.hoped
        ]
        about = [Link(argument.name, "about")]
        if objections:
            self.moves += 1
            claim = "; ".join(f"{one.question.name}: {one.words}" for one in objections)
            self.task.note(heard.step("question", claim, turn=self.moves, id=f"Q{self.moves}", links=about))
        else:
            why = "no critical question speaks against it" if heard.read else "the verifier's reply could not be read"
            claim = f"{argument.name} stands: {why}"
            self.task.note(heard.step("verdict", claim, turn=self.moves, links=about))
        return objections

    def relate(self) -> None:
        """Ask the reasoner for attacks that do not follow from the rules; without beliefs there can be none."""
        arguments = self.graph.arguments
        if not all(argument.decision for argument in arguments):
            data = [asking.marked("argument", f"{argument.name}: {argument.words}") for argument in arguments]
            self.graph.relate(REASONER.ask(self.task, data=data).value)

    def link(self) -> None:
        """Write the attacks into the steps of the arguments."""
        self.task.steps[:] = [self.graph.linked(step) for step in self.task.steps]

    def solved(self) -> Reasoning:
        """Choose, and say why and why not."""
        task, graph = self.task, self.graph
        if not graph.decisions:
            return task.abstains(SILENT)
        choice = graph.choice()
        task.note(*graph.explained(choice))
        answer = graph.answer(choice)
        reasoning = task.reasoning(answer, text=graph.words_for(choice)) if answer else task.abstains(CONFLICT)
        record = {**graph.record(choice), "moves": self.moves}
        return msgspec.structs.replace(reasoning, extensions={"argumentation": record})
