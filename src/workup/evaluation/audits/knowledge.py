"""How much of the score is knowledge of the case, and how much can be had from the options alone?

Conditions: the whole item; the options alone; the words of the case in random order. ``gain`` is the accuracy on the
whole item less that on the options alone, paired. ``cue_ceiling`` is what a logistic model reaches that sees only how
each option looks (its length beside the others', its place, words in common with the question), judged on cases it
was not fitted on: what is reached by it need not be knowledge.

Source: "Glianorex" (system 37): what is scored above chance on fictional medicine is test-taking.
"""

from __future__ import annotations

import re

import numpy as np

from workup.case import Case
from workup.evaluation.audits.figures import Figure, mean, rate
from workup.evaluation.audits.material import Material, Pair
from workup.evaluation.audits.variant import stem
from workup.knowledge.arrays import Array
from workup.reasoners.lexical import tokens

FOLDS = 5
# Fewer cases than this are no ground for fitting anything.
LEAST = 40


def knowledge(material: Material, *, seed: int = 0) -> tuple[Figure, ...]:
    """Compare the conditions on the original cases."""
    asked = [record for record in material.records if record.case.question and record.case.question.options]
    clusters = [record.cluster for record in asked]
    figures = [rate("knowledge", "full", [record.right for record in asked], clusters, seed=seed)]
    chances = [1.0 / len(record.case.question.options) for record in asked if record.case.question]
    if chances:
        chance = sum(chances) / len(chances)
        figures.append(Figure(section="knowledge", measure="chance", value=chance, n=len(chances)))
    for measure, name in (("options_only", "options-only"), ("words_shuffled", "words-shuffled")):
        pairs = material.of(name)
        if not pairs:
            continue
        note = _unanswered(pairs)
        own = [pair.original.cluster for pair in pairs]
        figures.append(rate("knowledge", measure, [_right(pair) for pair in pairs], own, seed=seed, note=note))
        gain = "gain" if measure == "options_only" else "gain_over_words"
        gains = [float(pair.original.right) - float(_right(pair)) for pair in pairs]
        figures.append(mean("knowledge", gain, gains, own, seed=seed, share=True))
    figures += _ceiling([record.case for record in asked], seed)
    figures += _positions(material)
    return tuple(figures)


def _right(pair: Pair) -> bool:
    """Whether the answer under a condition is that of the original case."""
    reference = pair.original.case.reference
    right = {reference.answer, *reference.accepted} if reference else set()
    return pair.variant.answer is not None and pair.variant.answer in right


def _unanswered(pairs: list[Pair]) -> str:
    none = sum(pair.variant.answer is None for pair in pairs)
    return f"{none} not answered, counted as wrong" if none else ""


def _positions(material: Material) -> list[Figure]:
    """Whether the first place among the options is chosen more often than it is right."""
    rows = [
        (list(record.case.question.options), record)
        for record in material.records
        if record.case.question and record.answer in record.case.question.options
    ]
    if not rows:
        return []
    first = [keys[0] == record.answer for keys, record in rows]
    truth = [record.case.reference is not None and keys[0] == record.case.reference.answer for keys, record in rows]
    excess = [float(one) - float(other) for one, other in zip(first, truth, strict=True)]
    note = "how much more often the first option is chosen than it is right"
    return [mean("knowledge", "first_option_excess", excess, [record.cluster for _, record in rows], note=note)]


def features(case: Case) -> Array:
    """How each option looks, ``(options, 6)``: nothing of it is medicine.

    >>> from workup.case import Question
    >>> case = Case(id="1", question=Question("Rash and fever: which virus?", {"A": "measles virus", "B": "gout"}))
    >>> features(case)[:, 3].tolist()
    [1.0, 0.0]
    """
    assert case.question is not None
    options = case.question.options
    said = set(tokens(f"{stem(case)[1]} {case.question.text}"))
    own = [tokens(text) for text in options.values()]
    lengths = np.log1p([len(text) for text in options.values()])
    shared = np.array([sum(word in said for word in words) / max(len(words), 1) for words in own])
    digits = [float(bool(re.search(r"\d", text))) for text in options.values()]
    first = [words[0] if words else "" for words in own]
    alike = [sum(word == other for other in first) / len(first) for word in first]
    return np.column_stack(
        [
            lengths - lengths.mean(),
            lengths == lengths.max(),
            shared - shared.mean(),
            shared == shared.max(),
            digits,
            alike,
        ]
    ).astype(np.float64)


def _ceiling(cases: list[Case], seed: int) -> list[Figure]:
    """Cross-validated accuracy of a logistic model on the looks of the options."""
    usable = [
        case for case in cases if case.question and case.reference and case.reference.answer in case.question.options
    ]
    name = "cue_ceiling"
    if len(usable) < LEAST:
        note = f"needs {LEAST} cases with options"
        return [Figure(section="knowledge", measure=name, value=None, n=len(usable), note=note)]
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        note = "not measured: needs scikit-learn (pip install 'workup[stats]')"
        return [Figure(section="knowledge", measure=name, value=None, n=0, note=note)]
    looks = [features(case) for case in usable]
    truth = [
        np.array([key == case.reference.answer for key in case.question.options])
        for case in usable
        if case.question and case.reference
    ]
    fold = np.random.default_rng(seed).permutation(len(usable)) % FOLDS
    hits = np.zeros(len(usable), dtype=bool)
    for number in range(FOLDS):
        learn = np.flatnonzero(fold != number)
        model = LogisticRegression(C=1.0, max_iter=1000).fit(
            np.vstack([looks[i] for i in learn]), np.concatenate([truth[i] for i in learn])
        )
        for i in np.flatnonzero(fold == number).tolist():
            hits[i] = truth[i][int(np.argmax(model.decision_function(looks[i])))]
    note = f"logistic model on the looks of the options, {FOLDS}-fold"
    return [rate("knowledge", name, hits.tolist(), [case.id for case in usable], seed=seed, note=note)]
