"""Thrombosis: Wells' two scores, PERC, Caprini.

>>> from workup.knowledge.calculators import calculate
>>> result = calculate("wells-pe", heart_rate=104, haemoptysis=True, assume_absent=True)
>>> result.value, result.meaning, len(result.issues)
(2.5, 'moderate (three levels); unlikely (two levels)', 7)
"""

from __future__ import annotations

from workup.knowledge.calculators.calculator import Calculator, Example
from workup.knowledge.calculators.inputs import HEART_RATE, age, assumable, laboratory, yes_no
from workup.knowledge.calculators.points import Criterion, bands, in_words, present, score

_PREVIOUS_DVT = yes_no("Deep vein thrombosis before", "previous_dvt", "previously documented deep vein thrombosis")
_PREVIOUS_PE = yes_no("Pulmonary embolism before", "previous_pe", "previously documented pulmonary embolism")
_WELLS_PE_INPUTS = assumable(
    {
        "thrombosis_signs": yes_no(
            "Clinical signs and symptoms of deep vein thrombosis",
            "clinical_dvt",
            "clinical signs and symptoms of deep vein thrombosis",
        ),
        "embolism_likeliest": yes_no(
            "Pulmonary embolism is the first diagnosis or equally likely",
            "pe_number_one",
            "pulmonary embolism is #1 diagnosis or equally likely",
        ),
        "heart_rate": HEART_RATE,
        "immobilisation": yes_no(
            "Immobilised for three days or more", "immobilization_for_3days", "immobilization for at least 3 days"
        ),
        "surgery": yes_no("Surgery in the last four weeks", "surgery_in_past4weeks", "surgery in the previous 4 weeks"),
        "previous_thrombosis": _PREVIOUS_DVT,
        "previous_embolism": _PREVIOUS_PE,
        "haemoptysis": yes_no("Haemoptysis", "hemoptysis"),
        "malignancy": yes_no(
            "Malignancy with treatment within six months or palliative",
            "malignancy_with_treatment",
            "malignancy with treatment within 6 months or palliative",
        ),
    }
)
_WELLS_PE = (
    present("Signs of deep vein thrombosis", 3, "thrombosis_signs"),
    present("Pulmonary embolism first or equally likely", 3, "embolism_likeliest"),
    Criterion(text="Heart rate", inputs=("heart_rate",), bands=bands((">", 100, 1.5))),
    present("Immobilised, or surgery in four weeks", 1.5, "immobilisation", "surgery"),
    present("Deep vein thrombosis or embolism before", 1.5, "previous_thrombosis", "previous_embolism"),
    present("Haemoptysis", 1, "haemoptysis"),
    present("Malignancy", 1, "malignancy"),
)
_WELLS_DVT_INPUTS = assumable(
    {
        "active_cancer": yes_no("Active cancer, treated within six months or palliative"),
        "paralysis": yes_no(
            "Paralysis, paresis or recent plaster of a leg",
            "paralysis_paresis_immobilization_in_lower_extreme",
            "paralysis, paresis, or recent plaster immobilization of the lower extremity",
            "paralysis_paresis_immobilization",
        ),
        "bedridden": yes_no(
            "Bedridden for three days or more",
            "bedridden_for_atleast_3_days",
            "bedridden recently >3 days",
        ),
        "major_surgery": yes_no(
            "Major surgery within twelve weeks", "major_surgery_in_last_12weeks", "major surgery within 12 weeks"
        ),
        "tenderness": yes_no(
            "Tenderness along the deep veins",
            "localized_tenderness",
            "localized_tenderness_on_deep_venuous_system",
            "localized tenderness along the deep venous system",
        ),
        "leg_swollen": yes_no("Entire leg swollen", "entire_leg_swollen"),
        "calf_swollen": yes_no(
            "Calf 3 cm or more larger than the other",
            "calf_swelling_3cm",
            "calf swelling >3 centimeters compared to the other leg",
            "calf swelling at least 3 centimeters larger than asymptomatic side",
        ),
        "pitting_oedema": yes_no(
            "Pitting oedema of the symptomatic leg only",
            "pitting_edema_on_symptomatic_leg",
            "pitting edema, confined to symptomatic leg",
            "pitting edema confined to symptomatic leg",
        ),
        "collateral_veins": yes_no(
            "Collateral superficial veins, not varicose",
            "collateral_superficial_veins",
            "collateral (nonvaricose) superficial veins present",
        ),
        "previous_thrombosis": _PREVIOUS_DVT,
        "other_diagnosis": yes_no(
            "Another diagnosis at least as likely",
            "alternative_to_dvt_diagnosis",
            "alternative diagnosis to dvt as likely or more likely",
        ),
    }
)
_WELLS_DVT = (
    present("Active cancer", 1, "active_cancer"),
    present("Paralysis, paresis or plaster of a leg", 1, "paralysis"),
    present("Bedridden three days, or major surgery within twelve weeks", 1, "bedridden", "major_surgery"),
    present("Tenderness along the deep veins", 1, "tenderness"),
    present("Entire leg swollen", 1, "leg_swollen"),
    present("Calf 3 cm larger", 1, "calf_swollen"),
    present("Pitting oedema of the symptomatic leg only", 1, "pitting_oedema"),
    present("Collateral superficial veins", 1, "collateral_veins"),
    present("Deep vein thrombosis before", 1, "previous_thrombosis"),
    present("Another diagnosis at least as likely", -2, "other_diagnosis"),
)
_PERC_INPUTS = assumable(
    {
        "age": age(18.0),
        "heart_rate": HEART_RATE,
        "oxygen_saturation": laboratory(
            "oxygen saturation", aliases=("o2_saturation", "oxygen_sat", "o₂ saturation", "spo2")
        ),
        "leg_swelling": yes_no("Swelling of one leg", "unilateral_leg_swelling"),
        "haemoptysis": yes_no("Haemoptysis", "hemoptysis"),
        "surgery_or_trauma": yes_no(
            "Surgery or trauma in the last four weeks", "recent_surgery_or_trauma", "recent surgery or trauma"
        ),
        "previous_thrombosis": _PREVIOUS_DVT,
        "previous_embolism": _PREVIOUS_PE,
        "hormones": yes_no("Oestrogens", "hormonal_use", "hormone use"),
    }
)
_PERC = (
    Criterion(text="Age", inputs=("age",), bands=bands((">=", 50, 1))),
    Criterion(text="Heart rate", inputs=("heart_rate",), bands=bands((">=", 100, 1))),
    Criterion(text="Oxygen saturation", inputs=("oxygen_saturation",), bands=bands(("<", 95, 1))),
    present("Swelling of one leg", 1, "leg_swelling"),
    present("Haemoptysis", 1, "haemoptysis"),
    present("Surgery or trauma", 1, "surgery_or_trauma"),
    present("Deep vein thrombosis or embolism before", 1, "previous_thrombosis", "previous_embolism"),
    present("Oestrogens", 1, "hormones"),
)
_AREA = "thrombosis"
_NO = {name: False for name, known in {**_WELLS_PE_INPUTS, **_WELLS_DVT_INPUTS}.items() if known.kind == "yes/no"}


CALCULATORS = (
    Calculator(
        name="wells-pe",
        title="Wells' Criteria for Pulmonary Embolism",
        names=("Wells PE", "Wells' Criteria for PE"),
        area=_AREA,
        purpose="Probability of pulmonary embolism before tests.",
        inputs=_WELLS_PE_INPUTS,
        unit="points",
        formula=in_words(_WELLS_PE, _WELLS_PE_INPUTS),
        citation="Wells et al., Thromb Haemost 2000;83:416-420",
        example=Example(
            {**{name: _NO[name] for name in _WELLS_PE_INPUTS if name in _NO}, "heart_rate": 101, "immobilisation": True}
            | {"surgery": True, "malignancy": True},
            4.0,
            "By hand: 1.5 + 1.5 + 1, immobilisation and surgery being one item",
        ),
        compute=score(_WELLS_PE),
        reading=(
            (0, "low (three levels); unlikely (two levels)"),
            (2, "moderate (three levels); unlikely (two levels)"),
            (4.5, "moderate (three levels); likely (two levels)"),
            (6.5, "high (three levels); likely (two levels)"),
        ),
        medcalc_bench=8,
    ),
    Calculator(
        name="wells-dvt",
        title="Wells' Criteria for DVT",
        names=("Wells DVT", "Wells' Criteria for Deep Vein Thrombosis"),
        area=_AREA,
        purpose="Probability of deep vein thrombosis before tests.",
        inputs=_WELLS_DVT_INPUTS,
        unit="points",
        formula=in_words(_WELLS_DVT, _WELLS_DVT_INPUTS),
        citation="Wells et al., N Engl J Med 2003;349:1227-1235",
        example=Example(
            {**{name: _NO[name] for name in _WELLS_DVT_INPUTS}, "active_cancer": True, "calf_swollen": True}
            | {"bedridden": True, "major_surgery": True, "other_diagnosis": True},
            1.0,
            "By hand: 1 + 1 + 1 - 2",
        ),
        compute=score(_WELLS_DVT),
        reading=((-2, "unlikely"), (2, "likely")),
        medcalc_bench=16,
    ),
    Calculator(
        name="perc",
        title="PERC Rule for Pulmonary Embolism",
        names=("PERC",),
        area=_AREA,
        purpose="Criteria met, of eight; at none, and a low suspicion, embolism needs no test.",
        inputs=_PERC_INPUTS,
        unit="criteria",
        formula=in_words(_PERC, _PERC_INPUTS),
        citation="Kline et al., J Thromb Haemost 2004;2:1247-1255",
        example=Example(
            {name: False for name, known in _PERC_INPUTS.items() if known.kind == "yes/no"}
            | {"age": 50, "heart_rate": 99, "oxygen_saturation": 94, "hormones": True},
            3.0,
            "By hand: age, saturation, oestrogens",
        ),
        compute=score(_PERC),
        reading=((0, "ruled out if the suspicion is low"), (1, "not ruled out")),
        medcalc_bench=48,
    ),
)
