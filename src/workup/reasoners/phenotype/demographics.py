"""What sex, age and age at onset say about a disease.

* Onset: how often the disease begins in the patient's onset class against how often diseases at large do. If only
  the age is known, what has begun by then is compared.
* Sex: a recessive disease of the X chromosome is unusual in a girl.
* A disease without a known gene is seldom what is found in a published patient (``prior``).

Distributions are smoothed over neighbouring classes and towards all diseases: a disease with no stated onset is
neither favoured nor disfavoured.
"""

from __future__ import annotations

import msgspec
import numpy as np
from scipy import sparse

from workup.case import Case
from workup.knowledge import Knowledge
from workup.knowledge.annotations import ASPECTS
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.ages import ONSET_CLASSES, onset_class, onset_class_of_term
from workup.reasoners.phenotype.profiles import Matrix, Profiles

X_LINKED_RECESSIVE = 1419
X_LINKED_DOMINANT = 1423
# Statements count up to this many patients per disease; this many pseudo-patients begin as diseases at large do.
_MOST_PATIENTS = 4.0
_PSEUDO_PATIENTS = 4.0
# Neighbouring classes are told apart poorly: exp(-distance / 0.7).
_BLUR = 0.7
_ALIAS_WEIGHT = 0.5
_FINDING_WEIGHT = 0.3


class Demographics(msgspec.Struct, frozen=True):
    """Onset distributions and X-linked recessive inheritance of the candidates.

    Attributes:
        onset: Share of each onset class, ``(C, 9)``; rows sum to 1.
        typical: The same for diseases at large, ``(9,)``.
        recessive_x: 1 where the disease is X-linked recessive and not also dominant, ``(C,)``.
        without_gene: 1 where no gene is known, ``(C,)``.
    """

    onset: Array
    typical: Array
    recessive_x: Array
    without_gene: Array
    _ratios: dict[tuple[str, int], Array] = {}

    def onset_log_ratio(self, case: Case) -> tuple[Array, str]:
        """Log likelihood ratio of the patient's onset, ``(C,)``, and what it was taken from, in words.

        The earliest onset of a present finding is the patient's; without any, the age at last encounter bounds it.
        """
        classes = [
            known
            for finding in case.findings
            if finding.status == "present" and (known := onset_class(finding.onset)) is not None
        ]
        if classes:
            first = min(classes)
            return self._ratio("at", first), f"{ONSET_CLASSES[first]} onset"
        age = onset_class(case.age)
        if age is None or age == len(ONSET_CLASSES) - 1:
            return np.zeros(len(self.onset)), ""
        return self._ratio("by", age), f"onset by the {ONSET_CLASSES[age]} class (age at last encounter)"

    def _ratio(self, when: str, last: int) -> Array:
        found = self._ratios.get((when, last))
        if found is None:
            classes = slice(last if when == "at" else 0, last + 1)
            typical = float(self.typical[classes].sum())
            # Where no disease at all is said to begin, the onset tells none from another.
            found = np.log(self.onset[:, classes].sum(axis=1) / typical) if typical else np.zeros(len(self.onset))
            self._ratios[when, last] = found
        return found


class _Statements(msgspec.Struct, frozen=True):
    """What the annotations say of onset and of X-linked inheritance, one entry a row.

    Attributes:
        course: Rows that state a disease's onset, with class and number of patients.
        finding: Rows that state a finding's onset, with class.
        aliases: Averages over the other entries of a disease, sparse ``(D, D)``.
        recessive: Rows that state X-linked recessive inheritance.
        dominant: Rows that state X-linked dominant inheritance.
    """

    course: Array
    course_class: Array
    course_patients: Array
    finding: Array
    finding_class: Array
    aliases: Matrix
    recessive: Array
    dominant: Array


def _statements(profiles: Profiles) -> _Statements:
    """The statements of the whole file, read once for all profiles that derive from one another."""
    while profiles.base is not None:
        profiles = profiles.base
    found: _Statements | None = profiles.derived.get("onset statements")
    if found is None:
        found = profiles.derived["onset statements"] = _read_statements(profiles.knowledge)
    return found


def _read_statements(knowledge: Knowledge) -> _Statements:
    annotations, ontology = knowledge.annotations, knowledge.ontology
    course = np.flatnonzero((annotations.aspect == ASPECTS.index("C")) & (annotations.negated == 0))
    stated = _classes(ontology.number[annotations.term[course]])
    course, stated = course[stated >= 0], stated[stated >= 0]
    # A row without a count is one statement; one with a count weighs as many patients as it saw.
    patients = np.where(annotations.examined[course] > 1, annotations.affected[course], 1.0)
    finding = np.flatnonzero(annotations.onset > 0)
    finding_class = _classes(annotations.onset[finding])
    finding, finding_class = finding[finding_class >= 0], finding_class[finding_class >= 0]
    members = knowledge.diseases.members
    heads = [head for head, others in members.items() for _ in others]
    others = [other for group in members.values() for other in group]
    shares = [1.0 / len(group) for group in members.values() for _ in group]
    size = len(knowledge.diseases)
    inherited = np.flatnonzero(annotations.aspect == ASPECTS.index("I"))
    mode = ontology.number[annotations.term[inherited]]
    return _Statements(
        course=course,
        course_class=stated,
        course_patients=np.maximum(patients, _FINDING_WEIGHT),
        finding=finding,
        finding_class=finding_class,
        aliases=sparse.csr_array((shares, (heads, others)), shape=(size, size)),
        recessive=inherited[mode == X_LINKED_RECESSIVE],
        dominant=inherited[mode == X_LINKED_DOMINANT],
    )


def _classes(numbers: Array) -> Array:
    """Onset class of each HPO number, -1 for none."""
    unique, place = np.unique(numbers, return_inverse=True)
    known = [onset_class_of_term(number) for number in unique.tolist()]
    return np.array([-1 if c is None else c for c in known], dtype=np.int64)[place]


def demographics(profiles: Profiles) -> Demographics:
    """Read onset and inheritance of the candidates from the annotations."""
    knowledge, statements = profiles.knowledge, _statements(profiles)
    stating = (statements.course, statements.finding, statements.recessive, statements.dominant)
    if profiles.base is not None and not any(profiles.dropped_rows[rows].any() for rows in stating):
        # Most publications say nothing of onset or inheritance.
        return _of_base(profiles.base)
    of_row = knowledge.annotations.disease
    diseases, classes = len(knowledge.diseases), len(ONSET_CLASSES)
    kept = ~profiles.dropped_rows

    course, finding = kept[statements.course], profiles.kept_rows[statements.finding]
    rows = np.concatenate([statements.course[course], statements.finding[finding]])
    stated = np.concatenate([statements.course_class[course], statements.finding_class[finding]])
    weights = np.concatenate([statements.course_patients[course], np.full(int(finding.sum()), _FINDING_WEIGHT)])
    flat = np.bincount(of_row[rows].astype(np.int64) * classes + stated, weights, minlength=diseases * classes)
    counts = flat.reshape(diseases, classes).astype(np.float64)
    counts = counts + _ALIAS_WEIGHT * (statements.aliases @ counts)
    counts = counts[profiles.candidates]

    distance = np.abs(np.subtract.outer(np.arange(classes), np.arange(classes)))
    spread = np.exp(-distance / _BLUR)
    spread /= spread.sum(axis=1, keepdims=True)
    typical = (counts.sum(axis=0) / max(counts.sum(), 1.0)) @ spread
    total = counts.sum(axis=1, keepdims=True)
    capped = counts / np.maximum(total, 1e-9) * np.minimum(total, _MOST_PATIENTS)
    blurred = capped @ spread
    onset = (blurred + _PSEUDO_PATIENTS * typical) / (blurred.sum(axis=1, keepdims=True) + _PSEUDO_PATIENTS)

    recessive = np.zeros(diseases, dtype=bool)
    recessive[of_row[statements.recessive[kept[statements.recessive]]]] = True
    recessive[of_row[statements.dominant[kept[statements.dominant]]]] = False
    without_gene = np.diff(knowledge.diseases.genes.offsets) == 0
    return Demographics(
        onset=onset,
        typical=typical,
        recessive_x=recessive[profiles.candidates].astype(np.float64),
        without_gene=without_gene[profiles.candidates].astype(np.float64),
    )


def _of_base(base: Profiles) -> Demographics:
    found: Demographics | None = base.derived.get("demographics")
    if found is None:
        found = base.derived["demographics"] = demographics(base)
    return found
