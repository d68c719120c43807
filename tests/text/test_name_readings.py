"""The ways to read names in a sentence: the compiled search gives bit for bit what Python gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.knowledge import Knowledge
from workup.knowledge.hpo import Ontology
from workup.text import readings
from workup.text.compiled import kernels
from workup.text.mention import Mention
from workup.text.names import Names
from workup.text.pieces import Piece
from workup.text.readings import Reading, Readings, classes_of
from workup.text.recognise import Options, Recogniser
from workup.text.words import Word, words

compiled = pytest.mark.skipif(kernels is None, reason="the search for names was not compiled here")

# Words of the toy's names, and what decides between them.
_WORDS = (
    "small", "hands", "feet", "low", "set", "ears", "ear", "posteriorly", "rotated", "wide", "nasal", "bridge", "tip",
    "nose", "kidney", "abnormality", "abnormal", "thumb", "defect", "defects", "facial", "edema", "rash", "generalized",
    "hypotonia", "severe", "muscular", "delay", "and", "or", "of", "the", "to", "not", "no", "mild", "except", "normal",
    "childhood", "2", "with", "is", "microcefaly", "seizures",
)  # fmt: skip
_JOINTS = (" ", " ", " ", " ", "-", "- ", ", ", "/", " (", ": ", ". ", "\n", "\n\n")
_notes = st.lists(st.tuples(st.sampled_from(_WORDS), st.sampled_from(_JOINTS)), max_size=24).map(
    lambda pairs: "".join(word + joint for word, joint in pairs)
)


def both(ontology: Ontology, options: Options) -> tuple[Recogniser, Recogniser]:
    """A recogniser as it is and one without compiled code."""
    names = Names.of(ontology)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readings, "kernels", None)
        by_python = Recogniser(ontology, names, options)
    return Recogniser(ontology, names, options), by_python


def as_sets(found: tuple[list[tuple[int, list[Piece]]], list[Reading]]) -> tuple[object, object]:
    """Readings without the order in which names were come upon."""
    alone, several = found
    return sorted((name, tuple(map(repr, pieces))) for name, pieces in alone), sorted(map(repr, several))


def compare(one: Recogniser, other: Recogniser, note: str) -> list[Mention]:
    fast, slow = one.mentions(note), other.mentions(note)
    assert fast == slow, note
    return fast


@compiled
@pytest.mark.parametrize(
    "options", [Options(), Options(nested=True), Options(implied=False, typos=False), Options(least_score=0.8)]
)
def test_compiled_on_any_words(ontology: Ontology, options: Options) -> None:
    fast, slow = both(ontology, options)
    assert fast._readings._finder is not None
    assert slow._readings._finder is None

    @settings(max_examples=150)
    @given(_notes)
    def check(note: str) -> None:
        compare(fast, slow, note)
        row = words(note)
        pieces = fast._pieces.of(row)
        heading = row[:2]
        above = {piece.stem: piece for piece in fast._pieces.of_heading(heading)}
        for titles, over in (([], {}), (heading, above), (words("EARS: wide"), above)):
            given_ = (row, pieces, over, titles)
            assert as_sets(fast._readings.of(*given_)) == as_sets(slow._readings.of(*given_))

    check()


@compiled
@pytest.mark.real
@pytest.mark.parametrize("name", ["bc8_exam_dev", "gscplus_dev", "id68_dev"])
def test_compiled_on_real_notes(data_dir: Path, name: str) -> None:
    lines = (data_dir / "text-to-hpo" / f"{name}.jsonl").read_text("utf-8").splitlines()
    notes = [json.loads(line)["text"] for line in lines]
    step = max(1, len(notes) // 30)
    fast, slow = both(Knowledge.load().ontology, Options(nested=True))
    found = [compare(fast, slow, note) for note in notes[::step]]
    assert sum(map(len, found)) > 30
    page = " ".join(notes[:60])
    assert len(compare(fast, slow, page)) > 30


@compiled
def test_a_name_that_the_compiled_search_has_no_room_for_is_left_to_python(
    ontology: Ontology, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Recogniser(ontology, Names.of(ontology), Options())
    monkeypatch.setattr(readings, "_MOST_STEMS", 2)
    careful = Recogniser(ontology, Names.of(ontology), Options())
    assert careful._readings._finder is None
    assert len(compare(usual, careful, "Small hands and feet, low-set posteriorly rotated ears.")) > 1


def test_a_reading_by_hand(ontology: Ontology) -> None:
    """The feet of "small hands and feet" are read across the list, and what that costs is told."""
    fast, slow = both(ontology, Options())
    row = words("Small hands and feet")
    for recogniser in (fast, slow):
        alone, several = recogniser._readings.of(row, recogniser._pieces.of(row), {}, [])
        assert alone == []
        costs = {
            (ontology.label(int(recogniser.names.term[found.name])), tuple(piece.first for piece in found.pieces)): (
                round(found.cost, 2),
                found.listed,
            )
            for found in several
        }
        assert costs["Small hand", (0, 1)] == (0.0, False)
        # A list (0.12), and one word of another item (0.04).
        assert costs["Short foot", (0, 3)] == (0.16, True)


def test_a_stem_may_stand_in_the_heading(ontology: Ontology) -> None:
    fast, slow = both(ontology, Options())
    row, heading = words("low-set"), words("EARS:")
    for recogniser in (fast, slow):
        above = {piece.stem: piece for piece in recogniser._pieces.of_heading(heading)}
        _, several = recogniser._readings.of(row, recogniser._pieces.of(row), above, heading)
        labels = {ontology.label(int(recogniser.names.term[found.name])) for found in several if found.headed}
        assert "Low-set ears" in labels


def test_no_words_no_readings(ontology: Ontology) -> None:
    for recogniser in both(ontology, Options()):
        assert recogniser._readings.of([], [], {}, []) == ([], [])


def test_a_repeated_stem_is_read_where_it_is_nearest(ontology: Ontology) -> None:
    """Of two "small" the one beside the hands is taken, also when it is the later one."""
    row = words("small nose and small hands")
    for recogniser in both(ontology, Options()):
        _, several = recogniser._readings.of(row, recogniser._pieces.of(row), {}, [])
        hands = {
            tuple(piece.first for piece in found.pieces)
            for found in several
            if ontology.label(int(recogniser.names.term[found.name])) == "Small hand"
        }
        assert hands == {(3, 4)}


@pytest.mark.parametrize(
    ("word", "bits"),
    [
        ("and", {0, 3}),
        ("of", {1, 3, 4, 8}),
        ("not", {1, 2, 3, 7}),
        ("mild", {2, 3}),
        ("is", {1, 3, 4}),
        ("except", {5}),
        ("childhood", {6}),
        ("12", {10}),
        ("defects", {11, 12, 13}),
        ("ears", {13}),
        ("zebra", set()),
    ],
)
def test_classes_of_words(word: str, bits: set[int]) -> None:
    assert classes_of(word) == sum(1 << bit for bit in bits)


def test_least_score_is_a_limit(ontology: Ontology) -> None:
    strict = Readings(Names.of(ontology), implied=True, least=0.9)
    row: list[Word] = words("Small hands and feet")
    pieces = Recogniser.of(ontology)._pieces.of(row)
    names = Names.of(ontology)
    found = strict.of(row, pieces, {}, [])[1]
    assert found
    assert all(int(names.trust[one.name]) / 100 - one.cost >= 0.9 for one in found)
