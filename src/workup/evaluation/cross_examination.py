"""Cross-examination of a document made from another: questions from either side, asked of both, no reference needed.

Paper: MEDIC (Kanithi et al. 2024), Cross-Examination Framework. Questions are closed and come with the answer that
their own text gives; the other text answers YES, NO or IDK (it does not say)::

    original D   10 questions, asked of G   coverage    1 - share of IDK
                                            conformity  1 - share of the opposite answer
    made G       5 questions, asked of D    consistency 1 - share of any other answer; IDK is invention
                                            conciseness 100 (words(D) - words(G)) / words(D), negative when longer
                                            overall     mean of coverage, conformity and consistency

Coverage and conformity share one denominator, so that an empty summary conforms. Keep the questions of a document fixed
when comparing makers, or their chance is most of the difference; an examiner that made the document favours itself.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from workup.case import Case
from workup.evaluation import parse
from workup.evaluation.attempt import Attempt
from workup.evaluation.score import Score
from workup.evaluation.scorers import why_none
from workup.knowledge import Knowledge
from workup.models.model import GREEDY, Message, Model, Sampling
from workup.reasoners import asking
from workup.reasoners.phenotype.ages import years
from workup.text.extract import Extraction, extract
from workup.text.findings import says

Reply = Literal["YES", "NO", "IDK"]
FROM_ORIGINAL, FROM_MADE = 10, 5


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One closed question.

    Attributes:
        question: The question.
        gold: What the text it came from answers; None when that could not be read.
        predicted: What the other text answers; None when that could not be read.
    """

    question: str
    gold: Reply | None
    predicted: Reply | None


class CrossScores(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Scores of one pair of documents.

    Attributes:
        coverage: 0-1.
        conformity: 0-1.
        consistency: 0-1.
        conciseness: Percent, negative when the made document is longer.
        overall: Mean of the first three.
        original: Questions from the original that count: their own text answers YES or NO.
        made: Questions from the made document that count.
        unread: Answers that could not be read; they count as IDK.
    """

    coverage: float
    conformity: float
    consistency: float
    conciseness: float
    overall: float
    original: int
    made: int
    unread: int


def cross_scores(original: Sequence[Asked], made: Sequence[Asked], original_text: str, made_text: str) -> CrossScores:
    """Scores from answers, recorded or fresh; an empty set of questions gives 0.

    >>> replies = (("YES", "YES"), ("YES", "NO"), ("NO", "IDK"), ("IDK", "NO"))
    >>> asked = [Asked("?", gold, predicted) for gold, predicted in replies]
    >>> scores = cross_scores(asked, [Asked("a?", "YES", "IDK")], "one two three four", "one two three")
    >>> [round(one, 3) for one in (scores.coverage, scores.conformity, scores.consistency, scores.conciseness)]
    [0.667, 0.667, 0.0, 25.0]
    """
    kept = [one for one in original if one.gold in ("YES", "NO")]
    own = [one for one in made if one.gold in ("YES", "NO")]
    said = [one.predicted or "IDK" for one in kept]
    coverage = _share(sum(one != "IDK" for one in said), len(kept))
    opposite = sum(one not in ("IDK", asked.gold) for one, asked in zip(said, kept, strict=True))
    conformity = _share(len(kept) - opposite, len(kept))
    consistency = _share(sum(one.predicted == one.gold for one in own), len(own))
    return CrossScores(
        coverage=coverage,
        conformity=conformity,
        consistency=consistency,
        conciseness=conciseness(original_text, made_text),
        overall=(coverage + conformity + consistency) / 3,
        original=len(kept),
        made=len(own),
        unread=sum(one.predicted is None for one in (*kept, *own)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def conciseness(original: str, made: str) -> float:
    """By how many percent of its words the made document is shorter; 0 without an original.

    67 words against 46 are the example that MEDIC's code shows.

    >>> round(conciseness("word " * 67, "word " * 46), 4)
    31.3433
    """
    before = len(treebank_words(original))
    return 100 * (before - len(treebank_words(made))) / before if before else 0.0


_CONTRACTED = re.compile(r"(?i)(?<=\w)(n't|'(?:s|m|d|re|ve|ll))\b")
_TOKEN = re.compile(
    r"n't\b|'(?:s|m|d|re|ve|ll)\b|\.\.\.|--"
    r"|\d+(?:[.,:/]\d+)*(?:[A-Za-z]\w*)?|[A-Za-z](?:\.[A-Za-z])+\.?|\w+(?:[-/.]\w+)*|\S",
    re.IGNORECASE,
)


def treebank_words(text: str) -> list[str]:
    """Words and marks as the Penn Treebank counts them: marks apart, contractions in two, hyphens and numbers whole.

    >>> treebank_words("She doesn't smoke (120/70 mm Hg), well-known.")
    ['She', 'does', "n't", 'smoke', '(', '120/70', 'mm', 'Hg', ')', ',', 'well-known', '.']
    """
    return _TOKEN.findall(_CONTRACTED.sub(r" \1", text))


class Examiner(Protocol):
    """Makes closed questions of a text, and answers questions by a text alone."""

    def questions(self, text: str, n: int) -> list[str]:
        """At most ``n`` questions that the text answers."""
        ...

    def answer(self, text: str, question: str) -> Reply | None:
        """What the text answers; None when the examiner's words could not be read."""
        ...


def examine(original: str, made: str, examiner: Examiner, *, n: int = FROM_ORIGINAL, m: int = FROM_MADE) -> CrossScores:
    """Cross-examine a document made from another.

    Args:
        original: The document D.
        made: The document G made from it.
        examiner: Who asks and answers.
        n: Questions from D.
        m: Questions from G.
    """

    def asked(own: str, other: str, count: int) -> list[Asked]:
        return [
            Asked(question, examiner.answer(own, question), examiner.answer(other, question))
            for question in examiner.questions(own, count)
        ]

    return cross_scores(asked(original, made, n), asked(made, original, m), original, made)


_HAS = re.compile(r"^Does the patient have (?P<label>.+) \((?P<id>HP:\d{7})\)\?$")
_AGE = re.compile(r"^Is the patient (?P<age>P\w+) old\?$")
_SEX = re.compile(r"^Is the patient (?P<sex>female|male)\?$")


class FactExaminer:
    """Examines without a model: the facts are findings with their denials, age and sex, as the reader reads them.

    A finding is answered by the same one or one below it (YES), by a denial of it or of one above it (NO), else IDK.
    Questions are asked in an order that depends on the text alone, so that the first ``n`` are a fair sample and the
    same for every document made from it.
    """

    def __init__(self, knowledge: Knowledge, read: Callable[[str], Extraction] | None = None) -> None:
        self._ontology = knowledge.ontology
        self._read = read or (lambda text: extract(text, knowledge))
        self._kept: dict[str, Extraction] = {}

    def _facts(self, text: str) -> Extraction:
        if text not in self._kept:
            self._kept[text] = self._read(text)
        return self._kept[text]

    def questions(self, text: str, n: int) -> list[str]:
        """Questions about the facts of the text, answers YES and NO alike."""
        facts = self._facts(text)
        told = {one.id: one.label for one in facts.mentions if says(one) != "unknown"}
        found = [f"Does the patient have {label} ({id})?" for id, label in told.items()]
        found += [f"Is the patient {facts.age} old?"] if facts.age else []
        found += [f"Is the patient {facts.sex}?"] if facts.sex in ("female", "male") else []
        random.Random(text).shuffle(found)
        return found[:n]

    def answer(self, text: str, question: str) -> Reply | None:
        """By the facts of the text."""
        facts = self._facts(text)
        if has := _HAS.match(question):
            return self._has(facts, has["id"])
        if age := _AGE.match(question):
            asked, known = years(age["age"]), years(facts.age or "")
            return "IDK" if asked is None or known is None else "YES" if abs(asked - known) < 0.1 else "NO"
        if sex := _SEX.match(question):
            return "IDK" if facts.sex not in ("female", "male") else "YES" if facts.sex == sex["sex"] else "NO"
        return None

    def _has(self, facts: Extraction, id: str) -> Reply:
        term = self._ontology.index(id)
        if term is None:
            return "IDK"
        above = set(self._ontology.ancestors(term).tolist())
        present = absent = False
        for one in facts.mentions:
            other = self._ontology.index(one.id)
            if other is None:
                continue
            present |= says(one) == "present" and term in self._ontology.ancestors(other)
            absent |= one.status == "excluded" and other in above
        # What is there outweighs a denial elsewhere, as in the reader.
        return "YES" if present else "NO" if absent else "IDK"


ASK = """\
Write {n} closed questions about the report above that can be answered with YES or NO from the report alone. Ask about \
different facts; about half of the answers should be NO. Reply with a JSON list of objects with the keys "question" \
and "answer", and nothing else."""
ANSWER = """\
Answer the question from the report above alone. Reply with one word: YES, NO, or IDK when the report does not say."""
_REPLY = re.compile(r"\b(YES|NO|IDK)\b", re.IGNORECASE)


class ModelExaminer:
    """Examines with a language model. Documents go in between marks, as data."""

    prompts = asking.prompts(ask=ASK, answer=ANSWER)

    def __init__(self, model: Model, sampling: Sampling = GREEDY) -> None:
        self._model = model
        self._sampling = sampling
        self._asked: dict[tuple[str, int], list[str]] = {}

    def questions(self, text: str, n: int) -> list[str]:
        """The model's questions, the same whenever the text is asked about again; none when they cannot be read."""
        if (text, n) not in self._asked:
            said = self._say(text, "", ASK.replace("{n}", str(n)))
            value = parse.json_value(said).value
            rows = value if isinstance(value, list) else []
            found = [row.get("question") for row in rows if isinstance(row, dict)]
            self._asked[text, n] = [one.strip() for one in found if isinstance(one, str) and one.strip()][:n]
        return self._asked[text, n]

    def answer(self, text: str, question: str) -> Reply | None:
        """The model's answer; None unless it says exactly one of the three words."""
        words = {word.upper() for word in _REPLY.findall(self._say(text, question, ANSWER))}
        return next((one for one in ("YES", "NO", "IDK") if words == {one}), None)

    def _say(self, text: str, question: str, instruction: str) -> str:
        parts = [
            asking.marked("report", text),
            *([asking.marked("question", question)] if question else []),
            instruction,
        ]
        messages = (
            Message(role="system", content=asking.SYSTEM),
            Message(role="user", content="\n\n".join(parts)),
        )
        return self._model.generate(messages, sampling=self._sampling).text


class CrossExamination:
    """Scores a note or summary against the document it was made from, by the facts of both."""

    name = "cross-examination"

    def __init__(self, examiner: Callable[[], Examiner] | None = None) -> None:
        self._make = examiner or (lambda: FactExaminer(Knowledge.load()))
        self._examiner: Examiner | None = None

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Overall score, with its parts; no document is worth 0."""
        made = attempt.reasoning.answer.text if attempt.reasoning and attempt.reasoning.answer else ""
        if not made.strip() or not case.text:
            return Score(total=0.0, notes=(why_none(attempt) or "unparsed",))
        if self._examiner is None:
            self._examiner = self._make()
        found = examine(case.text, made, self._examiner)
        parts = {name: getattr(found, name) for name in ("coverage", "conformity", "consistency", "conciseness")}
        return Score(total=found.overall, parts={**parts, "questions": float(found.original + found.made)})
