"""System 26: the same ten cases answered at each of the survey's levels, with the conventional baseline beside.

    prompting        the note, asked once
    self-consistency three chains of thought, and a vote
    retrieval        pages of the ten pairs of diseases, searched
    health records   the note with its coded findings
    agents           an agent that may call tools

The cases are simulated look-alikes (``workup.simulate.vignettes``). With the small model it shows that every level runs
offline; with a script in its place it shows the same in every run. It shows nothing about which level is better.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from workup import models, registry
from workup.case import Case, to_json
from workup.evaluation.beside import verdict
from workup.evaluation.compare import paired_test
from workup.knowledge import Knowledge
from workup.models import Scripted
from workup.models.model import Model, Sampling
from workup.models.scripted import Line
from workup.reasoner import Context
from workup.simulate.vignettes import vignettes
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

CASES, SEED = 10, 0
_TRAINING = 100
LEVELS: dict[str, tuple[str, dict[str, Any]]] = {
    "prompting": ("direct", {}),
    "self-consistency": ("self-consistency", {"samples": 3}),
    "retrieval": ("retrieval-augmented", {"k": 2}),
    "health records": ("direct", {}),
    "agents": ("txagent", {"rounds": 2}),
}


def _walked(model: Model, folder: Path) -> tuple[dict[str, list[float]], dict[str, int], dict[str, float], list[float]]:
    """Right answers, answered cases and tokens a case by level; and right answers of the baseline."""
    cases = vignettes(CASES, seed=SEED)
    corpus, training = folder / "pages.jsonl", folder / "training.jsonl"
    corpus.write_text("".join(_pages()), encoding="utf-8")
    training.write_bytes(b"".join(to_json(one) + b"\n" for one in vignettes(_TRAINING, seed=SEED + 1)))
    right: dict[str, list[float]] = {}
    answered: dict[str, int] = {}
    tokens: dict[str, float] = {}
    for level, (name, options) in LEVELS.items():
        given = {**options, "corpus": str(corpus)} if level == "retrieval" else options
        found = [_ask(name, given, case if level == "health records" else _note(case), model) for case in cases]
        right[level] = [
            float(bool(ids) and ids[0] == _truth(case)) for (ids, _), case in zip(found, cases, strict=True)
        ]
        answered[level] = len(found)
        tokens[level] = sum(used for _, used in found) / len(found)
    beside = {"training": str(training), "reader": "cases"}
    plain = [_ask("nearest-case", beside, case, None)[0] for case in cases]
    return (
        right,
        answered,
        tokens,
        [float(bool(ids) and ids[0] == _truth(case)) for ids, case in zip(plain, cases, strict=True)],
    )


def _ask(name: str, options: dict[str, Any], case: Case, model: Model | None) -> tuple[tuple[str, ...], int]:
    ctx = Context(model=model, options=options, sampling=Sampling(max_tokens=24), seed=SEED)
    found = registry.load("reasoners", name)().reason(case.blinded(), ctx)
    return (found.answer.ids if found.answer else ()), found.usage.input_tokens + found.usage.output_tokens


def _note(case: Case) -> Case:
    """The case as its note alone."""
    return msgspec.structs.replace(case, findings=())


def _truth(case: Case) -> str:
    return (case.reference.answer or "") if case.reference else ""


def _pages() -> list[str]:
    """A page for each disease that is asked for: its findings by name, as the knowledge base has them."""
    knowledge = Knowledge.load()
    rows, diseases, ontology = knowledge.annotations, knowledge.diseases, knowledge.ontology
    wanted = {
        name
        for case in vignettes(2 * CASES, seed=SEED)
        for name in (case.reference.diagnoses if case.reference else ())
    }
    pages = []
    for name in sorted(wanted):
        place = diseases.ids.index(name)
        terms = sorted({int(term) for term in rows.term[(rows.disease == place) & (rows.negated == 0)]})
        text = f"{diseases.names[place]}: {', '.join(ontology.label(term) for term in terms[:12])}."
        pages.append(msgspec.json.encode({"id": name, "title": diseases.names[place], "text": text}).decode() + "\n")
    return pages


def _measured(model: Model, claim: str, what: str) -> dict[str, Measurement]:
    with tempfile.TemporaryDirectory() as name:
        right, answered, tokens, beside = _walked(model, Path(name))
    rows = [f"{level} {sum(right[level]):.0f} of {answered[level]} ({tokens[level]:.0f} tokens)" for level in right]
    best = max(right, key=lambda level: sum(right[level]))
    ids = [str(number) for number in range(CASES)]
    test = paired_test(
        best, "nearest-case", dict(zip(ids, right[best], strict=True)), dict(zip(ids, beside, strict=True))
    )
    told = verdict(test) if test is not None else ""
    note = f"{what}; right: {', '.join(rows)}; baseline nearest-case {sum(beside):.0f} of {CASES}. {told}"
    return {claim: Measurement(value=sum(count == CASES for count in answered.values()), n=CASES, note=note)}


@measurement("pathway.scripted")
def scripted(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many levels answer all ten cases, a script in place of the model."""
    return _measured(Scripted([Line(reply="Answer: A", match="")]), "pathway-runs", "simulated cases, scripted replies")


@measurement("pathway.small_model")
def small_model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The same with the small model."""
    return _measured(models.load("smollm2"), "pathway", "simulated cases, SmolLM2-135M, which shows that it runs")
