"""Does a small edit of a note carry its embedding over a border between diagnoses? The Latent Diagnosis Flip Rate.

Method: LAPD and LDFR, system 43; no code was released

::

    notes ─► embed ─► PCA (fitted on the originals) ─► classifier (fitted on originals of other folds) ─► c(z)
    LDFR = share of pairs with c(z of the note) ≠ c(z of its changed copy)

A flip means little where the classifier is wrong on the note itself, so the rate on notes it has right stands beside,
and the rate of random shifts of the same length. Works on any embedding: ``audit_embeddings`` takes arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

import msgspec
import numpy as np

from workup.errors import MissingExtra
from workup.evaluation.labels import wilson
from workup.evaluation.latent_notes import Note, Pair
from workup.evaluation.overlap import rouge
from workup.evaluation.stats import Interval, grouped_means
from workup.knowledge.arrays import Array

Classifier = Literal["nearest-centroid", "logistic", "nearest-neighbours"]
Embed = Callable[[Sequence[str]], Array]

NEIGHBOURS = 5


class Space(msgspec.Struct, frozen=True):
    """Principal components of the originals.

    Attributes:
        centre: Mean of the originals, ``(features,)``.
        axes: Components, ``(dimensions, features)``.
        explained: Share of the variance in them, 0-1.
    """

    centre: Array
    axes: Array
    explained: float

    @staticmethod
    def of(vectors: Array, dimensions: int) -> Space:
        """Fit on vectors, ``(n, features)``; fewer dimensions when there are no more."""
        centre = vectors.mean(axis=0)
        _, sizes, axes = np.linalg.svd(vectors - centre, full_matrices=False)
        total = float((sizes**2).sum())
        kept = sizes[:dimensions]
        return Space(centre, axes[:dimensions], float((kept**2).sum()) / total if total > 0 else 0.0)

    def project(self, vectors: Array) -> Array:
        """Coordinates, ``(n, dimensions)``."""
        projected: Array = (vectors - self.centre) @ self.axes.T
        return projected


class Judged(msgspec.Struct, frozen=True):
    """What became of each pair.

    Attributes:
        originals: Coordinates of the notes, ``(notes, dimensions)``.
        variants: Coordinates of the copies, ``(pairs, dimensions)``.
        before: Class given to each note by a classifier that was not fitted on it.
        after: Class given to each copy, by the classifier of its note.
        right: Whether the note's class is its diagnosis.
        flipped: Whether the copy's class is another than its note's.
        control: Whether a random shift of the same length flips, as a share of some draws.
        displacement: Length of the shift of each pair.
        margin: Signed distance of each note to the border between its diagnosis and the nearest other centroid;
            negative on the wrong side.
        explained: Share of the variance in the dimensions kept.
    """

    originals: Array
    variants: Array
    before: Array
    after: Array
    right: Array
    flipped: Array
    control: Array
    displacement: Array
    margin: Array
    explained: float


def audit_embeddings(
    originals: Array,
    labels: Sequence[str],
    variants: Array,
    owner: Sequence[int] | Array,
    *,
    dimensions: int = 10,
    classifier: Classifier = "nearest-centroid",
    folds: int = 5,
    draws: int = 5,
    seed: int = 0,
) -> Judged:
    """Judge every pair.

    Args:
        originals: Embeddings of the notes, ``(notes, features)``.
        labels: Diagnosis of each note.
        variants: Embeddings of the changed copies, ``(pairs, features)``.
        owner: Place of the note of each copy.
        dimensions: Principal components kept.
        classifier: How the space is divided.
        folds: Folds of the cross-fitting; each holds about the same share of each diagnosis.
        draws: Random shifts for each pair.
        seed: Seed of folds and shifts.

    Raises:
        ValueError: The sizes differ, or a diagnosis has fewer notes than there are folds.
    """
    first, second = np.asarray(originals, dtype=np.float64), np.asarray(variants, dtype=np.float64)
    truth, of = np.asarray(labels), np.asarray(owner, dtype=np.int64)
    if len(first) != len(truth) or len(second) != len(of) or first.shape[1:] != second.shape[1:]:
        raise ValueError(f"{len(truth)} labels of {first.shape}, {len(of)} owners of {second.shape}")
    names, counts = np.unique(truth, return_counts=True)
    if len(names) < 2 or counts.min() < max(folds, 2):
        raise ValueError(f"{folds} folds need at least as many notes of each of two diagnoses or more")
    random = np.random.default_rng(seed)
    space = Space.of(first, dimensions)
    here, there = space.project(first), space.project(second)
    fold = np.zeros(len(truth), dtype=np.int64)
    for name in names:
        places = np.flatnonzero(truth == name)
        fold[places] = random.permutation(len(places)) % folds
    shift = there - here[of]
    length = np.linalg.norm(shift, axis=1)
    before, after = np.empty_like(truth), np.empty(len(of), dtype=truth.dtype)
    control, margin = np.zeros(len(of)), np.zeros(len(truth))
    for number in range(folds):
        learn, judge, pairs = fold != number, fold == number, fold[of] == number
        given = _fitted(here[learn], truth[learn], classifier)
        before[judge] = given(here[judge])
        margin[judge] = _margins(here[judge], truth[judge], here[learn], truth[learn])
        if pairs.any():
            after[pairs] = given(there[pairs])
            start = given(here[of[pairs]])
            for _ in range(draws):
                direction = random.normal(size=(int(pairs.sum()), here.shape[1]))
                direction /= np.linalg.norm(direction, axis=1, keepdims=True)
                control[pairs] += (given(here[of[pairs]] + direction * length[pairs, None]) != start) / draws
    return Judged(
        originals=here,
        variants=there,
        before=before,
        after=after,
        right=before == truth,
        flipped=after != before[of],
        control=control,
        displacement=length,
        margin=margin,
        explained=space.explained,
    )


def _fitted(points: Array, labels: Array, classifier: Classifier) -> Callable[[Array], Array]:
    names = np.unique(labels)
    if classifier == "nearest-centroid":
        centres = np.array([points[labels == name].mean(axis=0) for name in names])
        return lambda asked: names[_distances(asked, centres).argmin(axis=1)]
    if classifier == "nearest-neighbours":
        places = np.searchsorted(names, labels)

        def vote(asked: Array) -> Array:
            nearest = np.argsort(_distances(asked, points), axis=1, kind="stable")[:, :NEIGHBOURS]
            votes = np.array([np.bincount(places[row], minlength=len(names)) for row in nearest])
            given: Array = names[votes.argmax(axis=1)]
            return given

        return vote
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtra("stats", "a logistic border") from error
    model: Any = LogisticRegression(max_iter=2000).fit(points, labels)
    return lambda asked: np.asarray(model.predict(asked))


def _distances(asked: Array, points: Array) -> Array:
    found: Array = np.linalg.norm(asked[:, None, :] - points[None, :, :], axis=2)
    return found


def _margins(asked: Array, truth: Array, points: Array, labels: Array) -> Array:
    names = np.unique(labels)
    centres = np.array([points[labels == name].mean(axis=0) for name in names])
    own = np.searchsorted(names, truth)
    squared = _distances(asked, centres) ** 2
    apart = np.maximum(_distances(centres, centres), 1e-12)
    signed = (squared - squared[np.arange(len(asked)), own][:, None]) / (2 * apart[own])
    signed[np.arange(len(asked)), own] = np.inf
    nearest: Array = signed.min(axis=1)
    return nearest


class Rate(msgspec.Struct, frozen=True):
    """Flips of one group of pairs.

    Attributes:
        group: ``all``, an axis, ``AXIS STRENGTH``, or ``should flip`` / ``should hold``.
        n: Pairs.
        notes: Notes they are of.
        ldfr: Share that flips.
        interval: Its 95 % bootstrap interval over notes; where none or all flip, Wilson's with notes for n.
        conditional: Share among pairs whose note the classifier has right; None without any.
        control: Share of random shifts of the same length that flip.
        displacement: Mean length of the shift.
        over_margin: Median of the shift's length by the note's distance to the border, of notes on the right side.
        token_f1: Mean F1 of shared words.
        rouge_l: Mean ROUGE-L.
        edit_ratio: Mean share of matching characters.
        cosine: Mean cosine of the embeddings.
    """

    group: str
    n: int
    notes: int
    ldfr: float
    interval: Interval
    conditional: float | None
    control: float
    displacement: float
    over_margin: float | None
    token_f1: float
    rouge_l: float
    edit_ratio: float
    cosine: float


class LatentAudit(msgspec.Struct, frozen=True):
    """The audit of one embedding.

    Attributes:
        notes: Notes.
        accuracy: Share of notes whose diagnosis the cross-fitted classifier gives, 0-1.
        explained: Share of the variance in the dimensions kept.
        rates: Flips by group.
        by_dimension: Dimensions -> explained variance and LDFR.
        fragile: Places of pairs that should hold and flip, those most alike on the surface first.
        surface: Token F1, ROUGE-L and share of matching characters of each pair, ``(pairs, 3)``, 0-1.
        judged: What became of each pair.
    """

    notes: int
    accuracy: float
    explained: float
    rates: dict[str, Rate]
    by_dimension: dict[int, tuple[float, float]]
    fragile: tuple[int, ...]
    surface: Array
    judged: Judged


def latent_flips(
    notes: Sequence[Note],
    pairs: Sequence[Pair],
    embed: Embed,
    *,
    dimensions: int = 10,
    classifier: Classifier = "nearest-centroid",
    sweep: Sequence[int] = (2, 5, 10, 20, 50),
    seed: int = 0,
) -> LatentAudit:
    """Embed notes and copies and count the flips.

    Args:
        notes: The notes.
        pairs: Their changed copies.
        embed: Texts -> vectors, ``(texts, features)``.
        dimensions: Principal components kept.
        classifier: How the space is divided.
        sweep: Further numbers of dimensions to report the rate for.
        seed: Seed.
    """
    first = np.asarray(embed([note.text for note in notes]), dtype=np.float64)
    second = np.asarray(embed([pair.text for pair in pairs]), dtype=np.float64)
    labels, owner = [note.diagnosis for note in notes], np.array([pair.note for pair in pairs])

    def at(size: int) -> Judged:
        return audit_embeddings(first, labels, second, owner, dimensions=size, classifier=classifier, seed=seed)

    judged = at(dimensions)
    surface = np.array([_surface(notes[pair.note].text, pair.text) for pair in pairs])
    norms = np.linalg.norm(first[owner], axis=1) * np.linalg.norm(second, axis=1)
    cosine = (first[owner] * second).sum(axis=1) / np.maximum(norms, 1e-12)
    groups: dict[str, list[int]] = {}
    for place, pair in enumerate(pairs):
        own = ["all", pair.axis, f"{pair.axis} {pair.strength}"]
        own += [f"should {pair.expectation}"] if pair.expectation != "open" else []
        for name in own:
            groups.setdefault(name, []).append(place)
    rates = {
        name: _rate(name, np.array(places), judged, owner, surface, cosine, seed) for name, places in groups.items()
    }
    swept = {size: at(size) for size in sweep if size < min(first.shape)}
    wrong = [place for place, pair in enumerate(pairs) if pair.expectation == "hold" and judged.flipped[place]]
    return LatentAudit(
        notes=len(notes),
        accuracy=float(judged.right.mean()),
        explained=judged.explained,
        rates=rates,
        by_dimension={size: (one.explained, float(one.flipped.mean())) for size, one in swept.items()},
        fragile=tuple(sorted(wrong, key=lambda place: -surface[place, 2])),
        surface=surface,
        judged=judged,
    )


def _surface(one: str, other: str) -> tuple[float, float, float]:
    found = rouge(one, other)
    return found["rouge1"].f1, found["rougeL"].f1, SequenceMatcher(None, one, other, autojunk=False).ratio()


def _rate(name: str, places: Array, judged: Judged, owner: Array, surface: Array, cosine: Array, seed: int) -> Rate:
    flipped, of = judged.flipped[places].astype(np.float64), owner[places]
    means = grouped_means(flipped[:, None], [str(one) for one in of], seed=seed)
    right = judged.right[of]
    interval = (float(means.micro_interval[0, 0]), float(means.micro_interval[1, 0]))
    if flipped.min() == flipped.max():
        # Where all pairs do the same, resampling them shows no spread; the notes are what was drawn.
        interval = wilson(means.publications if flipped[0] else 0, means.publications)
    inside = judged.margin[of] > 0
    ratios = judged.displacement[places][inside] / judged.margin[of][inside]
    return Rate(
        group=name,
        n=len(places),
        notes=means.publications,
        ldfr=float(means.micro[0]),
        interval=interval,
        conditional=float(flipped[right].mean()) if right.any() else None,
        control=float(judged.control[places].mean()),
        displacement=float(judged.displacement[places].mean()),
        over_margin=float(np.median(ratios)) if len(ratios) else None,
        token_f1=float(surface[places, 0].mean()),
        rouge_l=float(surface[places, 1].mean()),
        edit_ratio=float(surface[places, 2].mean()),
        cosine=float(cosine[places].mean()),
    )


def cohens_h(one: float, other: float) -> float:
    """Difference of two shares on the scale on which equal steps are equally easy to see (0.2 small, 0.8 large).

    >>> round(cohens_h(0.5, 0.25), 4)
    0.5236
    """
    return float(2 * np.arcsin(np.sqrt(one)) - 2 * np.arcsin(np.sqrt(other)))
