"""Many cases through the full path (ranking, evidence, JSON): speed, and memory over the run.

    python benchmarks/batch_scale.py CASES --number 100000 --workers 2 --out scale.json

CASES is any file that ``workup diagnose`` reads. The cases of the run are made from it: case ``i`` is one of them,
drawn with the seed, with each of its findings kept with probability 0.7 and at least one present. They are written to
a file and diagnosed by the command itself, ``workup diagnose FILE --limit 20 --out RESULTS.jsonl.gz``, whose memory
(of all its processes) is read twice a second. At the end every line of the results is decoded and compared with its
case.

Linux only: memory and CPU time come from /proc.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from workup.case import Case
from workup.io import read_cases
from workup.reasoning import Reasoning

LIMIT = 20
KEPT = 0.7


def write_cases(source: Path, target: Path, number: int, seed: int) -> None:
    cases = [case for case in read_cases(source).cases if case.with_status("present")]
    draw = random.Random(seed)
    with target.open("wb") as stream:
        for i in range(number):
            case = draw.choice(cases)
            kept = tuple(finding for finding in case.findings if draw.random() < KEPT)
            if not any(finding.status == "present" for finding in kept):
                kept = (*kept, draw.choice(case.with_status("present")))
            case = Case(id=f"s{i}", findings=kept, sex=case.sex, age=case.age)
            stream.write(msgspec.json.encode(case) + b"\n")


def family(parent: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found = [parent]
    for process in found:
        found += children.get(process, [])
    return found


def resident_mb(process: int) -> tuple[float, float]:
    """Resident memory in MB: all, and without what is shared with the file system's cache."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    values = {
        name: float(rest.split()[0]) / 1024
        for name, _, rest in (line.partition(":") for line in lines)
        if name in ("VmRSS", "RssAnon")
    }
    return values.get("VmRSS", 0.0), values.get("RssAnon", 0.0)


def cases_done(journal: Path) -> int:
    """Cases merged so far, from the last whole line of the journal."""
    try:
        with journal.open("rb") as stream:
            stream.seek(max(0, journal.stat().st_size - 20_000))
            lines = stream.read().splitlines()
        return int(msgspec.json.decode(lines[-1] if lines else b"{}").get("done", 0))
    except (OSError, msgspec.DecodeError):
        return 0


def measure(cases: Path, results: Path, workers: int, executor: str | None) -> tuple[float, list[dict[str, float]]]:
    command = [sys.executable, "-c", "from workup.cli import main; main()"]
    command += ["diagnose", str(cases), "--limit", str(LIMIT), "--out", str(results), "--workers", str(workers)]
    command += ["--executor", executor] if executor else []
    began = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    journal = results.with_name(f"{results.name}.run") / "journal.jsonl"
    samples = []
    while process.poll() is None:
        memory = [resident_mb(member) for member in family(process.pid)]
        samples.append(
            {
                "seconds": round(time.perf_counter() - began, 1),
                "cases": cases_done(journal),
                "resident_mb": round(sum(part[0] for part in memory), 1),
                "own_mb": round(sum(part[1] for part in memory), 1),
            }
        )
        time.sleep(0.5)
    if process.returncode != 0:
        raise SystemExit(f"workup diagnose ended with {process.returncode}")
    return time.perf_counter() - began, samples


def check(cases: Path, results: Path) -> dict[str, int]:
    """Every case has its line, in order, with a full differential and evidence; decoded strictly."""
    decoder = msgspec.json.Decoder(Reasoning)
    counts = {"lines": 0, "hypotheses": 0, "steps_with_evidence": 0, "bytes": 0}
    with cases.open("rb") as wanted, gzip.open(results, "rb") as found:
        for case, line in zip(wanted, found, strict=True):
            result = decoder.decode(line)
            assert result.extensions["case"] == msgspec.json.decode(case)["id"]
            assert len(result.differential) == LIMIT or result.abstained
            counts["lines"] += 1
            counts["bytes"] += len(line)
            counts["hypotheses"] += len(result.differential)
            counts["steps_with_evidence"] += sum(bool(s.evidence) for h in result.differential for s in h.contributions)
    return counts


def growth(samples: list[dict[str, float]], name: str) -> float | None:
    """Slope of the memory over the second half of the cases, least squares, MB per 10,000 cases."""
    late = [sample for sample in samples if sample["cases"] > samples[-1]["cases"] / 2]
    if len(late) < 10:
        return None
    x = [sample["cases"] for sample in late]
    y = [sample[name] for sample in late]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((value - mean_x) ** 2 for value in x)
    if not spread:
        return None
    return round(1e4 * sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread, 2)


def by_tenth(samples: list[dict[str, float]], number: int) -> list[dict[str, float]]:
    """Highest memory within each tenth of the cases."""
    rows = []
    for tenth in range(10):
        part = [s for s in samples if tenth * number / 10 <= s["cases"] < (tenth + 1) * number / 10 and s["cases"]]
        if part:
            rows.append(
                {
                    "up_to_cases": (tenth + 1) * number // 10,
                    "resident_mb": max(s["resident_mb"] for s in part),
                    "own_mb": max(s["own_mb"] for s in part),
                }
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--number", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--executor", choices=("local", "processes", "ray"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, help="folder for cases and results, kept; a temporary one without it")
    parser.add_argument("--out", type=Path, help="file of the figures")
    options = parser.parse_args()

    work = options.work or Path(tempfile.mkdtemp(prefix="batch-scale-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        cases, results = work / "cases.jsonl", work / "results.jsonl.gz"
        write_cases(options.cases, cases, options.number, options.seed)
        before = os.times()
        seconds, samples = measure(cases, results, options.workers, options.executor)
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        figures: dict[str, Any] = {
            "cases": options.number,
            "workers": options.workers,
            "seed": options.seed,
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "seconds": round(seconds, 1),
            "cases_per_second": round(options.number / seconds, 1),
            "cpu_seconds": round(cpu, 1),
            "cpu_ms_per_case": round(1000 * cpu / options.number, 2),
            "peak_resident_mb": max(s["resident_mb"] for s in samples),
            "peak_own_mb": max(s["own_mb"] for s in samples),
            "growth_mb_per_10000_cases": growth(samples, "resident_mb"),
            "growth_own_mb_per_10000_cases": growth(samples, "own_mb"),
            "memory": by_tenth(samples, options.number),
            "packed_bytes": results.stat().st_size,
            "checked": check(cases, results),
        }
    finally:
        if options.work is None:
            shutil.rmtree(work, ignore_errors=True)
    text = msgspec.json.format(msgspec.json.encode(figures)).decode()
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
