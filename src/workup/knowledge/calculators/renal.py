"""Kidney: filtration rates, creatinine clearance, fractional excretion.

>>> from workup.knowledge.calculators import calculate
>>> result = calculate("ckd-epi-2021", age=60, sex="female", creatinine="80 umol/L")
>>> round(result.value, 1), result.unit, result.issues
(72.7, 'mL/min/1.73 m2', ())
"""

from __future__ import annotations

from msgspec.structs import replace

from workup.knowledge.calculators.body_size import adjusted_weight, ideal_weight, mass_index
from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import CREATININE, HEIGHT, SEX, SODIUM, WEIGHT, age, choice, number

_INDEXED = "mL/min/1.73 m2"


def _ckd_epi(values: Values) -> Computed:
    female = values.choice("sex") == "female"
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = values.number("creatinine") / kappa
    creatinine = min(ratio, 1.0) ** alpha * max(ratio, 1.0) ** -1.200
    years = 0.9938 ** values.number("age")
    return 142.0 * creatinine * years * (1.012 if female else 1.0), [
        Part("Creatinine factor", creatinine, f"{values.said('creatinine')}, kappa {kappa:g}, alpha {alpha:g}"),
        Part("Age factor 0.9938^age", years, values.said("age")),
        Part("Sex factor", 1.012 if female else 1.0, values.said("sex")),
    ]


def _mdrd(values: Values) -> Computed:
    factor = 0.742 if values.choice("sex") == "female" else 1.0
    race = 1.212 if values.choice("race") == "black" else 1.0
    if race != 1.0:
        values.warn("the race coefficient is no longer recommended", "use ckd-epi-2021", field="race")
    base = 175.0 * values.number("creatinine") ** -1.154 * values.number("age") ** -0.203
    return base * factor * race, [
        Part("175 x creatinine^-1.154 x age^-0.203", base, f"{values.said('creatinine')}; {values.said('age')}"),
        Part("Sex coefficient", factor, values.said("sex")),
        Part("Race coefficient", race, values.said("race")),
    ]


def _cockcroft_gault(values: Values) -> Computed:
    weight, chosen = values.number("weight"), "actual weight"
    by_index = values.upstream or values.choice("weight_basis") == "by body mass index"
    if by_index and values.maybe("height") is None:
        by_index = False
        values.warn("the weight is used as it is, since there is no height to choose one by", "give height")
    if by_index:
        height = values.number("height")
        index = mass_index(weight, height)
        ideal = ideal_weight(height, values.choice("sex"))
        if index >= 25.0:
            weight, chosen = adjusted_weight(weight, ideal), "adjusted weight (body mass index >= 25)"
        elif index >= 18.5:
            weight, chosen = min(weight, ideal), "the smaller of ideal and actual weight (body mass index 18.5 to 25)"
        else:
            chosen = "actual weight (body mass index < 18.5)"
    factor = 0.85 if values.choice("sex") == "female" else 1.0
    clearance = (140.0 - values.number("age")) * weight * factor / (72.0 * values.number("creatinine"))
    return clearance, [
        Part("Weight used, kg", weight, chosen),
        Part("Sex factor", factor, values.said("sex")),
    ]


def _fractional_sodium(values: Values) -> Computed:
    sodium = values.number("urine_sodium") / values.number("sodium")
    creatinine = values.number("urine_creatinine") / values.number("creatinine")
    return 100.0 * sodium / creatinine, [
        Part("Urine to serum sodium", sodium, f"{values.said('urine_sodium')}; {values.said('sodium')}"),
        Part(
            "Urine to serum creatinine", creatinine, f"{values.said('urine_creatinine')}; {values.said('creatinine')}"
        ),
    ]


def _fractional_urea(values: Values) -> Computed:
    urea = values.number("urine_urea_nitrogen") / values.number("urea_nitrogen")
    creatinine = values.number("urine_creatinine") / values.number("creatinine")
    return 100.0 * urea / creatinine, [
        Part("Urine to serum urea nitrogen", urea),
        Part("Urine to serum creatinine", creatinine),
    ]


def _schwartz(values: Values) -> Computed:
    return 0.413 * values.number("height") / values.number("creatinine"), []


_NKF = "calculator of the National Kidney Foundation, as recorded in the tests of admiral"
_MDCALC = "MDCalc, as recorded in the tests of admiral"
_URINE_SODIUM = number(
    "Urine sodium", "mmol/L", 1.0, 400.0, units=("mEq/L",), analyte="sodium", aliases=("sodium_urine", "urinary_sodium")
)
_URINE_CREATININE = number(
    "Urine creatinine",
    "mg/dL",
    0.1,
    1000.0,
    units=("mmol/L", "umol/L"),
    analyte="creatinine",
    aliases=("creatinine_urine", "urinary_creatinine"),
)
_UREA = number("Urea nitrogen", "mg/dL", 1.0, 250.0, units=("mmol/L",), analyte="urea nitrogen", aliases=("bun",))

CALCULATORS = (
    Calculator(
        name="ckd-epi-2021",
        title="CKD-EPI Equations for Glomerular Filtration Rate",
        names=("CKD-EPI", "CKD-EPI 2021 creatinine"),
        area="renal",
        purpose="Estimates the glomerular filtration rate of adults from creatinine, without race.",
        inputs={"age": age(18.0), "sex": SEX, "creatinine": CREATININE},
        unit=_INDEXED,
        formula="142 x min(creatinine/k, 1)^a x max(creatinine/k, 1)^-1.200 x 0.9938^age (x 1.012 in women); k 0.7 and "
        "a -0.241 in women, 0.9 and -0.302 in men; creatinine in mg/dL",
        citation="Inker et al., N Engl J Med 2021;385:1737-1749",
        example=Example(
            {"age": 50, "sex": "male", "creatinine": 0.9},
            104.049,
            "By hand: creatinine/k is 1, so 142 x 0.9938^50 = 142 x 0.732740",
        ),
        also=(
            Example(
                {"age": 55, "sex": "male", "creatinine": 1.09},
                80.0,
                "calculator of the National Kidney Foundation, as recorded in the tests of admiral",
                published=True,
                digits=0,
            ),
            Example(
                {"age": 65, "sex": "female", "creatinine": (85, "umol/L")},
                66.0,
                "calculator of the National Kidney Foundation, as recorded in the tests of admiral",
                published=True,
                digits=0,
            ),
        ),
        compute=_ckd_epi,
        reading=((0, "G5"), (15, "G4"), (30, "G3b"), (45, "G3a"), (60, "G2"), (90, "G1")),
        medcalc_bench=3,
    ),
    Calculator(
        name="mdrd",
        title="MDRD GFR Equation",
        names=("MDRD", "MDRD GFR"),
        area="renal",
        purpose="Estimates the glomerular filtration rate of adults; superseded by CKD-EPI 2021.",
        inputs={
            "age": age(18.0),
            "sex": SEX,
            "creatinine": CREATININE,
            "race": replace(
                choice("Race", {"other": ("white", "asian", "hispanic"), "black": ("african american",)}), optional=True
            ),
        },
        unit=_INDEXED,
        formula="175 x creatinine^-1.154 x age^-0.203 (x 0.742 in women) (x 1.212 if Black); creatinine in mg/dL",
        citation="Levey et al., Ann Intern Med 2006;145:247-254; race: Delgado et al., J Am Soc Nephrol 2021;32:2994",
        example=Example(
            {"age": 50, "sex": "female", "creatinine": 1.0, "race": "other"},
            58.6882,
            "By hand: 175 x 50^-0.203 x 0.742 = 175 x 0.451969 x 0.742",
        ),
        also=(
            Example(
                {"age": 55, "sex": "male", "creatinine": 1.09},
                70.2,
                "MDCalc, as recorded in the tests of admiral",
                published=True,
                digits=1,
            ),
            Example(
                {"age": 65, "sex": "female", "creatinine": (85, "umol/L"), "race": "black"},
                70.6,
                "MDCalc, as recorded in the tests of admiral",
                published=True,
                digits=1,
            ),
        ),
        compute=_mdrd,
        medcalc_bench=9,
    ),
    Calculator(
        name="cockcroft-gault",
        title="Creatinine Clearance (Cockcroft-Gault Equation)",
        names=("Cockcroft-Gault", "Creatinine clearance"),
        area="renal",
        purpose="Estimates creatinine clearance, by which doses of many drugs are set.",
        inputs={
            "age": age(18.0, 110.0),
            "sex": SEX,
            "weight": WEIGHT,
            "creatinine": CREATININE,
            "height": replace(HEIGHT, optional=True),
            "weight_basis": replace(
                choice("Weight to use", {"actual": (), "by body mass index": ("bmi",)}), optional=True
            ),
        },
        unit="mL/min",
        formula="(140 - age) x weight (x 0.85 in women) / (72 x creatinine in mg/dL); with weight_basis 'by body mass "
        "index' the actual weight below 18.5, the smaller of ideal and actual below 25, else the adjusted weight",
        citation="Cockcroft and Gault, Nephron 1976;16:31-41; weight: Winter et al., Pharmacotherapy 2012;32:604-612",
        example=Example(
            {"age": 40, "sex": "male", "weight": 72, "creatinine": 1.0}, 100.0, "By hand: (140 - 40) x 72 / (72 x 1)"
        ),
        also=(
            Example(
                {"age": 55, "sex": "male", "weight": 90, "creatinine": 1.09},
                97.0,
                "calculator of the National Kidney Foundation, as recorded in the tests of admiral",
                published=True,
                digits=0,
            ),
            Example(
                {"age": 65, "sex": "female", "weight": 60, "creatinine": (85, "umol/L")},
                55.0,
                "calculator of the National Kidney Foundation, as recorded in the tests of admiral",
                published=True,
                digits=0,
            ),
        ),
        compute=_cockcroft_gault,
        medcalc_bench=2,
        upstream="always chooses the weight by the body mass index",
    ),
    Calculator(
        name="fractional-excretion-sodium",
        title="Fractional Excretion of Sodium (FENa)",
        names=("FENa", "Fractional excretion of sodium"),
        area="renal",
        purpose="Tells reduced blood flow to the kidney (below 1 %) from damage of the tubules in acute kidney injury.",
        inputs={
            "sodium": SODIUM,
            "urine_sodium": _URINE_SODIUM,
            "creatinine": CREATININE,
            "urine_creatinine": _URINE_CREATININE,
        },
        unit="%",
        formula="100 x (urine sodium x serum creatinine) / (serum sodium x urine creatinine)",
        citation="Espinel, JAMA 1976;236:579-581",
        example=Example(
            {"sodium": 140, "urine_sodium": 14, "creatinine": 2.0, "urine_creatinine": 100},
            0.2,
            "By hand: 100 x (14 x 2) / (140 x 100)",
        ),
        compute=_fractional_sodium,
        reading=((0, "below 1 %: prerenal"), (1, "1 to 2 %: undecided"), (2.0000001, "above 2 %: intrinsic")),
        medcalc_bench=40,
    ),
    Calculator(
        name="fractional-excretion-urea",
        title="Fractional Excretion of Urea (FEUrea)",
        names=("FEUrea",),
        area="renal",
        purpose="Does what the fractional excretion of sodium does, in patients who take diuretics.",
        inputs={
            "urea_nitrogen": _UREA,
            "urine_urea_nitrogen": replace(
                _UREA, text="Urine urea nitrogen", valid=(1.0, 4000.0), possible=(1.0, 4000.0), aliases=()
            ),
            "creatinine": CREATININE,
            "urine_creatinine": _URINE_CREATININE,
        },
        unit="%",
        formula="100 x (urine urea x serum creatinine) / (serum urea x urine creatinine)",
        citation="Carvounis et al., Kidney Int 2002;62:2223-2229",
        example=Example(
            {"urea_nitrogen": 40, "urine_urea_nitrogen": 400, "creatinine": 2.0, "urine_creatinine": 80},
            25.0,
            "By hand: 100 x (400 x 2) / (40 x 80)",
        ),
        compute=_fractional_urea,
        reading=((0, "35 % or less: prerenal"), (35.0000001, "above 35 %: intrinsic")),
    ),
    Calculator(
        name="schwartz-bedside",
        title="Bedside Schwartz Equation for Children",
        names=("Schwartz", "Bedside Schwartz"),
        area="renal",
        purpose="Estimates the glomerular filtration rate from 1 to 18 years of age.",
        inputs={"age": age(1.0, 18.0), "height": HEIGHT, "creatinine": CREATININE},
        unit=_INDEXED,
        formula="0.413 x height in cm / creatinine in mg/dL",
        citation="Schwartz et al., J Am Soc Nephrol 2009;20:629-637",
        example=Example({"age": 8, "height": 100, "creatinine": 0.5}, 82.6, "By hand: 0.413 x 100 / 0.5"),
        also=(
            Example(
                {"age": 4, "height": 101, "creatinine": 0.6},
                69.5,
                "recorded in the tests of transplantr",
                published=True,
                digits=1,
            ),
        ),
        compute=_schwartz,
    ),
)
