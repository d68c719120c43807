"""Hand-written reasonings for the report tests.

Plausible but invented numbers: ids and names are real so that the pages look as they will, weights are not
the result of any computation.
"""

from __future__ import annotations

import math

from workup.case import Case, Finding, Reference, Variant
from workup.errors import Issue
from workup.reasoning import Answer, Evidence, Hypothesis, Reasoning, Step, Usage

VERSIONS = {
    "workup": "0.1.0",
    "HPO": "2025-01-16",
    "phenotype.hpoa": "2025-01-16",
    "OMIM": "2025-01-15",
    "Orphanet": "2025-01-14",
    "MONDO": "2025-01-07",
    "score": "translation-mixture",
}

FINDINGS = (
    Finding("HP:0002123", label="Generalized myoclonic seizure", system="Nervous system", onset="P9M"),
    Finding(
        "HP:0002373",
        label="Febrile seizure (within the age range of 3 months to 6 years)",
        system="Nervous system",
        onset="HP:0003593",
    ),
    Finding("HP:0002133", label="Status epilepticus", system="Nervous system"),
    Finding("HP:0001263", label="Global developmental delay", system="Nervous system"),
    Finding("HP:0001251", label="Ataxia", system="Nervous system"),
    Finding("HP:0000729", label="Autistic behavior", system="Nervous system"),
    Finding("HP:0002650", label="Scoliosis", system="Skeletal system"),
    Finding("HP:0001763", label="Pes planus", system="Skeletal system"),
    Finding("HP:0000508", label="Ptosis", system="Eye"),
    Finding("HP:0000407", label="Sensorineural hearing impairment", system="Ear"),
    Finding("HP:0000252", label="Microcephaly", status="excluded", system="Head and neck"),
    Finding("HP:0001638", label="Cardiomyopathy", status="excluded", system="Cardiovascular system"),
)

DISEASES = (
    ("OMIM:607208", "Dravet syndrome", ("ORPHA:33069",), ("SCN1A",), None),
    (
        "OMIM:604403",
        "Generalized epilepsy with febrile seizures plus, type 2",
        ("ORPHA:36387",),
        ("SCN1A",),
        "Generalized epilepsy with febrile seizures plus",
    ),
    (
        "OMIM:619340",
        "Developmental and epileptic encephalopathy 96",
        (),
        ("NSF",),
        "Developmental and epileptic encephalopathy",
    ),
    (
        "OMIM:300088",
        "Developmental and epileptic encephalopathy 9",
        ("ORPHA:101039",),
        ("PCDH19",),
        "Developmental and epileptic encephalopathy",
    ),
    ("OMIM:616421", "Myoclonic-atonic epilepsy", ("ORPHA:1942",), ("SLC6A1",), None),
    ("OMIM:254800", "Myoclonic epilepsy of Unverricht and Lundborg", ("ORPHA:308",), ("CSTB",), None),
    (
        "OMIM:607876",
        "Epilepsy, familial adult myoclonic, 2",
        (),
        ("ADRA2B", "STARD7"),
        "Epilepsy, familial adult myoclonic",
    ),
    (
        "OMIM:545000",
        "Myoclonic epilepsy associated with ragged-red fibers",
        ("ORPHA:551",),
        ("MT-TK", "MT-TL1", "MT-TH"),
        None,
    ),
    ("OMIM:606777", "GLUT1 deficiency syndrome 1", ("ORPHA:71277",), ("SLC2A1",), None),
    ("OMIM:105830", "Angelman syndrome", ("ORPHA:72",), ("UBE3A",), None),
    ("OMIM:312750", "Rett syndrome", ("ORPHA:778",), ("MECP2",), None),
    ("ORPHA:166", "Charcot-Marie-Tooth disease/Hereditary motor and sensory neuropathy", (), (), None),
)

PROBABILITIES = (0.618, 0.094, 0.061, 0.049, 0.027, 0.019, 0.011, 0.0095, 0.0081, 0.0052, 0.0021, 0.0004)
UNKNOWN = 0.041


def annotation(disease: str, line: int, **values: object) -> Evidence:
    """A source row; ``values`` as in the contract."""
    label, frequency = values.get("term_label", ""), values.get("frequency", "")
    return Evidence(
        kind="annotation",
        source=f"phenotype.hpoa 2025-01-16, line {line}",
        quote=f"{label}, {frequency or 'no frequency'}, {values.get('reference', '')}",
        supported=True,
        values={"disease": disease, "line": line, **values},
    )


def parameter() -> Evidence:
    return Evidence(kind="parameter", source="score parameter e = 0.2", supported=None, values={"relation": "none"})


def matched_step(finding: Finding, weight: float, disease: str, relation: str, line: int) -> Step:
    """A weighed finding with the evidence that its relation calls for."""
    excluded = finding.status == "excluded"
    values: dict[str, object] = {
        "term": finding.id,
        "term_label": finding.label,
        "relation": relation,
        "frequency": ("15/18", "HP:0040282", "4/31", "")[line % 4],
        "reference": ("PMID:31675180", "OMIM:607208", "ORPHA:33069", "PMID:20301494")[line % 4],
    }
    if relation == "narrower":
        values |= {"term": "HP:0011171", "term_label": "Simple febrile seizure"}
    if relation == "broader":
        values |= {"term": "HP:0001250", "term_label": "Seizure"}
    if relation == "related":
        values |= {
            "term": "HP:0011463",
            "term_label": "Abnormal vertebral column morphology",
            "ancestor": "HP:0000924",
            "ancestor_label": "Abnormality of the skeletal system",
        }
    rows = (annotation(disease, line, **values),)
    if line % 3 == 0:
        rows += (annotation(disease, line + 7, **{**values, "frequency": "3/9", "reference": "PMID:17054685"}),)
    return Step(
        kind="excluded" if excluded else "finding",
        claim=f"{finding.label} was {'excluded' if excluded else 'seen'}; "
        f"the disease {'does not list it' if relation == 'none' else 'lists it'}.",
        finding=finding.id,
        label=finding.label,
        weight=weight,
        evidence=(parameter(),) if relation == "none" else rows,
    )


def hypothesis(number: int, findings: tuple[Finding, ...], probability: float) -> Hypothesis:
    """Disease ``number`` (from 0) with one contribution per finding, falling in weight with its rank."""
    identifier, label, aliases, genes, series = DISEASES[number % len(DISEASES)]
    relations = ("exact", "narrower", "exact", "broader", "related", "exact", "related", "none")
    steps = []
    for place, finding in enumerate(findings):
        relation = relations[(place + number) % len(relations)]
        strength = {"exact": 2.9, "narrower": 2.1, "broader": 1.2, "related": 0.45, "none": -1.55}[relation]
        weight = strength * (1.0 - 0.05 * number) * (0.35 + 1.3 * ((place * 7 + number * 3) % 10) / 10)
        if place % 5 == 4:
            weight *= 0.06
        if finding.status == "excluded":
            weight = (0.31, -0.42)[(place + number) % 2]
        steps.append(matched_step(finding, round(weight, 4), identifier, relation, 1200 + 13 * place + number))
    steps += [
        Step(
            kind="demographic",
            claim="Onset at 9 months fits the infantile onset of this disease.",
            label="Onset at 9 months",
            weight=0.83 - 0.1 * number,
            evidence=(
                annotation(
                    identifier,
                    88,
                    term="HP:0003593",
                    term_label="Infantile onset",
                    frequency="12/14",
                    reference="PMID:20301494",
                ),
            ),
        ),
        Step(
            kind="prior",
            claim="All diseases of the knowledge base are held equally likely beforehand.",
            label="Equal prior",
            weight=0.0,
        ),
    ]
    if genes == ("SCN1A",):
        steps.append(
            Step(
                kind="gene",
                claim="SCN1A is one of the candidate genes given.",
                label="SCN1A",
                weight=math.log(20),
            )
        )
    missing = tuple(
        Step(
            kind="missing",
            claim=f"{name} is expected.",
            finding=term,
            label=name,
            evidence=(
                annotation(
                    identifier,
                    70 + i,
                    term=term,
                    term_label=name,
                    relation="exact",
                    frequency=frequency,
                    reference="PMID:20301494",
                ),
            ),
        )
        for i, (term, name, frequency) in enumerate(
            (
                ("HP:0007270", "Atypical absence seizure", "9/14"),
                ("HP:0002384", "Focal impaired awareness seizure", "HP:0040281"),
                ("HP:0002376", "Developmental regression", "6/20"),
            )
        )
    )
    contributions = tuple(steps)
    return Hypothesis(
        id=identifier if number < len(DISEASES) else f"OMIM:{610000 + number}",
        label=label,
        rank={1: 2.5, 2: 2.5}.get(number, float(number + 1)),
        score=math.fsum(step.weight for step in contributions),
        probability=probability,
        contributions=contributions,
        missing=missing if number < 4 else (),
        unexplained=tuple(
            step.finding for step in steps if step.kind == "finding" and step.weight < -0.5 and step.finding
        ),
        aliases=aliases,
        series=series,
        genes=genes,
    )


ISSUES = (
    Issue(
        message="HP:0002373 was obsolete spelling 'Febrile seizures'; read as the current term",
        severity="info",
        code="obsolete",
        record="patient-17",
        field="findings[1]",
    ),
    Issue(
        message="Ptosis is present and Abnormality of the eye is excluded",
        remedy="Correct one of the two; the present finding was used.",
        code="conflict",
        path="patient-17.json",
        record="patient-17",
        field="findings[8]",
    ),
    Issue(
        message="'HP:9999999' is not in HPO 2025-01-16",
        remedy="Give a parent term; it was not used.",
        severity="error",
        code="unknown-term",
        record="patient-17",
    ),
)


def a_case(findings: tuple[Finding, ...] = FINDINGS) -> Case:
    """The patient, with a truth that no report may show."""
    return Case(
        id="patient-17",
        findings=findings,
        sex="female",
        age="P3Y6M",
        candidate_genes=("SCN1A", "GABRG2"),
        reference=Reference(
            diagnoses=("OMIM:999001",),
            labels=("GOLDSECRET disease",),
            genes=("GOLDGENE",),
            onset="P1Y",
            variants=(Variant(gene="GOLDGENE", hgvs="c.1A>G"),),
        ),
        title="GOLDSECRET in two sisters",
        publication="PMID:99999999",
        cohort="GOLDSECRET cohort",
        provenance={"file": "GOLDSECRET.json"},
        extensions={"note": "GOLDSECRET"},
    )


def a_reasoning() -> Reasoning:
    """Twelve findings, twelve hypotheses, an answer, issues, one finding that nobody explains."""
    return Reasoning(
        reasoner="phenotype",
        differential=tuple(hypothesis(i, FINDINGS, p) for i, p in enumerate(PROBABILITIES)),
        answer=Answer(level="disease", text="Dravet syndrome", ids=("OMIM:607208",), probability=0.618),
        unknown_probability=UNKNOWN,
        steps=(
            Step(
                kind="unexplained",
                claim="None of the ten leading diseases lists it or anything near it.",
                finding="HP:0000407",
                label="Sensorineural hearing impairment",
            ),
            Step(kind="claim", claim="Three leading diseases are told apart by sequencing SCN1A and PCDH19."),
        ),
        findings=FINDINGS,
        issues=ISSUES,
        usage=Usage(seconds=0.031),
        versions=VERSIONS,
        candidates=8408,
    )


SYSTEMS = (
    "Nervous system",
    "Skeletal system",
    "Eye",
    "Head and neck",
    "Cardiovascular system",
    "Skin and integument",
    "Genitourinary system",
    "Metabolism and homeostasis",
    "Growth",
    "Ear",
)


def many_findings() -> tuple[Finding, ...]:
    """Eighty findings over ten body systems, every eighth one excluded."""
    sites = (
        "the cerebral cortex",
        "the lower limbs",
        "the lens",
        "the mandible",
        "the left ventricle",
        "the palmar skin",
        "the renal tubule",
        "plasma amino acids",
        "body height",
        "the cochlea",
    )
    qualities = (
        "Abnormality of",
        "Progressive dysfunction of",
        "Asymmetry of",
        "Late maturation of",
        "Mild dysplasia of",
        "Recurrent inflammation of",
        "Reduced size of",
        "Atypical structure of",
    )
    return tuple(
        Finding(
            f"HP:{1000 + i:07d}",
            label=f"{qualities[i // 10]} {sites[i % 10]}",
            status="excluded" if i % 8 == 5 else "present",
            system=SYSTEMS[i % 10],
        )
        for i in range(80)
    )


def a_long_reasoning() -> Reasoning:
    """Eighty findings, twenty hypotheses, an answer at the level of a series."""
    findings = many_findings()
    chances = [0.4 * 0.62**i for i in range(20)]
    return Reasoning(
        reasoner="phenotype",
        differential=tuple(hypothesis(i, findings, p) for i, p in enumerate(chances)),
        answer=Answer(
            level="series",
            text="Developmental and epileptic encephalopathy: one of these two; separate them by gene panel",
            ids=("OMIM:619340", "OMIM:300088"),
            probability=chances[2] + chances[3],
        ),
        abstained="No single disease reaches a posttest probability of 50%.",
        unknown_probability=0.002,
        findings=findings,
        versions=VERSIONS,
        candidates=8408,
    )


def an_abstention() -> Reasoning:
    """Two findings that fit everything."""
    findings = FINDINGS[3:5]
    return Reasoning(
        reasoner="phenotype",
        differential=tuple(hypothesis(i, findings, 0.02 - i / 1000) for i in range(5)),
        answer=Answer(level="none", text=""),
        abstained="Two unspecific findings leave the most probable disease at 2%.",
        unknown_probability=0.31,
        findings=findings,
        versions=VERSIONS,
        candidates=8408,
    )


def an_empty_reasoning() -> Reasoning:
    """Nothing could be used."""
    return Reasoning(
        reasoner="phenotype",
        abstained="The case has no finding that could be used.",
        unknown_probability=1.0,
        versions=VERSIONS,
    )
