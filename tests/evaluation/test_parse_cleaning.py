from __future__ import annotations

import pytest

from workup.evaluation import parse
from workup.evaluation.parse.clean import view
from workup.evaluation.parse.thinking import spoken

DRUGS = {"A": "Aspirin", "B": "Heparin", "C": "Warfarin"}


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("Ｂ", "B"),
        ("Ⓑ", "B"),
        ("B\u200b\ufeff\u00ad.", "B."),
        ("10²³", "10^23"),
        ("1½", "1 1/2"),
        ("٣٫", "3٫"),
        ("e\u0301", "é"),
        ("“x” ‘y’ – −3", "\"x\" 'y' - -3"),
        ("a\r\nb\tc", "a\nb c"),
        ("ﬁ", "fi"),
    ],
)
def test_plain_characters(raw: str, plain: str) -> None:
    assert view(raw).text == plain


def test_spans_lead_back_to_the_raw_text() -> None:
    raw = "\u200bＡｎｓｗｅｒ： \u200bＢ\u200b."
    found = parse.choice(raw, DRUGS)
    assert (found.value, raw[found.start : found.end]) == ("B", "Ｂ")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("<think>a</think>b", "b"),
        ("<think>a<think>b</think>c</think>d", "d"),
        ("a</think>b", "b"),
        ("a</think>b</think>c", "c"),
        ("b<think>a", "b"),
        ("<thinking>a</thinking>b", "b"),
        ("<seed:think>a</seed:think>b", "b"),
        ("◁think▷a◁/think▷b", "b"),
        ("[THINK]a[/THINK]b", "b"),
        ("<|begin_of_thought|>a<|end_of_thought|>b", "b"),
        ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>", "b"),
        ("<|channel|>analysis<|message|>a<|end|>b", "b"),
        ("b<|im_end|>\n<|im_start|>user\nc", "b"),
        ("b<｜end▁of▁sentence｜>c", "b"),
        ("<s>b</s>", "b"),
        ("Assistant: b", "b"),
        ("b\n\nHuman: c\nAssistant: d", "b"),
        ("Human: a\nAssistant: b\nHuman: c", "b"),
        ("b I hope this helps! Let me know if you have questions.", "b"),
    ],
)
def test_only_what_is_said_to_the_reader(raw: str, said: str) -> None:
    assert spoken(raw)[0].text.strip() == said


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "empty"),
        (" \n\u200b", "empty"),
        ("<think>The answer is A", "unfinished reasoning"),
        ("<|channel|>analysis<|message|>The answer is A", "unfinished reasoning"),
        ("I can't help with that.", "refusal"),
        ("The answer is E.", "E is not an option"),
        ("It is not B.", "only denied: B"),
        ("None of the above", "none of the options"),
        ("Hello", "no option named"),
    ],
)
def test_reasons_for_reading_nothing(raw: str, why: str) -> None:
    found = parse.choice(raw, DRUGS)
    assert (found.value, found.why) == (None, why)
