"""Every audit of a suite on one run: a pure function of cases and attempts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from workup.evaluation.audits.confidence import Confidence, confidence
from workup.evaluation.audits.figures import Figure, mean, rate
from workup.evaluation.audits.flips import Flips, flips
from workup.evaluation.audits.grounding import grounding
from workup.evaluation.audits.knowledge import knowledge
from workup.evaluation.audits.length import LengthAudit, length_audit
from workup.evaluation.audits.material import Material, facts
from workup.evaluation.audits.orders import orders
from workup.evaluation.audits.reasons import Reasons, reasons
from workup.evaluation.audits.subgroups import subgroups
from workup.evaluation.audits.suite import Suite
from workup.evaluation.audits.worst import Worst, worst
from workup.evaluation.format_robustness import format_robustness

# Perturbations that give the same question in another form.
FORMS = {"numbers": "form-numbers", "words": "form-words"}
# Words longer than an answer line are read for claims.
_FREE_WORDS = 80


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was measured of one reasoner.

    Attributes:
        name: Reasoner and model.
        manifest: What its run was started with, without paths.
        figures: Every row.
        flips: The flips with heat map and tests; None without pairs.
        confidence: Calibration; None when it was not asked for.
        reasons: Claims; None when it was not asked for.
        length: Length against error; None when it was not asked for or nothing has a length.
        worst: The cases to look at first.
        cases: Original cases answered or not.
        failed: Attempts that failed.
    """

    name: str
    manifest: dict[str, Any]
    figures: tuple[Figure, ...]
    flips: Flips | None = None
    confidence: Confidence | None = None
    reasons: Reasons | None = None
    length: LengthAudit | None = None
    worst: tuple[Worst, ...] = ()
    cases: int = 0
    failed: int = 0


def measure(found: Material, suite: Suite, manifest: Mapping[str, Any]) -> Measured:
    """Every audit of the suite on one run."""
    seed, wanted = suite.seed, set(suite.audits)
    groups = facts(found, ("sex", "age", *suite.groups))
    records = found.records
    clusters = [record.cluster for record in records]
    figures = [rate("accuracy", "accuracy", [record.right for record in records], clusters, seed=seed)]
    flipped = flips(found, {name: groups[name] for name in ("sex", "age")}, seed=seed) if "flips" in wanted else None
    figures += flipped.figures if flipped else ()
    sure = confidence(found, seed=seed) if "confidence" in wanted else None
    figures += sure.figures if sure else ()
    why = None
    if "reasons" in wanted:
        free = any(record.attempt.reasoning and len(record.attempt.raw) > _FREE_WORDS for record in records)
        why = reasons(found, free=free, seed=seed)
        figures += why.figures
    if "knowledge" in wanted:
        figures += knowledge(found, seed=seed)
    if "format" in wanted:
        figures += _forms(found)
    if "numbers" in wanted:
        figures += grounding(found, seed=seed)
    length = None
    if "length" in wanted:
        length, more = _length(found, seed)
        figures += more
    if "subgroups" in wanted:
        figures += subgroups(found, groups, seed=seed)
    if "injection" in wanted and found.of("injection"):
        figures += orders(found, suite.injection.tools, seed=seed)
    told = {key: value for key, value in manifest.items() if key not in ("data", "option_files", "options")}
    told["options"] = {
        key: Path(value).name if key in manifest.get("option_files", {}) else value
        for key, value in manifest.get("options", {}).items()
    }
    told["option_files"] = dict(manifest.get("option_files", {}))
    model = told["model"] = _without_folders(str(manifest.get("model", "")))
    return Measured(
        name=f"{manifest['reasoner']} / {model}" if model else str(manifest["reasoner"]),
        manifest=told,
        figures=tuple(figures),
        # The pairs hold whole attempts; those to look at are in ``worst``.
        flips=msgspec.structs.replace(flipped, violations=()) if flipped else None,
        confidence=sure,
        reasons=why,
        length=length,
        worst=worst(found, flipped, why),
        cases=len(records),
        failed=found.failed,
    )


def _without_folders(model: str) -> str:
    """The name of a model, of one that is a file without its folders, which differ between machines.

    >>> _without_folders("gguf//home/me/small.gguf"), _without_folders("openai/org/name")
    ('gguf/small.gguf', 'openai/org/name')
    """
    backend, _, path = model.partition("/")
    return f"{backend}/{Path(path).name}" if backend in ("gguf", "scripted", "replay") and path else model


def _forms(found: Material) -> list[Figure]:
    """Answers right whatever form the question is asked in."""
    right = {"letters": {record.case.id: record.right for record in found.records}}
    for form, name in FORMS.items():
        if pairs := found.of(name):
            right[form] = {pair.original.case.id: pair.variant.right for pair in pairs}
    if len(right) < 2:
        return []
    robust = format_robustness(right)
    note = f"of {robust.any_right} right in any form; forms: {', '.join(right)}"
    rows = [
        Figure(
            section="format",
            measure="right_in_all",
            value=robust.all_of_any if robust.any_right else None,
            n=robust.any_right,
            clusters=robust.any_right,
            interval=robust.interval,
            method="Wilson" if robust.interval else "",
            note=note,
        )
    ]
    for form, accuracy in robust.accuracy.items():
        rows.append(Figure(section="format", measure="accuracy", group=form, value=accuracy, n=robust.n))
    return rows


def _length(found: Material, seed: int) -> tuple[LengthAudit | None, list[Figure]]:
    """Length of what was said against error, and what an answer takes."""
    records = [record for record in found.records if record.attempt.reasoning is not None]
    lengths = [len(record.attempt.raw) for record in records]
    unit = "characters"
    if not any(lengths):
        lengths = [len(record.attempt.reasoning.steps) for record in records if record.attempt.reasoning]
        unit = "steps"
    clusters = [record.cluster for record in records]
    audit = None
    rows = []
    if any(lengths):
        audit = length_audit(lengths, [not record.right for record in records], unit=unit, seed=seed)
        note = f"chance that a wrong answer is longer than a right one, in {unit}"
        if audit is not None:
            rows.append(
                Figure(
                    section="length",
                    measure="wrong_is_longer",
                    value=audit.auroc,
                    n=audit.n,
                    clusters=len(set(clusters)),
                    interval=audit.auroc_interval,
                    method=f"bootstrap over cases, seed {seed}" if audit.auroc_interval else "",
                    p=audit.mann_whitney_p,
                    note=note,
                )
            )
    for measure_name, values in (
        ("calls", [float(record.attempt.usage.calls) for record in records]),
        ("tokens_written", [float(record.attempt.usage.output_tokens) for record in records]),
        ("usd", [record.attempt.usage.cost_usd for record in records]),
    ):
        if any(values):
            row = mean("length", measure_name, values, clusters, seed=seed, note="mean of a case")
            rows.append(msgspec.structs.replace(row, p=None))
    return audit, rows
