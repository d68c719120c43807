"""TF-IDF and logistic regression, fitted on a training file: what counting words gives, with calibrated probabilities.

A fixed set of labels is learned from the words of case and question (one model of all labels). Where the options mean
something else in every question, what is learned is how a right option looks: its words, its length beside the others',
its words in common with the question. Such cues should not give an answer away; where they do, the questions are at
fault. One temperature, fitted on held-out folds of the training file, makes the scores probabilities
(Guo et al. 2017, arXiv 1706.04599).

    options  A. Measles  B. Gout
    answer   A, with probability 0.31
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Protocol

import numpy as np
from msgspec import Meta
from scipy import sparse
from scipy.optimize import minimize_scalar

from workup.case import Case, Form, Question
from workup.errors import MissingExtra
from workup.knowledge.arrays import Array
from workup.reasoners import asking
from workup.reasoners.lexical import TfIdf
from workup.reasoners.method import Method, Task, chosen
from workup.reasoners.training import Training, TrainingOptions, read_training, right_answer, words_of
from workup.reasoning import Reasoning

_FOLDS = 5


class TfidfLogisticOptions(TrainingOptions, frozen=True, kw_only=True):
    """The training file, the inverse strength of the penalty, and what is left out for a case of that very file.

    Attributes:
        c: Inverse strength of the penalty.
        folds: Parts of the file, by hash, publications kept whole; a case of the file is answered by the model of the
            other parts. 0 leaves out the case alone, which takes a model for each case of the file.
    """

    c: Annotated[float, Meta(gt=0)] = 1.0
    folds: Annotated[int, Meta(ge=0)] = 0


class Scores(Protocol):
    """Scores of the answers that a question can have, in the order of its options; on the scale of log odds."""

    def __call__(self, case: Case, question: Question) -> Array:
        """The scores, ``(options,)``."""
        ...


class TfidfLogistic(Method[TfidfLogisticOptions]):
    """Answers with the most probable option."""

    name = "tfidf-logistic"
    needs = ("training",)
    options = TfidfLogisticOptions
    refuses: ClassVar[Mapping[Form, str]] = {
        "choices": "it chooses one option",
        "diagnosis": "without options there is nothing to choose from",
        "number": "it chooses among labels and does not predict numbers",
        "text": "it chooses among labels and does not write",
        "correction": "it chooses among labels and does not correct",
    }

    def work(self, task: Task[TfidfLogisticOptions]) -> Reasoning:
        """Score the options and turn the scores into probabilities."""
        options, question = task.options, task.question
        if not question.options:
            return task.abstains("without options there is nothing to choose from")
        training: Training = self.once(("training", *options.source), lambda: read_training(options, self.name))
        task.versions["training"] = training.sha256
        places = []
        for place in training.usable(task.case, question):
            other = training.cases[place]
            offered = asking.question_of(other) if question.form == "choice" else question
            if right_answer(other) in offered.options:
                places.append(place)
        own, fold = words_of(task.case, question), -1
        if options.folds and own in training.words:
            parts = self.once(("parts", training.sha256, options.folds), lambda: _parts(training, options.folds))
            fold = parts[training.words.index(own)]
            places = [place for place in places if parts[place] != fold]
        fewest = 2 if question.form == "choice" else 1
        if len(places) < fewest:
            return task.abstains(f"{training.name} holds too few other cases of this form")
        cases = [training.cases[place] for place in places]
        if fold >= 0 or len(places) == len(training.cases):
            labels = () if question.form == "choice" else tuple(question.options)
            key = ("model", training.sha256, options.reader, options.c, question.form, labels, fold)
            scores, temperature = self.once(key, lambda: fitted(cases, question, options.c))
        else:
            # Without the case at hand it is another model, which no other case needs.
            scores, temperature = fitted(cases, question, options.c)
        probabilities = softmax(scores(task.case, question) / temperature)
        best = int(probabilities.argmax())
        return task.reasoning(chosen(question, list(question.options)[best], float(probabilities[best])))


def _parts(training: Training, folds: int) -> list[int]:
    """The part that each case belongs to, by the hash of its publication or its words, whatever else the file holds."""
    named = (case.publication or words for case, words in zip(training.cases, training.words, strict=True))
    return [int.from_bytes(hashlib.sha256(of.encode()).digest()[:4], "big") % folds for of in named]


def softmax(scores: Array) -> Array:
    """Scores as probabilities.

    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), dtype=np.float64)


def fitted(cases: Sequence[Case], question: Question, c: float) -> tuple[Scores, float]:
    """A model of the cases, and the temperature of its scores."""
    fit: Callable[[Sequence[Case]], Scores]
    if question.form == "choice":
        fit = lambda some: OptionScores(some, c)  # noqa: E731
    else:
        labels = tuple(question.options)
        fit = lambda some: LabelScores(some, labels, c)  # noqa: E731
    held_out: list[tuple[Array, int]] = []
    for fold in range(min(_FOLDS, len(cases))):
        rest = [case for place, case in enumerate(cases) if place % _FOLDS != fold]
        if not rest:
            continue
        scores = fit(rest)
        for case in cases[fold::_FOLDS]:
            asked = asking.question_of(case)
            keys = list(asked.options)
            if right_answer(case) in keys:
                held_out.append((scores(case.blinded(), asked), keys.index(right_answer(case) or "")))
    return fit(cases), temperature_of(held_out)


def temperature_of(held_out: Sequence[tuple[Array, int]]) -> float:
    """The temperature under which scores of held-out cases are likeliest; 1 without any.

    Args:
        held_out: Scores of the options, and the place of the right one.
    """
    if not held_out:
        return 1.0

    def loss(log_temperature: float) -> float:
        return -float(
            np.mean([np.log(softmax(scores / np.exp(log_temperature))[right] + 1e-12) for scores, right in held_out])
        )

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 5.0), method="bounded").x))


def _regression(c: float) -> Any:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtra("stats", "tfidf-logistic") from error
    return LogisticRegression(C=c, max_iter=1000)


class LabelScores:
    """One model of a fixed set of labels."""

    def __init__(self, cases: Sequence[Case], labels: Sequence[str], c: float) -> None:
        self._labels = labels
        answers = [right_answer(case) or "" for case in cases]
        self._counts = np.array([answers.count(label) for label in labels], dtype=np.float64)
        self._index = TfIdf([words_of(case, asking.question_of(case)) for case in cases])
        learnable = len(set(answers)) > 1 and self._index.vectors.shape[1] > 0
        self._model = _regression(c).fit(self._index.vectors, answers) if learnable else None

    def __call__(self, case: Case, question: Question) -> Array:
        """The logarithm of each label's probability."""
        # A label that was never seen is as likely as half a case makes it.
        scores: Array = np.log((self._counts + 0.5) / (self._counts + 0.5).sum())
        if self._model is not None:
            seen = [self._labels.index(label) for label in self._model.classes_]
            likely = self._model.predict_log_proba(self._index.transform([words_of(case, question)]))[0]
            scores[seen] = likely + np.log(1 - 0.5 * (len(self._labels) - len(seen)) / (self._counts + 0.5).sum())
        return scores


class OptionScores:
    """One model of how a right option looks."""

    def __init__(self, cases: Sequence[Case], c: float) -> None:
        asked = [asking.question_of(case) for case in cases]
        self._index = TfIdf([text for question in asked for text in question.options.values()])
        self._words = TfIdf([words_of(case, question) for case, question in zip(cases, asked, strict=True)])
        features = [self._features(case, question) for case, question in zip(cases, asked, strict=True)]
        right = [
            key == right_answer(case) for case, question in zip(cases, asked, strict=True) for key in question.options
        ]
        self._model = _regression(c).fit(sparse.vstack(features, format="csr"), right)

    def _features(self, case: Case, question: Question) -> sparse.csr_array:
        """Words of each option, words it shares with the question, and its length beside the others'."""
        texts = list(question.options.values())
        asked = self._words.transform([words_of(case, question)])
        shared = np.asarray((self._words.transform(texts) @ asked.T).todense())[:, 0]
        lengths = np.log1p(np.array([len(text) for text in texts], dtype=np.float64))
        dense = np.column_stack([shared, lengths - lengths.mean(), lengths == lengths.max()])
        return sparse.csr_array(sparse.hstack([self._index.transform(texts), sparse.csr_array(dense)]))

    def __call__(self, case: Case, question: Question) -> Array:
        """The log odds of each option."""
        return np.asarray(self._model.decision_function(self._features(case, question)), dtype=np.float64)
