"""Whose finding it is: scopes of words for relatives.

>>> from workup.text.scopes import tokens_of
>>> note = "Her mother has migraine; her mother reports that she has ataxia."
>>> [note[scope.start:scope.end] for scope in relatives(tokens_of(note, 0, len(note)))]
[' has migraine']
"""

from __future__ import annotations

from collections.abc import Sequence

from workup.text.cues import BY, IN, INFORMANT_VERBS, MEMBERS, POSSESSIVE, SIDES, SUBJECTS, TELLING, word_set
from workup.text.scopes import Scope, Token

_AFTER_TEXT = """
runs in the family|run in the family|in the family|in his family|in her family|in their family|side of the family|
in the general population|seen in children|seen in patients|seen in people|seen in individuals|
common in children|common in patients|common in people|common in individuals
"""
_PHRASES_TEXT = """
family history|family hx|familial history|fhx|fh|family member|family members|his family|her family|
first - degree relatives|first - degree relative|second - degree relative|second - degree relatives
"""
_AFTER = tuple(tuple(phrase.split()) for phrase in _AFTER_TEXT.split("|"))
"""What can only follow a finding."""
_PHRASES = _AFTER + tuple(tuple(phrase.split()) for phrase in _PHRASES_TEXT.split("|"))
_FIRST = {phrase[0] for phrase in _PHRASES}
STARTERS = _FIRST | SIDES | MEMBERS | {f"{word}'s" for word in MEMBERS}
"""Without one of these among its tokens a sentence speaks of no relative."""
_PRONOUNS = frozenset(("he", "she", "they"))
_JOINTS = frozenset((",", "and", "but", "while", "whereas", "that", "when", "because", "so", "where"))
_BREAKS = frozenset(";•●■")
_CHILD_OF = frozenset(("born", "son", "daughter", "child", "boy", "girl", "offspring"))
_NOT_HERS = frozenset(
    ("age", "grandmother", "grandfather", "uncle", "aunt", "cousin", "concern", "report", "side", "consent", "history")
)
_BRINGS = word_set(
    """
    brought brings reports reported states stated says said noticed
    """
)
_BACK_STOPS = frozenset(("but", "however", "although", ";", "which", "who", "while", "whereas"))


def relatives(tokens: Sequence[Token]) -> list[Scope]:
    """Scopes of kind ``family`` in the tokens of one sentence.

    A relative as subject or owner ("mother has", "brother with", "family history of") reaches forward until the patient
    is spoken of again; after "in" ("epilepsy in his mother") backward to the last comma. A relative who tells ("mother
    reports", "according to the father", "brought by") has nothing; neither has the mother of two who is the patient.
    """
    words = [token.text for token in tokens]
    result: list[Scope] = []
    if STARTERS.isdisjoint(words):
        return result
    number = 0
    while number < len(words):
        if words[number] not in STARTERS:
            number += 1
            continue
        first, last, after = _member(words, number)
        if last == first:
            number += 1
            continue
        number = last
        cue_start, cue_end = tokens[first].start, tokens[last - 1].end
        preposition = _before(words, first)
        if after or (preposition in IN):
            start = _back(words, first)
            if start < first:
                result.append(Scope("family", tokens[start].start, cue_start, cue_start, cue_end, False))
            if after and words[last : last + 1] not in (["has"], ["had"], ["have"], ["with"]):
                continue
        if words[first] in MEMBERS | SIDES and _tells(words, first, last, preposition):
            continue
        end = _ahead(words, last, first)
        if end > last:
            result.append(Scope("family", cue_end, tokens[end - 1].end, cue_start, cue_end, True))
    return result


def _member(words: list[str], number: int) -> tuple[int, int, bool]:
    """Tokens that name a relative from ``number`` on, and whether they can only follow what they qualify."""
    word = words[number]
    if word in _FIRST:
        for phrase in _PHRASES:
            last = number + len(phrase)
            if word == phrase[0] and tuple(words[number:last]) == phrase:
                return number, last, phrase in _AFTER
    if word in SIDES:
        last = number + 1
        while (
            last < len(words)
            and (words[last] in MEMBERS or words[last] in ("great", "-", "half"))
            and last < number + 5
        ):
            last += 1
        if last > number + 1:
            return number, last, False
        following = words[last] if last < len(words) else ""
        if following in _NOT_HERS or not following[:1].isalpha():
            return number, number, False
        return number, last, False
    if word.endswith("'s"):
        word = word[:-2]
    return (number, number + 1, False) if word in MEMBERS or word + "'s" in MEMBERS else (number, number, False)


def _before(words: list[str], first: int) -> str:
    """The word before a relative, articles and possessives left out."""
    number = first - 1
    while number >= 0 and number >= first - 4 and (words[number] in POSSESSIVE or words[number] == "-"):
        number -= 1
    return words[number] if number >= 0 else ""


def _tells(words: list[str], first: int, last: int, preposition: str) -> bool:
    """Whether the relative is named for another reason than having something."""
    if preposition in BY or preposition in ("by", "per", "according", "to"):
        # "born to a mother with ..." speaks of the mother
        if not (preposition == "to" and any(word in _CHILD_OF for word in words[max(0, first - 5) : first])):
            return True
        return last >= len(words) or words[last] not in ("with", "who", "whose", "affected")
    following = words[last : last + 3]
    if following[:1] == ["also"]:
        following = words[last + 1 : last + 4]
    if not following:
        return True
    if following[0] in ("is", "was", "are", "were", "has", "had", "have"):
        return len(following) > 1 and (
            following[1] in TELLING
            or (
                following[1] in INFORMANT_VERBS - TELLING
                and following[0] in ("has", "had", "have")
                and following[1] not in ("is", "was", "are", "were")
            )
        )
    if following[0] in INFORMANT_VERBS:
        return True
    if (
        following[0] in ("who", "and")
        and len(following) > 1
        and following[1] in INFORMANT_VERBS
        and following[1] not in ("is", "was", "are", "were")
    ):
        return True
    if following[0] == "of":
        # "mother of two", "son of healthy parents": the patient
        return True
    return any(word in _CHILD_OF for word in words[first:last]) and preposition not in (
        "has",
        "had",
        "her",
        "a",
        "and",
        "one",
    )


def _ahead(words: list[str], last: int, first: int) -> int:
    """One past the last token that a relative as subject reaches."""
    number = last
    side = words[last - 1] in SIDES
    while number < len(words):
        word = words[number]
        if word in _BREAKS or (word in ("whereas", "although", "though", "however") and number > last):
            return number
        if word in _BRINGS and number > last:
            return number
        if (
            word == "but"
            and words[number + 1 : number + 2]
            and words[number + 1] in SUBJECTS | _PRONOUNS | {"the", "our"}
        ):
            return number
        if word in SUBJECTS and words[number - 1] in ("the", "our", "this"):
            return number - 1
        if word in SUBJECTS and word not in _PRONOUNS and number > last and words[number - 1] in _JOINTS:
            return number
        if word in _PRONOUNS and words[number - 1] in _JOINTS and number > last:
            return number
        if (
            word == ","
            and number > last
            and words[number + 1 : number + 2]
            and words[number + 1] in ("brought", "the", "our", "this")
        ) and (
            words[number + 1] == "brought"
            or (words[number + 2 : number + 3] and words[number + 2] in SUBJECTS | {"examination"})
        ):
            return number
        if side and (number >= last + 4 or word in (",", "and", "with", "or")):
            return number
        number += 1
    return number


def _back(words: list[str], first: int) -> int:
    """First token that "in his mother" reaches back to."""
    number = first - 1
    content = 0
    while number >= 0:
        word = words[number]
        if word in _BACK_STOPS or (word in (",", ":") and content > 1):
            return number + 1
        if word in SUBJECTS and word in ("he", "she", "patient"):
            return number + 1
        content += word.isalpha()
        number -= 1
    return 0
