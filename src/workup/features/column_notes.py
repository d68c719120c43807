"""Notes on the columns of a table, retrieved for whoever invents a rule (the RAG variant of system 46).

>>> from workup.features.table import Column
>>> notes = {"shock": "Heart rate over systolic pressure is the shock index.", "gout": "Urate is raised in gout."}
>>> notes_on([Column("heart_rate", "beats a minute"), Column("systolic_pressure", "mmHg")], notes)
['Heart rate over systolic pressure is the shock index.']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workup.features.table import Column
from workup.retrieval.over import retriever_over


def notes_on(columns: Sequence[Column], passages: Mapping[str, str], *, each: int = 2, kind: str = "bm25") -> list[str]:
    """Passages found for any of the columns, by name and description; the best of each column, each passage once.

    Args:
        columns: Columns that a rule may read.
        passages: What is searched, by id.
        each: Most passages a column.
        kind: Kind of the search: ``bm25``, ``dense`` or ``hybrid``.
    """
    search = retriever_over(list(passages.items()), kind)
    found: dict[str, None] = {}
    for column in columns:
        asked = f"{column.name.replace('_', ' ')} {column.description}"
        found.update(dict.fromkeys(hit.id for hit in search.search(asked, each)))
    return [passages[name] for name in found]
