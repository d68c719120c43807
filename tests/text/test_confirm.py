"""A person goes through the mentions of a note; the keys are pressed by a script."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable

import pytest
from rich.console import Console

from workup.errors import UserError
from workup.knowledge import Knowledge
from workup.text.confirm import Review, Stopped, TermNames, keys_of, terminal_keys
from workup.text.extract import Reading
from workup.text.mention import Circumstance, Mention

NOTE = "She has seizures.\nNo ataxia was seen. Her sight is poor, 👧🏽 myopia."
READING = Reading(
    mentions=(
        Mention(start=8, end=16, id="HP:0001250", label="Seizure", method="name"),
        Mention(start=21, end=27, id="HP:0001251", label="Ataxia", method="name", status="excluded",
                contexts=(Circumstance(kind="negated", start=18, end=20),)),
        Mention(start=60, end=66, id="HP:0000545", label="Myopia", method="lay", score=0.8, reason="a guess"),
    )
)  # fmt: skip


def review(*keys: str, reading: Reading = READING, can_save: bool = True) -> tuple[Review, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=False)
    press: Callable[[], str] = itertools.chain(keys, itertools.repeat("")).__next__
    ontology = Knowledge.load().ontology
    return Review(NOTE, reading, ontology, press=press, console=console, name="p", can_save=can_save), out


def test_marks_of_the_test_note() -> None:
    assert [one.words(NOTE) for one in READING.mentions] == ["seizures", "ataxia", "myopia"]


def test_accepting_everything_changes_nothing_but_the_record() -> None:
    for keys in ("aaa", "A", "\r\r\r", "aA"):
        result = review(*keys)[0].run()
        assert result.mentions == READING.mentions
        assert (result.rejected, result.pending, result.reviewed) == ((), (), True)


def test_each_mention_is_shown_in_its_sentence_with_status_and_how() -> None:
    run, out = review(*"aaa")
    run.run()
    text = out.getvalue()
    for words in (
        "She has [seizures].",
        "No [ataxia] was seen.",
        "Ataxia (HP:0001251): excluded",
        "excluded: negated by “No”",
        "found by an everyday name (confidence 0.80); a guess",
        "2 of 3, line 2",
        "3 accepted (0 of them corrected), 0 rejected.",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_rejecting_flipping_and_leaving_open() -> None:
    result = review("r", "f", "a", "u", "a")[0].run()
    assert [one.id for one in result.rejected] == ["HP:0001250"]
    assert [(one.id, one.status, one.method) for one in result.mentions] == [
        ("HP:0001251", "present", "user"),
        ("HP:0000545", "unknown", "user"),
    ]
    assert "it was read as excluded" in result.mentions[0].reason


def test_going_back() -> None:
    result = review("r", "b", "a", "a", "a")[0].run()
    assert result == review("a", "a", "a")[0].run()
    assert review("b", "a", "a", "a")[0].run().reviewed


def test_another_term_by_typing() -> None:
    run, out = review("t", *"febrile seiz", "\x7f", "\t", "\r", "a", "a", "a")
    result = run.run()
    chosen = result.mentions[0]
    terms = TermNames(Knowledge.load().ontology).search("febrile sei", 8)
    ontology = Knowledge.load().ontology
    assert (chosen.id, chosen.label) == (ontology.id(terms[1]), ontology.label(terms[1]))
    assert (chosen.method, chosen.start, chosen.end) == ("user", 8, 16)
    assert "instead of Seizure (HP:0001250)" in chosen.reason
    assert "> febrile sei" in out.getvalue()


@pytest.mark.parametrize("leave", ["\x1b", "\x04"])
def test_leaving_the_list_keeps_the_term(leave: str) -> None:
    result = review("t", *"ataxia", leave, "a", "a", "a")[0].run()
    assert result.mentions == READING.mentions


def test_nothing_of_that_name() -> None:
    run, out = review("t", *"xqzj", "\r", "a", "\x15", "a", "a")
    assert run.run().mentions == READING.mentions
    assert "no term has such a name" in out.getvalue()


def test_stopping_saves_what_was_decided_and_goes_on_there() -> None:
    with pytest.raises(Stopped) as stopped:
        review("f", "a", "r", "s")[0].run()
    assert stopped.value.save
    saved = stopped.value.reading
    assert saved.pending == (1,)
    assert [one.id for one in saved.rejected] == ["HP:0001251"]
    run, out = review("a", reading=saved)
    result = run.run()
    assert "1 of them still to be looked at" in out.getvalue()
    assert "[myopia]" in out.getvalue()
    assert "[seizures]" not in out.getvalue()
    assert (result.pending, len(result.mentions), len(result.rejected)) == ((), 2, 1)


@pytest.mark.parametrize("key", ["q", "", "\x04"])
def test_quitting_saves_nothing(key: str) -> None:
    with pytest.raises(Stopped) as stopped:
        review("a", key)[0].run()
    assert not stopped.value.save


def test_saving_needs_a_file_and_other_keys_show_the_help() -> None:
    run, out = review("s", "x", "A", can_save=False)
    run.run()
    assert "--findings-out" in out.getvalue()
    assert out.getvalue().count("[a] accept") == 2


def test_a_note_without_mentions() -> None:
    run, out = review(reading=Reading())
    assert run.run().reviewed
    assert "nothing to confirm" in out.getvalue()


def test_keys_typed_fast_and_escape_sequences() -> None:
    press = keys_of(iter(["ar\x1b[A\x1bOB\x1b", "é", ""]).__next__)
    assert [press() for _ in range(7)] == ["a", "r", "\x1b[A", "\x1bOB", "\x1b", "é", ""]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("seizure", "HP:0001250"),
        ("HP:0001250", "HP:0001250"),
        ("short stat", "HP:0004322"),
        ("seizzure", "HP:0001250"),
    ],
)
def test_search_follows_what_is_typed(text: str, first: str) -> None:
    ontology = Knowledge.load().ontology
    found = [ontology.id(term) for term in TermNames(ontology).search(text, 8)]
    assert first in found[:1]
    assert len(found) <= 8


def test_search_for_nothing() -> None:
    names = TermNames(Knowledge.load().ontology)
    assert names.search("", 8) == names.search("  .,", 8) == []


def test_without_a_terminal_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with pytest.raises(UserError, match="needs a terminal"):
        terminal_keys()
