"""Options of the command line that are about the reasoner: its own options, and its language model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workup.errors import UserError

if TYPE_CHECKING:
    from workup.reasoner import Context

_F = TypeVar("_F", bound=Callable[..., Any])

# Reasoners that are given the knowledge base which the command opened, and tell of its building.
_KNOWING = ("deeprare", "phenotype")


def reasoning_options(command: _F) -> _F:
    """Add ``--model``, ``--base-url``, ``--option``, ``--temperature`` and ``--max-tokens`` to a command."""
    for option in (
        click.option(
            "--max-tokens", type=click.IntRange(min=1), default=1024, show_default=True, help="Longest reply."
        ),
        click.option(
            "--temperature", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Of the model."
        ),
        click.option("--option", "given", multiple=True, metavar="KEY=VALUE", help="Of the reasoner. Repeatable."),
        click.option("--base-url", metavar="URL", help="Where an openai/ model is served."),
        click.option("--model", metavar="NAME", help="Language model, for reasoners that use one."),
    ):
        command = option(command)
    return command


def context_of(
    reasoner: str,
    limit: int,
    score: str | None,
    *,
    given: tuple[str, ...] = (),
    model: str | None = None,
    base_url: str | None = None,
    temperature: float = 0.0,
    max_tokens: int = 1024,
) -> Context:
    """What the reasoner may use, as the options say.

    Raises:
        UserError: An option cannot be read, or no model has that name.
    """
    from workup.models.model import Sampling
    from workup.reasoner import Context

    options = parsed_options(given) | ({"score": score} if score else {})
    loaded = None
    if base_url is not None and model is None:
        raise UserError("--base-url needs --model openai/NAME")
    if model is not None:
        from workup import models

        loaded = models.load(model, base_url=base_url)
    knowledge = None
    if reasoner in _KNOWING:
        from workup.cli.knowledge import open_knowledge

        knowledge = open_knowledge()
    sampling = Sampling(temperature=temperature, max_tokens=max_tokens)
    return Context(knowledge=knowledge, model=loaded, sampling=sampling, limit=limit, options=options)


def parsed_options(given: tuple[str, ...], option: str = "--option") -> dict[str, Any]:
    """Options of the reasoner; a value that is JSON is read as such, anything else is text.

    >>> parsed_options(("n=5", "corpus=a.jsonl"))
    {'n': 5, 'corpus': 'a.jsonl'}
    """
    import msgspec

    found: dict[str, Any] = {}
    for entry in given:
        key, equals, text = entry.partition("=")
        if not equals or not key.strip():
            raise UserError(f"{option} {entry}: write it as KEY=VALUE")
        try:
            found[key.strip()] = msgspec.json.decode(text)
        except msgspec.DecodeError:
            found[key.strip()] = text
    return found
