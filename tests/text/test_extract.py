"""From a note to a case: merging, contradictions, coded findings beside text, what is kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup import diagnose
from workup.case import Case, Finding, Status, from_json, to_json
from workup.knowledge import Knowledge
from workup.reasoning import Reasoning
from workup.text import extract as module
from workup.text.extract import Extraction, Reading, case_from_note, extract, read_text, reading_of, revise
from workup.text.findings import findings_of
from workup.text.mention import Circumstance, Mention

NAMES = {"seizures": ("HP:0001250", "Seizure"), "ataxia": ("HP:0001251", "Ataxia"), "myopia": ("HP:0000545", "Myopia")}


def toy(note: str, knowledge: Knowledge) -> Extraction:
    """Names as they stand; "no" before one excludes it, "?" after it leaves it open."""
    mentions = []
    for name, (identifier, label) in NAMES.items():
        start = note.lower().find(name)
        while start >= 0:
            end = start + len(name)
            negated = note[max(start - 3, 0) : start].lower() == "no "
            status: Status = "excluded" if negated else "unknown" if note[end : end + 1] == "?" else "present"
            cue = (Circumstance(kind="negated", start=start - 3, end=start - 1),) if negated else ()
            mentions.append(Mention(start=start, end=end, id=identifier, label=label, method="name", status=status,
                                    contexts=cue))  # fmt: skip
            start = note.lower().find(name, end)
    return Extraction(mentions=tuple(mentions), age="P3Y", sex="female", onsets={"HP:0001250": "P9M"})


def mention(start: int, status: Status = "present", **more: Any) -> Mention:
    fields = {"end": start + 3, "id": "HP:0001250", "label": "Seizure", "method": "name"} | more
    return Mention(start=start, status=status, **fields)


@pytest.mark.parametrize(
    ("statuses", "status", "spans", "contradicts"),
    [
        (["present"], "present", 1, False),
        (["present", "present"], "present", 2, False),
        (["excluded", "excluded", "present"], "excluded", 2, True),
        (["excluded", "present"], "present", 1, True),
        (["unknown", "unknown", "excluded"], "excluded", 1, False),
        (["unknown"], "unknown", 1, False),
    ],
)
def test_status_of_several_mentions(statuses: list[Status], status: str, spans: int, contradicts: bool) -> None:
    note = "x" * 100
    findings, issues = findings_of(note, [mention(10 * i, one) for i, one in enumerate(statuses)])
    assert [(finding.status, len(finding.spans)) for finding in findings] == [(status, spans)]
    assert [issue.code for issue in issues] == ["contradiction"] * contradicts


def test_a_person_outweighs_the_majority() -> None:
    mentions = [mention(0), mention(10), mention(20, "excluded", method="user")]
    findings, issues = findings_of("x" * 50, mentions)
    assert findings[0].status == "excluded"
    assert "as you decided" in issues[0].message


def test_a_contradiction_names_both_places() -> None:
    case = case_from_note("Seizures at night.\nWell.\nNo seizures by day.", "p", extractor=toy)
    read = read_text(Case(id="p", text=case.text), Knowledge.load(), extractor=toy)
    (issue,) = read.issues
    for words in ("line 1: “Seizures”", "line 3: “seizures”", "counts as present", "Seizure (HP:0001250)"):
        assert words in issue.message
    assert issue.remedy


def test_case_from_note() -> None:
    note = "The girl has seizures, no ataxia; myopia?"
    case = case_from_note(note, "p1", extractor=toy)
    assert (case.id, case.text, case.age, case.sex) == ("p1", note, "P3Y", "female")
    assert [(f.id, f.status, f.onset) for f in case.findings] == [
        ("HP:0001250", "present", "P9M"),
        ("HP:0001251", "excluded", None),
        ("HP:0000545", "unknown", None),
    ]
    assert [note[start:end] for f in case.findings for start, end in f.spans] == ["seizures", "ataxia", "myopia"]
    reading = reading_of(from_json(to_json(case), Case))
    assert reading is not None
    assert len(reading.mentions) == 3
    assert from_json(to_json(case), Case) == case


def test_discontinuous_mentions_keep_their_parts() -> None:
    findings, _ = findings_of("hands and feet small", [mention(0, end=20, parts=((0, 5), (15, 20)))])
    assert findings[0].spans == ((0, 5), (15, 20))


def test_coded_findings_win_and_text_is_added_on_demand() -> None:
    knowledge = Knowledge.load()
    case = Case(id="p", text="Seizures. No ataxia. Myopia.", age="P5Y",
                findings=(Finding("HP:0001250"), Finding("HP:0001251")))  # fmt: skip
    unread = read_text(case, knowledge, extractor=toy)
    assert unread.case is case
    assert [(issue.code, issue.severity) for issue in unread.issues] == [("unread", "info")]
    read = read_text(case, knowledge, always=True, extractor=toy)
    assert [(f.id, f.status, f.spans) for f in read.case.findings] == [
        ("HP:0001250", "present", ((0, 8),)),
        ("HP:0001251", "present", ()),
        ("HP:0000545", "present", ((21, 27),)),
    ]
    assert (read.case.age, read.case.sex) == ("P5Y", "female")
    assert [issue.field for issue in read.issues] == ["text", "age"]


def test_a_review_is_undone_and_redone_without_loss() -> None:
    knowledge = Knowledge.load()
    case = Case(id="p", text="Seizures. No ataxia. Myopia.", findings=(Finding("HP:0001250"),))
    read = read_text(case, knowledge, always=True, extractor=toy)
    assert read.reading is not None
    none = revise(read, msgspec.structs.replace(read.reading, mentions=(), rejected=read.reading.mentions))
    # What was coded stays, without the place that was rejected.
    assert none.case.findings == (Finding("HP:0001250"),)
    again = revise(none, read.reading)
    assert {f.id: f.spans for f in again.case.findings} == {f.id: f.spans for f in read.case.findings}


def test_the_reasoner_reads_a_note() -> None:
    note = "A 3-year-old girl has seizures and short stature. No microcephaly."
    result = diagnose(Case(id="p", text=note), limit=3)
    assert {f.id: [note[a:b] for a, b in f.spans] for f in result.findings} == {
        "HP:0001250": ["seizures"],
        "HP:0004322": ["short stature"],
        "HP:0000252": ["microcephaly"],
    }
    assert [f.status for f in result.findings if f.id == "HP:0000252"] == ["excluded"]
    assert {one.id for one in result.mentions} == {f.id for f in result.findings}
    assert from_json(to_json(result), Reasoning) == result
    # The same findings as codes give the same differential.
    case = case_from_note(note, "p")
    coded = diagnose(msgspec.structs.replace(case, text=None), limit=3)
    assert [(h.id, h.score) for h in coded.differential] == [(h.id, h.score) for h in result.differential]


def test_the_batch_reads_notes_too() -> None:
    from workup.reasoner import Context
    from workup.reasoners.phenotype import PhenotypeReasoner

    cases = [Case(id="a", text="The boy has seizures."), Case(id="b", findings=(Finding("HP:0001250"),))]
    ctx = Context(knowledge=Knowledge.load(), limit=2)
    reasoner = PhenotypeReasoner()
    one_by_one = [reasoner.reason(case, ctx) for case in cases]
    for alone, batched in zip(one_by_one, reasoner.reason_batch(cases, ctx), strict=True):
        assert (alone.findings, alone.mentions, alone.issues) == (batched.findings, batched.mentions, batched.issues)


def test_an_extractor_can_be_given_to_the_reasoner() -> None:
    result = diagnose(Case(id="p", text="myopia"), limit=1, extractor=toy)
    assert [one.label for one in result.mentions] == ["Myopia"]


def test_empty_and_unrecognised_notes() -> None:
    knowledge = Knowledge.load()
    assert [issue.code for issue in extract(" \n", knowledge).issues] == ["empty"]
    found = extract("Lorem ipsum dolor.", knowledge)
    assert [issue.code for issue in found.issues] == ["no-mentions"]


def test_a_book_is_cut_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_NOTE", 100)
    seen: list[str] = []

    def spy(note: str, knowledge: Knowledge) -> Extraction:
        seen.append(note)
        return Extraction()

    issues = extract("word " * 50, Knowledge.load(), extractor=spy).issues
    assert seen == ["word " * 20]
    assert "only the first 100" in next(issue.message for issue in issues if issue.code == "unread")


@pytest.mark.parametrize(
    "kept",
    ["x", {"mentions": 3}, {"mentions": [{"start": 5, "end": 999, "id": "HP:1", "label": "a", "method": "name"}]},
     {"pending": [4]}],
)  # fmt: skip
def test_a_reading_that_does_not_fit_is_not_used(kept: Any) -> None:
    assert reading_of(Case(id="p", text="short", extensions={"note": kept})) is None


SIGNS = st.sampled_from(
    ["seizures", "ataxia", "myopia", "no ", "👧🏽", "e\u0301", "\r\n", "אב", "\u202e", " ", ". ", "ﬁ", "?"]
)


@settings(max_examples=60)
@given(st.lists(SIGNS, max_size=30).map("".join))
def test_spans_are_right_in_any_script(note: str) -> None:
    case = case_from_note(note, "p", extractor=toy)
    for finding in case.findings:
        for start, end in finding.spans:
            assert NAMES[note[start:end].lower()][0] == finding.id


@settings(max_examples=60)
@given(st.lists(SIGNS, max_size=30).map("".join))
def test_the_built_in_extractor_takes_any_text(note: str) -> None:
    found = extract(note, Knowledge.load())
    for one in found.mentions:
        assert 0 <= one.start < one.end <= len(note)
        assert all(one.start <= start < end <= one.end for start, end in one.parts)
        assert all(0 <= cue.start < cue.end <= len(note) for cue in one.contexts)


def test_reading_defaults() -> None:
    assert to_json(Reading()) == b"{}"
