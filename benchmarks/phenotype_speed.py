"""Speed and memory of the phenotype engine, with hpo3's own ranking beside it in the same run.

    python benchmarks/phenotype_speed.py CASES --peer-python PATH --out speed.json

See README.md of this folder. Times are given as processor time, which others on the machine disturb least, and as wall
time, both on one core; the first case of a process is not counted.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Before numpy is imported: one core, for us and for the peer.
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
os.environ.update(ONE_CORE)

from workup.case import Case  # noqa: E402
from workup.io import read_cases  # noqa: E402
from workup.knowledge import Knowledge  # noqa: E402
from workup.reasoner import Context  # noqa: E402
from workup.reasoners.phenotype import PhenotypeReasoner  # noqa: E402

LIMIT = 50
BATCH = 64
COLD = "from workup import Case, Finding, diagnose; diagnose(Case(id='p', findings=(Finding('HP:0001250'),)))"


def spread(seconds: list[float]) -> dict[str, float]:
    """Mean, median and 95th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return {
        "mean_ms": 1000 * statistics.fmean(ordered),
        "median_ms": 1000 * statistics.median(ordered),
        "p95_ms": 1000 * ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))],
    }


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Processor and wall seconds of some work."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - processor, time.perf_counter() - wall


def cold_start(repeats: int = 5) -> float:
    """Median seconds from starting Python to the first differential, knowledge base built before."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", COLD], check=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def one_at_a_time(reasoner: PhenotypeReasoner, cases: list[Case], ctx: Context) -> dict[str, dict[str, float]]:
    """Time per case, batch 1, with evidence for the first 50 diseases."""
    blinded = [case.blinded() for case in cases]
    times = [timed(lambda case=case: reasoner.reason(case, ctx)) for case in blinded]  # type: ignore[misc]
    return {"cpu": spread([cpu for cpu, _ in times]), "wall": spread([wall for _, wall in times])}


def ranking_rate(reasoner: PhenotypeReasoner, cases: list[Case], ctx: Context) -> dict[str, float]:
    """Cases per second when only ranks are wanted: findings normalised, all diseases scored, the best one found."""
    engine = reasoner.engine(ctx)

    def rank() -> None:
        for start in range(0, len(cases), BATCH):
            patients = [engine.patient(case.blinded(), suggest=False) for case in cases[start : start + BATCH]]
            engine.scores_batch(patients).argmax(axis=1)

    cpu, wall = timed(rank)
    return {"cpu": len(cases) / cpu, "wall": len(cases) / wall}


def resident_mb() -> float:
    """Most resident memory this process has had, in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 * 1024.0 if sys.platform == "darwin" else 1024.0)


def peer(python: str, cases: list[Case]) -> dict[str, Any]:
    """The same cases through hpo3."""
    findings = [[finding.id for finding in case.findings if finding.status == "present"] for case in cases]
    script = Path(__file__).with_name("peer_hpo3.py")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [python, str(script)],
        input=json.dumps({"cases": findings}),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return {
        "version": answer["version"],
        "diseases": answer["diseases"],
        "n": min(map(len, answer["seconds"].values())),
        "methods": {name: spread(seconds) for name, seconds in answer["seconds"].items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, help="file of cases that workup reads")
    parser.add_argument("--n", type=int, default=200, help="cases timed one at a time")
    parser.add_argument("--many", type=int, default=1000, help="cases ranked in batch, and diagnosed for memory")
    parser.add_argument("--peer-python", help="Python of an environment with hpo3")
    parser.add_argument("--peer-n", type=int, default=20, help="cases given to the peer")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    given = parser.parse_args()

    everything = [case for case in read_cases(str(given.cases)).cases if case.with_status("present")]
    random.Random(given.seed).shuffle(everything)
    cases = everything[: max(given.n, given.many) + 1]
    del everything
    # The cases themselves must not be walked by the garbage collector of the process that is measured.
    gc.collect()
    gc.freeze()
    knowledge = Knowledge.load()
    cold = cold_start()
    reasoner, ctx = PhenotypeReasoner(), Context(knowledge=knowledge, limit=LIMIT)
    started = time.perf_counter()
    reasoner.reason(cases[0].blinded(), ctx)
    first = time.perf_counter() - started
    chosen = cases[1 : given.n + 1]
    fresh = one_at_a_time(reasoner, chosen, ctx)
    again = one_at_a_time(reasoner, chosen, ctx)
    if rest := cases[given.n + 1 : given.many + 1]:
        one_at_a_time(reasoner, rest, ctx)
    memory = resident_mb()
    # An engine that has seen no case yet, and the same engine on the same cases.
    another = PhenotypeReasoner()
    another.reason(cases[0].blinded(), ctx)
    cold_rate = ranking_rate(another, cases[1 : given.many + 1], ctx)
    warm_rates = [ranking_rate(another, cases[1 : given.many + 1], ctx) for _ in range(3)]
    warm_rate = max(warm_rates, key=lambda rate: rate["cpu"])
    result: dict[str, Any] = {
        "versions": {
            "workup": version("workup") if _installed() else "source tree",
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "scipy": version("scipy"),
            **knowledge.versions,
        },
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores_used": 1},
        "diseases": len(reasoner.engine(ctx).profiles.candidates),
        "n": len(chosen),
        "cold_start_s": cold,
        "first_case_s": first,
        "with_evidence": fresh,
        "with_evidence_again": again,
        "batch": {"n": len(cases) - 1, "cold_cases_per_s": cold_rate, "warm_cases_per_s": warm_rate},
        "resident_mb": {"n": len(cases), "peak": memory},
    }
    if given.peer_python:
        other = peer(given.peer_python, chosen[: given.peer_n])
        result["hpo3"] = other
        result["ratios"] = {
            name: {
                "hpo3 ranking / workup with evidence": figures["mean_ms"] / fresh["wall"]["mean_ms"],
                "hpo3 ranking / workup batch ranking": figures["mean_ms"] / (1000 / warm_rate["wall"]),
            }
            for name, figures in other["methods"].items()
        }
    _print(result)
    if given.out:
        given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _installed() -> bool:
    from importlib.metadata import PackageNotFoundError

    try:
        version("workup")
    except PackageNotFoundError:
        return False
    return True


def _print(result: dict[str, Any]) -> None:
    def line(name: str, figures: dict[str, float]) -> str:
        return f"{name:<52}{figures['mean_ms']:>10.2f}{figures['median_ms']:>10.2f}{figures['p95_ms']:>10.2f}"

    print(f"{'milliseconds per case, one core':<52}{'mean':>10}{'median':>10}{'p95':>10}")
    for clock in ("cpu", "wall"):
        print(line(f"workup, top {LIMIT} with evidence, {clock} (n={result['n']})", result["with_evidence"][clock]))
        print(line(f"workup, the same cases again, {clock}", result["with_evidence_again"][clock]))
    for name, figures in result.get("hpo3", {}).get("methods", {}).items():
        print(line(f"hpo3 {result['hpo3']['version']}, {name}, wall (n={result['hpo3']['n']})", figures))
    batch, memory = result["batch"], result["resident_mb"]
    for state in ("cold", "warm"):
        rate = batch[f"{state}_cases_per_s"]
        print(
            f"workup, ranking in batch, {state} (n={batch['n']}): {rate['cpu']:.0f} cases a second of processor time, "
            f"{rate['wall']:.0f} of wall time"
        )
    print(f"cold start to the first differential: {result['cold_start_s']:.2f} s")
    print(f"peak resident memory after {memory['n']} cases: {memory['peak']:.0f} MB")
    for name, ratios in result.get("ratios", {}).items():
        for what, ratio in ratios.items():
            print(f"{what} ({name}): {ratio:.0f} x")


if __name__ == "__main__":
    main()
