"""One object, many formats: the same numbers in each."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import defaultdict
from pathlib import Path

import pytest
import report_building as building
from report_page import parse_page

from workup.case import Case
from workup.reasoning import Reasoning
from workup.report import write_report
from workup.report.html import DETAILED, render_html
from workup.report.phenopacket import read_differential, to_phenopacket
from workup.report.table import to_tsv
from workup.report.wording import age, percent, ratio, ratio_in_words


def rows_of(reasoning: Reasoning) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_tsv(reasoning)), delimiter="\t"))


def test_likelihood_ratios_of_the_table_multiply_to_the_score_of_the_json(
    case_and_reasoning: tuple[Case, Reasoning], tmp_path: Path
) -> None:
    case, reasoning = case_and_reasoning
    written = write_report(case, reasoning, tmp_path, ["json", "tsv"], "x")
    truth = {h["id"]: h for h in json.loads(written[0].read_text("utf-8")).get("differential", [])}
    products: dict[str, float] = defaultdict(float)
    for row in csv.DictReader(io.StringIO(written[1].read_text("utf-8")), delimiter="\t"):
        products[row["disease_id"]] += math.log(float(row["likelihood_ratio"]))
        assert float(row["probability"]) == truth[row["disease_id"]]["probability"]
        assert float(row["score"]) == truth[row["disease_id"]]["score"]
        assert float(row["rank"]) == truth[row["disease_id"]]["rank"]
    assert products.keys() == truth.keys()
    for name, hypothesis in truth.items():
        assert products[name] == pytest.approx(hypothesis["score"], abs=1e-6)


def test_weights_of_the_page_add_up_to_its_score_and_to_the_json(
    case_and_reasoning: tuple[Case, Reasoning],
) -> None:
    case, reasoning = case_and_reasoning
    page = parse_page(render_html(case, reasoning))
    articles = [node for node in page.walk() if node.tag == "article"]
    assert len(articles) == min(DETAILED, len(reasoning.differential))
    for article, hypothesis in zip(articles, reasoning.differential, strict=False):
        rows = [node for node in article.walk() if "data-weight" in node.attributes]
        assert len(rows) == len(hypothesis.contributions)
        total = math.fsum(float(node.attributes["data-weight"]) for node in rows)
        assert total == pytest.approx(hypothesis.score, abs=1e-6)
        assert float(article.attributes["data-score"]) == hypothesis.score
        assert float(article.attributes["data-probability"]) == hypothesis.probability
        for node in rows:
            shown = next(part for part in node.walk() if part.attributes.get("class") == "ratio")
            assert shown.text().split(" ")[0] == ratio(float(node.attributes["data-weight"])).split(" ")[0]


def test_page_prints_every_probability_and_accounts_for_the_whole(case: Case, reasoning: Reasoning) -> None:
    page = parse_page(render_html(case, reasoning))
    rows = [node for node in page.walk() if node.attributes.get("class") == "disease"]
    assert [float(row.attributes["data-probability"]) for row in rows] == [
        hypothesis.probability for hypothesis in reasoning.differential
    ]
    for row, hypothesis in zip(rows, reasoning.differential, strict=True):
        assert percent(hypothesis.probability) in row.text()
    rest = [node.text() for node in page.walk() if node.attributes.get("class") == "rest"]
    # Shown 0.9043 (first ten 0.9018), unknown 0.041: the other 8,396 diseases hold 0.0547.
    assert rest == [
        "Ranks 11 to 12, listed below 0.2%",
        "8,396 other ranked diseases 5.5%",
        "Not in the knowledge base 4.1%",
    ]
    assert [row.text().split(" ")[:2] for row in rows[:3]] == [
        ["1", "Dravet"],
        ["2.5", "tied"],
        ["2.5", "tied"],
    ]


def test_bars_start_at_one_point_and_are_as_long_as_their_weights(case: Case, reasoning: Reasoning) -> None:
    page = parse_page(render_html(case, reasoning))
    per_unit = set()
    for node in page.walk():
        if "data-weight" not in node.attributes:
            continue
        weight = float(node.attributes["data-weight"])
        bar = next(part for part in node.walk() if part.tag == "i")
        zero = next(part for part in node.walk() if part.attributes.get("class") == "track")
        left, width = map(float, re.findall(r"([\d.]+)%", bar.attributes["style"]))
        origin = float(zero.attributes["style"].removeprefix("--zero:").removesuffix("%"))
        start = left if weight >= 0 else left + width
        assert start == pytest.approx(origin, abs=2e-3)
        assert bar.attributes["class"] == ("for" if weight >= 0 else "against")
        if abs(weight) > 1:
            per_unit.add(round(width / abs(weight), 1))
    assert len(per_unit) == 1  # one scale for all diseases


def test_running_total_ends_at_the_score(case: Case, reasoning: Reasoning) -> None:
    page = parse_page(render_html(case, reasoning))
    for table, hypothesis in zip(
        (node for node in page.walk() if node.attributes.get("class") == "stages"),
        reasoning.differential,
        strict=False,
    ):
        last = [node.text() for node in table.walk() if node.attributes.get("class") == "figure"][-2:]
        assert last == [ratio(hypothesis.score)] * 2  # last step's running total, and the total below it


def test_phenopacket_gives_rank_probability_and_score_back_exactly(
    case_and_reasoning: tuple[Case, Reasoning],
) -> None:
    case, reasoning = case_and_reasoning
    packet = json.loads(json.dumps(to_phenopacket(case, reasoning)))
    assert [tuple(item) for item in read_differential(packet)] == [
        (h.id, h.label, h.rank, h.probability, h.score) for h in reasoning.differential
    ]


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (math.log(12), "12 times as likely"),
        (-math.log(5), "1/5 as likely"),
        (math.log(1234), "1,200 times as likely"),
        (-math.log(2.5), "1/2.5 as likely"),
        (math.log(9.96), "10 times as likely"),
        (math.log(1.2e9), "1.2 × 10⁹ times as likely"),
        (-math.log(1.2e9), "1/(1.2 × 10⁹) as likely"),
        (0.0, "about as likely"),
        (-0.03, "about as likely"),
        (1000.0, "10⁴³⁴ times as likely"),
        (-1000.0, "1/10⁴³⁴ as likely"),
    ],
)
def test_ratios_in_words(weight: float, words: str) -> None:
    assert ratio_in_words(weight) == words


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0, "0%"), (0.0009, "<0.1%"), (0.001, "0.1%"), (0.618, "61.8%"), (0.9999, ">99.9%"), (1.0, "100%")],
)
def test_percentages_never_claim_a_certainty(probability: float, words: str) -> None:
    assert percent(probability) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("P3Y6M", "3 years 6 months"),
        ("P1D", "1 day"),
        ("P0D", "at birth"),
        ("G20W3D", "20 weeks 3 days of gestation"),
        ("HP:0003577", "congenital onset"),
        (None, ""),
        ("about four", "about four"),
    ],
)
def test_ages_in_words(value: str | None, words: str) -> None:
    assert age(value) == words


def test_relations_are_told_in_words(case: Case, reasoning: Reasoning) -> None:
    text = parse_page(render_html(case, reasoning)).text()
    for words in (
        "the same term · 15/18 · PMID:31675180",
        "Simple febrile seizure, more specific",
        "Seizure, more general",
        "related through “Abnormality of the skeletal system”",
        "nothing like it is listed in this disease",
        "Expected in this disease, not reported in the patient",
        "Focal impaired awareness seizure HP:0002384 · very frequent (80-99%)",
        "phenotype.hpoa 2025-01-16, line",
        "Licence: CC BY 4.0",
        "What to do: Correct one of the two; the present finding was used.",
    ):
        assert words in text


def test_many_findings_are_grouped_and_weak_ones_folded() -> None:
    reasoning = building.a_long_reasoning()
    page = parse_page(render_html(building.a_case(reasoning.findings), reasoning))
    first = next(node for node in page.walk() if node.tag == "article")
    titles = {node.text().split(" together ")[0] for node in first.walk() if node.tag == "h4"}
    assert titles == {*building.SYSTEMS, "Findings excluded", "Beyond the findings"}
    folded = [node for node in first.walk() if node.attributes.get("class") == "weak"]
    assert folded
    for node in folded:
        inside = [float(part.attributes["data-weight"]) for part in node.walk() if "data-weight" in part.attributes]
        assert len(inside) >= 2
        assert all(abs(weight) < 0.1 for weight in inside)
        assert node.text().startswith(f"{len(inside)} findings with little weight, together ")
