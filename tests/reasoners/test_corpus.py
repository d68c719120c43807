"""Passages with their places, and quotations checked against them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from method_cases import corpus_file

from workup.errors import UserError
from workup.reasoners.corpus import Corpus, Passage, cut, quotations


@given(st.text(alphabet="ab. !。\n\t", max_size=120), st.integers(1, 20))
def test_passages_cover_the_text_and_lie_where_they_say(text: str, longest: int) -> None:
    end, covered = 0, ""
    for start, stop, piece in cut(text, longest):
        assert piece == text[start:stop]
        assert end <= start < stop
        assert 0 < len(piece) <= longest
        assert not text[end:start].strip()
        covered += piece
        end = stop
    assert not text[end:].strip()
    assert covered.split() or not text.strip()


def test_paragraphs_and_sentences() -> None:
    text = "One two. Three four.\nFive.\n\nSix 七。八。"
    assert [piece for _, _, piece in cut(text, 100)] == ["One two. Three four.\nFive.", "Six 七。八。"]
    assert [piece for _, _, piece in cut(text, 12)] == ["One two.", "Three four.", "Five.", "Six 七。八。"]
    assert [piece for _, _, piece in cut(text, 7)] == ["One two", ".", "Three f", "our.", "Five.", "Six 七。", "八。"]


def test_records_and_text(tmp_path: Path) -> None:
    records = Corpus(Path(corpus_file(tmp_path)))
    ((best, score),) = records.search("big toe", 1)
    assert (best.document, best.title, best.place) == ("g", "Gout", "corpus.jsonl, record 2, characters 0-27")
    assert score > 0
    notes = tmp_path / "notes.txt"
    notes.write_text("Measles is a rash.\n\n  Gout is a pain.\n", encoding="utf-8")
    ((passage, _),) = Corpus(notes).search("gout", 3)
    assert (passage.source, passage.start, passage.end) == ("notes.txt", 22, 37)
    assert notes.read_text()[22:37] == passage.text


def test_broken_records_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    lines = [
        json.dumps({"id": 1, "contents": "Fever"}),
        "{",
        json.dumps({"id": 2}),
        json.dumps({"_id": "x", "text": "Rash"}),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    corpus = Corpus(path)
    assert [passage.document for passage in corpus.passages] == ["1", "x"]
    assert len(corpus.unread) == 2


@pytest.mark.parametrize("content", ["", "\n\n", '{"id": 1}\n'])
def test_a_corpus_without_text_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match="the corpus cannot be used"):
        Corpus(path)


PASSAGE = Passage("d", "book.txt", 100, 162, "Measles begins with fever;\n  Koplik spots come before the rash.")


@pytest.mark.parametrize(
    ("reply", "words", "supported"),
    [
        ('"koplik  SPOTS come before"', "koplik  SPOTS come before", True),
        ("“with fever; Koplik spots”", "with fever; Koplik spots", True),
        ("« Koplik spots come »", " Koplik spots come ", True),
        ('"Koplik spots come before the rash."', "Koplik spots come before the rash.", True),
        ('"Koplik spots come after the rash"', "Koplik spots come after the rash", False),
        ("「麻疹の発疹」", "麻疹の発疹", None),
        ("「麻疹の発疹です」", "麻疹の発疹です", False),
        ('the "rash"', "", None),
        ('"(.*)+ [begins] with\\"', "(.*)+ [begins] with\\", False),
    ],
)
def test_quotations(reply: str, words: str, supported: bool | None) -> None:
    found = quotations(reply, [PASSAGE])
    assert [(said, evidence.supported) for said, evidence in found] == (
        [] if supported is None else [(words, supported)]
    )


def test_a_quotation_knows_its_place() -> None:
    ((_, evidence),) = quotations('"Koplik spots come"', [PASSAGE])
    assert evidence.values == {"document": "d", "start": 129, "end": 146}
    assert evidence.source == "book.txt, characters 129-146"


@given(st.text(alphabet='"“”«»「」 .abc\n(*', max_size=80))
def test_any_reply_can_be_checked(reply: str) -> None:
    for words, evidence in quotations(reply, [PASSAGE]):
        assert words in reply
        assert evidence.quote == words
