"""``workup audit REASONER|DIR``: what a right answer may hide, with gates that were decided beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workup.errors import UserError, WorkupError

if TYPE_CHECKING:
    from workup.evaluation.audits.auditing import Audited
    from workup.evaluation.audits.suite import Suite

FAILED = 1
_TRAINING = 400
_MOST_SHOWN = 10


@click.command("audit")
@click.argument("subject", metavar="REASONER|DIR")
@click.argument("run", required=False, type=click.Path(path_type=Path), metavar="")
@click.option("--suite", "suite_file", type=click.Path(path_type=Path), metavar="FILE.toml", help="Default: bundled.")
@click.option("--data", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Cases. Repeatable.")
@click.option("--benchmark", default="cases", show_default=True, metavar="NAME", help="Who reads them.")
@click.option("--simulated", type=click.IntRange(min=1), metavar="N", help="Use N simulated vignettes instead.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Folder of the audit.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Draw N cases.")
@click.option("--varied", type=click.IntRange(min=0), metavar="N", help="Perturb N drawn cases only; answer all.")
@click.option("--model", metavar="NAME", help="Language model, for reasoners that use one.")
@click.option("--base-url", metavar="URL", help="Where an openai/ model is served.")
@click.option("--option", "given", multiple=True, metavar="KEY=VALUE", help="Option of the reasoner. Repeatable.")
@click.option("--temperature", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Of the model.")
@click.option("--max-tokens", type=click.IntRange(min=1), default=1024, show_default=True, help="Longest reply.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Attempts at once.")
@click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Stop when this much is spent.")
@click.option("--max-failures", type=click.IntRange(min=1), metavar="N", help="Stop when this many attempts failed.")
@click.option(
    "--baseline", "beside", metavar="NAME|DIR", help="Conventional method or a recorded run of one; none for none."
)
@click.option("--baseline-option", "beside_given", multiple=True, metavar="KEY=VALUE", help="Its option. Repeatable.")
@click.option("--translator", metavar="NAME", help="Model that translates the cases for one perturbation.")
@click.option("--translate-to", metavar="CODE", help="Language it translates to; default: fr.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    subject: str,
    run: Path | None,
    suite_file: Path | None,
    data: tuple[Path, ...],
    out: Path | None,
    beside: str | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Audit the reasoner REASONER on cases, or the recorded run or earlier audit in DIR.

    Examples: workup audit phenotype-options --simulated 200 --out audit-1;
    workup audit chain-of-thought --benchmark medqa --data test.jsonl --model openai/NAME --base-url URL --out audit-2;
    workup audit run-1 --suite ours.toml --out audit-3 (no new call: what needs one is named);
    workup audit length run-1 (does a long trace warn of a wrong answer?)

    Exit code 0: every gate that was measured is passed. 1: a gate failed. 2: wrong call, or attempts that failed.
    """
    from workup.cli.audit_length import NAME, audit_length
    from workup.evaluation.audits.suite import read_suite

    if run is not None:
        if subject != NAME:
            raise UserError(f"{run} is one argument too many; only length takes a run: workup audit {NAME} RUN")
        audit_length(run, data, out, as_json=as_json)
        return
    suite = read_suite(suite_file)
    folder = Path(subject)
    if folder.is_dir():
        if settings["simulated"] or settings["model"] or settings["given"]:
            raise UserError(f"{subject} is a folder, which is measured as it is; give a reasoner to run anything")
        found, target = _recorded(folder, suite, suite_file is not None, data, beside, out)
        incomplete = False
    else:
        if out is None:
            raise UserError("say where the audit is kept: --out DIR")
        found, incomplete = _new(subject, suite, data, out, beside, settings)
        target = out
    _write(found, target, as_json=as_json)
    if incomplete:
        ctx.exit(2)
    if found.verdict == "failed":
        ctx.exit(FAILED)


def _recorded(
    folder: Path, suite: Suite, own_suite: bool, data: tuple[Path, ...], beside: str | None, out: Path | None
) -> tuple[Audited, Path]:
    """Measure again what is in a folder; the results go there, or to ``out``."""
    from workup.evaluation.audits.auditing import INPUTS, audit, audit_recorded
    from workup.evaluation.beside import baseline_folder

    if (folder / INPUTS).is_file():
        return audit(folder, suite if own_suite else None), out or folder
    baseline = Path(beside) if beside else baseline_folder(folder)
    if baseline is not None and not baseline.is_dir():
        raise UserError(f"{beside} is no recorded run; beside a recorded run give the folder of another one")
    return audit_recorded(folder, suite, data=data, baseline=baseline), out or folder / "audit"


def _new(
    reasoner: str, suite: Suite, data: tuple[Path, ...], out: Path, beside: str | None, settings: dict[str, Any]
) -> tuple[Audited, bool]:
    """Derive the cases, run the reasoner and the baseline on them, and measure."""
    import msgspec

    from workup import models, registry
    from workup.benchmarks.native import NativeCases
    from workup.cli.reasoning_options import parsed_options
    from workup.evaluation.audits.auditing import CASES, RUN, audit, derive
    from workup.evaluation.audits.perturbations import Settings
    from workup.evaluation.audits.suite import Baseline
    from workup.evaluation.audits.translation_edits import NAME as TRANSLATED
    from workup.evaluation.beside import BASELINE
    from workup.evaluation.runner import Plan
    from workup.knowledge.releases import pinned_only
    from workup.models.model import Sampling

    chosen = registry.load("reasoners", reasoner)()
    if settings["simulated"]:
        if data:
            raise UserError("give either --data or --simulated")
        data, training = _simulated(out, settings["simulated"], suite.seed)
        if beside is None and suite.baseline is None:
            options = {"training": str(training), "reader": "cases"}
            suite = msgspec.structs.replace(suite, baseline=Baseline(reasoner="nearest-case", options=options))
    if not data:
        raise UserError("give the cases with --data FILE, or --simulated N")
    for path in data:
        if not path.exists():
            raise UserError(f"{path} does not exist")
    made = registry.load("benchmarks", settings["benchmark"])
    if not hasattr(made, "read") or not hasattr(made, "scorers"):
        raise UserError(f"the benchmark {settings['benchmark']} has a runner of its own and cannot be audited")
    benchmark = made() if isinstance(made, type) else made
    if settings["varied"] is not None:
        suite = msgspec.structs.replace(suite, varied=settings["varied"])
    if code := settings["translate_to"]:
        use = msgspec.structs.replace(suite.perturbation.get(TRANSLATED, Settings()), language=code)
        suite = msgspec.structs.replace(suite, perturbation={**suite.perturbation, TRANSLATED: use})
    chosen_beside = beside is not None or suite.baseline is not None
    suite = kept = _with_baseline(suite, benchmark, data, beside, settings)
    if suite.baseline is not None:
        # Folders differ between machines and mean nothing; the run keeps the digest of each file.
        plain = {key: _named(value) for key, value in suite.baseline.options.items()}
        kept = msgspec.structs.replace(suite, baseline=msgspec.structs.replace(suite.baseline, options=plain))
    inputs, issues = derive(benchmark, data, kept, out, limit=settings["limit"], translator=_translator(settings, out))
    for reason, count in inputs.failed.items():
        if reason.startswith(TRANSLATED):
            click.echo(f"Thrown away, {count}: {reason}", err=True)
    for issue in issues[:_MOST_SHOWN]:
        click.echo(f"Error: {issue}", err=True)
    click.echo(f"{inputs.cases} cases, {sum(inputs.made.values())} variants.", err=True)
    name = settings["model"]
    if name is None and settings["base_url"] is not None:
        raise UserError("--base-url needs --model openai/NAME")
    plan = Plan(
        benchmark=NativeCases(),
        data=(out / CASES,),
        reasoner=chosen,
        options=parsed_options(settings["given"]),
        model=models.load(name, base_url=settings["base_url"]) if name else None,
        sampling=Sampling(temperature=settings["temperature"], max_tokens=settings["max_tokens"]),
        seed=suite.seed,
    )
    limits = {key: settings[key] for key in ("workers", "max_cost", "max_failures")}
    with pinned_only():
        incomplete = _go(plan, out / RUN, limits)
        if suite.baseline is not None:
            other = registry.load("reasoners", suite.baseline.reasoner)()
            options = suite.baseline.options
            conventional = msgspec.structs.replace(plan, reasoner=other, options=options, model=None)
            try:
                incomplete = _go(conventional, out / BASELINE, limits) or incomplete
            except WorkupError as error:
                if chosen_beside:
                    raise
                click.echo(f"No baseline: {error}", err=True)
        return audit(out), incomplete


def _translator(settings: dict[str, Any], out: Path) -> Any:
    """The model that translates cases; None where none is named."""
    name = settings["translator"]
    if name is None:
        if settings["translate_to"] is not None:
            raise UserError("--translate-to needs --translator NAME")
        return None
    from workup import models
    from workup.evaluation.audits.translating import ModelTranslator

    return ModelTranslator(models.load(name), out)


def _with_baseline(
    suite: Suite, benchmark: Any, data: tuple[Path, ...], beside: str | None, settings: dict[str, Any]
) -> Suite:
    """The suite with the conventional method that runs beside: as called, as it says itself, or by kind of answer."""
    import msgspec

    from workup.cli.reasoning_options import parsed_options
    from workup.evaluation.audits.suite import Baseline
    from workup.evaluation.beside import NONE, audit_baseline

    baseline = suite.baseline
    if beside is not None:
        options = parsed_options(settings["beside_given"], "--baseline-option")
        baseline = Baseline(reasoner=beside, options=options)
    elif baseline is None:
        name, options = audit_baseline(benchmark.header, data)
        baseline = Baseline(reasoner=name, options=options)
    return msgspec.structs.replace(suite, baseline=None if baseline.reasoner == NONE else baseline)


def _named(value: object) -> object:
    """An option without the folders of files."""
    if isinstance(value, list):
        return [_named(one) for one in value]
    return Path(value).name if isinstance(value, str) and len(value) < 1024 and Path(value).exists() else value


def _go(plan: Any, folder: Path, limits: dict[str, Any]) -> bool:
    """Run, and say whether something is left to be done."""
    from workup.cli.run import _attempts_bar
    from workup.evaluation.audits.auditing import attempt

    with _attempts_bar(plan) as show:
        outcome = attempt(plan, folder, progress=show, **limits)
    if outcome.stopped:
        click.echo(f"Stopped: {outcome.stopped}. The same command goes on from there.", err=True)
    if outcome.failed:
        click.echo(f"{outcome.failed} attempts failed; the same command tries them again.", err=True)
    return bool(outcome.stopped or outcome.failed)


def _simulated(out: Path, count: int, seed: int) -> tuple[tuple[Path, ...], Path]:
    """Files of simulated cases beside the audit: those to answer, and others to learn from."""
    from workup.case import to_json
    from workup.io import write_atomic
    from workup.simulate.vignettes import vignettes

    folder = out.parent / f"{out.name}-simulated"
    folder.mkdir(parents=True, exist_ok=True)
    cases, training = folder / "vignettes.jsonl", folder / "training.jsonl"
    # Another seed: no training case is a test case.
    for path, number, own in ((cases, count, seed), (training, _TRAINING, seed + 1_000_003)):
        write_atomic(path, b"".join(to_json(case) + b"\n" for case in vignettes(number, seed=own)))
    return (cases,), training


def _write(found: Audited, folder: Path, *, as_json: bool) -> None:
    from workup.evaluation.audits.material import as_json as encoded
    from workup.report.audit import to_csv, write_audit
    from workup.report.audit_again import compared

    try:
        former = (folder / "audit.csv").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        former = None
    if former is not None:
        click.echo(compared(former, to_csv(found)).words, err=True)
    paths = write_audit(found, folder)
    if as_json:
        click.echo(encoded(found))
        return
    _show(found)
    click.echo(f"Written: {', '.join(str(path) for path in paths)}")


def _show(found: Audited) -> None:
    """The verdict, the gates and what a reader must know."""
    from workup.cli.tables import interval
    from workup.report.audit import beside as of_baseline
    from workup.systems.render import table

    open_ = sum(one.status == "not measured" for one in found.rulings)
    beside = f" ({open_} of {len(found.rulings)} gates not measured)" if open_ else ""
    click.echo(f"{found.subject.name}: {found.verdict}{beside}")
    for words in (*found.words, *found.needs):
        click.echo(words)
    columns = ["gate", "status", "value", "95 % interval", "n"]
    rows = [
        [
            one.gate.words,
            one.status,
            "-" if one.figure is None or one.figure.value is None else f"{one.figure.value:.3f}",
            interval(one.figure.interval if one.figure else None, 1.0, 3),
            str(one.figure.n) if one.figure else "-",
        ]
        for one in found.rulings
    ]
    if found.baseline is not None:
        columns.append(f"baseline {found.baseline.name}")
        rows = [[*row, of_baseline(one, found.baseline)] for row, one in zip(rows, found.rulings, strict=True)]
    table(columns, rows)
