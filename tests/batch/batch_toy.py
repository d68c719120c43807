"""A reasoner without knowledge: its answer is the case's digest, some ids make it misbehave."""

from __future__ import annotations

import os
import time

from workup.case import Case
from workup.errors import DataError, Issue, UserError
from workup.reasoner import Context
from workup.reasoning import Hypothesis, Reasoning, Usage


class Toy:
    name = "toy"

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        if "refuse" in ctx.options:
            raise UserError("the toy refuses this option")
        time.sleep(ctx.options.get("sleep", 0.0))
        first = case.findings[0].id if case.findings else ""
        if first == "HP:0000404":
            raise DataError("has a finding that the toy cannot read", remedy="leave it out")
        if first == "HP:0000500":
            raise ZeroDivisionError("a fault\nof the toy")
        if first == "HP:0000009":
            os._exit(3)
        if first == "HP:0000130":
            raise KeyboardInterrupt
        return Reasoning(
            reasoner=self.name,
            differential=(
                Hypothesis(id=f"OMIM:{ctx.limit}", label=case.digest(), rank=1.0, score=0.0, probability=0.5),
            ),
            issues=(Issue(message="is read as something else"),) if first == "HP:0000002" else (),
            usage=Usage(seconds=0.001),
        )
