"""Do the next questions, and the two-disease explanations, help? Measured on real patients.

*Questions.* Half of a patient's present findings (and of the excluded ones) are hidden. A question is answered from the
record, by the ontology: *yes* when the finding is a hidden one or broader than one; *no* when it is excluded or a
kind of something excluded. What the record does not say is *unknown* under the rule ``open``, and *no* under the rule
``closed`` (as a patient would be examined and be found not to have it). The true disease's rank is compared with
that of other orders on the same patients: after three questions that the record answers (30 asked at most), after a
fixed number of questions whatever the record says, and, ``matched``, where every order may only ask what the record
answers, so that all of them reveal as much and only *which* findings they reveal can tell.

*Pairs.* The findings of two patients with different diseases are put together; both diseases should be found, and no
pair should be shown for a single patient.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Literal, get_args

import msgspec
import numpy as np

from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.case import Case, Finding
from workup.evaluation.ranks import expected_rank
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.pairs import Pair, clearly_better, pairs
from workup.reasoners.phenotype.questions import Differential, differential, open_questions, with_answer, worth

Order = Literal["best", "best-any-cost", "random", "frequent"]
Rule = Literal["closed", "open"]
ORDERS: tuple[Order, ...] = get_args(Order)
QUESTIONS = 3
MOST_QUESTIONS = 30
# A few large cohorts would else decide everything.
MOST_OF_A_PUBLICATION = 3
# With fewer, hiding half of them leaves too little.
LEAST_FINDINGS = 4
# Few patients come from a paper of their own; fewer findings are no patient to merge.
LEAST_MERGED = 3
TOP = 10


class Standing(msgspec.Struct, frozen=True):
    """Where the true disease stands at one moment of an interview.

    Attributes:
        rank: Its rank.
        log_probability: Natural log of its posttest probability, given that the disease is a known one.
        asked: Questions asked so far.
        answered: Those of them that the record answers.
        yes: Those of them answered with yes.
    """

    rank: float
    log_probability: float
    asked: int = 0
    answered: int = 0
    yes: int = 0


class Asked(msgspec.Struct, frozen=True):
    """One patient after some questions.

    Attributes:
        publication: What the patient is grouped by.
        course: Before any question and after each.
    """

    publication: str
    course: tuple[Standing, ...]

    def after_questions(self, count: int) -> Standing:
        """After so many questions, or the last one if there were no more to ask."""
        return self.course[min(count, len(self.course) - 1)]

    def after_answers(self, count: int) -> Standing:
        """After the question that so many were answered with, or the last one if fewer were."""
        return next((one for one in self.course if one.answered >= count), self.course[-1])


def eligible(
    benchmark: RareDisease,
    entries: Sequence[Entry],
    *,
    seed: int,
    most: int = MOST_OF_A_PUBLICATION,
    least: int = LEAST_FINDINGS,
) -> list[Entry]:
    """Patients with enough findings (to hide half of them), in a random order, few of each publication."""
    shuffled = [entry for entry in entries if len(_present(benchmark, entry.case)) >= least]
    random.Random(seed).shuffle(shuffled)
    taken: Counter[str] = Counter()
    chosen = []
    for entry in shuffled:
        taken[entry.publication] += 1
        if taken[entry.publication] <= most:
            chosen.append(entry)
    return chosen


def _present(benchmark: RareDisease, case: Case) -> tuple[int, ...]:
    return benchmark.engine.patient(case.blinded()).query.present


class Record:
    """What is known of a patient, and what is hidden and can be asked for."""

    def __init__(self, benchmark: RareDisease, entry: Entry, *, seed: int) -> None:
        ontology = benchmark.knowledge.ontology
        findings = benchmark.engine.patient(entry.case.blinded()).normalised.findings
        draw = random.Random(f"{seed}:{entry.case.id}")
        present = [finding for finding in findings if finding.status == "present"]
        excluded = [finding for finding in findings if finding.status == "excluded"]
        draw.shuffle(present)
        draw.shuffle(excluded)
        hidden = present[: len(present) // 2]
        known = (*present[len(hidden) :], *excluded[len(excluded) // 2 :])
        self.case = msgspec.structs.replace(entry.case, findings=known)
        self._yes = {term for finding in hidden for term in ontology.ancestors(_index(benchmark, finding)).tolist()}
        self._no = {_index(benchmark, finding) for finding in excluded}
        self._ontology = ontology

    def answer(self, term: int, rule: Rule) -> str:
        """Status of a finding that is asked for."""
        if term in self._yes:
            return "present"
        if not self._no.isdisjoint(self._ontology.ancestors(term).tolist()):
            return "excluded"
        return "excluded" if rule == "closed" else "unknown"


def _index(benchmark: RareDisease, finding: Finding) -> int:
    found = benchmark.knowledge.ontology.index(finding.id)
    if found is None:
        raise ValueError(f"{finding.id} is no term of the ontology")
    return found


def interview(
    benchmark: RareDisease,
    entry: Entry,
    order: Order,
    *,
    rule: Rule = "open",
    answers: int | None = QUESTIONS,
    most: int = MOST_QUESTIONS,
    matched: bool = False,
    seed: int = 0,
    engine: Engine | None = None,
) -> Asked:
    """Ask a patient questions in one order.

    Args:
        benchmark: The benchmark.
        entry: The patient.
        order: The order of the questions.
        rule: What a question gets that the record does not answer.
        answers: Stop after so many that the record answers; None: go on.
        most: Stop after so many questions.
        matched: Whether only questions that the record answers are asked, whatever the order.
        seed: Of what is hidden, and of a random order.
        engine: The benchmark's engine without some annotations; None: with all of them.
    """
    record = Record(benchmark, entry, seed=seed)
    draw = random.Random(f"{order}:{seed}:{entry.case.id}")
    ontology, case = benchmark.knowledge.ontology, record.case
    engine = engine or benchmark.engine
    now = differential(engine, case)
    course = [_standing(now, entry)]
    waiting: list[int] | None = None
    while len(course) <= most and (answers is None or course[-1].answered < answers):
        if waiting is None:
            waiting = _in_order(engine, now, order, draw)
            if matched:
                waiting = [term for term in waiting if record.answer(term, "open") != "unknown"]
        if not waiting:
            break
        term = waiting.pop(0)
        stated, last = record.answer(term, "open"), course[-1]
        status = record.answer(term, rule)
        case = with_answer(case, ontology.id(term), status)
        if status == "unknown":
            # Nothing is learnt, so that the order of the others stays; its kinds cannot be told either.
            below = set(ontology.descendants[term].tolist())
            waiting = [other for other in waiting if other not in below]
        else:
            now, waiting = differential(engine, case), None
            last = msgspec.structs.replace(_standing(now, entry), answered=last.answered, yes=last.yes)
        course.append(
            msgspec.structs.replace(
                last,
                asked=len(course),
                answered=last.answered + (stated != "unknown"),
                yes=last.yes + (stated == "present"),
            )
        )
    return Asked(entry.publication, tuple(course))


def _standing(now: Differential, entry: Entry) -> Standing:
    # Ranks compare nine decimals, which would make most small probabilities equal.
    logs = np.log(np.maximum(now.posterior, 1e-300))
    true = entry.targets.exact
    known = max(1.0 - now.unknown, 1e-300)
    return Standing(expected_rank(logs, true), float(np.log(max(float(now.posterior[true].sum()) / known, 1e-300))))


def _in_order(engine: Engine, now: Differential, order: Order, draw: random.Random) -> list[int]:
    """All open questions, the first to be asked first."""
    available = open_questions(engine, now)
    if order == "random":
        shuffled: list[int] = available.terms.tolist()
        draw.shuffle(shuffled)
        return shuffled
    if order == "frequent":
        value = engine.profiles.term_count[available.terms]
    else:
        value = worth(engine, now, available, weigh_cost=order == "best")
    ordered: list[int] = available.terms[np.argsort(-value, kind="stable")].tolist()
    return ordered


class Merged(msgspec.Struct, frozen=True):
    """What was found for the findings of two patients together.

    Attributes:
        publication: Both publications.
        single: Whether both diseases are among the first ten of the usual list.
        first_ten: Whether both are among the first ten different diseases of the list of pairs, read in order.
        exact: Whether the two are one of the first ten pairs.
        shown: Whether a pair would be shown.
        named: How many of the two the shown pair has; 0 when none is shown.
    """

    publication: str
    single: bool
    first_ten: bool
    exact: bool
    shown: bool
    named: int


def half(entry: Entry) -> int:
    """Half of the publications that a patient belongs to: 0 to set thresholds on, 1 to report."""
    return int(sha256(entry.publication.encode()).hexdigest()[:8], 16) % 2


def merged_and_single(
    benchmark: RareDisease, entries: Sequence[Entry], which: int, *, seed: int, count: int = 200
) -> tuple[list[Merged], list[tuple[str, bool]]]:
    """Results for merged pairs of patients of one half; publication and whether a pair is shown for single ones."""
    chosen = [
        entry for entry in entries if half(entry) == which and len(_present(benchmark, entry.case)) >= LEAST_MERGED
    ]
    draw = random.Random(f"{seed}:{which}")
    couples: list[tuple[Entry, Entry]] = []
    while len(couples) < count and len({entry.publication for entry in chosen}) > 1:
        one, other = draw.sample(chosen, 2)
        shared = np.intersect1d(one.targets.exact, other.targets.exact)
        if not len(shared) and one.publication != other.publication:
            couples.append((one, other))
    alone = draw.sample(chosen, min(count, len(chosen)))
    return (
        [_merged(benchmark, one, other) for one, other in couples],
        [
            (entry.publication, _shown(benchmark, _only_present(benchmark, entry.case))[1] is not None)
            for entry in alone
        ],
    )


def _only_present(benchmark: RareDisease, *cases: Case) -> Case:
    """One case with the present findings of some, and nothing else."""
    findings = {
        finding.id: Finding(finding.id, finding.label)
        for case in cases
        for finding in benchmark.engine.patient(case.blinded()).normalised.findings
        if finding.status == "present"
    }
    return Case(id="merged", findings=tuple(findings.values()))


def _shown(benchmark: RareDisease, case: Case) -> tuple[list[Pair], Pair | None]:
    engine = benchmark.engine
    patient = engine.patient(case)
    found = pairs(engine, patient, 20 * TOP)
    best = float(engine.scores(patient).max())
    return found, next((pair for pair in found[:TOP] if clearly_better(pair, best)), None)


def _merged(benchmark: RareDisease, one: Entry, other: Entry) -> Merged:
    case = _only_present(benchmark, one.case, other.case)
    scores = benchmark.engine.scores(benchmark.engine.patient(case))
    found, shown = _shown(benchmark, case)
    first, second = set(one.targets.exact.tolist()), set(other.targets.exact.tolist())
    named = list(dict.fromkeys(place for pair in found for place in (pair.first, pair.second)))[:TOP]
    return Merged(
        publication=f"{one.publication} {other.publication}",
        single=max(expected_rank(scores, entry.targets.exact) for entry in (one, other)) <= TOP,
        first_ten=not first.isdisjoint(named) and not second.isdisjoint(named),
        exact=any(
            (pair.first in first and pair.second in second) or (pair.first in second and pair.second in first)
            for pair in found[:TOP]
        ),
        shown=shown is not None,
        named=0 if shown is None else sum(not true.isdisjoint((shown.first, shown.second)) for true in (first, second)),
    )
