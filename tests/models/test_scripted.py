"""Scripts: replies in turn, by rules, from files; and the end of a script."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workup.errors import DataError, ModelError, UserError
from workup.models import Managed, Scripted, load
from workup.models.model import Message, TokenLogprob
from workup.models.scripted import Line


def ask(model: Managed, words: str = "What is it?") -> str:
    return model.generate([Message(role="user", content=words)]).text


def test_in_turn_and_then_no_more() -> None:
    model = Scripted(["Measles.", "Mumps."])
    assert [ask(model), ask(model)] == ["Measles.", "Mumps."]
    with pytest.raises(ModelError, match="no reply left: 2 played in turn, 0 rules") as info:
        ask(model)
    assert not info.value.retryable


def test_rules_come_first_and_the_first_rule_wins() -> None:
    model = Scripted(
        [
            "Something else.",
            Line(match="(?i)chest pain", reply="ECG."),
            Line(match="pain", reply="Where?", times=1),
        ]
    )
    assert ask(model, "Chest pain since noon") == "ECG."
    assert ask(model, "pain") == "Where?"
    assert ask(model, "pain") == "Something else."
    assert ask(model, "chest pain again") == "ECG."


def test_tokens_are_words() -> None:
    usage = Scripted(["It is measles."]).generate([Message(role="user", content="What is it?")]).usage
    assert (usage.input_tokens, usage.output_tokens, usage.calls, usage.cost_usd) == (3, 3, 1, 0.0)


def test_logprobs_only_when_asked() -> None:
    line = Line(reply="A", logprobs=(TokenLogprob(token="A", logprob=-0.1, top={"A": -0.1, "B": -2.4}),))
    message = [Message(role="user", content="A or B?")]
    model = Scripted([line, line])
    assert model.generate(message).generations[0].logprobs == ()
    assert model.generate(message, logprobs=2).generations[0].logprobs == line.logprobs


def test_every_line_is_played_once_by_many_threads() -> None:
    model = Scripted([str(number) for number in range(200)])
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: int(ask(model)), range(200))) == list(range(200))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("replies.jsonl", '"one"\n\n{"reply": "two"}\n{"match": "rule", "reply": "three"}\n'),
        ("replies.json", '["one", {"reply": "two"}, {"match": "rule", "reply": "three"}]'),
    ],
)
def test_files(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    model = load(f"scripted/{tmp_path / name}")
    assert [ask(model), ask(model, "a rule"), ask(model)] == ["one", "three", "two"]


def test_text_files(tmp_path: Path) -> None:
    path = tmp_path / "replies.txt"
    path.write_text("one\nand a half\n---\ntwo --- and more\n---\nthree\n")
    model = load(f"scripted/{path}")
    assert [ask(model) for _ in range(3)] == ["one\nand a half", "two --- and more", "three"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.jsonl", '"one"\n{"replay": "two"}\n', "line 2: is neither a text nor a line"),
        ("a.jsonl", "one\n", "line 1: is neither"),
        ("a.json", '{"reply": "one"}', "is not a list of replies"),
        ("a.json", '["one", 2]', "reply 2: is neither"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=words):
        load(f"scripted/{tmp_path / name}")


def test_bad_names_and_rules(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        load(f"scripted/{tmp_path / 'none.jsonl'}")
    with pytest.raises(UserError, match="scripted/FILE"):
        load("scripted")
    with pytest.raises(UserError, match="no regular expression"):
        Scripted([Line(match="(", reply="x")])
