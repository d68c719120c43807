from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from text_toy import toy_ontology

from workup.knowledge.hpo import Ontology
from workup.text.recognise import Recogniser

Found = list[tuple[str, str]]


@pytest.fixture(scope="session")
def ontology(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    return toy_ontology(tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="session")
def recogniser(ontology: Ontology) -> Recogniser:
    return Recogniser.of(ontology)


@pytest.fixture(scope="session")
def found(recogniser: Recogniser) -> Callable[[str], Found]:
    """Words and labels of what a note names."""

    def find(note: str) -> Found:
        return [(mention.words(note), mention.label) for mention in recogniser.mentions(note)]

    return find
