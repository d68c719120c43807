"""Reading answers out of a model's words.

One function a kind of answer, each returning a :class:`Parsed`: the value, where in the raw text it was read, by which
policy, and the rule that read it or the reason why nothing was. What cannot be read is None, never a guess; scorers
count it as wrong and apart. ``docs/parsing.md`` describes the rules.

>>> choice("<think>A? No.</think> The answer is **B**.", {"A": "Aspirin", "B": "Heparin"})
Parsed(value='B', start=38, end=39, policy='lenient', why='announced')
"""

from workup.evaluation.parse.answering import answer, to_answer
from workup.evaluation.parse.parsed import Correction, Parsed, Quantity
from workup.evaluation.parse.policies import POLICIES, Policy
from workup.evaluation.parse.reading import (
    choice,
    choices,
    correction,
    date,
    json_value,
    label,
    number,
    quantity,
    ranked_list,
    yes_no_maybe,
)

__all__ = [
    "POLICIES",
    "Correction",
    "Parsed",
    "Policy",
    "Quantity",
    "answer",
    "choice",
    "choices",
    "correction",
    "date",
    "json_value",
    "label",
    "number",
    "quantity",
    "ranked_list",
    "to_answer",
    "yes_no_maybe",
]
