"""Which other entries say something about a disease: same disease, same gene, same series, similar name.

A disease's own annotations are often few. What is known of its neighbours is borrowed, at a weight, by the
translation mixture. None of these relations is read from annotations, so removing a publication changes the
neighbours' findings and never who is whose neighbour.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Lists
from workup.knowledge.diseases import Diseases
from workup.reasoners.phenotype.profiles import Matrix

# Names are compared by their telling words; these tell nothing.
_STOP_WORDS = frozenset(
    [
        "the",
        "and",
        "with",
        "without",
        "type",
        "syndrome",
        "disease",
        "disorder",
        "due",
        "autosomal",
        "recessive",
        "dominant",
        "linked",
        "familial",
        "congenital",
        "hereditary",
        "susceptibility",
        "associated",
    ]
)
_NAME_NEIGHBOURS = 10
_LEAST_NAME_SIMILARITY = 0.4
_MOST_LENDERS = 20


def neighbour_matrices(diseases: Diseases) -> dict[str, Matrix]:
    """Neighbours by relation, each a sparse ``(D, D)`` matrix whose rows sum to 1 (or 0).

    ``alias``: other entries that describe the disease (Orphanet's, for an OMIM entry). ``gene`` and ``gene-other``:
    OMIM entries, and entries of other sources, that share a gene. ``series`` and ``series-other``: those with the
    same name but for a number. ``name``: up to 10 entries with similar names.
    """
    omim = (diseases.source == 0).astype(np.float64)
    alias = _alias_matrix(diseases)
    gene = _remove(_pairs(diseases.by_gene.values(), diseases), alias)
    series = _remove(_pairs(_groups(diseases.series.tolist()), diseases), alias)
    return {
        "alias": _normalise(alias),
        "gene": _normalise(gene @ sparse.diags_array(omim)),
        "gene-other": _normalise(gene @ sparse.diags_array(1 - omim)),
        "series": _normalise(series @ sparse.diags_array(omim)),
        "series-other": _normalise(series @ sparse.diags_array(1 - omim)),
        "name": _normalise(_similar_names(list(diseases.names))),
    }


def lenders(neighbours: dict[str, Matrix]) -> Lists:
    """For each disease the entries it may have borrowed a finding from, the likeliest first.

    Relations come in the order of ``neighbours``; of each, the 20 nearest.
    """
    owners, others = [], []
    for matrix in neighbours.values():
        owner = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        # Stable: equally near ones stay in the order of the file.
        order = np.lexsort((-matrix.data, owner))
        place = np.arange(len(order)) - np.asarray(matrix.indptr)[owner]
        nearest = order[place < _MOST_LENDERS]
        owners.append(owner[nearest])
        others.append(matrix.indices[nearest])
    owner, other = np.concatenate(owners), np.concatenate(others)
    # An entry that is a neighbour in several ways counts where it comes first.
    _, first = np.unique(owner.astype(np.int64) * matrix.shape[1] + other, return_index=True)
    first = np.sort(first)
    first = first[np.argsort(owner[first], kind="stable")]
    offsets = np.zeros(matrix.shape[0] + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner[first], minlength=matrix.shape[0]), out=offsets[1:])
    return Lists(other[first].astype(np.int32), offsets)


def _alias_matrix(diseases: Diseases) -> Matrix:
    size = len(diseases)
    lists = diseases.aliases
    return sparse.csr_array((np.ones(len(lists.indices)), lists.indices, lists.offsets), shape=(size, size))


def _groups(keys: list[int]) -> Iterable[list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for item, key in enumerate(keys):
        found[key].append(item)
    return found.values()


def _pairs(groups: Iterable[list[int]], diseases: Diseases) -> Matrix:
    """1 for every two different diseases that are in a group together."""
    rows: list[int] = []
    columns: list[int] = []
    for group in groups:
        for member in group:
            others = [other for other in group if other != member]
            rows.extend([member] * len(others))
            columns.extend(others)
    size = len(diseases)
    matrix = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _remove(matrix: Matrix, other: Matrix) -> Matrix:
    kept = sparse.csr_array(matrix - matrix.multiply(other))
    kept.eliminate_zeros()
    return kept


def _normalise(matrix: Matrix) -> Matrix:
    return normalise_rows(sparse.csr_array(matrix))


def normalise_rows(matrix: Matrix) -> Matrix:
    """Scale every row to sum to 1; an empty row stays empty."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    scaled = matrix.copy()
    scaled.data = matrix.data / np.repeat(np.where(total > 0, total, 1.0), np.diff(matrix.indptr))
    return scaled


def _similar_names(names: list[str]) -> Matrix:
    """Squared cosine of the words of two names, weighted by how rare a word is; nearest 10, least 0.4."""
    words = [sorted(set(re.findall(r"[a-z]{3,}", name.casefold())) - _STOP_WORDS) for name in names]
    counts = Counter(word for name in words for word in name)
    column = {word: i for i, word in enumerate(sorted(counts))}
    rows = np.repeat(np.arange(len(names)), [len(name) for name in words])
    columns = np.array([column[word] for name in words for word in name], dtype=np.int64)
    rarity = np.log(len(names) / np.array([counts[word] for word in sorted(counts)], dtype=np.float64))
    vectors = sparse.csr_array((rarity[columns], (rows, columns)), shape=(len(names), len(column)))
    length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    vectors.data /= np.repeat(np.where(length > 0, length, 1.0), np.diff(vectors.indptr))
    similar = sparse.csr_array(vectors @ vectors.T)
    similar.setdiag(0.0)
    similar.data[similar.data < _LEAST_NAME_SIMILARITY] = 0.0
    similar.eliminate_zeros()
    similar.sort_indices()
    for row in range(len(names)):
        part = similar.data[similar.indptr[row] : similar.indptr[row + 1]]
        if len(part) > _NAME_NEIGHBOURS:
            # Stable, so that equally similar names are kept in the order of the file on every machine.
            order = np.argsort(-part, kind="stable")
            part[order[_NAME_NEIGHBOURS:]] = 0.0
    similar.eliminate_zeros()
    similar.data **= 2
    return similar
