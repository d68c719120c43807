"""How the weights of the translation mixture were fitted, and what they are worth on cases they were not fitted on.

The mixture is a convex combination of densities over terms, so its weights can be fitted by maximum likelihood: the
probability of the true disease among all candidates, given the findings. Four things keep this honest:

* only weights shared by all diseases are fitted, 16 of them, with a pull towards round starting values;
* a publication with n cases counts n^0.25, so that no cohort dominates;
* figures are cross-fitted: the cases are split into five folds that share no publication and no gold disease, and each
  fold is ranked with weights fitted on the other four;
* temperature and dependence are chosen the same way, by expected calibration error.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
from scipy import optimize, sparse

from workup.case import Case
from workup.evaluation.ranks import expected_rank
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.mixture import COMPANY, NOISE, SOURCES, TranslationMixture
from workup.reasoners.phenotype.neighbours import normalise_rows
from workup.reasoners.phenotype.parameters import MOST_COUNTED_FINDINGS, TYPICAL_FINDINGS

FOLDS = 5
# Candidates in the softmax of the likelihood: the likeliest, and random ones that stand for the rest.
_LEADING, _RANDOM = 200, 100
_PULL = 0.5
_ITERATIONS = 50
_TEMPERATURES = (0.38, 0.40, 0.42, 0.44, 0.46, 0.48)
_DEPENDENCES = (0.20, 0.25, 0.30, 0.35, 0.40)
START = {
    "own": (0.25, 0.20),
    "alias": (0.10, 0.10),
    "gene": (0.02, 0.08),
    "gene-other": (0.02, 0.03),
    "series": (0.02, 0.02),
    "series-other": (0.02, 0.02),
    "name": (0.01, 0.02),
}
START_COMPANY, START_NOISE = 0.12, 0.03


class Fit(msgspec.Struct, frozen=True):
    """Fitted weights.

    Attributes:
        weights: Of each component: exact and blur of each source, company, noise; they sum to 1.
        temperature: Of the softmax.
        extras: Factor on the engine's other terms (gene known, onset, sex), in units of the score.
    """

    weights: Array
    temperature: float
    extras: float

    def table(self) -> dict[str, float]:
        """Weights by name."""
        return dict(zip(component_names(), (float(w) for w in self.weights), strict=True))


class CrossFit(msgspec.Struct, frozen=True):
    """Results on held-out folds, in the order of the cases.

    Attributes:
        ranks: Expected rank of the true disease, ``(n,)``.
        stated: Probability of the first answer, given that the disease is known, ``(n,)``.
        fits: The fit that ranked each fold.
    """

    ranks: Array
    stated: Array
    fits: tuple[Fit, ...]


class _Example(msgspec.Struct, frozen=True):
    """One case: densities ``(findings, candidates, components)``; the true disease comes first."""

    densities: Array
    extras: Array
    correction: Array


def component_names() -> list[str]:
    """Names of the components, in the order of the weights."""
    names = [f"{source.name} {part}" for source in SOURCES for part in ("exact", "blur")]
    return [*names, "company", "noise"]


def shipped() -> Fit:
    """The weights in use."""
    weights = [value for source in SOURCES for value in (source.exact, source.blur)]
    return Fit(weights=np.array([*weights, COMPANY, NOISE]), temperature=1.0, extras=1.0)


def folds(cases: Sequence[Case], count: int = FOLDS) -> Array:
    """Fold of each case, ``(n,)``; cases that share a publication or a gold disease are in the same one."""
    head: dict[str, str] = {}

    def find(item: str) -> str:
        while head.setdefault(item, item) != item:
            item = head[item]
        return item

    keys = []
    for case in cases:
        gold = sorted(case.reference.diagnoses) if case.reference else []
        linked = [case.publication or case.id, *gold]
        for other in linked[1:]:
            head[find(linked[0])] = find(other)
        keys.append(linked[0])
    return np.array([int(hashlib.sha256(find(key).encode()).hexdigest()[:8], 16) % count for key in keys])


class MixtureFitter:
    """Fits and cross-fits on a set of cases.

    Args:
        engine: Engine with the default score and universe over the whole knowledge base.
        cases: Cases whose gold disease is a candidate.
        components: Those of an earlier fitter on the same cases, to save their computation.
    """

    def __init__(self, engine: Engine, cases: Sequence[Case], components: list[Array] | None = None) -> None:
        mixture = engine.score
        if not isinstance(mixture, TranslationMixture) or engine.profiles.universe != "all":
            raise TypeError("only the translation mixture over all diseases can be fitted")
        self.cases = list(cases)
        self._candidates = len(engine.profiles.candidates)
        patients = [engine.patient(case.blinded()) for case in self.cases]
        self.terms = sorted({term for patient in patients for term in patient.query.present})
        column = {term: i for i, term in enumerate(self.terms)}
        self.queries = [[column[term] for term in patient.query.present] for patient in patients]
        # What else the engine adds, per unit of its scale, and the true disease's position.
        self.extras = [
            sum((e.weights() for e in engine.extras(p)), np.zeros(self._candidates)) / engine.scale(p) for p in patients
        ]
        self.gold = [self._position(engine, case) for case in self.cases]
        self.components = components or component_densities(mixture, self.terms)
        sizes = Counter(case.publication for case in self.cases)
        self.importance = np.array([sizes[case.publication] ** -0.75 for case in self.cases])

    @staticmethod
    def _position(engine: Engine, case: Case) -> int:
        for disease in case.reference.diagnoses if case.reference else ():
            index = engine.knowledge.diseases.index(disease)
            if index is not None and engine.profiles.position[index] >= 0:
                return int(engine.profiles.position[index])
        raise ValueError(f"case {case.id} has no gold disease among the candidates")

    def log_ratios(self, fit: Fit) -> Array:
        """Log likelihood ratio of every term for every candidate, ``(C, terms)``."""
        total = np.full((self._candidates, len(self.terms)), fit.weights[-1], dtype=np.float32)
        for weight, component in zip(fit.weights[:-1], self.components, strict=True):
            total += np.float32(weight) * component
        return np.log(total)

    def ranks(self, fit: Fit) -> Array:
        """Expected rank of the true disease of every case, ``(n,)``."""
        ratios = self.log_ratios(fit)
        return np.array(
            [expected_rank(self._scores(ratios, fit, i), np.array([gold])) for i, gold in enumerate(self.gold)]
        )

    def examples(self) -> list[_Example]:
        """Training examples: leading and random candidates of each case."""
        ratios = self.log_ratios(shipped())
        random = np.random.default_rng(0)
        found = []
        for query, extras, gold in zip(self.queries, self.extras, self.gold, strict=True):
            scores = ratios[:, query].sum(axis=1) + extras
            leading = np.argpartition(-scores, _LEADING)[:_LEADING]
            others = random.choice(self._candidates, _RANDOM, replace=False)
            chosen = np.concatenate([[gold], np.setdiff1d(np.union1d(leading, others), [gold])])
            densities = np.ones((len(query), len(chosen), len(self.components) + 1), dtype=np.float32)
            for k, component in enumerate(self.components):
                densities[:, :, k] = component[chosen][:, query].T
            stands_for = np.log((self._candidates - _LEADING) / _RANDOM)
            correction = np.where(np.isin(chosen, leading), 0.0, stands_for)
            correction[0] = 0.0
            found.append(_Example(densities, extras[chosen], correction))
        return found

    def fit(self, examples: Sequence[_Example], chosen: Array) -> Fit:
        """Fit on the chosen cases (indices)."""
        start = np.log(np.array([v for name in START for v in START[name]] + [START_COMPANY, START_NOISE]))
        origin = np.concatenate([start, [np.log(0.4), 0.4]])

        def loss(theta: Array) -> tuple[float, Array]:
            return self._loss(theta, examples, chosen, origin)

        result = optimize.minimize(loss, origin, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
        weights, temperature, extras = _unpack(result.x)
        return Fit(weights=weights, temperature=temperature, extras=extras / temperature)

    def _loss(self, theta: Array, examples: Sequence[_Example], chosen: Array, origin: Array) -> tuple[float, Array]:
        weights, temperature, factor = _unpack(theta)
        total, by_temperature, by_factor = 0.0, 0.0, 0.0
        by_weight = np.zeros(len(weights))
        for i in chosen.tolist():
            example = examples[i]
            if not len(example.densities):
                continue
            mixed = example.densities @ weights
            score = np.log(mixed).sum(axis=0)
            logit = temperature * score + factor * example.extras + example.correction
            logit -= logit.max()
            probability = np.exp(logit)
            probability /= probability.sum()
            importance = self.importance[i]
            total -= importance * float(np.log(probability[0] + 1e-12))
            error = probability.copy()
            error[0] -= 1.0
            by_temperature += importance * float(error @ score)
            by_factor += importance * float(error @ example.extras)
            slope = (error * temperature)[None, :] / mixed
            by_weight += importance * np.einsum("tc,tck->k", slope, example.densities)
        gradient = np.concatenate(
            [weights * (by_weight - weights @ by_weight), [by_temperature * temperature, by_factor]]
        )
        away = theta[: len(weights)] - origin[: len(weights)]
        gradient[: len(weights)] += 2 * _PULL * away
        return total + _PULL * float(away @ away), gradient

    def cross_fit(self) -> CrossFit:
        """Rank every case with weights fitted on the folds it is not in."""
        examples = self.examples()
        fold = folds(self.cases)
        count = len(self.cases)
        ranks, stated = np.full(count, np.inf), np.zeros(count)
        fits = []
        for held_out in range(FOLDS):
            training = np.flatnonzero(fold != held_out)
            test = np.flatnonzero(fold == held_out)
            fit = self.fit(examples, training)
            fits.append(fit)
            ratios = self.log_ratios(fit)
            scores = {i: self._scores(ratios, fit, i) for i in range(count)}
            temperature, dependence = self._calibrate(scores, training)
            for i in test.tolist():
                ranks[i] = expected_rank(scores[i], np.array([self.gold[i]]))
                stated[i] = _first(scores[i] * _scale(temperature, dependence, len(self.queries[i])))[0]
        return CrossFit(ranks=ranks, stated=stated, fits=tuple(fits))

    def _scores(self, ratios: Array, fit: Fit, i: int) -> Array:
        total: Array = ratios[:, self.queries[i]].sum(axis=1, dtype=np.float64) + fit.extras * self.extras[i]
        return total

    def _calibrate(self, scores: dict[int, Array], training: Array) -> tuple[float, float]:
        from workup.evaluation.calibration import calibration_error, reliability

        def error(pair: tuple[float, float]) -> float:
            stated, right = [], []
            for i in training.tolist():
                probability, best = _first(scores[i] * _scale(*pair, len(self.queries[i])))
                stated.append(probability)
                right.append(best == self.gold[i])
            return calibration_error(reliability(np.array(stated), np.array(right)))

        return min(((t, d) for t in _TEMPERATURES for d in _DEPENDENCES), key=error)


def component_densities(mixture: TranslationMixture, terms: Sequence[int]) -> list[Array]:
    """Density ratios of every component but noise, each ``(C, terms)``, single precision."""
    profiles = mixture.model
    translation = np.stack([mixture.translation(term) for term in terms], axis=1)
    share = mixture.background.share[list(terms)]
    distribution = normalise_rows(profiles.frequency)
    found = []
    for source in SOURCES:
        part = distribution[profiles.candidates]
        if source.name != "own":
            part = sparse.csr_array(mixture.neighbours[source.name][profiles.candidates] @ distribution)
        part.data = part.data**source.power
        part = normalise_rows(part)
        exact = part[:, list(terms)].toarray() / np.where(share > 0, share, np.inf)
        found.append(exact.astype(np.float32))
        found.append((part @ translation).astype(np.float32))
    ratios = np.stack([np.exp(mixture.row(term)) for term in terms], axis=1)
    direct = sum(w * c for w, c in zip(shipped().weights[:-2], found, strict=True))
    company = np.maximum(ratios - NOISE - direct, 0.0) / COMPANY
    return [*found, company.astype(np.float32)]


def _unpack(theta: Array) -> tuple[Array, float, float]:
    """Softmax weights, temperature, and factor of the extras."""
    raw = np.exp(theta[:-2] - theta[:-2].max())
    return raw / raw.sum(), float(np.exp(theta[-2])), float(theta[-1])


def _scale(temperature: float, dependence: float, findings: int) -> float:
    counted = min(max(findings, 1), MOST_COUNTED_FINDINGS)
    return float(temperature * (counted / TYPICAL_FINDINGS) ** -dependence)


def _first(scores: Array) -> tuple[float, int]:
    """Probability and position of the likeliest candidate."""
    best = int(np.argmax(scores))
    return float(1.0 / np.exp(scores - scores[best]).sum()), best
