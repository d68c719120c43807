"""Thrombosis in surgical patients: Caprini's score of 2005.

>>> from workup.knowledge.calculators import calculate
>>> calculate("caprini", age=70, surgery="arthroplasty", varicose_veins=True, assume_absent=True).meaning
'highest'
"""

from __future__ import annotations

from msgspec.structs import replace

from workup.knowledge.calculators.calculator import Calculator, Example
from workup.knowledge.calculators.inputs import SEX, age, assumable, choice, number, yes_no
from workup.knowledge.calculators.points import Criterion, bands, in_words, present, score

_PREVIOUS_DVT = yes_no("Deep vein thrombosis before", "previous_dvt", "previously documented deep vein thrombosis")
_PREVIOUS_PE = yes_no("Pulmonary embolism before", "previous_pe", "previously documented pulmonary embolism")


# (name, points, words, other names) of the yes/no items of the 2005 form.
_CAPRINI_ITEMS: tuple[tuple[str, float, str, tuple[str, ...]], ...] = (
    ("recent_major_surgery", 1, "Major surgery in the last month", ("major_surgery",)),
    ("heart_failure", 1, "Congestive heart failure in the last month", ("chf", "congestive_heart_failure")),
    ("sepsis", 1, "Sepsis in the last month", ()),
    ("pneumonia", 1, "Pneumonia in the last month", ()),
    ("plaster_cast", 2, "Immobilising plaster cast in the last month", ("immobilizing_plaster_cast",)),
    (
        "fracture",
        5,
        "Fracture of hip, pelvis or leg in the last month",
        ("hip_pelvis_leg_fracture", "hip, pelvis, or leg fracture"),
    ),
    ("stroke", 5, "Stroke in the last month", ()),
    ("multiple_trauma", 5, "Multiple trauma in the last month", ()),
    (
        "spinal_cord_injury",
        5,
        "Spinal cord injury with paralysis in the last month",
        ("acute_spinal_cord_injury", "acute spinal cord injury causing paralysis"),
    ),
    ("varicose_veins", 1, "Varicose veins", ()),
    ("swollen_legs", 1, "Swollen legs now", ("current_swollen_legs",)),
    (
        "central_venous_access",
        2,
        "Central venous access now",
        ("current_central_venuous", "current_central_venous_access"),
    ),
    ("family_thrombosis", 3, "Thrombosis in the family", ("family_history_thrombosis", "family history of thrombosis")),
    ("factor_v_leiden", 3, "Factor V Leiden", ("positive_factor_v", "positive factor v leiden")),
    ("prothrombin_mutation", 3, "Prothrombin 20210A", ("positive_prothrombin", "positive prothrombin 20210a")),
    (
        "homocysteine",
        3,
        "Raised homocysteine",
        ("serum_homocysteine", "elevated_serum_homocysteine", "elevated serum homocysteine"),
    ),
    ("lupus_anticoagulant", 3, "Lupus anticoagulant", ("positive_lupus_anticoagulant",)),
    (
        "anticardiolipin",
        3,
        "Raised anticardiolipin antibody",
        ("elevated_anticardiolipin_antibody", "elevated_anticardiolipin"),
    ),
    ("heparin_thrombocytopenia", 3, "Heparin-induced thrombocytopenia", ("heparin_induced_thrombocytopenia",)),
    (
        "other_thrombophilia",
        3,
        "Other thrombophilia",
        ("congenital_acquired_thrombophilia", "other congenital or acquired thrombophilia"),
    ),
    ("inflammatory_bowel_disease", 1, "Inflammatory bowel disease", ("history of inflammatory bowel disease",)),
    ("myocardial_infarction", 1, "Acute myocardial infarction", ("acute_myocardial_infarction",)),
    ("lung_disease", 1, "Chronic obstructive lung disease", ("copd", "chronic_obstructive_pulmonary_disease")),
    ("malignancy", 2, "Malignancy, present or before", ("present or previous malignancy",)),
)


# Items of the form for women, which most programs leave out.
_CAPRINI_WOMEN: tuple[tuple[str, str], ...] = (
    ("hormones", "Oral contraceptives or hormone replacement"),
    ("pregnancy", "Pregnant, or birth within a month"),
    ("lost_pregnancies", "Unexplained stillbirth, three miscarriages, or premature birth with toxaemia"),
)
_CAPRINI_INPUTS = assumable(
    {
        "age": age(18.0),
        "sex": replace(SEX, assumable=True),
        "surgery": choice(
            "Type of surgery",
            {
                "none": (),
                "minor": (),
                "major": ("major (>45 min, laparoscopic or arthroscopic)",),
                "laparoscopic": ("laparoscopic surgery >45 min",),
                "arthroscopic": ("arthroscopic surgery",),
                "arthroplasty": ("elective major lower extremity arthroplasty", "elective arthroplasty"),
            },
            "surgery_type",
            assumed="none",
        ),
        "mobility": choice(
            "Mobility",
            {
                "normal": ("normal, out of bed",),
                "bed rest": ("medical patient currently on bed rest", "on bed rest"),
                "confined to bed over 72 hours": ("patient confined to bed >72 hours", "confined to bed >72 hours"),
            },
            assumed="normal",
        ),
        "body_mass_index": number("Body mass index", "kg/m2", 8.0, 100.0, aliases=("bmi", "body mass index (bmi)")),
        **{name: yes_no(text, *others) for name, _, text, others in _CAPRINI_ITEMS},
        "previous_thrombosis": _PREVIOUS_DVT,
        "previous_embolism": _PREVIOUS_PE,
        **{name: replace(yes_no(text), optional=True) for name, text in _CAPRINI_WOMEN},
    }
)
_CAPRINI = (
    Criterion(text="Age", inputs=("age",), bands=bands((">=", 75, 3), ("<=", 40, 0), ("<=", 60, 1)), otherwise=2),
    Criterion(text="Sex", inputs=("sex",), options={"female": 1, "male": 0}, variant="upstream"),
    Criterion(
        text="Surgery",
        inputs=("surgery",),
        options={"none": 0, "minor": 1, "major": 2, "laparoscopic": 2, "arthroscopic": 2, "arthroplasty": 5},
    ),
    Criterion(
        text="Mobility",
        inputs=("mobility",),
        options={"normal": 0, "bed rest": 1, "confined to bed over 72 hours": 2},
    ),
    Criterion(text="Body mass index", inputs=("body_mass_index",), bands=bands((">", 25, 1))),
    *(present(text, points, name) for name, points, text, _ in _CAPRINI_ITEMS),
    present("Deep vein thrombosis or embolism before", 3, "previous_thrombosis", "previous_embolism"),
    *(present(text, 1, name) for name, text in _CAPRINI_WOMEN),
)
_AREA = "surgical_thrombosis"
_NO_CAPRINI = {name: False for name, known in _CAPRINI_INPUTS.items() if known.kind == "yes/no" and not known.optional}


CALCULATORS = (
    Calculator(
        name="caprini",
        title="Caprini Score for Venous Thromboembolism (2005)",
        names=("Caprini", "Caprini score"),
        area=_AREA,
        purpose="Risk of thrombosis in surgical patients.",
        inputs=_CAPRINI_INPUTS,
        unit="points",
        formula=in_words(_CAPRINI, _CAPRINI_INPUTS),
        citation="Caprini, Dis Mon 2005;51:70-78",
        example=Example(
            {**_NO_CAPRINI, "age": 62, "sex": "female", "surgery": "major", "mobility": "bed rest"}
            | {"body_mass_index": 31, "malignancy": True, "previous_thrombosis": True, "previous_embolism": True},
            11.0,
            "By hand: age 2 + surgery 2 + bed rest 1 + weight 1 + malignancy 2 + thrombosis 3",
        ),
        compute=score(_CAPRINI),
        reading=((0, "low"), (1, "low"), (2, "moderate"), (3, "high"), (5, "highest")),
        medcalc_bench=36,
        upstream="one point for women, which stands for the three items of the form for women",
    ),
)
