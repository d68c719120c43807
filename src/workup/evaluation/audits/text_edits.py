"""Edits of the words of a case that leave its findings: another number, another order, a word beside the point, a slip.

Each is a function of case, random numbers and the findings that the words mention; it yields variants, none where it
does not apply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from workup.case import Case
from workup.evaluation.audits.finding_edits import truth_of
from workup.evaluation.audits.mentions import Said
from workup.evaluation.audits.variant import FINDING, TEXT, Edit, Variant, edited, stem
from workup.text.document import Document
from workup.text.quantities import Quantity, numbers

# What no diagnosis rests on: nothing in it is a finding, a drug, a number, an exposure, or a person whom the "he" of
# the next sentence could mean.
DISTRACTORS = (
    "The appointment was made by telephone.",
    "The clinic had moved to another floor.",
    "The waiting room was busy that morning.",
    "The referral letter arrived by post.",
    "The visit was moved by a day because of the weather.",
    "Parking near the clinic was difficult.",
)
SMALL = 0.1
"""A number that must not matter changes by at most this share of itself."""
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"(?<![\w'’-])[a-z]{6,}(?![\w'’-])")
# What tells the course of things, where one sentence rests on another: in another order it would tell another story.
_COURSE = re.compile(
    r"\b(?:after\w*|before|during|following|follow-up|later|then|now|next|initial\w*|first|second|third|repeat\w*|again|"
    r"prior|previous\w*|subsequent\w*|since|until|despite|although|immediate\w*|meanwhile|eventually|finally|"
    r"post-?op\w*|postpartum|"
    r"pre\w*operative\w*|operati\w+|surgery|procedure|start\w*|began|begin\w*|initiat\w+|stopp\w+|discontinu\w+|"
    r"(?:is|was|are|were|been) (?:given|treated|administered|prescribed|placed|intubated|transferred|admitted|"
    r"discharged|taken|brought|performed|diagnosed|referred|sent|managed|resuscitated|ordered|obtained|drawn)|"
    r"improv\w+|worsen\w*|progress\w+|resolv\w+|recover\w*|persist\w*|develop\w*|return\w*|respon\w+|decid\w+|"
    r"minutes?|hours?|days?|weeks?|suspects?|recommend\w*|orders|refer\w*|biops\w+|trial|study|studies|"
    r"above|below|figure|image|shown|also|further\w*|additional\w*|other|another|remainder|rest of|same|the lesions?|"
    r"the pain|the rash|the mass)\b|:",
    re.I,
)
# What points back to the sentence before; it must stay after it.
_POINTING = re.compile(
    r"\s*(?:this|that|these|those|it|they|then|later|after|afterwards|subsequently|thereafter|however|therefore|also|both|"
    r"one|two|three|the next|but|and|so|which|such|since|her|his|other|otherwise)\b",
    re.I,
)


def number(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Move a measured value over the threshold that its finding has (known ones), and another one by its last digit."""
    field, text = stem(case)
    truth = truth_of(case)
    made = 0
    for one in said:
        measured = truth.get("measured", {}).get(one.id)
        if measured is None or one.status != "present" or measured["shows"] not in one.words:
            continue
        start = one.start + one.words.index(measured["shows"])
        edits = [
            Edit(
                field=field,
                start=start,
                end=start + len(measured["shows"]),
                before=measured["shows"],
                after=measured["denies"],
            )
        ]
        if one.place is not None:
            edits.append(Edit(field=f"{FINDING}{one.place}", before=case.findings[one.place].status, after="excluded"))
        deciding = one.id == truth.get("deciding")
        yield Variant(
            case=edited(case, edits),
            perturbation="number",
            number=made,
            edits=tuple(edits),
            expectation="must-flip" if deciding else "open",
            target=one.id,
            expected=(truth["without"],) if deciding and "without" in truth else (),
        )
        made += 1
    taken = [(one.start, one.end) for one in said]
    free = [
        one
        for one in numbers(text, 0, len(text))
        if one.unit
        and not any(start <= one.start < end for start, end in taken)
        and not _said_twice(text, one)
        and (digits := _DIGITS.search(text, one.start, one.end)) is not None
        and _small(digits[0])
    ]
    if free and not _calculates(case):
        value = free[int(random.integers(len(free)))]
        found = _DIGITS.search(text, value.start, value.end)
        if found is not None:
            edit = Edit(field=field, start=found.start(), end=found.end(), before=found[0], after=next_to(found[0]))
            yield Variant(case=edited(case, [edit]), perturbation="number", number=made, edits=(edit,))


def _said_twice(text: str, one: Quantity) -> bool:
    """Whether a value stands in two units, "38.1 °C (100.6 °F)", both of which would have to change, or in a range."""
    beside = text[one.end : one.end + 2].strip().startswith("(") or text[: one.start].rstrip().endswith("(")
    return (
        beside or text[: one.start].rstrip()[-1:] in tuple("-–<>≤≥") or "(" in text[max(0, one.start - 8) : one.start]
    )


def _small(digits: str) -> bool:
    """Whether the last digit is a small part of the number: 1 and 2 are not the same, 1.0 and 1.1 nearly are."""
    value = float(digits)
    return abs(float(next_to(digits)) - value) <= SMALL * value


def _calculates(case: Case) -> bool:
    """Whether the answer is a figure, which every number of the text may go into."""
    options = case.question.options.values() if case.question else ()
    return bool(options) and all(_DIGITS.match(option.lstrip(" ~<>≤≥+-−")) for option in options)


def next_to(digits: str) -> str:
    """The number with its last digit moved by one, inwards.

    >>> next_to("36.8"), next_to("0.49"), next_to("100")
    ('36.7', '0.48', '101')
    """
    last = int(digits[-1])
    return f"{digits[:-1]}{last - 1 if last > 1 else last + 1}"


def reorder(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Put sentences that do not point back, and the coded findings, in another order."""
    field, text = stem(case)
    sentences = Document.of(text).sentences if text else []
    runs = _runs(text, sentences)
    movable = [place for run in runs for place in run]
    edits: list[Edit] = []
    places: dict[int, int] = {}
    if runs:
        source: dict[int, int] = {}
        for run in runs:
            source.update((run[i], run[j]) for i, j in enumerate(_other_order(len(run), random)))
        first, last = movable[0], movable[-1]
        begin, end = sentences[first][0], sentences[last][1]
        parts: list[str] = []
        for place in range(first, last + 1):
            taken = source.get(place, place)
            start, stop = sentences[taken]
            places[taken] = begin + sum(map(len, parts))
            gap = text[sentences[place][1] : sentences[place + 1][0]] if place < last else ""
            parts += [text[start:stop], gap]
        edits.append(Edit(field=field, start=begin, end=end, before=text[begin:end], after="".join(parts)))
    changed = edited(case, edits)
    if case.findings:
        spans = [
            tuple(_carried(span, sentences, places) if field == TEXT else span for span in finding.spans)
            for finding in case.findings
        ]
        order = (
            sorted(range(len(spans)), key=lambda i: spans[i] or ((len(text), 0),))
            if any(spans)
            else _other_order(len(spans), random)
        )
        if order != list(range(len(spans))):
            edits.append(Edit(field="findings", before=_listed(range(len(spans))), after=_listed(order)))
        findings = tuple(msgspec.structs.replace(case.findings[i], spans=spans[i]) for i in order)
        changed = msgspec.structs.replace(changed, findings=findings)
    if edits:
        yield Variant(case=changed, perturbation="reorder", edits=tuple(edits))


def _runs(text: str, sentences: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Sentences beside each other whose order says nothing: none points back or tells a course, and no line ends."""
    runs: list[list[int]] = [[]]
    for place, (start, end) in enumerate(sentences):
        points = bool(_POINTING.match(text, start, end))
        if points and runs[-1]:
            # What follows a sentence that points back to it must keep it.
            runs[-1].pop()
            runs.append([])
        whole = text[start:end].strip()
        told = place > 0 and not points and whole.endswith((".", "!")) and not _COURSE.search(whole)
        alone = "\n" in text[sentences[place - 1][1] if place else 0 : end].strip(" ")
        if not told or alone:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if len(run) > 1]


def _carried(span: tuple[int, int], sentences: Sequence[tuple[int, int]], places: dict[int, int]) -> tuple[int, int]:
    for number, (start, end) in enumerate(sentences):
        if start <= span[0] < end:
            shift = places.get(number, start) - start
            return span[0] + shift, span[1] + shift
    return span


def _other_order(size: int, random: np.random.Generator) -> list[int]:
    if size < 2:
        return list(range(size))
    while True:
        order: list[int] = random.permutation(size).tolist()
        if order != list(range(size)):
            return order


def _listed(places: Sequence[int]) -> str:
    return ",".join(map(str, places))


def distractor(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Add a sentence that is beside the point after the first one."""
    field, text = stem(case)
    sentences = Document.of(text).sentences if text else []
    # A question of one sentence has no place where a sentence could go unnoticed.
    if not sentences or (field != TEXT and len(sentences) < 2):
        return
    # Not before a sentence that points back, which would then point to it, and not within the lines of a table.
    ends = [
        end
        for (start, end), following in zip(sentences, [*sentences[1:], None], strict=True)
        if following is None or (not _POINTING.match(text, *following) and "\n" not in text[end : following[0]])
        if not text[start:end].rstrip().endswith("?")
    ]
    if not ends:
        return
    place = ends[0]
    sentence = DISTRACTORS[int(random.integers(len(DISTRACTORS)))]
    stop = "" if text[:place].rstrip()[-1:] in (".", "!", ":", ";", ",") else "."
    edit = Edit(field=field, start=place, end=place, after=f"{stop} {sentence}")
    yield Variant(case=edited(case, [edit]), perturbation="distractor", edits=(edit,))


def typo(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Exchange two neighbouring letters inside a word."""
    field, text = stem(case)
    slips = [
        (match.start() + i, text[match.start() + i : match.start() + i + 2])
        for match in _WORD.finditer(text)
        for i in range(1, len(match[0]) - 2)
        if match[0][i] != match[0][i + 1]
    ]
    if not slips:
        return
    place, two = slips[int(random.integers(len(slips)))]
    edit = Edit(field=field, start=place, end=place + 2, before=two, after=two[::-1])
    yield Variant(case=edited(case, [edit]), perturbation="typo", edits=(edit,))
