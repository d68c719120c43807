"""The hand labels fit the sentences they were made for and the ontology they name."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from scope_labels import Labelled, load, read

from workup.knowledge import Knowledge

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def records(data_dir: Path) -> list[Labelled]:
    return load(data_dir)


def test_hundred_distinct_sentences_split_by_their_hash(records: list[Labelled]) -> None:
    assert len({record.sha256 for record in records}) == len(records) == 100
    for record in records:
        assert hashlib.sha256(record.text.encode()).hexdigest() == record.sha256
        assert record.split == ("held" if int(record.sha256[0], 16) % 2 else "tune")


def test_every_kind_is_there_and_so_are_distractors(records: list[Labelled]) -> None:
    kinds = Counter(kind for record in records for kind in set(record.kinds))
    assert all(record.kinds and len(set(record.kinds)) == len(record.kinds) for record in records)
    assert min(kinds[kind] for kind in ("negation", "family", "abbreviation", "historical")) >= 20
    assert kinds["uncertain"] + kinds["hypothetical"] >= 20
    affirmed = [label for record in records for label in record.mentions if not label.contexts]
    assert len(affirmed) >= 15


def test_mentions_are_words_of_their_sentence(records: list[Labelled]) -> None:
    for record in records:
        assert record.mentions
        spans = [(label.start, label.end) for label in record.mentions]
        assert spans == sorted(set(spans))
        for start, end in spans:
            assert 0 <= start < end <= len(record.text)
            words = record.text[start:end]
            assert words == words.strip()
            assert words[0].isalnum()
            # A mention never begins or ends in the middle of a word.
            assert not record.text[:start][-1:].isalnum()
            assert not (words[-1].isalnum() and record.text[end : end + 1].isalnum())


def test_status_follows_from_contexts() -> None:
    for record in read():
        for label in record.mentions:
            expected = {(): "present", ("negated",): "excluded"}.get(label.contexts, "unknown")
            assert label.status == expected
            assert len(set(label.contexts)) == len(label.contexts)


def test_ids_are_current_phenotypes(records: list[Labelled]) -> None:
    ontology = Knowledge.load().ontology
    root = ontology.index("HP:0000118")
    for hpo_id in {label.hpo_id for record in records for label in record.mentions} - {None}:
        term = ontology.index(hpo_id)
        assert term is not None
        assert ontology.id(term) == hpo_id
        assert root in ontology.ancestors(term)


def test_a_changed_sentence_is_noticed(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "08-mediq"
    folder.mkdir()
    for file in {record.file for record in read()}:
        text = (data_dir / "08-mediq" / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace("father", "mother"), encoding="utf-8")
    with pytest.raises(ValueError, match="is not the labelled one"):
        load(tmp_path)
