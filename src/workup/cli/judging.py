"""The options that say who judges, for the verbs that score; and what a judged run has to tell besides its table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    from workup.evaluation.judges.judge import Judge
    from workup.evaluation.judges.kept import KeptJudge

_OPTIONS = (
    click.option(
        "--judge",
        metavar="WHO",
        help="Who judges answers in words: a rule (workup list judges), model:MODEL, person:FILE.csv, recording:FILE.",
    ),
    click.option("--judge-url", metavar="URL", help="Where an openai/ judge is served."),
    click.option(
        "--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="Times a model judges a sheet."
    ),
    click.option(
        "--judge-temperature", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Of a model judge."
    ),
    click.option(
        "--upstream-compatible", is_flag=True, help="Read a model judge as the released graders do, errors included."
    ),
    click.option(
        "--corpus", type=click.Path(path_type=Path), metavar="FILE", help="Passages in which judges look up facts."
    ),
    click.option(
        "--retriever",
        type=click.Choice(("bm25", "dense", "hybrid")),
        default="bm25",
        show_default=True,
        help="How the corpus is searched.",
    ),
)


class Judging(msgspec.Struct, frozen=True):
    """The options as given."""

    judge: str | None
    judge_url: str | None
    repeats: int
    judge_temperature: float
    upstream_compatible: bool
    corpus: Path | None
    retriever: str


def judge_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options; it takes them as ``**judging``, for :func:`judge_from`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def judge_from(given: dict[str, Any], folder: Path, *, who: str | None = None) -> KeptJudge | None:
    """The judge that the options name; None when they name none.

    What a model says is kept in the run's folder, so that scoring again asks and costs nothing.

    Args:
        given: The options, as the verb got them.
        folder: The run.
        who: Another judge to be given the same options.

    Raises:
        UserError: There is no such judge, or options are given without one.
        DataError: Its file cannot be read.
    """
    from workup.errors import UserError
    from workup.evaluation.judges.kept import KeptJudge
    from workup.evaluation.judges.naming import judge_named

    options = Judging(**given)
    spec = who or options.judge
    if spec is None:
        if options.repeats > 1 or options.corpus or options.judge_url or options.upstream_compatible:
            raise UserError("options of a judge need --judge WHO")
        return None
    is_model = spec.startswith("model:")
    retriever, texts = None, None
    if options.corpus is not None:
        from workup.reasoners.corpus import Corpus

        corpus = Corpus(options.corpus, options.retriever)
        retriever, texts = corpus.retriever, corpus.texts
    judge: Judge = judge_named(
        spec,
        base_url=options.judge_url,
        # The other judge of a comparison may be a rule, to which these say nothing.
        repeats=options.repeats if is_model or who is None else 1,
        temperature=options.judge_temperature,
        upstream_compatible=options.upstream_compatible and (is_model or who is None),
        retriever=retriever,
        texts=texts,
    )
    return KeptJudge(judge, folder if is_model and folder.is_dir() else None)


def tell_of_judging(judge: KeptJudge, *, seed: int) -> bool:
    """Say what a person still has to judge, and write the table for it; and what a judge could not do.

    Returns:
        Whether something is left to be judged.
    """
    from workup.evaluation.judges.model import ModelJudge
    from workup.evaluation.judges.rounds import PersonRounds

    inner = judge.inner
    if isinstance(inner, ModelJudge) and inner.failures:
        click.echo(
            f"{inner.failures} of {inner.calls} calls of the judge failed; the same command asks again.", err=True
        )
    if not isinstance(inner, PersonRounds):
        return False
    for issue in inner.issues:
        click.echo(f"Note: {issue}", err=True)
    written = inner.write_next(seed)
    if written is None:
        return False
    path, rows = written
    click.echo(
        f"{rows} items are to be judged by a person: fill in the column verdict of {path}, which names neither case "
        f"nor system, and keep {path.stem}.key.json to yourself. Then give the same command again.",
        err=True,
    )
    return True
