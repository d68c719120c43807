"""Findings to terms: rewrites, conflicts, what is set aside; each with a message."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.case import Case, Finding, to_json
from workup.knowledge import Knowledge
from workup.knowledge.hpo import identifier
from workup.reasoners.phenotype import normalise as module
from workup.reasoners.phenotype.normalise import Normalised, normalise


def run(knowledge: Knowledge, *findings: Finding | str) -> Normalised:
    made = [
        f if isinstance(f, Finding) else Finding(f.lstrip("-"), status="excluded" if f.startswith("-") else "present")
        for f in findings
    ]
    return normalise(Case(id="p", findings=tuple(made)), knowledge.ontology)


def ids(normalised: Normalised) -> list[str]:
    return [("-" if f.status == "excluded" else "") + f.id for f in normalised.findings]


def codes(normalised: Normalised) -> list[str]:
    return [issue.code for issue in normalised.issues]


@pytest.mark.parametrize(
    ("findings", "used", "noted"),
    [
        (["HP:0001250"], ["HP:0001250"], []),
        (["Seizure"], ["HP:0001250"], []),
        (["epileptic SEIZURE"], ["HP:0001250"], ["rewritten"]),  # a synonym
        (["HP:0002432"], ["HP:0001250"], ["rewritten"]),  # an alternative id
        (["HP:0001250", "HP:0002432", "Seizure"], ["HP:0001250"], ["rewritten"]),  # each term once
        (["-HP:0001250"], ["-HP:0001250"], []),
        # Both present and excluded: neither.
        (["HP:0001250", "-HP:0001250"], [], ["conflict", "no-findings"]),
        (["HP:0001250", "-Seizure", "HP:0001251"], ["HP:0001251"], ["conflict"]),
        # Presence goes up: an excluded ancestor of a present term is wrong ...
        (["HP:0002373", "-HP:0001250"], ["HP:0002373"], ["conflict"]),
        # ... exclusion goes down: an excluded descendant is fine.
        (["HP:0001250", "-HP:0002373"], ["HP:0001250", "-HP:0002373"], []),
        # What is no phenotype.
        (["HP:0000007", "HP:0001250"], ["HP:0001250"], ["not-a-phenotype"]),
        (["HP:0003593", "HP:0012828", "HP:0040282"], [], ["not-a-phenotype"] * 3 + ["no-findings"]),
        (["HP:0000118", "HP:0000001", "HP:0001250"], ["HP:0001250"], ["root", "root"]),
        (["-HP:0000118", "HP:0001250"], ["HP:0001250"], ["root"]),
        (["HP:9999999", "HP:0001250"], ["HP:0001250"], ["unknown-term"]),
        ([], [], ["no-findings"]),
    ],
)
def test_rules(real: Knowledge, findings: list[str], used: list[str], noted: list[str]) -> None:
    result = run(real, *findings)
    assert ids(result) == used
    assert codes(result) == noted
    assert [real.ontology.id(t) for t in result.query.present] == [i for i in used if not i.startswith("-")]


def test_unknown_findings_are_left_out(real: Knowledge) -> None:
    assert ids(run(real, Finding("HP:0001250", status="unknown"), "HP:0001251")) == ["HP:0001251"]


def test_findings_get_label_and_system(real: Knowledge) -> None:
    (finding,) = run(real, Finding("HP:0002432", "an old name", onset="P3Y", severity="HP:0012828")).findings
    assert (finding.id, finding.label, finding.system) == ("HP:0001250", "Seizure", "Nervous system")
    assert (finding.onset, finding.severity) == ("P3Y", "HP:0012828")


def test_newer_terms(real: Knowledge) -> None:
    text = identifier(int(real.store.array("hpo.newer.from")[0]))
    assert real.ontology.resolve(text).how == "newer"
    terms = real.ontology.resolve(text).terms
    result = run(real, text)
    assert result.query.present == tuple(sorted(terms))
    assert codes(result) == ["newer-term"]
    # Its ancestors were not looked for and found absent.
    absent = run(real, f"-{text}")
    assert absent.query == module.Query()
    assert codes(absent) == ["newer-term", "no-findings"]


def test_unknown_id_with_a_known_label(real: Knowledge) -> None:
    result = run(real, Finding("HP:9999999", "Seizure"))
    assert ids(result) == ["HP:0001250"]
    assert codes(result) == ["rewritten"]
    assert "read by its label as Seizure" in result.issues[0].message


def test_labels_with_commas_between(real: Knowledge) -> None:
    result = run(real, "Ataxia, Seizure")
    assert ids(result) == ["HP:0001250", "HP:0001251"]
    assert codes(result) == ["rewritten"]
    assert "was read as Ataxia (HP:0001251) and Seizure (HP:0001250)" in result.issues[0].message
    # A part that is no label, or an exclusion that may be meant for one of them only.
    for text in ("Ataxia, nonsense", "-Ataxia, Seizure"):
        assert codes(run(real, text)) == ["unknown-term", "no-findings"]


def test_every_remedy_can_be_followed(real: Knowledge) -> None:
    (issue, _) = run(real, "Siezure").issues
    assert "HP:0001250 Seizure" in issue.remedy
    (issue, _) = run(real, "the tower of London").issues
    assert "hpo.jax.org" in issue.remedy
    conflict = run(real, "HP:0002373", "-HP:0001250").issues[0]
    assert "Febrile seizure" in conflict.message
    assert conflict.remedy


def test_suggestions_are_few(real: Knowledge) -> None:
    result = run(real, *(f"Seizure {number}" for number in range(40)))
    assert codes(result) == ["unknown-term"] * 40 + ["no-findings"]
    assert sum("did you mean" in issue.remedy for issue in result.issues) == 5
    assert all(issue.remedy for issue in result.issues)


def test_the_earliest_onset_is_kept(real: Knowledge) -> None:
    mentions = [
        Finding("HP:0001250"),
        Finding("HP:0001250", onset="P9Y"),
        Finding("HP:0002432", onset="P6Y"),
        Finding("Seizure", onset="HP:0003584"),
    ]
    for _ in range(5):
        random.shuffle(mentions)
        assert run(real, *mentions).findings[0].onset == "P6Y"


POOL = [
    *("HP:0001250", "HP:0002432", "Seizure", "HP:0002373", "HP:0000118", "HP:0000007", "HP:9999999", "HP:0001251"),
    *("nonsense", "HP:0012638"),
]
some_findings = st.builds(
    Finding,
    st.sampled_from(POOL),
    st.sampled_from([None, "Ataxia", "Seizure"]),
    st.sampled_from(["present", "excluded", "unknown"]),
    st.sampled_from([None, "P3Y", "P1M", "HP:0003593", "soon"]),
    st.sampled_from([None, "HP:0012828"]),
)


@settings(max_examples=150)
@given(st.lists(some_findings, max_size=8), st.randoms(use_true_random=False))
def test_order_never_matters(real: Knowledge, findings: list[Finding], rng: random.Random) -> None:
    def both(items: list[Finding]) -> tuple[bytes, bytes]:
        result = normalise(Case(id="p", findings=tuple(items)), real.ontology)
        assert not set(result.query.present) & set(result.query.excluded)
        assert list(result.query.present) == sorted(set(result.query.present))
        return to_json(result.findings), to_json(result.issues)

    shuffled = list(findings)
    rng.shuffle(shuffled)
    assert both(findings) == both(shuffled)


@pytest.mark.parametrize(
    ("name", "said", "remedy"),
    [
        ("ORPHA:558", "names a disease", "what was observed"),
        ("OMIM:154700", "names a disease", "what was observed"),
        ("SNOMEDCT:91175000", "another vocabulary", "HPO term"),
        # "Did you mean Strabismus?" would make a finding of its denial.
        ("NOT Strabismus", "seems to deny Strabismus (HP:0000486)", "exclude Strabismus"),
        ("no: Strabismus", "seems to deny Strabismus (HP:0000486)", "exclude Strabismus"),
    ],
)
def test_what_an_unknown_finding_really_is(real: Knowledge, name: str, said: str, remedy: str) -> None:
    result = run(real, name, "HP:0001250")
    assert ids(result) == ["HP:0001250"]
    (issue,) = result.issues
    assert issue.code == "unknown-term"
    assert said in issue.message
    assert remedy in issue.remedy


def test_a_label_of_another_term_is_told(real: Knowledge) -> None:
    def issues(name: str, label: str | None) -> list[str]:
        found = normalise(Case(id="1", findings=(Finding(name, label),)), real.ontology)
        assert [real.ontology.id(term) for term in found.query.present] == [name]
        return [issue.message for issue in found.issues if issue.code == "label-mismatch"]

    (said,) = issues("HP:0001250", "Microcephaly")
    assert said == (
        "HP:0001250 is Seizure, but is labelled 'Microcephaly', which is Microcephaly (HP:0000252); it counts by its id"
    )
    # Its own label in other words, one of another release or language, and none at all.
    for label in ("Seizure", "seizures", "Epileptic seizure", "Krampfanfall", "", None):
        assert issues("HP:0001250", label) == []
