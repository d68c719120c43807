"""Names that a clinician uses for one another, whatever the patient has.

The exact synonyms of an ontology are not meant for this: at the bedside hyperthermia is no fever, a percussion that is
dull is no torpor, a vegetative state no coma, purplish striae are those of Cushing's syndrome, and chronic heart
failure is more than heart failure. So a note that brings no names of its own is changed only by
this list: nouns of the same meaning, degree and course, which fit into the same sentence.

>>> same_at_the_bedside("Dyspnea"), same_at_the_bedside("weakness")
(('shortness of breath', 'dyspnea'), ())
"""

from __future__ import annotations

_GROUPS = (
    ("shortness of breath", "dyspnea"),
    ("fever", "pyrexia"),
    ("vomiting", "emesis"),
    ("itching", "pruritus"),
    ("headache", "cephalalgia"),
    ("nosebleeds", "epistaxis"),
    ("nosebleed", "epistaxis"),
    ("jaundice", "icterus"),
    ("scleral icterus", "icteric sclerae"),
    ("difficulty swallowing", "dysphagia"),
    ("joint pain", "arthralgia"),
    ("muscle pain", "myalgia"),
    ("hair loss", "alopecia"),
    ("high blood pressure", "hypertension"),
    ("low blood pressure", "hypotension"),
    ("double vision", "diplopia"),
    ("painful urination", "dysuria"),
    ("coughing up blood", "hemoptysis"),
    ("vomiting blood", "hematemesis"),
    ("blood in the urine", "hematuria"),
    ("blood in urine", "hematuria"),
    ("fast heart rate", "tachycardia"),
    ("slow heart rate", "bradycardia"),
    ("rapid breathing", "tachypnea"),
    ("low platelet count", "thrombocytopenia"),
    ("low blood sugar", "hypoglycemia"),
    ("high blood sugar", "hyperglycemia"),
    ("enlarged liver", "hepatomegaly"),
    ("enlarged spleen", "splenomegaly"),
    ("enlarged lymph nodes", "lymphadenopathy"),
    ("swollen lymph nodes", "lymphadenopathy"),
    ("fatigue", "tiredness"),
    ("chest pain", "thoracic pain"),
    ("abdominal pain", "pain in the abdomen"),
    ("sore throat", "throat pain"),
    ("loss of appetite", "anorexia"),
    ("night sweats", "nocturnal sweating"),
    ("excessive sweating", "hyperhidrosis"),
    ("runny nose", "rhinorrhea"),
    ("ringing in the ears", "tinnitus"),
    ("excessive thirst", "polydipsia"),
    ("drooping eyelid", "ptosis"),
    ("cleft palate", "palatoschisis"),
    ("rales", "crackles"),
    ("type 2 diabetes", "type II diabetes"),
    ("type 2 diabetes mellitus", "type II diabetes mellitus"),
    ("type 1 diabetes", "type I diabetes"),
    ("heart failure", "cardiac failure"),
    ("kidney stones", "renal calculi"),
    ("gallstones", "cholelithiasis"),
    ("liver failure", "hepatic failure"),
    ("renal failure", "kidney failure"),
    ("myocardial infarction", "heart attack"),
    ("abdominal distension", "distension of the abdomen"),
    ("distended abdomen", "abdominal distension"),
    ("high cholesterol", "hypercholesterolemia"),
    ("dry skin", "xerosis"),
    ("easy bruising", "easy bruisability"),
    ("insomnia", "sleeplessness"),
    ("somnolence", "drowsiness"),
    ("leg pain", "pain in the leg"),
    ("back pain", "pain in the back"),
    ("neck pain", "pain in the neck"),
    ("hearing loss", "loss of hearing"),
    ("vision loss", "loss of vision"),
    ("weight loss", "loss of weight"),
    ("weight gain", "gain of weight"),
    ("memory loss", "loss of memory"),
)
_BY_NAME: dict[str, tuple[str, ...]] = {}
for _group in _GROUPS:
    for _name in _group:
        _BY_NAME.setdefault(_name, _group)


def same_at_the_bedside(words: str) -> tuple[str, ...]:
    """The names of the group in which the words are, themselves among them; none where no other is the same."""
    return _BY_NAME.get(words.casefold(), ())
