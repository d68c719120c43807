"""Pairs of diseases that look alike but for one finding, as data for simulated vignettes.

In each pair ``first`` is the disease that the deciding finding points to, and ``second`` the one that the shared
findings mean without it, e.g. café-au-lait spots and freckling with Lisch nodules: neurofibromatosis 1, without: Legius
syndrome. Names, ids and the relation follow the public descriptions of OMIM and the Human Phenotype Ontology. None of
the diseases is bound to a sex in a way that would change the answer. That the deciding finding decides alone is a
simplification of these tables and no rule of diagnosis.

>>> PAIRS[0].first.label, PAIRS[0].deciding.phrases[0]
('Neurofibromatosis, type 1', 'Lisch nodules')
"""

from __future__ import annotations

import msgspec


class Disease(msgspec.Struct, frozen=True):
    """A disease.

    Attributes:
        id: OMIM id.
        label: Its name.
        french: Its name in French, for the translation of options.
    """

    id: str
    label: str
    french: str


class Sign(msgspec.Struct, frozen=True):
    """A finding and the words for it.

    Attributes:
        id: HPO id.
        label: Its label there.
        phrases: Ways to write it within a sentence; all mean the same.
        measured: For one that a measurement shows: its name, the unit, a value that shows it, a value that does not,
            the threshold between, and decimals.
    """

    id: str
    label: str
    phrases: tuple[str, ...]
    measured: tuple[str, str, float, float, float, int] | None = None


class Pair(msgspec.Struct, frozen=True):
    """Two look-alikes.

    Attributes:
        first: The disease with the deciding finding.
        second: The disease without it.
        shared: Findings of both.
        deciding: The finding that decides.
    """

    first: Disease
    second: Disease
    shared: tuple[Sign, ...]
    deciding: Sign


PAIRS = (
    Pair(
        Disease("OMIM:162200", "Neurofibromatosis, type 1", "Neurofibromatose de type 1"),
        Disease("OMIM:611431", "Legius syndrome", "Syndrome de Legius"),
        (
            Sign("HP:0000957", "Cafe-au-lait spot", ("café-au-lait spots", "café-au-lait macules")),
            Sign("HP:0000997", "Axillary freckling", ("axillary freckling", "freckles in the armpits")),
            Sign("HP:0000256", "Macrocephaly", ("macrocephaly", "a large head")),
        ),
        Sign("HP:0009737", "Lisch nodules", ("Lisch nodules", "iris hamartomas")),
    ),
    Pair(
        Disease("OMIM:154700", "Marfan syndrome", "Syndrome de Marfan"),
        Disease("OMIM:609192", "Loeys-Dietz syndrome 1", "Syndrome de Loeys-Dietz de type 1"),
        (
            Sign("HP:0001166", "Arachnodactyly", ("arachnodactyly", "long slender fingers")),
            Sign("HP:0000767", "Pectus excavatum", ("pectus excavatum", "a sunken chest")),
            Sign("HP:0002616", "Aortic root aneurysm", ("aortic root aneurysm", "an aneurysm of the aortic root")),
        ),
        Sign("HP:0001083", "Ectopia lentis", ("ectopia lentis", "dislocated lenses")),
    ),
    Pair(
        Disease("OMIM:277900", "Wilson disease", "Maladie de Wilson"),
        Disease("OMIM:613490", "Alpha-1-Antitrypsin deficiency", "Déficit en alpha-1-antitrypsine"),
        (
            Sign("HP:0002240", "Hepatomegaly", ("hepatomegaly", "an enlarged liver")),
            Sign(
                "HP:0002910",
                "Elevated circulating hepatic transaminase concentration",
                ("elevated transaminases", "raised liver enzymes"),
            ),
            Sign("HP:0000952", "Jaundice", ("jaundice", "yellow skin")),
        ),
        Sign("HP:0200032", "Kayser-Fleischer ring", ("Kayser-Fleischer rings", "copper rings of the cornea")),
    ),
    Pair(
        Disease("OMIM:219700", "Cystic fibrosis", "Mucoviscidose"),
        Disease("OMIM:244400", "Ciliary dyskinesia, primary, 1", "Dyskinésie ciliaire primitive de type 1"),
        (
            Sign("HP:0002110", "Bronchiectasis", ("bronchiectasis", "widened bronchi")),
            Sign("HP:0011109", "Chronic sinusitis", ("chronic sinusitis", "longstanding sinusitis")),
            Sign(
                "HP:0002205",
                "Recurrent respiratory infections",
                ("recurrent respiratory infections", "frequent airway infections"),
            ),
        ),
        Sign(
            "HP:0001738",
            "Exocrine pancreatic insufficiency",
            ("exocrine pancreatic insufficiency", "pancreatic enzyme deficiency"),
        ),
    ),
    Pair(
        Disease("OMIM:209900", "Bardet-Biedl syndrome 1", "Syndrome de Bardet-Biedl de type 1"),
        Disease("OMIM:203800", "Alstrom syndrome", "Syndrome d'Alström"),
        (
            Sign("HP:0001513", "Obesity", ("obesity", "marked overweight")),
            Sign("HP:0000510", "Rod-cone dystrophy", ("rod-cone dystrophy", "retinitis pigmentosa")),
            Sign("HP:0000819", "Diabetes mellitus", ("diabetes mellitus", "diabetes")),
        ),
        Sign("HP:0100259", "Postaxial polydactyly", ("postaxial polydactyly", "extra little fingers")),
    ),
    Pair(
        Disease(
            "OMIM:203780", "Alport syndrome 2, autosomal recessive", "Syndrome d'Alport de type 2, autosomique récessif"
        ),
        Disease("OMIM:141200", "Hematuria, benign familial", "Hématurie familiale bénigne"),
        (
            Sign("HP:0000790", "Hematuria", ("hematuria", "blood in the urine")),
            Sign("HP:0000093", "Proteinuria", ("proteinuria", "protein in the urine")),
            Sign("HP:0000822", "Hypertension", ("hypertension", "high blood pressure")),
        ),
        Sign(
            "HP:0000407",
            "Sensorineural hearing impairment",
            ("sensorineural hearing loss", "sensorineural deafness"),
        ),
    ),
    Pair(
        Disease(
            "OMIM:187300",
            "Telangiectasia, hereditary hemorrhagic, type 1",
            "Télangiectasie hémorragique héréditaire de type 1",
        ),
        Disease("OMIM:193400", "von Willebrand disease, type 1", "Maladie de von Willebrand de type 1"),
        (
            Sign("HP:0000421", "Epistaxis", ("epistaxis", "nosebleeds")),
            Sign("HP:0001891", "Iron deficiency anemia", ("iron deficiency anemia", "anemia from iron deficiency")),
            Sign("HP:0002239", "Gastrointestinal hemorrhage", ("gastrointestinal bleeding", "bleeding from the gut")),
        ),
        Sign("HP:0001009", "Telangiectasia", ("telangiectasias", "dilated small vessels of the skin")),
    ),
    Pair(
        Disease("OMIM:193500", "Waardenburg syndrome, type 1", "Syndrome de Waardenburg de type 1"),
        Disease("OMIM:193510", "Waardenburg syndrome, type 2A", "Syndrome de Waardenburg de type 2A"),
        (
            Sign("HP:0001100", "Heterochromia iridis", ("heterochromia of the irides", "eyes of different colour")),
            Sign("HP:0002211", "White forelock", ("a white forelock", "a white tuft of frontal hair")),
            Sign("HP:0002216", "Premature graying of hair", ("premature graying of the hair", "early grey hair")),
        ),
        Sign("HP:0000506", "Telecanthus", ("telecanthus", "widely spaced inner corners of the eyes")),
    ),
    Pair(
        Disease("OMIM:263800", "Gitelman syndrome", "Syndrome de Gitelman"),
        Disease("OMIM:607364", "Bartter syndrome, type 3", "Syndrome de Bartter de type 3"),
        (
            Sign("HP:0002900", "Hypokalemia", ("hypokalemia", "low potassium")),
            Sign("HP:0001960", "Hypokalemic metabolic alkalosis", ("metabolic alkalosis", "alkalosis of the blood")),
            Sign("HP:0003324", "Generalized muscle weakness", ("generalized muscle weakness", "weak muscles all over")),
        ),
        Sign(
            "HP:0002917",
            "Hypomagnesemia",
            ("hypomagnesemia", "low magnesium"),
            ("serum magnesium", "mmol/L", 0.48, 0.86, 0.7, 2),
        ),
    ),
    Pair(
        Disease("OMIM:241500", "Hypophosphatasia, infantile", "Hypophosphatasie infantile"),
        Disease(
            "OMIM:307800",
            "Hypophosphatemic rickets, X-linked dominant",
            "Rachitisme hypophosphatémique lié à l'X, dominant",
        ),
        (
            Sign("HP:0002979", "Bowing of the legs", ("bowing of the legs", "bowed legs")),
            Sign("HP:0004322", "Short stature", ("short stature", "a small body height")),
            Sign("HP:0002748", "Rickets", ("rickets", "rachitic changes")),
        ),
        Sign(
            "HP:0003282",
            "Low alkaline phosphatase",
            ("low alkaline phosphatase", "reduced alkaline phosphatase"),
            ("serum alkaline phosphatase", "U/L", 21, 96, 40, 0),
        ),
    ),
)

# Findings that decide nothing in any pair; they are denied, or present and beside the point.
BESIDE = (
    Sign("HP:0001945", "Fever", ("fever", "raised temperature")),
    Sign("HP:0002315", "Headache", ("headache", "head pain")),
    Sign("HP:0012735", "Cough", ("cough", "coughing")),
    Sign("HP:0002014", "Diarrhea", ("diarrhea", "loose stools")),
    Sign("HP:0003418", "Back pain", ("back pain", "an aching back")),
    Sign("HP:0000988", "Skin rash", ("skin rash", "an exanthem")),
)
