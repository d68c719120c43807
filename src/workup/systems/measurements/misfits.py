"""System 00, findings that do not fit: planted coding errors found, and right findings left alone.

The patients are those of :mod:`workup.systems.measurements.next_steps`: TEMP, at most 3 of a publication. Questioned
and explained by no candidate: the first 200, of both halves of the publications. Doubted, and questioned once more: all
of the half on which nothing was set; the limits of :mod:`workup.reasoners.phenotype.misfits` and
:mod:`~workup.reasoners.phenotype.slips` were set on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from workup.benchmarks.coding_errors import ERRORS, LEAST_FINDINGS, Error, Spotted, spotted
from workup.benchmarks.next_steps import eligible, half
from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.evaluation.stats import grouped_means
from workup.systems.measurements import Measurement, measurement
from workup.systems.measurements.phenotype_engine import PATIENTS, cases_of, knowledge
from workup.systems.records import Tier

SEED = 0
PATIENTS_PLANTED = 200


@cache
def _patients(path: Path) -> tuple[RareDisease, tuple[Entry, ...]]:
    benchmark = RareDisease.of("phenotype", knowledge())
    plan = benchmark.plan(cases_of(path), ["temp"])
    entries = [entry for group in plan.groups for entry in group if "temp" in entry.regimes]
    return benchmark, tuple(eligible(benchmark, entries, seed=SEED, least=LEAST_FINDINGS))


@cache
def found_of(path: Path, error: Error | None, held: bool = False) -> tuple[Spotted, ...]:
    """What is said of the patients with one kind of planted error, or as recorded.

    Args:
        path: The patients.
        error: The kind; None for the patients as recorded.
        held: All patients of the half of the publications on which nothing was set, and not the first of both.
    """
    benchmark, entries = _patients(path)
    chosen = [entry for entry in entries if half(entry) == 1] if held else entries[:PATIENTS_PLANTED]
    said = (spotted(benchmark, entry, error, SEED) for entry in chosen)
    return tuple(one for one in said if one is not None)


def _per_cent(values: Sequence[float], found: Sequence[Spotted], note: str = "") -> Measurement:
    if not values:
        return Measurement(value=None, n=0)
    means = grouped_means(np.array(values, dtype=np.float64)[:, None], [one.publication for one in found])
    low, high = (100.0 * float(end) for end in means.micro_interval[:, 0])
    return Measurement(value=100.0 * float(means.micro[0]), n=len(values), interval=(low, high), note=note)


@measurement("misfits.planted")
def planted(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Recall of planted errors by kind, and alarms on the patients as recorded."""
    path = data / PATIENTS
    answers: dict[str, Measurement] = {}
    for error in ERRORS:
        found = found_of(path, error)
        answers[f"misfits-{error}-named"] = _per_cent([float(one.misfit) for one in found], found)
        answers[f"misfits-{error}-marked"] = _per_cent([float(one.misfit or one.unexplained) for one in found], found)
        if error == "sibling":
            answers["misfits-sibling-mended"] = _per_cent([float(one.mended) for one in found], found)
    control = found_of(path, None)
    answers["misfits-false-named"] = _per_cent([float(one.misfit) for one in control], control)
    answers["misfits-false-marked"] = _per_cent([float(one.alarms > 0) for one in control], control)
    total = sum(one.findings for one in control)
    note = f"{sum(one.alarms for one in control)} of {total} findings"
    rate = [one.alarms / one.findings for one in control]
    answers["misfits-false-per-finding"] = _per_cent(rate, control, note)
    return answers


@measurement("misfits.doubted")
def doubted(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Recall of planted errors by what asks whether a finding is coded right, and false alarms; the held half."""
    path = data / PATIENTS
    answers: dict[str, Measurement] = {}
    for error in ERRORS:
        found = found_of(path, error, held=True)
        answers[f"misfits-held-{error}-doubted"] = _per_cent([float(one.doubted) for one in found], found)
        if error == "sibling":
            answers["misfits-held-sibling-named"] = _per_cent([float(one.misfit) for one in found], found)
            answers["misfits-held-sibling-mended"] = _per_cent([float(one.mended) for one in found], found)
    control = found_of(path, None, held=True)
    answers["misfits-held-false-doubted"] = _per_cent([float(one.doubted) for one in control], control)
    answers["misfits-held-false-named"] = _per_cent([float(one.misfit) for one in control], control)
    return answers
