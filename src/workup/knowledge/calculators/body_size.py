"""Body size: mass index, surface, ideal and adjusted weight, fluids by weight.

>>> round(ideal_weight(173.0, "male"), 2), round(mass_index(85.0, 180.0), 2)
(68.65, 26.23)
"""

from __future__ import annotations

from math import sqrt

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import HEIGHT, SEX, WEIGHT, number

_INCH = 2.54
# Devine's formula starts at five feet; below, it is an extrapolation that the paper does not make.
_FIVE_FEET = 60 * _INCH


def mass_index(weight: float, height: float) -> float:
    """Body mass index, kg/m2, from kg and cm."""
    return weight / (height / 100.0) ** 2


def ideal_weight(height: float, sex: str) -> float:
    """Ideal weight in kg from cm (Devine 1974)."""
    return (45.5 if sex == "female" else 50.0) + 2.3 * (height / _INCH - 60.0)


def adjusted_weight(weight: float, ideal: float) -> float:
    """Ideal weight and two fifths of what is above it, kg."""
    return ideal + 0.4 * (weight - ideal)


def _mass_index(values: Values) -> Computed:
    return mass_index(values.number("weight"), values.number("height")), []


def _mosteller(values: Values) -> Computed:
    return sqrt(values.number("weight") * values.number("height") / 3600.0), []


def _du_bois(values: Values) -> Computed:
    return 0.007184 * values.number("weight") ** 0.425 * values.number("height") ** 0.725, []


def _ideal(values: Values) -> Computed:
    height = values.number("height")
    if height < _FIVE_FEET:
        values.warn("The formula is made for heights from 152.4 cm on; this is an extrapolation", field="height")
    ideal = ideal_weight(height, values.choice("sex"))
    return ideal, [Part("Inches over five feet", height / _INCH - 60.0, values.said("height"))]


def _adjusted(values: Values) -> Computed:
    ideal, parts = _ideal(values)
    assert isinstance(ideal, float)
    parts.append(Part("Ideal weight, kg", ideal, values.said("sex")))
    return adjusted_weight(values.number("weight"), ideal), parts


def _target(values: Values) -> Computed:
    return values.number("target_index") * (values.number("height") / 100.0) ** 2, []


def _maintenance(values: Values) -> Computed:
    weight = values.number("weight")
    parts = [
        Part("4 mL/kg/h for the first 10 kg", 4.0 * min(weight, 10.0), values.said("weight")),
        Part("2 mL/kg/h for the next 10 kg", 2.0 * min(max(weight - 10.0, 0.0), 10.0), values.said("weight")),
        Part("1 mL/kg/h for the rest", max(weight - 20.0, 0.0), values.said("weight")),
    ]
    return sum(part.value for part in parts), parts


_AREA = "body_size"
CALCULATORS = (
    Calculator(
        name="body-mass-index",
        title="Body Mass Index (BMI)",
        names=("BMI", "Body mass index"),
        area=_AREA,
        purpose="Weight for height.",
        inputs={"weight": WEIGHT, "height": HEIGHT},
        unit="kg/m2",
        formula="weight / (height in m)^2",
        citation="Keys et al., J Chronic Dis 1972;25:329-343; classes: WHO Technical Report Series 894, 2000",
        example=Example({"weight": 80, "height": 200}, 20.0, "By hand: 80 / 2^2"),
        compute=_mass_index,
        reading=((0, "underweight"), (18.5, "normal"), (25, "overweight"), (30, "obesity")),
        medcalc_bench=6,
    ),
    Calculator(
        name="body-surface-mosteller",
        title="Body Surface Area Calculator",
        names=("BSA", "Body surface area", "Mosteller"),
        area=_AREA,
        purpose="Body surface, by which some doses are set.",
        inputs={"weight": WEIGHT, "height": HEIGHT},
        unit="m2",
        formula="square root of (weight in kg x height in cm / 3600)",
        citation="Mosteller, N Engl J Med 1987;317:1098",
        example=Example({"weight": 80, "height": 180}, 2.0, "By hand: sqrt(80 x 180 / 3600) = sqrt(4)"),
        compute=_mosteller,
        medcalc_bench=60,
    ),
    Calculator(
        name="body-surface-du-bois",
        title="Body Surface Area (Du Bois)",
        names=("Du Bois",),
        area=_AREA,
        purpose="Body surface by the older formula.",
        inputs={"weight": WEIGHT, "height": HEIGHT},
        unit="m2",
        formula="0.007184 x weight^0.425 x height^0.725, kg and cm",
        citation="Du Bois and Du Bois, Arch Intern Med 1916;17:863-871",
        example=Example(
            {"weight": 70, "height": 170}, 1.8097, "By hand: 0.007184 x 6.08368 x 41.40716, from logarithms"
        ),
        compute=_du_bois,
    ),
    Calculator(
        name="ideal-body-weight",
        title="Ideal Body Weight",
        names=("IBW", "Devine"),
        area=_AREA,
        purpose="Weight by which doses and tidal volumes are set.",
        inputs={"sex": SEX, "height": HEIGHT},
        unit="kg",
        formula="50 kg in men, 45.5 kg in women, and 2.3 kg for each inch over 60",
        citation="Devine, Drug Intell Clin Pharm 1974;8:650-655",
        example=Example({"sex": "female", "height": (65, "in")}, 57.0, "By hand: 45.5 + 2.3 x 5"),
        compute=_ideal,
        medcalc_bench=10,
    ),
    Calculator(
        name="adjusted-body-weight",
        title="Adjusted Body Weight",
        names=("ABW",),
        area=_AREA,
        purpose="Weight for doses in obesity.",
        inputs={"sex": SEX, "height": HEIGHT, "weight": WEIGHT},
        unit="kg",
        formula="ideal weight + 0.4 x (weight - ideal weight)",
        citation="Winter et al., Pharmacotherapy 2012;32:604-612; ideal weight: Devine 1974",
        example=Example(
            {"sex": "male", "height": (70, "in"), "weight": 113},
            89.0,
            "By hand: 73 + 0.4 x (113 - 73), 73 = 50 + 2.3 x 10",
        ),
        compute=_adjusted,
        medcalc_bench=62,
    ),
    Calculator(
        name="target-weight",
        title="Target weight",
        area=_AREA,
        purpose="Weight that gives a wanted body mass index.",
        inputs={
            "height": HEIGHT,
            "target_index": number(
                "Body mass index wanted",
                "kg/m2",
                10.0,
                60.0,
                aliases=("body_mass_index", "bmi", "target_bmi", "target bmi"),
            ),
        },
        unit="kg",
        formula="wanted index x (height in m)^2",
        citation="The body mass index (Keys et al. 1972) solved for weight",
        example=Example({"height": 200, "target_index": 22}, 88.0, "By hand: 22 x 2^2"),
        compute=_target,
        medcalc_bench=61,
    ),
    Calculator(
        name="maintenance-fluids",
        title="Maintenance Fluids Calculations",
        names=("Maintenance fluids", "Holliday-Segar"),
        area=_AREA,
        purpose="Hourly maintenance fluid by weight.",
        inputs={"weight": WEIGHT},
        unit="mL/h",
        formula="4 mL/kg/h for the first 10 kg, 2 for the next 10, 1 for the rest",
        citation="Holliday and Segar, Pediatrics 1957;19:823-832, by the hour",
        example=Example({"weight": 25}, 65.0, "By hand: 40 + 20 + 5"),
        compute=_maintenance,
        medcalc_bench=22,
    ),
)
