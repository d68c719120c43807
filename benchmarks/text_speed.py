"""Time of reading findings from notes, by pages of 500 words, with and without line breaks.

    python benchmarks/text_speed.py NOTES.jsonl... --out text_speed.json

A file has one note a line, as ``{"text": ...}`` (the files of the benchmark ``text-to-hpo``). Notes are put one after
another until a page is full, on lines of their own and as one line, and each is read by itself. Times are processor
time of one core: of texts that the process has not seen (cold: every name and word is met for the first time), and the
least of several runs on the same texts again (warm). If ``pyahocorasick`` is installed, its scan for the same labels
and synonyms, letter for letter, is timed on the same texts: a floor, as it knows no inflection, order, list or context.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})

from workup.knowledge import Knowledge
from workup.text.extract import by_rules
from workup.text.recognise import Recogniser

WORDS = 500
REPEATS = 3
OPENING = "A 3-year-old girl with seizures and no fever."


def pages(notes: Sequence[str], *, lines: bool) -> list[str]:
    """Notes put together to pages of 500 words; the last one, which is not full, is left out.

    >>> [len(page.split()) for page in pages(["one two three"] * 400, lines=False)]
    [501, 501]
    """
    made: list[str] = []
    page: list[str] = []
    count = 0
    for note in notes:
        # A note of many pages is cut; nothing here may be much longer than a page.
        words = note.split()
        for first in range(0, len(words), WORDS):
            part = words[first : first + WORDS]
            page.append(" ".join(part) if len(words) > WORDS or not lines else note.strip())
            count += len(part)
            if count >= WORDS:
                made.append(("\n" if lines else " ").join(page))
                page, count = [], 0
    return made


def timed(work: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Processor seconds of each text."""
    seconds: list[float] = []
    for text in texts:
        started = time.process_time()
        work(text)
        seconds.append(time.process_time() - started)
    return seconds


def per_page(seconds: Sequence[float], texts: Sequence[str]) -> dict[str, float]:
    """Mean and 95th percentile of milliseconds per 500 words."""
    each = sorted(1000 * s * WORDS / len(text.split()) for s, text in zip(seconds, texts, strict=True))
    return {
        "mean_ms": round(1000 * sum(seconds) * WORDS / sum(len(text.split()) for text in texts), 2),
        "p95_ms": round(each[min(len(each) - 1, round(0.95 * len(each)))], 2),
    }


def measured(work: Callable[[str], object], texts: Sequence[str], repeats: int) -> dict[str, Any]:
    """Cold and warm times of some work."""
    cold = timed(work, texts)
    again = [timed(work, texts) for _ in range(repeats)]
    least = [min(times) for times in zip(*again, strict=True)]
    return {"texts": len(texts), "cold": per_page(cold, texts), "warm": per_page(least, texts)}


def raw_scan(knowledge: Knowledge) -> Callable[[str], object] | None:
    """The scan of pyahocorasick for all labels and synonyms, if it is installed."""
    if find_spec("ahocorasick") is None:
        return None
    ahocorasick = import_module("ahocorasick")

    ontology = knowledge.ontology
    automaton = ahocorasick.Automaton()
    for term in range(len(ontology)):
        automaton.add_word(ontology.label(term).lower(), term)
    for synonym in ontology.synonyms():
        automaton.add_word(synonym.text.lower(), synonym.term)
    automaton.make_automaton()
    return lambda text: list(automaton.iter(text.lower()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notes", nargs="+", type=Path)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    knowledge = Knowledge.load()
    by_rules(OPENING, knowledge)
    recogniser = Recogniser.of(knowledge)
    scan = raw_scan(knowledge)
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "pyahocorasick": version("pyahocorasick") if scan else None,
        "files": {},
    }
    for path in arguments.notes:
        notes = [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines() if line.strip()]
        row: dict[str, Any] = {}
        modes = (("lines", pages(notes, lines=True)), ("one line", pages(notes, lines=False)), ("each note", notes))
        for name, texts in modes:
            if not texts:
                continue
            row[name] = {"workup": measured(lambda text: by_rules(text, knowledge), texts, arguments.repeats)}
            row[name]["names only, warm"] = measured(recogniser.mentions, texts, arguments.repeats)["warm"]
            if scan:
                row[name]["pyahocorasick"] = measured(scan, texts, arguments.repeats)
            whole, bare = row[name]["workup"], row[name].get("pyahocorasick")
            print(
                f"{path.name}, {name}: {len(texts)} texts, cold {whole['cold']['mean_ms']} ms, warm "
                f"{whole['warm']['mean_ms']} ms (95th percentile {whole['warm']['p95_ms']})"
                + (f"; raw scan {bare['warm']['mean_ms']} ms" if bare else ""),
                file=sys.stderr,
            )
        found["files"][path.name] = row
    text = json.dumps(found, indent=1)
    if arguments.out:
        arguments.out.write_text(text + "\n", "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
