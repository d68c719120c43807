"""The machine-readable parts of an annotation row that is evidence, in a third of the space of a dictionary.

>>> row = RowValues("OMIM:1", "HP:0001250", "Seizure", "1/3", 0.3333, "PMID:2", 3)
>>> row["term_label"], row.get("gene"), row == dict(row), len(row)
('Seizure', None, True, 7)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec


class RowValues(msgspec.Struct, frozen=True, gc=False, eq=False):
    """What an annotation row says. A mapping that cannot be changed; in JSON it is an object like any other.

    Attributes:
        disease: Id of the disease.
        term: Id of the term.
        term_label: Its label.
        frequency: How often the disease shows it, as a clinician reads it.
        frequency_value: The same as a share.
        reference: Where that was reported.
        line: Line of the annotation file.
    """

    disease: str
    term: str
    term_label: str
    frequency: str
    frequency_value: float
    reference: str
    line: int

    def __getitem__(self, key: str) -> Any:
        if key not in self.__struct_fields__:
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.__struct_fields__)

    def __len__(self) -> int:
        return len(self.__struct_fields__)

    def __contains__(self, key: object) -> bool:
        return key in self.__struct_fields__

    def __eq__(self, other: object) -> bool:
        return dict(self) == dict(other) if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or else the default."""
        return getattr(self, key) if key in self.__struct_fields__ else default

    def keys(self) -> tuple[str, ...]:
        """Names of the parts."""
        return self.__struct_fields__

    def values(self) -> tuple[Any, ...]:
        """The parts."""
        return msgspec.structs.astuple(self)

    def items(self) -> tuple[tuple[str, Any], ...]:
        """Names and parts."""
        return tuple(zip(self.keys(), self.values(), strict=True))


class MeetingValues(RowValues, frozen=True, gc=False, eq=False):
    """The same of a row that a finding of the patient meets.

    Attributes:
        relation: How the finding meets the term.
        ancestor: Id of the ancestor through which.
        ancestor_label: Its label.
    """

    relation: str
    ancestor: str
    ancestor_label: str


Mapping.register(RowValues)
