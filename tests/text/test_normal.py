"""What an examination found well, in words of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.knowledge import Knowledge
from workup.knowledge.hpo import Ontology
from workup.text.extract import case_from_note, rules
from workup.text.mention import Mention
from workup.text.normal import _COMPILED, ROWS, _said, find, without_general


@pytest.fixture(scope="module")
def real() -> Knowledge:
    return Knowledge.load()


def test_every_row_denies_a_finding_of_the_ontology(real: Knowledge) -> None:
    for row in ROWS:
        resolution = real.ontology.resolve(row.label)
        assert resolution.how == "label", row.label
        assert real.ontology.branch_of(resolution.terms[0]) == "phenotype"
        assert row.reason
        assert row.words


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("EOMI, PERRLA.", {"Limited extraocular movements", "Abnormal pupillary light reflex"}),
        ("Strength 5/5 throughout, reflexes 2+.", {"Muscle weakness", "Abnormal reflex"}),
        ("The palate is intact.", {"Cleft palate"}),
        ("Testes descended bilaterally; anus patent.", {"Cryptorchidism", "Anal atresia"}),
        ("HEAD: normal shape/size", {"Abnormality of skull size", "Abnormal calvaria morphology"}),
        ("Face symmetric, tongue midline.", {"Facial asymmetry", "Movement abnormality of the tongue"}),
        ("Normal tone, negative Romberg.", {"Abnormal muscle tone", "Positive Romberg sign"}),
        # Taken back, or something else.
        ("The palate is not intact.", set()),
        ("Palate intact except for a notch.", set()),
        ("Undescended testes.", set()),
        ("Strength 4/5.", set()),
        ("Reflexes 2+ to 3+ were 12+ cells", {"Abnormal reflex"}),
        ("Nothing of the kind.", set()),
    ],
)
def test_denied(real: Knowledge, note: str, expected: set[str]) -> None:
    found = find(note, real.ontology)
    assert {mention.label for mention in found} == expected
    assert all(mention.status == "excluded" and mention.words(note) in note for mention in found)


def test_an_intact_palate_may_be_high(real: Knowledge) -> None:
    """The organ is not called normal as a whole, and what is named as present is not denied."""
    case = case_from_note("High palate. Palate intact.", "n", knowledge=real)
    assert {f.label: f.status for f in case.findings} == {"High palate": "present", "Cleft palate": "excluded"}
    weak = rules(real)("Proximal muscle weakness. Otherwise 5/5 strength.")
    assert [m.status for m in weak if m.label == "Muscle weakness"] == []
    assert [(m.label, m.status) for m in weak] == [("Proximal muscle weakness", "present")]


def test_unknown_findings_are_left_out(ontology: Ontology) -> None:
    assert find("EOMI, palate intact", ontology) == []


def test_only_the_organ_of_the_same_words_is_dropped() -> None:
    def said(start: int, end: int, well: bool) -> Mention:
        from workup.text.mention import Circumstance

        contexts = (Circumstance(kind="negated", start=start, end=end),) if well else ()
        return Mention(start=start, end=end, id="HP:0000118", label="x", method="name", contexts=contexts)

    named = [said(0, 5, True), said(0, 5, False), said(20, 25, True)]
    assert without_general(named, [said(3, 8, True)]) == named[1:]


@given(st.text(max_size=60))
def test_any_text(ontology: Ontology, note: str) -> None:
    assert find(note, ontology) == []


_PARTS = st.sampled_from(
    (
        "palate", "intact", "is", "tongue", "midline", "EOMI", "normal", "tone", "strength", "5/5", "2+", "reflexes",
        "not", "HEAD:", "head", "size", ".", ";", "(", ")", "\n", "\r\n", ",", "-", "and", "Romberg", "negative",
        "white", "sclerae",
    )
)  # fmt: skip


@given(st.lists(st.tuples(_PARTS, st.sampled_from((" ", "", "\t", "  "))), max_size=30))
def test_no_expression_reaches_over_a_parting_sign(parts: list[tuple[str, str]]) -> None:
    """Looking only between the signs around the words of a row finds what looking through the whole note does."""
    note = "".join(part + blank for part, blank in parts)
    said = _said(note)
    for row, pattern in _COMPILED:
        stretches = sorted({stretch for word in row.words for stretch in said.get(word, ())})
        near = [match.span() for start, end in stretches for match in pattern.finditer(note, start, end)]
        assert near == [match.span() for match in pattern.finditer(note)]
