"""Names as keys: the stems of their words, without words that carry no meaning."""

from __future__ import annotations

from workup.text.vocabulary import STOP
from workup.text.words import stem, words

Key = tuple[str, ...]

# A name with one of these is only what the ontology itself writes; "no seizures" is nobody's absence seizure.
NEGATING = frozenset(stem(word) for word in ("no", "not", "non", "without", "never", "none", "nor", "lack", "lacking"))
ABNORMAL = stem("abnormality")


def key_of(text: str) -> Key:
    """Stems of the words of a name in order, without words that carry no meaning.

    >>> key_of("Abnormality of the nose")
    ('abnorm', 'nose')
    """
    found = [word.text for word in words(text)]
    kept = [word for word in found if word not in STOP]
    return tuple(stem(word) for word in kept or found)
