"""Edits of single findings in the words of a case: leave one out, deny it, call it by another name.

Which finding decides is known only where the case says so (``reference.extensions["deciding"]``, and what is right
without it in ``["without"]``); then the answer must flip. Findings known to be beside the point (``["beside"]``) must
not change it. Of any other finding the expectation is open, unless the suite says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from workup.case import Case
from workup.evaluation.audits.mentions import Said, read, statuses
from workup.evaluation.audits.variant import FINDING, TEXT, Edit, Expectation, Variant, edited, replaced, stem
from workup.text.document import Document

NOT_RECORDED = "[not recorded]"
_ARTICLE = re.compile(r"(?:an?|the|some|his|her|their) ", re.I)
_ARTICLE_BEFORE = re.compile(r"\b(?:an?|the|some|his|her|their) $", re.I)
_NEGATING = re.compile(r"\b(?P<no>no|not|without|denies|denied|deny|denying|never had)\b ?$", re.I)
_BREAK = re.compile(r"[.;\n]")
_AFFIRMED = {"denies": "reports", "denied": "reported", "deny": "report", "denying": "reporting", "without": "with"}


def truth_of(case: Case) -> dict[str, Any]:
    """What a simulated or annotated case says of its findings; empty for any other."""
    return dict(case.reference.extensions) if case.reference else {}


def chosen(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[tuple[Said, Expectation]]:
    """The findings to edit with what should follow: the deciding one, one beside the point, else any present one."""
    truth = truth_of(case)
    known = False
    for kind, expectation in (("deciding", "must-flip"), ("beside", "must-hold")):
        wanted = truth.get(kind, ())
        wanted = {wanted} if isinstance(wanted, str) else set(wanted)
        known = known or bool(wanted)
        fitting = [one for one in said if one.id in wanted and one.status == "present"]
        if fitting:
            yield fitting[0], "must-flip" if expectation == "must-flip" else "must-hold"
    present = [one for one in said if one.status == "present"]
    if not known and present:
        yield present[int(random.integers(len(present)))], "open"


def mask(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Leave out the sentence that tells a finding, or, where it tells more, the words for it."""
    field, text = stem(case)
    for number, (one, expectation) in enumerate(chosen(case, random, said)):
        sentence = _own_sentence(text, one, said)
        if sentence is None:
            start, end, after = one.start, one.end, NOT_RECORDED
        else:
            (start, end), after = sentence, ""
        edits = [Edit(field=field, start=start, end=end, before=text[start:end], after=after)]
        if one.place is not None:
            edits.append(Edit(field=f"{FINDING}{one.place}", before=case.findings[one.place].status))
        yield _variant(case, "mask", number, edits, expectation, one)


def _own_sentence(text: str, one: Said, said: Sequence[Said]) -> tuple[int, int] | None:
    """The sentence that tells this finding alone, with the space after it; None without one."""
    sentences = Document.of(text).sentences
    for number, (start, end) in enumerate(sentences):
        if not start <= one.start < end:
            continue
        alone = one.end <= end and not any(other is not one and start <= other.start < end for other in said)
        if number == 0 or not alone:
            return None
        while end < len(text) and text[end] == " ":
            end += 1
        return start, end
    return None


def negation(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Deny a finding that is there; where none is, affirm one that is denied."""
    field, text = stem(case)
    number = 0
    for one, expectation in chosen(case, random, said):
        edit = denial(field, text, one, said)
        if edit is not None:
            yield _variant(case, "negation", number, [edit, *_status(case, one, "excluded")], expectation, one)
            number += 1
    denied = [one for one in said if one.status == "excluded"]
    if number == 0 and denied:
        one = denied[int(random.integers(len(denied)))]
        edit = affirmation(field, text, one, said)
        if edit is not None:
            yield _variant(case, "negation", 0, [edit, *_status(case, one, "present")], "open", one)


def negate_all(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Deny every finding that can be denied without touching what is said of the others."""
    field, text = stem(case)
    found = [(one, edit) for one in said if one.status == "present" and (edit := denial(field, text, one, said))]
    edits = [edit for _, edit in found]
    if len(edits) < 2:
        return
    after = replaced(text, edits)
    now = statuses(after, said, edits)
    done = {one for one, _ in found}
    if any(new != ("excluded" if one in done else one.status) for one, new in zip(said, now, strict=True)):
        return
    coded = [edit for one in done for edit in _status(case, one, "excluded")]
    unique = {edit.field: edit for edit in coded}
    yield _variant(case, "negation", 0, [*edits, *(unique[name] for name in sorted(unique))], "open", None)


def denial(field: str, text: str, one: Said, said: Sequence[Said]) -> Edit | None:
    """An edit that denies one finding and leaves what is said of the others; None when there is none.

    >>> case = Case(id="1", text="She has a rash and fever.")
    >>> said = (Said("HP:1", "Rash", 8, 14, "a rash", "present"), Said("HP:2", "Fever", 19, 24, "fever", "present"))
    >>> [denial("text", case.text, one, said).after for one in said]
    [' (absent)', 'no ']
    """
    if any(letter.isdigit() for letter in one.words):
        return None
    article, before = _ARTICLE.match(one.words), _ARTICLE_BEFORE.search(text, 0, one.start)
    if article is not None:
        first = Edit(field=field, start=one.start, end=one.start + article.end(), before=article[0], after="no ")
    elif before is not None:
        first = Edit(field=field, start=before.start(), end=one.start, before=before[0], after="no ")
    else:
        first = Edit(field=field, start=one.start, end=one.start, after="no ")
    second = Edit(field=field, start=one.end, end=one.end, after=" (absent)")
    # "No fever, joint pain and ataxia" may be read to deny all three.
    listed = any(one.end <= other.start and not _BREAK.search(text, one.end, other.start) for other in said)
    return _fitting(text, one, said, "excluded", (second,) if listed else (first, second))


def affirmation(field: str, text: str, one: Said, said: Sequence[Said]) -> Edit | None:
    """An edit that takes back a denial of one finding alone; None when there is none.

    >>> said = (Said("HP:2", "Fever", 11, 16, "fever", "excluded"),)
    >>> affirmation("text", "She denies fever.", said[0], said).after
    'reports '
    """
    cue = _NEGATING.search(text, 0, one.start)
    if cue is None:
        return None
    word = _AFFIRMED.get(cue["no"].casefold(), "")
    after = f"{word} " if word else ""
    edit = Edit(field=field, start=cue.start(), end=cue.end(), before=cue[0], after=after)
    return _fitting(text, one, said, "present", (edit,))


def _fitting(text: str, one: Said, said: Sequence[Said], wanted: str, edits: Sequence[Edit]) -> Edit | None:
    """The first edit after which the finding has the wanted status and every other one keeps its own."""
    for edit in edits:
        now = statuses(replaced(text, [edit]), said, [edit])
        if all(new == (wanted if other is one else other.status) for other, new in zip(said, now, strict=True)):
            return edit
    return None


def synonym(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Call every finding that has another name by that name."""
    field, text = stem(case)
    declared = truth_of(case).get("synonyms", {})
    edits: list[Edit] = []
    for one in said:
        names = [name for name in (declared.get(one.id) or _names(one.id)) if name.casefold() != one.words.casefold()]
        known = declared.get(one.id) or _names(one.id)
        if not names or one.words.casefold() not in {name.casefold() for name in known}:
            continue
        if edits and one.start < edits[-1].end:
            continue
        name = names[int(random.integers(len(names)))]
        if one.status == "excluded":
            # "No an exanthem" is no English.
            name = _ARTICLE.sub("", name, count=1)
        if one.words[:1].isupper() and text[: one.start].rstrip()[-1:] in ("", "."):
            name = name[:1].upper() + name[1:]
        edits.append(Edit(field=field, start=one.start, end=one.end, before=one.words, after=name))
    if not edits or statuses(replaced(text, edits), said, edits) != [one.status for one in said]:
        return
    if not declared and not _same_findings(text, replaced(text, edits)):
        return
    yield _variant(case, "synonym", 0, edits, "must-hold", None)


def _same_findings(first: str, second: str) -> bool:
    """Whether two texts mention the same findings with the same status."""
    before, after = (sorted((one.id, one.status) for one in read(text)) for text in (first, second))
    return before == after


@lru_cache(maxsize=4096)
def _names(finding: str) -> tuple[str, ...]:
    """Label and exact synonyms of a term in lower case, as the ontology in use has them."""
    from workup.knowledge import Knowledge

    ontology = Knowledge.load().ontology
    terms = ontology.resolve(finding).terms
    return _by_term().get(terms[0], ()) if terms else ()


@lru_cache(maxsize=1)
def _by_term() -> dict[int, tuple[str, ...]]:
    from workup.knowledge import Knowledge

    ontology = Knowledge.load().ontology
    found: dict[int, dict[str, None]] = {}
    for one in ontology.synonyms():
        name = one.text
        # Abbreviations and names with commas or brackets do not fit into a sentence.
        if (
            one.scope == "exact"
            and one.kind in ("plain", "layperson")
            and re.fullmatch(r"[A-Za-z][A-Za-z' -]{3,40}", name)
            and not name.isupper()
        ):
            found.setdefault(one.term, {})[name.lower()] = None
    return {term: tuple(names) for term, names in found.items()}


def _status(case: Case, one: Said, status: str) -> list[Edit]:
    if one.place is None:
        return []
    return [Edit(field=f"{FINDING}{one.place}", before=case.findings[one.place].status, after=status)]


def _variant(
    case: Case, name: str, number: int, edits: Sequence[Edit], expectation: Expectation, one: Said | None
) -> Variant:
    without = truth_of(case).get("without")
    return Variant(
        case=edited(case, edits),
        perturbation=name,
        number=number,
        edits=tuple(edits),
        expectation=expectation,
        target=one.id if one else "",
        expected=(without,) if expectation == "must-flip" and without else (),
    )


__all__ = ["NOT_RECORDED", "TEXT", "affirmation", "chosen", "denial", "mask", "negate_all", "negation", "synonym"]
