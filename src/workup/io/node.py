"""A view of foreign JSON that remembers what was looked at, so that what was not can be reported."""

from __future__ import annotations

from collections import Counter
from typing import Any

from workup.io.clean import Notes, clean_label
from workup.io.flat import clean_field


class Reading:
    """What one document held that was not used.

    Attributes:
        notes: Where wrong types are noted.
        unread: Count of unread values by their place without list positions, e.g. ``subject.gender``.
    """

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.unread: Counter[str] = Counter()

    def wrong_type(self, place: str, wanted: str, value: object) -> None:
        """Note a value that has another type than the format says."""
        names = {str: "text", bool: "true or false", dict: "an object", list: "a list"}
        got = names.get(type(value), "a number" if isinstance(value, int | float) else "null")
        self.notes.warning(
            "wrong_type",
            f"expected {wanted}, got {got}; it was not used",
            field=place,
            remedy="correct it in the file",
        )


class Node:
    """One JSON object of a document written in camelCase or snake_case.

    Each getter marks its key as used. :meth:`close` counts the keys that nobody asked for.
    """

    def __init__(self, value: dict[str, Any], place: str, reading: Reading) -> None:
        self.place = place
        self.reading = reading
        self._values: dict[str, Any] = {}
        for key, item in value.items():
            name = camel_case(key)
            # null and empty are the same as absent in the JSON form of protocol buffers.
            if item is not None and item != [] and item != {} and item != "":
                self._values.setdefault(name, item)
        self._used: set[str] = set()

    def at(self, name: str) -> str:
        """The place of a key, for messages."""
        return f"{self.place}.{name}" if self.place else name

    def has(self, name: str) -> bool:
        """Whether the key is there with a value; does not mark it as used."""
        return name in self._values

    def raw(self, name: str) -> Any:
        """The value as it is, or None."""
        self._used.add(name)
        return self._values.get(name)

    def skip(self, *names: str) -> None:
        """Mark keys as known and knowingly not needed (ids of messages, administrative data)."""
        self._used.update(names)

    def text(self, name: str) -> str | None:
        """A text, cleaned; None when absent or, with a note, of another type."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, str):
            return clean_label(value, self.reading.notes, self.at(name))
        self.reading.wrong_type(self.at(name), "text", value)
        return None

    def node(self, name: str) -> Node | None:
        """A nested object; None when absent or, with a note, of another type."""
        value = self.raw(name)
        if isinstance(value, dict):
            return Node(value, self.at(name), self.reading)
        if value is not None:
            self.reading.wrong_type(self.at(name), "an object", value)
        return None

    def nodes(self, name: str) -> list[Node]:
        """The objects of a list; members of another type are noted and passed over."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.reading.wrong_type(self.at(name), "a list", value)
            return []
        found = []
        for position, item in enumerate(value):
            place = f"{self.at(name)}[{position}]"
            if isinstance(item, dict):
                found.append(Node(item, place, self.reading))
            else:
                self.reading.wrong_type(place, "an object", item)
        return found

    def close(self) -> None:
        """Count every key with a value that no getter asked for."""
        for name in self._values.keys() - self._used:
            self.reading.unread[_without_positions(self.at(clean_field(name)))] += _size(self._values[name])


def camel_case(key: str) -> str:
    """The protocol-buffer JSON name of a field.

    >>> camel_case("phenotypic_features"), camel_case("hgvs.c")
    ('phenotypicFeatures', 'hgvs.c')
    """
    if "_" not in key:
        return key
    first, *rest = key.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _without_positions(place: str) -> str:
    return "".join(part.partition("]")[2] if i else part for i, part in enumerate(place.split("[")))


def _size(value: object) -> int:
    return len(value) if isinstance(value, list) else 1
