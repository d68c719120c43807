"""How the engine says in words how much likelier a finding is, and how it meets a disease's annotations."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.rows import BROADER, EXACT, NARROWER, RELATED, RELATIONS

NOTHING_NEAR = "nothing in the disease's annotations is near it"
# No label has it.
_CUT = "\0"


def related(relation: int, term: str, ancestor: str) -> str:
    """How a disease's term relates to the finding, in words."""
    if relation == EXACT:
        return "the disease is annotated with it"
    if relation == RELATED:
        return f"the disease is annotated with {term}, which shares {ancestor} with it"
    if relation == NARROWER:
        return f"the disease is annotated with the more specific {term}"
    if relation == BROADER:
        return f"the disease is annotated with the more general {term}"
    return NOTHING_NEAR


def related_parts() -> tuple[tuple[str, str, str], ...]:
    """:func:`related` for every relation, cut where the disease's term and the ancestor stand.

    >>> related_parts()[RELATED]
    ('the disease is annotated with ', ', which shares ', ' with it')
    """
    parts = []
    for relation in range(len(RELATIONS)):
        before, _, rest = related(relation, _CUT, _CUT).partition(_CUT)
        between, _, after = rest.partition(_CUT)
        parts.append((before, between, after))
    return tuple(parts)


def times(ratio: float) -> str:
    """A likelihood ratio in words.

    >>> times(12.3), times(0.2), times(1.04)
    ('12 times as likely', '1/5 as likely', 'about as likely')
    """
    if 0.95 < ratio < 1.05:
        return "about as likely"
    if ratio >= 1:
        return f"{ratio:.2g} times as likely" if ratio < 100 else f"{ratio:.0f} times as likely"
    return f"1/{1 / ratio:.2g} as likely" if ratio > 0.01 else f"1/{1 / ratio:.0f} as likely"


def all_times(ratios: Array) -> list[str]:
    """:func:`times` of many ratios, looked up rather than written anew: two digits leave few words.

    >>> all_times(np.array([12.3, 0.2, 1e6]))
    ['12 times as likely', '1/5 as likely', '1000000 times as likely']
    """
    starts, words = wordings()
    places = np.searchsorted(starts, ratios, side="right") - 1
    found = [words[place] for place in places.tolist()]
    for place in np.flatnonzero((places < 0) | (places == len(words) - 1)).tolist():
        found[place] = times(float(ratios[place]))
    return found


@lru_cache(maxsize=1)
def wordings() -> tuple[Array, list[str]]:
    """The least ratio of each wording between 1/100 and 100, ascending, and the wordings."""
    halfway = [1 + 0.1 * i + 0.05 for i in range(90)] + [i + 0.5 for i in range(10, 100)]
    near = sorted([0.95, 1.0, 1.05, *halfway, *(1 / ratio for ratio in halfway)])
    starts, words = [], []
    for ratio, after in pairwise([*near, 100.0]):
        word = times((ratio + after) / 2)
        # To the very last digit: rounding may put the step a little above or below.
        step = next((r for r in _around(ratio) if times(r) == word), ratio)
        starts.append(step)
        words.append(word)
    # What lies beyond is not looked up.
    return np.array([*starts, 100.0]), [*words, ""]


def _around(ratio: float) -> list[float]:
    """The floating-point numbers next to a ratio, ascending."""
    below, above = [ratio], [ratio]
    for _ in range(8):
        below.append(float(np.nextafter(below[-1], 0.0)))
        above.append(float(np.nextafter(above[-1], np.inf)))
    return [*reversed(below), *above[1:]]
