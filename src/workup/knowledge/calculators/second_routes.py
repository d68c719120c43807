"""By which second route a calculator is verified whose value nobody else printed where we could read it.

The routes are computed in ``tests/knowledge/test_calculator_second_routes.py``, each over many inputs. None is the
formula written again: the same quantity in the units of another paper, a law that it has to obey, another calculator
that has a published value, or the range and the table that the source gives for a score. A route that needs a constant
of the formula shows only that the code uses it rightly; the constants of the sources stand in the code for review.

>>> SECOND_ROUTES["mean-arterial-pressure"]
'diastolic pressure and a third of the pulse pressure'
"""

from __future__ import annotations

from collections.abc import Mapping

SECOND_ROUTES: Mapping[str, str] = {
    "fractional-excretion-sodium": "clearance of sodium over that of creatinine, at any urine flow, in SI units",
    "fractional-excretion-urea": "clearance of urea over that of creatinine, at any urine flow, in SI units",
    "sodium-for-glucose-katz": "1.6 mmol/L for each 100 mg/dL, glucose given in mmol/L",
    "calcium-for-albumin": "the form of SI countries, calcium in mmol/L + 0.02 x (40 - albumin in g/L)",
    "osmolal-gap": "the sum of the amounts in mmol/L, which needs no factors",
    "free-water-deficit": "conservation: body water x sodium = (body water + deficit) x 140",
    "delta-gap": "the anion gap (MedCalc-Bench example) less 12",
    "delta-ratio": "1 where each mmol of acid takes one of bicarbonate, 0 without excess acid",
    "winters": "the bedside rule bicarbonate + 15, which agrees within 2 mmHg from 10 to 18 mmol/L",
    "mean-arterial-pressure": "diastolic pressure and a third of the pulse pressure",
    "shock-index": "times systolic pressure it is the heart rate; 70 and 120 lie in the paper's normal range 0.5-0.7",
    "qtc-fridericia": "the cube of corrected over measured QT is the heart rate over 60",
    "qtc-framingham": "the paper's own form in seconds; unchanged at 60 a minute",
    "has-bled": "range 0-9: nine items of one point each",
    "abcd2": "range 0-7 and the three classes 0-3, 4-5, 6-7",
    "wells-dvt": "range -2 to 9: nine items of one point, one of -2",
    "perc": "eight criteria of one each; none is the only negative rule",
    "caprini": "the sections of the form: 16 items of one point, 8 of two, 10 of three, 5 of five",
    "child-pugh": "range 5-15, classes from 5, 7 and 10, limits of the table in SI units",
    "fib-4": "APRI (published value) x limit x age / (100 x square root of ALT)",
    "maddrey": "bilirubin given in umol/L and divided by 17.1",
    "albi": "natural logarithm with 0.2866, bilirubin in umol/L and albumin in g/L",
    "meld-3": "6 at normal values, at most 40, 1.33 more for women, and the terms collected otherwise",
    "curb-65": "range 0-5, urea above 7 mmol/L as printed in the paper",
    "alveolar-arterial-gradient": "the textbook's alveolar pressure of 99.7 mmHg in room air; pressures in kPa",
    "oxygenation-ratio": "the limits 13.3, 26.6 and 39.9 kPa that the definition prints beside 100, 200 and 300 mmHg",
    "rox": "times rate and inspired fraction it is the saturation; the paper's limit 4.88 at 92 %, 60 % and 31.4/min",
    "qsofa": "range 0-3: three items of one point; positive from 2",
    "neutrophil-count": "cells counted by the microlitre",
    "mentzer": "haematocrit over the square of the red cells, by the definition of the cell volume",
    "transferrin-saturation": "both amounts in umol/L; iron that fills its transferrin is 100 %",
    "reticulocyte-index": "the table of maturation times: 1, 1.5, 2 and 2.5 days at haematocrits of 45, 35, 25 and 15",
    "homa-ir": "the paper's own form, insulin x glucose in mmol/L / 22.5",
    "quicki": "1 / log10(405 x HOMA-IR), which holds by the two definitions",
    "ldl-friedewald": "the form in mmol/L, triglycerides / 2.2, within 2 %",
    "conception-date": "266 days before the due date (MedCalc-Bench example)",
    "gestational-age": "40 weeks and 0 days at the due date (MedCalc-Bench example)",
    "body-mass-index": "703 x pounds / inches squared",
    "body-surface-du-bois": "the paper's logarithmic form in cm2, and within 5 % of Mosteller (MedCalc-Bench example)",
    "adjusted-body-weight": "0.6 x ideal weight (MedCalc-Bench example) + 0.4 x weight",
    "target-weight": "its body mass index is the one that was wanted",
    "maintenance-fluids": "the paper's daily 100, 50 and 20 mL/kg over 24 hours, within 5 %",
    "steroid-conversion": "relative potencies: cortisone 0.8, hydrocortisone 1, prednisone 4, methylprednisolone 5, "
    "dexamethasone 25-30; there and back",
    "centor": "range -1 to 5 with the points for age, 0 to 4 without",
    "feverpain": "range 0-5: five items of one point",
    "charlson": "range 0-37, of which 4 by age",
}
