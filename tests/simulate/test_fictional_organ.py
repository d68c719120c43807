"""An organ that does not exist: facts, books and items; cloze items; cues; search alone as a reasoner."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.benchmarks.glianorex import Glianorex, GlianorexOptions
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation.cues import commonest_option, crossed_off, cues
from workup.reasoner import Context
from workup.reasoners.nearest_passage import NearestPassage
from workup.simulate.cloze_items import GAP, cloze_items
from workup.simulate.fictional_facts import RELATIONS, make_organ
from workup.simulate.fictional_organ import book, command, faults, leaf_texts, make_items, stands_in
from workup.text.headings import Section, leaves, sections


@given(st.integers(0, 10_000))
@settings(max_examples=5)
def test_every_item_is_answered_by_its_leaves_alone(seed: int) -> None:
    organ = make_organ(seed)
    texts = {language: leaf_texts(organ, language) for language in ("en", "fr")}
    items = make_items(organ)
    assert [faults(item, texts[item.language]) for item in items] == [[]] * len(items)
    for item in items:
        # The permutation says where the right option went.
        assert "ABCD"[item.permutation[0]] == item.answer_idx
        assert sorted(item.permutation) == [0, 1, 2, 3]
    english, french = items[::2], items[1::2]
    assert [item.permutation for item in english] == [item.permutation for item in french]
    for relation in RELATIONS:
        values = [fact.value for fact in organ.facts if fact.relation == relation.name]
        assert len(set(values)) == len(values) == 12
    named = {name for names in organ.named.values() for name in names}
    for item in items:
        # Every option that is a name stands somewhere in the book.
        for option in item.options.values():
            if not option[0].isdigit():
                assert option in named or option in texts["en"]
    listed = " ".join(texts["fr"].values())
    assert all(name in listed for name in named)


def test_faults_are_found() -> None:
    organ = make_organ(1)
    texts = leaf_texts(organ, "en")
    item = make_items(organ)[0]
    wrong = next(letter for letter in item.options if letter != item.answer_idx)
    assert "the key is another option" in faults(msgspec.structs.replace(item, answer_idx=wrong), texts)[0]
    (leaf,) = item.leaves
    assert faults(item, {**texts, leaf: f"{texts[leaf]} {item.options[wrong]}"})
    assert faults(item, {**texts, leaf: ""})
    assert faults(msgspec.structs.replace(item, question="Which?"), texts) == ["the question does not name its subject"]
    same = {**item.options, wrong: item.options[item.answer_idx]}
    assert "two options are the same" in faults(msgspec.structs.replace(item, options=same), texts)
    assert not stands_in("12 mg", "112 mg")
    assert stands_in("12 mg", "Take 12 mg.")


def test_both_books_have_one_section_tree() -> None:
    organ = make_organ(3)
    english, french = book(organ, "en"), book(organ, "fr")
    trees = [
        [(one.level, bool(one.text)) for top in sections(text) for one in top.walk()] for text in (english, french)
    ]
    assert trees[0] == trees[1]
    # Names are the same; the titles of what is only listed are translated.
    pairs = list(zip(leaves(english), leaves(french), strict=True))
    assert sum(one.title == other.title for one, other in pairs) == 60
    assert len(pairs) == 67
    assert {one.level for one in leaves(english)} == {4}
    assert {one.title: one.text for one in leaves(french)} == leaf_texts(organ, "fr")


def test_written_files_are_read_by_the_benchmark(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(tmp_path), "--seed", "7"])
    assert done.output.startswith("384 questions")
    cases = list(Glianorex().read([tmp_path / "items.jsonl"]))
    hidden = list(GlianorexOptions().read([tmp_path / "items.jsonl"]))
    assert len(cases) == len(hidden) == 384
    for case, bare in zip(cases, hidden, strict=True):
        assert isinstance(case, Case)
        assert isinstance(bare, Case)
        assert case.question is not None
        assert bare.question is not None
        assert bare.question.options == case.question.options
        assert bare.question.text in ("Which of these options is right?", "Laquelle de ces options est juste ?")
        assert case.reference == bare.reference
        assert "leaves" not in case.blinded().provenance
    told = cues([case for case in cases if isinstance(case, Case)])
    assert told is not None
    assert set(told.keys.values()) == {96}
    # Search alone finds what one leaf says.
    reasoner, context = NearestPassage(), Context(options={"corpus": str(tmp_path / "book-fr.jsonl")})
    first = next(case for case in cases if isinstance(case, Case) and case.id == "fr-003")
    found = reasoner.reason(first.blinded(), context)
    assert found.answer is not None
    assert first.reference is not None
    assert found.answer.ids == (first.reference.answer,)
    assert len(found.steps) == 4
    silent = Case(id="x", question=Question("Zzz?", {"A": "qqq", "B": "www"}))
    assert reasoner.reason(silent, context).abstained


def test_a_row_in_another_language_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = {"question": "q", "options": {"A": "x", "B": "y"}, "answer": "x", "answer_idx": "A", "language": "German"}
    path.write_text(json.dumps(row))
    (issue,) = Glianorex().read([path])
    assert isinstance(issue, Issue)
    assert issue.field == "language"


def test_a_cloze_item_by_hand() -> None:
    texts = [
        "In the upper lobe lies the Talvorin layer of cells.",
        "Below it the Sarnorin layer holds many vessels and Talvorin-like cells.",
        "Nearest the heart is the Prevorin layer and nothing else.",
        "Around all of it is the Dremorin layer, which is thin.",
    ]
    some = [Section(4, str(place), ("Organ", str(place)), text) for place, text in enumerate(texts)]
    rows = cloze_items(some, "en", spread=0.5)
    first = rows[0]
    assert first["question"] == f"Which term fills the gap? In the upper lobe lies the {GAP} layer of cells."
    assert first["options"][first["answer_idx"]] == first["answer"] == "Talvorin"
    assert sorted(first["options"].values()) == ["Dremorin", "Prevorin", "Sarnorin", "Talvorin"]
    # The second leaf names Talvorin too, so that only two terms are left to distract from Sarnorin.
    assert [row["answer"] for row in rows] == ["Talvorin", "Prevorin", "Dremorin"]


def test_cues_by_hand() -> None:
    def case(text: str, options: dict[str, str], answer: str) -> Case:
        return Case(id=text, question=Question(text, options), reference=Reference(answer=answer))

    told = cues(
        [
            case("pain in the toe", {"A": "gout of the toe", "B": "flu"}, "A"),
            case("a rash", {"A": "measles", "B": "rash"}, "A"),
            case("which?", {"A": "one", "B": "two"}, "B"),
        ]
    )
    assert told is not None
    # The longest option is right twice of twice; the overlap points to A (right), to B (wrong), and nowhere.
    assert (told.longest.hits, told.longest.n, told.overlap.hits, told.overlap.n) == (2, 2, 1, 2)
    assert (told.keys, told.chance) == ({"A": 2, "B": 1}, 0.5)
    assert cues([]) is None


def asked(options: str, right: str) -> Case:
    """One question with options of one letter each; the text of the right one."""
    shown = dict(zip("ABCD", options, strict=False))
    key = next(letter for letter, text in shown.items() if text == right)
    return Case(id=options, question=Question("Which?", shown), reference=Reference(answer=key))


def test_set_wide_cues_by_hand() -> None:
    # p stands in three questions, q and r in two, s in one; the commonest is right in the first, wrong in the others.
    cases = [asked("pq", "p"), asked("pr", "r"), asked("qp", "q"), asked("rs", "s")]
    told = commonest_option(cases)
    assert (told.hits, told.n) == (1, 4)
    # Every value is the key of one question and a distractor of the next: knowing half, the rest is crossed off.
    ring = [asked("".join(pair), pair[0]) for pair in zip("abcdefgh", "bcdefgha", strict=True)]
    found = crossed_off(ring)
    assert found.share == 1.0
    assert found.n > 0
    # Distractors that are never a key cannot be crossed off, and the cue points nowhere.
    free = [asked(f"{key}{other}", key) for key, other in zip("abcd", "wxyz", strict=True)]
    assert (crossed_off(free).n, crossed_off(free).share) == (0, None)


def test_a_fresh_organ_has_no_cue_of_its_set() -> None:
    items = [item for item in make_items(make_organ(4)) if item.language == "en"]
    cases = [
        Case(id=one.id, question=Question(one.question, one.options), reference=Reference(answer=one.answer_idx))
        for one in items
    ]
    # A quarter of 192 and four standard deviations; with one value for each subject crossing off got 0.47.
    assert (commonest_option(cases).share or 0) < 0.375
    assert (crossed_off(cases).share or 0) < 0.375


def test_headings_between_fences_and_skipped_levels() -> None:
    text = "before\n# A #\n```\n# no heading\n```\n### B\nb\n#no\n## C\n"
    (top,) = sections(text)
    assert [(one.level, one.title) for one in top.walk()] == [(1, "A"), (3, "B"), (2, "C")]
    assert top.text == "```\n# no heading\n```"
    assert top.children[0].text == "b\n#no"
    assert top.children[0].path == ("A", "B")


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["x", "y z"]), st.sampled_from(["", "text"]))))
def test_no_heading_is_lost(headings: list[tuple[int, str, str]]) -> None:
    text = "\n".join(f"{'#' * level} {title}\n{body}" for level, title, body in headings)
    found = [(one.level, one.title, one.text) for top in sections(text) for one in top.walk()]
    assert found == headings
