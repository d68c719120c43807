"""``workup schema NAME``: the JSON schema of a workup object."""

from __future__ import annotations

import json
from difflib import get_close_matches

import click
import msgspec

from workup import case, errors, reasoning
from workup.errors import UserError

TYPES: dict[str, type[msgspec.Struct]] = {
    "answer": reasoning.Answer,
    "case": case.Case,
    "evidence": reasoning.Evidence,
    "finding": case.Finding,
    "hypothesis": reasoning.Hypothesis,
    "issue": errors.Issue,
    "next-question": reasoning.NextQuestion,
    "question": case.Question,
    "reasoning": reasoning.Reasoning,
    "reference": case.Reference,
    "step": reasoning.Step,
    "usage": reasoning.Usage,
    "variant": case.Variant,
}


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print the JSON schema of the object NAME, or without NAME the names there are."""
    if name is None:
        click.echo("\n".join(TYPES))
        return
    kind = TYPES.get(name.lower())
    if kind is None:
        near = get_close_matches(name.lower(), TYPES, n=3) or list(TYPES)
        raise UserError(f"no object named {name!r}; try {', '.join(near)}")
    click.echo(json.dumps(msgspec.json.schema(kind), indent=2, ensure_ascii=False))
