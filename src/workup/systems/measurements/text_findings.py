"""System 00: findings in free text against expert annotations, and what the engine makes of them.

Read from ``text-to-hpo`` below the data folder. The first three corpora call a finding what a text names, GSC+ also
within longer names and whoever has it, so each is measured as it was annotated: GSC+ by the names, the others by what
the whole pipeline takes for present in the patient.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup.benchmarks.text_to_hpo import (
    ANY,
    DOCUMENT,
    EXACT,
    EXCLUDED,
    OVERLAP,
    Document,
    Extractor,
    TextToHpo,
    current_id,
    estimate,
    read,
)
from workup.case import Case, Finding, Status
from workup.evaluation.labels import wilson
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.reasoner import Context
from workup.reasoners.phenotype import PhenotypeReasoner
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier
from workup.text.context import qualify
from workup.text.extract import read_text, rules
from workup.text.mention import Mention
from workup.text.persons import read_person
from workup.text.recognise import names

FOLDER = "text-to-hpo"
MEDIQ = "08-mediq"
MEDR_BENCH = "38-medr-bench"
SCOPE_LABELS = "text_scope_labels.jsonl"
TOP = 10
# So many cases are ranked unless the slow tier is asked for.
CI_CASES = 40
RESAMPLES = 1000


Counts = dict[str, tuple[int, int, int]]


def _scored(data: Path, file: str, *, nested: bool = False, plain: bool = False) -> list[tuple[bool, Counts]]:
    """Counts of each document, and whether it is of the half that no rule was tuned on (see :func:`is_held`).

    Args:
        data: Folder of the data.
        file: The corpus.
        nested: General findings inside longer names too.
        plain: Look names up, without a rule.
    """
    knowledge = Knowledge.load()
    documents, _ = read(data / FOLDER / file)
    extract: Extractor = names(knowledge) if plain else rules(knowledge, nested=nested)
    benchmark = TextToHpo(knowledge.ontology)
    return [(is_held(document.id), benchmark.score(document, extract(document.text)).counts) for document in documents]


def is_held(document: str) -> bool:
    """Whether a document's errors were never read: the SHA-256 of its id is odd. Its figures were looked at."""
    return hashlib.sha256(document.encode()).digest()[-1] % 2 == 1


def _f1(counts: Sequence[tuple[int, int, int]]) -> Measurement:
    if not counts:
        return Measurement(value=None, n=0)
    found = estimate(counts)
    low, high = found["f1_interval"]
    note = f"precision {found['precision']:.3f}, recall {found['recall']:.3f}"
    return Measurement(value=found["f1"], n=len(counts), interval=(low, high), note=note)


def _both(claim: str, scored: Sequence[tuple[bool, Counts]], level: str) -> dict[str, Measurement]:
    """F1 on all documents, and on the half that no rule was tuned on."""
    return {
        claim: _f1([counts[level] for _, counts in scored]),
        f"{claim}-held": _f1([counts[level] for held, counts in scored if held]),
    }


@measurement("text_findings.gscplus")
def gscplus(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Document F1 on GSC+, read as its annotators did: nested names too, whatever the text says about them."""
    return _both("text-gscplus-document", _scored(data, "gscplus_dev.jsonl", nested=True), ANY)


@measurement("text_findings.id68")
def id68(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Document F1 of present findings on ID-68."""
    return _both("text-id68-document", _scored(data, "id68_dev.jsonl"), DOCUMENT)


@measurement("text_findings.raghpo")
def raghpo(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Document F1 of present findings on the case reports of RAG-HPO."""
    return _both("text-raghpo-document", _scored(data, "raghpo_cases_dev.jsonl"), DOCUMENT)


@measurement("text_findings.bc8")
def bc8(data: Path, tier: Tier) -> dict[str, Measurement]:
    """F1 of present and of excluded findings on examination sentences, by document and by place; negation."""
    scored = _scored(data, "bc8_exam_dev.jsonl")
    return {
        **_both("text-bc8-document", scored, DOCUMENT),
        **_both("text-bc8-excluded", scored, EXCLUDED),
        "text-bc8-mention-exact": _f1([counts[EXACT] for _, counts in scored]),
        "text-bc8-mention-overlap": _f1([counts[OVERLAP] for _, counts in scored]),
        "text-bc8-negation": _negation(data, Knowledge.load()),
    }


@measurement("text_findings.look_up")
def look_up(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The same figures of names alone, looked up without a rule of context: the baseline of all four corpora."""
    corpora = (
        ("gscplus", "gscplus_dev.jsonl", ANY),
        ("id68", "id68_dev.jsonl", DOCUMENT),
        ("raghpo", "raghpo_cases_dev.jsonl", DOCUMENT),
        ("bc8", "bc8_exam_dev.jsonl", DOCUMENT),
    )
    found: dict[str, Measurement] = {}
    for name, file, level in corpora:
        found |= _both(f"text-{name}-names", _scored(data, file, plain=True), level)
    return found


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


@measurement("text_findings.scope")
def scope(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Share of hand-labelled findings in sentences of MediQ with the right status: both halves, held half by kind."""
    # Sentence by its hash, so that a sample of the file measures the labelled sentences that it holds.
    sentences: dict[str, dict[str, str]] = {}
    right: dict[str, list[bool]] = {"tune": [], "held": []}
    kinds: dict[str, list[bool]] = {}
    for line in (SHIPPED / SCOPE_LABELS).read_bytes().splitlines():
        record = msgspec.json.decode(line)
        if record["file"] not in sentences:
            sentences[record["file"]] = _by_hash(data / MEDIQ / record["file"])
        sentence = sentences[record["file"]].get(record["sha256"])
        if sentence is None:
            continue
        labels = record["mentions"]
        mentions = [
            Mention(
                start=label["start"],
                end=label["end"],
                id="HP:0000118",
                label=sentence[label["start"] : label["end"]],
                method="name",
            )
            for label in labels
        ]
        found = qualify(sentence, mentions)
        right[record["split"]] += [one.status == label["status"] for label, one in zip(labels, found, strict=True)]
        for label, one in zip(labels, found, strict=True):
            if record["split"] == "held":
                # By kind the contexts must be right as well.
                same = {context.kind for context in one.contexts} == set(label["contexts"])
                hits = kinds.setdefault("-".join(sorted(label["contexts"])) or "present", [])
                hits.append(same and one.status == label["status"])
    return {
        f"text-scope-{name}": Measurement(
            value=float(np.mean(hits)), n=len(hits), interval=wilson(sum(hits), len(hits))
        )
        for name, hits in (*right.items(), *((f"held-{kind}", hits) for kind, hits in kinds.items()))
        if hits
    }


def _by_hash(path: Path) -> dict[str, str]:
    contexts = [msgspec.json.decode(line)["context"] for line in path.read_bytes().split(b"\n") if line]
    return {hashlib.sha256(text.encode()).hexdigest(): text for context in contexts for text in context}


@measurement("text_findings.persons")
def persons(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Share of the CRAFT-MD cases of MediQ whose age and sex are read as their own fields have them."""
    right: dict[str, list[bool]] = {"age": [], "sex": []}
    for line in (data / MEDIQ / "craft_md_half.jsonl").read_bytes().split(b"\n"):
        if not line:
            continue
        row = msgspec.json.decode(line)
        person = read_person(" ".join(row["context"]))
        right["sex"].append(person.sex == row["patient"]["gender"].lower())
        right["age"].append(person.age is not None and person.age[1:-1] == row["patient"]["age"].split()[0])
    return {
        f"text-{name}": Measurement(value=float(np.mean(hits)), n=len(hits), interval=wilson(sum(hits), len(hits)))
        for name, hits in right.items()
        if hits
    }


@measurement("text_findings.end_to_end")
def end_to_end(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The differential from the text beside that from the codes of the same cases (ID-68 and RAG-HPO)."""
    reasoner = PhenotypeReasoner()
    engine = reasoner.engine(Context())
    found: list[tuple[float, float]] = []
    for file in ("id68_dev.jsonl", "raghpo_cases_dev.jsonl"):
        documents, _ = read(data / FOLDER / file)
        for document in documents[: CI_CASES // 2 if tier == "ci" else None]:
            by_text = read_text(Case(id=document.id, text=document.text), engine.knowledge).case
            by_text = msgspec.structs.replace(by_text, text=None, extensions={})
            # Age and sex are read from the text on both sides; only the findings differ.
            by_codes = msgspec.structs.replace(by_text, findings=coded_findings(document, engine.knowledge))
            if not any(finding.status == "present" for finding in by_codes.findings):
                continue
            coded, said = (engine.scores(engine.patient(case)) for case in (by_codes, by_text))
            first, second = (np.argsort(-scores, kind="stable")[:TOP] for scores in (coded, said))
            rank = 1 + int((said > said[first[0]]).sum())
            found.append((len(set(first.tolist()) & set(second.tolist())) / TOP, rank))
    if not found:
        return {}
    values = np.array(found)
    n = len(values)
    drawn = np.random.default_rng(0).integers(0, n, size=(RESAMPLES, n))

    def measured(statistic: Callable[[Array], Array], column: Array) -> Measurement:
        low, high = np.percentile(statistic(column[drawn]), [2.5, 97.5])
        return Measurement(value=float(statistic(column[None])[0]), n=n, interval=(float(low), float(high)))

    def mean(rows: Array) -> Array:
        return np.asarray(rows.mean(axis=1))

    def median(rows: Array) -> Array:
        return np.asarray(np.median(rows, axis=1))

    overlap, ranks = values.T
    return {
        "text-end-to-end-overlap": measured(mean, overlap),
        "text-end-to-end-median-rank": measured(median, ranks),
        "text-end-to-end-mean-reciprocal-rank": measured(mean, 1 / ranks),
        "text-end-to-end-top10": measured(mean, ranks <= TOP),
    }


@measurement("text_findings.narratives")
def narratives(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Rank of the true disease from the narrative, MedR-Bench cases whose rare disease the knowledge base names."""
    reasoner = PhenotypeReasoner()
    engine = reasoner.engine(Context())
    ranks: list[tuple[int, bool]] = []
    for part in ("diagnosis", "treatment"):
        path = data / MEDR_BENCH / f"{part}_40_cases.json"
        for key, record in sorted(msgspec.json.decode(path.read_bytes()).items()):
            wanted = diseases_named(engine.knowledge, record.get("checked_rare_disease") or ())
            case = read_text(Case(id=key, text=record["generate_case"]["case_summary"]), engine.knowledge).case
            if not any(finding.status == "present" for finding in case.findings):
                continue
            scores = engine.scores(engine.patient(msgspec.structs.replace(case, text=None, extensions={})))
            right = [place for place, one in enumerate(engine.profiles.candidates.tolist()) if one in wanted]
            if right:
                ranks.append((1 + int((scores > scores[right].max()).sum()), part == "diagnosis"))
    if not ranks:
        return {}
    found = np.array([rank for rank, _ in ranks], dtype=np.float64)
    asked = sum(one for _, one in ranks)
    note = (
        f"{asked} cases of diagnosis, {len(ranks) - asked} of treatment; {len(engine.profiles.candidates)} candidates"
    )
    drawn = np.random.default_rng(0).integers(0, len(found), size=(RESAMPLES, len(found)))

    def measured(values: Array) -> Measurement:
        low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
        return Measurement(value=float(values.mean()), n=len(values), interval=(float(low), float(high)), note=note)

    middle = np.percentile(np.median(found[drawn], axis=1), [2.5, 97.5]).tolist()
    return {
        "text-narratives-top1": measured(found <= 1),
        "text-narratives-top10": measured(found <= TOP),
        "text-narratives-mean-reciprocal-rank": measured(1 / found),
        "text-narratives-median-rank": Measurement(
            value=float(np.median(found)), n=len(found), interval=(middle[0], middle[1]), note=note
        ),
    }


def diseases_named(knowledge: Knowledge, names: Sequence[str]) -> set[int]:
    """The entries that bear one of these names, letter for letter but for case and punctuation, under which they count.

    Names alone decide, so that no one can pick the entry that ranks best: "Wilson disease" is OMIM:277900 and its
    Orphanet entry, and "Cardiac metastasis of a carcinoma" is nothing.
    """
    diseases = knowledge.diseases
    wanted = {_folded(name) for name in names} - {""}
    return {
        int(diseases.entity[i])
        for i, name in enumerate(diseases.names)
        if any(_folded(part) in wanted for part in name.split(";"))
    }


def _folded(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def coded_findings(document: Document, knowledge: Knowledge) -> tuple[Finding, ...]:
    """The annotations of a document as findings; present where a term is said to be both."""
    coded: dict[str, Status] = {}
    for annotation in document.annotations:
        identifier = current_id(knowledge.ontology, annotation.hpo_id)
        if identifier is not None and coded.get(identifier) != "present":
            coded[identifier] = "excluded" if annotation.absent else "present"
    return tuple(Finding(id=identifier, status=status) for identifier, status in coded.items())
