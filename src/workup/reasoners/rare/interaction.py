"""What else to look for in the patient: asked of the model, or of the engine where there is none.

Ectopia lentis
Aortic root aneurysm          ->  HP:0001083, HP:0002616
NO_ADDITIONAL_PHENOTYPES_NEEDED  ->  nothing
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workup.reasoners.phenotype.questions import next_questions
from workup.reasoners.rare.terms import named
from workup.reasoning import Step

if TYPE_CHECKING:
    from workup.reasoners.method import Task
    from workup.reasoners.rare.servers import Search

NOTHING = "NO_ADDITIONAL_PHENOTYPES_NEEDED"
INTERVIEW = f"""\
Which findings that are not known yet would best tell the likely diagnoses apart? Name up to {{count}}, one a line, \
each as the Human Phenotype Ontology calls it and with nothing else in the line; or write {NOTHING}."""


def interview(task: Task[Any], search: Search, count: int) -> tuple[Step, ...]:
    """What to look for next, as steps; without a model as questions of the reasoning, too.

    Lines that name no term are kept as they are.
    """
    if task.ctx.model is None or task.options.host == "rules":
        questions = next_questions(search.servers.engine, search.patient.case, count)
        task.evidence.remember("questions", questions)
        return ()
    (reply,) = task.ask(task.messages(INTERVIEW.replace("{count}", str(count)), data=[search.store.shown(longest=300)]))
    lines = [line.strip(" \t-*•.0123456789)") for line in reply.splitlines()]
    asked = [line for line in lines if line and NOTHING not in line][:count]
    found, others = named(asked, search.servers.knowledge.ontology)
    told = {f"{label} ({term})": term for term, label in found}
    steps = [Step(kind="question", claim=f"Is there {name}?", finding=term, by="host") for name, term in told.items()]
    steps += [Step(kind="question", claim=f"{line} (no term of that name)", by="host", unread=True) for line in others]
    return tuple(steps)
