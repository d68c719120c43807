"""Names of terms: looked up one by one, and looked for when misspelled, as difflib would."""

from __future__ import annotations

import tempfile
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.knowledge import Knowledge
from workup.knowledge.arrays import Store
from workup.knowledge.hpo_names import LEAST_SIMILARITY, Names, compile_names, fold, longest_common, term_of_name

# Few characters, so that many names are alike.
WORDS = st.text("abn 7", min_size=1, max_size=14).map(fold).filter(bool)
LONG = st.text("ab", min_size=120, max_size=140)


def opened(folder: Path, labels: list[str]) -> Names:
    store = Store(folder)
    store.write(compile_names(labels, [], []))
    return Names(store)


def nearest(names: list[str], text: str, limit: int) -> list[str]:
    """What difflib finds; a name without a letter or digit, which it finds for the empty text, is no name."""
    return get_close_matches(text, [name for name in names if name], limit, LEAST_SIMILARITY)


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, max_size=20, unique=True), WORDS, st.integers(1, 5))
def test_close_names_are_those_of_difflib(labels: list[str], text: str, limit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = opened(Path(folder), labels).close(text, limit)
    assert [labels[term] for term in found] == nearest(labels, text, limit)


@settings(max_examples=25, deadline=None)
@given(LONG, st.lists(st.tuples(st.integers(0, 119), st.integers(0, 20)), min_size=1, max_size=6))
def test_close_names_of_texts_longer_than_a_number_has_bits(text: str, cuts: list[tuple[int, int]]) -> None:
    labels = list(dict.fromkeys(text[:start] + text[start + size :] for start, size in cuts))
    with tempfile.TemporaryDirectory() as folder:
        found = opened(Path(folder), labels).close(text, 3)
    assert [labels[term] for term in found] == nearest(labels, text, 3)


@given(st.text("abc", min_size=1, max_size=140), st.lists(st.text("abcd", max_size=20), min_size=1, max_size=5))
def test_longest_common_subsequence(text: str, names: list[str]) -> None:
    blob = np.frombuffer("".join(names).encode() or b"-", dtype=np.uint8)
    lengths = np.array([len(name) for name in names], dtype=np.uint8)
    found = longest_common(text, blob, np.cumsum(lengths, dtype=np.int64) - lengths, lengths)
    assert found.tolist() == [_common(text, name) for name in names]


def _common(one: str, other: str) -> int:
    """By dynamic programming, one cell of the table after the other."""
    row = [0] * (len(other) + 1)
    for character in one:
        before = 0
        for place, second in enumerate(other, start=1):
            before, row[place] = row[place], before + 1 if character == second else max(row[place], row[place - 1])
    return row[-1]


def test_a_label_goes_before_a_synonym(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(compile_names(["Seizure", "Fever", "fever!"], ["Fits", "FEVER", "fits"], [0, 0, 1]))
    names = Names(store)
    assert [names.meaning(name) for name in ("seizure", "fever", "fits", "Fever", "")] == [0, 2, ~0, None, None]
    assert names.close("fit", 3) == (~0,)


def test_a_name_of_no_letters_is_like_nothing(tmp_path: Path) -> None:
    names = opened(tmp_path, ["(!)", "Seizure"])
    assert names.close("", 3) == ()
    assert names.close("x", 3) == ()


def test_names_of_more_than_255_letters(tmp_path: Path) -> None:
    names = opened(tmp_path, ["a" * 400, "a" * 300 + "b" * 100, "b"])
    assert names.close("a" * 390, 3) == (0, 1)
    assert names.close("a" * 5000, 3) == ()


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


@pytest.fixture(scope="module")
def terms(knowledge: Knowledge) -> dict[str, int]:
    ontology = knowledge.ontology
    synonyms = list(ontology.synonyms())
    labels = [ontology.label(term) for term in range(len(ontology))]
    return term_of_name(labels, [one.text for one in synonyms], [one.term for one in synonyms])


def test_each_name_of_the_ontology_is_found(knowledge: Knowledge, terms: dict[str, int]) -> None:
    names = Names(knowledge.store)
    assert len(terms) > 40_000
    assert [names.meaning(name) for name in terms] == list(terms.values())
    assert names.meaning("no such finding") is None


@pytest.mark.parametrize(
    "text",
    [
        "Focal onset sezure",
        "phalanx of the 4th finger Aplasia",
        "Abnormality of the the outermost bone of the fourth toe of the left and of the right foot",
        "retina pigmentation of Spicular",
        "Ödem der Füße",
    ],
)
def test_close_names_in_the_ontology(knowledge: Knowledge, terms: dict[str, int], text: str) -> None:
    folded = fold(text)
    expected = nearest([name for name in terms if _may_be_near(name, folded)], folded, 20)
    assert Names(knowledge.store).close(folded, 20) == tuple(terms[name] for name in expected)


def _may_be_near(name: str, text: str) -> bool:
    # Difflib's own quick bound, which spares the test most of the comparisons.
    return SequenceMatcher(None, name, text).quick_ratio() >= LEAST_SIMILARITY
