"""From posttest probabilities to an answer at the level that the evidence supports.

Members of a phenotypic series look alike, and so do the diseases of one gene: where no single disease is more
likely than not, their group may be. An answer names the group and what separates its members.
"""

from __future__ import annotations

import numpy as np

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.compiled import kernels
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoning import Answer

# "More likely than not".
LEAST_PROBABILITY = 0.5
_MOST_NAMED = 10
_LEAST_NAMED = 0.005
_ITSELF = np.zeros(0, dtype=np.int64)


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
        series = diseases.series[profiles.candidates].astype(np.int64, copy=False)
        profiles.derived["series of candidates"] = series
    group, mass = _heaviest(posterior, _ITSELF, series, len(diseases.series_names))
    if mass >= LEAST_PROBABILITY and len(members := np.flatnonzero(series == group)) > 1:
        name = diseases.series_names[group]
        return _group_answer(profiles, posterior, members, "series", f"form of {name}", "separate them by gene panel")
    of, gene_of = _genes_of_candidates(profiles)
    gene, mass = _heaviest(posterior, of, gene_of, len(diseases.gene_names)) if len(of) else (-1, 0.0)
    if mass >= LEAST_PROBABILITY and len(members := np.unique(of[gene_of == gene])) > 1:
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


def _heaviest(posterior: Array, of: Array, groups: Array, number: int) -> tuple[int, float]:
    """The group whose members are most probable together, and that probability.

    Args:
        posterior: Posttest probabilities, ``(C,)``.
        of: Candidate of each membership; empty where membership ``i`` is that of candidate ``i``.
        groups: Its group.
        number: Number of groups.
    """
    if kernels is not None:
        return kernels.heaviest(posterior, of, groups, number)
    mass = np.bincount(groups, weights=posterior[of] if len(of) else posterior, minlength=number)
    group = int(np.argmax(mass))
    return group, float(mass[group])


def _genes_of_candidates(profiles: Profiles) -> tuple[Array, Array]:
    """Candidate and gene of every pair of them, ``(n,)`` each; the same for profiles without some rows."""
    while profiles.base is not None:
        profiles = profiles.base
    found: tuple[Array, Array] | None = profiles.derived.get("genes of candidates")
    if found is None:
        lists = profiles.knowledge.diseases.genes
        owner = profiles.position[np.repeat(np.arange(len(lists)), np.diff(lists.offsets))]
        pairs = owner[owner >= 0].astype(np.int64), lists.indices[owner >= 0].astype(np.int64)
        found = profiles.derived["genes of candidates"] = pairs
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
