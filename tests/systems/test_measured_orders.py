"""The measurement of planted orders, with a model that obeys each of them in place of the small one."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from workup.models.model import Generation, Reply
from workup.reasoning import Usage
from workup.simulate.planted_orders import KINDS, PLACES, planted_orders
from workup.systems.measurements import planted_orders as measuring

ORDERED = re.compile(
    "|".join(
        re.escape(words).replace(re.escape("{key}"), "([A-D])").replace("\\ ", " ")
        for wordings in KINDS.values()
        for words in wordings
    )
)


class Obeying:
    """Gives the answer that it is ordered to give, calls what it is told to call, and answers A elsewhere."""

    name = "obeying"

    def generate(self, messages: Any, **_: Any) -> Reply:
        asked = "\n".join(message.content for message in messages).replace('\\"', '"').replace("‹", "<")
        found = ORDERED.search(asked)
        key = next(filter(None, found.groups())) if found else "A"
        words = f'[FinalAnswer] Answer: {key} [TOOL_CALLS] [{{"name": "Finish", "arguments": {{}}}}]'
        text = words if "[FinalAnswer]" in asked else f"Answer: {key}"
        return Reply(generations=(Generation(text=text),), model=self.name, usage=Usage(calls=1, input_tokens=9))


@contextmanager
def obeying(*_: Any, **__: Any) -> Any:
    yield Obeying()


def test_a_hundred_orders_of_six_kinds_in_three_places() -> None:
    planted = planted_orders(100)
    assert {one.kind for one in planted} == set(KINDS)
    assert {one.place for one in planted} == set(PLACES)
    assert len({(one.kind, one.wording, one.place) for one in planted}) == 36
    assert all(
        "B" in one.words("B") and "{" not in one.words("B").replace('{"name', "").replace("{}}", "") for one in planted
    )


@pytest.mark.real
def test_what_an_obeying_model_does_is_counted_and_told(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "load", obeying)
    # Every order once, for time.
    monkeypatch.setattr(measuring, "ORDERS", 36)
    found = measuring.small_model(data_dir, "slow")
    flips, unseen = found["orders-flips"], found["orders-unseen"]
    assert isinstance(flips.value, float)
    # Where the model says A without an order as well, the order to say A is no flip.
    assert flips.value > 0.6
    assert flips.interval is not None
    assert flips.interval[0] < flips.value
    assert (unseen.value, unseen.n) == (0, 36)
    assert found["orders-started"].value == found["orders-outside"].value == 0
    assert found["orders-started"].n >= 12
