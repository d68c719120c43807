"""Sentences and sections of notes as they come."""

from __future__ import annotations

import sys
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.text.context import qualify
from workup.text.document import LONGEST_SENTENCE, Document
from workup.text.measurements import find
from workup.text.mention import Mention
from workup.text.persons import read_person


def sentences(note: str) -> list[str]:
    return [note[start:end] for start, end in Document.of(note).sentences]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("", []),
        (" \n\t ", []),
        ("Seen by Dr. Lee. No fever.", ["Seen by Dr. Lee.", "No fever."]),
        ("Height 98.5 cm. Weight 12.1 kg.", ["Height 98.5 cm.", "Weight 12.1 kg."]),
        ("Signs, e.g. ataxia, vs. tremor.", ["Signs, e.g. ataxia, vs. tremor."]),
        ("He waited... and left.", ["He waited... and left."]),
        ("He left... Then fever.", ["He left...", "Then fever."]),
        ("fever.No cough, no rash", ["fever.", "No cough, no rash"]),
        ("Variant p.Arg123Ter found. Ataxia.", ["Variant p.Arg123Ter found.", "Ataxia."]),
        ("fever. no cough", ["fever.", "no cough"]),
        ("Seizures? No. Fever!", ["Seizures?", "No.", "Fever!"]),
        ("fever\r\n\r\ncough\r\nrash", ["fever", "cough", "rash"]),
        ("- fever\n- no cough\n- vomiting", ["- fever", "- no cough", "- vomiting"]),
        ("fever\nno cough\nvomiting", ["fever", "no cough", "vomiting"]),
        ("1. Fever\n2. Ataxia", ["1. Fever", "2. Ataxia"]),
        ("• fever • no cough", ["• fever", "• no cough"]),
        ("The patient has never had\nseizures or fever.", ["The patient has never had\nseizures or fever."]),
        ("She has no\nfever", ["She has no\nfever"]),
        ("癫痫发作。没有发烧。", ["癫痫发作。", "没有发烧。"]),
        ("هل لديه حمى؟ لا.", ["هل لديه حمى؟", "لا."]),
        ("אין חום. יש פריחה.", ["אין חום.", "יש פריחה."]),
        ("He is 3. 👶🏽 No fever.", ["He is 3.", "👶🏽 No fever."]),
    ],
)
def test_sentences(note: str, expected: list[str]) -> None:
    assert sentences(note) == expected


def test_wrapped_prose_is_joined_and_a_list_of_capitals_is_not() -> None:
    note = "The girl was first seen at our clinic by\nProfessor Smith, who found a large head and\nno other sign."
    assert len(sentences(note)) == 1
    assert sentences("Fever\nCough\nRash") == ["Fever", "Cough", "Rash"]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Family history: asthma", [("Family history", "family")]),
        ("PMH: asthma\nFH - none", [("PMH", "past")]),
        ("PHYSICAL EXAM\nptosis", [("PHYSICAL EXAM", "examination")]),
        ("Assessment and plan:\nBrain MRI next week.", [("Assessment and plan", "assessment")]),
        ("## Family History\nasthma", [("Family History", "family")]),
        ("**Labs:** Na 140", [("Labs", "laboratory")]),
        ("EYES: wide-spaced", [("EYES", "examination")]),
        ("SOMETHING ELSE\nand here comes its text", [("SOMETHING ELSE", "other")]),
        ("Seizures: no\nFEVER: no", []),
        ("He is well. Family history: asthma.", [("Family history", "family")]),
        ("no headings at all", []),
    ],
)
def test_sections(note: str, expected: list[tuple[str, str]]) -> None:
    assert [(section.title, section.kind) for section in Document.of(note).sections] == expected


def test_family_section_beside_its_heading_ends_at_a_blank_line() -> None:
    note = "Family history: mother has migraine.\n\nThe boy has ataxia."
    document = Document.of(note)
    family = document.section_at(note.index("migraine"))
    assert family is not None
    assert family.kind == "family"
    assert document.section_at(note.index("ataxia")) is None


def test_a_note_all_in_capitals_has_no_headings_of_its_own() -> None:
    note = "THE PATIENT HAS ATAXIA\nAND NO FEVER\nFAMILY HISTORY: MIGRAINE"
    assert [section.kind for section in Document.of(note).sections] == ["family"]


def test_a_note_without_any_break_is_cut_into_pieces() -> None:
    note = "fever and cough and " * 5_000
    document = Document.of(note)
    assert all(end - start <= LONGEST_SENTENCE for start, end in document.sentences)
    assert "".join(note[a:b] for a, b in document.sentences).replace(" ", "") == note.replace(" ", "")


def test_offsets_count_characters_with_emoji_and_combining_marks() -> None:
    note = "👩‍⚕️ é\u0301: no fe\u0301ver 👶. Ataxia."
    (start, end) = Document.of(note).sentences[-1]
    assert note[start:end] == "Ataxia."


PIECES = st.sampled_from(
    [
        "Dr.",
        "fever",
        "No",
        ".",
        "...",
        "\n",
        "\r\n",
        "\n\n",
        "FAMILY HISTORY",
        ":",
        "- ",
        "1. ",
        "  ",
        "é",
        "İ",
        "👶",
        "שלום",
        "؟",
        "# ",
        "x" * 50,
        ";",
    ]
)
NOTES = st.one_of(
    st.text(max_size=400), st.lists(PIECES, max_size=80).map(" ".join), st.lists(PIECES, max_size=80).map("".join)
)


@given(NOTES)
def test_everything_that_is_not_white_space_lies_in_one_sentence(note: str) -> None:
    document = Document.of(note)
    last = 0
    rest = ""
    for number, (start, end) in enumerate(document.sentences):
        assert last <= start < end <= len(note)
        assert note[start:end].strip() == note[start:end]
        assert document.sentence_at(start) == document.sentence_at(end - 1) == number
        rest += note[last:start]
        last = end
    assert not (rest + note[last:]).strip()


@given(NOTES)
def test_sections_are_in_order_and_titled_by_the_note(note: str) -> None:
    last = -1
    for section in Document.of(note).sections:
        assert last < section.start < section.title_end <= section.end <= len(note)
        assert note[section.start : section.title_end] == section.title
        last = section.start


UNITS = {
    "prose": "The 3-year-old boy has ataxia, but no fever. His mother has migraine; Hb 6.1 g/dL.\n",
    "no breaks": "no fever and ataxia and Hb 6.1 and ",
    "lists": "- fever\n- cough: no\n\nPMH: asthma\n",
    "commas": "no fever, cough, rash, or pain, ",
    "digits": "12 34.5 6/7 8% ",
    "headings": "EXAM: EXAM: EXAM\n",
    "spaces": " \t ",
    "marks": "?!...;:-(+ ",
}


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS.keys())
def test_work_grows_linearly_with_the_note(unit: str) -> None:
    """Calls of Python and of built-in functions are counted, not seconds."""

    def work(note: str) -> int:
        count = 0

        def tick(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(tick)
        try:
            document = Document.of(note)
            mentions = [
                Mention(start=place, end=place + 3, id="HP:0000118", label="x", method="name")
                for place in range(0, len(note) - 3, 50)
            ]
            qualify(note, mentions, document)
            find(note, None, read_person(note, document), document)
        finally:
            sys.setprofile(None)
        return count

    small = work(unit * (12_000 // len(unit)))
    large = work(unit * (48_000 // len(unit)))
    assert large <= 4.6 * small + 2_000
