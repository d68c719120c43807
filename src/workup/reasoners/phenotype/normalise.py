"""From the findings of a case to the terms of a query, with every rewrite and conflict reported.

The rules, in order:

1. Alternative and obsolete ids become current ones; labels and synonyms become ids; a term newer than the
   ontology becomes its nearest known ancestors.
2. Terms that are not phenotypes (inheritance, course, modifiers, frequency, past history) are set aside and named.
3. A finding both present and excluded counts as neither; an excluded term above a present one is dropped,
   since presence propagates upwards.
4. Each term counts once, with the earliest onset given for it; the roots ``HP:0000001`` and ``HP:0000118`` say
   nothing and are dropped.
5. An id counts, whatever its label; where the label is that of another term, the user is told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np

from workup.case import Case, Finding, Status
from workup.errors import Issue
from workup.knowledge.hpo import PHENOTYPE_ROOT, ROOT, Ontology, Resolution
from workup.reasoners.phenotype.ages import onset_class, years
from workup.reasoners.phenotype.compiled import kernels
from workup.reasoners.phenotype.scoring import Query

FIELD = "findings"
_MOST_SUGGESTED = 5
_DENIAL = re.compile(r"(?:no|not|without|denies|denied|absent|excluded)\b[\s:]+", re.IGNORECASE)
_PREFIXED = re.compile(r"([A-Za-z][A-Za-z0-9_-]*):\S")
_DISEASES = frozenset({"OMIM", "OMIMPS", "ORPHA", "ORPHANET", "ORDO", "MONDO", "DECIPHER", "DOID"})
_VOCABULARIES = frozenset(
    {"SNOMED", "SNOMEDCT", "SNOMEDCT_US", "SCTID", "UMLS", "ICD10", "ICD10CM", "ICD-10", "ICD9", "ICD9CM", "ICD-9"}
    | {"ICD11", "ICD-11", "MESH", "MP", "LOINC", "NCIT", "MEDDRA", "EFO", "UBERON", "MAXO", "GO"}
)
_LONGEST_NAME = 100


class Normalised(msgspec.Struct, frozen=True):
    """Findings ready for the engine.

    Attributes:
        query: Term indices, ascending, so that the order of the input never matters.
        findings: The findings as used, present before excluded, with id, label and body system; those of the
            query come in its order.
        issues: What was rewritten, dropped or contradictory.
    """

    query: Query
    findings: tuple[Finding, ...]
    issues: tuple[Issue, ...]


def normalise(case: Case, ontology: Ontology, *, suggest: bool = True) -> Normalised:
    """Turn a case's findings into a query.

    Args:
        case: The case.
        ontology: The ontology whose terms are asked for.
        suggest: Whether issues name terms like the ones that are not known, which takes a while.
    """
    issues: list[Issue] = []
    found: dict[str, dict[int, Finding]] = {"present": {}, "excluded": {}}
    suggestions = iter(range(_MOST_SUGGESTED if suggest else 0))
    exact, labels = ontology.exact_ids, ontology.labels
    others: list[Finding] = []
    relabelled: list[tuple[Finding, int]] = []
    for finding in case.findings:
        status = finding.status
        if status == "unknown":
            continue
        at = exact.get(finding.id)
        if at is None:
            others.append(finding)
            continue
        label = finding.label
        if label and label != labels[at]:
            relabelled.append((finding, at))
        if (first := found[status].setdefault(at, finding)) is not finding:
            found[status][at] = min(first, finding, key=_order)
    # Sorted, so that neither issues nor the choice among several mentions depend on the order of the input.
    for finding in sorted(others, key=_order):
        for term in _terms(finding, ontology, issues, suggestions):
            if (first := found[finding.status].setdefault(term, finding)) is not finding:
                found[finding.status][term] = min(first, finding, key=_order)

    for finding, at in sorted(relabelled, key=lambda one: _order(one[0])):
        issues += _other_label(finding, at, ontology)

    present, excluded = found["present"], found["excluded"]
    for term in sorted(present.keys() & excluded.keys()):
        issues.append(
            Issue(
                message=f"{_name(ontology, term)} is given as present and as excluded; it counts as neither",
                remedy="keep one of the two",
                code="conflict",
                field=FIELD,
            )
        )
        del present[term], excluded[term]
    for term, below in _ruled_out_above(present, excluded, ontology):
        issues.append(
            Issue(
                message=f"{_name(ontology, term)} is excluded, yet {_name(ontology, below)}, which is "
                "a kind of it, is present; the exclusion is ignored",
                remedy="remove the exclusion, or the more specific finding",
                code="conflict",
                field=FIELD,
            )
        )
        del excluded[term]

    query = Query(present=tuple(sorted(present)), excluded=tuple(sorted(excluded)))
    used = (
        *[_used(present[term], term, "present", ontology) for term in query.present],
        *[_used(excluded[term], term, "excluded", ontology) for term in query.excluded],
    )
    if not present and not excluded:
        issues.append(
            Issue(
                message="the case has no usable finding",
                remedy="give HPO ids or labels of what was observed",
                code="no-findings",
                field=FIELD,
            )
        )
    return Normalised(query=query, findings=used, issues=tuple(dict.fromkeys(issues)))


def _ruled_out_above(
    present: dict[int, Finding], excluded: dict[int, Finding], ontology: Ontology
) -> list[tuple[int, int]]:
    """The excluded terms that lie above a present one, ascending, each with the last present one below it."""
    if not present or not excluded:
        return []
    terms, closure = tuple(sorted(excluded)), ontology.closure
    if kernels is not None:
        offsets, indices = closure.offsets.astype(np.int64, copy=False), closure.indices.astype(np.int32, copy=False)
        wrong = kernels.above_any(terms, tuple(present), offsets, indices)
    else:
        above = set(np.concatenate([closure[term] for term in present]).tolist())
        wrong = [term for term in terms if term in above]
    return [(term, max(one for one in present if term in ontology.ancestors(one))) for term in wrong]


def _other_label(finding: Finding, term: int, ontology: Ontology) -> list[Issue]:
    """Whether the label of a finding names another term than its id; labels of other releases name none."""
    named = _named(ontology, finding.label or "")
    if named.how not in ("label", "synonym") or named.terms == (term,):
        return []
    return [
        Issue(
            message=f"{finding.id} is {ontology.label(term)}, but is labelled {finding.label!r}, which is "
            f"{_name(ontology, named.terms[0])}; it counts by its id",
            remedy="correct the id or the label",
            code="label-mismatch",
            field=FIELD,
        )
    ]


@lru_cache(maxsize=4096)
def _named(ontology: Ontology, label: str) -> Resolution:
    # What is called otherwise in a newer release is so in case after case.
    return ontology.resolve(label)


def _used(finding: Finding, term: int, status: Status, ontology: Ontology) -> Finding:
    """A finding as it is used: with the ontology's id, label and body system."""
    plain = _plain(ontology, term, status)
    # Most findings say no more than what was seen.
    if not (
        finding.onset is not None
        or finding.severity is not None
        or finding.modifiers
        or finding.spans
        or finding.extensions
        or finding.asked
    ):
        return plain
    return msgspec.structs.replace(finding, id=plain.id, label=plain.label, system=plain.system, status=status)


@lru_cache(maxsize=8192)
def _plain(ontology: Ontology, term: int, status: Status) -> Finding:
    return Finding(ontology.id(term), ontology.label(term), status, system=ontology.system_label(term))


def _order(finding: Finding) -> tuple[Any, ...]:
    """Earliest onset first, without onset last; the rest only makes the order complete."""
    # Most findings have no onset.
    onset = onset_class(finding.onset) if finding.onset else None
    age = years(finding.onset) if finding.onset else None
    return (
        math.inf if onset is None else onset,
        math.inf if age is None else age,
        finding.onset is None,
        finding.onset or "",
        finding.id,
        finding.label or "",
        finding.status,
        finding.severity or "",
        finding.modifiers,
        finding.system or "",
    )


def _terms(finding: Finding, ontology: Ontology, issues: list[Issue], suggestions: Iterator[int]) -> list[int]:
    resolution = ontology.resolve(finding.id)
    if resolution.how == "exact" and ontology.is_finding(resolution.terms[0]):
        return list(resolution.terms)
    if resolution.how == "unknown" and finding.label:
        by_label = ontology.resolve(finding.label)
        if by_label.terms:
            issues.append(
                Issue(
                    message=f"{finding.id} is not in this release of the ontology; read by its label as "
                    f"{_name(ontology, by_label.terms[0])}",
                    severity="info",
                    code="rewritten",
                    field=FIELD,
                )
            )
            resolution = by_label
    if not resolution.terms and (several := _several_labels(finding, ontology)):
        issues.append(
            Issue(
                message=f"{finding.id!r} was read as {' and '.join(_name(ontology, term) for term in several)}",
                severity="info",
                code="rewritten",
                field=FIELD,
            )
        )
        resolution = Resolution(several, "label")
    if not resolution.terms:
        # Looking for similar names takes a while, and nobody reads hundreds of suggestions.
        message, remedy = _other_vocabulary(finding.id) or _denied(finding, ontology) or ("", "")
        if not message:
            near = _near_names(ontology, finding.label or finding.id) if next(suggestions, None) is not None else ()
            message = "is not a term of this release of the ontology; it is not used"
            remedy = f"did you mean {' or '.join(near)}?" if near else "look the finding up at hpo.jax.org"
        called = f" ({finding.label})" if finding.label else ""
        issues.append(
            Issue(message=f"{finding.id!r}{called} {message}", remedy=remedy, code="unknown-term", field=FIELD)
        )
        return []
    if resolution.how == "newer" and finding.status == "excluded":
        # Exclusion propagates downwards only: a known ancestor of an excluded newer term is not excluded.
        issues.append(
            Issue(
                message=f"{finding.id} is newer than this release of the ontology; its exclusion is not used",
                severity="info",
                code="newer-term",
                field=FIELD,
            )
        )
        return []
    if resolution.how not in {"exact", "label"}:
        became = " and ".join(_name(ontology, term) for term in resolution.terms)
        reason = {
            "alternative id": "is an older id of",
            "replaced": "is obsolete and was replaced by",
            "considered": "is obsolete; the ontology suggests",
            "synonym": "is a synonym of",
            "newer": "is newer than this release; it counts as its nearest known ancestor",
        }.get(resolution.how, "was read as")
        issues.append(
            Issue(
                message=f"{finding.id} {reason} {became}",
                severity="info",
                code="rewritten" if resolution.how != "newer" else "newer-term",
                field=FIELD,
            )
        )
    kept = []
    for term in resolution.terms:
        if ontology.is_finding(term):
            kept.append(term)
        elif int(ontology.number[term]) in {ROOT, PHENOTYPE_ROOT}:
            issues.append(
                Issue(
                    message=f"{_name(ontology, term)} covers every finding and says nothing",
                    severity="info",
                    code="root",
                    field=FIELD,
                )
            )
        else:
            issues.append(
                Issue(
                    message=f"{_name(ontology, term)} is not a phenotype but a term of the branch "
                    f"{ontology.branch_of(term)!r}; it is not weighed",
                    remedy="put an onset, a modifier or the inheritance into its own field",
                    severity="info",
                    code="not-a-phenotype",
                    field=FIELD,
                )
            )
    return kept


def _other_vocabulary(name: str) -> tuple[str, str] | None:
    """What to say of an id of another vocabulary than HPO; None for anything else."""
    prefix = (_PREFIXED.match(name) or ("", ""))[1].upper()
    if prefix in _DISEASES:
        return (
            "names a disease, not a finding; it is not used",
            "give what was observed in the patient, each as an HPO term",
        )
    if prefix in _VOCABULARIES:
        return (
            "is a code of another vocabulary than HPO; it is not used",
            "give the HPO term, or the finding's name in words, which is looked up",
        )
    return None


def _denied(finding: Finding, ontology: Ontology) -> tuple[str, str] | None:
    """What to say of words of negation before a name: whoever took up the name alone would turn "not" into "is"."""
    word = _DENIAL.match(finding.id)
    if word is None or not (terms := ontology.resolve(finding.id[word.end() :].strip()).terms):
        return None
    name = _name(ontology, terms[0])
    return f"is not a term of the ontology but seems to deny {name}; it is not used", f"if it is absent, exclude {name}"


def _several_labels(finding: Finding, ontology: Ontology) -> tuple[int, ...]:
    """Terms of a list of labels that was taken for one label, since labels may hold commas too.

    Not of an excluded one: whether the exclusion was meant for all of them cannot be known.
    """
    if finding.status != "present" or finding.label or "," not in finding.id:
        return ()
    found = [ontology.resolve(part.strip()) for part in finding.id.split(",")]
    if any(len(resolution.terms) != 1 for resolution in found):
        return ()
    return tuple(resolution.terms[0] for resolution in found)


@lru_cache(maxsize=1024)
def _near_names(ontology: Ontology, text: str) -> tuple[str, ...]:
    # The papers of one cohort repeat their terms, and so do the cases of a batch.
    return tuple(ontology.near_names(text[:_LONGEST_NAME]))


def _name(ontology: Ontology, term: int) -> str:
    return f"{ontology.label(term)} ({ontology.id(term)})"
