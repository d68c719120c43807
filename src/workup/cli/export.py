"""``workup export``: results in the files of other frameworks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from workup.cli.judging import judge_options

if TYPE_CHECKING:
    from workup.interop.pheval import Written


class _Export(click.Group):
    """A run's folder may stand where a subcommand stands: ``workup export DIR --to jsonl``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take anything that is no subcommand for a run's folder."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            return "run", self.commands["run"], args
        return super().resolve_command(ctx, args)


@click.group("export", cls=_Export)
def command() -> None:
    """Write results in the files of other frameworks: `workup export DIR --to FORMAT`, or one of these."""


@command.command("run")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--to",
    required=True,
    type=click.Choice(("inspect", "jsonl", "parquet", "trl", "original")),
    help="Format of the file.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="The file (inspect: folder); default: in DIR."
)
@click.option("--data", multiple=True, type=click.Path(path_type=Path), help="Where its files are now. Repeatable.")
@judge_options
def run(folder: Path, to: str, out: Path | None, data: tuple[Path, ...], **judging: Any) -> None:
    """Write the attempts of a run: as they are, as a table, as prompts with rewards, or as logs of Inspect.

    `--to original` writes the rows that the benchmark's authors release their results in, where it knows them (mediq).
    """
    from workup.cli.judging import judge_from
    from workup.evaluation.exporting import export_run
    from workup.evaluation.scoring import score_run

    judge = judge_from(judging, folder)
    if to == "inspect":
        from workup.interop.inspect.logs import export_logs

        logs = export_logs(folder, out or folder / "inspect", data=data, judge=judge)
        click.echo(f"{len(logs)} logs: {logs[0].parent}\nTo look at them: inspect view --log-dir {logs[0].parent}")
        return
    ending = {"parquet": "parquet", "jsonl": "jsonl"}.get(to, f"{to}.jsonl")
    target = out or folder / f"attempts.{ending}"
    scores = None if to in ("jsonl", "original") else score_run(folder, data=data, judge=judge).scores
    written = export_run(folder, to, target, scores)
    click.echo(f"{written} rows: {target}")


@command.command("mediq")
@click.option("--benchmark", required=True, metavar="NAME", help="Benchmark whose questions are made interactive.")
@click.option("--data", "paths", required=True, multiple=True, type=click.Path(path_type=Path), help="Its files.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="JSON lines.")
def mediq(benchmark: str, paths: tuple[Path, ...], out: Path) -> None:
    """Write questions of choice as rows of MediQ: the patient tells the vignette only when asked.

    Example: workup export mediq --benchmark medqa --data test.jsonl --out interactive.jsonl
    """
    from workup import registry
    from workup.benchmarks.mediq import mediq_rows
    from workup.case import Case
    from workup.io import write_atomic

    made = registry.load("benchmarks", benchmark)
    read = list((made() if isinstance(made, type) else made).read(paths))
    cases = [case for case in read if isinstance(case, Case)]
    rows = list(mediq_rows(cases))
    write_atomic(out, b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    click.echo(f"{len(rows)} rows of {len(cases)} cases: {out}; {len(cases) - len(rows)} have no vignette or no choice")
    for issue in read:
        if not isinstance(issue, Case):
            click.echo(f"Error: {issue}", err=True)
    if len(cases) < len(read):
        sys.exit(2)


@command.command("pheval")
@click.option("--phenopackets", required=True, type=click.Path(path_type=Path), help="Folder, one patient a file.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the results.")
@click.option("--score", metavar="NAME", help="Score of the phenotype engine; without it, its default.")
@click.option(
    "--universe",
    type=click.Choice(("omim", "all")),
    default="omim",
    show_default=True,
    help="Rank the OMIM diseases, as published comparisons do, or all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the rank statistics as JSON.")
def pheval(phenopackets: Path, out: Path, score: str | None, universe: str, as_json: bool) -> None:
    """Rank the diseases and genes of phenopackets, and write PheVal's standardised result files.

    OUT/benchmark.yaml is what `pheval-utils benchmark --run-yaml` takes. PheVal itself is not needed.
    """
    from rich.console import Console
    from rich.progress import Progress

    from workup.cli.knowledge import open_knowledge
    from workup.interop.pheval import write_results

    knowledge = open_knowledge()
    terminal = Console(stderr=True)
    with Progress(console=terminal, transient=True, disable=not terminal.is_terminal, redirect_stdout=False) as bar:
        task = bar.add_task("ranking", total=None)
        written = write_results(
            phenopackets,
            out,
            knowledge,
            score=score,
            universe="omim" if universe == "omim" else "all",
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    _tell(written, as_json)


def _tell(written: Written, as_json: bool) -> None:
    if as_json:
        facts = {"cases": written.cases, "figures": written.figures, "tied": written.tied}
        click.echo(msgspec.json.format(msgspec.json.encode(facts)).decode())
    else:
        click.echo(f"{written.cases} cases. For PheVal: pheval-utils benchmark --run-yaml {written.config}")
        for kind, figures in written.figures.items():
            if figures is not None:
                click.echo(
                    f"{kind}: n {figures.n}, top-1 {figures.top1:.2f} %, top-3 {figures.top3:.2f} %, "
                    f"top-5 {figures.top5:.2f} %, top-10 {figures.top10:.2f} %, MRR {figures.mrr:.4f}; "
                    f"{written.tied[kind]} true answers tied with others before ties were broken"
                )
    for issue in written.issues:
        click.echo(f"{'Error' if issue.severity == 'error' else 'Note'}: {issue}", err=True)
    if any(issue.severity == "error" for issue in written.issues):
        sys.exit(2)
