"""A hundred MedQA questions to SmolLM2 through llama.cpp's HTTP server, killed and run again, beside the baselines.

    python benchmarks/served_medqa.py medqa_test_300.jsonl --out runs --number 100 --report medqa.md

Everything goes through the command line, as a user's own run would. The server is a process of its own. Each run that
asks the model is ended by SIGKILL at seeded instants and started again with the same command; --undisturbed ones are
also run once without a kill, and the two must have the same results digest. Baselines that learn from answered
questions get the rows of the file that were not drawn. The same command goes on where this script was stopped.
SmolLM2 is a plumbing model: the table shows that the method runs.

    {"question": "A 37-year-old ...", "options": {"A": "...", "B": "..."}, "answer_idx": "A"}
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from workup.evaluation.run_store import RunStore
from workup.evaluation.runner import results_digest
from workup.models.gguf import SMOLLM2_FILE, smollm2_path

ASKING = ("direct", "letter-likelihood")
LEARNING = ("majority", "nearest-case", "tfidf-logistic")
GUESSING = ("random", "first-option")
CONTEXT = 2048


def serve() -> None:
    """Serve SmolLM2 on a free port of this machine until standard input ends."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(smollm2_path())
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_threads_http = 2
    # A prompt that is partly in a cache is computed in other portions, which changes the last digits and now and then
    # a word; without caches the same request gives the same text.
    params.cache_prompt = False
    params.cache_ram_mib = 0
    params.verbosity = -1
    server = xllamacpp.Server(params)  # serves until it is collected
    print(server.listening_address, flush=True)
    sys.stdin.read()
    # At once: its threads may be in the middle of a reply that nobody waits for.
    os._exit(0)


def split(path: Path, out: Path, number: int, seed: int) -> tuple[Path, Path]:
    """Draw the questions; the rest is what the baselines may learn from."""
    rows = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    chosen = set(random.Random(seed).sample(range(len(rows)), number))
    drawn, rest = out / "test.jsonl", out / "train.jsonl"
    drawn.write_text("".join(f"{row}\n" for i, row in enumerate(rows) if i in chosen), encoding="utf-8")
    rest.write_text("".join(f"{row}\n" for i, row in enumerate(rows) if i not in chosen), encoding="utf-8")
    return drawn, rest


def command(*words: str) -> list[str]:
    """A command line of this package."""
    return [sys.executable, "-m", "workup", *words]


def done(folder: Path) -> int:
    """Attempts that a run has finished."""
    if not (folder / "attempts.sqlite").is_file():
        return 0
    with RunStore(folder) as store:
        return store.counts()[0]


def killed(call: list[str], folder: Path, number: int, kills: int, instants: random.Random) -> str:
    """Run, kill at an instant when some cases are done, run again; says when it was killed."""
    before, marks = done(folder), sorted(instants.sample(range(1, number), kills))
    marks = [mark for mark in marks if mark > before]
    for mark in marks:
        process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and done(folder) < mark:
            time.sleep(0.5)
        # Somewhere within the next question, not just after an attempt was written.
        time.sleep(instants.uniform(0.0, 2.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
    reached = done(folder)
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    return f"killed {len(marks)} times (the last time with {reached} of {number} done), {done(folder)} done in the end"


def digest(folder: Path) -> str:
    with RunStore(folder) as store:
        return results_digest(store.attempts())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="A file of MedQA rows.")
    parser.add_argument("--out", type=Path, help="Folder of the runs.")
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--reasoners", nargs="+", default=ASKING, help="Those that ask the model.")
    parser.add_argument("--undisturbed", nargs="*", default=ASKING, help="Those that are also run without a kill.")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--report", type=Path, help="Where the tables are written; without it, standard output.")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    if options.data is None or options.out is None:
        parser.error("name the file of questions and --out")
    options.out.mkdir(parents=True, exist_ok=True)
    test, train = split(options.data, options.out, options.number, options.seed)
    instants, lines = random.Random(options.seed), []
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        base = ["--data", str(test), "--seed", str(options.seed)]
        served = ["--model", f"openai/{SMOLLM2_FILE}", "--base-url", f"{address}/v1"]
        served += ["--max-tokens", str(options.max_tokens)]
        for name in options.reasoners:
            folder = options.out / name
            call = command("run", "medqa", name, *base, *served, "--out", str(folder))
            began = time.perf_counter()
            found = killed(call, folder, options.number, options.kills, instants)
            lines.append(f"* {name}: {found}; {time.perf_counter() - began:.0f} s in all")
            print(lines[-1], flush=True)
        for name in options.undisturbed:
            whole = options.out / f"{name}-undisturbed"
            subprocess.run(command("run", "medqa", name, *base, *served, "--out", str(whole)), check=True)
            same = digest(whole) == digest(options.out / name)
            lines.append(f"* {name}, undisturbed: results digest {'equal' if same else 'DIFFERENT'}")
            print(lines[-1], flush=True)
        for name in (*LEARNING, *GUESSING):
            more = ["--option", f"training={train}"] if name in LEARNING else []
            subprocess.run(command("run", "medqa", name, *base, *more, "--out", str(options.out / name)), check=True)
        runs = [str(options.out / name) for name in (*options.reasoners, *LEARNING, *GUESSING)]
        table = subprocess.run(command("compare", *runs), check=True, capture_output=True, text=True).stdout
    finally:
        assert server.stdin is not None
        server.stdin.close()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    text = "\n".join([*lines, "", "```", table.rstrip(), "```", ""])
    if options.report is None:
        print(text)
    else:
        options.report.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
