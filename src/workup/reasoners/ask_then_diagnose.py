"""Asks for tests before it names a diagnosis, in rounds: the one-turn and free-turn settings of MedR-Bench.

Paper: MedR-Bench, Nature Communications 2025, 16:9799. In each round the model says what it concludes so far and which
tests it needs; when it needs none, or may not ask again, it answers from all that it was told.

    reply     Conclusion: an infection of the brain
              Additional Information Required: CT of the head; lumbar puncture
    heard     "**Lumbar Puncture:** India ink positive"
    reply     Answer: Cryptococcal meningitis
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from workup.case import Form
from workup.reasoners import asking
from workup.reasoners.blocks.environment import NO_RECORD, consult, encounter
from workup.reasoners.direct import INSTRUCTION
from workup.reasoners.method import Method, Task
from workup.reasoners.options import Options
from workup.reasoning import Reasoning

ROUND = """\
Do not name the diagnosis yet. Reply with two lines. First "Conclusion: " and what the case shows so far. Then \
"Additional Information Required: " and the tests whose results you need, with semicolons between them, or "none"."""

DOCTOR = "doctor"
REQUESTED = "requested"
_REQUIRED = re.compile(r"additional information required\W*(.*)", re.IGNORECASE | re.DOTALL)
_NONE = re.compile(r"^(?:none|no more|no further|not required|nothing|no additional)\b", re.IGNORECASE)
MOST = 20
"""Tests of one request that are put; a model that repeats itself lists hundreds."""


def requests(reply: str) -> list[str]:
    """The tests that a reply asks for, in order, each once; empty when it asks for none or does not say.

    >>> requests("Conclusion: fever. Additional Information Required: CBC; chest X-ray; CBC")
    ['CBC', 'chest X-ray']
    >>> requests("Additional Information Required: none."), requests("It is measles.")
    ([], [])
    """
    found = _REQUIRED.search(reply)
    if found is None or _NONE.match(found[1].strip()):
        return []
    parts = (re.sub(r"^\W*(?:\d{1,2}[.)])?\s*", "", part).strip(" .*") for part in re.split(r"[;\n]", found[1]))
    return list(dict.fromkeys(part for part in parts if part))[:MOST]


class AskThenDiagnose(Method[Options]):
    """Requests in rounds, then the answer from all that was heard."""

    name = "ask-then-diagnose"
    needs = ("model", "environment")
    prompts = asking.prompts(round=ROUND, instruction=INSTRUCTION)
    refuses: ClassVar[Mapping[Form, str]] = {"retrieval": "nothing is ranked here"}

    def work(self, task: Task[Options]) -> Reasoning:
        """Ask until nothing is needed or nothing more may be asked."""
        met = encounter(task, NO_RECORD)
        asked: list[str] = []
        heard: list[str] = []
        while not met.over:
            (reply,) = task.ask(task.messages(ROUND, data=heard))
            wanted = [one for one in requests(reply) if one not in asked]
            if not wanted:
                break
            asked += wanted
            turn = consult(task, met, "; ".join(wanted), by=DOCTOR)
            heard.append(asking.marked("result", turn.text, met.taken))
        task.extensions[REQUESTED] = asked
        (reply,) = task.ask(task.messages(INSTRUCTION, data=heard))
        return task.reasoning(task.read(reply), text=reply)
