"""A report of many findings stays readable: what is the same for all of them is said once."""

from __future__ import annotations

import io
import re

from rich.console import Console

from workup.case import Case, Finding
from workup.reasoning import Answer, DiseasePair, Reasoning, Share, Step
from workup.report.html import render_html
from workup.report.next_steps import print_next_steps

NUMBER = 60


def reasoning() -> Reasoning:
    findings = tuple(Finding(f"HP:{i:07d}", label=f"Sign {i}") for i in range(1, NUMBER + 1))
    one, two = "OMIM:100001", "OMIM:100002"
    shares = tuple(
        Share(
            finding=finding.id,
            label=finding.label or "",
            explained_by=(one, two, "")[i % 3],
            weights=(1.0, 0.5),
        )
        for i, finding in enumerate(findings)
    )
    steps = tuple(
        Step(
            kind="unexplained",
            finding=finding.id,
            label=finding.label,
            claim=f"{finding.label} is explained by none of the first 5 candidates",
        )
        for finding in findings
    )
    return Reasoning(
        reasoner="phenotype",
        answer=Answer(level="none", text="Not enough evidence"),
        findings=findings,
        steps=(*steps, Step(kind="unexplained", finding="HP:0000001", label="Sign X", claim="Told otherwise.")),
        two_diseases=DiseasePair(ids=(one, two), labels=("First", "Second"), score=9.0, advantage=3.0, shares=shares),
    )


def test_the_page_says_it_once() -> None:
    page = render_html(Case(id="p"), reasoning())
    assert "is explained by none of the first" not in page
    # A claim that says more than the heading stays.
    assert "Told otherwise." in page
    listed = page[page.index("Two diseases may explain") :]
    rows = re.findall(r"<li>(.*?)</li>", listed[: listed.index("</ul>")])
    assert [row.split(":")[0] for row in rows] == ["<b>First", "<b>Second", "<b>Neither of them"]
    for row, first in zip(rows, (1, 2, 3), strict=True):
        assert re.findall(r"Sign (\d+)", row) == [str(i) for i in range(first, NUMBER + 1, 3)]


def test_the_terminal_says_it_once() -> None:
    out = io.StringIO()
    print_next_steps(reasoning(), Console(file=out, width=80))
    text = out.getvalue()
    assert "First: Sign 1; Sign 4;" in text
    assert text.count("Neither of them") == 1
