"""Killed at any instant, the same command goes on: nothing lost, nothing twice, the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from workup.case import Case

KILLS = 20
HERE = Path(__file__).parent


def start(source: Path, out: Path, workers: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(HERE / "batch_drive.py"), str(source), str(out), str(workers)],
        stderr=subprocess.PIPE,
        # A group of its own, by which its workers can be found when it is gone.
        start_new_session=True,
        # Whoever runs the tests in the background has told everything below it to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def alive(group: int) -> list[str]:
    """Processes of a group that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == group and state not in "ZX":
            found.append(path.parent.name)
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find processes")
@pytest.mark.parametrize("workers", [1, 4])
def test_killed_at_any_instant(
    tmp_path: Path,
    workers: int,
    cases: Callable[..., list[Case]],
    written: Callable[[Sequence[Case]], Path],
) -> None:
    source = written(cases(90, {5: "HP:0000404", 60: "HP:0000500"}))
    begun = time.monotonic()
    whole = start(source, tmp_path / "whole.jsonl", workers)
    assert whole.wait(120) == 0
    expected = (tmp_path / "whole.jsonl").read_bytes()
    assert expected.count(b"\n") == 88
    longest = time.monotonic() - begun

    instants = random.Random(workers)
    out = tmp_path / "killed.jsonl"
    killed = finished = 0
    while killed < KILLS or not out.exists():
        process = start(source, out, workers)
        try:
            # The last ones run to the end.
            process.wait(instants.uniform(0.0, longest) if killed < KILLS else 120)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        code = process.wait()
        message = process.stderr.read() if process.stderr and code == 1 else b""
        assert code in (0, -signal.SIGKILL), message
        if code == 0:
            finished += 1
            assert out.read_bytes() == expected
            if killed < KILLS:
                out = tmp_path / f"killed-{finished}.jsonl"
        for _ in range(600):
            if not alive(process.pid):
                break
            time.sleep(0.05)
        assert not alive(process.pid), "workers outlived the process that had started them"
    assert out.read_bytes() == expected


def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(
    tmp_path: Path, cases: Callable[..., list[Case]], written: Callable[[Sequence[Case]], Path]
) -> None:
    source, out = written(cases(600)), tmp_path / "r.jsonl"
    process = start(source, out, 2)
    journal = tmp_path / "r.jsonl.run" / "journal.jsonl"
    while not (journal.exists() and journal.stat().st_size):
        assert process.poll() is None
        time.sleep(0.01)
    # As a terminal does: to the process and to its workers.
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == -signal.SIGINT
    assert process.stderr is not None
    # The driver has no handler of its own, so that Python reports the interrupt, once: no worker does.
    assert process.stderr.read().count(b"Traceback") == 1
    assert not out.exists()
    done = journal.read_bytes().count(b"\n")
    assert done > 0
    assert start(source, out, 1).wait(120) == 0
    assert out.read_bytes().count(b"\n") == 600
