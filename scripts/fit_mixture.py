"""Fit, cross-fit and ablate the weights of the default score on development cases.

    python scripts/fit_mixture.py DATA/phenopackets/phenopackets_dev.jsonl.gz

Prints the weights fitted on all TEMP cases (those that the package ships), the figures on held-out folds, and what is
lost when a part is left out and the others share its weight.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import numpy as np

from workup.benchmarks.rare_disease import RareDisease
from workup.evaluation.calibration import calibration_error, reliability
from workup.evaluation.metrics import rank_figures
from workup.io import read_cases
from workup.knowledge import Knowledge
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.fitting import Fit, MixtureFitter, component_names, shipped
from workup.reasoners.phenotype.parameters import PARAMETERS


def main(path: Path) -> None:
    """Print everything for one file of cases."""
    knowledge = Knowledge.load()
    plan = RareDisease.of("phenotype", knowledge).plan(read_cases(path).cases, ["temp"])
    entries = [entry for group in plan.groups for entry in group if "temp" in entry.regimes]
    cases = [entry.case for entry in entries]
    publications = [entry.publication for entry in entries]
    fitter = MixtureFitter(Engine(knowledge), cases)

    def show(name: str, ranks: np.ndarray) -> None:
        figures = rank_figures(ranks, publications)
        assert figures is not None
        print(
            f"{name:28s} n={figures.n} top-1 {figures.top1:.1f} top-3 {figures.top3:.1f} top-10 {figures.top10:.1f} "
            f"macro {figures.macro_top1:.1f} / {figures.macro_top10:.1f}",
            flush=True,
        )

    fitted = fitter.fit(fitter.examples(), np.arange(len(cases)))
    print({name: round(weight, 3) for name, weight in fitted.table().items()}, f"extras x {fitted.extras:.2f}")
    crossed = fitter.cross_fit()
    show("cross-fitted", crossed.ranks)
    error = calibration_error(reliability(crossed.stated, crossed.ranks <= 1))
    print(f"cross-fitted calibration error {error:.1f} points")

    show("shipped", fitter.ranks(shipped()))
    for part in ("alias", "gene", "series", "name", "company", "own exact", " blur", " exact"):
        show(f"without {part.strip()}", fitter.ranks(_without(part)))
    for field in ("no_gene", "onset", "recessive_x_female"):
        parameters = msgspec.structs.replace(PARAMETERS["translation-mixture"], **{field: 0.0})
        partial = MixtureFitter(Engine(knowledge, parameters=parameters), cases, components=fitter.components)
        show(f"without {field}", partial.ranks(shipped()))


def _without(part: str) -> Fit:
    kept = np.array([part not in name for name in component_names()])
    weights = np.where(kept, shipped().weights, 0.0)
    return msgspec.structs.replace(shipped(), weights=weights / weights.sum())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
