"""Strings and lists survive being stored and opened by memory map."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.knowledge.arrays import Lists, Store, Strings

# Lone surrogates are no text that could be encoded.
texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])))
rows = st.lists(st.lists(st.integers(-(2**31), 2**31 - 1)))


@given(texts, rows)
def test_round_trip(values: list[str], numbers: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        store.write({**Strings.pack(values).arrays("words"), **Lists.pack(numbers).arrays("rows")})
        words, lists = store.strings("words"), store.lists("rows")
        assert list(words) == values == [words[i] for i in range(len(words))]
        assert [words[-1 - i] for i in range(len(values))] == values[::-1]
        assert words[:2] == values[:2]
        assert len(lists) == len(numbers)
        assert [lists[i].tolist() for i in range(len(lists))] == numbers


def test_out_of_range() -> None:
    words = Strings.pack(["one"])
    for index in (1, -2):
        with pytest.raises(IndexError):
            words[index]


def test_stored_arrays_are_read_only(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write({"a": np.arange(3)})
    with pytest.raises(ValueError, match="read-only"):
        store.array("a")[0] = 1
