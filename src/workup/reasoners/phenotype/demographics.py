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
from workup.reasoners.phenotype.profiles import Profiles

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
        recessive_x: Whether the disease is X-linked recessive and not also dominant, ``(C,)``.
        has_gene: Whether a gene is known, ``(C,)``.
    """

    onset: Array
    typical: Array
    recessive_x: Array
    has_gene: Array

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
            return np.log(self.onset[:, first] / self.typical[first]), f"{ONSET_CLASSES[first]} onset"
        age = onset_class(case.age)
        if age is None or age == len(ONSET_CLASSES) - 1:
            return np.zeros(len(self.onset)), ""
        reached = self.onset[:, : age + 1].sum(axis=1) / self.typical[: age + 1].sum()
        return np.log(reached), f"onset by the {ONSET_CLASSES[age]} class (age at last encounter)"


def demographics(profiles: Profiles) -> Demographics:
    """Read onset and inheritance of the candidates from the annotations."""
    knowledge = profiles.knowledge
    annotations, ontology = knowledge.annotations, knowledge.ontology
    diseases = len(knowledge.diseases)
    kept = ~profiles.dropped_rows
    classes = len(ONSET_CLASSES)

    lookup = np.array(
        [-1 if (c := onset_class_of_term(int(n))) is None else c for n in ontology.number], dtype=np.int64
    )
    counts = np.zeros((diseases, classes))
    course = np.flatnonzero((annotations.aspect == ASPECTS.index("C")) & (annotations.negated == 0) & kept)
    stated = lookup[annotations.term[course]]
    course, stated = course[stated >= 0], stated[stated >= 0]
    # A row without a count is one statement; one with a count weighs as many patients as it saw.
    patients = np.where(annotations.examined[course] > 1, annotations.affected[course], 1.0)
    np.add.at(counts, (annotations.disease[course], stated), np.maximum(patients, _FINDING_WEIGHT))

    by_number = {int(n): onset_class_of_term(int(n)) for n in np.unique(annotations.onset) if n}
    with_onset = np.flatnonzero((annotations.onset > 0) & profiles.kept_rows)
    finding_class = np.array(
        [-1 if (c := by_number[int(n)]) is None else c for n in annotations.onset[with_onset]], dtype=np.int64
    )
    known = finding_class >= 0
    np.add.at(counts, (annotations.disease[with_onset[known]], finding_class[known]), _FINDING_WEIGHT)

    for head, members in knowledge.diseases.members.items():
        counts[head] += _ALIAS_WEIGHT * counts[members].mean(axis=0)
    counts = counts[profiles.candidates]

    distance = np.abs(np.subtract.outer(np.arange(classes), np.arange(classes)))
    spread = np.exp(-distance / _BLUR)
    spread /= spread.sum(axis=1, keepdims=True)
    typical = (counts.sum(axis=0) / max(counts.sum(), 1.0)) @ spread
    total = counts.sum(axis=1, keepdims=True)
    capped = counts / np.maximum(total, 1e-9) * np.minimum(total, _MOST_PATIENTS)
    blurred = capped @ spread
    onset = (blurred + _PSEUDO_PATIENTS * typical) / (blurred.sum(axis=1, keepdims=True) + _PSEUDO_PATIENTS)

    inherited = (annotations.aspect == ASPECTS.index("I")) & kept
    mode = ontology.number[annotations.term]
    recessive = np.zeros(diseases, dtype=bool)
    recessive[annotations.disease[inherited & (mode == X_LINKED_RECESSIVE)]] = True
    recessive[annotations.disease[inherited & (mode == X_LINKED_DOMINANT)]] = False
    has_gene = np.diff(knowledge.diseases.genes.offsets) > 0
    return Demographics(
        onset=onset,
        typical=typical,
        recessive_x=recessive[profiles.candidates],
        has_gene=has_gene[profiles.candidates],
    )


def gene_matches(knowledge: Knowledge, profiles: Profiles, symbols: tuple[str, ...]) -> tuple[Array, list[str]]:
    """Which candidates have one of the genes, ``(C,)`` bool; and the symbols that no disease has."""
    known = {symbol: knowledge.diseases.gene_index(symbol) for symbol in symbols}
    wanted = [gene for gene in known.values() if gene is not None]
    genes = knowledge.diseases.genes
    size = len(knowledge.diseases)
    matrix = sparse.csr_array(
        (np.ones(len(genes.indices)), genes.indices, genes.offsets),
        shape=(size, len(knowledge.diseases.gene_names)),
    )
    flags = np.zeros(matrix.shape[1])
    flags[wanted] = 1.0
    return (matrix @ flags)[profiles.candidates] > 0, [s for s, g in known.items() if g is None]
