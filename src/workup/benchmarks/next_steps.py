"""Do the next questions, and the two-disease explanations, help? Measured on real patients.

*Questions.* Half of a patient's present findings (and of the excluded ones) are hidden. A question is answered from the
record, by the ontology: *yes* when the finding is a hidden one or broader than one; *no* when it is excluded or a
kind of something excluded. What the record does not say is answered *no* under the rule ``closed`` (as a patient would
be examined and be found not to have it) and *unknown* under the rule ``open``. After some questions the rank of the
true disease is compared with that of other orders of the same questions on the same patients.

*Pairs.* The findings of two patients with different diseases are put together; both diseases should be found, and no
pair should be shown for a single patient.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256
from typing import Literal, get_args

import msgspec
import numpy as np

from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.case import Case, Finding
from workup.evaluation.ranks import expected_rank
from workup.reasoners.phenotype.pairs import Pair, clearly_better, pairs
from workup.reasoners.phenotype.questions import Differential, differential, open_questions, pick, with_answer

Order = Literal["best", "best-any-cost", "random", "frequent"]
Rule = Literal["closed", "open"]
ORDERS: tuple[Order, ...] = get_args(Order)
QUESTIONS = 3
# With fewer, hiding half of them leaves too little.
LEAST_FINDINGS = 4
# Few patients come from a paper of their own; fewer findings are no patient to merge.
LEAST_MERGED = 3
TOP = 10


class Asked(msgspec.Struct, frozen=True):
    """One patient after some questions.

    Attributes:
        publication: What the patient is grouped by.
        before: Rank of the true disease before any question.
        after: Its rank after the last.
        yes: How many questions were answered with yes.
    """

    publication: str
    before: float
    after: float
    yes: int


def eligible(benchmark: RareDisease, entries: Sequence[Entry], *, seed: int) -> list[Entry]:
    """Patients with enough findings to hide half of them, in a random order."""
    chosen = [entry for entry in entries if len(_present(benchmark, entry.case)) >= LEAST_FINDINGS]
    random.Random(seed).shuffle(chosen)
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
    benchmark: RareDisease, entry: Entry, order: Order, *, rule: Rule = "closed", count: int = QUESTIONS, seed: int = 0
) -> Asked:
    """Ask a patient some questions in one order."""
    record = Record(benchmark, entry, seed=seed)
    draw = random.Random(f"{order}:{seed}:{entry.case.id}")
    engine, case, yes = benchmark.engine, record.case, 0
    now = differential(engine, case)
    before = expected_rank(_log(now), entry.targets.exact)
    for _ in range(count):
        term = _next(benchmark, now, order, draw)
        if term is None:
            break
        status = record.answer(term, rule)
        yes += status == "present"
        case = with_answer(case, benchmark.knowledge.ontology.id(term), status)
        now = differential(engine, case)
    return Asked(entry.publication, before, expected_rank(_log(now), entry.targets.exact), yes)


def _log(now: Differential) -> np.ndarray:
    # Ranks compare nine decimals, which would make most small probabilities equal.
    return np.log(np.maximum(now.posterior, 1e-300))


def _next(benchmark: RareDisease, now: Differential, order: Order, draw: random.Random) -> int | None:
    engine = benchmark.engine
    if order in ("best", "best-any-cost"):
        found = pick(engine, now, 1, weigh_cost=order == "best")
        return found[0][0] if found else None
    terms = open_questions(engine, now).terms
    if not len(terms):
        return None
    if order == "random":
        return int(terms[draw.randrange(len(terms))])
    return int(terms[np.argmax(engine.profiles.term_count[terms])])


class Merged(msgspec.Struct, frozen=True):
    """What was found for the findings of two patients together.

    Attributes:
        publication: Both publications.
        single: Whether both diseases are among the first ten of the usual list.
        first_ten: Whether both are among the first ten different diseases of the list of pairs, read in order.
        exact: Whether the two are one of the first ten pairs.
        shown: Whether a pair would be shown.
    """

    publication: str
    single: bool
    first_ten: bool
    exact: bool
    shown: bool


def half(entry: Entry) -> int:
    """Half of the publications that a patient belongs to: 0 to set thresholds on, 1 to report."""
    return int(sha256(entry.publication.encode()).hexdigest()[:8], 16) % 2


def merged_and_single(
    benchmark: RareDisease, entries: Sequence[Entry], which: int, *, count: int = 100
) -> tuple[list[Merged], list[bool]]:
    """Results for merged pairs of patients of one half, and whether a pair is shown for single ones."""
    chosen = [
        entry for entry in entries if half(entry) == which and len(_present(benchmark, entry.case)) >= LEAST_MERGED
    ]
    draw = random.Random(which)
    couples: list[tuple[Entry, Entry]] = []
    while len(couples) < count and len({entry.publication for entry in chosen}) > 1:
        one, other = draw.sample(chosen, 2)
        shared = np.intersect1d(one.targets.exact, other.targets.exact)
        if not len(shared) and one.publication != other.publication:
            couples.append((one, other))
    alone = draw.sample(chosen, min(count, len(chosen)))
    return (
        [_merged(benchmark, one, other) for one, other in couples],
        [_shown(benchmark, _only_present(benchmark, entry.case))[1] for entry in alone],
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


def _shown(benchmark: RareDisease, case: Case) -> tuple[list[Pair], bool]:
    engine = benchmark.engine
    patient = engine.patient(case)
    found = pairs(engine, patient, 20 * TOP)
    best = float(engine.scores(patient).max())
    return found, any(clearly_better(pair, best) for pair in found[:TOP])


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
        shown=shown,
    )
