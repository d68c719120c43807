"""What every score of the engine offers: scores of all candidates, and how each finding contributed.

A score is built on :class:`~workup.reasoners.phenotype.profiles.Profiles`; built on profiles made by ``without``
it is the score of a knowledge base that never had those rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import ClassVar

import msgspec
import numpy as np

from workup.errors import UserError
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.profiles import Profiles


class Query(msgspec.Struct, frozen=True):
    """A patient's findings as term indices, normalised and without repeats.

    Attributes:
        present: Terms found.
        excluded: Terms looked for and absent.
    """

    present: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()


class Explanation(msgspec.Struct, frozen=True):
    """How findings add up to the scores of some candidates.

    Attributes:
        present: Contribution of each present finding, ``(len(query.present), k)``.
        excluded: Contribution of each excluded finding, ``(len(query.excluded), k)``.
        joint: What no single finding accounts for, ``(k,)``; 0 for an additive score.
    """

    present: Array
    excluded: Array
    joint: Array

    def total(self) -> Array:
        """Sum of all contributions, ``(k,)``; equals the score to 1e-6."""
        return np.asarray(self.present.sum(axis=0) + self.excluded.sum(axis=0) + self.joint)


class Score:
    """Base of all scores.

    A subclass defines :meth:`score`; it overrides :meth:`explain` when contributions follow from its formula.

    Attributes:
        name: Name for ``--score``.
        unit: What one unit of the score is, in words.
    """

    name: ClassVar[str] = ""
    unit: ClassVar[str] = ""

    def __init__(self, profiles: Profiles) -> None:
        self.profiles = profiles

    def prepare(self, terms: Sequence[int]) -> None:
        """Compute together what is needed of findings that will be scored; a score may have nothing to prepare."""

    def score(self, query: Query) -> Array:
        """Scores of all candidates, ``(C,)``, higher is better."""
        raise NotImplementedError

    def score_batch(self, queries: Sequence[Query]) -> Array:
        """Scores of all candidates for many patients, ``(len(queries), C)``."""
        return np.stack([self.score(query) for query in queries])

    def explain(self, query: Query, candidates: Array) -> Explanation:
        """Contributions of the findings to the scores of some candidates.

        The default is what each finding adds when it comes last (the score minus the score without it); what
        the findings only explain together is left in ``joint``.

        Args:
            query: The patient.
            candidates: Candidate positions, ``(k,)``.
        """
        whole = self.score(query)[candidates]

        def last(without: Callable[[int], Query], count: int) -> Array:
            parts = [whole - self.score(without(i))[candidates] for i in range(count)]
            return np.array(parts).reshape(count, len(candidates))

        present = last(lambda i: Query(query.present[:i] + query.present[i + 1 :], query.excluded), len(query.present))
        excluded = last(
            lambda i: Query(query.present, query.excluded[:i] + query.excluded[i + 1 :]),
            len(query.excluded),
        )
        return Explanation(present, excluded, whole - present.sum(axis=0) - excluded.sum(axis=0))


# Name -> where it is defined; imported when chosen.
SCORES: dict[str, str] = {
    "translation-mixture": "mixture:TranslationMixture",
    "likelihood-ratio": "likelihood_ratio:LikelihoodRatio",
    "phrank": "phrank:Phrank",
    "resnik": "resnik:Resnik",
    "resnik-symmetric": "resnik:ResnikSymmetric",
    "phenodigm": "phenodigm:PhenoDigm",
    "boqa": "boqa:Boqa",
}
DEFAULT_SCORE = "translation-mixture"


def score_class(name: str) -> type[Score]:
    """The score of a name.

    Raises:
        UserError: There is none of that name; lists them.
    """
    if name not in SCORES:
        raise UserError(f"no score named {name!r}; there are {', '.join(SCORES)}")
    module, _, attribute = SCORES[name].partition(":")
    chosen: type[Score] = getattr(import_module(f"workup.reasoners.phenotype.{module}"), attribute)
    return chosen
