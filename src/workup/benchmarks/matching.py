"""When an answer counts as right: the same disease, the same series, or the same gene."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec
import numpy as np

from workup.case import Case
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.knowledge.diseases import series_stem


class Targets(msgspec.Struct, frozen=True):
    """Candidate positions that count as right at each level; each level includes the one before it.

    Attributes:
        diseases: Gold diseases that are ranked, as disease indices.
        in_kb: Whether one of them has a phenotype annotation.
    """

    exact: Array
    series: Array
    gene: Array
    diseases: Array
    in_kb: bool


class Matcher:
    """Finds the right answers of a case among the candidates.

    * *Exact*: any gold id, or the entry under which the knowledge base shows that disease.
    * *Series*: a disease of the same name apart from its number. For a gold disease that the knowledge base
      does not have, its name in the case decides.
    * *Gene*: a disease that shares a gene with the gold disease. For a gold disease without genes in the
      knowledge base, the causal genes of the case decide.
    """

    def __init__(self, knowledge: Knowledge, candidates: Array) -> None:
        self.knowledge = knowledge
        self.candidates = candidates
        diseases = knowledge.diseases
        self._by_entity = _positions(diseases.entity[candidates].tolist())
        self._by_series = _positions(diseases.series[candidates].tolist())
        self._by_gene: dict[int, list[int]] = defaultdict(list)
        for position, disease in enumerate(candidates.tolist()):
            for gene in diseases.genes[disease].tolist():
                self._by_gene[gene].append(position)
        self._series_index = {name.casefold(): i for i, name in enumerate(diseases.series_names)}
        rows = np.flatnonzero(knowledge.annotations.phenotype_mask())
        owner = knowledge.annotations.disease[rows]
        order = np.argsort(owner, kind="stable")
        self._rows = rows[order]
        self._row_offsets = np.searchsorted(owner[order], np.arange(len(diseases) + 1))

    def targets(self, case: Case) -> Targets:
        """The right answers of a case; it must have a reference."""
        diseases = self.knowledge.diseases
        reference = case.reference
        if reference is None:
            raise ValueError(f"case {case.id} has no reference")
        gold = [i for name in reference.diagnoses if (i := diseases.index(name)) is not None]
        exact = _union(self._by_entity, (int(diseases.entity[i]) for i in gold))
        ranked = self.candidates[exact]
        known = {*gold, *ranked.tolist()}

        series = {int(diseases.series[i]) for i in known}
        if not known:
            stems = (series_stem(label) for label in reference.labels)
            series = {self._series_index[stem] for stem in stems if stem in self._series_index}
        genes = {int(g) for i in known for g in diseases.genes[i].tolist()}
        if not genes:
            genes = {g for symbol in reference.genes if (g := diseases.gene_index(symbol)) is not None}
        return Targets(
            exact=exact,
            series=np.union1d(exact, _union(self._by_series, series)),
            gene=np.union1d(exact, _union(self._by_gene, genes)),
            diseases=ranked,
            in_kb=self.keeps_rows(ranked, np.zeros(0, dtype=np.int64)),
        )

    def keeps_rows(self, diseases: Array, dropped: Array) -> bool:
        """Whether one of the diseases keeps a phenotype annotation when some rows are dropped."""
        for disease in diseases.tolist():
            own = self._rows[self._row_offsets[disease] : self._row_offsets[disease + 1]]
            if not np.isin(own, dropped).all():
                return True
        return False


def _positions(keys: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        found[key].append(position)
    return found


def _union(groups: dict[int, list[int]], keys: Iterable[int]) -> Array:
    return np.array(sorted({p for key in keys for p in groups.get(key, ())}), dtype=np.int64)
