"""The note in the report: its marks, where they lead, and what becomes of a note that is too long."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from report_building import a_case, a_reasoning
from report_page import Node, parse_page
from test_accessibility import _DRIVER
from test_report_safety import PAYLOADS

from workup.case import Case, Finding, from_json, to_json
from workup.reasoning import Reasoning
from workup.report.html import render_html
from workup.report.note import MOST_SHOWN, note_view, visible
from workup.text.mention import Circumstance, Mention

NOTE = (
    "She has ataxia 👧🏽 and febrile status epilepticus.\r\nNo microcephaly.\nHer father may have glaucoma. "
    "Her hands and feet are small; ataxia again."
)

HANDS = NOTE.index("hands and feet are small")


def mention(words: str, identifier: str, label: str, status: str = "present", **more: object) -> Mention:
    start = NOTE.index(words)
    fields = {"start": start, "end": start + len(words), "id": identifier, "label": label, "method": "name"}
    return msgspec.convert({**fields, "status": status, **more}, Mention)


MENTIONS = (
    mention("ataxia", "HP:0001251", "Ataxia"),
    mention("febrile status epilepticus", "HP:0032658", "Status epilepticus with prominent fever"),
    mention("status epilepticus", "HP:0002133", "Status epilepticus", reason="a threshold & its source"),
    mention("microcephaly", "HP:0000252", "Microcephaly", "excluded",
            contexts=[{"kind": "negated", "start": NOTE.index("No "), "end": NOTE.index("No ") + 2}]),
    mention("glaucoma", "HP:0000501", "Glaucoma", "unknown"),
    mention("hands and feet are small", "HP:0200055", "Small hand",
            parts=[[HANDS, HANDS + 5], [HANDS + 15, HANDS + 24]]),
    mention("ataxia again", "HP:0001251", "Ataxia"),
)  # fmt: skip


def a_note(note: str = NOTE, mentions: tuple[Mention, ...] = MENTIONS) -> tuple[Case, Reasoning]:
    case, reasoning = a_case(), a_reasoning()
    return (
        msgspec.structs.replace(case, text=note),
        msgspec.structs.replace(reasoning, mentions=mentions),
    )


def nodes(page: Node, **wanted: str) -> list[Node]:
    return [
        node
        for node in page.walk()
        if all(value in node.attributes.get(name.rstrip("_"), "").split() for name, value in wanted.items())
    ]


def bare(node: Node) -> str:
    """Text of the note as shown, without what is added for numbers and screen readers."""
    parts = []
    for child in node.children:
        if isinstance(child, str):
            parts.append(child)
        elif child.tag != "sup" and "hidden" not in child.attributes.get("class", ""):
            parts.append(bare(child))
    return "".join(parts)


def test_the_test_note_is_marked_where_it_should_be() -> None:
    assert [one.words(NOTE) for one in MENTIONS][5] == "hands … are small"


def test_the_whole_note_is_shown_unchanged() -> None:
    page = parse_page(render_html(*a_note()))
    (box,) = nodes(page, class_="note")
    assert bare(box) == NOTE.replace("\r\n", "\n")


def test_every_mark_leads_to_its_finding_and_back() -> None:
    page = parse_page(render_html(*a_note()))
    by_id = {node.attributes["id"]: node for node in page.walk() if "id" in node.attributes}
    marks = nodes(page, class_="mark")[3:]  # three stand in the legend
    assert marks
    for mark in marks:
        row = by_id[mark.attributes["href"][1:]]
        assert row.tag == "tr"
        links = {link.attributes["href"][1:] for link in row.walk() if link.tag == "a"}
        own = [name for name in links if name.startswith("mark-")]
        assert own
        assert all(name in by_id for name in own)
    # Every mention has its place on the page, also the one whose words are inside of another's.
    assert {f"mark-{number}" for number in range(1, 8)} <= by_id.keys()


def test_weights_can_be_reached_from_the_finding_and_lead_back_to_the_words() -> None:
    page = parse_page(render_html(*a_note()))
    by_id = {node.attributes["id"]: node for node in page.walk() if "id" in node.attributes}
    row = next(node for node in nodes(page, class_="present") if node.tag == "tr" and "Ataxia" in node.text())
    weights = [a.attributes["href"][1:] for a in row.walk() if a.attributes.get("href", "").startswith("#disease-")]
    assert weights
    contribution = by_id[weights[0]]
    assert contribution.attributes["data-finding"] == "HP:0001251"
    assert "In the note: “ataxia”" in contribution.text().replace("“ ", "“").replace(" ”", "”")


def test_status_is_said_in_words_and_not_by_colour_alone() -> None:
    page = parse_page(render_html(*a_note()))
    marks = nodes(page, class_="mark")[3:]
    for status, label in (("present", "Ataxia"), ("excluded", "Microcephaly"), ("unknown", "Glaucoma")):
        assert any(status in m.attributes["class"] and f"({status}: {label}" in m.text() for m in marks)
    rows = {node.attributes["class"] for node in page.walk() if node.tag == "tr" and node.attributes.get("id")}
    assert rows == {"present", "excluded", "unknown"}
    assert "not counted" in next(n.text() for n in nodes(page, class_="unknown") if n.tag == "tr")


def test_overlapping_and_discontinuous_marks() -> None:
    view = note_view(*a_note(), 10)
    assert view is not None
    marked = [(piece.text, piece.overlapped, piece.row.name if piece.row else "") for piece in view.pieces if piece.row]
    assert ("febrile ", False, "Status epilepticus with prominent fever") in marked
    assert ("status epilepticus", True, "Status epilepticus") in marked
    assert ("hands", False, "Small hand") in marked
    assert ("are small", False, "Small hand") in marked
    inner = next(piece for piece in view.pieces if piece.overlapped)
    assert [row.name for row in inner.also] == ["Status epilepticus with prominent fever"]


def test_how_and_why_on_demand() -> None:
    text = parse_page(render_html(*a_note())).text()
    assert "found by its name; a threshold & its source" in text
    assert "excluded: negated by “No”" in text


def test_without_a_note_the_page_is_as_before() -> None:
    text = render_html(a_case(), a_reasoning())
    assert 'id="note"' not in text
    assert 'class="systems"' in text


def test_spans_of_findings_are_enough() -> None:
    case, reasoning = a_note(mentions=())
    reasoning = msgspec.structs.replace(
        reasoning, findings=(Finding("HP:0001251", "Ataxia", spans=((8, 14), (5, 9999))),)
    )
    page = parse_page(render_html(case, reasoning))
    assert [mark.children[0] for mark in nodes(page, class_="mark")[3:]] == ["ataxia"]


def test_a_long_note_is_capped_and_says_so() -> None:
    note = NOTE + "\n" + "Nothing of note in these many words. " * 30_000 + "ataxia at last."
    last = Mention(
        start=note.rindex("ataxia"), end=note.rindex("ataxia") + 6, id="HP:0001251", label="Ataxia", method="name"
    )
    case, reasoning = a_note(note, (*MENTIONS, last))
    page = render_html(case, reasoning)
    assert len(page) < len(render_html(*a_note())) + 3 * MOST_SHOWN
    assert "characters of this long note are not shown" in page
    assert "characters without a mark" in page
    shown = bare(nodes(parse_page(page), class_="note")[0])
    assert "ataxia at last." in shown
    assert "She has ataxia" in shown


def test_ten_thousand_marks() -> None:
    note = "ataxia " * 50_000
    mentions = tuple(
        Mention(start=7 * i, end=7 * i + 6, id="HP:0001251", label="Ataxia", method="name") for i in range(10_000)
    )
    page = render_html(*a_note(note, mentions))
    assert len(page) < 4_000_000
    assert "and 9,988 more" in page or "and 9988 more" in page


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_a_note_stays_text(payload: str) -> None:
    note = f"{payload} ataxia {payload}"
    start = note.rindex(" ataxia ") + 1
    one = Mention(start=start, end=start + 6, id=payload or "x", label=payload, method="name", reason=payload,
                  section=payload, contexts=(Circumstance(kind="family", start=0, end=len(note)),))  # fmt: skip
    case, reasoning = a_note(note, (one,))
    page = parse_page(render_html(case, reasoning))
    for node in page.walk():
        assert node.tag not in ("script", "img", "svg", "iframe")
        assert not [name for name in node.attributes if name.startswith("on") or name == "src"]
        assert re.fullmatch(r"|#[\w-]+|https://[\w./:-]+", node.attributes.get("href", ""))


@settings(max_examples=60)
@example(note="000000000000000\r\n", spans=[(3, 13, "present")])
@given(
    st.text(max_size=40),
    st.lists(
        st.tuples(st.integers(0, 45), st.integers(1, 20), st.sampled_from(["present", "excluded", "unknown"])),
        max_size=6,
    ),
)
def test_any_note_with_any_marks(note: str, spans: list[tuple[int, int, str]]) -> None:
    mentions = tuple(
        msgspec.convert(
            {"start": a, "end": a + n, "id": f"HP:000125{i}", "label": "x", "method": "name", "status": status}, Mention
        )
        for i, (a, n, status) in enumerate(spans)
    )
    case, reasoning = a_note(note.encode(errors="replace").decode(), mentions)
    page = parse_page(render_html(case, reasoning))
    ids = [node.attributes["id"] for node in page.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for node in page.walk():
        if node.attributes.get("href", "").startswith("#"):
            assert node.attributes["href"][1:] in ids
    for box in nodes(page, class_="note"):
        assert bare(box) == visible(case.text or "")


def test_mentions_survive_the_json() -> None:
    reasoning = a_note()[1]
    assert from_json(to_json(reasoning), Reasoning) == reasoning


@pytest.mark.slow
def test_axe_finds_no_violation_in_a_note(tmp_path: Path) -> None:
    axe, node = os.environ.get("WORKUP_AXE"), shutil.which("node")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not (axe and node and chromium):
        pytest.skip("needs node, chromium and WORKUP_AXE (path of axe.min.js)")
    modules = Path(axe).resolve().parents[1]
    page, driver = tmp_path / "page.html", tmp_path / "driver.js"
    page.write_text(render_html(*a_note(NOTE + " and so on" * 400)), "utf-8")
    driver.write_text(_DRIVER, "utf-8")
    environment = {**os.environ, "NODE_PATH": str(modules)}
    done = subprocess.run([node, str(driver), chromium, axe, page.as_uri()], env=environment, capture_output=True,
                          text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    for view in json.loads(done.stdout):
        assert view["violations"] == [], view
        assert view["requests"] == []
        assert view["overflow"] <= 0, view
