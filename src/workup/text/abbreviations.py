"""Abbreviations: what a note defines itself, and a small table of clinical ones that mean one thing.

>>> from workup.text.words import sentences, words
>>> note = "An atrial septal defect (ASD) was seen."
>>> [note[start:end] for _, start, end in definitions(note, [words(note)])]
['atrial septal defect']
"""

from __future__ import annotations

from collections.abc import Sequence

from workup.text.vocabulary import STOP
from workup.text.words import BRACKET, Word

# Abbreviation -> name of the finding, why it is safe. Left out on purpose, because clinicians use them for several
# things: ASD (atrial septal defect, autism), MR (mental retardation, mitral regurgitation, magnetic resonance), MS, CP,
# PE, RA, MI, CF, DD, ID, AS, PS, LD, SS, CAD, BPD, PDA as a diagnosis only where the note defines it.
CLINICAL: dict[str, tuple[str, str]] = {
    "SOB": ("Dyspnea", "shortness of breath"),
    "HTN": ("Hypertension", "hypertension"),
    "DOE": ("Exertional dyspnea", "dyspnea on exertion"),
    "IUGR": ("Intrauterine growth retardation", "intrauterine growth restriction"),
    "FTT": ("Failure to thrive", "failure to thrive"),
    "ADHD": ("Attention deficit hyperactivity disorder", "attention deficit hyperactivity disorder"),
    "GERD": ("Gastroesophageal reflux", "gastroesophageal reflux disease"),
    "GORD": ("Gastroesophageal reflux", "gastro-oesophageal reflux disease"),
    "VSD": ("Ventricular septal defect", "ventricular septal defect"),
    "AVSD": ("Atrioventricular canal defect", "atrioventricular septal defect"),
    "TOF": ("Tetralogy of Fallot", "tetralogy of Fallot"),
    "GDD": ("Global developmental delay", "global developmental delay"),
    "OCD": ("Obsessive-compulsive behavior", "obsessive-compulsive disorder"),
    "OSA": ("Obstructive sleep apnea", "obstructive sleep apnea"),
    "SNHL": ("Sensorineural hearing impairment", "sensorineural hearing loss"),
    "VUR": ("Vesicoureteral reflux", "vesicoureteral reflux"),
    "DVT": ("Deep venous thrombosis", "deep vein thrombosis"),
    "UTI": ("Urinary tract infection", "urinary tract infection"),
    "COPD": ("Chronic pulmonary obstruction", "chronic obstructive pulmonary disease"),
    "CKD": ("Chronic kidney disease", "chronic kidney disease"),
    "AKI": ("Acute kidney injury", "acute kidney injury"),
    "ESRD": ("Stage 5 chronic kidney disease", "end-stage renal disease"),
    "CHF": ("Congestive heart failure", "congestive heart failure"),
    "HCM": ("Hypertrophic cardiomyopathy", "hypertrophic cardiomyopathy"),
    "DCM": ("Dilated cardiomyopathy", "dilated cardiomyopathy"),
    "SVT": ("Supraventricular tachycardia", "supraventricular tachycardia"),
    "GTCS": ("Bilateral tonic-clonic seizure", "generalised tonic-clonic seizure"),
    "NAFLD": ("Hepatic steatosis", "non-alcoholic fatty liver disease"),
    "DDH": ("Developmental dysplasia of the hip", "developmental dysplasia of the hip"),
    "PVL": ("Periventricular leukomalacia", "periventricular leukomalacia"),
    "ARDS": ("Acute respiratory distress syndrome", "acute respiratory distress syndrome"),
    "SIADH": ("Inappropriate antidiuretic hormone secretion", "inappropriate antidiuretic hormone secretion"),
    "CAL": ("Cafe-au-lait spot", "café-au-lait spot"),
    "CALM": ("Cafe-au-lait spot", "café-au-lait macule"),
    "LVH": ("Left ventricular hypertrophy", "left ventricular hypertrophy"),
    "RVH": ("Right ventricular hypertrophy", "right ventricular hypertrophy"),
}

_LONGEST = 8


def definitions(note: str, rows: Sequence[Sequence[Word]]) -> list[tuple[str, int, int]]:
    """Abbreviations that a note introduces in brackets after their long form.

    The letters must be the initials of the words before the bracket, small words passed over at will, or occur in
    order in a single word ("hypertension (HTN)").

    Returns:
        Abbreviation, start and end of its long form.
    """
    found: list[tuple[str, int, int]] = []
    for row in rows:
        for i, word in enumerate(row):
            if i == 0 or word.joint != BRACKET or not word.upper or note[word.start - 1] not in "([":
                continue
            short = note[word.start : word.end]
            short = short[:-1] if short.endswith("s") and short[:-1].isupper() else short
            if not 2 <= len(short) <= _LONGEST:
                continue
            first = _initials(short.lower(), row[max(0, i - 2 * len(short)) : i])
            if first is not None:
                found.append((short, first.start, row[i - 1].end))
    return found


def _initials(letters: str, before: Sequence[Word]) -> Word | None:
    """First word of the long form that ends where the bracket opens."""
    left = list(letters)
    for word in reversed(before):
        if word.text[0] == left[-1]:
            left.pop()
            if not left:
                return word
        elif word.text not in STOP:
            break
    last = before[-1]
    at = 0
    for letter in letters:
        at = last.text.find(letter, at) + 1
        if at == 0:
            return None
    return last if last.text[0] == letters[0] else None
