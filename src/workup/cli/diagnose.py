"""``workup diagnose``: a case in, a ranked differential with its evidence out."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from workup.case import Case, to_json
from workup.cli.reasoning_options import context_of, reasoning_options
from workup.cli.results import Batch, one_line
from workup.cli.what_if import WhatIf, moves
from workup.errors import DataError, Issue, ModelError, UserError, WorkupError

if TYPE_CHECKING:
    from workup.io import ReadResult
    from workup.knowledge import Knowledge
    from workup.reasoner import Context, Reasoner
    from workup.reasoning import Reasoning
    from workup.text.extract import Reading, TextRead

# The order in which the words are offered in --help; the same as workup.report.FORMATS.
FORMATS = ("html", "tsv", "json", "phenopacket")
_QUESTIONS = 6


@click.command("diagnose")
@click.argument("paths", nargs=-1, type=click.Path(path_type=str), metavar="[PATH]...")
@click.option("--findings", "listed", metavar="LIST", help="Findings as ids or labels, '-' before an excluded one.")
@click.option("--note", metavar="TEXT", help="A note in free text.")
@click.option("--example", is_flag=True, help="Diagnose the bundled fictional patient.")
@click.option("--confirm", is_flag=True, help="Go through what was read from a note before it counts.")
@click.option("--findings-out", type=click.Path(path_type=Path), metavar="FILE", help="Save the case as it was used.")
@click.option("--read-text", is_flag=True, help="Read the text of a case that has coded findings, too.")
@click.option("--extractor", default="rules", show_default=True, metavar="MODEL", help="What reads a note.")
@click.option("--format", "formats", metavar="NAMES", help=f"Files to write: {','.join(FORMATS)} (comma-separated).")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the files; default: this folder. FILE.jsonl (or .jsonl.gz): all results, one line a case.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the reasoning as JSON, one line a case.")
@click.option("--reasoner", default="phenotype", show_default=True, help="A registered reasoner.")
@reasoning_options
@click.option("--score", metavar="NAME", help="Score of the phenotype engine; default: translation-mixture.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 20000), help="Hypotheses to return.")
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 200), help="Hypotheses to print.")
@click.option("--genes", metavar="A,B", help="Candidate genes (a panel, an exome's short list).")
@click.option("--vcf", metavar="FILE", help="The patient's variants: an annotated VCF, a table or JSON.")
@click.option("--sample", metavar="NAME", help="The patient's column in the VCF, when it has several.")
@click.option(
    "--questions",
    type=click.IntRange(0, 50),
    metavar="N",
    help="What to do next: N questions; default: 6 for one case shown in full or as HTML, else none.",
)
@click.option("--add", multiple=True, metavar="HP", help="What if this finding were present? Repeatable.")
@click.option("--exclude", multiple=True, metavar="HP", help="What if it were absent? Repeatable.")
@click.option("--drop", multiple=True, metavar="HP", help="What if it had not been reported? Repeatable.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes that share the work; with --out FILE.jsonl.")
@click.option("--executor", type=click.Choice(("local", "processes", "ray")), help="Where; with --out FILE.jsonl.")
def command(
    paths: tuple[str, ...],
    listed: str | None,
    note: str | None,
    example: bool,
    confirm: bool,
    findings_out: Path | None,
    read_text: bool,
    extractor: str,
    formats: str | None,
    out: Path | None,
    as_json: bool,
    reasoner: str,
    score: str | None,
    limit: int,
    top: int,
    genes: str | None,
    vcf: str | None,
    sample: str | None,
    questions: int | None,
    add: tuple[str, ...],
    exclude: tuple[str, ...],
    drop: tuple[str, ...],
    workers: int | None,
    executor: str | None,
    **reasoning: Any,
) -> None:
    """Rank the diseases that explain a case, with the evidence for each.

    PATH is a phenopacket (v1 or v2), a note in free text, a list of HPO ids or labels, a CSV, workup's own JSON or
    JSONL, or a folder of these; "-" reads standard input. One case is shown in full, several as one tab-separated
    line each: the best disease with its posttest probability, and whether a disease, a series, a gene or none is
    answered. Of many cases, --out FILE.jsonl keeps all results; stopped at any instant, the same command goes on.

    For research and review by a clinician; not a medical device.
    """
    from workup import registry
    from workup.io.vcf import with_variants

    if out is not None and out.name.endswith((".jsonl", ".jsonl.gz")):
        alone = {
            "--json": as_json,
            "--add": add,
            "--exclude": exclude,
            "--drop": drop,
            "--vcf": vcf,
            "--questions": questions,
            "--confirm": confirm,
            "--findings-out": findings_out,
            "--read-text": read_text,
            "--extractor": extractor != "rules",
            "--model": reasoning["model"],
        }
        if wrong := [option for option, given in alone.items() if given]:
            raise UserError(f"{', '.join(wrong)} does not go with --out FILE.jsonl, which is for many cases")
        from workup.batch.terminal import diagnose_into
        from workup.io import flat

        diagnose_into(
            out,
            flat(_sources(paths, listed, note, example)),
            paths=paths,
            reasoner=reasoner,
            context=lambda: context_of(reasoner, limit, score, **reasoning),
            genes=genes,
            formats=_formats(formats, None),
            workers=workers or 1,
            executor=executor,
        )
        return
    if workers or executor:
        raise UserError("--workers and --executor need --out FILE.jsonl, which keeps the results as they come")
    chosen = _formats(formats, out)
    folder = out or Path()
    if chosen:
        _check_folder(folder)
    texts = Texts(
        wanted=reasoner == "phenotype", always=read_text, extractor=extractor, confirm=confirm, out=findings_out
    )
    worker: Reasoner = registry.load("reasoners", reasoner)()
    steps = NextSteps(worker, questions)
    batch = Batch(top=top, as_json=as_json, finishing=steps.of_single)
    changes = WhatIf(add, exclude, drop)
    ctx: Context | None = None
    taken: set[str] = set()
    items = _sources(paths, listed, note, example)
    for item, about in _each(items if confirm else _with_progress(items), batch):
        # Not before the first case is read, so that a wrong path is told at once and not after a build.
        ctx = ctx or context_of(reasoner, limit, score, **reasoning)
        item = _with_genes(item, genes)
        noted: tuple[Issue, ...] = ()
        if vcf is not None:
            if batch.done:
                raise UserError("--vcf holds the variants of one patient; give one case")
            item, noted = with_variants(item, vcf, sample)
        try:
            read = texts.read(item, ctx.knowledge)
            case = read.case
            changed = changes.apply(case, ctx.knowledge.ontology if ctx.knowledge else None)
            result = steps.of_each(_reason(worker, changed, ctx, read), changed, ctx, html="html" in chosen)
            if about or noted:
                # In every report: what of the files was rewritten or left out decides what the findings and genes mean.
                result = msgspec.structs.replace(result, issues=(*about, *noted, *result.issues))
            if changes:
                moved = moves(_reason(worker, case, ctx, read), result)
                result = msgspec.structs.replace(result, extensions={**result.extensions, "what_if": moved})
        except DataError as error:
            batch.note(*about, msgspec.structs.replace(error.issue, record=error.issue.record or item.id))
            continue
        except ModelError as error:
            batch.note(*about)
            batch.note(Issue(message=str(error), severity="error", code="model", record=item.id))
            continue
        steps.note(changed, ctx)
        batch.add(case.id, result, case.text)
        if chosen:
            from workup.report import write_report

            shared = msgspec.structs.replace(result, issues=tuple(map(_by_name, result.issues)))
            batch.written(write_report(changed, shared, folder, chosen, stem=_unique_stem(case.id, taken)))
    texts.save()
    batch.finish()


class Texts:
    """Reads the notes of the cases, lets a person confirm what was read, and saves what counted.

    Args:
        wanted: Whether the reasoner needs findings; otherwise notes are read only when another option asks for it.
        always: Read texts beside coded findings too.
        extractor: What reads them.
        confirm: Ask a person.
        out: File for the cases as they were used.

    Raises:
        UserError: There is no terminal to confirm on, no such extractor, or no folder for the file.
    """

    def __init__(self, *, wanted: bool, always: bool, extractor: str, confirm: bool, out: Path | None) -> None:
        self.wanted = wanted or always or confirm or extractor != "rules" or out is not None
        self.always = always
        self.out = out
        self._saved: list[bytes] = []
        self._extractor: Any = extractor
        self._press: Callable[[], str] | None = None
        self._knowledge: Knowledge | None = None
        if out is not None and out.is_dir():
            raise UserError(f"--findings-out {out}: is a folder; name a file in it")
        if out is not None:
            _check_folder(out.parent, "--findings-out")
        if confirm:
            from workup.text.confirm import terminal_keys

            self._press = terminal_keys()
        if extractor != "rules":
            from workup.text.model_extraction import load_model

            self._extractor = load_model(extractor)

    def read(self, case: Case, knowledge: Knowledge | None) -> TextRead:
        """The case with the findings of its text; ``knowledge`` is opened when it is needed and not given."""
        from workup.text.extract import TextRead, read_text

        read = TextRead(case)
        if self.wanted and case.text:
            self._knowledge = knowledge = knowledge or self._knowledge or _open_knowledge()
            read = read_text(case, knowledge, always=self.always, extractor=self._extractor)
            if self._press is not None and read.reading is not None:
                read = self._confirmed(case.text, read, read.reading, self._press, knowledge)
        if self._press is not None and read.reading is None:
            click.echo(f"{one_line(case.id)}: no text was read, so there is nothing to confirm", err=True)
        if self.out is not None:
            self._saved.append(to_json(read.case))
            if self._press is not None:
                # What a person decided is not to be lost with a later case.
                self.save()
        return read

    def save(self) -> None:
        """Write the cases: one as JSON to read and edit, several as JSONL."""
        if self.out is None or not self._saved:
            return
        from workup.io import write_atomic

        one = len(self._saved) == 1
        write_atomic(self.out, msgspec.json.format(self._saved[0]) + b"\n" if one else b"\n".join((*self._saved, b"")))

    def _confirmed(
        self, note: str, read: TextRead, reading: Reading, press: Callable[[], str], knowledge: Knowledge
    ) -> TextRead:
        from rich.console import Console

        from workup.text.confirm import Review, Stopped
        from workup.text.extract import revise

        console = Console(stderr=True)
        name = one_line(read.case.id)
        can_save = self.out is not None
        review = Review(note, reading, knowledge.ontology, press=press, console=console, name=name, can_save=can_save)
        try:
            return revise(read, review.run())
        except Stopped as stopped:
            if not stopped.save:
                click.echo("Nothing was saved.", err=True)
                raise KeyboardInterrupt from None
            self._saved.append(to_json(revise(read, stopped.reading).case))
            self.save()
            click.echo(f"Saved: {self.out}; go on with: workup diagnose {self.out} --confirm", err=True)
            sys.exit(0)


class NextSteps:
    """Adds what to do next where it is wanted; batches do not pay for it.

    Args:
        worker: The reasoner; one that offers no engine gives no next steps.
        count: Questions for every case; None: 6 where a case is shown in full or as HTML.
    """

    def __init__(self, worker: Reasoner, count: int | None) -> None:
        self._maker: Any = getattr(worker, "engine", None)
        self._count = count
        self._last: tuple[Case, Context] | None = None

    def of_each(self, result: Reasoning, case: Case, ctx: Context, *, html: bool) -> Reasoning:
        """The reasoning as every case of the call gets it."""
        return self._add(result, case, ctx, self._count if self._count is not None else _QUESTIONS if html else 0)

    def note(self, case: Case, ctx: Context) -> None:
        """Remember the case, which may turn out to be the only one."""
        self._last = case, ctx

    def of_single(self, result: Reasoning) -> Reasoning:
        """The reasoning of the only case of the call, which is shown in full."""
        if self._last is None or self._count is not None or result.questions:
            return result
        return self._add(result, *self._last, _QUESTIONS)

    def _add(self, result: Reasoning, case: Case, ctx: Context, count: int) -> Reasoning:
        if not count or self._maker is None:
            return result
        from workup.reasoners.phenotype.next_steps import with_next_steps

        return with_next_steps(self._maker(ctx), case, result, count)


def _open_knowledge() -> Knowledge:
    from workup.cli.knowledge import open_knowledge

    return open_knowledge()


def _check_folder(folder: Path, option: str = "--out") -> None:
    """Find out before any work whether the files can be written."""
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise UserError(f"{option} {folder}: {existing} is a file, not a folder; name a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UserError(f"{option} {folder}: {existing} may not be written to; name another folder with {option}")


def _formats(formats: str | None, out: Path | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in (formats or "").split(",") if name.strip()))
    if unknown := [name for name in names if name not in FORMATS]:
        raise UserError(f"no format {unknown[0]!r}; there are {', '.join(FORMATS)}")
    return names or (("html",) if out is not None else ())


def _each(records: Iterable[ReadResult], batch: Batch) -> Iterator[tuple[Case, tuple[Issue, ...]]]:
    """The cases, each with what was noted when it was read; what is about no case alone is told by the batch."""
    for record in records:
        if len(record.cases) == 1:
            yield record.cases[0], record.issues
            continue
        batch.note(*record.issues)
        for case in record.cases:
            yield case, ()


def _by_name(issue: Issue) -> Issue:
    """An issue as a report tells it: in which folder of this machine the file lay is nobody's business."""
    return msgspec.structs.replace(issue, path=re.split(r"[/\\\\]", issue.path)[-1]) if issue.path else issue


def _sources(paths: tuple[str, ...], listed: str | None, note: str | None, example: bool) -> Iterator[ReadResult]:
    from workup.io import ReadResult, cases_from_text, iter_records

    if not paths and listed is None and note is None and not example:
        raise UserError("give a file, or --findings 'HP:0001250, Microcephaly', or --note TEXT, or --example")
    if note is not None and not note.strip():
        raise UserError("--note is empty; write the note after it, or name its file")
    if example:
        yield from iter_records(str(files("workup") / "examples" / "patient.json"))
    if listed is not None:
        result = cases_from_text(listed, name="--findings")
        yield result
    if note is not None:
        written = cases_from_text(note, name="note", format="note")
        yield written
    for path in paths:
        try:
            yield from iter_records(path)
        except DataError as error:
            if re.fullmatch(r"-?HP[:_]\d+.*", path, re.IGNORECASE) and error.issue.code == "missing":
                raise UserError(f"{path}: no such file; to give findings: --findings {path!r}") from error
            # One bad file of several is listed at the end; a single one is the whole call's fault.
            if len(paths) == 1 and listed is None and note is None and not example:
                raise
            yield ReadResult(issues=(error.issue,))


def _with_progress(items: Iterable[ReadResult]) -> Iterator[ReadResult]:
    """Show a running count on a terminal once there is more than one case.

    When the lines themselves go to the terminal, they show the progress.
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    terminal = Console(stderr=True)
    if not terminal.is_terminal or sys.stdout.isatty():
        yield from items
        return
    # Left alone, rich would send standard output to the terminal too, past any redirection.
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.completed} records"),
        TimeElapsedColumn(),
        console=terminal,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    task = progress.add_task("records", total=None)
    try:
        for count, item in enumerate(items):
            if count == 1:
                progress.start()
            yield item
            progress.update(task, completed=count + 1)
    finally:
        # Also after an error or Ctrl-C: the cursor is hidden until then.
        progress.stop()


def _with_genes(case: Case, genes: str | None) -> Case:
    if genes is None:
        return case
    # No symbol has a space in it, so a list copied from a mail or a sheet is a list too.
    symbols = tuple(dict.fromkeys(re.findall(r"[^,;\s]+", genes)))
    if not symbols:
        raise UserError("--genes is empty; give gene symbols, e.g. --genes FBN1,TGFBR2, or leave it out")
    return msgspec.structs.replace(case, candidate_genes=symbols)


def _reason(worker: Reasoner, case: Case, ctx: Context, read: TextRead) -> Reasoning:
    from workup.api import reasoned

    # What was read is not read again.
    seen = case if read.reading is None else msgspec.structs.replace(case, text=None)
    try:
        return read.add_to(reasoned(worker, seen, ctx))
    except WorkupError:
        raise
    except Exception as error:
        # A fault of the reasoner, perhaps a plug-in: told like in a batch, and the other cases go on.
        message = f"the reasoner failed: {type(error).__name__}: {error}".partition("\n")[0]
        raise DataError(message, record=case.id, remedy="report it with the case", code="failed") from error


def _unique_stem(case_id: str, taken: set[str]) -> str:
    """A file name for the case that no other case of this run has, on any file system."""
    from workup.report import safe_stem

    stem = chosen = safe_stem(case_id)
    count = 1
    while chosen.casefold() in taken:
        count += 1
        chosen = f"{stem}-{count}"
    taken.add(chosen.casefold())
    return chosen
