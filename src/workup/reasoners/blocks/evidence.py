"""Passages, measurements and tool results under ids that an answer cites, and a memory across steps.

>>> store = EvidenceStore()
>>> store.add(Evidence(kind="passage", source="a.txt, characters 0-29"), "Koplik spots mean measles, as said.")
'E1'
>>> store.cited("Measles [E1], and not gout [E7].")
(('E1',), ('E7',))
>>> store.checked("Koplik  spots mean measles", "E1").supported
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from workup.reasoners.asking import marked
from workup.reasoning import Evidence

_CITED = re.compile(r"\[\s*(E\d+(?:\s*[,;]\s*E\d+)*)\s*\]")
_ID = re.compile(r"E\d+")
_NOTHING = "nothing was kept under this id"


class EvidenceStore:
    """What was found while one case was worked on. Not shared between cases, nor between threads."""

    def __init__(self) -> None:
        self._kept: dict[str, Evidence] = {}
        self._texts: dict[str, str] = {}
        self._ids: dict[tuple[str, str, str], str] = {}
        self._memory: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, name: object) -> bool:
        return name in self._kept

    def __getitem__(self, name: str) -> Evidence:
        return self._kept[name]

    def add(self, evidence: Evidence, text: str = "") -> str:
        """Keep a piece of evidence; the same one twice is kept once.

        Args:
            evidence: Where it comes from.
            text: The whole text that quotations of it are checked against; the quote when empty.

        Returns:
            The id by which it is cited.
        """
        whole = text or evidence.quote
        key = (evidence.kind, evidence.source, whole)
        if key not in self._ids:
            name = f"E{len(self._kept) + 1}"
            self._ids[key] = name
            self._kept[name] = msgspec.structs.replace(evidence, id=name)
            self._texts[name] = whole
        return self._ids[key]

    def text(self, name: str) -> str:
        """The whole text of a piece of evidence."""
        return self._texts[name]

    def shown(self, names: Iterable[str] | None = None, mark: str = "evidence", longest: int = 2000) -> str:
        """Evidence as data between marks, each with the id to cite; ``longest`` characters of each."""
        chosen = self._kept if names is None else names
        return "\n\n".join(
            marked(mark, f"[{name}] {self._kept[name].source}\n{self._texts[name][:longest]}") for name in chosen
        )

    def cited(self, words: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Ids that words cite as ``[E3]`` or ``[E3, E5]``: those that exist, and those that do not."""
        names = dict.fromkeys(name for group in _CITED.findall(words) for name in _ID.findall(group))
        known = tuple(name for name in names if name in self._kept)
        return known, tuple(name for name in names if name not in self._kept)

    def behind(self, words: str) -> tuple[Evidence, ...]:
        """The evidence that words cite; a citation of nothing is kept and marked as unsupported."""
        known, unknown = self.cited(words)
        return (
            *(self._kept[name] for name in known),
            *(Evidence(kind="passage", source=f"{name}: {_NOTHING}", supported=False) for name in unknown),
        )

    def checked(self, quote: str, name: str) -> Evidence:
        """The evidence with a quotation of it, supported when the words stand there (letter case and space aside)."""
        words = quote.strip(" .,;…").split()
        text = self._texts.get(name, "")
        found = re.search(r"\s+".join(map(re.escape, words)), text, re.IGNORECASE) if words else None
        if name not in self._kept:
            return Evidence(
                kind="passage", source=f"{name}: nothing was kept under this id", quote=quote, supported=False
            )
        return msgspec.structs.replace(self._kept[name], quote=quote, supported=found is not None)

    def remember(self, key: Any, value: Any) -> None:
        """Keep a value for later steps, e.g. the verdict on a disease."""
        self._memory[key] = value

    def recall(self, key: Any, default: Any = None) -> Any:
        """What was remembered under a key."""
        return self._memory.get(key, default)
