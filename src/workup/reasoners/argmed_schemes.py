"""The argumentation schemes of ArgMed-Agents, and the critical questions that each has to stand.

Paper: arXiv 2403.06294 names the schemes ASDM (decision), ASSE (side effect) and ASDA (danger); what they say here, and
the plain counter-argument, are ours. A question that is not answered as hoped opens an argument of the scheme it names.

>>> [question.name for question in SCHEMES["ASDM"].questions if question.opens == "ASDA"]
['CQ4']
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class CriticalQuestion(msgspec.Struct, frozen=True):
    """A question about an argument.

    Attributes:
        name: ``CQ1`` ...
        text: What is asked.
        hoped: The answer that lets the argument stand.
        opens: The scheme of the argument that any other answer leads to.
    """

    name: str
    text: str
    hoped: bool
    opens: str


class Scheme(msgspec.Struct, frozen=True):
    """A kind of argument.

    Attributes:
        name: Its short name.
        text: What an argument of this kind says.
        variables: What stands for what in it.
        decides: Whether it speaks for a decision; else it is about a belief.
        questions: What it has to stand.
    """

    name: str
    text: str
    variables: Mapping[str, str]
    decides: bool
    questions: tuple[CriticalQuestion, ...]


_ALL = (
    Scheme(
        "ASDM",
        "Given F, the decision D promotes the goal G, so D should be considered. D differs from the decision before.",
        {"F": "what matters about the patient", "G": "the goal", "D": "the decision, which is {wanted}"},
        True,
        (
            CriticalQuestion("CQ1", "Is what it says of the patient truly in the record?", True, "COUNTER"),
            CriticalQuestion("CQ2", "Does the decision achieve the goal in this patient?", True, "COUNTER"),
            CriticalQuestion("CQ3", "Does the decision bring a side effect unwanted in this patient?", False, "ASSE"),
            CriticalQuestion("CQ4", "Does the decision bring a danger, or is it contraindicated?", False, "ASDA"),
            CriticalQuestion("CQ5", "Is there another decision that serves the goal better?", False, "ASDM"),
        ),
    ),
    Scheme(
        "ASSE",
        "The decision leads to the side effect S, which is unwanted given F, so it should not be considered.",
        {"F": "what matters about the patient", "S": "the side effect"},
        False,
        (
            CriticalQuestion("CQ1", "Is there evidence for the side effect?", True, "COUNTER"),
            CriticalQuestion("CQ2", "Can the side effect be prevented or tolerated?", False, "COUNTER"),
        ),
    ),
    Scheme(
        "ASDA",
        "Given F, the decision makes the danger B likely, so it must not be taken.",
        {"F": "what matters about the patient", "B": "the danger"},
        False,
        (
            CriticalQuestion("CQ1", "Is the danger real for this patient?", True, "COUNTER"),
            CriticalQuestion("CQ2", "Is the danger of not taking the decision greater?", False, "COUNTER"),
        ),
    ),
    Scheme(
        "COUNTER",
        "Given F, what the argument rests on does not hold.",
        {"F": "what matters about the patient"},
        False,
        (CriticalQuestion("CQ1", "Is it true, by the record and by what is known?", True, "COUNTER"),),
    ),
)
SCHEMES: Mapping[str, Scheme] = {scheme.name: scheme for scheme in _ALL}
