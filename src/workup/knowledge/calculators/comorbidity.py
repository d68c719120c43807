"""Comorbidity: Charlson's index, with age.

>>> from workup.knowledge.calculators import calculate
>>> calculate("charlson", age=71, myocardial_infarction=True, solid_tumour="metastatic", assume_absent=True).value
10.0
"""

from __future__ import annotations

from workup.knowledge.calculators.calculator import Calculator, Example
from workup.knowledge.calculators.inputs import age, assumable, choice, yes_no
from workup.knowledge.calculators.points import Criterion, bands, in_words, present, score

# (name, points, words, other names).
_ITEMS: tuple[tuple[str, float, str, tuple[str, ...]], ...] = (
    ("myocardial_infarction", 1, "Myocardial infarction", ("mi",)),
    ("heart_failure", 1, "Congestive heart failure", ("chf", "congestive_heart_failure")),
    ("peripheral_vascular_disease", 1, "Peripheral vascular disease", ()),
    ("dementia", 1, "Dementia", ()),
    (
        "lung_disease",
        1,
        "Chronic lung disease",
        ("copd", "chronic pulmonary disease", "chronic obstructive pulmonary disease"),
    ),
    ("connective_tissue_disease", 1, "Connective tissue disease", ()),
    ("peptic_ulcer_disease", 1, "Peptic ulcer disease", ("peptic_ucler_disease", "peptic_ulcer")),
    ("hemiplegia", 2, "Hemiplegia", ("hemiplegia or paraplegia",)),
    (
        "kidney_disease",
        2,
        "Moderate or severe kidney disease",
        ("moderate_to_severe_ckd", "moderate to severe chronic kidney disease"),
    ),
    ("leukaemia", 2, "Leukaemia", ("leukemia",)),
    ("lymphoma", 2, "Lymphoma", ()),
    ("aids", 6, "AIDS", ()),
)
_INPUTS = assumable(
    {
        "age": age(18.0),
        **{name: yes_no(text, *others) for name, _, text, others in _ITEMS},
        "stroke": yes_no("Stroke", "cva", "cerebrovascular accident"),
        "transient_ischaemic_attack": yes_no("Transient ischaemic attack", "tia", "transient ischemic attacks"),
        "liver_disease": choice(
            "Liver disease",
            {"none": (), "mild": (), "moderate to severe": ("moderate", "severe", "moderate_to_severe")},
            assumed="none",
        ),
        "diabetes": choice(
            "Diabetes",
            {
                "none or diet-controlled": ("none", "none or diet controlled"),
                "uncomplicated": (),
                "end-organ damage": ("end organ damage",),
            },
            "diabetes_mellitus",
            assumed="none or diet-controlled",
        ),
        "solid_tumour": choice(
            "Solid tumour", {"none": (), "localized": ("localised",), "metastatic": ()}, "solid_tumor", assumed="none"
        ),
    }
)
_CRITERIA = (
    Criterion(text="Age", inputs=("age",), bands=bands((">=", 80, 4), (">=", 70, 3), (">=", 60, 2), (">=", 50, 1))),
    *(present(text, points, name) for name, points, text, _ in _ITEMS),
    present("Stroke or transient ischaemic attack", 1, "stroke", "transient_ischaemic_attack"),
    Criterion(text="Liver disease", inputs=("liver_disease",), options={"none": 0, "mild": 1, "moderate to severe": 3}),
    Criterion(
        text="Diabetes",
        inputs=("diabetes",),
        options={"none or diet-controlled": 0, "uncomplicated": 1, "end-organ damage": 2},
    ),
    Criterion(text="Solid tumour", inputs=("solid_tumour",), options={"none": 0, "localized": 2, "metastatic": 6}),
)
_NO = {name: False for name, known in _INPUTS.items() if known.kind == "yes/no"}

CALCULATORS = (
    Calculator(
        name="charlson",
        title="Charlson Comorbidity Index (CCI)",
        names=("Charlson", "CCI"),
        area="comorbidity",
        purpose="Mortality by chronic diseases and age.",
        inputs=_INPUTS,
        unit="points",
        formula=in_words(_CRITERIA, _INPUTS),
        citation="Charlson et al., J Chronic Dis 1987;40:373-383; with age: J Clin Epidemiol 1994;47:1245-1251",
        example=Example(
            {
                **_NO,
                "age": 59,
                "stroke": True,
                "transient_ischaemic_attack": True,
                "liver_disease": "moderate to severe",
            }
            | {"diabetes": "end-organ damage", "solid_tumour": "localized", "kidney_disease": True},
            11.0,
            "By hand: age 1 + stroke or attack 1 + liver 3 + diabetes 2 + tumour 2 + kidney 2",
        ),
        compute=score(_CRITERIA),
        medcalc_bench=32,
    ),
)
