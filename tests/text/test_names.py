from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from text_toy import toy_ontology

from workup.knowledge.hpo import Ontology
from workup.text.implied import implied, interchangeable
from workup.text.name_keys import key_of
from workup.text.name_table import IMPLIED, LAY, TRUST_LABEL, compile_names
from workup.text.names import Names, _in_memory


def entries(names: Names, ontology: Ontology) -> dict[tuple[str, tuple[str, ...]], tuple[int, int]]:
    stems = {number: text for text, number in names.stems.items()}
    return {
        (ontology.label(int(names.term[i])), tuple(stems[t] for t in names.tokens[i].tolist())): (
            int(names.trust[i]),
            int(names.kind[i]),
        )
        for i in range(len(names))
    }


def test_labels_synonyms_and_implied_names(ontology: Ontology) -> None:
    found = entries(Names.of(ontology), ontology)
    assert found["Wide nasal bridge", key_of("Wide nasal bridge")] == (TRUST_LABEL, 0)
    assert found["Small hand", key_of("small hand")][0] == TRUST_LABEL
    assert found["Microcephaly", key_of("small head")] == (95, LAY)
    # Three terms call wide broad, so that broad alveolar ridges may be wide.
    assert found["Broad alveolar ridges", key_of("wide alveolar ridges")][1] == IMPLIED
    # A result is reported without what it was measured in.
    assert found["Elevated circulating creatinine concentration", key_of("high creatinine")][1] == IMPLIED


def test_names_of_the_more_general_finding_and_crossed_names(ontology: Ontology) -> None:
    found = entries(Names.of(ontology), ontology)
    assert found["Vestibular schwannoma", key_of("vestibular neurinoma")][1] == IMPLIED
    # Acoustic of one name with neurinoma of the other; a neuroma that is bilateral is not said of any.
    assert found["Vestibular schwannoma", key_of("acoustic schwannoma")][1] == IMPLIED
    assert found["Bilateral vestibular schwannoma", key_of("bilateral acoustic neuroma")][1] == IMPLIED
    assert not any(key == key_of("bilateral neuroma") for _, key in found)
    # Said only for emphasis.
    assert found["Abnormally happy disposition", key_of("happy disposition")][1] == IMPLIED


def test_of_several_claims_to_an_abnormality_the_most_general_holds(ontology: Ontology) -> None:
    found = entries(Names.of(ontology), ontology)
    owners = {label for label, key in found if set(key) == set(key_of("kidney anomaly"))}
    assert owners == {"Abnormality of the kidney"}


def test_only_findings_and_no_abbreviations(ontology: Ontology) -> None:
    names = Names.of(ontology)
    labels = {ontology.label(int(term)) for term in names.term}
    assert "Autosomal dominant inheritance" not in labels
    assert "asd" not in names.stems
    assert "htn" not in names.stems


def test_interchangeable_needs_three_terms() -> None:
    exact = {i: {("broad", part), ("wide", part)} for i, part in enumerate(("nose", "tip", "bridge"))}
    assert interchangeable(exact) == {(("broad",), ("wide",)): 3}
    del exact[0]
    assert interchangeable(exact) == {}


def test_kept_beside_the_ontology(tmp_path: Path) -> None:
    ontology = toy_ontology(tmp_path)
    first = Names.of(ontology)
    [folder] = tmp_path.glob("text-*")
    before = (folder / "done").stat().st_mtime_ns
    second = Names.of(ontology)
    assert (folder / "done").stat().st_mtime_ns == before
    assert entries(first, ontology) == entries(second, ontology)
    assert not list(tmp_path.glob(".text-*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    ontology = toy_ontology(tmp_path)
    tmp_path.chmod(0o500)
    try:
        assert len(Names.of(ontology)) > 0
    finally:
        tmp_path.chmod(0o700)


def test_in_memory_is_the_same(ontology: Ontology) -> None:
    assert entries(Names(_in_memory(compile_names(ontology))), ontology) == entries(Names.of(ontology), ontology)


def test_one_letter_wrong(ontology: Ontology) -> None:
    names = Names.of(ontology)
    for slip in ("micrcephaly", "microcephally", "microcephalu", "mircocephaly"):
        assert names.nearest_stem(slip) == names.stems[key_of("microcephaly")[0]]
    assert names.nearest_stem("mikrozephaly") is None
    # A word that the ontology's definitions use is no slip.
    assert names.nearest_stem("contraction") is None


def test_the_noun_of_a_name_is_not_left_out() -> None:
    """ "Persistent fetal circulation" is not called "persistent fetal", though "circulating" may be left out."""
    exact = {1: {key_of("persistent fetal circulation")}, 2: {key_of("abnormal circulating amylase concentration")}}
    without = [((), key_of("circulating"))]
    made = implied(exact, {}, [(key_of("circulating"), ()), *without], lambda term: np.array([term]))
    assert (key_of("abnormal amylase concentration"), 2) in made
    assert all(key_of("persistent fetal") != key for key, _ in made)
