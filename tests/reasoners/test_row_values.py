"""What an annotation row says reads like a dictionary, is one in JSON, and cannot be changed."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from workup.reasoners.phenotype.row_values import MeetingValues, RowValues
from workup.reasoning import Evidence

ROW: dict[str, Any] = {
    "disease": "OMIM:1",
    "term": "HP:0001250",
    "term_label": "Seizure",
    "frequency": "1/3",
    "frequency_value": 0.3333,
    "reference": "PMID:2",
    "line": 3,
}
MEETING = ROW | {"relation": "narrower", "ancestor": "HP:0012638", "ancestor_label": "Abnormal nervous system"}


@pytest.mark.parametrize(("made", "same"), [(RowValues(**ROW), ROW), (MeetingValues(**MEETING), MEETING)])
def test_reads_like_a_dictionary(made: RowValues, same: dict[str, Any]) -> None:
    assert isinstance(made, Mapping)
    assert made == same
    assert same == made
    assert made == type(made)(**same)
    assert made != same | {"line": 4}
    assert made != same | {"more": 1}
    assert made != list(same)
    assert dict(made) == {**made} == dict(made.items()) == same
    assert list(made) == list(made.keys()) == list(same)
    assert list(made.values()) == list(same.values())
    assert len(made) == len(same)
    assert "line" in made
    assert "gene" not in made
    assert made["line"] == made.get("line") == 3
    assert (made.get("gene"), made.get("gene", "")) == (None, "")
    with pytest.raises(KeyError, match="gene"):
        made["gene"]
    # Methods are not parts.
    with pytest.raises(KeyError, match="items"):
        made["items"]


def test_is_an_object_in_json() -> None:
    evidence = Evidence(kind="annotation", source="line 3", values=MeetingValues(**MEETING))
    again = msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence)
    assert again == evidence
    assert again.values == MEETING
    assert msgspec.json.encode(again) == msgspec.json.encode(evidence)
    assert msgspec.to_builtins(evidence)["values"] == MEETING
    assert pickle.loads(pickle.dumps(evidence)) == evidence == copy.deepcopy(evidence)


def test_cannot_be_changed() -> None:
    made = RowValues(**ROW)
    with pytest.raises(AttributeError):
        made.line = 4  # type: ignore[misc]
    with pytest.raises(TypeError):
        made["line"] = 4  # type: ignore[index]
    with pytest.raises(TypeError):
        hash(made)
