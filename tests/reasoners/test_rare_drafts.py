"""Lists of diagnoses, verdicts and names, by hand and with garbage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.evaluation.judges.names import DiagnosisNames
from workup.knowledge import Knowledge
from workup.reasoners.rare.drafts import LONGEST, disease_of, read_bold, read_list, read_verdict, read_verdict_upstream

LIST = """\
Here is my list. **Important**: rare diseases are rare.

## **Loeys-Dietz syndrome 1** (Rank #2/5)
Bifid uvula [E2].

## **Marfan syndrome (MFS)** (Rank #1/5)
Lens and aorta [E1, E3].
**Against it**: nothing.

### Ectopia lentis, familial (rank 3)
"""


def test_the_rank_that_is_stated_counts_and_bold_words_are_no_diseases() -> None:
    found = read_list(LIST)
    assert found is not None
    assert [one.name for one in found] == [
        "Marfan syndrome (MFS)",
        "Loeys-Dietz syndrome 1",
        "Ectopia lentis, familial",
    ]
    assert found[0].words == "Lens and aorta [E1, E3].\n**Against it**: nothing."
    upstream = read_bold(LIST)
    assert upstream is not None
    assert [one.name for one in upstream][:2] == ["Important", "Loeys-Dietz syndrome 1"]


def test_a_name_counts_once_and_five_at_most() -> None:
    text = "\n".join(
        f"## **{name}** (Rank #{i}/9)" for i, name in enumerate(["A1", "B2", "a1", "C3", "D4", "E5", "F6"], 1)
    )
    found = read_list(text)
    assert found is not None
    assert [one.name for one in found] == ["A1", "B2", "C3", "D4", "E5"]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("DIAGNOSIS ASSESSMENT: Correct\nIncorrect would be to doubt it.", True),
        ("\n\n**DIAGNOSIS ASSESSMENT: Incorrect**\nCorrect is another.", False),
        ("DIAGNOSIS ASSESSMENT: not correct", False),
        ("DIAGNOSIS ASSESSMENT: Correct/Incorrect", None),
        ("I cannot tell.\nDIAGNOSIS ASSESSMENT: Correct", None),
        ("Uncorrectable", None),
        ("", None),
    ],
)
def test_the_first_line_is_the_verdict(text: str, verdict: bool | None) -> None:
    assert read_verdict(text) is verdict
    assert read_verdict_upstream(text) is ("incorrect" not in text.lower())


@pytest.fixture(scope="module")
def names() -> DiagnosisNames:
    return DiagnosisNames(Knowledge.load())


@pytest.mark.parametrize(
    ("name", "disease"),
    [
        ("Marfan syndrome", "OMIM:154700"),
        ("marfan's syndrome (MFS)", "OMIM:154700"),
        ("Fibrillinopathy (Marfan Syndrome)", "OMIM:154700"),
        ("Marfan syndrome (OMIM:154700)", "OMIM:154700"),
        ("ORPHA:558", "OMIM:154700"),
        ("Marfan-like syndrome of the knee", None),
        ("Ehlers-Danlos syndrome", None),
        ("OMIM:9999999", None),
        ("Note", None),
        ("", None),
    ],
)
def test_names_become_diseases_strictly(names: DiagnosisNames, name: str, disease: str | None) -> None:
    assert disease_of(name, names) == disease


@settings(max_examples=500)
@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(
                ["## ", "**", "(Rank #1/5)", "(Rank #", "Marfan syndrome", "\n", "[E1]", "incorrect", "()", "["]
            )
        ).map("".join),
    )
)
def test_garbage_never_escapes(text: str) -> None:
    for read in (read_list, read_bold):
        found = read(text)
        assert found is None or (1 <= len(found) <= LONGEST and all(one.name for one in found))
    assert read_verdict(text) in (True, False, None)
    disease_of(text, KNOWN)


KNOWN = DiagnosisNames(Knowledge.load())
