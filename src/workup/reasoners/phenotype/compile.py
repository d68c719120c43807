"""What the engine stores in the knowledge artefact, so that a start computes nothing anew."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.mixture import (
    Background,
    TranslationMixture,
    background,
    matrix_arrays,
    mixed_profiles,
)
from workup.reasoners.phenotype.neighbours import lenders, neighbour_matrices
from workup.reasoners.phenotype.profiles import Profiles, pool_frequencies
from workup.reasoners.phenotype.rows import Rows, annotation_places

# In the artefact: rows of the most annotated terms, and as plain arrays the columns that more than this share of
# the candidates has (a sparse entry takes twice the space of a plain one and is several times slower to add).
STORED_ROWS = 830
_DENSE_SHARE = 0.4


def compile_model(knowledge: Knowledge) -> None:
    """Pool the profiles, compile the default score, and write both into the artefact's folder."""
    rows = np.flatnonzero(knowledge.annotations.phenotype_mask())
    knowledge.store.write(matrix_arrays("profile.frequency", pool_frequencies(knowledge, rows)))
    knowledge.store.write(compile_mixture(Profiles(knowledge)))
    profiles = Profiles(knowledge)
    knowledge.store.write(compile_rows(profiles))
    exact = TranslationMixture(profiles).exact
    knowledge.store.write({"mixture.place": annotation_places(Rows(knowledge), profiles.candidates, exact)})


def compile_mixture(profiles: Profiles) -> dict[str, Array]:
    """Arrays of the mixture for the artefact: neighbours, background, profiles, and blurred columns."""
    arrays: dict[str, Array] = {}
    neighbours = neighbour_matrices(profiles.knowledge.diseases)
    for name, matrix in neighbours.items():
        arrays |= matrix_arrays(f"neighbour.{name}", matrix)
    arrays |= lenders(neighbours).arrays("neighbour.lender")
    # Single precision halves the artefact; its relative error of 1e-7 is far below what a frequency is known to.
    exact, blur = mixed_profiles(profiles.frequency, neighbours, profiles.candidates)
    around = background(profiles)
    climb = profiles.ancestor_matrix.copy()
    # climb(a | s) / B_down(a), row s, column a
    climb.data = around.gain[climb.indices] / np.repeat(around.reach, np.diff(climb.indptr))
    blurred = sparse.csr_array(blur @ climb)
    arrays |= {f"mixture.{field}": getattr(around, field) for field in Background.__struct_fields__}
    # Every source has both weights, so that exact and blur have their entries in the same places.
    arrays |= matrix_arrays("mixture.exact", exact)
    arrays["mixture.blur.data"] = blur.data
    columns = blurred.tocsc()
    columns.data = columns.data.astype(np.float32)
    common = np.diff(columns.indptr) > _DENSE_SHARE * blurred.shape[0]
    arrays["mixture.dense.term"] = np.flatnonzero(common).astype(np.int32)
    arrays["mixture.dense"] = np.ascontiguousarray(columns[:, np.flatnonzero(common)].toarray().T)
    columns.data[np.repeat(common, np.diff(columns.indptr))] = 0.0
    columns.eliminate_zeros()
    arrays |= matrix_arrays("mixture.blurred.column", columns)
    return arrays


def compile_rows(profiles: Profiles) -> dict[str, Array]:
    """Rows of the most annotated terms for the artefact; the other arrays of the mixture must be there."""
    terms = np.sort(np.argsort(-profiles.direct_count, kind="stable")[:STORED_ROWS])
    rows = TranslationMixture(profiles).rows(terms.tolist())
    return {"mixture.row.term": terms.astype(np.int32), "mixture.row": np.stack(rows)}
