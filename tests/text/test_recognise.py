from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.knowledge.hpo import Ontology
from workup.text.recognise import Options, Recogniser

Find = Callable[[str], list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Microcephaly.", [("Microcephaly", "Microcephaly")]),
        ("She is microcephalic.", [("microcephalic", "Microcephaly")]),
        ("Two seizures", [("seizures", "Seizure")]),
        ("anaemic", [("anaemic", "Anemia")]),
        ("a hypotonic infant", [("hypotonic", "Hypotonia")]),
        ("low set ears", [("low set ears", "Low-set ears")]),
        ("The ears were low-set.", [("ears were low-set", "Low-set ears")]),
        ("The nose was broad.", [("nose was broad", "Wide nose")]),
        ("wide alveolar ridges", [("wide alveolar ridges", "Broad alveolar ridges")]),
        ("agenesis, renal", []),
        ("agenesis of the left kidney", []),
        ("renal agenesis", [("renal agenesis", "Renal agenesis")]),
        ("unilateral renal agenesis", [("unilateral renal agenesis", "Unilateral renal agenesis")]),
        ("serum creatinine was high", [("creatinine was high", "Elevated circulating creatinine concentration")]),
        ("hypertelorsm", [("hypertelorsm", "Hypertelorism")]),
        ("micro-\ncephaly", [("micro-\ncephaly", "Microcephaly")]),
        ("micro-\r\ncephaly", [("micro-\r\ncephaly", "Microcephaly")]),
        ("micro cephaly", [("micro cephaly", "Microcephaly")]),
        ("breathlessness", [("breathlessness", "Dyspnea")]),
    ],
)
def test_forms(found: Find, note: str, expected: list[tuple[str, str]]) -> None:
    assert found(note) == expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("small hands and feet", [("small hands", "Small hand"), ("small … feet", "Short foot")]),
        ("The hands and feet were small.", [("hands … small", "Small hand"), ("feet were small", "Short foot")]),
        (
            "low-set, posteriorly rotated ears",
            [("low-set … ears", "Low-set ears"), ("posteriorly rotated ears", "Posteriorly rotated ears")],
        ),
        ("micro- and retrognathia", [("micro … gnathia", "Micrognathia"), ("retrognathia", "Retrognathia")]),
        # The edema is another item of the list, not of the face.
        ("Facial rash and oedema", [("rash", "Skin rash"), ("oedema", "Edema")]),
        # A comma separates two statements.
        ("small nose, large ears", [("large ears", "Macrotia")]),
    ],
)
def test_lists(found: Find, note: str, expected: list[tuple[str, str]]) -> None:
    assert found(note) == expected


@pytest.mark.parametrize(
    "note",
    [
        "The result was negative.",  # not negativism
        "in the absence of fever",
        "Small.\n\nHands were normal.",
        "He is small. Hands are normal.",
        "wide. Nasal bridge normal",
        "",
        "\U0001f600\U0001f600",
        "ASD",
        "autosomal dominant inheritance",
    ],
)
def test_no_finding(found: Find, note: str) -> None:
    assert found(note) == []


def test_headings(recogniser: Recogniser) -> None:
    note = "EARS: Low set. Crumpled.\nNOSE: broad"
    assert [(m.label, m.words(note)) for m in recogniser.mentions(note)] == [
        ("Low-set ears", "EARS: Low set"),
        ("Crumpled ear", "Crumpled"),
        ("Wide nose", "NOSE: broad"),
    ]
    assert recogniser.mentions(note)[1].reason


def test_abbreviations_the_note_defines(recogniser: Recogniser) -> None:
    note = "An atrial septal defect (ASD) was seen. The ASD was closed."
    assert [(m.words(note), m.label, m.method) for m in recogniser.mentions(note)] == [
        ("atrial septal defect", "Atrial septal defect", "name"),
        ("ASD", "Atrial septal defect", "abbreviation"),
        ("ASD", "Atrial septal defect", "abbreviation"),
    ]


def test_an_abbreviation_defined_otherwise_is_not_taken(found: Find) -> None:
    assert found("High tension nursing (HTN) ward. HTN again.") == []
    assert found("HTN and SOB") == [("HTN", "Hypertension"), ("SOB", "Dyspnea")]
    assert found("htn") == []


def test_nested_names_only_on_demand(ontology: Ontology, found: Find) -> None:
    note = "unilateral renal agenesis"
    nested = Recogniser.of(ontology, Options(nested=True)).mentions(note)
    assert [(m.words(note), m.label) for m in nested] == [
        ("unilateral renal agenesis", "Unilateral renal agenesis"),
        ("renal agenesis", "Renal agenesis"),
    ]


def test_options(ontology: Ontology) -> None:
    plain = Recogniser.of(ontology, Options(typos=False, implied=False, headings=False))
    assert plain.mentions("hypertelorsm") == []
    assert plain.mentions("wide alveolar ridges") == []


def test_given_sentences_are_kept_to(recogniser: Recogniser) -> None:
    note = "small hands"
    assert recogniser.mentions(note, [(0, 5), (6, 11)]) == []
    assert [m.start for m in recogniser.mentions(note, [(0, 11)])] == [0]


_PIECES = st.sampled_from(
    re.split(
        " ",
        "small hands and feet, low-set ears. "
        "Microcephaly seizures\n\n hypotonic \U0001f600 e\u0301 \u00ad ﬂ \r\n - ( ) : "
        "ASD (ASD) atrial septal defect EARS: broad nose was anaemia micro- ｅａｒｓ",
    )
)


@settings(max_examples=150)
@given(st.lists(_PIECES, max_size=25).map(" ".join))
def test_places_are_those_of_the_note(recogniser: Recogniser, note: str) -> None:
    mentions = recogniser.mentions(note)
    assert mentions == recogniser.mentions(note)
    for mention in mentions:
        assert mention.end <= len(note)
        assert not note[mention.start].isspace()
        assert not note[mention.end - 1].isspace()
        for start, end in mention.parts:
            assert mention.start <= start < end <= mention.end
        assert "\n\n" not in note[mention.start : mention.end]


@settings(max_examples=60)
@given(st.text(max_size=120))
def test_any_text_is_read(recogniser: Recogniser, note: str) -> None:
    recogniser.mentions(note)


@pytest.mark.parametrize("mark", ["\u0301", "\u00ad", "\U0001f600 "])
def test_marks_before_a_finding_move_it(recogniser: Recogniser, mark: str) -> None:
    note = f"e{mark} microcephaly"
    [mention] = recogniser.mentions(note)
    assert note[mention.start : mention.end] == "microcephaly"


def test_a_long_note_without_a_full_stop(recogniser: Recogniser) -> None:
    note = "word " * 5000 + "microcephaly"
    assert [m.label for m in recogniser.mentions(note)] == ["Microcephaly"]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        # A name before the word for a gene, a virus or a vaccine is part of another name.
        ("the anemia gene", []),
        ("seizures locus", []),
        ("anemia and a gene", [("anemia", "Anemia")]),
        # What comes after "except" is said of something else.
        ("Small head except for wide nose", [("Small head", "Microcephaly"), ("wide nose", "Wide nose")]),
        # Under its heading a quality counts if it is a phrase of its own.
        ("NOSE: soft, broad.", [("NOSE: soft, broad", "Wide nose")]),
        ("NOSE: soft, broad scar.", []),
    ],
)
def test_what_a_name_belongs_to(found: Find, note: str, expected: list[tuple[str, str]]) -> None:
    said = found(note)
    assert [label for _, label in said] == [label for _, label in expected]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        # The adjective of one word, also where it is short or ends otherwise than in Latin.
        ("He was pale, obese and drowsy.", [("pale", "Pallor"), ("obese", "Obesity"), ("drowsy", "Drowsiness")]),
        ("tachypnoeic", [("tachypnoeic", "Tachypnea")]),
        ("hypotonic at birth", [("hypotonic at birth", "Neonatal hypotonia")]),
    ],
)
def test_adjectives(found: Find, note: str, expected: list[tuple[str, str]]) -> None:
    assert found(note) == expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        # The thumb is the noun of its own phrase, and no defect.
        (
            "hypoplastic thumb, and congenital heart defect",
            [("hypoplastic thumb", "Short thumb"), ("heart defect", "Abnormal heart morphology")],
        ),
        # Without a phrase of its own it shares the noun of the list.
        (
            "thumb and heart defects",
            [("thumb … defects", "Abnormal thumb morphology"), ("heart defects", "Abnormal heart morphology")],
        ),
        # What is malformed is not the mouth, which has a noun of its own.
        ("malformed pinnae, oral clefts", [("oral clefts", "Orofacial cleft")]),
        # Of two as near, the one that no comma parts.
        ("a wide mouth, widely spaced teeth", [("wide mouth", "Wide mouth")]),
        # "Late" is said of childhood alone, "upper" of the range.
        ("in late childhood and puberty", []),
        ("puberty was late", [("puberty was late", "Delayed puberty")]),
    ],
)
def test_a_list_takes_no_word_out_of_a_phrase(found: Find, note: str, expected: list[tuple[str, str]]) -> None:
    assert found(note) == expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("se1zures and hyp0tonia", [("se1zures", "Seizure"), ("hyp0tonia", "Hypotonia")]),
        ("rnicrocephaly", [("rnicrocephaly", "Microcephaly")]),
        ("5eizure5", [("5eizure5", "Seizure")]),
        # Too much is misread, or nothing that looks like a letter.
        ("5e1zu0e5", []),
        ("se7zures", []),
        ("1250 10001 555", []),
    ],
)
def test_what_a_scanner_misread(found: Find, note: str, expected: list[tuple[str, str]]) -> None:
    assert found(note) == expected


def test_a_misread_word_is_less_sure(recogniser: Recogniser) -> None:
    (misread,), (plain,) = (recogniser.mentions(note) for note in ("hyp0tonia", "hypotonia"))
    assert misread.score < plain.score
