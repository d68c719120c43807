"""Throat infections: Centor in McIsaac's form, FeverPAIN.

>>> from workup.knowledge.calculators import calculate
>>> calculate("centor", age=10, temperature="101 °F", no_cough=True, tender_nodes=True, tonsils=True).value
5.0
"""

from __future__ import annotations

from workup.knowledge.calculators.calculator import Calculator, Example
from workup.knowledge.calculators.inputs import TEMPERATURE, assumable, number, yes_no
from workup.knowledge.calculators.points import Criterion, bands, in_words, present, score

_CENTOR_INPUTS = assumable(
    {
        # McIsaac validated from 3 years on.
        "age": number("Age", "y", 3.0, 120.0, units=("mo",), possible=(0.0, 120.0)),
        "temperature": TEMPERATURE,
        "no_cough": yes_no("No cough", "cough_absent", "cough absent"),
        "tender_nodes": yes_no(
            "Tender or swollen nodes at the front of the neck",
            "tender_lymph_nodes",
            "tender/swollen anterior cervical lymph nodes",
        ),
        "tonsils": yes_no(
            "Exudate or swelling of the tonsils", "exudate_swollen_tonsils", "exudate or swelling on tonsils"
        ),
    }
)
_CENTOR = (
    Criterion(text="Age", inputs=("age",), bands=bands((">=", 45, -1), (">=", 15, 0), (">=", 3, 1))),
    present("Exudate or swelling of the tonsils", 1, "tonsils"),
    present("Tender nodes", 1, "tender_nodes"),
    Criterion(text="Temperature", inputs=("temperature",), bands=bands((">", 38, 1))),
    present("No cough", 1, "no_cough"),
)

_FEVER_PAIN_INPUTS = assumable(
    {
        "fever": yes_no("Fever in the last 24 hours", "fever_24_hours", "fever in past 24 hours"),
        "pus": yes_no("Pus on the tonsils", "purulent_tonsils", "purulent tonsils"),
        "within_three_days": yes_no("Came within three days", "symptom_onset", "symptom onset ≤3 days"),
        "severe_inflammation": yes_no(
            "Severely inflamed tonsils", "severe_tonsil_inflammation", "severe tonsil inflammation"
        ),
        "no_cough": yes_no("No cough or coryza", "cough_coryza_absent", "absence of cough or coryza"),
    }
)
_FEVER_PAIN = (
    present("Fever", 1, "fever"),
    present("Pus", 1, "pus"),
    present("Came within three days", 1, "within_three_days"),
    present("Severely inflamed", 1, "severe_inflammation"),
    present("No cough or coryza", 1, "no_cough"),
)

CALCULATORS = (
    Calculator(
        name="centor",
        title="Centor Score (Modified/McIsaac) for Strep Pharyngitis",
        names=("Centor", "McIsaac"),
        area="infections",
        purpose="Probability of streptococci in a sore throat.",
        inputs=_CENTOR_INPUTS,
        unit="points",
        formula=in_words(_CENTOR, _CENTOR_INPUTS),
        citation="McIsaac et al., CMAJ 1998;158:75-83; Centor et al., Med Decis Making 1981;1:239-246",
        example=Example(
            {"age": 45, "temperature": 38.1, "no_cough": True, "tender_nodes": False, "tonsils": True},
            2.0,
            "By hand: -1 + 1 + 1 + 1",
        ),
        compute=score(_CENTOR),
        medcalc_bench=20,
    ),
    Calculator(
        name="feverpain",
        title="FeverPAIN Score for Strep Pharyngitis",
        names=("FeverPAIN",),
        area="infections",
        purpose="Probability of streptococci in a sore throat.",
        inputs=_FEVER_PAIN_INPUTS,
        unit="points",
        formula=in_words(_FEVER_PAIN, _FEVER_PAIN_INPUTS),
        citation="Little et al., BMJ 2013;347:f5806",
        example=Example(
            {"fever": True, "pus": False, "within_three_days": True, "severe_inflammation": True, "no_cough": False},
            3.0,
            "By hand: three of five",
        ),
        compute=score(_FEVER_PAIN),
        reading=((0, "13 to 18 %"), (2, "34 to 40 %"), (4, "62 to 65 %")),
        medcalc_bench=33,
    ),
)
