"""Tables of runs and comparisons, for the verbs that show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from workup.systems.render import table

if TYPE_CHECKING:
    from workup.evaluation.judges.person import Agreement
    from workup.evaluation.scoring import Comparison, RunScores
    from workup.evaluation.stats import Interval


def show_scores(scores: RunScores) -> None:
    """The metrics of a run with their intervals, and what it cost."""
    columns, rows = ["metric", "value", "95 % interval", "n", "method"], _metric_rows(scores)
    if scores.baseline is not None:
        beside = {row[0]: row[1:3] for row in _metric_rows(scores.baseline)}
        columns = [*columns[:4], f"baseline {scores.baseline.name}", "95 % interval", "method"]
        rows = [[*row[:4], *beside.get(row[0], ["-", "-"]), row[4]] for row in rows]
    if scores.judge:
        # Figures of different judges are never comparable, so that none stands without its judge.
        columns, rows = [*columns, "judge"], [[*row, scores.judge] for row in rows]
    if scores.data:
        # A figure is copied without the sentence below it.
        columns, rows = [*columns, "data"], [[*row, scores.data] for row in rows]
    if rows:
        table(columns, rows)
    else:
        click.echo("This benchmark has no metric without a judge: workup score DIR --judge WHO.")
    for note in dict.fromkeys(note for estimate in scores.estimates for note in estimate.notes):
        click.echo(note + ".")
    for words in scores.words:
        click.echo(words)
    usage, manifest = scores.usage, scores.manifest
    counts = ", ".join(f"{count} {reason}" for reason, count in scores.counts.items())
    click.echo(f"{scores.name} on {manifest['benchmark']} (version {manifest['benchmark_version']}): {counts}.")
    click.echo(
        f"{usage.calls} model calls, {usage.input_tokens} tokens read, {usage.output_tokens} written, "
        f"{usage.cost_usd:.4f} USD, {usage.seconds:.1f} s. Seed {manifest['seed']}, workup {manifest['workup']}."
    )


def _metric_rows(scores: RunScores) -> list[list[str]]:
    """Metric, value, interval, n and method of each figure."""
    rows: list[list[str]] = []
    for estimate in scores.estimates:
        value = "-" if estimate.value is None else f"{estimate.value:.4f}"
        rows.append([estimate.metric, value, interval(estimate.interval), str(estimate.n), estimate.method])
    for name, values in scores.scores.items():
        if name not in {estimate.metric for estimate in scores.estimates} and values:
            mean = sum(values.values()) / len(values)
            rows.append([f"{name} (mean score)", f"{mean:.4f}", "-", str(len(values)), ""])
    return rows


def show_comparison(found: Comparison) -> None:
    """A league table, the paired tests, and the front of cost against score."""
    table(
        [
            "run",
            found.metric,
            "95 % interval",
            "n",
            "without an answer",
            "tokens a case",
            "USD a case",
            "s a case",
            "USD a right answer",
            "",
            *(["data"] if found.data else []),
        ],
        [
            [
                point.name,
                f"{point.accuracy:.4f}",
                interval(point.interval),
                str(point.n),
                ", ".join(f"{n} {why}" for why, n in found.unanswered.get(point.name, {}).items()) or "0",
                "-" if point.tokens is None else f"{point.tokens:.0f}",
                "-" if point.cost is None else f"{point.cost:.5f}",
                "-" if point.seconds is None else f"{point.seconds:.3f}",
                _money(found.cost_per_right.get(point.name)),
                "front" if point.name in found.front else "",
                *([found.data] if found.data else []),
            ]
            for point in sorted(found.runs, key=lambda point: -point.accuracy)
        ],
    )
    click.echo()
    table(
        [
            *("difference", "points", "95 % interval", "n", "p", "p, Holm", "p, mid McNemar", "only first"),
            "only second",
            *(["data"] if found.data else []),
        ],
        [
            [
                f"{test.a} - {test.b}",
                f"{100 * test.difference:+.1f}",
                interval(test.interval, 100, 1),
                str(test.n),
                _p(test.p_bootstrap),
                _p(test.p_adjusted),
                _p(test.p_mid),
                "-" if test.only_a is None else str(test.only_a),
                "-" if test.only_b is None else str(test.only_b),
                *([found.data] if found.data else []),
            ]
            for test in found.tests
        ],
    )
    for words in found.words:
        click.echo(words)
    if found.judge:
        click.echo(f"Judge: {found.judge}.")
    if found.tests:
        one = found.tests[0]
        clusters = "cases" if one.clusters == one.n else f"{one.clusters} sources"
        click.echo(f"Paired bootstrap over {clusters}, {one.resamples} resamples, seed {one.seed}.")


def show_agreement(found: Mapping[str, Agreement], first: str, second: str) -> None:
    """How far two judges agree on the same items, by task."""
    click.echo()
    table(
        ["task", "items both judged", "same verdict", "Cohen's kappa", "not judged by both"],
        [[task, str(one.n), _share(one.same), _share(one.kappa), str(one.unread)] for task, one in found.items()],
    )
    click.echo(f"{first} and {second}, on the sheets of the first.")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def interval(ends: Interval | None, factor: float = 1.0, digits: int = 4) -> str:
    """An interval in a cell of a table.

    >>> interval((0.25, 0.5)), interval(None), interval((-0.1, 0.2), 100, 1)
    ('[0.2500, 0.5000]', '-', '[-10.0, 20.0]')
    """
    return "-" if ends is None else f"[{factor * ends[0]:.{digits}f}, {factor * ends[1]:.{digits}f}]"


def _p(value: float | None) -> str:
    return "-" if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
