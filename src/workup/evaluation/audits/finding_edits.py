"""Edits of single findings in the words of a case: leave one out, deny it, call it by another name.

Which finding decides is known only where the case says so (``reference.extensions["deciding"]``, and what is right
without it in ``["without"]``); then the answer must flip. Findings known to be beside the point (``["beside"]``) must
not change it. Of any other finding the expectation is open, unless the suite says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from workup.case import Case
from workup.evaluation.audits.bedside import same_at_the_bedside
from workup.evaluation.audits.mentions import Said, read, statuses
from workup.evaluation.audits.variant import FINDING, TEXT, Edit, Expectation, Variant, edited, replaced, stem
from workup.text.document import Document

NOT_RECORDED = "[not recorded]"
_ARTICLE = re.compile(r"(?:an?|the|some|his|her|their) ", re.I)
_ARTICLE_BEFORE = re.compile(r"\b(?:an?|the|some|his|her|their) $", re.I)
# Words after which "no" and a finding are English, then an article, and words that say which kind of it.
_LEADING = re.compile(
    r"(?P<before>(?:\b(?:has|had|have|having|with|shows?|showed|showing|reveals?|revealed|reports?|reported|demonstrates?|"
    r"demonstrated|notes?|noted|notices?|noticed|develops?|developed|experiences?|experienced|complain(?:s|ed|ing)? of|"
    r"endorses?|endorsed|describes?|described|mentions?|mentioned|finds|found|there (?:is|are|was|were)|"
    r"there (?:has|have) been|but|and)|[,;]) )"
    r"(?P<article>(?:an?|some) )?"
    r"(?P<kind>(?:(?!(?:history|of|in|on|at|to|for|from|by|as|that|which|who|is|was|are|were|be|been|being|after|before|during|"
    r"no|not|without|never|with|and|or|but|her|his|their|its|the|this|due|because)\b)[a-z][a-z-]* ){0,3})$",
    re.I,
)
_DENYING = re.compile(r"\b(?:absent|absence|lacking|non-?[a-z]+|normal)\b", re.I)
_ABSENT_AFTER = re.compile(r" (?:is|are|was|were) ", re.I)
_NEGATING = re.compile(r"\b(?P<no>no|not|without|denies|denied|deny|denying|never had)\b ?$", re.I)
_BREAK = re.compile(r"[.;\n]")
_AFFIRMED = {"denies": "reports", "denied": "reported", "deny": "report", "denying": "reporting", "without": "with"}


def truth_of(case: Case) -> dict[str, Any]:
    """What a simulated or annotated case says of its findings; empty for any other."""
    return dict(case.reference.extensions) if case.reference else {}


def chosen(
    case: Case, random: np.random.Generator, said: Sequence[Said], fits: Callable[[Said], bool] = lambda one: True
) -> Iterator[tuple[Said, Expectation]]:
    """The findings to edit with what should follow: the deciding one, one beside the point, else any present one.

    Where nobody knows which one decides, only a finding that is told once is taken, and one that ``fits``.
    """
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
        start = int(random.integers(len(present)))
        for one in (*present[start:], *present[:start]):
            if not _told_again(one, said) and fits(one):
                yield one, "open"
                return


def _told_again(one: Said, said: Sequence[Said]) -> bool:
    """Whether another place says that it is there: to change one place would make the note contradict itself."""
    return any(other is not one and other.status == "present" and told_by(other.id, one.id) for other in said)


def told_by(other: str, finding: str) -> bool:
    """Whether who has the other finding has this one: it is the same, or a kind of it.

    >>> told_by("HP:0003418", "HP:0012531"), told_by("HP:0012531", "HP:0003418")  # back pain and pain
    (True, False)
    """
    if other == finding:
        return True
    from workup.knowledge import Knowledge

    ontology = Knowledge.shared().ontology
    kind, wanted = ontology.index(other), ontology.index(finding)
    return kind is not None and wanted is not None and wanted in ontology.ancestors(kind)


def deciding_values(case: Case, finding: str) -> tuple[str, str] | None:
    """The value that shows a finding and the one that denies it, where the case says them."""
    measured = truth_of(case).get("measured", {}).get(finding)
    return (measured["shows"], measured["denies"]) if measured else None


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

    def deniable(one: Said) -> bool:
        return _phrase(text, one) is not None and denial(field, text, one, said) is not None

    for one, expectation in chosen(case, random, said, deniable):
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
    found = [
        (one, edit)
        for one in said
        if one.status == "present"
        and (one.place is not None or _phrase(text, one))
        and (edit := denial(field, text, one, said))
    ]
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
    phrase = _phrase(text, one)
    if article is None and phrase is not None and phrase["kind"]:
        # "An itchy rash" is denied as a whole.
        start, words = phrase.end("before"), phrase["article"] or ""
        first = Edit(field=field, start=start, end=start + len(words), before=words, after="no ")
    elif article is not None:
        first = Edit(field=field, start=one.start, end=one.start + article.end(), before=article[0], after="no ")
    elif before is not None:
        first = Edit(field=field, start=before.start(), end=one.start, before=before[0], after="no ")
    else:
        first = Edit(field=field, start=one.start, end=one.start, after="no ")
    second = Edit(field=field, start=one.end, end=one.end, after=" (absent)")
    # "No fever, joint pain and ataxia" may be read to deny all three.
    listed = any(one.end <= other.start and not _BREAK.search(text, one.end, other.start) for other in said)
    return _fitting(text, one, said, "excluded", (second,) if listed else (first, second))


def _phrase(text: str, one: Said) -> re.Match[str] | None:
    """What leads to the finding, where English lets "no" stand there; None where it does not ("treated for ...").

    Nor is a finding denied that stands in brackets or in a compound, as what is meant by it is said beside ("(ARDS)",
    "post-MI").
    """
    if text[one.end : one.end + 1] in ("-", "/") or text[one.end : one.end + 2] == " (":
        return None
    leading = _LEADING.search(text, max(0, one.start - 120), one.start)
    kind = f"{leading['kind']}{one.words}" if leading else ""
    # "No absent reflexes" denies twice, and "no pulses are absent" says the opposite.
    return None if _DENYING.search(kind) or _ABSENT_AFTER.match(text, one.end) else leading


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
        known = declared.get(one.id) or same_at_the_bedside(one.words)
        names = [name for name in known if name.casefold() != one.words.casefold()]
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
        edit = Edit(field=field, start=one.start, end=one.end, before=one.words, after=name)
        # A name that is read as something else in this sentence costs the others nothing.
        if declared or _same_findings(text, replaced(text, [edit])):
            edits.append(edit)
    if not edits or statuses(replaced(text, edits), said, edits) != [one.status for one in said]:
        return
    if not declared and not _same_findings(text, replaced(text, edits)):
        return
    yield _variant(case, "synonym", 0, edits, "must-hold", None)


def _same_findings(first: str, second: str) -> bool:
    """Whether two texts mention the same findings with the same status."""
    before, after = (sorted((one.id, one.status) for one in read(text)) for text in (first, second))
    return before == after


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
