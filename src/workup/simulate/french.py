"""The findings and sentences of simulated vignettes in French, so that one set of facts is written in both languages.

Neither text is a translation of the other by a model: both are made of the same facts, sentence by sentence, so that
what is asserted, denied and measured is the same in both by construction (:func:`negations` counts it again).

    She has axillary freckling. There is no fever.     Elle a des éphélides axillaires. Il n'y a pas de fièvre.

>>> present("HP:0000997", 0, "She"), denied("HP:0001945", 0, "She")
('Elle a des éphélides axillaires.', "Il n'y a pas de fièvre.")
"""

from __future__ import annotations

import re

QUESTION = "Laquelle de ces maladies est la plus probable ?"
LANGUAGE = "fr"

# In the order of the English sentences of :mod:`workup.simulate.vignettes`.
_PRESENT = ("{Elle} a {it}.", "L'examen montre {it}.", "Le dossier mentionne {it}.", "On connaît chez {elle} {it}.")
_DENIED = ("Il n'y a pas {of}.", "{Elle} n'a pas {of}.", "{Elle} ne signale pas {of}.")
_MEASURED = ("Les analyses montrent {it}.", "Le laboratoire rapporte {it}.")
_PEOPLE = {"girl": "Cette fille", "woman": "Cette femme", "boy": "Ce garçon", "man": "Cet homme"}
_SHE = {"She": ("Elle", "elle"), "He": ("Il", "lui")}

# HPO id -> article and noun.
SIGNS = {
    "HP:0000957": ("des", "taches café-au-lait"),
    "HP:0000997": ("des", "éphélides axillaires"),
    "HP:0000256": ("une", "macrocéphalie"),
    "HP:0009737": ("des", "nodules de Lisch"),
    "HP:0001166": ("une", "arachnodactylie"),
    "HP:0000767": ("un", "pectus excavatum"),
    "HP:0002616": ("un", "anévrisme de la racine de l'aorte"),
    "HP:0001083": ("une", "ectopie du cristallin"),
    "HP:0002240": ("une", "hépatomégalie"),
    "HP:0002910": ("une", "élévation des transaminases"),
    "HP:0000952": ("un", "ictère"),
    "HP:0200032": ("des", "anneaux de Kayser-Fleischer"),
    "HP:0002110": ("des", "bronchectasies"),
    "HP:0011109": ("une", "sinusite chronique"),
    "HP:0002205": ("des", "infections respiratoires récidivantes"),
    "HP:0001738": ("une", "insuffisance pancréatique exocrine"),
    "HP:0001513": ("une", "obésité"),
    "HP:0000510": ("une", "rétinite pigmentaire"),
    "HP:0000819": ("un", "diabète sucré"),
    "HP:0100259": ("une", "polydactylie postaxiale"),
    "HP:0000790": ("une", "hématurie"),
    "HP:0000093": ("une", "protéinurie"),
    "HP:0000822": ("une", "hypertension artérielle"),
    "HP:0000407": ("une", "surdité de perception"),
    "HP:0000421": ("des", "épistaxis"),
    "HP:0001891": ("une", "anémie par carence en fer"),
    "HP:0002239": ("une", "hémorragie digestive"),
    "HP:0001009": ("des", "télangiectasies"),
    "HP:0001100": ("une", "hétérochromie des iris"),
    "HP:0002211": ("une", "mèche blanche frontale"),
    "HP:0002216": ("un", "grisonnement précoce des cheveux"),
    "HP:0000506": ("un", "télécanthus"),
    "HP:0002900": ("une", "hypokaliémie"),
    "HP:0001960": ("une", "alcalose métabolique"),
    "HP:0003324": ("une", "faiblesse musculaire généralisée"),
    "HP:0002917": ("une", "hypomagnésémie"),
    "HP:0002979": ("une", "incurvation des jambes"),
    "HP:0004322": ("une", "petite taille"),
    "HP:0002748": ("un", "rachitisme"),
    "HP:0003282": ("une", "baisse des phosphatases alcalines"),
    "HP:0001945": ("de la", "fièvre"),
    "HP:0002315": ("des", "céphalées"),
    "HP:0012735": ("une", "toux"),
    "HP:0002014": ("une", "diarrhée"),
    "HP:0003418": ("des", "douleurs dorsales"),
    "HP:0000988": ("une", "éruption cutanée"),
}
_VALUES = {
    "serum magnesium": "une magnésémie de {value} {unit}",
    "serum alkaline phosphatase": "des phosphatases alcalines à {value} {unit}",
}
# "ne ... pas", and the words that deny without it.
_NEGATION = re.compile(r"\bn(?:e\b|['’])|\b(?:sans|aucune?|absence)\b", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiouyhàâéèêëîïôûœ]", re.IGNORECASE)


def opening(person: str, age: int) -> str:
    """The first sentence.

    >>> opening("woman", 34)
    'Cette femme a 34 ans.'
    """
    return f"{_PEOPLE[person]} a {age} ans."


def vitals(heart_rate: int, saturation: int) -> str:
    """The last sentence."""
    return f"La fréquence cardiaque est de {heart_rate}/min et la saturation en oxygène de {saturation} %."


def present(sign: str, way: int, she: str) -> str:
    """A finding that is there, in the sentence of that number."""
    article, noun = SIGNS[sign]
    return _sentence(_PRESENT[way], she, it=f"{article} {noun}")


def denied(sign: str, way: int, she: str) -> str:
    """A finding that is not there."""
    noun = SIGNS[sign][1]
    # An aspirated h is rare among findings, and none of these has one.
    return _sentence(_DENIED[way], she, of=f"d'{noun}" if _VOWEL.match(noun) else f"de {noun}")


def measured(name: str, value: str, unit: str, way: int, she: str) -> str:
    """A finding that a value shows; the value keeps its digits and its point."""
    return _sentence(_MEASURED[way], she, it=_VALUES[name].format(value=value, unit=unit))


def _sentence(way: str, she: str, **words: str) -> str:
    subject, stressed = _SHE[she]
    return way.format(Elle=subject, elle=stressed, **words)


def negations(text: str) -> int:
    """How often a French text denies something.

    >>> negations("Elle n'a pas de fièvre. Il a une toux sans diarrhée.")
    2
    """
    return len(_NEGATION.findall(text))
