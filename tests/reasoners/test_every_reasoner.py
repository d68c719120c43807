"""Every registered reasoner and a model that says anything at all: walks the registry, so that new ones are covered.

Each reasoner reads at least 500 replies. Whatever they are, it ends with a result: an answer that was on offer, or none
and a word or an issue about it; the result can be kept, and shown as a page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from every_reasoner import ASKED, LEFT_OUT, given_to
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from method_cases import method

from workup import registry
from workup.about import about
from workup.case import Case, to_json
from workup.evaluation.score import Score
from workup.knowledge import Knowledge
from workup.models.model import Generation, Reply, TokenLogprob, ToolCall
from workup.reasoner import Context
from workup.reasoners.blocks.environment import Encounter, Turn
from workup.reasoning import Reasoning, Usage
from workup.report.trace import render_trace

REPLIES = 500
EXAMPLES = 20

WORDS = (
    *("Answer:", "A", "B", "Z", "1.", "2)", "\n", '"', "“", "{", "}", "[", "]", ",", ":", "not", "no", "YES", "42 mg"),
    *("<case>", "</case>", "</question>", "</think>", "<think>", "<result>", "</dialogue>", "\x00", "🦶", "9" * 400),
    *("[TOOL_CALLS]", '[{"name": "Finish", "arguments": {}}]', '{"name": "delete_record", "arguments": 3}'),
    *("[FinalAnswer]", "DECISION:", "PROBABILITY:", "very confident", "0.", "%", "?", "basic", "advanced", "Yes", "No"),
    *(
        "## **Gout** (Rank #1/5)",
        "[E1]",
        "[E99]",
        "OMIM:1",
        "Correct",
        "Incorrect",
        '{"conclusion": 3}',
        '{"answers": [',
    ),
    *("Expert 1:", "Domain:", "<prompt>", "</prompt>", "<choose>A</choose>", "Explanation:", "Label:", "yes", "\ud800"),
)
GARBAGE = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=6).map("".join),
)
GARBLED = TokenLogprob(token="", logprob=-1.0, top={" B": -1.0, "\n": -0.5, "": -3.0})


class Babble:
    """Says the replies in turn, over and over; every third one with calls that nobody offered."""

    name = "babble"

    def __init__(self, replies: list[str]) -> None:
        self.replies = replies
        self.said = 0

    def generate(self, messages: Any, *, n: int = 1, **_: Any) -> Reply:
        # What is asked has to be sendable, whatever was said before.
        for message in messages:
            message.content.encode()
        return Reply(
            generations=tuple(self._next() for _ in range(n)), model=self.name, usage=Usage(calls=n, output_tokens=n)
        )

    def _next(self) -> Generation:
        text = self.replies[self.said % len(self.replies)]
        self.said += 1
        calls = (ToolCall(name=text[:20] or "x", arguments={"x": text}),) if self.said % 3 == 0 else ()
        return Generation(text=text, tool_calls=calls, logprobs=(GARBLED,))


class Echo:
    """Whoever can be asked says garbage as well."""

    by, limit = "patient", 3

    def __init__(self, replies: list[str]) -> None:
        self.replies = replies

    def reset(self) -> Turn:
        return Turn(text=self.replies[0])

    def step(self, action: str) -> Turn:
        return Turn(text=self.replies[len(action) % len(self.replies)])

    def score(self, answer: Any) -> Score:
        return Score(total=0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("every")


@pytest.mark.parametrize("name", [name for name in registry.names("reasoners") if name not in LEFT_OUT])
def test_whatever_a_model_says_it_ends_with_a_result(name: str, folder: Path, rich: Knowledge) -> None:
    options = given_to(name, folder)
    takes_a_model = "model" in about("reasoners", name).needs or name == "deeprare"
    read = shown = 0
    # One that learns from replies is made anew, since what it has learnt is kept.
    shared = None if name == "spo" else method(name)()

    @settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(replies=st.lists(GARBAGE, min_size=REPLIES // EXAMPLES, max_size=REPLIES // EXAMPLES))
    def ends(replies: list[str]) -> None:
        nonlocal read, shown
        model, made, asked = Babble(replies), shared or method(name)(), ASKED
        while asked and model.said < len(replies):
            # Those that it has no words for are put to it once an example.
            asked = tuple(case for case in asked if _reads(made, case, model))
        read += model.said

    def _reads(made: Any, case: Case, model: Babble) -> bool:
        nonlocal shown
        before = model.said
        ctx = Context(model=model, options=options, knowledge=rich, environment=Encounter(Echo(model.replies)))
        found = made.reason(case, ctx)
        assert isinstance(found, Reasoning)
        check(case, found)
        if shown < len(ASKED):
            shown += 1
            assert "</html>" in render_trace(case, found)
        return model.said > before

    ends()
    assert read >= REPLIES if takes_a_model else read == 0


def check(case: Case, found: Reasoning) -> None:
    to_json(found)
    if found.answer is None:
        # Unparsed is what a model was asked for and did not say; without a question there is a reason.
        assert found.differential or found.abstained or found.usage.calls
        return
    assert 0 <= found.answer.probability <= 1
    if case.question is not None and case.question.options and case.question.form != "rationale":
        assert set(found.answer.ids) <= set(case.question.options)
