"""Lists of findings, as typed and pasted."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.case import Finding
from workup.errors import DataError
from workup.io import cases_from_text
from workup.io.clean import Notes
from workup.io.listing import read_list

SEIZURE = Finding("HP:0001250")
NO_MICROCEPHALY = Finding("HP:0000252", status="excluded")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HP:0001250,-HP:0000252,Seizure", [SEIZURE, NO_MICROCEPHALY, Finding("Seizure")]),
        ("HP:0001250, -HP:0000252, Seizure", [SEIZURE, NO_MICROCEPHALY, Finding("Seizure")]),
        ("HP:0001250\n!HP:0000252\n\n# a comment\n", [SEIZURE, NO_MICROCEPHALY]),
        ("HP:0001250 ; - HP:0000252 # both", [SEIZURE, NO_MICROCEPHALY]),
        ("HP:0001250 -HP:0000252", [SEIZURE, NO_MICROCEPHALY]),
        ("HP:0001250|HP:0000252", [SEIZURE, Finding("HP:0000252")]),
        ("hp_0001250", [SEIZURE]),
        ("http://purl.obolibrary.org/obo/HP_0001250", [SEIZURE]),
        ("HP:0001250 Seizure", [Finding("HP:0001250", "Seizure")]),
        ("HP:0001250\tSeizure", [Finding("HP:0001250", "Seizure")]),
        ("-Seizure (HP:0001250)", [Finding("HP:0001250", "Seizure", "excluded")]),
        ("Seizure (HP:0001250), Ataxia", [Finding("HP:0001250", "Seizure"), Finding("Ataxia")]),
        ("HP:0002373 Seizures, febrile", [Finding("HP:0002373", "Seizures, febrile")]),
        ("Seizures, febrile\nAtaxia", [Finding("Seizures, febrile"), Finding("Ataxia")]),
        ("Seizure,Ataxia", [Finding("Seizure"), Finding("Ataxia")]),
        ('"Seizures,febrile";Ataxia', [Finding("Seizures,febrile"), Finding("Ataxia")]),
        ("HP:0001250 excluded", [Finding("HP:0001250", status="excluded")]),
        ("HP:0001250,excluded", [Finding("HP:0001250", status="excluded")]),
        ("\u2013HP:0000252", [NO_MICROCEPHALY]),
        ("- Seizure\n- Ataxia", [Finding("Seizure"), Finding("Ataxia")]),
        ("-Seizure\n-Ataxia", [Finding("Seizure", status="excluded"), Finding("Ataxia", status="excluded")]),
        ("- Seizure\nAtaxia", [Finding("Seizure", status="excluded"), Finding("Ataxia")]),
        ("* Seizure\n• Ataxia", [Finding("Seizure"), Finding("Ataxia")]),
        ("C#-minor hum #1", [Finding("C#-minor hum")]),
        ("HP:0000252\tMicrocephaly\tabsent", [Finding("HP:0000252", "Microcephaly", "excluded")]),
        ("HP:0000252\tMicrocephaly\t0\nAtaxia", [Finding("HP:0000252", "Microcephaly", "excluded"), Finding("Ataxia")]),
        ("HP:0000252,Microcephaly,absent", [Finding("HP:0000252", "Microcephaly", "excluded")]),
        ("HP:0000252|Microcephaly|no", [Finding("HP:0000252", "Microcephaly", "excluded")]),
        ("Seizure: no\nAtaxia (present)", [Finding("Seizure", status="excluded"), Finding("Ataxia")]),
        (
            "Seizure - absent; -Ataxia: no",
            [Finding("Seizure", status="excluded"), Finding("Ataxia", status="excluded")],
        ),
        ("no HP:0000252", [NO_MICROCEPHALY]),
        ("NOT: HP:0000252", [NO_MICROCEPHALY]),
        ("1. Seizure\n2) HP:0000252", [Finding("Seizure"), Finding("HP:0000252")]),
        ("https://hpo.jax.org/browse/term/HP:0001250", [SEIZURE]),
    ],
)
def test_rules(text: str, expected: list[Finding]) -> None:
    assert list(cases_from_text(text).cases[0].findings) == expected


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("hp_0001250", "id_repaired", "info"),
        ("HP:1250", "id_malformed", "warning"),
        ("Seizures, febrile", "comma_in_label", "info"),
        ("- Seizure\n- Ataxia", "bullets", "warning"),
        ("no Seizure HP:0001250", "negation_in_words", "warning"),
        ("HP:0001250 Seizure absent", "negation_in_words", "warning"),
        ("no HP:0001250", "negation_in_words", "info"),
        ("HP:0001250\nHP:0001250", "repeated_finding", "info"),
        ("Sei\x1bzure", "control_characters", "info"),
        ("Ataxia\n" + "x" * 301, "not_a_finding", "error"),
    ],
)
def test_what_is_noted(text: str, code: str, severity: str) -> None:
    issues = cases_from_text(text, name="n").issues
    assert [(issue.code, issue.severity, issue.path) for issue in issues] == [(code, severity, "n")]


def test_issue_names_the_line() -> None:
    assert [issue.record for issue in cases_from_text("Ataxia\n\nhp:0001250").issues] == ["3"]


@pytest.mark.parametrize("text", ["", "  \n", "# only a comment", ",;,", "-", "x" * 301])
def test_nothing_to_read(text: str) -> None:
    with pytest.raises(DataError) as caught:
        cases_from_text(text)
    assert caught.value.issue.remedy


@settings(max_examples=500)
@given(st.text(alphabet=st.characters(codec=None) | st.sampled_from('HP:01250,;-!#"() \n\t')))
def test_never_raises_anything_else(text: str) -> None:
    for read in (cases_from_text, lambda value: read_list(value, Notes(""), "x")):
        try:
            result = read(text)
        except DataError:
            continue
        assert result


@given(st.lists(st.tuples(st.integers(0, 9_999_999), st.booleans()), min_size=1, unique_by=lambda p: p[0]))
def test_ids_round_trip(pairs: list[tuple[int, bool]]) -> None:
    text = ", ".join(f"{'-' if excluded else ''}HP:{number:07}" for number, excluded in pairs)
    expected = [Finding(f"HP:{n:07}", status="excluded" if excluded else "present") for n, excluded in pairs]
    assert list(cases_from_text(text).cases[0].findings) == expected


def test_a_huge_line_takes_time_in_proportion() -> None:
    entries = [f"HP:{number:07}" for number in range(100_000)]
    assert len(read_list(", ".join(entries), Notes("a line"), "a").findings) == 100_000
    with pytest.raises(DataError, match="100000 findings"):
        cases_from_text(", ".join(entries))
    start = time.process_time()
    cases_from_text('Seizure, "' * 50_000 + "\nAtaxia")
    assert time.process_time() - start < 5  # cubic or square time would be minutes
