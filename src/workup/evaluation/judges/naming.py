"""Judges by name, as ``workup score --judge`` takes them.

======================  ==============================================================
``NAME``                a rule: ``workup list judges``
``model:MODEL``         a language model, named as in ``workup run --model``
``person:FILE.csv``     the table that a person fills in; written when it is not there
``recording:FILE``      verdicts that were kept
======================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workup import registry
from workup.errors import UserError
from workup.evaluation.judges.judge import Judge
from workup.retrieval.retriever import Retriever


def judge_named(
    spec: str,
    *,
    base_url: str | None = None,
    repeats: int = 1,
    temperature: float = 0.0,
    seed: int | None = None,
    upstream_compatible: bool = False,
    retriever: Retriever | None = None,
    texts: Mapping[str, str] | None = None,
) -> Judge:
    """The judge of that name.

    Args:
        spec: Its name, see above.
        base_url: Where an ``openai/`` model is served.
        repeats: How often a model judges each sheet.
        temperature: How freely a model draws.
        seed: Seed of its draws.
        upstream_compatible: Read a model as the released graders do.
        retriever: Searches evidence for facts.
        texts: Words of the documents it finds.

    Raises:
        UserError: There is no such judge, or it cannot be given what is asked.
        DataError: Its file cannot be read.
    """
    kind, colon, rest = spec.partition(":")
    if not colon:
        if repeats > 1 or upstream_compatible:
            raise UserError("--repeats and --upstream-compatible belong to model judges: --judge model:MODEL")
        rule: Judge = registry.load("judges", spec)(retriever, texts)
        return rule
    if not rest:
        raise UserError(f"--judge {spec} names nothing after the colon")
    if kind == "model":
        from workup import models
        from workup.evaluation.judges.model import ModelJudge
        from workup.models.model import Sampling

        if repeats > 1 and temperature == 0.0:
            raise UserError("a model that draws the likeliest words repeats itself; give --judge-temperature above 0")
        return ModelJudge(
            models.load(rest, base_url=base_url),
            sampling=Sampling(temperature=temperature, seed=seed),
            repeats=repeats,
            upstream_compatible=upstream_compatible,
            retriever=retriever,
            texts=texts,
        )
    if kind == "person":
        from workup.evaluation.judges.rounds import PersonRounds

        return PersonRounds(Path(rest))
    if kind == "recording":
        from workup.evaluation.judges.recording import RecordedJudge

        return RecordedJudge(Path(rest))
    raise UserError(f"no kind of judge {kind!r}; write NAME, model:MODEL, person:FILE.csv or recording:FILE")
