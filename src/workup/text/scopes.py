"""Cues of one sentence and how far each one reaches.

>>> [(scope.kind, "No fever or rash, but ataxia."[scope.start:scope.end]) for scope in
...  scopes("No fever or rash, but ataxia.", 0, 29)]
[('negated', ' fever or rash')]
"""

from __future__ import annotations

from typing import NamedTuple

from workup.text.cues import CUES, FINITE, MEMBERS, NEW_STATEMENT, STOPS, SUBJECTS, TOKEN, Cue, Reach
from workup.text.mention import CircumstanceKind

CLAUSE_TOKENS = 30
"""How many tokens the scope of a bare "no" or "not" reaches at most."""

_LINKING = frozenset(
    (
        "problems",
        "problem",
        "issues",
        "issue",
        "difficulty",
        "difficulties",
        "trouble",
        "consistent",
        "associated",
        "association",
        "compatible",
        "contact",
        "concerns",
        "compared",
        "along",
    )
)
_AUXILIARY = frozenset(("been", "be", "to", "have", "had", "has", "any", "noted", "found", "seen", "known", "as"))
_HAVE = frozenset(("have", "has", "had"))
_PEOPLE = MEMBERS | {"one", "family", "members", "member", "nobody", "that", "if", "whether"} | _HAVE
_CONNECTIVES = frozenset(("and", "&", "or", "nor", "and/or"))
_BREAKS = frozenset(";•●■▪◦‣")


class Token(NamedTuple):
    """One word or sign: in lower case, with its offsets in the note."""

    text: str
    start: int
    end: int


class Scope(NamedTuple):
    """Where a cue holds: ``start`` to ``end``; the cue itself is at ``cue_start`` to ``cue_end``."""

    kind: CircumstanceKind
    start: int
    end: int
    cue_start: int
    cue_end: int
    before: bool


class Found(NamedTuple):
    """A cue at tokens ``first`` to ``last`` (exclusive)."""

    first: int
    last: int
    cues: tuple[Cue, ...]


def texts_of(note: str, start: int, end: int) -> list[str]:
    """The texts of :func:`tokens_of`, which are all that most sentences are looked at for."""
    lowered = note[start:end].lower()
    if len(lowered) == end - start:
        return TOKEN.findall(lowered.replace("’", "'"))
    return [token.text for token in tokens_of(note, start, end)]


def tokens_of(note: str, start: int, end: int) -> list[Token]:
    """Tokens between two offsets, lower-cased, with straight apostrophes."""
    lowered = note[start:end].lower()
    if len(lowered) == end - start:
        text = lowered.replace("’", "'")
        return [Token(word := match[0], at := match.start() + start, at + len(word)) for match in TOKEN.finditer(text)]
    # Some capitals become two characters in lower case.
    return [
        Token(match[0].lower().replace("’", "'"), match.start(), match.end())
        for match in TOKEN.finditer(note, start, end)
    ]


def scopes(note: str, start: int, end: int, tokens: list[Token] | None = None) -> list[Scope]:
    """Scopes of the negating, uncertain, hypothetical and historical cues of the sentence ``note[start:end]``."""
    tokens = tokens_of(note, start, end) if tokens is None else tokens
    words = [token.text for token in tokens]
    found = find_cues(note, tokens, words)
    if not found:
        return []
    stops = find_stops(words)
    result: list[Scope] = []
    for cue in found:
        cue_start, cue_end = tokens[cue.first].start, tokens[cue.last - 1].end
        # "A, possible B" doubts B alone: a word that can doubt either side looks back only when nothing follows it.
        attributive = {direction for _, direction, _ in cue.cues} >= {"before", "after"} and not (
            cue.last == len(words) or stops[cue.last] or words[cue.last] in _CLOSING
        )
        for kind, direction, reach in cue.cues:
            if kind is None:
                continue
            if direction != "after":
                last = _forward(words, cue.last, reach, stops, kind)
                if last > cue.last:
                    result.append(Scope(kind, cue_end, tokens[last - 1].end, cue_start, cue_end, True))
            if direction != "before" and not (attributive and direction == "after"):
                first = _backward(words, cue.first, reach, stops, kind)
                if first < cue.first:
                    result.append(Scope(kind, tokens[first].start, cue_start, cue_start, cue_end, False))
    return result


# What may stand after a doubting word that belongs to what is before it.
_CLOSING = frozenset((",", ".", ";", ":", ")", "but", "and", "or", "at", "in", "on", "as", "because", "since", "given"))


def find_cues(note: str, tokens: list[Token], words: list[str]) -> list[Found]:
    """Cues of a sentence, longest first at each place; none overlap."""
    found = []
    done = 0
    for number in [number for number, word in enumerate(words) if word in CUES]:
        if number < done:
            continue
        for phrase, cues in CUES[words[number]]:
            last = number + len(phrase)
            same = len(phrase) == 1 or tuple(words[number:last]) == phrase
            if same and _is_meant(note, tokens, words, number, last):
                found.append(Found(number, last, cues))
                done = last
                break
    return found


def _is_meant(note: str, tokens: list[Token], words: list[str], first: int, last: int) -> bool:
    """Whether a phrase of the list is used as a cue here."""
    word = words[first]
    token = tokens[first]
    following = words[last] if last < len(words) else ""
    if word == "history" and first and words[first - 1] in ("family", "social", "birth"):
        return False
    if last - first == 1:
        if word == "may":  # the month
            return note[token.start].islower() and not following.isdigit()
        if word == "no":  # "No. 3", "no 3"
            return not (following.isdigit() or (following == "." and last + 1 < len(words)))
        if word == "?":  # a mark before a word, not at the end of a question
            return bool(following) and (
                first == 0 or note[token.start - 1].isspace() or note[token.start - 1] in "(,;:/"
            )
        if word == "non" or word == "sans":
            return following != "-"
        if word == "old":
            return first == 0 or words[first - 1] not in (
                "year",
                "years",
                "month",
                "-",
                "months",
                "day",
                "week",
                "y",
                "yo",
            )
        if word == "past":
            return following not in ("medical", "surgical", "history")
        if word == "apparent":
            return True
        if word == "considered":
            return first == 0 or words[first - 1] not in ("is", "was")
        if word == "either":
            return "or" in words[last : last + 12]
    if word == "-" or (last - first == 2 and words[last - 1] == "-"):
        # "seizure-free", "non-tender": no blank around the hyphen
        return tokens[last - 1].end - token.start == sum(len(words[n]) for n in range(first, last)) and (
            first == 0 or word != "-" or tokens[first - 1].end == token.start
        )
    return True


def find_stops(words: list[str]) -> list[bool]:
    """For each token, whether a phrase that ends scopes begins at it."""
    marks = [False] * len(words)
    for number, word in enumerate(words):
        if word in STOPS:
            marks[number] = any(
                len(phrase) == 1 or tuple(words[number : number + len(phrase)]) == phrase for phrase in STOPS[word]
            )
        elif word in _BREAKS:
            marks[number] = True
    return marks


def _starts_statement(words: list[str], number: int) -> bool:
    """Whether what follows a comma or "and" is a statement of its own."""
    if number >= len(words):
        return False
    word = words[number]
    return word in NEW_STATEMENT or word in SUBJECTS or word.isdigit()


def _is_list(words: list[str], comma: int, stops: list[bool]) -> bool:
    """Whether the comma is one of a list: a later item begins with "or", or three or more short items follow on."""
    length = items = 0
    number = comma + 1
    if number < len(words) and words[number] in ("or", "nor"):
        return True
    while number < len(words) and not stops[number]:
        word = words[number]
        if word in ("or", "nor"):
            return True
        if word == ",":
            if number + 1 < len(words) and words[number + 1] in ("or", "nor"):
                return True
            if _starts_statement(words, number + 1 + (words[number + 1 : number + 2] == ["and"])):
                break
            items += 1
            length = 0
        elif word == "and" and not _starts_statement(words, number + 1):
            if length <= 3 and items:
                return True
        elif word in (".", ":") or word in FINITE:
            break
        else:
            length += 1
            if length > 4:
                return False
        number += 1
    return items >= 1 and length <= 4


def _forward(words: list[str], first: int, reach: Reach, stops: list[bool], kind: CircumstanceKind) -> int:
    """One past the last token that a cue ending before ``first`` reaches."""
    number, total = first, len(words)
    limit = total if reach == "list" else min(total, first + CLAUSE_TOKENS)
    in_list = reach == "list"
    closing = False  # within the last item of a list
    content = 0
    while number < limit:
        word = words[number]
        if stops[number] and not (number == first and word in ("since", "which", "because")):
            return number
        if word == ":":
            if content:
                return number
        elif word == ",":
            following = number + 1
            if following < total and words[following] in _CONNECTIVES:
                following += 1
            if reach == "item" or closing or (content and _starts_statement(words, following)):
                return number
            if not in_list:
                if not _is_list(words, number, stops):
                    return number
                in_list = True
        elif word in ("and", "&"):
            if reach == "item" or (content and _starts_statement(words, number + 1)):
                return number
            closing = in_list and reach != "list"
        elif word in ("or", "nor"):
            closing = in_list and reach != "list"
        elif word == "with" and content and words[number - 1] not in _LINKING and kind != "hypothetical":
            return number
        elif word in FINITE and content and words[number - 1] not in ("that", "who", "which"):
            owners = words[first:number]
            if kind != "hypothetical" and (
                word not in _HAVE or (kind == "negated" and not _PEOPLE.intersection(owners))
            ):
                return number
        elif word == "." and number + 1 < total:
            pass
        elif word in SUBJECTS and content > 1 and kind == "negated" and words[number - 1] in ("the", "our", "this"):
            return number
        elif word not in _AUXILIARY:
            content += 1
        number += 1
    return number


def _backward(words: list[str], last: int, reach: Reach, stops: list[bool], kind: CircumstanceKind) -> int:
    """First token that a cue beginning at ``last`` reaches."""
    number = last - 1
    floor = max(0, last - CLAUSE_TOKENS)
    plural = last > 0 and last < len(words) and words[last] in ("are", "were", "have", "all")
    content = 0
    while number >= floor:
        word = words[number]
        if stops[number] or word == ":":
            return number + 1
        if word == "," and content and reach == "item" and not plural:
            return number + 1
        if word == "," and content and number + 1 < last and words[number + 1] in SUBJECTS | {"the", "it", "she", "he"}:
            return number + 1
        if word in ("and", "&") and reach == "item" and content and not plural:
            return number + 1
        if word in FINITE and content and number < last - 1:
            return number + 1
        if word in ("shows", "showed", "revealed", "demonstrated", "yes", "present") and content:
            return number + 1
        if word not in ("is", "was", "are", "were", "been", "has", "have", "be"):
            content += 1
        number -= 1
    return number + 1
