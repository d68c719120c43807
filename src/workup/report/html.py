"""The differential as one self-contained web page.

The page loads nothing and runs nothing: no scripts, fonts, images or style sheets from elsewhere, and a
content security policy that forbids them. Text of the case and of the knowledge base is escaped by the
template engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from workup.case import Case, Finding
from workup.reasoning import Reasoning, Step
from workup.report import next_steps, view, wording
from workup.report.note import WEIGHED, FindingRow, note_view
from workup.report.steps import said
from workup.report.wording import clean, percent, plural

DETAILED = 10
OPENED = 3
MOST_PLACES = 12

# How each source asks to be cited (their pages, read 2025); shown for the sources that the versions name.
CITATIONS = {
    "HPO": (
        "Human Phenotype Ontology",
        "Gargano MA, et al. The Human Phenotype Ontology in 2024: phenotypes around the world. "
        "Nucleic Acids Res 2024;52(D1):D1333-D1346. https://hpo.jax.org",
    ),
    "phenotype.hpoa": (
        "HPO annotations",
        "Disease annotations of the Human Phenotype Ontology project (phenotype.hpoa). https://hpo.jax.org",
    ),
    "OMIM": (
        "OMIM",
        "Online Mendelian Inheritance in Man, OMIM. McKusick-Nathans Department of Genetic Medicine, "
        "Johns Hopkins University (Baltimore, MD). https://omim.org",
    ),
    "Orphanet": (
        "Orphanet",
        "Orphadata: free access data from Orphanet. Copyright INSERM 1999. https://www.orphadata.com. "
        "Licence: CC BY 4.0.",
    ),
    "MONDO": (
        "Mondo",
        "Vasilevsky NA, et al. Mondo: unifying diseases for the world, by the world. "
        "medRxiv 2022.04.13.22273750. Licence: CC BY 4.0.",
    ),
}

_LEVELS = {
    "disease": "Answer: one disease",
    "series": "Answer: a phenotypic series; no single disease is supported",
    "gene": "Answer: a gene; no single disease is supported",
    "none": "No diagnosis is named",
}


@dataclass(frozen=True, slots=True)
class SystemFindings:
    """The findings of one body system, present ones first."""

    name: str
    findings: tuple[Finding, ...]


def render_html(case: Case, reasoning: Reasoning) -> str:
    """Render the page.

    Args:
        case: The patient; its reference, publication and provenance are not shown.
        reasoning: What was concluded; every number of the page comes from it.
    """
    return environment().get_template("diagnosis.html.j2").render(_context(case, reasoning))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The template engine: everything that is put in is escaped, and a name that is missing is an error."""
    environment = Environment(
        loader=PackageLoader("workup.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(clean=clean, percent=percent, age=wording.age, plural=plural)
    return environment


def _context(case: Case, reasoning: Reasoning) -> dict[str, Any]:
    note = note_view(case, reasoning, DETAILED)
    marks = {row.id: _marks(row) for row in note.rows} if note else {}
    diseases = view.diseases(reasoning, DETAILED, OPENED, marks)
    findings = reasoning.findings or case.findings
    names = wording.labels_of(reasoning)
    return {
        "case": case,
        "reasoning": reasoning,
        "note": note,
        "headline": _headline(reasoning),
        "order_differs": wording.order_differs(reasoning),
        "weighed_answer": wording.has_posttest(reasoning),
        "kicker": _kicker(reasoning),
        "answer_members": _members(reasoning, diseases),
        "systems": _systems(findings),
        "counts": {
            status: sum(item.status == status for item in findings) for status in ("present", "excluded", "unknown")
        },
        "diseases": diseases,
        "detailed": diseases[:DETAILED],
        "tied": _tied(reasoning),
        "further": diseases[DETAILED:],
        "further_probability": sum(item.probability for item in reasoning.differential[DETAILED:]),
        "unlisted": _unlisted(reasoning),
        "ticks": view.axis_of(reasoning, DETAILED).ticks(),
        "zero": view.axis_of(reasoning, DETAILED).at(0.0),
        "unexplained": [_unexplained(step, names) for step in reasoning.steps if step.kind == "unexplained"],
        "claims": [said(step) for step in reasoning.steps if step.kind not in ("unexplained", "misfit", "specific")],
        "questions": next_steps.groups(reasoning),
        "pair_shares": next_steps.shares(reasoning),
        "suggestions": next_steps.suggestions(reasoning),
        "issues": [(wording.weight_of(issue), issue) for issue in reasoning.issues],
        "versions": [(clean(name), clean(value)) for name, value in reasoning.versions.items()],
        "citations": [citation for name, citation in CITATIONS.items() if name in reasoning.versions],
        "research_line": wording.RESEARCH_LINE,
        "most_places": MOST_PLACES,
        "weighed": WEIGHED,
    }


def _marks(row: FindingRow) -> tuple[tuple[str, str], ...]:
    """The words of the note that a finding was read from, with the ids of their marks."""
    agreeing = [place for place in row.places if place.status == row.status]
    return tuple((clean(place.words), place.anchor) for place in agreeing[:MOST_PLACES])


def _headline(reasoning: Reasoning) -> str:
    answer = reasoning.answer
    if answer is not None and answer.level == "list" and answer.ids:
        # The others of the list stand below it.
        return clean(answer.ids[0])
    if answer is not None and clean(answer.text):
        return clean(answer.text)
    return "No diagnosis is named" if reasoning.differential else "No disease could be ranked"


def _kicker(reasoning: Reasoning) -> str:
    if reasoning.answer is None or (reasoning.answer.level == "none" and not reasoning.answer.text):
        return "Differential diagnosis"
    return _LEVELS.get(reasoning.answer.level, "Answer")


def _members(reasoning: Reasoning, diseases: list[view.DiseaseView]) -> list[tuple[str, str, str]]:
    """Name, probability and anchor of each disease of an answer that stands for several."""
    answer = reasoning.answer
    if answer is None or len(answer.ids) < 2:
        return []
    listed = {item.hypothesis.id: item for item in diseases}
    return [
        (listed[name].name, listed[name].probability, _anchor(listed[name]))
        if name in listed
        else (clean(name), "", "")
        for name in answer.ids
    ]


def _anchor(item: view.DiseaseView) -> str:
    return item.anchor if item.groups or item.stages else ""


def _systems(findings: tuple[Finding, ...]) -> list[SystemFindings]:
    systems: dict[str, list[Finding]] = {}
    for item in findings:
        systems.setdefault(clean(item.system or "") or "Other findings", []).append(item)
    order = {"present": 0, "excluded": 1, "unknown": 2}
    return [
        SystemFindings(name, tuple(sorted(items, key=lambda item: order[item.status])))
        for name, items in sorted(systems.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]


def _tied(reasoning: Reasoning) -> set[float]:
    """Ranks that more than one hypothesis has."""
    ranks = [item.rank for item in reasoning.differential]
    return {value for value in ranks if ranks.count(value) > 1}


def _unexplained(step: Step, names: Mapping[str, str]) -> tuple[str, view.Link, str]:
    """Name, term and claim of a finding without an explanation; no claim where it repeats the heading."""
    name = clean(step.label or names.get(step.finding or "", step.finding or ""))
    claim = clean(step.claim)
    repeats = name and claim.startswith(f"{name} is explained by none of the first ")
    return name, view.Link.of(step.finding or ""), "" if repeats else claim


def _unlisted(reasoning: Reasoning) -> tuple[int, float] | None:
    """Number and joint probability of the ranked diseases that are not listed; None when unknown."""
    count = reasoning.candidates - len(reasoning.differential)
    listed = sum(item.probability for item in reasoning.differential)
    rest = 1.0 - listed - reasoning.unknown_probability
    return (count, max(0.0, rest)) if count > 0 and rest > -1e-6 else None
