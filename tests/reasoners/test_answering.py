"""Disease, series, gene or none."""

from __future__ import annotations

import numpy as np
import pytest

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.answering import answer
from workup.reasoners.phenotype.profiles import Profiles


def ask(knowledge: Knowledge, unknown: float = 0.0, **masses: float) -> tuple[str, tuple[str, ...], float, str]:
    profiles = Profiles(knowledge, "omim")
    posterior = np.zeros(len(profiles.candidates))
    for name, mass in masses.items():
        index = knowledge.diseases.index(name.replace("_", ":"))
        assert index is not None
        posterior[profiles.position[index]] = mass
    chosen, abstained = answer(profiles, posterior, unknown)
    return chosen.level, chosen.ids, chosen.probability, abstained


def test_a_disease_more_likely_than_not(rich: Knowledge) -> None:
    assert ask(rich, OMIM_3=0.5, OMIM_1=0.5) == ("disease", ("OMIM:1",), 0.5, "")


def test_a_series(rich: Knowledge) -> None:
    level, ids, probability, abstained = ask(rich, OMIM_1=0.2, OMIM_2=0.4, OMIM_3=0.3, OMIM_4=0.1)
    assert (level, ids) == ("series", ("OMIM:2", "OMIM:1"))
    assert probability == pytest.approx(0.6)
    assert abstained == "the evidence supports a form of Toyosis, but no single disease"


def test_a_gene(rich: Knowledge) -> None:
    level, ids, probability, abstained = ask(rich, OMIM_1=0.3, OMIM_4=0.35, OMIM_3=0.35)
    assert (level, ids) == ("gene", ("OMIM:4", "OMIM:1"))
    assert probability == pytest.approx(0.65)
    assert "GENE1" in abstained


def test_members_without_weight_are_not_named(rich: Knowledge) -> None:
    masses = {f"OMIM_{number}": 0.2 for number in range(11, 14)}
    profiles = Profiles(rich, "omim")
    posterior = np.zeros(len(profiles.candidates))
    for name, mass in masses.items():
        index = rich.diseases.index(name.replace("_", ":"))
        assert index is not None
        posterior[profiles.position[index]] = mass
    chosen, _ = answer(profiles, posterior, 0.4)
    assert chosen.level == "gene"
    assert chosen.ids == ("OMIM:11", "OMIM:12", "OMIM:13")
    assert "one of these 3 (and 7 less likely)" in chosen.text


def test_none(rich: Knowledge) -> None:
    level, ids, probability, abstained = ask(rich, OMIM_1=0.3, OMIM_3=0.4, OMIM_11=0.3)
    assert (level, ids, probability) == ("none", (), 0.0)
    assert "the best candidate has 40%" in abstained


def test_rather_unknown(rich: Knowledge) -> None:
    level, _, _, abstained = ask(rich, unknown=0.7, OMIM_1=0.1, OMIM_3=0.1, OMIM_11=0.1)
    assert level == "none"
    assert "not in the knowledge base at all is more likely (70%)" in abstained


def test_one_disease_is_no_group(rich: Knowledge) -> None:
    assert ask(rich, OMIM_3=0.49, OMIM_11=0.2, OMIM_1=0.2)[0] == "none"
