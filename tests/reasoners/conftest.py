from __future__ import annotations

import pytest
from richer_toy import richer_toy
from toy import toy_knowledge

from workup.knowledge import Knowledge


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The knowledge base of ``toy.py``."""
    return toy_knowledge(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The knowledge base of ``richer_toy.py``."""
    return richer_toy(tmp_path_factory.mktemp("rich"))


@pytest.fixture(scope="session")
def real() -> Knowledge:
    """The pinned knowledge base."""
    return Knowledge.load()
