"""What a model or a reasoner reaches has a conventional method's figure on the same cases beside it."""

from __future__ import annotations

import re

from workup.systems.records import Claim, catalogue, claims

# What is measured: how well something answers. What is measured: a model, or one of our reasoners.
_FIGURE = re.compile(r"accurac|right (?:in|for|answer)|is right|answered right|nDCG|Recall@|top-1|first for|F1\b", re.I)
_METHOD = re.compile(
    r"SmolLM2|small (?:language )?model|default score|reasoner that|rule host|encoder|TF-IDF with|doctor without", re.I
)
# The comparison itself, or figures of somebody's released file.
_COMPARISON = re.compile(r"interval of the|beats|lies above 0|published", re.I)
WITHOUT = {
    "42/robustness": "how often an answer that is right stays so in other forms",
}


def about_a_method() -> dict[str, Claim]:
    return {
        f"{system.id}/{claim.id}": claim
        for system in catalogue()
        for claim in claims(system.id)
        if _FIGURE.search(claim.sentence) and _METHOD.search(claim.sentence) and not _COMPARISON.search(claim.sentence)
    }


def test_every_figure_of_a_model_has_a_baseline_or_is_one() -> None:
    found = about_a_method()
    # The words above still find what they are meant for.
    assert {
        "00/temp-macro-top1",
        "49/small-voted",
        "34/soap-tfidf",
        "52/encoder",
        "62/mini-small-model",
    } <= found.keys()
    baselines = {f"{system.id}/{claim.baseline}" for system in catalogue() for claim in claims(system.id)}
    missing = [name for name, claim in found.items() if not claim.baseline and name not in baselines | WITHOUT.keys()]
    assert not missing, f"without a conventional method on the same cases: {', '.join(missing)}"
    assert WITHOUT.keys() <= found.keys()


def test_a_baseline_has_the_unit_and_the_cases_of_the_claim() -> None:
    for system in catalogue():
        records = {claim.id: claim for claim in claims(system.id)}
        for claim in records.values():
            if claim.baseline:
                other = records[claim.baseline]
                assert not isinstance(other.expected, str | bool), f"{system.id}/{claim.id}"
                assert claim.tier == "slow" or other.tier == "ci" or other.expected is not None, (
                    f"{system.id}/{claim.id}"
                )
