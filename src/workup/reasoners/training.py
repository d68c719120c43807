"""Cases with known answers, from a file that an option names: what examples are taken from and classifiers fitted on.

The case at hand is never among them, also not under another id or with its options in another order, nor is another
patient of its publication. A file that holds the test cases too does no harm to the one that is answered: each is then
answered from the others (leave one out), as the baselines are that run beside a model. It does harm to the rest: split
by file.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import msgspec

from workup import registry
from workup.benchmarks.benchmark import Benchmark
from workup.case import Case, Question
from workup.errors import DataError, UserError
from workup.evaluation.runner import digest
from workup.reasoners import asking
from workup.reasoners.lexical import tokens
from workup.reasoners.options import Options


class TrainingOptions(Options, frozen=True, kw_only=True):
    """Where the cases come from.

    Attributes:
        training: The file, or several.
        reader: Name of the registered benchmark that reads it.
    """

    training: str | list[str]
    reader: str = "medqa"

    @property
    def source(self) -> tuple[object, ...]:
        """Which cases they are, as a key."""
        return (*self.paths, self.reader)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files."""
        return (self.training,) if isinstance(self.training, str) else tuple(self.training)


class Training(msgspec.Struct, frozen=True, dict=True):
    """Cases with known answers.

    Attributes:
        name: Name of the file, or of the first of several, without its folder.
        sha256: Its digest; of several, that of all of them.
        cases: The cases, in the order of the file.
        words: The words of each, as :func:`words_of` gives them.
    """

    name: str
    sha256: str
    cases: tuple[Case, ...]
    words: tuple[str, ...]

    @cached_property
    def vocabularies(self) -> tuple[frozenset[str], ...]:
        """The different words of each case."""
        return tuple(frozenset(words.split()) for words in self.words)

    def usable(self, case: Case, question: Question, least_unlike: float = 0.0) -> list[int]:
        """Places of the cases that ask for the same form of answer and are neither the case itself nor of its source.

        Args:
            case: The case at hand, blinded.
            question: What is asked about it.
            least_unlike: Leave out cases too of whose words and the case's a smaller share than this is in one of them
                alone: copies of the case with a few words changed.
        """
        own = words_of(case, question)
        same = [place for place, words in enumerate(self.words) if words == own]
        sources = {self.cases[place].publication for place in same} - {None}
        words = frozenset(own.split())
        return [
            place
            for place, other in enumerate(self.cases)
            if asking.question_of(other).form == question.form
            and self.words[place] != own
            and other.publication not in sources
            and (not least_unlike or _unlike(words, self.vocabularies[place]) >= least_unlike)
        ]


def _unlike(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first ^ second) / max(len(first | second), 1)


def words_of(case: Case, question: Question) -> str:
    """What the case and the question say, without the options, as words parted by spaces."""
    return " ".join(tokens(f"{asking.described(case)} {question.text}"))


def right_answer(case: Case) -> str | None:
    """The right answer of a case; None when it is not known."""
    reference = case.reference
    if reference is None:
        return None
    if reference.answer is not None:
        return reference.answer
    return next(iter((*reference.accepted, *reference.labels, *reference.diagnoses)), None)


def right_text(case: Case) -> str:
    """The right answer in words: the text of the option, not its letter."""
    answer = right_answer(case) or ""
    return asking.question_of(case).options.get(answer, answer)


def read_training(options: TrainingOptions, name: str) -> Training:
    """Read the training cases.

    Args:
        options: Which file, and who reads it.
        name: The method that needs it.

    Raises:
        UserError: There is no such file or reader, or no case in it has a known answer.
    """
    paths = [Path(path) for path in options.paths]
    made = registry.load("benchmarks", options.reader)
    benchmark: Benchmark = made() if isinstance(made, type) else made
    try:
        read = [case for case in benchmark.read(paths) if isinstance(case, Case)]
        digests = [digest(path) for path in paths]
    except (DataError, OSError) as error:
        raise UserError(f"{name} cannot use its training file: {error}") from error
    cases = tuple(case for case in read if right_answer(case) is not None)
    title = paths[0].name
    if not cases:
        raise UserError(
            f"{name} cannot use its training file: no record of {title} is a case with an answer as "
            f"{options.reader} files have them; name the benchmark that reads it with the option reader"
        )
    sha256 = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return Training(title, sha256, cases, tuple(words_of(case, asking.question_of(case)) for case in cases))
