"""The command line as a whole: faults end in one line, and Ctrl-C as a shell expects."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from workup import __version__, cli
from workup.cli import VERBS, main
from workup.errors import DataError, UserError

PROGRAM = [sys.executable, "-c", "from workup.cli import main; main()"]


def run(*args: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *args], capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload, no-any-return]


def test_version_and_help() -> None:
    assert run("--version").stdout == f"workup, version {__version__}\n"
    shown = CliRunner().invoke(cli.cli, ["-h"]).output
    for verb, words in VERBS.items():
        assert verb in shown
        assert words.split()[0] in shown


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_explains_itself(verb: str) -> None:
    outcome = CliRunner().invoke(cli.cli, [verb, "--help"])
    assert outcome.exit_code == 0
    assert "Usage:" in outcome.output


def test_unknown_verb() -> None:
    outcome = CliRunner().invoke(cli.cli, ["diagnos"])
    assert outcome.exit_code == 2
    assert "No such command 'diagnos'" in outcome.output


def fails(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    @click.command()
    def broken() -> None:
        raise error

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: broken)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UserError("do it otherwise"), 2, "Error: do it otherwise\n"),
        (DataError("is broken", path="f", remedy="mend it"), 2, "Error: f: is broken -> mend it\n"),
        (OSError(28, "No space left on device"), 2, "Error: [Errno 28] No space left on device\n"),
        (KeyboardInterrupt(), 130, "Stopped.\n"),
    ],
)
def test_faults(
    error: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fails(monkeypatch, error)
    monkeypatch.setattr(cli, "_silence_stdout", lambda: None)
    with pytest.raises(SystemExit) as stop:
        main(["diagnose"])
    assert stop.value.code == code
    assert capsys.readouterr() == ("", words)


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    fails(monkeypatch, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        main(["diagnose"])


def test_reader_that_stops_early() -> None:
    process = subprocess.Popen([*PROGRAM, "systems"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.wait(30)
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_full_disk() -> None:
    with open("/dev/full", "w") as full:
        outcome = subprocess.run([*PROGRAM, "systems"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert outcome.returncode == 2
    assert outcome.stderr == "Error: [Errno 28] No space left on device\n"


def test_terminal_without_the_letters() -> None:
    outcome = run("systems", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert outcome.returncode == 0
    assert outcome.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c() -> None:
    # A case that never ends: standard input that nobody closes.
    process = subprocess.Popen(
        [*PROGRAM, "diagnose", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has told everything below it to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.strip()) == (130, "", "Stopped.")
