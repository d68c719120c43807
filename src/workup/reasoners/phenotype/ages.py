"""Ages as the sources write them, and the nine age classes in which diseases are said to begin."""

from __future__ import annotations

import re

from workup.knowledge.hpo import number

ONSET_CLASSES = (
    "antenatal",
    "congenital",
    "neonatal",
    "infantile",
    "childhood",
    "juvenile",
    "young adult",
    "middle age",
    "late",
)
# HPO onset terms; the finer ones count as the class they lie in.
_ONSET_TERMS = {
    30674: 0,  # antenatal
    11460: 0,  # embryonal
    11461: 0,  # fetal
    34199: 0,  # late first trimester
    34198: 0,  # second trimester
    34197: 0,  # third trimester
    3577: 1,  # congenital
    3623: 2,  # neonatal
    3593: 3,  # infantile
    11463: 4,  # childhood
    3621: 5,  # juvenile
    11462: 6,  # young adult
    25708: 6,  # early young adult
    25709: 6,  # intermediate young adult
    25710: 6,  # late young adult
    3581: 6,  # adult, said of the earliest adult class
    3596: 7,  # middle age
    3584: 8,  # late
}
# Upper ends of the classes from neonatal to middle age, in years (HPO definitions).
_UPPER_YEARS = ((2, 28 / 365.25), (3, 1.0), (4, 5.0), (5, 16.0), (6, 40.0), (7, 60.0))
_DURATION = re.compile(
    r"^P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T.*)?$"
)


def onset_class_of_term(term: int) -> int | None:
    """Onset class of an HPO onset term's number, None if it is not one."""
    return _ONSET_TERMS.get(term)


def years(age: str) -> float | None:
    """Years of an ISO 8601 duration, None if it is not one.

    >>> years("P1Y6M"), years("P2W"), years("HP:0003593")
    (1.5, 0.038356164383561646, None)
    """
    match = _DURATION.match(age)
    if not match or age in {"P", "PT"}:
        return None
    in_years, months, weeks, days = (float(part) if part else 0.0 for part in match.groups())
    return in_years + months / 12 + (weeks * 7 + days) / 365


def onset_class(age: str | None) -> int | None:
    """Index into :data:`ONSET_CLASSES` of an age, None if there is none or it cannot be read.

    >>> [onset_class(age) for age in ("G20W3D", "P0D", "P3M", "P30Y", "HP:0003593", "soon")]
    [0, 1, 3, 6, 3, None]
    """
    if not age:
        return None
    term = number(age)
    if term is not None:
        return onset_class_of_term(term)
    if re.match(r"^G\d+W", age):
        return 0
    value = years(age)
    if value is None:
        return None
    if value == 0:
        return 1
    return next((index for index, upper in _UPPER_YEARS if value < upper), 8)
