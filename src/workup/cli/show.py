"""``workup show NAME|DIR [CASE]``: what something registered is, what a run holds, or how one case was answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workup.errors import UserError


@click.command("show")
@click.argument("name", metavar="NAME|DIR")
@click.argument("case", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write how one case of a run was answered as a web page into this file.",
)
@click.option("--data", type=click.Path(path_type=Path), multiple=True, help="Where the run's data are now.")
def command(name: str, case: str | None, as_json: bool, html: Path | None, data: tuple[Path, ...]) -> None:
    """Show a registered benchmark, reasoner, model or audit; a run; or the attempts at one case of a run."""
    import msgspec

    if html is not None:
        if case is None:
            raise UserError("--html shows one case of a run: workup show DIR CASE --html FILE")
        for path in _pages(Path(name), case, html, data):
            click.echo(f"Written: {path}")
        return
    if (Path(name) / "run.json").is_file():
        found = _case(Path(name), case) if case is not None else _run(Path(name))
    elif case is not None:
        raise UserError(f"{name} is no run's folder, so that it has no case {case}")
    else:
        found = _registered(name)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    else:
        _print(found)


def _registered(name: str) -> dict[str, Any]:
    import inspect

    import msgspec

    from workup import registry

    for kind in registry.KINDS:
        if name in registry.names(kind):
            thing = registry.load(kind, name)
            # Some benchmarks have their header only once they are made.
            made = thing() if kind == "benchmarks" and isinstance(thing, type) and hasattr(thing, "read") else thing
            header = getattr(made, "header", None)
            return {
                "name": name,
                "kind": kind.removesuffix("s"),
                "defined": registry.target(kind, name),
                **(msgspec.to_builtins(header) if header is not None else {}),
                "about": inspect.getdoc(thing) or "",
            }
    raise UserError(f"nothing is registered as {name!r}, and it is no run's folder; see workup list KIND")


def _run(folder: Path) -> dict[str, Any]:
    import msgspec

    from workup.evaluation.beside import NO_BASELINE, baseline_folder, conventional
    from workup.evaluation.run_store import RunStore
    from workup.evaluation.scoring import RESULT

    with RunStore(folder) as store:
        done, failed = store.counts()
        found = {**store.manifest, "finished": done, "failed": failed}
    try:
        kept = msgspec.json.decode((folder / RESULT).read_bytes())
    except (OSError, msgspec.DecodeError):
        kept = {}
    words = kept.get("words") if isinstance(kept, dict) else None
    if words and kept.get("missing"):
        # As of the last scoring; what is missing says nothing about the baseline.
        found["missing"] = kept["missing"]
        words = [sentence for sentence in words if " is not finished: " not in sentence]
    beside = baseline_folder(folder)
    if beside is not None:
        with RunStore(beside) as store:
            found["baseline"] = str(store.manifest["reasoner"])
        words = words or ["Not scored yet: workup score DIR."]
    elif not conventional(found):
        words = [NO_BASELINE]
    if words:
        found["against_the_baseline"] = " ".join(map(str, words))
    return found


def _case(folder: Path, case: str) -> dict[str, Any]:
    import msgspec

    from workup.evaluation.run_store import RunStore

    with RunStore(folder) as store:
        attempts = store.of_case(case)
        if not attempts:
            raise UserError(f"{folder} has no attempt at a case {case!r}")
        return {
            "case": case,
            "attempts": [
                {
                    **msgspec.to_builtins(attempt),
                    "calls": [
                        {"asked": msgspec.to_builtins(request.messages), "answered": msgspec.to_builtins(reply)}
                        for _, request, reply in store.replies(attempt.key.digest())
                    ],
                    "environment_calls": [
                        {"asked": msgspec.to_builtins(request.messages), "answered": msgspec.to_builtins(reply)}
                        for _, request, reply in store.replies(f"{attempt.key.digest()}/environment")
                    ],
                }
                for attempt in attempts
            ],
        }


def _pages(folder: Path, name: str, html: Path, data: tuple[Path, ...]) -> list[Path]:
    """Write one page for each attempt at a case; a second epoch's file is named after it."""
    from workup.evaluation.run_store import RunStore
    from workup.evaluation.scoring import cases_of
    from workup.io.safe import write_atomic
    from workup.report.trace import render_trace

    with RunStore(folder) as store:
        attempts = store.of_case(name)
        if not attempts:
            raise UserError(f"{folder} has no attempt at a case {name!r}")
        case = cases_of(store.manifest, {name}, data=data)[name]
        written = []
        for attempt in attempts:
            if attempt.reasoning is None:
                click.echo(f"Epoch {attempt.key.epoch} failed, so that there is no page: {attempt.error}", err=True)
                continue
            calls = [(request.messages, reply) for _, request, reply in store.replies(attempt.key.digest())]
            path = html if len(attempts) == 1 else html.with_stem(f"{html.stem}-{attempt.key.epoch}")
            write_atomic(path, render_trace(case, attempt.reasoning, model=attempt.key.model, calls=calls))
            written.append(path)
    return written


def _print(found: dict[str, Any]) -> None:
    if "attempts" not in found:
        for key, value in found.items():
            if key == "about":
                click.echo(f"\n{value}")
            elif value not in ("", [], {}, None):
                shown = ", ".join(map(str, value)) if isinstance(value, list) else value
                click.echo(f"{key.replace('_', ' ')}: {shown}")
        return
    for attempt in found["attempts"]:
        key = attempt["key"]
        click.echo(f"case {found['case']}, epoch {key['epoch']}: {key['reasoner']} {key['model']}".rstrip())
        for i, call in enumerate(attempt["calls"], 1):
            for message in call["asked"]:
                click.echo(f"\n[{i}, {message['role']}]\n{message.get('content', '')}")
            for generation in call["answered"]["generations"]:
                click.echo(f"\n[{i}, reply]\n{generation['text']}")
        if attempt.get("error"):
            click.echo(f"\nfailed: {attempt['error']}")
            continue
        reasoning = attempt["reasoning"]
        for step in reasoning.get("steps", []):
            click.echo(f"\n- {step['claim']}")
        answer = reasoning.get("answer")
        click.echo(f"\nanswer: {answer['text'] if answer else reasoning.get('abstained') or 'could not be read'}")
