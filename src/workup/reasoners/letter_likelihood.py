"""Letter likelihood: no reply is drawn; the options are compared by how likely the model is to write each next.

Paper: Hendrycks et al. 2021 (arXiv 2009.03300); Robinson and Wingate 2023 (arXiv 2210.12353). Each option costs nothing
beyond the prompt, nothing can be misread, and every option gets a probability. Needs a model that tells the
probabilities of its tokens.

    next token after "Answer:"    " A" 0.26   " C" 0.08   " B" 0.04   " The" 0.01
    answer                        A, with probability 0.26 / (0.26 + 0.08 + 0.04)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

from workup.case import Form
from workup.errors import UserError
from workup.models.request import MOST_LOGPROBS
from workup.reasoners import asking
from workup.reasoners.direct import INSTRUCTION
from workup.reasoners.method import Method, Task, level_of
from workup.reasoners.options import Options
from workup.reasoning import Answer, Reasoning

PREFIX = "Answer:"

_NO_OPTIONS = "there are no options to compare"


class LetterLikelihood(Method[Options]):
    """Answers with the likeliest option; those not among the likeliest tokens count as impossible."""

    name = "letter-likelihood"
    prompts = asking.prompts(instruction=INSTRUCTION, prefix=PREFIX)
    refuses: ClassVar[Mapping[Form, str]] = {
        "choices": "one next token says nothing of several options",
        "diagnosis": _NO_OPTIONS,
        "number": _NO_OPTIONS,
        "text": _NO_OPTIONS,
        "correction": _NO_OPTIONS,
    }

    def work(self, task: Task[Options]) -> Reasoning:
        """Look at the first token that would follow."""
        options = task.question.options
        if not options:
            return task.abstains(_NO_OPTIONS)
        found = task.generate(task.messages(INSTRUCTION), max_tokens=1, prefix=PREFIX, logprobs=MOST_LOGPROBS)
        text = found[0].text if found else ""
        tokens = found[0].logprobs if found else ()
        if text.strip() and not tokens:
            raise UserError(
                f"{self.name} needs the probabilities of tokens, which this model does not tell; use direct"
            )
        first = next((token for token in tokens if token.token.strip()), None)
        shares = likelihoods({first.token: first.logprob, **first.top} if first else {}, options)
        if not shares:
            return task.reasoning(None, text=text)
        best = max(shares, key=lambda key: shares[key])
        answer = Answer(
            level=level_of(task.question),
            text=options[best],
            ids=(best,),
            probability=shares[best],
            extensions={"probabilities": shares},
        )
        return task.reasoning(answer, text=text)


def likelihoods(tokens: Mapping[str, float], keys: Iterable[str]) -> dict[str, float]:
    """Share of each option in the probability that falls on any of them; empty when none does.

    Args:
        tokens: Natural-log probability of each next token.
        keys: The options. A letter must be a token as it is; of a longer label the token may be the beginning.

    >>> round(likelihoods({" A": -1.0, "A": -1.0, " B": -1.0, " The": 0.0}, "AB")["A"], 4)
    0.6667
    >>> round(likelihoods({" no": -1.0, " y": -2.0}, ["yes", "no"])["no"], 4)
    0.7311
    """
    names = list(keys)
    total = dict.fromkeys(names, 0.0)
    for token, logprob in tokens.items():
        word = token.strip()
        meant = [name for name in names if name == word]
        if not meant and word:
            meant = [name for name in names if len(name) > 1 and name.casefold().startswith(word.casefold())]
        if len(meant) == 1:
            total[meant[0]] += math.exp(logprob)
    whole = sum(total.values())
    return {name: share / whole for name, share in total.items()} if whole > 0 else {}
