"""Notes and lists told apart, and the encodings people's notes come in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.errors import DataError
from workup.io import cases_from_text, read_cases
from workup.io.note import looks_like_note
from workup.knowledge import Knowledge

NOTES = (
    "A 3-year-old girl with seizures. No short stature.",
    "She had a fever.",
    "[Name removed] was referred for evaluation.",
    "[** 12 May **] The patient has ataxia.",
    "HISTORY:\nSeizures since 2 years\nEXAM:\nHeight 98 cm, microcephaly\nNo rash",
    "Seizures and short stature. Growth is poor.",
    "pt c/o cough x 3 days\nhe denies fever\nno rash",
    "患者有癫痫发作。没有发热。",
    "Patient has HP:0001250 (Seizure) and was seen for HP:0000252.",
)
LISTS = (
    "Seizure\nShort stature\nMicrocephaly",
    "HP:0001250\n-HP:0000252",
    "HP:0001250 Seizure, was noted by the father\n-HP:0000252 Microcephaly",
    "Seizure (HP:0001250)\nShort stature (HP:0004322)",
    "Seizure; Short stature; -Microcephaly",
    "# the list of the patient who was seen\nSeizure\nAtaxia",
    "Seizure\nAtaxia\nMicrocephaly\nScoliosis\nhas been tired",
    "42",
)


@pytest.mark.parametrize("text", NOTES)
def test_notes(text: str, tmp_path: Path) -> None:
    assert looks_like_note(text)
    for name in ("p.txt", "p.md", "p.text", "p"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (case,) = read_cases(tmp_path / name).cases
        assert (case.id, case.text, case.findings) == ("p", text, ())


@pytest.mark.parametrize("text", LISTS)
def test_lists(text: str, tmp_path: Path) -> None:
    assert not looks_like_note(text)
    (tmp_path / "p.txt").write_text(text, encoding="utf-8")
    (case,) = read_cases(tmp_path / "p.txt").cases
    assert case.text is None
    assert case.findings


NAMELESS = (
    "Seizures, febrile",
    "Seizures and microcéphaly – ataxia",
    "HISTORY\r\nGirl with sei-\r\nzures.\r\n\r\nEXAM\r\nMicrocephaly.\r\nNo hypotonia.\r\n",
    "HISTORY\rSeizures.\rEXAM\rMicrocephaly.\r",
    "المريض عمره ثلاث سنوات ويعاني من نوبات صرع",
    "<b>seizures</b> &amp; ataxia {{ 7*7 }}",
    "👩\u200d⚕️ Seizures 😀 with ﬂoppy tone",
    "a" * 400 + " seizures",
)


@pytest.mark.parametrize("text", NAMELESS)
def test_a_list_that_names_hardly_anything_is_a_note(text: str, tmp_path: Path) -> None:
    assert not looks_like_note(text)
    path = tmp_path / "p.txt"
    path.write_bytes(text.encode())
    result = read_cases(path)
    (case,) = result.cases
    assert (case.text, case.findings) == (text, ())
    assert not result.issues
    # Whoever says that it is a list, or types it as one, gets a list.
    if "a" * 400 not in text:
        assert read_cases(path, format="list").cases[0].findings
        assert cases_from_text(text).cases[0].findings


def test_half_of_the_names_known_is_no_list_more_is(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    for text, listed in (("Seizure\nFoo", False), ("Seizure\nAtaxia\nFoo", True), ("-Foo\nBar", True), ("42", True)):
        path.write_text(text)
        assert bool(read_cases(path).cases[0].findings) == listed


def test_hardly_any_name_of_a_finding_looks_like_a_note() -> None:
    ontology = Knowledge.load().ontology
    names = [ontology.label(t) for t in range(len(ontology))] + [one.text for one in ontology.synonyms()]
    assert len([name for name in names if looks_like_note(name)]) <= 4
    # As lists of any fifty, none does.
    assert not any(looks_like_note("\n".join(names[i : i + 50])) for i in range(0, len(names), 50))


def test_the_format_can_be_said() -> None:
    assert cases_from_text("Seizure", format="note").cases[0].text == "Seizure"
    assert cases_from_text("She was well. He was not.", format="list").cases[0].findings


@pytest.mark.parametrize(
    ("data", "text", "code"),
    [
        ("The girl has a Ménière attack.".encode(), "The girl has a Ménière attack.", None),
        ("The girl has a Ménière attack.".encode("utf-16"), "The girl has a Ménière attack.", None),
        ("The girl has a Ménière attack.".encode("utf-8-sig"), "The girl has a Ménière attack.", None),
        ("The girl has a Ménière attack.".encode("latin-1"), "The girl has a Ménière attack.", "encoding"),
        ("She’s well and was told so – “fine”.".encode("cp1252"), "She’s well and was told so – “fine”.", "encoding"),
        ("The Ménière girl was é".encode() + b"\xc3", "The Ménière girl was é\ufffd", "encoding"),
        (b"She was ill.\r\nShe is well.\r\n", "She was ill.\r\nShe is well.\r\n", None),
    ],
)
def test_encodings(data: bytes, text: str, code: str | None, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_bytes(data)
    result = read_cases(tmp_path / "n.txt")
    assert result.cases[0].text == text
    assert [issue.code for issue in result.issues] == ([code] if code else [])
    assert all(issue.remedy for issue in result.issues)


@pytest.mark.parametrize(
    "data",
    [
        "У пациента была лихорадка.".encode("koi8-r"),
        "The girl was ill.".encode("utf-16-le"),
        b"She was ill \x01\x02\x03\x04\x05 \xe9",
        b"She was ill \x81.",
    ],
)
def test_encodings_that_would_be_a_guess(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_bytes(data)
    with pytest.raises(DataError, match=r"is not UTF-8|is binary"):
        read_cases(tmp_path / "n.txt")


def test_a_folder_of_notes(tmp_path: Path) -> None:
    for name in ("a.txt", "b.md", "c.text", "d.note"):
        (tmp_path / name).write_text("The boy has seizures.")
    (tmp_path / "e.txt").write_text("-.!\nwas ... ")
    (tmp_path / "README.md").write_text("These notes are invented.")
    result = read_cases(tmp_path)
    assert [case.id for case in result.cases][:4] == ["a", "b", "c", "d"]
    assert "README" not in {case.id for case in result.cases}


@given(st.text())
def test_any_text_is_a_note_or_not(text: str) -> None:
    assert looks_like_note(text) in (True, False)
