"""The phenotype engine: coded findings to a ranked rare-disease differential, without a language model.

Read in this order: ``normalise`` (findings to terms), ``profiles`` (diseases to frequencies), ``mixture`` (the default
score; others beside it), ``engine`` (scores to probabilities), ``matching`` and ``reasoner`` (numbers to words).
"""

from __future__ import annotations

from workup.reasoners.phenotype.reasoner import PhenotypeReasoner

__all__ = ["PhenotypeReasoner"]
