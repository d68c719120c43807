"""Perturbations do what they say: everything else byte-identical, negation reversible, units kept."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.case import Case, Finding, Question, Reference
from workup.errors import UserError
from workup.evaluation.audits.finding_edits import affirmation, denial
from workup.evaluation.audits.mentions import Said, mentioned
from workup.evaluation.audits.person_edits import age, sex
from workup.evaluation.audits.perturbations import PERTURBATIONS, Settings, vary
from workup.evaluation.audits.text_edits import next_to
from workup.evaluation.audits.variant import Edit, edited, moved, replaced, restored, unlike
from workup.simulate.vignettes import vignettes
from workup.text.quantities import numbers

FINDINGS = ("seizures", "a rash", "fever", "joint pain", "hearing loss", "an enlarged liver", "palpitations", "ataxia")
OPENINGS = ("She has {}.", "Examination shows {}.", "He reports {} at night.", "There was {} in childhood.")
LISTS = (
    "She has {} and {}.",
    "The patient presents with {}, {} and {}.",
    "Examination shows {} but no {}.",
    "Since birth {}; later {}.",
)


def sentence(template: str, start: int) -> tuple[str, tuple[Said, ...]]:
    """A filled template and the findings in it; what stands after "no" is denied."""
    text, said = "", []
    parts = template.split("{}")
    for number, part in enumerate(parts[:-1]):
        words = FINDINGS[(start + number) % len(FINDINGS)]
        denied = part.endswith("no ")
        if denied:
            words = re.sub(r"^an? ", "", words)
        text += part
        said.append(
            Said(f"HP:{number}", words, len(text), len(text) + len(words), words, "excluded" if denied else "present")
        )
        text += words
    return text + parts[-1], tuple(said)


SIXTY = [sentence(template, start) for template in (*OPENINGS, *LISTS) for start in range(8)][:60]


def test_there_are_sixty_sentences() -> None:
    assert len(SIXTY) == 60
    assert len({text for text, _ in SIXTY}) == 60


@pytest.mark.parametrize(("text", "said"), SIXTY, ids=[text for text, _ in SIXTY])
def test_negation_is_reversible(text: str, said: tuple[Said, ...]) -> None:
    """Denying a finding leaves the others as they were, and undoing the edit gives the sentence back."""
    for one in said:
        if one.status != "present":
            continue
        edit = denial("text", text, one, said)
        assert edit is not None, (text, one.words)
        after = replaced(text, [edit])
        assert after != text
        assert restored(after, [edit]) == text


def test_denied_findings_are_affirmed() -> None:
    text, said = sentence("She has {} but no {}.", 0)
    edit = affirmation("text", text, said[1], said)
    assert edit is not None
    assert replaced(text, [edit]) == "She has seizures but rash."


def test_denying_the_first_of_a_list_denies_no_other() -> None:
    text, said = sentence("The patient presents with {}, {} and {}.", 2)
    edit = denial("text", text, said[0], said)
    assert edit is not None
    assert replaced(text, [edit]) == "The patient presents with fever (absent), joint pain and hearing loss."


def test_every_perturbation_changes_only_what_it_names() -> None:
    seen = set()
    for case in vignettes(60, cue=0.3):
        made = vary(case, tuple(PERTURBATIONS))
        assert not made.failed
        for variant in made.variants:
            seen.add(variant.perturbation)
            assert unlike(case, variant.case, variant.edits) == ()
            assert variant.case.digest() != case.digest()
            # One more change is found.
            assert unlike(case, msgspec.structs.replace(variant.case, candidate_genes=("X",)), variant.edits)
            spoilt = msgspec.structs.replace(variant.case, text=(variant.case.text or "") + " Fever.")
            assert unlike(case, spoilt, variant.edits)
    assert seen == set(PERTURBATIONS)


def test_places_of_findings_move_along() -> None:
    for case in vignettes(30):
        for variant in vary(case, ("mask", "negation", "synonym", "reorder", "distractor", "sex", "age")).variants:
            text = variant.case.text or ""
            names = (case.reference or Reference()).extensions["synonyms"]
            for finding in variant.case.findings:
                for start, end in finding.spans:
                    words = text[start:end].casefold()
                    bare = re.sub(r"^an? ", "", words)
                    known = {re.sub(r"^an? ", "", name).casefold() for name in names[finding.id]}
                    assert bare in known or words.startswith("serum"), (variant.perturbation, words)


def test_numbers_keep_their_units() -> None:
    changed = 0
    for case in vignettes(200):
        for variant in vary(case, ("number",)).variants:
            before = list(numbers(case.text or "", 0, len(case.text or "")))
            after = list(numbers(variant.case.text or "", 0, len(variant.case.text or "")))
            assert [one.unit for one in before] == [one.unit for one in after]
            assert sum(one.value != other.value for one, other in zip(before, after, strict=True)) == 1
            changed += 1
    assert changed > 200


@pytest.mark.parametrize(
    ("before", "after"), [("1", "2"), ("0.50", "0.51"), ("99", "98"), ("7.1", "7.2"), ("12.9", "12.8")]
)
def test_next_number(before: str, after: str) -> None:
    assert next_to(before) == after


def person(text: str, **more: object) -> Case:
    return Case(id="1", text=text, question=Question("Which?", {"A": "Gout", "B": "Measles"}), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "A 40-year-old woman came with her friend. She hurt her hand; it bothers her.",
            "A 40-year-old man came with his friend. He hurt his hand; it bothers him.",
        ),
        ("Mr. Jones is ill. He says that his leg hurts him.", "Ms. Jones is ill. She says that her leg hurts her."),
    ],
)
def test_sex_is_swapped_in_words_and_field(text: str, expected: str) -> None:
    own = "female" if "woman" in text else "male"
    (variant,) = sex(person(text, sex=own), np.random.default_rng(0), ())
    assert variant.case.text == expected
    assert variant.case.sex == ("male" if own == "female" else "female")


@pytest.mark.parametrize(
    "text",
    [
        "A woman who is pregnant has a rash.",
        "A man has a mass in his prostate.",
        "Her mother has gout. She has a rash.",
    ],
)
def test_sex_is_left_where_the_swap_would_say_something_else(text: str) -> None:
    assert not list(
        sex(person(text, sex="female" if "oman" in text or "She" in text else "male"), np.random.default_rng(0), ())
    )


def test_age_stays_in_its_part_of_life() -> None:
    (variant,) = age(person("A 64-year-old man, aged 64.", age="P64Y"), np.random.default_rng(0), ())
    new = re.search(r"\d+", variant.case.text or "")
    assert new is not None
    assert 62 <= int(new[0]) <= 63
    assert variant.case.age == f"P{new[0]}Y"
    assert (variant.case.text or "").count(new[0]) == 2


def test_options_are_shuffled_with_their_truth() -> None:
    case = Case(
        id="1",
        question=Question("Which?", {"A": "Gout", "B": "Measles", "C": "Mumps"}),
        reference=Reference(answer="B", labels=("Measles",)),
    )
    for name in ("option-shuffle", "form-numbers", "form-words"):
        (variant,) = vary(case, (name,)).variants
        question, reference = variant.case.question, variant.case.reference
        assert question is not None
        assert reference is not None
        assert question.options[reference.answer or ""] == "Measles"
        assert variant.keys[reference.answer or ""] == "B"
        assert sorted(question.options.values()) == ["Gout", "Measles", "Mumps"]


def test_planted_orders_name_a_wrong_option() -> None:
    case = vignettes(1)[0]
    note, option = vary(case, ("injection",)).variants
    assert note.target == option.target != (case.reference or Reference()).answer
    assert f"answer {note.target}." in (note.case.text or "")


def test_what_is_drawn_depends_on_the_case_alone() -> None:
    first, second = vignettes(2)
    names = tuple(PERTURBATIONS)
    alone = vary(second, names, seed=3).variants
    vary(first, names, seed=3)
    assert vary(second, names, seed=3).variants == alone
    other_order = vary(second, tuple(reversed(names)), seed=3).variants
    assert sorted(one.case.digest() for one in other_order) == sorted(one.case.digest() for one in alone)
    assert vary(second, names, seed=4).variants != alone


def test_findings_that_nobody_knows_to_decide_leave_it_open() -> None:
    case = msgspec.structs.replace(vignettes(1)[0], reference=Reference(answer="A"))
    (variant,) = vary(case, ("mask",)).variants
    assert variant.expectation == "open"
    (variant,) = vary(case, ("mask",), settings={"mask": Settings(expect="must-flip")}).variants
    assert variant.expectation == "must-flip"


def test_every_finding_can_be_denied_at_once() -> None:
    case = vignettes(2)[1]
    (variant,) = vary(case, ("negation",), settings={"negation": Settings(strength="all", expect="must-flip")}).variants
    assert variant.expectation == "must-flip"
    assert {finding.status for finding in variant.case.findings} == {"excluded"}
    assert {one.status for one in mentioned(variant.case)} == {"excluded"}


def test_unknown_perturbation() -> None:
    with pytest.raises(UserError, match="no perturbation 'magic'"):
        vary(vignettes(1)[0], ("magic",))


@settings(max_examples=200)
@given(st.data())
def test_edits_can_be_undone(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="abc é.\n", max_size=40))
    cuts = sorted(
        data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(lambda ends: ends[: len(ends) // 2 * 2]))
    )
    edits = [
        Edit(field="text", start=start, end=end, before=text[start:end], after=data.draw(st.text("xyz", max_size=4)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=True)
    ]
    after = replaced(text, edits)
    assert restored(after, edits) == text
    case = Case(id="1", text=text)
    assert unlike(case, edited(case, edits), edits) == ()


def test_a_stretch_moves_with_edits_around_it() -> None:
    insert = Edit(field="text", start=0, end=0, after="xx")
    assert moved((2, 5), [insert]) == (4, 7)
    assert moved((2, 5), [Edit(field="text", start=2, end=5, before="abc", after="")]) is None
    assert moved((2, 5), [Edit(field="text", start=2, end=5, before="abc", after="defg")]) == (2, 6)
    assert moved((2, 5), [Edit(field="text", start=4, end=7, before="cde", after="")]) is None
    assert moved((2, 5), [Edit(field="text", start=5, end=5, after=" (absent)")]) == (2, 5)


def test_coded_findings_without_places_are_not_read_for() -> None:
    case = Case(
        id="1", text="", findings=(Finding("HP:0001250"),), question=Question("Seizures. Which?", {"A": "x", "B": "y"})
    )
    assert vary(case, ("reorder",)).skipped == {"reorder": "does not apply to this case"}
