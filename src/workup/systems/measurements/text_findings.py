"""System 00: findings in free text against expert annotations, and what the engine makes of them.

Read from ``text-to-hpo`` below the data folder. The first three corpora call a finding what a text names, GSC+ also
within longer names and whoever has it, so each is measured as it was annotated: GSC+ by the names, the others by what
the whole pipeline takes for present in the patient.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup.benchmarks.text_to_hpo import ANY, DOCUMENT, EXCLUDED, TextToHpo, current_id, estimate, read
from workup.case import Case, Finding
from workup.knowledge import Knowledge
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier
from workup.text.context import qualify
from workup.text.extract import read_text, rules
from workup.text.mention import Mention

FOLDER = "text-to-hpo"
TOP = 10
# Ranking a case by text and by codes takes about 50 ms of CPU; so many are looked at unless the slow tier is asked for.
CI_CASES = 40
RESAMPLES = 1000


def _score(data: Path, file: str, level: str, *, nested: bool = False) -> Measurement:
    knowledge = Knowledge.load()
    documents, _ = read(data / FOLDER / file)
    extract = rules(knowledge, nested=nested)
    benchmark = TextToHpo(knowledge.ontology)
    counts = [benchmark.score(document, extract(document.text)).counts[level] for document in documents]
    if not counts:
        return Measurement(value=None, n=0)
    found = estimate(counts)
    note = f"precision {found['precision']:.3f}, recall {found['recall']:.3f}"
    low, high = found["f1_interval"]
    return Measurement(value=found["f1"], n=len(counts), interval=(low, high), note=note)


@measurement("text_findings.gscplus")
def gscplus(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Document F1 on GSC+, read as its annotators did: nested names too, whatever the text says about them."""
    return {"text-gscplus-document": _score(data, "gscplus_dev.jsonl", ANY, nested=True)}


@measurement("text_findings.id68")
def id68(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Document F1 of present findings on ID-68."""
    return {"text-id68-document": _score(data, "id68_dev.jsonl", DOCUMENT)}


@measurement("text_findings.raghpo")
def raghpo(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Document F1 of present findings on the case reports of RAG-HPO."""
    return {"text-raghpo-document": _score(data, "raghpo_cases_dev.jsonl", DOCUMENT)}


@measurement("text_findings.bc8")
def bc8(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Document F1 of present and of excluded findings on examination sentences; negation with the spans given."""
    knowledge = Knowledge.load()
    documents, _ = read(data / FOLDER / "bc8_exam_dev.jsonl")
    extract = rules(knowledge)
    benchmark = TextToHpo(knowledge.ontology)
    scored = [benchmark.score(document, extract(document.text)).counts for document in documents]
    answers: dict[str, Measurement] = {}
    for claim, level in (("text-bc8-document", DOCUMENT), ("text-bc8-excluded", EXCLUDED)):
        found = estimate([counts[level] for counts in scored])
        low, high = found["f1_interval"]
        note = f"precision {found['precision']:.3f}, recall {found['recall']:.3f}"
        answers[claim] = Measurement(value=found["f1"], n=len(scored), interval=(low, high), note=note)
    answers["text-bc8-negation"] = _negation(data, knowledge)
    return answers


def _negation(data: Path, knowledge: Knowledge) -> Measurement:
    """F1 of "negated" on annotated places whose id begins with 9, a or later: the half no rule was tuned on."""
    counts: list[tuple[int, int, int]] = []
    annotations = 0
    for line in (data / FOLDER / "bc8_exam_dev.jsonl").read_bytes().splitlines():
        row = msgspec.json.decode(line)
        if row["id"][0] < "9":
            continue
        mentions = [_given(annotation, knowledge) for annotation in row["annotations"]]
        denied = [mention.status == "excluded" for mention in qualify(row["text"], mentions)]
        gold = [bool(annotation.get("negated")) for annotation in row["annotations"]]
        annotations += len(gold)
        pairs = list(zip(gold, denied, strict=True))
        counts.append((pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False))))
    if not counts:
        return Measurement(value=None, n=0)
    found = estimate(counts)
    low, high = found["f1_interval"]
    return Measurement(value=found["f1"], n=annotations, interval=(low, high), note="places as annotated")


def _given(annotation: dict[str, Any], knowledge: Knowledge) -> Mention:
    parts = tuple((a, b) for a, b in annotation.get("spans") or [(annotation["start"], annotation["end"])])
    terms = knowledge.ontology.resolve(annotation["hpo_id"]).terms
    return Mention(
        start=min(a for a, _ in parts),
        end=max(b for _, b in parts),
        parts=parts,
        id=annotation["hpo_id"],
        label=knowledge.ontology.label(terms[0]) if terms else "",
        method="user",
    )


@measurement("text_findings.end_to_end")
def end_to_end(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The differential from the text beside that from the codes of the same cases (ID-68 and RAG-HPO)."""
    from workup.api import diagnose

    knowledge = Knowledge.load()
    found: list[tuple[float, float]] = []
    for file in ("id68_dev.jsonl", "raghpo_cases_dev.jsonl"):
        documents, _ = read(data / FOLDER / file)
        for document in documents[: CI_CASES // 2 if tier == "ci" else None]:
            coded = {
                identifier: "excluded" if annotation.absent else "present"
                for annotation in document.annotations
                if (identifier := current_id(knowledge.ontology, annotation.hpo_id)) is not None
            }
            findings = tuple(Finding(id=i, status=status) for i, status in coded.items())  # type: ignore[arg-type]
            if "present" not in coded.values():
                continue
            read_case = read_text(Case(id=document.id, text=document.text), knowledge).case
            by_codes = Case(id=document.id, findings=findings, sex=read_case.sex, age=read_case.age)
            by_text = msgspec.structs.replace(read_case, text=None, extensions={})
            if not any(finding.status == "present" for finding in by_text.findings):
                found.append((0.0, float("inf")))
                continue
            first = [h.id for h in diagnose(by_codes, knowledge=knowledge, top=TOP).differential]
            second = [h.id for h in diagnose(by_text, knowledge=knowledge, top=RESAMPLES).differential]
            rank = float(second.index(first[0]) + 1) if first[0] in second else float("inf")
            found.append((len(set(first) & set(second[:TOP])) / TOP, rank))
    if not found:
        return {}
    return _compared(np.array(found))
