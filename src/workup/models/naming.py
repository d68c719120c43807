"""Whether the model that answered is the one that was named.

Servers know one model under several names. These count as the same, and nothing else does without ``aliases=``:

* letter case aside, the same text;
* a dated snapshot of the name: ``gpt-4.1`` and ``gpt-4.1-2025-04-14`` (as hosts resolve a name to its newest snapshot);
* a tag that only says "the newest": ``llama3`` and ``llama3:latest`` (Ollama);
* the file behind the name: ``SmolLM2`` and ``/models/SmolLM2.gguf`` (llama.cpp reports its path);
* the name without its owner: ``Qwen3-8B`` and ``Qwen/Qwen3-8B``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_DATE = re.compile(r"[-@](?:20\d\d-\d\d-\d\d|20\d{6})$")


def without_date(name: str) -> str:
    """The name without the date of a snapshot.

    >>> without_date("gpt-4.1-2025-04-14"), without_date("gpt-4.1")
    ('gpt-4.1', 'gpt-4.1')
    """
    return _DATE.sub("", name)


def same_model(named: str, served: str, aliases: Iterable[str] = ()) -> bool:
    """Whether a server that calls its model ``served`` answered with the one we named.

    A date is forgiven only when we gave none: ``gpt-4.1-2025-04-14`` is not the snapshot of another day.

    >>> same_model("gpt-4.1", "gpt-4.1-2025-04-14"), same_model("gpt-4.1", "gpt-4.1-mini")
    (True, False)
    >>> same_model("gpt-4.1-2025-04-14", "gpt-4.1-2026-01-01")
    False
    >>> same_model("default", "qwen3-8b", aliases=["qwen3-8b"])
    True
    """
    if served in aliases:
        return True
    ours, theirs = _plain(named), _plain(served)
    if ours == theirs or ours == without_date(theirs):
        return True
    # An owner is forgiven only when one side names none: owners/a/m and owners/b/m are two models.
    if "/" in ours and "/" in theirs:
        return False
    ours, theirs = ours.rpartition("/")[2], theirs.rpartition("/")[2]
    return ours in (theirs, without_date(theirs))


def _plain(name: str) -> str:
    return name.strip().casefold().replace("\\", "/").removesuffix(":latest").removesuffix(".gguf")
