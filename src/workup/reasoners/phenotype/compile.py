"""What the engine stores in the knowledge artefact, so that a start computes nothing anew."""

from __future__ import annotations

import numpy as np

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.mixture import TranslationMixture, compile_mixture, compile_rows, matrix_arrays
from workup.reasoners.phenotype.profiles import Profiles, pool_frequencies
from workup.reasoners.phenotype.rows import Rows, annotation_places


def compile_model(knowledge: Knowledge) -> None:
    """Pool the profiles, compile the default score, and write both into the artefact's folder."""
    rows = np.flatnonzero(knowledge.annotations.phenotype_mask())
    knowledge.store.write(matrix_arrays("profile.frequency", pool_frequencies(knowledge, rows)))
    knowledge.store.write(compile_mixture(Profiles(knowledge)))
    profiles = Profiles(knowledge)
    knowledge.store.write(compile_rows(profiles))
    exact = TranslationMixture(profiles).exact
    knowledge.store.write({"mixture.place": annotation_places(Rows(knowledge), profiles.candidates, exact)})
