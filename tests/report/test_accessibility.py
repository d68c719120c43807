"""The page for everybody: structure and colours checked here, the rest by axe-core when it is installed.

For axe-core set WORKUP_AXE to ``axe.min.js`` of the npm package; ``node`` with ``playwright-core`` (from
the same node_modules) and ``chromium`` must be there too.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from report_page import Node, parse_page

from workup.case import Case
from workup.reasoning import Reasoning
from workup.report.html import render_html

CSS = (files("workup.report") / "templates" / "diagnosis.css").read_text("utf-8")

# What stands on what. Text needs 4.5:1 (WCAG 1.4.3), bars and focus rings 3:1 (1.4.11).
TEXT = ("ink", "quiet", "link", "warn")
SHAPES = ("for", "against", "quiet", "link")
GROUNDS = ("paper", "panel")


def palettes() -> dict[str, dict[str, str]]:
    """Colours declared in the style sheet: the light ones, and the dark ones over them."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    colours = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block)) for block in (light, dark)]
    return {"light": colours[0], "dark": {**colours[0], **colours[1]}}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_reach_their_contrast(scheme: str) -> None:
    palette = palettes()[scheme]
    for ground in GROUNDS:
        for name in TEXT:
            assert contrast(palette[name], palette[ground]) >= 4.5, (scheme, name, ground)
        for name in SHAPES:
            assert contrast(palette[name], palette[ground]) >= 3.0, (scheme, name, ground)


def test_colours_are_used_only_by_name() -> None:
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![\w -]*\{)|rgb\(|hsl\(", rules)


@pytest.fixture
def page(case_and_reasoning: tuple[Case, Reasoning]) -> Node:
    return parse_page(render_html(*case_and_reasoning))


def found(page: Node, *tags: str) -> list[Node]:
    return [node for node in page.walk() if node.tag in tags]


def test_page_has_language_title_and_landmarks(page: Node) -> None:
    assert found(page, "html")[0].attributes["lang"] == "en"
    assert found(page, "title")[0].text()
    assert len(found(page, "main")) == len(found(page, "nav")) == len(found(page, "footer")) == 1
    assert found(page, "nav")[0].attributes["aria-label"]
    body = found(page, "body")[0]
    first = next(child for child in body.children if isinstance(child, Node))
    assert (first.tag, first.attributes["href"]) == ("a", "#differential")


def test_headings_descend_without_gaps(page: Node) -> None:
    levels = [int(node.tag[1]) for node in found(page, "h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(node.text() for node in found(page, "h1", "h2", "h3", "h4"))


def test_tables_have_captions_and_scoped_headers(page: Node) -> None:
    for table in found(page, "table"):
        assert any(node.tag == "caption" and node.text() for node in table.walk())
        assert all(node.attributes.get("scope") in ("row", "col") and node.text() for node in found(table, "th"))
        for row in found(found(table, "tbody")[0], "tr"):
            assert [node.attributes["scope"] for node in found(row, "th")] == ["row"]


def test_ids_are_unique_and_every_reference_has_its_target(page: Node) -> None:
    ids = [node.attributes["id"] for node in page.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for node in page.walk():
        target = node.attributes.get("href", "")
        if target.startswith("#"):
            assert target[1:] in ids
        if "aria-labelledby" in node.attributes:
            assert node.attributes["aria-labelledby"] in ids


def test_every_fold_opens_by_a_worded_summary_and_every_link_has_words(page: Node) -> None:
    for fold in found(page, "details"):
        first = next(child for child in fold.children if isinstance(child, Node))
        assert first.tag == "summary"
        assert first.text()
        assert not found(first, "a", "details")  # nothing to press inside of what is pressed
    assert all(node.text() for node in found(page, "a"))


def test_excluded_findings_are_named_so_in_words(page: Node) -> None:
    struck = found(page, "s")
    owners = [node for node in page.walk() if any(isinstance(c, Node) and c.tag == "s" for c in node.children)]
    assert len(owners) == len(struck)
    assert all("excluded" in node.text() for node in owners)


def test_first_three_diseases_are_open(page: Node) -> None:
    folds = [node for node in page.walk() if node.attributes.get("class") == "weights"]
    assert ["open" in node.attributes for node in folds] == [place < 3 for place in range(len(folds))]


_DRIVER = """
const {chromium} = require('playwright-core'); const fs = require('fs');
(async () => {
  const browser = await chromium.launch({executablePath: process.argv[2], args: ['--no-sandbox']});
  const axe = fs.readFileSync(process.argv[3], 'utf8'); const report = [];
  for (const colorScheme of ['light', 'dark']) for (const width of [1280, 360]) {
    const context = await browser.newContext({colorScheme, viewport: {width, height: 900}});
    const page = await context.newPage(); const requests = [];
    page.on('request', r => { if (!r.url().startsWith('file:')) requests.push(r.url()); });
    await page.goto(process.argv[4]);
    await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true; }));
    await page.evaluate(axe);
    const result = await page.evaluate(() => window.axe.run(document));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth) - width;
    report.push({colorScheme, width, requests, overflow, passes: result.passes.length,
      violations: result.violations.map(v => [v.id, v.nodes.length, v.nodes[0].html])});
  }
  await browser.close(); console.log(JSON.stringify(report));
})().catch(error => { console.error(error); process.exit(1); });
"""


@pytest.mark.slow
def test_axe_finds_no_violation(case: Case, reasoning: Reasoning, tmp_path: Path) -> None:
    axe, node = os.environ.get("WORKUP_AXE"), shutil.which("node")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not (axe and node and chromium):
        pytest.skip("needs node, chromium and WORKUP_AXE (path of axe.min.js)")
    modules = Path(axe).resolve().parents[1]
    if not (modules / "playwright-core").is_dir():
        pytest.skip(f"playwright-core is not beside axe-core in {modules}")
    page, driver = tmp_path / "page.html", tmp_path / "driver.js"
    page.write_text(render_html(case, reasoning), "utf-8")
    driver.write_text(_DRIVER, "utf-8")
    done = subprocess.run(
        [node, str(driver), chromium, axe, page.as_uri()],
        env={**os.environ, "NODE_PATH": str(modules)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for view in json.loads(done.stdout):
        assert view["violations"] == [], view
        assert view["requests"] == []
        assert view["overflow"] <= 0, view
        assert view["passes"] > 20
