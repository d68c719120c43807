"""Notes in another language or script are told to be so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workup.knowledge import Knowledge
from workup.text.extract import by_rules
from workup.text.language import foreign


@pytest.mark.parametrize(
    "note",
    [
        "Garçon de 5 ans avec une épilepsie, sans microcéphalie. Pas de surdité.",
        "Mädchen, 3 Jahre, mit Mikrozephalie und Epilepsie, keine Ataxie. Die Eltern sind gesund.",
        "Bambina di 3 anni con microcefalia, senza convulsioni, non atassia.",
        "Menina de 3 anos com microcefalia, sem convulsões e sem ataxia.",
        "Meisje van 3 jaar met microcefalie, geen epilepsie en geen ataxie.",
        "患者は3歳の女児で、seizuresとmicrocephaly。",
        "Пациентка: hypotonia",
        "المريضة تعاني من seizures",
    ],
)
def test_another_language_is_told(note: str) -> None:
    (issue,) = foreign(note)
    assert issue.code == "language"
    assert "--confirm" in issue.remedy


@pytest.mark.parametrize(
    "note",
    [
        "",
        "12/5 +++",
        "A girl with β-thalassemia and café-au-lait spots, seen by Dr. de la Cruz with Dr. von der Heide.",
        "HEENT: NC/AT. no dysmorphic features",
        "Seizures 👩‍⚕️😀",
        "Smile\u0301d, close\u0301d e\u0301yes, single\u0301, made\u0301 note\u0301s",
        "de novo variant, Cornelia de Lange syndrome",
        # One word of another script among many is a name.
        "The girl (Мария) has seizures, microcephaly, hypotonia, ataxia, deafness, fever and a very long history.",
    ],
)
def test_english_is_not(note: str) -> None:
    assert foreign(note) == []


@pytest.mark.real
def test_no_note_of_the_corpora_is_taken_for_foreign(data_dir: Path) -> None:
    files = sorted((data_dir / "text-to-hpo").glob("*.jsonl"))
    notes = [json.loads(line)["text"] for file in files for line in file.read_text("utf-8").splitlines()]
    assert len(notes) > 500
    assert [note for note in notes if foreign(note)] == []


def test_a_denial_in_another_script_is_not_silent() -> None:
    """The finding is found, the word before it that denies it is not read; the reader is told."""
    found = by_rules("לא hypotonia", Knowledge.load())
    assert [(mention.label, mention.status) for mention in found.mentions] == [("Hypotonia", "present")]
    assert [issue.code for issue in found.issues] == ["language"]


def test_findings_between_letters_of_another_script_are_found() -> None:
    note = "患者は3歳の女児で、seizuresとmicrocephaly👩‍⚕️。"
    found = by_rules(note, Knowledge.load())
    assert [mention.words(note) for mention in found.mentions] == ["seizures", "microcephaly"]
    # Offsets count characters, so that those of the encoded note follow from them.
    for mention in found.mentions:
        first, last = (len(note[:place].encode()) for place in (mention.start, mention.end))
        assert note.encode()[first:last].decode() == mention.words(note)
