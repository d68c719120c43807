"""The command line: one file per verb, imported when the verb is called."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

from workup import __version__
from workup.errors import WorkupError

# Verb -> what it does, shown by `workup --help` without importing the verb's module.
VERBS = {
    "ask": "Ask what would settle the differential of a case soonest, in a dialogue.",
    "audit": "Audit a reasoner or a recorded run, with gates decided beforehand.",
    "calculate": "Compute a clinical score or formula, with the reason for each point.",
    "compare": "Compare runs of one benchmark, paired by case.",
    "diagnose": "Rank the diseases that explain a case, with the evidence for each.",
    "doctor": "Say what is installed and which models can be loaded.",
    "export": "Write results in the files of other frameworks.",
    "knowledge": "Build the knowledge base, say what is in it, or bring it up to date.",
    "list": "List what is registered: reasoners, benchmarks, models.",
    "profile": "Profile models over runs on several benchmarks, by dimension.",
    "reproduce": "Measure the claims of a published system on data.",
    "run": "Run a reasoner on a benchmark.",
    "score": "Score a run again from its attempts.",
    "schema": "Print the JSON schema of a workup object.",
    "show": "Show something registered, a run, or the attempts at one case.",
    "synthesize": "Write simulated data with known truth: patients, notes, errors, cohorts, series, events.",
    "systems": "List the published systems this project implements.",
    "tools": "Call the tools that agents use, or serve them to other programs.",
}


class LazyGroup(click.Group):
    """A command group whose verbs are imported only when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in alphabetical order."""
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module and return its ``command``."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"workup.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; Ctrl-C ends it with exit code 130, as a shell expects."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(130)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs with their one-line help, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, VERBS[verb]) for verb in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="workup")
def cli() -> None:
    """Clinical reasoning in the open: diagnose, evaluate, audit.

    For research and for review by a clinician; not a medical device.
    """


def main(args: list[str] | None = None) -> Any:
    """Run the command line; a user's or a file's fault ends in one line and exit code 2."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A name that the terminal's encoding lacks is shown with "?" instead of ending the run.
        sys.stdout.reconfigure(errors="replace")
    try:
        try:
            return cli.main(args=args, prog_name="workup", standalone_mode=True)
        finally:
            sys.stdout.flush()
    except WorkupError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        _silence_stdout()
        sys.exit(1)
    except OSError as error:
        # A full disk, say: nothing that the verb could foresee.
        click.echo(f"Error: {error}", err=True)
        _silence_stdout()
        sys.exit(2)


def _silence_stdout() -> None:
    """Give up what is still buffered, which Python would try to write once more when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
