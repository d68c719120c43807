"""What a patient can have and how a note can tell it: sex, age, and whether it is felt, seen or measured.

    uterine leiomyoma       female only
    intellectual disability from 4 years on; stated as absent of an infant it says nothing
    headache                felt: the patient can report or deny it, from 4 years on
    molar tooth sign        measured or imaged: nobody denies it

The lists are ours, coarse, and hold what made simulated patients absurd when they were read; they are no ontology of
development. A term counts by the nearest branch that it lies under.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from workup.case import Sex
from workup.knowledge.hpo import Ontology

Told = Literal["felt", "seen", "measured"]

_MALE = ("HP:0010461", "HP:0000035", "HP:0012874", "HP:0000771", "HP:0012864")
_FEMALE = ("HP:0010460", "HP:0000140", "HP:0000868", "HP:0100602", "HP:0100601", "HP:0200067", "HP:0005268")
# Branch -> years before which a finding of it cannot be told.
_EARLIEST: Mapping[str, float] = {
    "HP:0000144": 18,  # decreased fertility
    "HP:0000140": 12,  # menstrual cycle
    "HP:0000141": 14,  # amenorrhea
    "HP:0000823": 14,  # delayed puberty
    "HP:0000826": 2,  # precocious puberty
    "HP:0100602": 16,  # preeclampsia
    "HP:0100601": 16,  # eclampsia
    "HP:0200067": 18,  # recurrent abortions
    "HP:0005268": 16,  # miscarriage
    "HP:0001249": 4,  # intellectual disability
    "HP:0100543": 3,  # cognitive impairment
    "HP:0002354": 5,  # memory impairment
    "HP:0000726": 4,  # dementia, which some storage diseases bring early
    "HP:0001328": 6,  # specific learning disability
    "HP:0002167": 3,  # abnormal speech
    "HP:0000750": 2,  # delayed speech
    "HP:0031936": 1.5,  # delayed walking
    "HP:0001288": 1.5,  # gait
    "HP:0001263": 0.75,  # global developmental delay
    "HP:0001270": 0.5,  # motor delay
    "HP:0000708": 2,  # behavior
    "HP:0000716": 8,  # depression
    "HP:0000709": 10,  # psychosis
    "HP:0000738": 6,  # hallucinations
    "HP:0002315": 4,  # headache
    "HP:0000545": 2,  # myopia
    "HP:0000164": 1.5,  # teeth
    "HP:0002758": 15,  # osteoarthritis
    "HP:0001300": 5,  # parkinsonism
    "HP:0002621": 15,  # atherosclerosis
    "HP:0001658": 18,  # myocardial infarction
}
_FELT = (
    *("HP:0025142", "HP:0012531", "HP:0011458", "HP:0002315", "HP:0001250", "HP:0002094", "HP:0012735", "HP:0000365"),
    *("HP:0000505", "HP:0012378", "HP:0000716", "HP:0003394", "HP:0002321", "HP:0000360", "HP:0001324", "HP:0003401"),
    *("HP:0002360", "HP:0001962", "HP:0001337", "HP:0100785", "HP:0000709", "HP:0002829"),
)
_MEASURED = (
    *("HP:0001939", "HP:0012639", "HP:0010876", "HP:0025354", "HP:0001871", "HP:0020129", "HP:0003110"),
    *("HP:0003287", "HP:0030956", "HP:0002011", "HP:0001627", "HP:0012210"),
)


class Plausible:
    """Says of each term who can have it, from when on, and how it is told."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        male, female = self._below(_MALE), self._below(_FEMALE)
        self._only: dict[int, Sex] = {
            **dict.fromkeys(male - female, "male"),
            **dict.fromkeys(female - male, "female"),
        }
        self._earliest: dict[int, float] = {}
        for branch, years in _EARLIEST.items():
            for term in self._below((branch,)):
                self._earliest[term] = max(years, self._earliest.get(term, 0.0))
        felt = self._below(_FELT)
        self._told: dict[int, Told] = {
            **dict.fromkeys(self._below(_MEASURED) - felt, "measured"),
            **dict.fromkeys(felt, "felt"),
        }

    def _below(self, branches: Iterable[str]) -> set[int]:
        known = [term for name in branches if (term := self._ontology.index(name)) is not None]
        return {int(one) for term in known for one in (term, *self._ontology.descendants[term])}

    def fits(self, term: int, sex: Sex) -> bool:
        """Whether a patient of that sex can have it; one of another or unknown sex can have all."""
        return sex not in ("male", "female") or self._only.get(term, sex) == sex

    def only(self, term: int) -> Sex | None:
        """The sex that alone can have it; None when both can."""
        return self._only.get(term)

    def earliest(self, term: int) -> float:
        """Years of age before which it cannot be told, present or absent."""
        return self._earliest.get(term, 0.0)

    def told(self, term: int) -> Told:
        """Whether the patient feels it, somebody sees it, or it takes a test."""
        return self._told.get(term, "seen")
