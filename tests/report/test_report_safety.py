"""Text of others must stay text, and what is true of the patient must stay out of the report."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_building import a_case, a_reasoning
from report_page import parse_page
from rich.console import Console

from workup.case import Case, Finding
from workup.errors import Issue, UserError
from workup.reasoning import Answer, Evidence, Hypothesis, Reasoning, Step
from workup.report import FORMATS, safe_stem, write_report
from workup.report.html import render_html
from workup.report.table import COLUMNS, safe_cell, to_tsv
from workup.report.terminal import print_reasoning
from workup.report.wording import page_of

PAYLOADS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</style><script>x</script>",
    "{{ 7 * 7 }}{% raw %}",
    "--><svg onload=alert(1)>",
    "&lt;b&gt;",
)  # fmt: skip


VALUES = ("term", "term_label", "ancestor", "ancestor_label", "frequency", "reference", "disease")


def infected(payload: str) -> tuple[Case, Reasoning]:
    """A case and a reasoning with the payload in every text that there is."""
    evidence = Evidence(
        kind="annotation",
        source=payload,
        quote=payload,
        values=dict.fromkeys(VALUES, payload) | {"relation": "related"},
    )
    kinds = ("finding", "excluded", "gene", "prior")
    steps = tuple(
        Step(kind=kind, claim=payload, finding=payload, label=payload, weight=0.5, evidence=(evidence,))
        for kind in kinds
    )
    finding = Finding(payload, label=payload, system=payload, onset=payload, severity=payload)
    disease = Hypothesis(id=payload, label=payload, rank=1.0, score=2.0, probability=0.5, contributions=steps,
                         missing=steps, unexplained=(payload,), aliases=(payload,), series=payload,
                         genes=(payload,))  # fmt: skip
    issue = Issue(message=payload, remedy=payload, code=payload, path=payload, record=payload, field=payload)
    return (
        Case(id=payload, findings=(finding,), age=payload, candidate_genes=(payload,)),
        Reasoning(
            reasoner=payload,
            differential=(disease, msgspec.structs.replace(disease, id=payload + "2")),
            answer=Answer(level="series", text=payload, ids=(payload, payload + "2", payload + "3")),
            abstained=payload,
            steps=(
                Step(kind="unexplained", claim=payload, finding=payload),
                Step(kind="claim", claim=payload),
            ),
            findings=(finding, msgspec.structs.replace(finding, status="excluded")),
            issues=(issue,),
            versions={payload: payload, "HPO": payload},
            candidates=10,
        ),
    )


CLEAN_TAGS = {node.tag for node in parse_page(render_html(*infected("plain"))).walk()}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_any_text_stays_text(payload: str) -> None:
    text = render_html(*infected(payload))
    page = parse_page(text)
    assert {node.tag for node in page.walk()} == CLEAN_TAGS
    assert "script" not in CLEAN_TAGS
    for node in page.walk():
        assert not [name for name in node.attributes if name.startswith("on") or name == "src"]
        assert re.fullmatch(r"|#[\w-]+|https://[\w./:-]+", node.attributes.get("href", ""))
        assert re.fullmatch(r"[-\w:.%;]*", node.attributes.get("style", ""))
    assert next(node for node in page.walk() if node.tag == "h1").text() == " ".join(payload.split())


def test_page_is_self_contained() -> None:
    text = render_html(a_case(), a_reasoning())
    page = parse_page(text)
    assert not [node for node in page.walk() if node.tag in ("script", "link", "img", "iframe", "object", "form")]
    policies = [node.attributes for node in page.walk() if "http-equiv" in node.attributes]
    assert policies[0]["content"].startswith("default-src 'none'")
    assert "url(" not in text
    assert "@import" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_truth_of_the_case_is_in_no_report(name: str, tmp_path: Path) -> None:
    (path,) = write_report(a_case(), a_reasoning(), tmp_path, [name], "x")
    text = path.read_text("utf-8")
    assert "Dravet" in text
    for secret in ("GOLD", "OMIM:999001", "PMID:99999999", "c.1A>G"):
        assert secret not in text


def test_research_line_stands_once() -> None:
    text = render_html(a_case(), a_reasoning())
    for words in ("research use", "review by a clinician", "not a medical device"):
        assert text.lower().count(words) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1", " =1", "\x00=1"])
def test_formulas_are_defused(text: str) -> None:
    assert safe_cell(text).startswith("'")


@given(st.text())
def test_cells_are_one_line_and_never_a_formula(text: str) -> None:
    cell = safe_cell(text)
    assert not re.search(r"[\t\r\n\x00-\x1f]", cell)
    assert not cell.startswith(tuple("=+-@"))


@given(st.text(min_size=1).filter(str.strip))
def test_table_keeps_its_shape_with_any_text(text: str) -> None:
    rows = list(csv.reader(io.StringIO(to_tsv(infected(text)[1])), delimiter="\t"))
    assert len(rows) == 1 + 2 * 4
    assert all(len(row) == len(COLUMNS) for row in rows)


def test_hypothesis_without_contributions_keeps_its_row() -> None:
    bare = Hypothesis(id="OMIM:1", label="a", rank=1.0, score=0.0, probability=0.5)
    rows = list(csv.reader(io.StringIO(to_tsv(Reasoning(reasoner="r", differential=(bare,)))), delimiter="\t"))
    assert rows[1] == ["1.0", "OMIM:1", "a", "0.5", "0.0"] + [""] * 11


def printed(reasoning: Reasoning, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    print_reasoning(reasoning, console)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def test_terminal_output_is_plain_when_piped_and_fits_80_columns(
    case_and_reasoning: tuple[Case, Reasoning],
) -> None:
    text = printed(case_and_reasoning[1])
    assert max(map(len, text.splitlines())) <= 80
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u2500-\u259f]", text)
    assert text.count("not a medical device") == 1


def test_terminal_shows_answer_evidence_and_notes() -> None:
    lines = [" ".join(line.split()) for line in printed(a_reasoning()).splitlines()]
    assert lines[0] == "Answer: Dravet syndrome (posttest probability 61.8%)"
    assert "1 61.8% Dravet syndrome + 26 Ptosis" in lines
    assert "4.1% not in the knowledge base" in lines
    assert "- Sensorineural hearing impairment" in lines
    assert any(line.startswith("- Please check: patient-17.json, record patient-17") for line in lines)


def test_terminal_does_not_act_on_text() -> None:
    text = printed(infected("[bold red]x[/] \x1b[31m :smile: \u202e")[1], width=400)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold red]x[/] [31m :smile:" in text


@given(st.text())
def test_stem_stays_in_its_folder(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", safe_stem(text))
    assert ".." not in safe_stem(text) or ".." in text
    assert len(safe_stem(text)) <= 120


@pytest.mark.parametrize(
    "text", ["../x", "/etc/passwd", "..\\x", "a/b", "CON", "nul.txt", "", ".", "..", "\x00", "x" * 500]
)
def test_odd_stems_are_changed_and_stay_apart(text: str, tmp_path: Path) -> None:
    (path,) = write_report(a_case(), a_reasoning(), tmp_path / "out", ["tsv"], text)
    assert path.parent == tmp_path / "out"
    assert [item.name for item in tmp_path.iterdir()] == ["out"]
    assert safe_stem(text) != text
    assert safe_stem("a/b") != safe_stem("a_b") != safe_stem("a:b")


def test_writing_all_formats_and_unknown_ones(tmp_path: Path) -> None:
    paths = write_report(a_case(), a_reasoning(), tmp_path, [*FORMATS, "html"])
    assert [path.name for path in paths] == [
        "patient-17.html",
        "patient-17.tsv",
        "patient-17.json",
        "patient-17.phenopacket.json",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    assert msgspec.json.decode(paths[2].read_bytes(), type=Reasoning) == a_reasoning()
    with pytest.raises(UserError, match="unknown report format 'pdf'; choose from html, tsv"):
        write_report(a_case(), a_reasoning(), tmp_path, ["pdf"])
    with pytest.raises(UserError, match="cannot make the folder"):
        write_report(a_case(), a_reasoning(), paths[0] / "below")


def test_only_ids_of_known_shape_become_links() -> None:
    assert page_of("ORPHA:33069") == "https://www.orpha.net/en/disease/detail/33069"
    assert page_of("PMID:1") == "https://pubmed.ncbi.nlm.nih.gov/1"
    for text in ("OMIM:1/../x", "OMIM:1\n", "https://evil.example", "HP:1", "OMIM:", "data:text/html,x"):
        assert page_of(text) == ""
