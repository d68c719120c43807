"""Elimination: first rule out the options that are clearly wrong, then choose among those that are left.

Paper: Ma and Du 2023 (arXiv 2310.15575), who rule out by the scores of a model what is asked for in words here.

    reply 1  Answer: B, D
    asked    the same question with A, C and E
    reply 2  Answer: C
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from workup.case import Form
from workup.reasoners import asking
from workup.reasoners.method import Method, Task, chosen
from workup.reasoners.options import Options
from workup.reasoning import Reasoning, Step

RULE_OUT = """\
Which of the options can be ruled out? Give the reason for each. Then end with one line: "Answer: " and then the \
letters of the options that are ruled out, separated by commas, or none."""
CHOOSE = """\
The other options have been ruled out. Think about those that are left. Then end with one line: "Answer: " and then \
{wanted}."""

_NO_OPTIONS = "there are no options to rule out"


class Elimination(Method[Options]):
    """Asks twice; when none or all options are ruled out, the second question has all of them."""

    name = "elimination"
    prompts = asking.prompts(rule_out=RULE_OUT, choose=CHOOSE)
    refuses: ClassVar[Mapping[Form, str]] = {
        "choices": "several options may be right, so that none can be ruled out by another",
        "diagnosis": _NO_OPTIONS,
        "number": _NO_OPTIONS,
        "text": _NO_OPTIONS,
        "correction": _NO_OPTIONS,
    }

    def work(self, task: Task[Options]) -> Reasoning:
        """Rule out, then choose."""
        question = task.question
        if not question.options:
            return task.abstains(_NO_OPTIONS)
        (first,) = task.ask(task.messages(RULE_OUT))
        ruled = task.read(first, msgspec.structs.replace(question, form="choices"))
        gone = [key for key in (ruled.ids if ruled else ()) if key in question.options]
        if len(gone) == len(question.options):
            gone = []
        left = asking.without_options(question, gone)
        steps = [Step(kind="claim", claim=f"ruled out: {', '.join(gone) or 'none'}: {first}")]
        if len(left.options) == 1:
            (key,) = left.options
            return task.reasoning(chosen(question, key, 0.0), text=first, steps=steps)
        (reply,) = task.ask(task.messages(CHOOSE, question=left))
        return task.reasoning(task.read(reply, left), text=reply, steps=steps)
