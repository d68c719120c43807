"""Acid and base: anion gap, delta gap and ratio, expected carbon dioxide.

>>> from workup.knowledge.calculators import calculate
>>> result = calculate("delta-ratio-albumin", sodium=140, chloride=100, bicarbonate=12, albumin="30 g/L")
>>> result.value, [(part.text, part.value) for part in result.parts]
(1.5416666666666667, [('Anion gap', 28.0), ('Corrected for albumin', 30.5), ('Delta gap', 18.5)])
"""

from __future__ import annotations

from workup.errors import UserError
from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import (
    ALBUMIN,
    BICARBONATE,
    CHLORIDE,
    SODIUM,
)

# mmol/L that the delta gap and ratio start from (Wrenn 1990); g/dL of Figge's correction.
_NORMAL_GAP, _NORMAL_BICARBONATE, _NORMAL_ALBUMIN = 12.0, 24.0, 4.0


def _gap(values: Values, *, corrected: bool) -> tuple[float, list[Part]]:
    gap = values.number("sodium") - values.number("chloride") - values.number("bicarbonate")
    parts = [Part("Anion gap", gap, "; ".join(map(values.said, ("sodium", "chloride", "bicarbonate"))))]
    if corrected:
        gap += 2.5 * (_NORMAL_ALBUMIN - values.number("albumin"))
        parts.append(Part("Corrected for albumin", gap, values.said("albumin")))
    return gap, parts


def _anion_gap(values: Values) -> Computed:
    return _gap(values, corrected="albumin" in values.inputs)


def _delta_gap(values: Values) -> Computed:
    gap, parts = _gap(values, corrected="albumin" in values.inputs)
    return gap - _NORMAL_GAP, parts


def _delta_ratio(values: Values) -> Computed:
    gap, parts = _gap(values, corrected="albumin" in values.inputs)
    fall = _NORMAL_BICARBONATE - values.number("bicarbonate")
    if fall == 0:
        raise UserError("the delta ratio has no value at a bicarbonate of 24 mmol/L: nothing fell")
    parts.append(Part("Delta gap", gap - _NORMAL_GAP, "normal gap 12"))
    return (gap - _NORMAL_GAP) / fall, parts


def _winters(values: Values) -> Computed:
    return 1.5 * values.number("bicarbonate") + 8.0, []


_AREA = "acid_base"
_GAP = {"sodium": SODIUM, "chloride": CHLORIDE, "bicarbonate": BICARBONATE}
_CORRECTED = {**_GAP, "albumin": ALBUMIN}
_EXAMPLE = {"sodium": 140, "chloride": 100, "bicarbonate": 20}
_FIGGE = "Figge et al., Crit Care Med 1998;26:1807-1810"
_WRENN = "Wrenn, Ann Emerg Med 1990;19:1310-1313"


CALCULATORS = (
    Calculator(
        name="anion-gap",
        title="Anion Gap",
        area=_AREA,
        purpose="Anions that are not measured; high in some metabolic acidoses.",
        inputs=_GAP,
        unit="mmol/L",
        formula="sodium - (chloride + bicarbonate)",
        citation="Emmett and Narins, Medicine 1977;56:38-54",
        example=Example(_EXAMPLE, 20.0, "By hand: 140 - (100 + 20)"),
        compute=_anion_gap,
        medcalc_bench=39,
    ),
    Calculator(
        name="anion-gap-albumin",
        title="Albumin Corrected Anion Gap",
        area=_AREA,
        purpose="Anion gap as it would be with an albumin of 4 g/dL.",
        inputs=_CORRECTED,
        unit="mmol/L",
        formula="anion gap + 2.5 x (4 - albumin in g/dL)",
        citation=_FIGGE,
        example=Example({**_EXAMPLE, "albumin": 2.0}, 25.0, "By hand: 20 + 2.5 x (4 - 2)"),
        compute=_anion_gap,
        medcalc_bench=65,
    ),
    Calculator(
        name="delta-gap",
        title="Delta Gap",
        area=_AREA,
        purpose="How far the anion gap is above 12.",
        inputs=_GAP,
        unit="mmol/L",
        formula="anion gap - 12",
        citation=_WRENN,
        example=Example(_EXAMPLE, 8.0, "By hand: 20 - 12"),
        compute=_delta_gap,
        medcalc_bench=63,
    ),
    Calculator(
        name="delta-ratio",
        title="Delta Ratio",
        area=_AREA,
        purpose="Rise of the anion gap over fall of bicarbonate; tells mixed acid-base disorders.",
        inputs=_GAP,
        unit="",
        formula="(anion gap - 12) / (24 - bicarbonate)",
        citation=_WRENN,
        example=Example(_EXAMPLE, 2.0, "By hand: 8 / (24 - 20)"),
        compute=_delta_ratio,
        medcalc_bench=64,
    ),
    Calculator(
        name="delta-gap-albumin",
        title="Albumin Corrected Delta Gap",
        area=_AREA,
        purpose="How far the anion gap, corrected for albumin, is above 12.",
        inputs=_CORRECTED,
        unit="mmol/L",
        formula="albumin corrected anion gap - 12",
        citation=f"{_WRENN}; {_FIGGE}",
        example=Example({**_EXAMPLE, "albumin": 2.0}, 13.0, "By hand: 25 - 12"),
        compute=_delta_gap,
        medcalc_bench=66,
    ),
    Calculator(
        name="delta-ratio-albumin",
        title="Albumin Corrected Delta Ratio",
        area=_AREA,
        purpose="Rise of the anion gap, corrected for albumin, over fall of bicarbonate.",
        inputs=_CORRECTED,
        unit="",
        formula="(albumin corrected anion gap - 12) / (24 - bicarbonate)",
        citation=f"{_WRENN}; {_FIGGE}",
        example=Example({**_EXAMPLE, "albumin": 2.0}, 3.25, "By hand: 13 / (24 - 20)"),
        compute=_delta_ratio,
        medcalc_bench=67,
    ),
    Calculator(
        name="winters",
        title="Winters' Formula",
        names=("Expected pCO2",),
        area=_AREA,
        purpose="PaCO2 expected in a compensated metabolic acidosis, +/- 2 mmHg.",
        inputs={"bicarbonate": BICARBONATE},
        unit="mmHg",
        formula="1.5 x bicarbonate + 8",
        citation="Albert, Dell and Winters, Ann Intern Med 1967;66:312-322",
        example=Example({"bicarbonate": 10}, 23.0, "By hand: 15 + 8"),
        compute=_winters,
    ),
)
