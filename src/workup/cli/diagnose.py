"""``workup diagnose``: a case in, a ranked differential with its evidence out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from workup.case import Case, Finding, Status
from workup.errors import DataError, Issue, UserError

if TYPE_CHECKING:
    from rich.console import Console

    from workup.reasoner import Context, Reasoner
    from workup.reasoning import Reasoning

# The order in which the words are offered in --help; the same as workup.report.FORMATS.
FORMATS = ("html", "tsv", "json", "phenopacket")
_ISSUES_SHOWN = 20


@click.command("diagnose")
@click.argument("paths", nargs=-1, type=click.Path(path_type=str), metavar="[PATH]...")
@click.option("--findings", "listed", metavar="LIST", help="Findings as ids or labels, '-' before an excluded one.")
@click.option("--example", is_flag=True, help="Diagnose the bundled fictional patient.")
@click.option("--format", "formats", metavar="NAMES", help=f"Files to write: {','.join(FORMATS)} (comma-separated).")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the files; default: this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the reasoning as JSON, one line a case.")
@click.option("--reasoner", default="phenotype", show_default=True, help="A registered reasoner.")
@click.option("--score", metavar="NAME", help="Score of the phenotype engine; default: translation-mixture.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 20000), help="Hypotheses to return.")
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 200), help="Hypotheses to print.")
@click.option("--genes", metavar="A,B", help="Candidate genes (a panel, an exome's short list).")
@click.option("--add", multiple=True, metavar="HP", help="What if this finding were present? Repeatable.")
@click.option("--exclude", multiple=True, metavar="HP", help="What if it were absent? Repeatable.")
@click.option("--drop", multiple=True, metavar="HP", help="What if it had not been reported? Repeatable.")
def command(
    paths: tuple[str, ...],
    listed: str | None,
    example: bool,
    formats: str | None,
    out: Path | None,
    as_json: bool,
    reasoner: str,
    score: str | None,
    limit: int,
    top: int,
    genes: str | None,
    add: tuple[str, ...],
    exclude: tuple[str, ...],
    drop: tuple[str, ...],
) -> None:
    """Rank the diseases that explain a case, with the evidence for each.

    PATH is a phenopacket (v1 or v2), a list of HPO ids or labels, a CSV, workup's own JSON or JSONL, or a folder of
    these; "-" reads standard input. For research and review by a clinician; not a medical device.
    """
    from rich.console import Console

    from workup import registry
    from workup.reasoner import Context

    chosen = _formats(formats, out)
    options = {"score": score} if score else {}
    worker: Reasoner = registry.load("reasoners", reasoner)()
    ctx = Context(limit=limit, options=options)
    terminal = Console(stderr=True)
    sources = _sources(paths, listed, example)
    issues: list[Issue] = []
    done = 0
    taken: dict[str, int] = {}
    for item in _with_progress(sources, terminal):
        if isinstance(item, Issue):
            issues.append(item)
            continue
        case = _with_genes(item, genes)
        changed = what_if(case, add, exclude, drop)
        result = _reason(worker, changed, ctx)
        if changed is not case:
            moved = _moves(_reason(worker, case, ctx), result)
            result = msgspec.structs.replace(result, extensions={**result.extensions, "what_if": moved})
        done += 1
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
        elif done == 1:
            _print(result, top)
        if chosen:
            stem = _unique_stem(changed.id, taken)
            _write(changed, result, out or Path(), chosen, stem, quiet=as_json)
    if done > 1 and not as_json:
        click.echo(f"{done} cases diagnosed; the first is shown above.")
    _finish(issues, done, terminal)


def what_if(case: Case, add: Sequence[str] = (), exclude: Sequence[str] = (), drop: Sequence[str] = ()) -> Case:
    """The case with findings added, excluded or dropped; the same object when nothing is asked.

    Raises:
        UserError: A finding to drop is not in the case.
    """
    if not (add or exclude or drop):
        return case
    gone = {text.strip().casefold() for text in (*add, *exclude, *drop)}

    def names(finding: Finding) -> set[str]:
        return {finding.id.casefold(), (finding.label or "").casefold()}

    present = {name for finding in case.findings for name in names(finding)}
    if absent := [text for text in drop if text.strip().casefold() not in present]:
        raise UserError(
            f"--drop {absent[0]}: the case has no such finding; it has "
            + ", ".join(finding.id for finding in case.findings[:20])
        )
    kept = tuple(finding for finding in case.findings if not names(finding) & gone)
    new: list[Finding] = []
    statuses: tuple[tuple[Status, Sequence[str]], ...] = (("present", add), ("excluded", exclude))
    for status, texts in statuses:
        new.extend(Finding(id=text.strip(), status=status) for text in texts)
    return msgspec.structs.replace(case, findings=(*kept, *new))


def _formats(formats: str | None, out: Path | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in (formats or "").split(",") if name.strip()))
    if unknown := [name for name in names if name not in FORMATS]:
        raise UserError(f"no format {unknown[0]!r}; there are {', '.join(FORMATS)}")
    return names or (("html",) if out is not None else ())


def _sources(paths: tuple[str, ...], listed: str | None, example: bool) -> Iterator[Case | Issue]:
    from workup.io import cases_from_text, iter_cases

    if not paths and listed is None and not example:
        raise UserError("give a file, or --findings 'HP:0001250, Microcephaly', or --example")
    if example:
        yield from iter_cases(str(files("workup") / "examples" / "patient.json"))
    if listed is not None:
        result = cases_from_text(listed, name="--findings")
        yield from result.issues
        yield from result.cases
    for path in paths:
        try:
            yield from iter_cases(path)
        except DataError as error:
            # One bad file of several is listed at the end; a single one is the whole call's fault.
            if len(paths) == 1:
                raise
            yield error.issue


def _with_progress(items: Iterable[Case | Issue], terminal: Console) -> Iterator[Case | Issue]:
    """Show a running count on a terminal once there is more than one case."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    if not terminal.is_terminal:
        yield from items
        return
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.completed} cases"),
        TimeElapsedColumn(),
        console=terminal,
        transient=True,
    )
    bar: Any = nullcontext()
    for count, item in enumerate(items, start=1):
        if count == 2:
            bar = progress
            bar.start()
            task = progress.add_task("cases", completed=1)
        yield item
        if count > 1:
            progress.update(task, completed=count)
    if bar is progress:
        progress.stop()


def _with_genes(case: Case, genes: str | None) -> Case:
    if not genes:
        return case
    symbols = tuple(dict.fromkeys(part.strip() for part in genes.replace(";", ",").split(",") if part.strip()))
    return msgspec.structs.replace(case, candidate_genes=symbols)


def _reason(worker: Reasoner, case: Case, ctx: Context) -> Reasoning:
    from workup.api import finish

    return finish(worker.reason(case.blinded(), ctx))


def _moves(before: Reasoning, after: Reasoning) -> list[dict[str, Any]]:
    """How ranks and probabilities of the leading diseases moved."""
    old = {hypothesis.id: hypothesis for hypothesis in before.differential}
    new = {hypothesis.id: hypothesis for hypothesis in after.differential}
    leading = dict.fromkeys([h.id for h in after.differential[:10]] + [h.id for h in before.differential[:10]])
    rows = []
    for disease in leading:
        was, now = old.get(disease), new.get(disease)
        known = now or was
        rows.append(
            {
                "id": disease,
                "label": known.label if known else "",
                "rank_before": was.rank if was else None,
                "rank_after": now.rank if now else None,
                "probability_before": was.probability if was else None,
                "probability_after": now.probability if now else None,
            }
        )
    return rows


def _print(result: Reasoning, top: int) -> None:
    from rich.console import Console

    from workup.report.terminal import print_reasoning

    console = Console()
    print_reasoning(result, console, limit=top)
    if moved := result.extensions.get("what_if"):
        _print_moves(moved, console)


def _print_moves(moved: list[dict[str, Any]], console: Console) -> None:
    from rich.table import Table

    table = Table(title="What changed", box=None, title_justify="left", padding=(0, 1))
    for heading in ("disease", "rank before", "rank now", "probability before", "probability now"):
        table.add_column(heading, justify="left" if heading == "disease" else "right")
    for row in moved:
        cells = [
            "beyond the list" if row[key] is None else f"{row[key]:g}" for key in ("rank_before", "rank_after")
        ] + ["" if row[key] is None else f"{row[key]:.1%}" for key in ("probability_before", "probability_after")]
        table.add_row(f"{row['label']} ({row['id']})", *cells)
    console.print(table)


def _unique_stem(case_id: str, taken: dict[str, int]) -> str:
    from workup.report import safe_stem

    stem = safe_stem(case_id)
    taken[stem.casefold()] = count = taken.get(stem.casefold(), 0) + 1
    return stem if count == 1 else f"{stem}-{count}"


def _write(case: Case, result: Reasoning, out: Path, formats: tuple[str, ...], stem: str, *, quiet: bool) -> None:
    from workup.report import write_report

    for path in write_report(case, result, out, formats, stem=stem):
        if not quiet:
            click.echo(f"Written: {path}")


def _finish(issues: list[Issue], done: int, terminal: Console) -> None:
    """List what was not read as it stands; exit with 2 when a record was lost."""
    lost = [issue for issue in issues if issue.severity == "error"]
    for issue in (lost + [issue for issue in issues if issue.severity == "warning"])[:_ISSUES_SHOWN]:
        click.echo(f"{'Error' if issue.severity == 'error' else 'Note'}: {issue}", err=True)
    if len(issues) > _ISSUES_SHOWN:
        click.echo(f"... {len(issues)} issues in all", err=True)
    if lost:
        click.echo(f"{done} cases diagnosed, {len(lost)} records could not be read", err=True)
        sys.exit(2)
    if not done:
        raise UserError("no case was found in the input")
