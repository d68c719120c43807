"""System 46: the four ways of asking for a column, with scripted replies and once with a small model. Simulated tables.

``shipped:feature_proposers.json`` holds the replies, the notes that are searched, and the sizes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup.features.column_notes import notes_on
from workup.features.octree import OctreeOptions, Search
from workup.features.proposers import ModelProposer, Style
from workup.features.rules import UnusableRule, parse_rule
from workup.features.simulated import simulated_table
from workup.features.table import Part, stratified
from workup.features.trees import Booster, tree_in_words
from workup.models import Scripted, load
from workup.models.model import Model, Sampling
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

FUZZED = 2000
STYLES: dict[str, Style] = {
    "plain": "plain",
    "chain-of-thought": "chain-of-thought",
    "tree-of-thoughts": "tree-of-thoughts",
    # Notes on the columns are added to the plain question.
    "retrieval": "plain",
}


@cache
def _made() -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.decode((SHIPPED / "feature_proposers.json").read_bytes())
    return made


def _search(rows: int) -> Search:
    table, _ = simulated_table(_made()["truth"], rows)
    learn, judge = (table.part(part) for part in stratified(table.rows.target, (2, 1), np.random.default_rng(0)))
    return Search(table, learn, judge, OctreeOptions(booster=Booster(rounds=25, depth=3)))


def _proposer(name: str, model: Model, search: Search, **settings: Any) -> ModelProposer:
    notes = notes_on(search.inputs, _made()["notes"]) if name == "retrieval" else []
    return ModelProposer(model, STYLES[name], notes=notes, **settings)


@measurement("feature_proposers.scripted")
def scripted(data: Path, tier: Tier) -> dict[str, Measurement]:
    """What becomes of each scripted reply, and the best rule, for every way of asking."""
    found = {}
    for name, replies in _made()["replies"].items():
        search, model = _search(_made()["rows"]), Scripted(replies)
        proposer = _proposer(name, model, search)
        while len(search.tries) < len(replies):
            proposer.step(search)
        (best,) = search.best(1)
        assert best.rule is not None
        became = " ".join(one.refused or "valid" for one in search.tries)
        found[f"scripted-{name}"] = Measurement(value=f"{became}; {best.rule.text}", n=len(replies), note="simulated")
    search = _search(_made()["rows"])
    asked = _proposer("retrieval", Scripted([]), search).asked(search)
    inside = asked.partition("<notes>\n")[2].partition("\n</notes>")[0].splitlines()
    found["retrieved-notes"] = Measurement(
        value=" ".join(key for key, text in _made()["notes"].items() if text in inside), n=len(_made()["notes"])
    )
    return found


@measurement("feature_proposers.small_model")
def small_model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Share of replies of SmolLM2 that make a column, for every way of asking."""
    made, answers = _made()["small"], {}
    with load("smollm2", context=4096) as model:
        for name in STYLES:
            search = _search(made["rows"])
            proposer = _proposer(
                name,
                model,
                search,
                retries=made["retries"],
                branches=2,
                keep=1,
                sampling=Sampling(temperature=1.0, max_tokens=made["max_tokens"]),
            )
            for _ in range(made["steps"]):
                proposer.step(search)
            became = [one.refused or "valid" for one in search.tries]
            best = search.best(1)
            gain = (best[0].score or 0.0) - search.baseline if best else None
            said = f"simulated; {' '.join(became)}; " + (
                "no column, so nothing over the table as it is" if gain is None else f"validation gain {gain:+.3f}"
            )
            answers[f"small-model-{name}"] = Measurement(
                value=became.count("valid") / len(became), n=len(became), note=said
            )
    return answers


@measurement("feature_proposers.rules")
def rules(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Random texts handed to the reader of rules, and the words of a tree that is fixed by its rows."""
    random = np.random.default_rng(0)
    letters = np.array(list("abcx123()[]+-*/<>=.,'\"_ :lmdwhere"))
    names, table = ("a", "b", "c"), np.arange(12.0).reshape(4, 3)
    columns = refused = 0
    for _ in range(FUZZED):
        text = "".join(random.choice(letters, size=int(random.integers(1, 60))))
        try:
            columns += parse_rule(text, names).column(table).shape == (4,)
        except UnusableRule:
            refused += 1
    part = Part(np.array([[1.0], [2.0], [3.0], [4.125]]), np.array([0, 0, 0, 1]))
    return {
        "rules-fuzzed": Measurement(
            value=FUZZED - columns - refused, n=FUZZED, note=f"{columns} made a column, {refused} were refused"
        ),
        "tree-words": Measurement(value=" / ".join(tree_in_words(part, part, ("x1",)).split("\n")), n=4),
    }
