"""The page and the dossier of an audit: verdict first, escaped, self-contained, nothing invented."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from report_page import parse_page

from workup.benchmarks.native import NativeCases
from workup.case import to_json
from workup.evaluation.audits.auditing import BASELINE, CASES, RUN, Audited, attempt, audit, derive
from workup.evaluation.audits.suite import read_suite
from workup.evaluation.runner import Plan
from workup.reasoners.first_option import FirstOption
from workup.report.audit import to_csv, write_audit
from workup.report.reporting_items import LISTS, filled, render_dossier
from workup.simulate.planted import Planted
from workup.simulate.vignettes import vignettes

WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
EVIL = "<script>alert(1)</script> & </div>"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    folder = tmp_path_factory.mktemp("audit")
    cases = [msgspec.structs.replace(case, text=f"{case.text} {EVIL}") for case in vignettes(8)]
    path = folder / "cases.jsonl"
    path.write_bytes(b"".join(to_json(case) + b"\n" for case in cases))
    suite = msgspec.structs.replace(read_suite(None), perturbations=("mask", "negation", "sex", "injection"))
    out = folder / "out"
    derive(NativeCases(), [path], suite, out)
    plan = Plan(benchmark=NativeCases(), data=(out / CASES,), reasoner=Planted(), options={"flaw": "ignores-negation"})
    attempt(plan, out / RUN)
    attempt(msgspec.structs.replace(plan, reasoner=FirstOption(), options={}), out / BASELINE)
    return audit(out)


def test_the_page_says_the_verdict_first_and_is_whole(found: Audited, tmp_path: Path) -> None:
    write_audit(found, tmp_path, made=WHEN)
    page = (tmp_path / "audit.html").read_text()
    root = parse_page(page)
    headings = [node.text() for node in root.walk() if node.tag in ("h1", "h2")]
    assert headings[0].startswith("Not passed: ")
    assert headings[1] == "Gates"
    assert "simulated data" in page
    assert "baseline first-option" in page
    assert found.against is not None
    (over,) = [one for one in found.subject.figures if one.measure == "over_baseline"]
    assert over.value == found.against.difference
    assert "<script" not in page
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", page)
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    assert page.count("2026-01-02 03:04 UTC") == 1
    ids = [node.attributes["id"] for node in root.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))


def test_worst_cases_show_the_edit(found: Audited, tmp_path: Path) -> None:
    write_audit(found, tmp_path, made=WHEN)
    root = parse_page((tmp_path / "audit.html").read_text())
    inserted = [node.text() for node in root.walk() if node.tag == "ins"]
    assert any(words.startswith("no") for words in inserted)
    assert found.subject.worst[0].kind == "did not flip"


def test_dates_aside_the_files_are_the_same(found: Audited, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    write_audit(found, one, made=WHEN)
    write_audit(found, other, made=datetime(2030, 1, 1, tzinfo=UTC))
    for name in ("audit.csv", "dossier.md", "dossier.html"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    first, second = ((folder / "audit.json").read_text().splitlines() for folder in (one, other))
    assert [a for a, b in zip(first, second, strict=True) if a != b] == [' "made": "2026-01-02 03:04 UTC",']


def test_the_table_has_a_row_for_every_figure(found: Audited) -> None:
    lines = to_csv(found).splitlines()
    assert found.baseline is not None
    assert len(lines) == 1 + len(found.subject.figures) + len(found.baseline.figures)
    assert any(
        line.startswith("planted,negation,must_flip,,0,") and line.endswith(",failed,simulated") for line in lines
    )


def test_without_the_drawing_packages_there_are_tables(
    found: Audited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workup.errors import MissingExtra
    from workup.evaluation import plots

    def missing() -> None:
        raise MissingExtra("plots", "drawing the curves")

    monkeypatch.setattr(plots, "drawing", missing)
    write_audit(found, tmp_path, made=WHEN)
    page = (tmp_path / "audit.html").read_text()
    assert "<figure>" not in page
    assert '<details class="fold" open>' in page


def test_the_dossier_invents_nothing(found: Audited) -> None:
    for name, items in filled(found):
        answers = {one.id: one.answer for one in items}
        assert len(answers) == len(items), name
    words, page = render_dossier(found)
    lists = dict(filled(found))
    assert {one.id for one in lists["TRIPOD-LLM"] if not one.answer} >= {"1", "2a", "3b", "5c", "13", "15", "18"}
    assert not next(one.answer for one in lists["CHART"] if one.id == "12b")
    # Without a language model there are no prompts to report.
    assert not next(one.answer for one in lists["TRIPOD-LLM"] if one.id == "9a")
    assert words.count("**open**") == sum(not one.answer for items in lists.values() for one in items)
    assert page.count("open-item") >= words.count("**open**")
    tripod = [one.id for one in dict(LISTS)["TRIPOD-LLM"]]
    assert len({name.rstrip("abcdefghijkl") for name in tripod}) == 19
    # As many subitems as the published table has under each number, in its order.
    letters = {"2": 12, "3": 2, "5": 5, "6": 7, "7": 3, "8": 3, "9": 2, "14": 6, "16": 4, "19": 7}
    for number, count in letters.items():
        assert [name for name in tripod if name[:-1] == number] == [f"{number}{chr(97 + i)}" for i in range(count)]
    assert len(tripod) == sum(letters.values()) + 19 - len(letters)
    opened = [one.id for one in lists["TRIPOD-LLM"] if not one.answer]
    assert f"{len(opened)} are open and for the authors: {', '.join(opened)}." in words
    assert "All are simulated." in words


def test_the_dossier_cannot_be_marked_up(found: Audited) -> None:
    subject = msgspec.structs.replace(found.subject, name="a|b <script> `x` [y](z)")
    words, page = render_dossier(msgspec.structs.replace(found, subject=subject))
    assert "<script" not in words + page
    assert "a/b ‹script> 'x' (y)(z)" in words
