"""Hand labels of the scope of findings in real sentences: who has it, is it there, is it only feared.

One line of ``text_scope_labels.jsonl`` (it ships with the package, as claims are measured on it), shortened; the
sentence itself stays in the data set:

    {"file": "craft_md_half.jsonl", "line": 3, "sentence": 1, "sha256": "…", "kinds": ["negation"],
     "mentions": [{"start": 11, "end": 16, "hpo_id": "HP:0001945", "status": "excluded", "contexts": ["negated"]}],
     "split": "tune"}

``status`` is ``present`` for what the patient has now or chronically, ``excluded`` for what was looked for and is
absent in the patient, ``unknown`` for everything else: another person's, a plan's, a suspicion's, and what is over. A
chronic condition introduced by "history of" is ``present`` without context; what is over is ``unknown`` with the
context ``historical``. Whoever counts past findings as the patient's reads (``unknown``, only ``historical``) as
``present``. ``scope_labels.md`` has the procedure and all rules.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

import msgspec

from workup.case import Status
from workup.systems.records import SHIPPED
from workup.text.mention import CircumstanceKind

LABELS = SHIPPED / "text_scope_labels.jsonl"
FOLDER = "08-mediq"

Kind = Literal["negation", "family", "abbreviation", "historical", "uncertain", "hypothetical"]


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One finding of a sentence: where it stands (characters, end exclusive), what it is, what is said of it."""

    start: int
    end: int
    hpo_id: str | None
    status: Status
    contexts: tuple[CircumstanceKind, ...]


class Labelled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence; ``text`` is empty until :func:`load` has read it from the data set."""

    file: str
    line: int
    sentence: int
    sha256: str
    kinds: tuple[Kind, ...]
    mentions: tuple[Label, ...]
    split: Literal["tune", "held"]
    text: str = ""


def read() -> list[Labelled]:
    """The labels as committed, without the sentences."""
    return [msgspec.json.decode(line, type=Labelled) for line in LABELS.read_bytes().splitlines()]


def load(data_dir: Path) -> list[Labelled]:
    """The labels with their sentences.

    Args:
        data_dir: Folder of real data, with ``08-mediq`` in it.

    Raises:
        ValueError: a sentence is not the one that was labelled.
    """
    contexts: dict[str, list[list[str]]] = {}
    records = []
    for record in read():
        if record.file not in contexts:
            text = (data_dir / FOLDER / record.file).read_text(encoding="utf-8")
            contexts[record.file] = [json.loads(line)["context"] for line in text.split("\n") if line]
        sentence = contexts[record.file][record.line][record.sentence]
        if hashlib.sha256(sentence.encode()).hexdigest() != record.sha256:
            raise ValueError(f"{record.file}, line {record.line}, sentence {record.sentence} is not the labelled one")
        records.append(msgspec.structs.replace(record, text=sentence))
    return records
