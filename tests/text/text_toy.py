"""A small ontology with the kinds of names that matter to the recogniser."""

from __future__ import annotations

from pathlib import Path

from workup.knowledge.arrays import Store
from workup.knowledge.hpo import Ontology, compile_ontology

# Id, label, parent, synonyms as the ontology file writes them.
TERMS: list[tuple[int, str, int | None, list[str]]] = [
    (1, "All", None, []),
    (118, "Phenotypic abnormality", 1, []),
    (5, "Mode of inheritance", 1, []),
    (6, "Autosomal dominant inheritance", 5, []),
    (252, "Microcephaly", 118, ['"Small head" EXACT layperson []']),
    (278, "Retrognathia", 118, []),
    (347, "Micrognathia", 118, ['"Small jaw" EXACT layperson []']),
    (369, "Low-set ears", 118, ['"Low set ears" EXACT []']),
    (358, "Posteriorly rotated ears", 118, []),
    (377, "Dysplastic ears", 118, []),
    (400, "Macrotia", 118, ['"Large ears" EXACT layperson []']),
    (316, "Hypertelorism", 118, ['"Widely spaced eyes" EXACT layperson []']),
    (431, "Wide nasal bridge", 118, ['"Broad nasal bridge" EXACT []']),
    (445, "Wide nose", 118, ['"Broad nose" EXACT layperson []']),
    (455, "Wide nasal tip", 118, ['"Broad nasal tip" EXACT []']),
    (187, "Broad alveolar ridges", 118, []),
    (822, "Hypertension", 118, ['"Arterial hypertension" EXACT []', '"HTN" EXACT abbreviation []']),
    (1250, "Seizure", 118, ['"Seizures" EXACT plural_form []', '"Epileptic seizure" EXACT []']),
    (1252, "Hypotonia", 118, ['"Muscular hypotonia" EXACT []']),
    (1263, "Global developmental delay", 118, []),
    (1290, "Generalized hypotonia", 1252, []),
    (1631, "Atrial septal defect", 118, ['"ASD" EXACT abbreviation []']),
    (1773, "Short foot", 118, ['"Small feet" EXACT layperson []']),
    (200055, "Small hand", 118, ['"Small hands" EXACT layperson []']),
    (1903, "Anemia", 118, ['"Anaemia" EXACT uk_spelling []']),
    (2094, "Dyspnea", 118, ['"Shortness of breath" EXACT layperson []']),
    (2575, "Tracheoesophageal fistula", 118, ['"Tracheooesophageal fistula" EXACT uk_spelling []']),
    (104, "Renal agenesis", 118, []),
    (122, "Unilateral renal agenesis", 104, []),
    (3259, "Elevated circulating creatinine concentration", 118, []),
    (2121, "Absence seizure", 1250, ['"Absence" RELATED []']),
    (410291, "Negativism", 118, []),
    (6829, "Severe muscular hypotonia", 1252, []),
    (9901, "Crumpled ear", 118, []),
    (988, "Skin rash", 118, ['"Rash" EXACT []']),
    (969, "Edema", 118, ['"Oedema" EXACT uk_spelling []']),
    (282, "Facial edema", 969, []),
    (100008, "Schwannoma", 118, ['"Neurinoma" EXACT []']),
    (30430, "Neuroma", 118, []),
    (9588, "Vestibular schwannoma", 100008, ['"Acoustic neuroma" EXACT []']),
    (9589, "Bilateral vestibular schwannoma", 9588, []),
    (77, "Abnormality of the kidney", 118, ['"Renal abnormality" EXACT []']),
    (12210, "Abnormal kidney morphology", 77, ['"Abnormal shape of the kidney" EXACT []']),
    (980, "Pallor", 118, ['"Paleness" RELATED []']),
    (2329, "Drowsiness", 118, []),
    (1513, "Obesity", 118, []),
    (2789, "Tachypnea", 118, []),
    (9778, "Short thumb", 118, ['"Hypoplastic thumb" EXACT []']),
    (1172, "Abnormal thumb morphology", 118, ['"Thumb defect" EXACT []']),
    (1627, "Abnormal heart morphology", 118, ['"Heart defect" EXACT []']),
    (154, "Wide mouth", 118, []),
    (823, "Delayed puberty", 118, ['"Late puberty" EXACT []']),
    (326, "Abnormal maxilla morphology", 118, ['"Abnormality of the upper jaw" EXACT []']),
    (202, "Orofacial cleft", 118, ['"Oral cleft" EXACT []']),
    (153, "Malformed mouth", 118, ['"Oral malformation" EXACT []']),
    (1319, "Neonatal hypotonia", 1252, ['"Hypotonia, neonatal" EXACT []']),
    (100851, "Abnormally happy disposition", 118, []),
]


def write_obo(path: Path) -> None:
    stanzas = ["format-version: 1.2"]
    for number, label, parent, synonyms in TERMS:
        lines = ["[Term]", f"id: HP:{number:07d}", f"name: {label}"]
        if number == 1250:
            lines.append('def: "An event in which hyperactivity is contraction of muscles." [PMID:1]')
        lines += [f"synonym: {synonym}" for synonym in synonyms]
        if parent is not None:
            lines.append(f"is_a: HP:{parent:07d}")
        stanzas.append("\n".join(lines))
    path.write_text("\n\n".join(stanzas) + "\n", encoding="utf-8")


def toy_ontology(folder: Path) -> Ontology:
    folder.mkdir(parents=True, exist_ok=True)
    write_obo(folder / "hp.obo")
    store = Store(folder)
    with (folder / "hp.obo").open(encoding="utf-8") as lines:
        store.write(compile_ontology(lines))
    return Ontology(store)
