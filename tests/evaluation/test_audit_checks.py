"""An edit that does nothing, too much or something else is thrown away; real text is left as it reads."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from workup.case import Case, Question, Reference
from workup.evaluation.audits import perturbations
from workup.evaluation.audits.bedside import same_at_the_bedside
from workup.evaluation.audits.checks import doubts
from workup.evaluation.audits.perturbations import PERTURBATIONS, vary
from workup.evaluation.audits.variant import Edit, Variant, edited
from workup.simulate.vignettes import vignettes

OPTIONS = {"A": "Gout", "B": "Measles"}


def asked(text: str, options: dict[str, str] | None = None) -> Case:
    return Case(id="q", question=Question(text, options or OPTIONS), reference=Reference(answer="A"))


def planted(monkeypatch: pytest.MonkeyPatch, name: str, variant: Variant) -> None:
    def make(case: Case, random: np.random.Generator, said: object) -> Iterator[Variant]:
        yield variant

    monkeypatch.setitem(
        perturbations.PERTURBATIONS, name, msgspec.structs.replace(PERTURBATIONS[name], make=make, reads=False)
    )


CHECKED = ("mask", "negation", "number", "synonym", "reorder", "distractor", "typo", "sex", "age")


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.parametrize("kind", ["nothing", "too much"])
def test_a_planted_edit_is_thrown_away(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = next(one for one in vignettes(20) if len(one.findings) == 7)
    good = vary(case, (name,)).variants[0]
    if kind == "nothing":
        bad = msgspec.structs.replace(good, case=case, edits=())
    else:
        # The edit is declared, so that it can be undone; it is still not what the name says.
        text = case.text or ""
        more = Edit(field="text", start=len(text), end=len(text), after=" The rate was 40/min in a boy of 3 years.")
        bad = msgspec.structs.replace(good, case=edited(case, [more]), edits=(more,))
    planted(monkeypatch, name, bad)
    made = vary(case, (name,))
    assert not made.variants
    assert made.failed


def test_what_the_simulator_is_edited_to_passes_its_check() -> None:
    for case in vignettes(20):
        made = vary(case, tuple(PERTURBATIONS))
        assert not made.failed
        assert all(not doubts(case, variant) for variant in made.variants)


@pytest.mark.parametrize("words", ["weakness", "coma", "dullness", "striae", "obesity", "loss of consciousness"])
def test_what_is_not_the_same_at_the_bedside_keeps_its_name(words: str) -> None:
    assert same_at_the_bedside(words) == ()


def test_fever_is_no_hyperthermia() -> None:
    assert same_at_the_bedside("Fever") == ("fever", "pyrexia")


def test_the_kind_of_a_finding_is_denied_with_it() -> None:
    case = asked("A man complains of an itchy rash on the leg. He was treated for asthma. Which is it?")
    (variant,) = vary(case, ("negation",)).variants
    assert variant.case.question is not None
    assert "complains of no itchy rash on" in variant.case.question.text


@pytest.mark.parametrize(
    "text", ["He presents 45 days post-MI. Why?", "He was treated for asthma. Why?", "He has absent reflexes. Why?"]
)
def test_what_cannot_be_denied_in_english_is_left_alone(text: str) -> None:
    assert not vary(asked(text), ("negation",)).variants


def test_a_finding_told_twice_is_neither_left_out_nor_denied() -> None:
    case = asked("A man comes in. He has a headache. Now the headache is worse. Which is it?")
    assert not vary(case, ("mask", "negation")).variants


def test_a_course_is_not_told_in_another_order() -> None:
    text = "A woman is seen. A biopsy is done. During the procedure a vessel is ligated. Later she has oliguria. Why?"
    assert not vary(asked(text), ("reorder",)).variants


def test_sex_is_swapped_in_question_and_options_too() -> None:
    case = asked(
        "A 50-year-old man has gout. Which of his habits is it?", {"A": "Beer", "B": "Unrelated to his weight"}
    )
    (variant,) = vary(case, ("sex",)).variants
    assert variant.case.question is not None
    assert variant.case.question.options["B"] == "Unrelated to her weight"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sex", "A 50-year-old man is tired. Hemoglobin is 12.9 g/dL. What now?"),
        ("age", "A 49-year-old man comes for advice. Which screening is due?"),
        ("age", "A 3-year-old boy has a rash. What is it?"),
        ("number", "A man is seen. Creatinine is 1 mg/dL. What is it?"),
        ("number", "A man is seen. Cortisol is high (normal 5-23 mg/dL). What is it?"),
    ],
)
def test_what_would_matter_is_left_alone(name: str, text: str) -> None:
    assert not vary(asked(text), (name,)).variants


def test_an_article_still_fits_the_age() -> None:
    for seed in range(6):
        assert not vary(asked("An 8-year-old boy has a rash. What is it?"), ("age",), seed=seed).variants


def test_a_patient_who_answers_from_a_record_is_not_edited() -> None:
    case = Case(
        id="m", text="A 50-year-old man has gout.", question=Question("Why?", OPTIONS), extensions={"record": {}}
    )
    made = vary(case, ("sex", "age", "option-shuffle"))
    assert [one.perturbation for one in made.variants] == ["option-shuffle"]
    assert "record" in made.skipped["sex"]
