"""OCTree: a proposer invents a column, boosted trees score it, a small tree in words is what it learns from.

Method: OCTree, as reviewed in system 46; its code has no licence and none of it is used

::

    table ─► propose a rule ─► read it (rules.py) ─► score on validation rows ─► small tree in words ─┐
                  ▲                                                                                   │
                  └───────────── the best seven rules with trees and scores, worst first ◄────────────┘

Everything is chosen on validation rows; the test rows never come here (``gain.py`` keeps them).

>>> search = Search(Table([Column("a"), Column("b"), Column("sick", role="target")], np.eye(3)), Part(
...     np.array([[1.0, 2.0], [2.0, 1.0]] * 4), np.array([0, 1] * 4)), Part(np.array([[1.0, 2.0], [2.0, 1.0]]),
...     np.array([0, 1])), OctreeOptions(booster=Booster(leaf=1)))
>>> [search.consider(reply).refused for reply in ("[a - b]", "[a - sick]", "a / b")]
['redundant', 'forbidden', 'unread']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

import msgspec
import numpy as np
from scipy.stats import rankdata

from workup.features.rules import Refusal, Rule, UnusableRule, parse_rule, read_reply
from workup.features.table import Column, Part, Table
from workup.features.trees import Booster, Score, one_thread, score_of, tree_in_words, two_most_important
from workup.knowledge.arrays import Array


class OctreeOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to search.

    Attributes:
        steps: Turns of the proposer for each new column.
        columns: Most columns to add.
        told: Tries that a proposer is told of.
        alike: A column whose correlation (plain or of ranks) with one that is there lies above it is refused.
        score: What is compared on the validation rows.
        per_part: Taken from the score for each part of a rule when tries are ranked; 0 as published. Among many tries
            long rules win by chance, and the shorter of two that score alike is the better explanation.
        booster: Parameters of the boosted trees.
        seed: Seed of what a proposer draws.
    """

    steps: int = 50
    columns: int = 1
    told: int = 7
    alike: float = 0.98
    score: Score = "accuracy"
    per_part: float = 0.0
    booster: Booster = Booster()
    seed: int = 0


class Try(msgspec.Struct, frozen=True):
    """One proposal and what became of it.

    Attributes:
        reply: What was proposed, as it was written.
        by: ``first`` for the product of the two most important columns, else the proposer's name.
        rule: The rule; None when refused before it was read.
        score: On validation rows, 0-1; None when refused.
        train_score: On training rows.
        tree: The small tree in words.
        refused: Why it makes no column; None when it does.
        reason: The same in words.
    """

    reply: str
    by: str
    rule: Rule | None = None
    score: float | None = None
    train_score: float | None = None
    tree: str = ""
    refused: Refusal | None = None
    reason: str = ""


class Proposer(Protocol):
    """Invents rules."""

    name: str

    def step(self, search: Search) -> None:
        """One turn: hand one proposal or several to ``search.consider``."""
        ...


class Search:
    """The search for one column: what is known, what was tried.

    Attributes:
        inputs: Columns as they are described to a proposer, added ones included.
        tries: Every proposal in order.
        baseline: Validation score without a new column.
        random: Generator for the proposer.
    """

    def __init__(self, table: Table, train: Part, validation: Part, options: OctreeOptions) -> None:
        """Score the table as it is."""
        self.inputs: tuple[Column, ...] = table.inputs
        self.forbidden = table.forbidden
        self.train, self.validation, self.options = train, validation, options
        self.random = np.random.default_rng(options.seed)
        self.tries: list[Try] = []
        with one_thread():
            model = options.booster.fit(train)
            self.baseline = score_of(model, validation, options.score)
            self.train_baseline = score_of(model, train, options.score)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that a rule may read."""
        return tuple(column.name for column in self.inputs)

    def best(self, count: int) -> list[Try]:
        """The best tries, worst first; of equals the one with the lower training score is the better."""
        scored = [one for one in self.tries if one.score is not None]
        return sorted(scored, key=self.worth)[-count:] if count else []

    def worth(self, one: Try) -> tuple[float, float]:
        """By what tries are ranked: the score less its price in parts, then the training score, lower is better."""
        price = self.options.per_part * one.rule.size if one.rule is not None else 0.0
        return (one.score or 0.0) - price, -(one.train_score or 0.0)

    def consider(self, reply: str, by: str = "") -> Try:
        """Read, compute and score one proposal; it is kept with its result, also when it is refused."""
        rule: Rule | None = None
        try:
            rule = parse_rule(read_reply(reply), self.names, self.forbidden)
            if any(one.rule is not None and one.rule.text == rule.text for one in self.tries):
                raise UnusableRule("repeated", f"{rule.text} was tried before")
            columns = self._columns(rule)
        except UnusableRule as fault:
            done = Try(reply=reply, by=by, rule=rule, refused=fault.code, reason=str(fault))
        else:
            done = self._scored(reply, by, rule, *columns)
        self.tries.append(done)
        return done

    def _columns(self, rule: Rule) -> tuple[Array, Array]:
        """The column on training and validation rows, scaled to 0-1 on the training rows."""
        train, validation = rule.column(self.train.values), rule.column(self.validation.values)
        known = train[~np.isnan(train)]
        if len(known) == 0 or known.min() == known.max():
            raise UnusableRule("constant", f"{rule.text} is the same in every row")
        name, likeness = _most_alike(train, self.train.values, self.names)
        if likeness > self.options.alike:
            raise UnusableRule("redundant", f"{rule.text} is nearly {name} (correlation {likeness:.3f})")
        span = known.max() - known.min()
        if not np.isfinite(span) or span == 0:
            raise UnusableRule("not-finite", f"{rule.text} spans more than numbers can")
        return (train - known.min()) / span, (validation - known.min()) / span

    def _scored(self, reply: str, by: str, rule: Rule, train: Array, validation: Array) -> Try:
        learn, judge = self.train.with_column(train), self.validation.with_column(validation)
        with one_thread():
            model = self.options.booster.fit(learn)
            return Try(
                reply=reply,
                by=by,
                rule=rule,
                score=score_of(model, judge, self.options.score),
                train_score=score_of(model, learn, self.options.score),
                tree=tree_in_words(learn, judge, (*self.names, "new")),
            )


def _most_alike(column: Array, values: Array, names: tuple[str, ...]) -> tuple[str, float]:
    """The column of a table that correlates most with another, and how much; rows with both known count."""
    name, most = "", 0.0
    for place, other in enumerate(values.T):
        both = ~np.isnan(column) & ~np.isnan(other)
        if both.sum() < 3:
            continue
        one, two = column[both], other[both]
        found = max(correlation(one, two), correlation(rankdata(one), rankdata(two)))
        if found > most:
            name, most = names[place], found
    return name, most


def correlation(one: Array, other: Array) -> float:
    """Absolute correlation, 0 when either does not vary.

    >>> correlation(np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])) > 0.999
    True
    """
    with np.errstate(all="ignore"):
        one, other = one - one.mean(), other - other.mean()
        below = float(np.linalg.norm(one) * np.linalg.norm(other))
        found = float(abs(one @ other)) / below if below > 0 else 0.0
    return found if np.isfinite(found) else 0.0


class Added(msgspec.Struct, frozen=True):
    """A column that was kept.

    Attributes:
        name: Its name, by which later rules can read it.
        found: The try that it comes from.
        low: Least value on the training rows.
        span: Range on the training rows.
    """

    name: str
    found: Try
    low: float
    span: float


class Found(msgspec.Struct, frozen=True):
    """What a search gave.

    Attributes:
        added: Columns that improved the validation score, in order.
        baseline: Validation score without them.
        score: Validation score with them: chosen on these very rows, and therefore too good.
        tries: Every proposal.
        counts: Tries by what became of them: ``valid`` or the kind of refusal.
        names: Columns of the table at the beginning.
    """

    added: tuple[Added, ...]
    baseline: float
    score: float
    tries: tuple[Try, ...]
    counts: dict[str, int]
    names: tuple[str, ...]

    def extend(self, values: Array) -> Array:
        """A table with the new columns; a row for which a rule gives no finite number has it missing."""
        for added in self.added:
            assert added.found.rule is not None
            values = np.column_stack([values, (column_or_missing(added.found.rule, values) - added.low) / added.span])
        return values


def column_or_missing(rule: Rule, values: Array) -> Array:
    """A rule on rows it was not chosen on, one by one where the whole gives no finite number."""
    try:
        return rule.column(values)
    except UnusableRule:
        column = np.full(len(values), np.nan)
        for place in range(len(values)):
            try:
                column[place] = rule.column(values[place : place + 1])[0]
            except UnusableRule:
                continue
        return column


def octree(
    table: Table,
    train: Part,
    validation: Part,
    proposer: Proposer,
    options: OctreeOptions | None = None,
    *,
    progress: Callable[[Try], None] = lambda one: None,
) -> Found:
    """Search for columns.

    Args:
        table: Schema of the rows.
        train: Rows to fit on.
        validation: Rows to choose on; keep the test rows elsewhere.
        proposer: Who invents the rules.
        options: How to search.
        progress: Called with each try.
    """
    options = options or OctreeOptions()
    added: list[Added] = []
    tries: list[Try] = []
    search = Search(table, train, validation, options)
    baseline = score = search.baseline
    for number in range(options.columns):
        seen = 0
        with one_thread():
            one, two = two_most_important(search.train, search.validation, options.booster)
        search.consider(f"[{search.names[one]} * {search.names[two]}]", "first")
        for step in range(options.steps + 1):
            if step:
                proposer.step(search)
            for new in search.tries[seen:]:
                progress(new)
            seen = len(search.tries)
        tries += search.tries
        top = search.best(1)
        if not top or not _better(top[0], search):
            break
        found = top[0]
        assert found.rule is not None
        assert found.score is not None
        raw = found.rule.column(search.train.values)
        low, high = float(np.nanmin(raw)), float(np.nanmax(raw))
        name = f"new_{number + 1}"
        while name in {*search.names, *table.forbidden}:
            name += "_"
        added.append(Added(name=name, found=found, low=low, span=high - low))
        score = found.score
        if number + 1 < options.columns:
            after = [
                part.with_column((column_or_missing(found.rule, part.values) - low) / (high - low))
                for part in (search.train, search.validation)
            ]
            inputs = (*search.inputs, Column(name, f"made: {found.rule.text}"))
            search = Search(table, after[0], after[1], options)
            search.inputs = inputs
    counts = Counter("valid" if one.refused is None else one.refused for one in tries)
    return Found(
        added=tuple(added),
        baseline=baseline,
        score=score,
        tries=tuple(tries),
        counts=dict(sorted(counts.items())),
        names=table.names,
    )


def _better(found: Try, search: Search) -> bool:
    """Whether a column beats the table without it; of equal validation scores the lower training score is better."""
    return search.worth(found) > (search.baseline, -search.train_baseline)
