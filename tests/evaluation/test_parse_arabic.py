"""Letters in Arabic replies."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.evaluation.parse import choice
from workup.evaluation.parse.arabic import folded

KEYED = json.loads((files("workup.systems") / "shipped" / "arabic_replies.json").read_text("utf-8"))


@pytest.mark.parametrize("row", KEYED["replies"], ids=lambda row: row["reply"][:30])
def test_keyed_replies(row: dict[str, str]) -> None:
    read = choice(row["reply"], KEYED["options"])
    assert read.value == row["letter"]
    assert 0 <= read.start < read.end <= len(row["reply"])


@pytest.mark.parametrize("reply", ["", "لا أعرف", "أ أو ب", "كتاب", "٩", "الدكتور د. سعيد"])
def test_what_names_no_option_is_not_guessed(reply: str) -> None:
    assert choice(reply, KEYED["options"]).value is None


def test_numbers_are_no_places_where_options_are_numbers() -> None:
    assert choice("2", {"A": "2", "B": "٣ أيام", "C": "يوم"}).value == "A"


@given(st.text(alphabet="ابتثجحدذرزسهويةىأإآ ًٌُِّ.:()123٤٥ـ\u200f\n", max_size=60))
def test_folding_keeps_places(text: str) -> None:
    plain = folded(text)
    assert len(plain.text) == len(plain.places)
    assert list(plain.places) == sorted(plain.places)
    choice(text, KEYED["options"])
