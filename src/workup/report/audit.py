"""The result of an audit as a page, a table and JSON: the verdict first, everything it rests on below.

The page loads and runs nothing. It shows words of cases and of models, escaped; who passes it on passes these on too.
The table and the JSON are the same for the same inputs; the date stands in the JSON's field ``made`` and at the end
of the page.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from markupsafe import Markup

from workup.errors import MissingExtra, UserError
from workup.evaluation.audits.auditing import Audited
from workup.evaluation.audits.figures import Figure
from workup.evaluation.audits.gates import Ruling
from workup.evaluation.audits.measuring import Measured
from workup.evaluation.audits.perturbations import PERTURBATIONS
from workup.evaluation.audits.worst import Side, Worst
from workup.evaluation.compare import PairedTest
from workup.io import write_atomic
from workup.report.html import environment
from workup.report.reporting_items import render_dossier
from workup.report.trace import step_views
from workup.report.wording import RESEARCH_LINE, clean, plural
from workup.simulate.labelling import kind_of_data

COLUMNS = (
    *("who", "section", "measure", "group", "value", "n", "cases", "low", "high", "p", "method", "note"),
    *("gate", "data"),
)
_SECTIONS = {
    "accuracy": "Right answers",
    "confidence": "Confidence and deferral",
    "reasons": "Right answers for right reasons",
    "knowledge": "Knowledge of the case against cues",
    "format": "Form of the answer",
    "numbers": "Numbers traced to their source",
    "length": "Length and cost",
    "subgroups": "Subgroups",
    "injection": "Planted orders",
}
_VERDICTS = {"passed": "Passed", "failed": "Not passed", "open": "Open"}
# Measures whose value is no share.
_PLAIN = frozenset(("calls", "tokens_written", "usd", "tools_outside", "brier"))
_WIDTH, _LEFT, _RIGHT, _ROW = 760, 210, 150, 26


def write_audit(found: Audited, folder: Path, *, made: datetime | None = None) -> list[Path]:
    """Write ``audit.html``, ``audit.json``, ``audit.csv``, ``dossier.md`` and ``dossier.html``.

    Args:
        found: The result.
        folder: Where to; made when it is missing.
        made: The date that the page and the JSON state; now by default.

    Raises:
        UserError: The folder cannot be made.
    """
    date = (made or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    document = {"made": date, **msgspec.to_builtins(found)}
    words, page = render_dossier(found)
    contents: dict[str, bytes | str] = {
        "audit.html": render_audit(found, date),
        "audit.json": msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n",
        "audit.csv": to_csv(found),
        "dossier.md": words,
        "dossier.html": page,
    }
    for name, content in contents.items():
        write_atomic(folder / name, content)
    return [folder / name for name in contents]


def to_csv(found: Audited) -> str:
    """Every figure of the audited reasoner and of the baseline, one a line, in a fixed order."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    # The last column says of every figure that its cases are simulated, where they are.
    data = kind_of_data(found.inputs.simulated, found.inputs.cases)
    gates = {(one.gate.section, one.gate.measure): one.status for one in found.rulings}
    for who in (found.subject, found.baseline):
        for one in who.figures if who else ():
            low, high = one.interval or (None, None)
            gate = gates.get((one.section, one.measure), "") if who is found.subject and not one.group else ""
            assert who is not None
            row = [who.name, one.section, one.measure, one.group, _cell(one.value), one.n, one.clusters]
            writer.writerow([*row, _cell(low), _cell(high), _cell(one.p), one.method, one.note, gate, data])
    return stream.getvalue()


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def render_audit(found: Audited, made: str) -> str:
    """Render the page."""
    return environment().get_template("audit.html.j2").render(_context(found, made))


def _context(found: Audited, made: str) -> dict[str, Any]:
    failed = [one for one in found.rulings if one.blocks]
    open_ = [one for one in found.rulings if one.status == "not measured"]
    subject, inputs = found.subject, found.inputs
    headline = _VERDICTS[found.verdict]
    if failed:
        headline += f": {len(failed)} of {plural(len(found.rulings), 'gate')} failed"
    elif found.verdict == "passed":
        headline += f": {plural(len(found.rulings) - len(open_), 'gate')}"
    if found.verdict == "open":
        headline += f": {len(found.rulings) - len(open_)} of {plural(len(found.rulings), 'gate')} could be measured"
    elif open_:
        headline += f", {len(open_)} not measured"
    return {
        "found": found,
        "made": made,
        "headline": headline,
        "subject": clean(subject.name),
        "baseline": clean(found.baseline.name) if found.baseline else "",
        # What failed first, then what nobody knows.
        "rulings": [_ruling(one, found.baseline) for one in sorted(found.rulings, key=_urgency)],
        "words": found.words,
        "needs": found.needs,
        "simulated": inputs.simulated,
        "cases": inputs.cases,
        "tables": _tables(found),
        "heat": _heat(subject),
        "forest": _forest(
            [*(subject.flips.tests if subject.flips else ()), *([found.against] if found.against else ())]
        ),
        "curves": _curves(found),
        "calibration": subject.confidence.calibration if subject.confidence else None,
        "reasons": subject.reasons,
        "worst": [_worst(one) for one in subject.worst],
        "versions": _versions(found),
        "titles": {name: one.title for name, one in PERTURBATIONS.items()},
        "research_line": RESEARCH_LINE,
    }


def beside(one: Ruling, baseline: Measured | None) -> str:
    """The baseline's figure for the measure of a gate; a dash without one.

    What compares the two has no counterpart.
    """
    figures = baseline.figures if baseline else ()
    wanted = (one.gate.section, one.gate.measure)
    found = next((each for each in figures if (each.section, each.measure) == wanted and not each.group), None)
    return "–" if found is None else _number(found.measure, found.value)


def _urgency(one: Ruling) -> int:
    return 0 if one.blocks else 1 if one.status == "not measured" else 2


def _ruling(one: Ruling, baseline: Measured | None) -> dict[str, str]:
    figure = one.figure
    return {
        "words": one.gate.words,
        "status": one.status,
        "blocks": "yes" if one.blocks else "",
        "value": _number(figure.measure, figure.value) if figure else "–",
        "interval": _interval(figure) if figure else "–",
        "n": str(figure.n) if figure else "–",
        "why": clean(one.why) or ("the value is beyond the limit" if one.beyond else ""),
        "beside": beside(one, baseline),
    }


def _number(measure: str, value: float | None) -> str:
    """A figure in few characters: a share in per cent, anything else as it is.

    >>> _number("must_flip", 0.8125), _number("tokens_written", 12.0), _number("gain", None)
    ('81.2 %', '12', '–')
    """
    if value is None:
        return "–"
    if measure in _PLAIN:
        return f"{value:.3g}"
    return f"{100 * value:.1f} %"


def _interval(figure: Figure) -> str:
    if figure.interval is None:
        return "–"
    low, high = figure.interval
    if figure.measure in _PLAIN:
        return f"{low:.3g} to {high:.3g}"
    return f"{100 * low:.1f} to {100 * high:.1f}"


def _tables(found: Audited) -> list[tuple[str, list[dict[str, str]]]]:
    """Figures by section, those of the baseline beside them."""
    other = {}
    if found.baseline:
        other = {(one.section, one.measure, one.group): one for one in found.baseline.figures}
    sections: dict[str, list[dict[str, str]]] = {}
    for one in found.subject.figures:
        title = _SECTIONS.get(one.section) or "Changed cases"
        beside = other.get((one.section, one.measure, one.group))
        name = one.measure.replace("_", " ")
        label = f"{one.section}: {name}" if one.section in PERTURBATIONS and title == "Changed cases" else name
        sections.setdefault(title, []).append(
            {
                "label": label,
                "group": clean(one.group),
                "value": _number(one.measure, one.value),
                "interval": _interval(one),
                "n": str(one.n),
                "p": "" if one.p is None or one.measure != "difference_between" else f"p {one.p:.3f}",
                "note": clean(one.note),
                "method": clean(one.method),
                "beside": "–" if beside is None else _number(beside.measure, beside.value),
                "beside_interval": "–" if beside is None else _interval(beside),
            }
        )
    order = ["Right answers", "Changed cases", *list(_SECTIONS.values())[1:]]
    return [(title, sections[title]) for title in order if title in sections]


def _heat(subject: Measured) -> dict[str, Any] | None:
    """Rows and columns of the heat map; None without pairs."""
    cells = subject.flips.cells if subject.flips else ()
    if not cells:
        return None
    columns = list(dict.fromkeys((one.factor, one.group) for one in cells))
    by_place = {(one.perturbation, one.kind, one.factor, one.group): one for one in cells}
    rows = []
    for name, kind in dict.fromkeys((one.perturbation, one.kind) for one in cells):
        row = []
        for factor, group in columns:
            cell = by_place.get((name, kind, factor, group))
            if cell is None or not cell.n:
                row.append({"words": "–", "share": 0.0, "title": "no pair"})
                continue
            share = cell.wrong / cell.n
            row.append(
                {
                    "words": f"{100 * share:.0f} %",
                    "share": round(60 * share, 1),
                    "title": f"{cell.wrong} of {cell.n} pairs did not do what they must",
                    "n": str(cell.n),
                }
            )
        rows.append({"name": name, "kind": kind, "cells": row})
    return {"columns": [group if factor == "all" else f"{group}" for factor, group in columns], "rows": rows}


def _forest(tests: Sequence[PairedTest]) -> dict[str, Any] | None:
    """Differences of accuracies with their intervals, placed on one axis; None without any."""
    if not tests:
        return None
    ends = [end for test in tests for end in (*test.interval, 0.0)]
    low, high = min(ends), max(ends)
    margin = max(0.02, 0.05 * (high - low))
    low, high = low - margin, high + margin
    scale = (_WIDTH - _LEFT - _RIGHT) / (high - low)

    def at(value: float) -> float:
        return round(_LEFT + (value - low) * scale, 1)

    step = next(step for step in (0.05, 0.1, 0.2, 0.5, 1.0) if (high - low) / step <= 8 or step == 1.0)
    first = int(low / step) - 1
    ticks = [step * i for i in range(first, first + 40) if low <= step * i <= high]
    rows = []
    for number, test in enumerate(tests):
        rows.append(
            {
                "y": 20 + number * _ROW,
                "label": clean(test.a if test.b == "original" else f"against {test.b}"),
                "low": at(test.interval[0]),
                "high": at(test.interval[1]),
                "point": at(test.difference),
                "words": f"{100 * test.difference:+.1f} [{100 * test.interval[0]:+.1f}, {100 * test.interval[1]:+.1f}]",
            }
        )
    return {
        "rows": rows,
        "width": _WIDTH,
        "height": 20 + len(rows) * _ROW + 30,
        "zero": at(0.0),
        "bottom": 20 + len(rows) * _ROW - 8,
        "right": _WIDTH - _RIGHT + 12,
        "ticks": [(at(tick), f"{100 * tick:+.0f}") for tick in ticks],
    }


def _curves(found: Audited) -> list[tuple[str, Markup]]:
    """Reliability and risk-coverage plots as SVG; empty where they cannot be drawn, and the page shows tables."""
    calibration = found.subject.confidence.calibration if found.subject.confidence else None
    if calibration is None:
        return []
    from workup.evaluation.plots import reliability_diagram, risk_coverage_curves

    curves = {found.subject.name: calibration.risk_coverage["posterior"]}
    beside = found.baseline.confidence.calibration if found.baseline and found.baseline.confidence else None
    if found.baseline and beside is not None:
        curves[found.baseline.name] = beside.risk_coverage["posterior"]
    try:
        # Drawn from numbers alone, by the drawing library, which escapes the names of the curves.
        return [
            ("Stated confidence against share of right answers", Markup(reliability_diagram(calibration.table))),
            ("Error among the answered cases, the surest first", Markup(risk_coverage_curves(curves))),
        ]
    except MissingExtra:
        return []


def _worst(one: Worst) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "perturbation": one.perturbation,
        "why": clean(one.why),
        "truth": clean(one.truth),
        "sides": [_side(side) for side in one.sides],
    }


def _side(side: Side) -> dict[str, Any]:
    parts, place = [], 0
    for start, end, before in side.edits:
        if end > len(side.text):
            break
        parts += [("same", side.text[place:start]), ("gone", before), ("new", side.text[start:end])]
        place = end
    parts.append(("same", side.text[place:]))
    return {
        "case": clean(side.case),
        "parts": [(kind, _lines(words)) for kind, words in parts if words],
        "options": [(clean(key), clean(text)) for key, text in side.options.items()],
        "answer": clean(side.answer),
        "right": side.right,
        "confidence": "" if side.confidence is None else f"{100 * side.confidence:.0f} % sure",
        "steps": step_views(side.steps),
        "said": _lines(side.said),
    }


def _lines(words: str) -> str:
    """Words with their spaces and lines, without control characters."""
    return "".join(letter for letter in words if letter == "\n" or letter.isprintable())


def _versions(found: Audited) -> list[tuple[str, str]]:
    inputs, manifest = found.inputs, found.subject.manifest
    rows = [
        ("workup", found.workup),
        ("suite", f"{inputs.suite.name}, seed {inputs.suite.seed}"),
        ("benchmark", f"{inputs.benchmark}, version {inputs.version}"),
        *((f"data {name}", f"SHA-256 {value[:16]}…") for name, value in inputs.data),
        ("cases", f"{inputs.cases}, of these simulated {inputs.simulated}"),
        ("variants", ", ".join(f"{name} {count}" for name, count in inputs.made.items()) or "none"),
        ("reasoner", str(manifest.get("reasoner", ""))),
        ("options", ", ".join(f"{key} = {value}" for key, value in manifest.get("options", {}).items()) or "none"),
        ("model", str(manifest.get("model", "")) or "none"),
        ("prompts", str(manifest.get("prompts", ""))[:16] or "none"),
        ("sampling", msgspec.json.encode(manifest.get("sampling", {})).decode()),
    ]
    if inputs.skipped:
        words = ", ".join(f"{name} to {count}" for name, count in inputs.skipped.items())
        rows.append(("does not apply", f"{words} cases"))
    if inputs.failed:
        rows.append(("thrown away by the check", ", ".join(f"{why} ({n})" for why, n in inputs.failed.items())))
    return [(clean(name), clean(value)) for name, value in rows]
