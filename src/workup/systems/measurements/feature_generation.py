"""System 46: the loop on simulated tables with a known index, recorded proposals, one real table under nested CV.

``shipped:features.json`` holds the sizes, seeds and recorded replies. Every table but breast cancer is simulated.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy.stats import rankdata

from workup.evaluation.stats import paired_publication_bootstrap
from workup.features.clinical_tables import breast_cancer
from workup.features.clinical_text import RuleAnswers, columns_of
from workup.features.gain import feature_gain, logistic
from workup.features.octree import Found, OctreeOptions, column_or_missing, correlation, octree
from workup.features.proposers import GrammarSearch, ModelProposer, Recorded
from workup.features.simulated import Truth, simulated_table
from workup.features.simulated_notes import BANK, notes_with_outcome
from workup.features.table import Part, stratified
from workup.features.trees import Booster, one_thread, score_of
from workup.models import load
from workup.reasoners.lexical import TfIdf
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier


@cache
def _made() -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.decode((SHIPPED / "features.json").read_bytes())
    return made


def _options(seed: int, steps: int) -> OctreeOptions:
    made = _made()["simulated"]
    booster = Booster(rounds=made["rounds"], depth=made["depth"])
    return OctreeOptions(steps=steps, per_part=made["per_part"], booster=booster, seed=seed)


def _searched(truth: Truth, seed: int) -> tuple[Found, float, float, float]:
    """What was found, how alike it is to the index on test rows, and test accuracy without and with it."""
    made = _made()["simulated"]
    table, index = simulated_table(truth, made["rows"], seed=seed)
    learn, judge, test = stratified(table.rows.target, made["parts"], np.random.default_rng(seed))
    options = _options(seed, made["steps"])
    found = octree(table, table.part(learn), table.part(judge), GrammarSearch(), options)
    train, unseen = table.part(learn), table.part(test)
    alike = 0.0
    for added in found.added:
        assert added.found.rule is not None
        column = column_or_missing(added.found.rule, unseen.values)
        alike = max(alike, correlation(rankdata(column), rankdata(index[test])))
    with one_thread():
        before = score_of(options.booster.fit(train), unseen, "accuracy")
        wide = msgspec.structs.replace(train, values=found.extend(train.values))
        after = score_of(
            options.booster.fit(wide), msgspec.structs.replace(unseen, values=found.extend(unseen.values)), "accuracy"
        )
    return found, alike, before, after


@measurement("feature_generation.simulated")
def simulated(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Grammar search on tables whose outcome follows the shock index or the body-mass index."""
    answers = {}
    truths: tuple[Truth, ...] = ("shock-index", "body-mass")
    for truth in truths:
        runs = [_searched(truth, seed) for seed in _made()["simulated"]["seeds"]]
        rules = [one.found.rule.text for found, *_ in runs for one in found.added if one.found.rule is not None]
        better = sum(found.score > found.baseline for found, *_ in runs)
        note = "simulated; kept: " + "; ".join(rules)
        answers[f"{truth}-found"] = Measurement(value=min(alike for _, alike, *_ in runs), n=len(runs), note=note)
        answers[f"{truth}-validation"] = Measurement(value=better, n=len(runs), note="simulated")
        gains = [after - before for *_, before, after in runs]
        words = ", ".join(f"{before:.3f} -> {after:.3f}" for *_, before, after in runs)
        answers[f"{truth}-test"] = Measurement(
            value=float(np.mean(gains)), n=len(runs), note=f"simulated; test accuracy {words}"
        )
    return answers


@measurement("feature_generation.recorded")
def recorded(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Recorded replies, valid and not."""
    made = _made()["recorded"]
    table, _ = simulated_table(made["truth"], 600)
    learn, judge = stratified(table.rows.target, (2, 1), np.random.default_rng(0))
    replies = made["replies"]
    options = _options(0, len(replies))
    found = octree(table, table.part(learn), table.part(judge), Recorded(replies), options)
    became = [one.refused or "valid" for one in found.tries if one.by == "recorded"]
    return {"recorded": Measurement(value=" ".join(became), n=len(became))}


@measurement("feature_generation.small_model")
def small_model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many replies of SmolLM2 make a column."""
    table, _ = simulated_table("shock-index", 300)
    learn, judge = stratified(table.rows.target, (2, 1), np.random.default_rng(0))
    with load("smollm2", context=4096) as model:
        proposer = ModelProposer(model, retries=1)
        found = octree(table, table.part(learn), table.part(judge), proposer, _options(0, 2))
    tried = [one for one in found.tries if one.by == proposer.name]
    valid = sum(one.refused is None for one in tried)
    counts = ", ".join(f"{count} {name}" for name, count in found.counts.items())
    return {"small-model": Measurement(value=valid / len(tried), n=len(tried), note=f"with the first rule: {counts}")}


@measurement("feature_generation.real")
def real(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Breast cancer Wisconsin (diagnostic): nested cross-validation beside logistic regression."""
    return _real(_made()["real"]["folds"], _made()["real"]["steps"], "real")


@measurement("feature_generation.real_long")
def real_long(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The same with the published number of steps."""
    return _real(_made()["real"]["slow_folds"], _made()["real"]["slow_steps"], "real-long")


def _real(folds: int, steps: int, name: str) -> dict[str, Measurement]:
    made = _made()["real"]
    options = OctreeOptions(
        steps=steps, per_part=0.001, score="auroc", booster=Booster(rounds=made["rounds"], depth=made["depth"])
    )
    gain = feature_gain(breast_cancer(), GrammarSearch, options, folds=folds, seed=made["seed"])
    note = (
        f"accuracy {gain.without.accuracy:.4f} -> {gain.with_columns.accuracy:.4f}, logistic regression "
        f"{gain.conventional.accuracy:.4f}; AUROC {gain.without.auroc:.4f} -> {gain.with_columns.auroc:.4f}, "
        f"{gain.conventional.auroc:.4f}; validation gain {gain.promised:+.4f}; {gain.verdict}"
    )
    over = gain.over_conventional
    return {
        f"{name}-gain": Measurement(
            value=gain.difference.micro, n=gain.n, interval=gain.difference.micro_interval, note=note
        ),
        f"{name}-over-conventional": Measurement(value=over.micro, n=gain.n, interval=over.micro_interval),
    }


@measurement("feature_generation.notes")
def notes(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Questions answered for each of 200 simulated notes, against a bag of words; logistic regression on both."""
    made = _made()["notes"]
    texts, outcome = notes_with_outcome(made["n"], seed=made["seed"])
    answers = columns_of(texts, BANK, RuleAnswers())
    right = {name: np.zeros(len(texts), dtype=bool) for name in ("questions", "words")}
    folds = stratified(outcome, (1,) * made["folds"], np.random.default_rng(made["seed"]))
    for test in folds:
        learn = np.setdiff1d(np.arange(len(texts)), test)
        index = TfIdf([texts[place] for place in learn])
        words = {
            name: index.transform([texts[i] for i in rows]).toarray() for name, rows in (("l", learn), ("t", test))
        }
        for name, fit_on, asked in (("questions", answers[learn], answers[test]), ("words", words["l"], words["t"])):
            model = logistic(Part(fit_on, outcome[learn]))
            right[name][test] = model.predict(asked) == outcome[test]
    rows = [str(row) for row in range(len(texts))]
    difference = paired_publication_bootstrap(right["questions"], right["words"], rows)
    said = f"simulated; accuracy {right['questions'].mean():.3f} against {right['words'].mean():.3f} of words"
    return {
        "notes": Measurement(
            value=difference.micro_interval[0], n=len(texts), interval=difference.micro_interval, note=said
        )
    }
