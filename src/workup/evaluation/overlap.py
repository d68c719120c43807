"""How much two texts share: ROUGE, BLEU, chrF, and the likeness of their embeddings.

ROUGE is defined as in the package ``rouge-score`` (Lin 2004, as used by MedRECT), not as in ``rouge`` (the package of
MEDIQA-CORR's own script), whose sentence-wise ROUGE-L gives other figures: lower case, anything but ``a-z0-9`` divides
tokens, no stemming, ROUGE-L over the whole text as one sequence. Texts without Latin letters need
``tokens="characters"``, or nothing is left of them. BLEU and chrF are sacrebleu's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec
import numpy as np

from workup.errors import MissingExtra
from workup.evaluation.labels import f_score, ratio
from workup.knowledge.arrays import Array

Tokens = Literal["rouge-score", "characters"]
ROUGE_DEFINITION = "rouge-score 0.1.2, without stemming"
_NO_TOKEN = re.compile(r"[^a-z0-9]+")
NEURAL = ("BERTScore", "BLEURT-20")


class Overlap(msgspec.Struct, frozen=True):
    """Precision, recall and their harmonic mean, each 0-1."""

    precision: float
    recall: float
    f1: float


def _tokens(text: str, kind: Tokens) -> list[str]:
    if kind == "characters":
        return [character for character in text.casefold() if not character.isspace()]
    return _NO_TOKEN.sub(" ", text.lower()).split()


def rouge(reference: str, given: str, *, tokens: Tokens = "rouge-score") -> dict[str, Overlap]:
    """ROUGE-1, ROUGE-2 and ROUGE-L of a text.

    Args:
        reference: The text to be matched.
        given: The text to be scored.
        tokens: How texts are divided: as ``rouge-score`` does, or into characters (Japanese, Chinese).

    >>> found = rouge("the cat sat on the mat", "the cat sat")
    >>> found["rouge1"].precision, found["rouge1"].recall, round(found["rougeL"].f1, 4)
    (1.0, 0.5, 0.6667)
    """
    wanted, had = _tokens(reference, tokens), _tokens(given, tokens)
    found = {f"rouge{size}": _shared(_grams(wanted, size), _grams(had, size)) for size in (1, 2)}
    longest = _longest_common(wanted, had)
    return {**found, "rougeL": _overlap(longest, len(had), len(wanted))}


def _grams(tokens: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1))


def _shared(wanted: Counter[tuple[str, ...]], had: Counter[tuple[str, ...]]) -> Overlap:
    return _overlap((wanted & had).total(), had.total(), wanted.total())


def _overlap(shared: int, had: int, wanted: int) -> Overlap:
    precision, recall = ratio(shared, had), ratio(shared, wanted)
    return Overlap(precision, recall, f_score(precision, recall))


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for left in one:
        before = 0
        for place, right in enumerate(other, 1):
            above = row[place]
            row[place] = before + 1 if left == right else max(above, row[place - 1])
            before = above
    return row[-1]


def bleu(references: Sequence[str], given: Sequence[str]) -> float:
    """Corpus BLEU of sacrebleu with its defaults (13a tokens, exponential smoothing), 0-100.

    Raises:
        MissingExtra: The extra ``overlap`` is not installed.
        ValueError: The lengths differ.
    """
    return float(_sacrebleu().corpus_bleu(*_paired(references, given)).score)


def chrf(references: Sequence[str], given: Sequence[str]) -> float:
    """Corpus chrF of sacrebleu with its defaults (chrF2, six characters, no words), 0-100.

    Raises:
        MissingExtra: The extra ``overlap`` is not installed.
        ValueError: The lengths differ.
    """
    return float(_sacrebleu().corpus_chrf(*_paired(references, given)).score)


def _paired(references: Sequence[str], given: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    if len(references) != len(given):
        raise ValueError(f"{len(references)} references for {len(given)} texts")
    return list(given), [list(references)]


def _sacrebleu() -> _Sacrebleu:
    try:
        import sacrebleu
    except ImportError as error:
        raise MissingExtra("overlap", "BLEU and chrF") from error
    module: _Sacrebleu = sacrebleu
    return module


class _Score(Protocol):
    score: float


class _Sacrebleu(Protocol):
    def corpus_bleu(self, hypotheses: list[str], references: list[list[str]]) -> _Score: ...

    def corpus_chrf(self, hypotheses: list[str], references: list[list[str]]) -> _Score: ...


class Encoder(Protocol):
    """Turns texts into vectors of length 1."""

    name: str

    def encode(self, texts: Sequence[str]) -> Array:
        """Vectors, ``(texts, dimensions)``."""
        ...


def similarity(references: Sequence[str], given: Sequence[str], encoder: Encoder) -> list[float]:
    """Cosine of the embeddings of each pair of texts, -1 to 1; figures of different encoders are never comparable.

    Raises:
        ValueError: The lengths differ.
    """
    if len(references) != len(given):
        raise ValueError(f"{len(references)} references for {len(given)} texts")
    return [float(one) for one in np.sum(encoder.encode(references) * encoder.encode(given), axis=1)]


class Corrections(msgspec.Struct, frozen=True):
    """Corrections scored by the rule of MEDIQA-CORR, without neural metrics.

    Attributes:
        n: Texts.
        pairs: Texts in which truth and answer both hold a sentence; they get text scores.
        right_none: Texts without an error of which that was said; they count 1.
        composite: For each text score, (sum over the pairs + ``right_none``) / ``n``.
        definition: Which ROUGE.
        not_run: Metrics of the official aggregate (mean of ROUGE-1, BERTScore, BLEURT) that were not computed.
    """

    n: int
    pairs: int
    right_none: int
    composite: dict[str, float]
    definition: str
    not_run: tuple[str, ...]


def correction_scores(
    truth: Sequence[str | None],
    given: Sequence[str | None],
    *,
    read: Sequence[bool] = (),
    tokens: Tokens = "rouge-score",
) -> Corrections | None:
    """Score corrected sentences: two sentences by their overlap, two "no error" 1, one of each 0.

    Args:
        truth: The corrected sentence of each text; None when it has no error.
        given: What was answered; None for "no error".
        read: Whether each answer could be read; one that could not counts 0.
        tokens: How texts are divided.

    Returns:
        None when there are no texts.

    >>> scores = correction_scores(["give aspirin", None, None], ["give aspirin", None, "stop it"])
    >>> scores.composite["rouge1"], scores.pairs, scores.right_none
    (0.6666666666666666, 1, 1)
    """
    if len(truth) != len(given) or (read and len(read) != len(given)):
        raise ValueError(f"{len(truth)} texts, {len(given)} answers, {len(read)} readings")
    if not truth:
        return None
    known = list(read) or [True] * len(given)
    rows = list(zip(truth, given, known, strict=True))
    pairs = [rouge(wanted, had, tokens=tokens) for wanted, had, ok in rows if ok and wanted and had]
    right = sum(ok and wanted is None and had is None for wanted, had, ok in rows)
    composite = {
        name: (sum(pair[name].f1 for pair in pairs) + right) / len(rows) for name in ("rouge1", "rouge2", "rougeL")
    }
    return Corrections(
        n=len(rows),
        pairs=len(pairs),
        right_none=right,
        composite=composite,
        definition=ROUGE_DEFINITION if tokens == "rouge-score" else f"{ROUGE_DEFINITION}, characters as tokens",
        not_run=NEURAL,
    )
