"""QT interval, corrected for heart rate.

>>> from workup.knowledge.calculators import calculate
>>> [round(calculate(name, heart_rate=90, qt_interval=360).value) for name in ("qtc-bazett", "qtc-fridericia")]
[441, 412]
"""

from __future__ import annotations

from collections.abc import Callable

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import HEART_RATE, number

_QT = number("QT interval", "ms", 100.0, 900.0, units=("s",), aliases=("qt", "qt interval"))
# Heart rate and QT interval, in ms and s -> corrected interval in ms.
_Formula = Callable[[float, float], float]


def _corrected(formula: _Formula) -> Callable[[Values], Computed]:
    def compute(values: Values) -> Computed:
        rate = values.number("heart_rate")
        parts = [Part("RR interval, s", 60.0 / rate, values.said("heart_rate"))]
        return formula(values.number("qt_interval"), rate), parts

    return compute


def _calculator(
    name: str, formula: str, citation: str, compute: _Formula, example: Example, number_in_set: int
) -> Calculator:
    return Calculator(
        name=f"qtc-{name.lower()}",
        title=f"QTc {name} Calculator",
        names=(f"QTc {name}",),
        area="electrocardiogram",
        purpose="QT interval as it would be at 60 beats per minute.",
        inputs={"qt_interval": _QT, "heart_rate": HEART_RATE},
        unit="ms",
        formula=formula,
        citation=citation,
        example=example,
        compute=_corrected(compute),
        medcalc_bench=number_in_set,
    )


CALCULATORS = (
    _calculator(
        "Bazett",
        "QT / square root of RR in s",
        "Bazett, Heart 1920;7:353-370",
        lambda qt, rate: qt / (60.0 / rate) ** 0.5,
        Example({"qt_interval": 300, "heart_rate": 240}, 600.0, "By hand: 300 / sqrt(0.25)"),
        11,
    ),
    _calculator(
        "Fridericia",
        "QT / cube root of RR in s",
        "Fridericia, Acta Med Scand 1920;53:469-486",
        lambda qt, rate: qt / (60.0 / rate) ** (1.0 / 3.0),
        Example({"qt_interval": 480, "heart_rate": 17.7777777777778}, 320.0, "By hand: RR 3.375 s, cube root 1.5"),
        56,
    ),
    _calculator(
        "Framingham",
        "QT + 154 x (1 - RR in s)",
        "Sagie et al., Am J Cardiol 1992;70:797-801",
        lambda qt, rate: qt + 154.0 * (1.0 - 60.0 / rate),
        Example({"qt_interval": 300, "heart_rate": 120}, 377.0, "By hand: 300 + 154 x 0.5"),
        57,
    ),
    _calculator(
        "Hodges",
        "QT + 1.75 x (heart rate - 60)",
        "Hodges et al., J Am Coll Cardiol 1983;1:694 (abstract)",
        lambda qt, rate: qt + 1.75 * (rate - 60.0),
        Example({"qt_interval": 400, "heart_rate": 100}, 470.0, "By hand: 400 + 1.75 x 40"),
        58,
    ),
    _calculator(
        "Rautaharju",
        "QT x (120 + heart rate) / 180",
        "Rautaharju et al., J Electrocardiol 2014;47:155-158",
        lambda qt, rate: qt * (120.0 + rate) / 180.0,
        Example({"qt_interval": 360, "heart_rate": 90}, 420.0, "By hand: 360 x 210 / 180"),
        59,
    ),
)
