from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.text.words import BREAK, COMMA, HYPHEN, SUSPENDED, fold, number_and_spelling, sentences, stem, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hypotonic", "hypotonia"),
        ("microcephalic", "microcephaly"),
        ("dysplastic", "dysplasia"),
        ("obese", "obesity"),
        ("anaemic", "anemia"),
        ("retarded", "retardation"),
        ("delayed", "delay"),
        ("vertebrae", "vertebral"),
        ("cerebellar", "cerebellum"),
        ("calcified", "calcifications"),
        ("telangiectases", "telangiectasia"),
        ("diarrhoea", "diarrhea"),
        ("leucopenia", "leukopenia"),
        ("naevi", "nevus"),
        ("dilated", "dilatation"),
        ("spastic", "spasticity"),
        ("abnormal", "abnormality"),
        ("fibres", "fiber"),
        ("feet", "foot"),
    ],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hypertension", "hypotension"),
        ("urine", "urination"),
        ("radius", "radiation"),
        ("limb", "limbic"),
        ("ileum", "ilium"),
        ("seizure", "size"),
        ("septum", "sepsis"),
    ],
)
def test_different_words_do_not(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_number_and_spelling_keep_the_ending() -> None:
    assert number_and_spelling("oedema") == "edema"
    assert number_and_spelling("seizures") == number_and_spelling("seizure")
    assert number_and_spelling("hypotonic") != number_and_spelling("hypotonia")


@given(st.text(max_size=60))
def test_folding_keeps_the_places(note: str) -> None:
    folded = fold(note)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(0 <= s < e <= len(note) for s, e in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(folded.starts)


@given(st.text(max_size=60))
def test_words_are_in_order_and_apart(note: str) -> None:
    found = words(note)
    assert all(0 <= word.start < word.end <= len(note) for word in found)
    assert all(one.start < two.end and one.start <= two.start for one, two in pairwise(found))


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("ﬂoppy", "ﬂoppy"),
        ("e\u0301piphysis", "e\u0301piphysis"),
        ("sei\u00adzure", "sei\u00adzure"),
        ("\U0001f600 ptosis", "ptosis"),
        ("ｐｔｏｓｉｓ", "ｐｔｏｓｉｓ"),
        ("ptosis\r\n", "ptosis"),
    ],
)
def test_a_word_is_given_as_the_note_writes_it(note: str, expected: str) -> None:
    [word] = words(note)
    assert note[word.start : word.end] == expected
    assert word.text in {"floppy", "epiphysis", "seizure", "ptosis"}


def test_joints() -> None:
    assert [w.joint for w in words("micro- and retrognathia, low-set ears.\nmacro-\ncephaly")][1:] == [
        SUSPENDED, 0, COMMA, HYPHEN, 0, BREAK, HYPHEN,
    ]  # fmt: skip


@given(st.text(alphabet="aB. \n!:1-", max_size=80))
def test_sentences_cover_everything_but_white_space_once(note: str) -> None:
    bounds = sentences(note)
    assert all(a < b for a, b in bounds)
    assert all(one[1] <= two[0] for one, two in pairwise(bounds))
    inside = {place for start, end in bounds for place in range(start, end)}
    assert all(place in inside or character.isspace() for place, character in enumerate(note))


def test_blank_lines_and_lists_end_a_sentence() -> None:
    note = "Small\n\nhands\n- ptosis\n- fever\nMOUTH: cleft"
    assert [note[a:b] for a, b in sentences(note)] == ["Small", "hands", "- ptosis", "- fever", "MOUTH: cleft"]


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ("患者はseizuresとmicrocephaly。", ["患者は", "seizures", "と", "microcephaly"]),
        ("وmicrocephaly", ["و", "microcephaly"]),
        ("ה-hypotonia", ["ה", "hypotonia"]),
        ("seizures가", ["seizures", "\u1100\u1161"]),
        # Greek and Cyrillic letters stay where they are: they stand in names.
        ("β-thalassemia, α1x", ["β", "thalassemia", "α1x"]),
        ("Ｓeizures ﬂoppy", ["seizures", "floppy"]),
    ],
)
def test_letters_of_other_scripts_are_words_of_their_own(note: str, found: list[str]) -> None:
    read = words(note)
    assert [word.text for word in read] == found
    for word in read:
        assert fold(note[word.start : word.end]).text == word.text
