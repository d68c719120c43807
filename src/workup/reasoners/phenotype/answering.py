"""From posttest probabilities to an answer at the level that the evidence supports.

Members of a phenotypic series look alike, and so do the diseases of one gene: where no single disease is more
likely than not, their group may be. An answer names the group and what separates its members.
"""

from __future__ import annotations

import numpy as np

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoning import Answer

# "More likely than not".
LEAST_PROBABILITY = 0.5
_MOST_NAMED = 10
_LEAST_NAMED = 0.005


def answer(profiles: Profiles, posterior: Array, unknown: float) -> tuple[Answer, str]:
    """Choose disease, series, gene group or none.

    Args:
        profiles: The candidates.
        posterior: Posttest probabilities, ``(C,)``.
        unknown: Probability of "not in the knowledge base".

    Returns:
        The answer, and why no disease is named ("" when one is).
    """
    diseases = profiles.knowledge.diseases
    best = int(np.argmax(posterior))
    disease = int(profiles.candidates[best])
    if posterior[best] >= LEAST_PROBABILITY:
        return (
            Answer(
                level="disease",
                text=diseases.names[disease],
                ids=(diseases.ids[disease],),
                probability=float(posterior[best]),
            ),
            "",
        )

    series: Array | None = profiles.derived.get("series of candidates")
    if series is None:
        series = profiles.derived["series of candidates"] = diseases.series[profiles.candidates]
    by_series = np.bincount(series, weights=posterior)
    group = int(np.argmax(by_series))
    members = np.flatnonzero(series == group)
    if by_series[group] >= LEAST_PROBABILITY and len(members) > 1:
        name = diseases.series_names[group]
        return _group_answer(profiles, posterior, members, "series", f"form of {name}", "separate them by gene panel")
    gene, members = _best_gene(profiles, posterior)
    if len(members) > 1 and posterior[members].sum() >= LEAST_PROBABILITY:
        symbol = diseases.gene_names[gene]
        return _group_answer(
            profiles,
            posterior,
            members,
            "gene",
            f"disease of {symbol}",
            f"confirm by sequencing {symbol}, separate them by their findings",
        )
    if unknown > posterior[best]:
        reason = (
            f"no disease is more likely than not; that the disease is not in the knowledge base at all is more "
            f"likely ({unknown:.0%}) than the best candidate ({posterior[best]:.0%})"
        )
    else:
        reason = f"no disease or group is more likely than not; the best candidate has {posterior[best]:.0%}"
    return Answer(level="none", text="Not enough evidence to name a disease or a group"), reason


def _best_gene(profiles: Profiles, posterior: Array) -> tuple[int, Array]:
    """The gene whose diseases are most probable together, and their candidate positions."""
    of, gene_of = _genes_of_candidates(profiles)
    if not len(of):
        return -1, np.zeros(0, dtype=np.int64)
    mass = np.bincount(gene_of, weights=posterior[of])
    gene = int(np.argmax(mass))
    return gene, np.unique(of[gene_of == gene])


def _genes_of_candidates(profiles: Profiles) -> tuple[Array, Array]:
    """Candidate and gene of every pair of them, ``(n,)`` each; the same for profiles without some rows."""
    while profiles.base is not None:
        profiles = profiles.base
    found: tuple[Array, Array] | None = profiles.derived.get("genes of candidates")
    if found is None:
        lists = profiles.knowledge.diseases.genes
        owner = profiles.position[np.repeat(np.arange(len(lists)), np.diff(lists.offsets))]
        found = profiles.derived["genes of candidates"] = owner[owner >= 0], lists.indices[owner >= 0]
    return found


def _group_answer(
    profiles: Profiles, posterior: Array, members: Array, level: str, what: str, how: str
) -> tuple[Answer, str]:
    diseases = profiles.knowledge.diseases
    order = members[np.argsort(-posterior[members], kind="stable")]
    named = [int(m) for m in order[:_MOST_NAMED] if posterior[m] >= _LEAST_NAMED] or [int(order[0])]
    ids = tuple(diseases.ids[int(profiles.candidates[m])] for m in named)
    rest = len(members) - len(named)
    more = f" (and {rest} less likely)" if rest else ""
    text = f"A {what}: one of these {len(named)}{more}; {how}"
    return (
        Answer(
            level="series" if level == "series" else "gene",
            text=text,
            ids=ids,
            probability=float(posterior[members].sum()),
        ),
        f"the evidence supports a {what}, but no single disease",
    )
