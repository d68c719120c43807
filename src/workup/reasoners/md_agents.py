"""MDAgents: how hard a question is decides who works on it: one physician, a group that debates, or teams that report.

Paper: Kim et al. 2024 (NeurIPS, arXiv 2404.15155); a baseline of MedAgentsBench (arXiv 2503.07459; system 19).

    low       one physician answers
    moderate  recruited experts debate until they agree; a moderator decides
    high      teams (first assessment, diagnosis, final review) work one after the other, each with the reports before
              it; a decision maker reads all reports
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta

from workup.reasoners import asking
from workup.reasoners.blocks.final_turn import FORMAT, FinalTurnOptions, settled
from workup.reasoners.blocks.panel import Member, debate, judged, names, opinions, shown, words
from workup.reasoners.blocks.role import Heard, Role
from workup.reasoners.blocks.rulings import Ruling, agreed
from workup.reasoners.chain_of_thought import INSTRUCTION
from workup.reasoners.method import Method, Task
from workup.reasoning import Reasoning

Complexity = Literal["low", "moderate", "high"]

CHECK = """\
How complex is the question? low: one physician can answer it. moderate: experts of several fields should discuss it. \
high: teams of several departments have to work on it together. Reply with one word: low, moderate or high."""
RECRUIT = """\
Which experts should discuss the question? Reply with a list of {count} of them, one a line, and nothing else."""
EXPERT = """\
You are the expert named in the field above. Say what you think, from the point of view of your field. Then end with \
one line: "Answer: " and then {wanted}."""
AGAIN = """\
You are the expert named in the field above. Above are also the opinions of the others and your own draft. Say where \
you agree and disagree, and change your mind if they convince you. Then end with one line: "Answer: " and then \
{wanted}."""
MODERATE = """\
Above is what the experts think in the end. Decide, and say why. End with one line: "Answer: " and then {wanted}."""
TEAM = """\
You are a member of the team named in the field above, and have read the reports of the teams before you. Say what you \
find about the case and the question, in a few sentences."""
LEAD = """\
You lead the team named in the field above. Draw up its report of what its members found, in a few sentences."""
DECIDE = """\
Above are the reports of all teams. Decide, and say why. End with one line: "Answer: " and then {wanted}."""
TEAMS = ("initial assessment", "diagnosis and treatment", "final review")

_WORD = re.compile(r"\b(low|basic|moderate|intermediate|high|advanced)\b", re.IGNORECASE)
_MEANT: dict[str, Complexity] = {"basic": "low", "intermediate": "moderate", "advanced": "high"}


def complexity(text: str) -> Complexity | None:
    """The complexity that a reply names; None when it names none or several.

    >>> complexity("Intermediate."), complexity("low or high")
    ('moderate', None)
    """
    found = {_MEANT.get(word.lower(), word.lower()) for word in _WORD.findall(text)}
    kinds: tuple[Complexity, ...] = ("low", "moderate", "high")
    return next((kind for kind in kinds if kind in found), None) if len(found) == 1 else None


class MdAgentsOptions(FinalTurnOptions, frozen=True, kw_only=True):
    """How many experts debate for how many rounds, how many work in a team, and a complexity to take as given."""

    experts: Annotated[int, Meta(ge=1, le=10)] = 5
    rounds: Annotated[int, Meta(ge=1, le=10)] = 5
    members: Annotated[int, Meta(ge=1, le=10)] = 3
    complexity: Complexity | None = None


class MdAgents(Method[MdAgentsOptions]):
    """A check of complexity, then one physician, a group or teams."""

    name = "md-agents"
    prompts = asking.prompts(
        check=CHECK,
        solo=INSTRUCTION,
        recruit=RECRUIT,
        expert=EXPERT,
        again=AGAIN,
        moderate=MODERATE,
        team=TEAM,
        lead=LEAD,
        decide=DECIDE,
        teams=", ".join(TEAMS),
        format=FORMAT,
    )
    options = MdAgentsOptions

    def work(self, task: Task[MdAgentsOptions]) -> Reasoning:
        """Check, then let the right ones work."""
        kind = task.options.complexity
        if kind is None:
            heard = Role[Complexity]("triage", CHECK, complexity, "moderate").ask(task)
            kind = heard.value
            task.note(heard.step("thought", f"complexity: {kind}"))
        ruling = {"low": self._solo, "moderate": self._group, "high": self._teams}[kind](task)
        task.note(ruling.step())
        task.best = ruling.answer or task.best
        return task.reasoning(settled(task, ruling.text, task.options.final_turn, ruling.answer), text=ruling.text)

    def _solo(self, task: Task[MdAgentsOptions]) -> Ruling:
        (heard,) = opinions(task, [Member("physician", INSTRUCTION)])
        return Ruling(answer=heard.value, claim="one physician answers", share=1.0, text=heard.text)

    def _group(self, task: Task[MdAgentsOptions]) -> Ruling:
        count = task.options.experts
        recruiter = Role[list[str]]("recruiter", RECRUIT.replace("{count}", str(count)), names, ["general medicine"])
        heard = recruiter.ask(task)
        who = heard.value[:count]
        task.note(heard.step("thought", f"experts: {', '.join(who)}"))
        first, again = (
            [Member(name, told, [asking.marked("field", name)]) for name in who] for told in (EXPERT, AGAIN)
        )
        rounds = debate(task, first, rounds=task.options.rounds, again=again, until=agreed)
        return judged(task, Member("moderator", MODERATE), rounds[-1])

    def _teams(self, task: Task[MdAgentsOptions]) -> Ruling:
        reports: list[Heard[str]] = []
        for turn, team in enumerate(TEAMS, 1):
            data = [*shown(reports, "report"), asking.marked("field", team)]
            members = [
                Role[str](f"{team}, member {number}", f"{TEAM} You are member {number}.", words, "")
                for number in range(1, task.options.members + 1)
            ]
            found = opinions(task, members, data=data, turn=turn, label="T")
            heard = Role[str](f"{team}, lead", LEAD, words, "").ask(task, data=[*shown(found), data[-1]])
            task.note(heard.step("draft", turn=turn, id=f"R{turn}"))
            task.best = task.read(heard.text) or task.best
            reports.append(heard)
        verdict = Member("decision maker", DECIDE).ask(task, data=shown(reports, "report"))
        task.note(verdict.step("verdict"))
        return Ruling(answer=verdict.value, claim="the decision maker decides", share=1.0, text=verdict.text)
