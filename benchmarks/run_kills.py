"""A run that is killed again and again: is anything that was finished lost, done twice or paid for twice?

    python benchmarks/run_kills.py --cases 1000 --kills 50 --workers 1 16

Every life of the run is a process of its own and is ended by SIGKILL at a random instant (seeded). Afterwards the run
is finished, and its results digest (times left out), its scores and every call of the model are compared with those of
a run that nobody interrupted. Before every life it is noted which replies are kept, and afterwards that none of them
was asked for again. A call that was under way when the process died, so that nobody has its reply, is made again; that
is at most one call per worker and kill. Exit code 1 when anything is not as it must be.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from run_overhead import questions

from workup.benchmarks.medqa import MedQA
from workup.case import Case
from workup.evaluation.run_store import RunStore
from workup.evaluation.runner import Plan, results_digest, run
from workup.evaluation.scoring import score_run
from workup.models.model import Generation, Message, Reply
from workup.reasoner import Context
from workup.reasoning import Answer, Reasoning, Usage

CALLS = 2
# Seconds of model time a case; with 50 kills and half a second of work a life, a run of 1,000 cases lasts long enough.
PAUSE = 0.012


class Paid:
    """A model that takes its time and writes down every call before it answers: what was paid for."""

    name = "paid"

    def __init__(self, log: Path, pause: float) -> None:
        self._log = log.open("ab", buffering=0)
        self._pause = pause
        self._lock = threading.Lock()

    def generate(self, messages: Any, **_: Any) -> Reply:
        words = messages[-1].content
        with self._lock:
            self._log.write(words.split(":")[0].encode() + b"\n")
        time.sleep(self._pause)
        usage = Usage(calls=1, input_tokens=len(words.split()), output_tokens=1, cost_usd=0.001)
        return Reply(generations=(Generation(text="ABCD"[len(words) % 4]),), model=self.name, usage=usage)


class AskTwice:
    """Asks the same twice, as methods with several steps do, and takes the second reply."""

    name = "ask-twice"

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        assert case.question is not None
        assert ctx.model is not None
        message = Message(role="user", content=case.question.text)
        ctx.model.generate([message])
        reply = ctx.model.generate([message]).text
        return Reasoning(reasoner=self.name, answer=Answer(level="option", text=reply, ids=(reply,)), text=reply)


def child(folder: Path, data: Path, log: Path, workers: int) -> None:
    """One life of a run."""
    model = Paid(log, PAUSE * workers / CALLS)
    print("ready", flush=True)
    run(Plan(benchmark=MedQA(), data=(data,), reasoner=AskTwice(), model=model), folder, workers=workers)


def finished(folder: Path) -> dict[str, str]:
    """Answer of every finished attempt, by case."""
    if not (folder / "attempts.sqlite").is_file():
        return {}
    with RunStore(folder) as store:
        return {one.key.case_id: one.raw for one in store.attempts() if not one.error}


def kept(folder: Path) -> Counter[str]:
    """How many replies of each question are on disk: what is finished and paid for."""
    if not (folder / "attempts.sqlite").is_file():
        return Counter()
    with RunStore(folder) as store:
        return Counter(request.messages[-1].content.split(":")[0] for _, request, _ in store.replies())


def asked(log: Path, start: int = 0) -> list[str]:
    """The questions that the model was asked, from the given call on."""
    return log.read_text().splitlines()[start:] if log.is_file() else []


def killed(place: Path, data: Path, cases: int, kills: int, workers: int, seed: int) -> bool:
    """Kill a run, finish it, and compare it with an undisturbed one; prints what was found."""
    folder, log = place / f"run-{workers}", place / f"calls-{workers}.log"
    call = [sys.executable, __file__, "--child", str(folder), str(data), str(log), str(workers)]
    instants, done, before, early = random.Random(seed + workers), 0, {}, 0
    lost = changed = twice = 0
    while done < kills:
        paid_for, calls = kept(folder), len(asked(log))
        process = subprocess.Popen(call, stdout=subprocess.PIPE)
        # One life in ten ends while it starts, the others at any instant of their first 0.8 s of work.
        if instants.random() >= 0.1:
            assert process.stdout is not None
            process.stdout.readline()
        try:
            process.wait(timeout=instants.uniform(0.0, 0.8))
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            done += 1
        twice += again_paid(asked(log, calls), paid_for)
        now = finished(folder)
        early += now.keys() == before.keys()
        lost += len(before.keys() - now.keys())
        changed += sum(now.get(case) != answer for case, answer in before.items())
        before = now
    reached = len(before)
    paid_for, calls = kept(folder), len(asked(log))
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    twice += again_paid(asked(log, calls), paid_for)
    whole = [sys.executable, __file__, "--child", str(place / f"whole-{workers}"), str(data)]
    subprocess.run([*whole, str(place / "other.log"), str(workers)], check=True, stdout=subprocess.DEVNULL)
    digests, scores = [], []
    for name in (f"run-{workers}", f"whole-{workers}"):
        with RunStore(place / name) as store:
            digests.append(results_digest(store.attempts()))
        scores.append(score_run(place / name).estimates)
    paid = Counter(asked(log))
    again = sum(paid.values()) - CALLS * cases
    good = (
        done == kills and not lost and not changed and not twice and digests[0] == digests[1] and scores[0] == scores[1]
        and len(paid) == cases and min(paid.values()) >= CALLS and again <= done * workers
    )  # fmt: skip
    same = ["equal" if one else "DIFFERENT" for one in (digests[0] == digests[1], scores[0] == scores[1])]
    print(
        f"{workers} workers: {done} kills ({early} before anything new was finished; {reached} of {cases} cases done "
        f"at the last one), {lost} finished attempts lost, {changed} changed, {twice} kept replies paid for again, "
        f"{again} calls cut off and made again (at most {done * workers}), digest {same[0]}, scores {same[1]}: "
        f"{'holds' if good else 'DOES NOT HOLD'}",
        flush=True,
    )
    return good


def again_paid(calls: list[str], paid_for: Counter[str]) -> int:
    """Calls of one life for which the reply was kept before it began."""
    return sum(max(0, made + paid_for[question] - CALLS) for question, made in Counter(calls).items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--child", nargs=4, metavar="X", help=argparse.SUPPRESS)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.child:
        folder, data, log, workers = options.child
        child(Path(folder), Path(data), Path(log), int(workers))
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        data = questions(place / "questions.jsonl", options.cases)
        good = [killed(place, data, options.cases, options.kills, n, options.seed) for n in options.workers]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
