"""MedAgents: experts of the question's fields analyse it, a report is drawn up, and revised until all of them agree.

Paper: Tang et al. 2024 (ACL Findings, arXiv 2311.10537); a baseline of MedAgentsBench (arXiv 2503.07459; system 19).

    fields    of the question: pediatrics, dermatology · of the options: virology
    analyses  one an expert; those of the options have read those of the question
    report    a synthesis; each expert says YES, or NO and what to change; revised, five times at most
    decision  the answer, from the report
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from workup.reasoners import asking
from workup.reasoners.blocks.final_turn import FORMAT, FinalTurnOptions, settled
from workup.reasoners.blocks.panel import LONGEST, Member, names, shown, words
from workup.reasoners.blocks.refine import Refined, refine
from workup.reasoners.blocks.role import Heard, Role, yes_or_no
from workup.reasoners.method import Method, Task
from workup.reasoning import Link, Reasoning

QUESTION_FIELDS = """\
Which fields of medicine does the question belong to? Reply with a list of {count} names of fields, one a line, and \
nothing else."""
OPTION_FIELDS = """\
Which fields of medicine do the options belong to? Reply with a list of {count} names of fields, one a line, and \
nothing else."""
ANALYSE_QUESTION = """\
You are an expert of the field above. Say from the point of view of your field what matters in the case and the \
question, in a few sentences. Do not choose an option yet."""
ANALYSE_OPTIONS = """\
You are an expert of the field above, and have read the analyses of the question. Say of each option, from the point \
of view of your field, what speaks for it and against it, in a few sentences."""
REPORT = """\
Above are the analyses of several experts. Draw up a report: the key knowledge, and an analysis that leads from it to \
an answer, in a few sentences."""
CONSULT = """\
You are an expert of the field above. Do you agree with the report above? Reply YES, or NO and what has to be \
changed."""
REVISE = """\
Above are a report and what experts want changed in it. Write the report anew, so that all of them can agree."""
DECIDE = """\
Decide by the report above. End with one line: "Answer: " and then {wanted}."""


class MedAgentsOptions(FinalTurnOptions, frozen=True, kw_only=True):
    """How many experts, and how often the report may be revised."""

    question_experts: Annotated[int, Meta(ge=1, le=10)] = 5
    option_experts: Annotated[int, Meta(ge=0, le=10)] = 2
    revisions: Annotated[int, Meta(ge=0, le=10)] = 5


class Expert(Role[str]):
    """Somebody of one field, the name of which is data: the model has chosen it."""

    def __init__(self, field: str, instruction: str) -> None:
        super().__init__(f"expert of {field}", instruction, words, "")
        self.field = asking.marked("field", field)


class MedAgents(Method[MedAgentsOptions]):
    """Fields, analyses, a report, consultation until agreement, a decision."""

    name = "med-agents"
    prompts = asking.prompts(
        question_fields=QUESTION_FIELDS,
        option_fields=OPTION_FIELDS,
        analyse_question=ANALYSE_QUESTION,
        analyse_options=ANALYSE_OPTIONS,
        report=REPORT,
        consult=CONSULT,
        revise=REVISE,
        decide=DECIDE,
        format=FORMAT,
    )
    options = MedAgentsOptions

    def work(self, task: Task[MedAgentsOptions]) -> Reasoning:
        """Gather, analyse, report, consult, decide."""
        options = task.options
        fields = self._fields(task, QUESTION_FIELDS, options.question_experts)
        more = self._fields(task, OPTION_FIELDS, options.option_experts) if task.question.options else []
        said = [self._analysis(task, field, ANALYSE_QUESTION, (), place) for place, field in enumerate(fields, 1)]
        read = shown(said)
        start = len(said) + 1
        said += [self._analysis(task, field, ANALYSE_OPTIONS, read, place) for place, field in enumerate(more, start)]
        report = self._agreed(task, list(dict.fromkeys([*fields, *more])), said).last
        heard = Member("decision maker", DECIDE).ask(task, data=[asking.marked("report", report[:LONGEST])])
        task.note(heard.step("decision"))
        return task.reasoning(settled(task, heard.text, options.final_turn, heard.value), text=heard.text)

    def _fields(self, task: Task[MedAgentsOptions], instruction: str, count: int) -> list[str]:
        if not count:
            return []
        role = Role[list[str]]("triage", instruction.replace("{count}", str(count)), names, ["general medicine"])
        heard = role.ask(task)
        fields = heard.value[:count]
        task.note(heard.step("thought", f"fields: {', '.join(fields)}"))
        return fields

    def _analysis(
        self, task: Task[MedAgentsOptions], field: str, instruction: str, read: Sequence[str], place: int
    ) -> Heard[str]:
        expert = Expert(field, instruction)
        heard = expert.ask(task, data=[*read, expert.field])
        task.note(heard.step("opinion", turn=1, id=f"O1.{place}"))
        return heard

    def _agreed(self, task: Task[MedAgentsOptions], fields: list[str], said: Sequence[Heard[str]]) -> Refined[str]:
        """The report, revised until every expert agrees."""
        writer = Role[str]("reporter", REPORT, words, "")
        reviser = Role[str]("reporter", REVISE, words, "")

        def written(heard: Heard[str], turn: int) -> str:
            links = [Link(f"R{turn - 1}", "revises")] if turn > 1 else []
            task.note(heard.step("draft", turn=turn, id=f"R{turn}", links=links))
            task.best = task.read(heard.text) or task.best
            return heard.text

        def check(report: str, turn: int) -> list[Heard[bool]] | None:
            objecting = []
            for field in fields:
                # Who cannot be understood does not hold the others up.
                role = Role[bool](f"expert of {field}", CONSULT, yes_or_no, True)
                heard = role.ask(task, data=[asking.marked("report", report[:LONGEST]), asking.marked("field", field)])
                task.note(heard.step("verdict", turn=turn, links=[Link(f"R{turn}", "about")]))
                objecting += [] if heard.value else [heard]
            return objecting or None

        def revise(report: str, objecting: list[Heard[bool]], turn: int) -> str:
            data = [asking.marked("report", report[:LONGEST]), *shown(objecting, "feedback")]
            return written(reviser.ask(task, data=data), turn + 1)

        first = written(writer.ask(task, data=shown(said)), 1)
        return refine(first, check, revise, most=task.options.revisions, check_last=False)
