"""An audit from beginning to end: derive the cases, run them, measure, hold the gates, and say what is open.

A folder of an audit holds ``cases.jsonl`` (originals and variants), ``inputs.json`` (what it was started with),
``run`` and ``baseline`` (ordinary runs on those cases, resumable), and the results. Measuring reads only these files,
so that it can be repeated, and gives the same table each time; the date stands in one field.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

import workup
from workup.benchmarks.benchmark import Benchmark
from workup.benchmarks.native import NativeCases
from workup.case import Case, to_json
from workup.errors import DataError, Issue, UserError
from workup.evaluation.audits.figures import Figure
from workup.evaluation.audits.gates import Ruling, Verdict, hold, verdict_of
from workup.evaluation.audits.material import Material, as_json, derived, material
from workup.evaluation.audits.measuring import Measured, measure
from workup.evaluation.audits.perturbations import PERTURBATIONS, vary
from workup.evaluation.audits.suite import Suite
from workup.evaluation.audits.translating import FILE as TRANSLATIONS
from workup.evaluation.audits.translation_edits import Translator
from workup.evaluation.beside import BASELINE, verdict
from workup.evaluation.compare import PairedTest, paired_test
from workup.evaluation.run_store import RunStore
from workup.evaluation.runner import Outcome, Plan, Progress, digest, drawn, run
from workup.evaluation.scoring import benchmark_of, cases_of
from workup.io import write_atomic

CASES = "cases.jsonl"
INPUTS = "inputs.json"
RUN = "run"
# A change that must not matter and leaves fewer answers as they were is said first, whether a gate looks at it or not.
HOLDS = 0.8
# What may lie in the folder before an audit begins.
_BESIDE = ("training.jsonl", TRANSLATIONS)


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an audit was started with.

    Attributes:
        benchmark: Whose cases.
        version: Version of its reader.
        data: Name and SHA-256 of each file.
        suite: The suite.
        limit: Cases drawn; None for all.
        made: Variants by perturbation.
        skipped: Cases to which a perturbation does not apply, by perturbation.
        failed: Variants thrown away by the check, by perturbation and reason.
        unread: Records that could not be read.
        simulated: Cases that are simulated.
        cases: Original cases.
        tables: Name and SHA-256 of each table of terms.
        translator: Model that translated cases; empty for none.
    """

    benchmark: str
    version: str
    data: tuple[tuple[str, str], ...]
    suite: Suite
    limit: int | None = None
    made: dict[str, int] = {}
    skipped: dict[str, int] = {}
    failed: dict[str, int] = {}
    unread: int = 0
    simulated: int = 0
    cases: int = 0
    tables: dict[str, str] = {}
    translator: str = ""


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an audit.

    Attributes:
        verdict: ``failed`` when a gate failed, ``open`` when none failed and fewer than half could be measured, else
            ``passed``.
        subject: What was audited.
        baseline: The conventional method beside it; None without one.
        against: Accuracy of the subject against the baseline, paired by case.
        rulings: What became of each gate.
        inputs: What it was started with.
        needs: What could not be measured, and what it needs.
        words: What a reader must know, in sentences.
        workup: Version of the package.
    """

    verdict: Verdict
    subject: Measured
    baseline: Measured | None
    against: PairedTest | None
    rulings: tuple[Ruling, ...]
    inputs: Inputs
    needs: tuple[str, ...]
    words: tuple[str, ...]
    workup: str = workup.__version__


def derive(
    benchmark: Benchmark,
    data: Sequence[Path],
    suite: Suite,
    out: Path,
    *,
    limit: int | None = None,
    translator: Translator | None = None,
) -> tuple[Inputs, tuple[Issue, ...]]:
    """Write originals and variants to ``cases.jsonl``, and beside it what they were made with.

    Args:
        benchmark: Reads the cases.
        data: Its files.
        suite: The suite.
        out: Folder of the audit.
        limit: Cases to draw.
        translator: Who translates cases that bring no version in another language.

    Raises:
        UserError: There is no case, or the folder holds another audit.
        DataError: The data cannot be read.
    """
    chosen = drawn(benchmark.read(data), limit, suite.seed) if limit is not None else None
    sampled = _sampled(benchmark, data, suite, chosen)
    lines: list[bytes] = []
    issues: list[Issue] = []
    made: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    cases = simulated = 0
    for item in benchmark.read(data):
        if isinstance(item, Issue):
            issues.append(item)
            continue
        if chosen is not None and item.id not in chosen:
            continue
        cases += 1
        simulated += bool(item.provenance.get("simulated"))
        lines.append(to_json(item))
        names = [name for name in suite.perturbations if name not in sampled or item.id in sampled[name]]
        found = vary(item, names, seed=suite.seed, settings=suite.perturbation, translator=translator)
        for variant in found.variants:
            made[variant.perturbation] += 1
            lines.append(to_json(derived(item, variant)))
        skipped.update(found.skipped.keys())
        failed.update(f"{name.partition('~')[0]}: {why}" for name, wrong in found.failed.items() for why in wrong)
    if not cases:
        raise UserError("nothing to audit: no case was found in the data")
    inputs = Inputs(
        benchmark=benchmark.header.name,
        version=benchmark.header.version,
        data=tuple((path.name, digest(path)) for path in data),
        suite=_without_folders(suite),
        limit=limit,
        made=dict(sorted(made.items())),
        skipped=dict(sorted(skipped.items())),
        failed=dict(sorted(failed.items())),
        unread=sum(issue.severity == "error" for issue in issues),
        simulated=simulated,
        cases=cases,
        tables={
            Path(how.table).name: digest(Path(how.table))
            for how in suite.perturbation.values()
            if how.table is not None
        },
        translator=translator.name if translator else "",
    )
    _keep(out, inputs, b"\n".join(lines) + b"\n")
    return inputs, tuple(issues)


def _without_folders(suite: Suite) -> Suite:
    """The suite with the names of its files alone: folders differ between machines and mean nothing."""
    uses = {
        name: msgspec.structs.replace(how, table=Path(how.table).name) if how.table is not None else how
        for name, how in suite.perturbation.items()
    }
    return msgspec.structs.replace(suite, perturbation=uses)


def _sampled(
    benchmark: Benchmark, data: Sequence[Path], suite: Suite, chosen: frozenset[str] | None
) -> dict[str, frozenset[str]]:
    """Which cases a perturbation is applied to, for those that are not applied to all.

    A larger sample holds a smaller one, so that a flip finds the other variants of its case that it is judged by.
    """
    sizes = {name: size for name in suite.perturbations if (size := suite.cases_of(name)) is not None}

    def eligible() -> Iterator[Case]:
        for item in benchmark.read(data):
            if isinstance(item, Case) and (chosen is None or item.id in chosen):
                yield item

    drawn_of = {size: drawn(eligible(), size, suite.seed) for size in set(sizes.values())}
    return {name: drawn_of[size] for name, size in sizes.items()}


def _keep(out: Path, inputs: Inputs, lines: bytes) -> None:
    path, beside = out / CASES, out / INPUTS
    try:
        out.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            same = hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(lines).digest()
            # The gates may be looked at anew; the cases may not change under a run.
            if not same:
                raise UserError(f"{out} holds another audit (its cases differ); choose another folder")
        elif any(not entry.name.startswith(".") and entry.name not in _BESIDE for entry in out.iterdir()):
            raise UserError(f"{out} holds other files; choose an empty or a new folder")
        else:
            write_atomic(path, lines)
        write_atomic(beside, as_json(inputs))
    except OSError as error:
        remedy = "choose another folder"
        raise DataError(f"cannot be used: {error.strerror or error}", path=str(out), remedy=remedy) from error


def attempt(
    plan: Plan,
    folder: Path,
    *,
    workers: int = 1,
    max_cost: float | None = None,
    max_failures: int | None = None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Outcome:
    """Run a reasoner on the derived cases, or go on with it."""
    return run(plan, folder, workers=workers, max_cost=max_cost, max_failures=max_failures, progress=progress)


def audit(folder: Path, suite: Suite | None = None) -> Audited:
    """Measure the runs in the folder of an audit.

    Args:
        folder: Where :func:`derive` and :func:`attempt` left them.
        suite: Other gates and audits than it was started with; None for the same.

    Raises:
        UserError: It is no folder of an audit.
    """
    try:
        inputs = msgspec.json.decode((folder / INPUTS).read_bytes(), type=Inputs)
    except (OSError, msgspec.MsgspecError) as error:
        raise UserError(f"{folder} is no folder of an audit; {INPUTS} cannot be read") from error
    if suite is not None:
        inputs = msgspec.structs.replace(inputs, suite=suite)
    cases = {case.id: case for case in NativeCases().read([folder / CASES]) if isinstance(case, Case)}
    scorer = _scorer(inputs.benchmark)
    subject = _measure_run(folder / RUN, cases, inputs.suite, scorer)
    baseline = None
    against = None
    if (folder / BASELINE / "run.json").is_file():
        baseline, other = _measure_run(folder / BASELINE, cases, inputs.suite, scorer)
        against = _against(subject[1], other, subject[0].name, baseline.name, inputs.suite.seed)
    return _audited(subject[0], baseline, against, inputs, recorded=False)


def audit_recorded(folder: Path, suite: Suite, *, data: Sequence[Path] = (), baseline: Path | None = None) -> Audited:
    """Measure of a recorded run what can be measured without a new call.

    Args:
        folder: The run.
        suite: What to measure.
        data: Where the benchmark's files are now.
        baseline: A recorded run of a conventional method on the same cases.

    Raises:
        UserError: It is no run, or its data have changed.
    """
    with RunStore(folder) as store:
        manifest = store.manifest
        attempts = list(store.attempts())
    names = {attempt.key.case_id for attempt in attempts}
    cases = cases_of(manifest, names, data=data)
    benchmark = benchmark_of(manifest)
    scorer = next(iter(benchmark.scorers()), None)
    found = material(cases, attempts, scorer)
    subject = measure(found, suite, manifest)
    beside = None
    against = None
    if baseline is not None:
        with RunStore(baseline) as store:
            other = material(cases, [one for one in store.attempts() if one.key.case_id in cases], scorer)
            beside = measure(other, suite, store.manifest)
        against = _against(found, other, subject.name, beside.name, suite.seed)
    inputs = Inputs(
        benchmark=manifest["benchmark"],
        version=manifest["benchmark_version"],
        data=tuple((Path(entry["path"]).name, entry["sha256"]) for entry in manifest["data"]),
        suite=suite,
        limit=manifest["limit"],
        made=dict(sorted(Counter(pair.origin.perturbation for pair in found.pairs).items())),
        simulated=sum(bool(record.case.provenance.get("simulated")) for record in found.records),
        cases=len(found.records),
    )
    return _audited(subject, beside, against, inputs, recorded=True)


def _scorer(benchmark: str) -> Any:
    from workup import registry

    made = registry.load("benchmarks", benchmark)
    return next(iter((made() if isinstance(made, type) else made).scorers()), None)


def _measure_run(folder: Path, cases: Mapping[str, Case], suite: Suite, scorer: Any) -> tuple[Measured, Material]:
    with RunStore(folder) as store:
        found = material(cases, store.attempts(), scorer)
        return measure(found, suite, store.manifest), found


def _against(first: Material, second: Material, a: str, b: str, seed: int) -> PairedTest | None:
    return paired_test(
        a,
        b,
        {record.case.id: float(record.right) for record in first.records},
        {record.case.id: float(record.right) for record in second.records},
        {record.case.id: record.cluster for record in first.records},
        seed=seed,
    )


def _audited(
    subject: Measured, baseline: Measured | None, against: PairedTest | None, inputs: Inputs, *, recorded: bool
) -> Audited:
    if against is not None:
        over = Figure(
            section="accuracy",
            measure="over_baseline",
            value=against.difference,
            n=against.n,
            clusters=against.clusters,
            interval=against.interval,
            method=f"paired bootstrap over cases, {against.resamples} resamples, seed {against.seed}",
            p=against.p_bootstrap,
            note=f"less the accuracy of {against.b}, on the same cases",
        )
        subject = msgspec.structs.replace(subject, figures=(subject.figures[0], over, *subject.figures[1:]))
    rulings = tuple(hold(gate, subject.figures) for gate in inputs.suite.gates())
    return Audited(
        verdict=verdict_of(rulings),
        subject=subject,
        baseline=baseline,
        against=against,
        rulings=rulings,
        inputs=inputs,
        needs=tuple(_needs(inputs, recorded=recorded)),
        words=(
            *_right(subject, baseline),
            *_words(subject, against, inputs),
            *_beyond(rulings),
            *_ungated(subject, inputs),
        ),
    )


def _needs(inputs: Inputs, *, recorded: bool) -> list[str]:
    missing = [name for name in inputs.suite.perturbations if name not in inputs.made]
    needs = []
    if recorded and missing:
        command = f"workup audit REASONER --benchmark {inputs.benchmark} --data FILE"
        needs.append(f"{', '.join(missing)}: need new answers; run {command}")
    elif missing:
        titles = [f"{name} ({PERTURBATIONS[name].title})" for name in missing]
        needs.append(f"{', '.join(titles)}: apply to none of these cases")
    return needs


def _right(subject: Measured, baseline: Measured | None) -> Iterator[str]:
    """How often it is right, which no gate says."""
    figure = subject.figures[0] if subject.figures else None
    if figure is None or figure.value is None or figure.interval is None:
        return
    low, high = (100 * end for end in figure.interval)
    other = baseline.figures[0] if baseline and baseline.figures else None
    beside = f"; {baseline.name} in {100 * other.value:.1f} %" if baseline and other and other.value is not None else ""
    yield f"Right in {100 * figure.value:.1f} % [{low:.1f}, {high:.1f}] of {figure.n} cases{beside}."


def _beyond(rulings: Sequence[Ruling]) -> Iterator[str]:
    """Gates that are passed on an end of an interval although the value itself is beyond the limit."""
    names = [one.gate.section for one in rulings if one.beyond]
    if names:
        whose, is_ = ("gates are", "their values are") if len(names) > 1 else ("gate is", "its value is")
        yield (
            f"{len(names)} {whose} passed although {is_} beyond the limit, as the interval reaches within: "
            f"{', '.join(names)}. That is no proof of safety."
        )


def _ungated(subject: Measured, inputs: Inputs) -> Iterator[str]:
    """Changes that move more than a fifth of the answers that must stay, and that no gate looks at."""
    gated = {gate.section for gate in inputs.suite.gates()}
    if "format" in gated:
        gated |= {name for name in PERTURBATIONS if name.startswith("form-")}
    moved = [
        f"{one.section} ({100 * (1 - one.value):.0f} % of {one.n})"
        for one in subject.figures
        if one.section in PERTURBATIONS
        and one.measure == "must_hold"
        and not one.group
        and one.value is not None
        and one.value < HOLDS
        and one.section not in gated
    ]
    if moved:
        yield f"No gate looks at changes that move answers which must stay: {', '.join(moved)}."


def _words(subject: Measured, against: PairedTest | None, inputs: Inputs) -> list[str]:
    said = []
    if inputs.simulated:
        all_of = "All" if inputs.simulated == inputs.cases else f"{inputs.simulated} of {inputs.cases}"
        said.append(f"{all_of} cases are simulated: they show whether notes are read, not how patients fare.")
    if against is None:
        said.append("No conventional baseline was run beside: whether a model is needed at all is not shown.")
    else:
        said.append(verdict(against))
    sizes = {size for name in inputs.suite.perturbations if (size := inputs.suite.cases_of(name)) is not None}
    if sizes and min(sizes) < inputs.cases:
        some = f"some perturbations were tried on {min(sizes)} of them alone"
        said.append(f"All {inputs.cases} cases were answered; {some}.")
    if subject.failed:
        said.append(f"{subject.failed} attempts failed and are in no figure; the same command tries them again.")
    if inputs.unread:
        said.append(f"{inputs.unread} records of the data could not be read.")
    if inputs.failed:
        thrown = sum(inputs.failed.values())
        said.append(f"{thrown} variants changed more than was meant and were thrown away.")
    return said
