"""Blood: neutrophils, red cell indices, iron.

>>> from workup.knowledge.calculators import calculate
>>> calculate("neutrophil-count", white_blood_cells="1200 /uL", neutrophils=30, bands=10).value
0.48
"""

from __future__ import annotations

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import HAEMATOCRIT, LEUKOCYTES, laboratory, number


def _neutrophils(values: Values) -> Computed:
    share = values.number("neutrophils") + (values.maybe("bands") or 0.0)
    if share > 100:
        values.warn("segmented and band forms are more than 100 %", "check the differential")
    return values.number("white_blood_cells") * share / 100.0, [Part("Neutrophils and bands, %", share)]


def _mentzer(values: Values) -> Computed:
    return values.number("cell_volume") / values.number("red_cells"), []


def _saturation(values: Values) -> Computed:
    return 100.0 * values.number("iron") / values.number("binding_capacity"), []


def _reticulocytes(values: Values) -> Computed:
    haematocrit = values.number("haematocrit")
    corrected = values.number("reticulocytes") * haematocrit / 45.0
    # Days that reticulocytes live in the blood, by haematocrit (Hillman and Finch).
    days = 1.0 if haematocrit >= 40 else 1.5 if haematocrit >= 30 else 2.0 if haematocrit >= 20 else 2.5
    return corrected / days, [
        Part("Corrected reticulocytes, %", corrected, values.said("reticulocytes")),
        Part("Maturation, days", days, values.said("haematocrit")),
    ]


_AREA = "haematology"
CALCULATORS = (
    Calculator(
        name="neutrophil-count",
        title="Absolute Neutrophil Count",
        names=("ANC",),
        area=_AREA,
        purpose="Neutrophils, by which the risk of infection is judged.",
        inputs={
            "white_blood_cells": LEUKOCYTES,
            "neutrophils": number("Segmented neutrophils", "%", 0.0, 100.0),
            "bands": number("Bands", "%", 0.0, 100.0, optional=True),
        },
        unit="10^9/L",
        formula="white blood cells x (segmented + bands in %) / 100",
        citation="Bodey et al., Ann Intern Med 1966;64:328-340",
        example=Example({"white_blood_cells": 4, "neutrophils": 20, "bands": 5}, 1.0, "By hand: 4 x 25 %"),
        compute=_neutrophils,
        reading=(
            (0, "severe neutropenia"),
            (0.5, "moderate neutropenia"),
            (1.0, "mild neutropenia"),
            (1.5, "no neutropenia"),
        ),
    ),
    Calculator(
        name="mentzer",
        title="Mentzer Index",
        area=_AREA,
        purpose="Tells thalassaemia trait (below 13) from iron deficiency in microcytic anaemia.",
        inputs={
            "cell_volume": laboratory("mcv", aliases=("mcv",)),
            "red_cells": number("Red cells", "10^12/L", 0.5, 10.0, aliases=("rbc",)),
        },
        unit="",
        formula="mean corpuscular volume in fL / red cells in 10^12/L",
        citation="Mentzer, Lancet 1973;301:882",
        example=Example({"cell_volume": 60, "red_cells": 6}, 10.0, "By hand: 60 / 6"),
        compute=_mentzer,
        reading=((0, "thalassaemia trait more likely"), (13, "iron deficiency more likely")),
    ),
    Calculator(
        name="transferrin-saturation",
        title="Transferrin Saturation",
        area=_AREA,
        purpose="Iron bound to transferrin.",
        inputs={
            "iron": number("Iron", "ug/dL", 1.0, 1000.0, units=("umol/L",), analyte="iron"),
            "binding_capacity": number(
                "Iron binding capacity", "ug/dL", 50.0, 1000.0, units=("umol/L",), analyte="iron", aliases=("tibc",)
            ),
        },
        unit="%",
        formula="100 x iron / iron binding capacity",
        citation="Beilby et al., Ann Clin Biochem 1992;29:613-620",
        example=Example({"iron": 60, "binding_capacity": 300}, 20.0, "By hand: 100 x 60 / 300"),
        compute=_saturation,
    ),
    Calculator(
        name="reticulocyte-index",
        title="Reticulocyte Production Index",
        names=("RPI",),
        area=_AREA,
        purpose="Whether the marrow answers to anaemia; below 2 it does not.",
        inputs={"reticulocytes": number("Reticulocytes", "%", 0.0, 60.0), "haematocrit": HAEMATOCRIT},
        unit="",
        formula="reticulocytes in % x haematocrit / 45, divided by the days of maturation: 1 from 40 % on, 1.5 from "
        "30 %, 2 from 20 %, else 2.5",
        citation="Hillman and Finch, Semin Hematol 1967;4:327-336",
        example=Example({"reticulocytes": 9, "haematocrit": 25}, 2.5, "By hand: 9 x 25/45 / 2 = 5 / 2"),
        compute=_reticulocytes,
        reading=((0, "response not adequate"), (2, "response adequate")),
    ),
)
