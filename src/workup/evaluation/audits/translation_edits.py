"""The whole case in another language: note, question and options. The answer must not change.

Two sources, in this order:

* a version that the case brings, ``reference.extensions["versions"]``, written from the same facts or by a person::

      {"fr": {"text": "Cette femme a 34 ans. ...", "question": "Laquelle ...?", "options": {"A": "...", "B": "..."}}}

* a translator that the user names, which is a model and may be wrong: each part is translated and translated back, and
  the copy is thrown away unless the way back says the same.

Checked of both: every number is there, and no other; no two options got the same name. Of a version in French, that it
denies as much as the original; of a translation, that the way back names the same findings with the same status
(present, denied, ...) and that each option comes back nearer to itself than to any other. What was checked is in the
note of the variant. Coded findings stay: they have no language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from workup.case import Case, Question
from workup.evaluation.audits.finding_edits import truth_of
from workup.evaluation.audits.mentions import Said, read
from workup.evaluation.audits.variant import LANGUAGE, OPTION, QUESTION, TEXT, Edit, Variant, edited
from workup.text.likeness import terms

NAME = "translation-case"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Translator(Protocol):
    """Translates texts; a model, or a table in a test."""

    name: str

    def translate(self, text: str, source: str, target: str) -> str:
        """One text from a language into another, both BCP 47 tags; empty when it could not be translated.

        Raises:
            ModelError: The model failed.
        """
        ...


def versions(
    case: Case,
    random: np.random.Generator,
    said: Sequence[Said],
    translator: Translator | None = None,
    language: str = "fr",
) -> Iterator[Variant]:
    """The case in every language that it has a version in; without any, in one by the translator."""
    question = case.question
    if question is None:
        return
    own = truth_of(case).get("versions") or {}
    for number, (code, version) in enumerate(sorted(own.items())):
        yield _variant(
            case, question, code, version, number, f"{code}, a version of the case", (*_denials(said, version, code),)
        )
    if not own and translator is not None and language != question.language:
        yield _translated(case, question, said, translator, language)


def _variant(
    case: Case,
    question: Question,
    language: str,
    version: Mapping[str, Any],
    number: int,
    note: str,
    faults: Sequence[str],
) -> Variant:
    """The copy with every part replaced, and what is wrong with it."""
    edits = [Edit(field=LANGUAGE, before=question.language, after=language)]
    wrong = list(faults)
    options: Mapping[str, str] = version.get("options") or {}
    parts = [
        (TEXT, case.text or "", str(version.get("text") or "")),
        (QUESTION, question.text, str(version.get("question") or "")),
    ]
    parts += [(OPTION + key, text, str(options.get(key) or "")) for key, text in question.options.items()]
    for field, before, after in parts:
        if bool(before.strip()) != bool(after.strip()):
            wrong.append(f"{_named(field)} has no translation")
        elif numbers(before) != numbers(after):
            wrong.append(f"the numbers of {_named(field)} differ")
        if before != after:
            edits.append(Edit(field=field, start=0, end=len(before), before=before, after=after))
    if len({text.casefold() for text in options.values()}) < len(question.options):
        wrong.append("two options have one name")
    return Variant(
        case=edited(case, edits), perturbation=NAME, number=number, edits=tuple(edits), note=note, faults=tuple(wrong)
    )


def _named(field: str) -> str:
    return f"option {field.removeprefix(OPTION)}" if field.startswith(OPTION) else f"the {field}"


def numbers(text: str) -> Counter[str]:
    """The numbers of a text, with a point for a decimal comma; the order is a matter of the language.

    >>> numbers("37,5 °C at 8:30") == numbers("à 8:30, 37.5 °C")
    True
    """
    return Counter(found.replace(",", ".") for found in _NUMBER.findall(text))


def _denials(said: Sequence[Said], version: Mapping[str, Any], language: str) -> Iterator[str]:
    """Where a version in French denies more or less than the original; other languages are not read."""
    from workup.simulate import french

    if language == french.LANGUAGE:
        wanted, found = sum(one.status == "excluded" for one in said), french.negations(str(version.get("text") or ""))
        if wanted != found:
            yield f"it denies {found} findings, the original {wanted}"


def _translated(case: Case, question: Question, said: Sequence[Said], translator: Translator, language: str) -> Variant:
    """The case by a translator, with what the way back tells of it."""
    home = question.language

    def across(text: str, source: str, target: str) -> str:
        return translator.translate(text, source, target) if text.strip() else text

    told, asked = across(case.text or "", home, language), across(question.text, home, language)
    options = {key: across(text, home, language) for key, text in question.options.items()}
    returned = {key: across(text, language, home) for key, text in options.items()}
    faults = [
        *_same_findings(case, question, across(told, language, home), across(asked, language, home)),
        *_same_options(question, returned),
    ]
    if told == (case.text or "") and asked == question.text:
        faults.append("nothing was translated")
    note = f"{language}, by {translator.name}, checked by the way back"
    version = {"text": told, "question": asked, "options": options}
    return _variant(case, question, language, version, 0, note, faults)


def _same_findings(case: Case, question: Question, text: str, asked: str) -> Iterator[str]:
    """Findings that the way back has lost, made up, or says something else of; read in English alone."""
    if question.language.split("-")[0] != "en":
        return
    for before, after in ((case.text or "", text), (question.text, asked)):
        first, second = ({(one.id, one.status) for one in read(part)} for part in (before, after))
        lost = first - second
        labels = {one.id: one.label for one in (*read(before), *read(after))}
        for name, status in sorted(lost):
            now = sorted(other for there, other in second if there == name)
            yield f"{labels[name]} was {status}, and on the way back is {now[0] if now else 'not there'}"
        # Another finding in the place of a lost one is told by the loss.
        for name, status in sorted(second - first):
            if not lost and name not in {one for one, _ in first}:
                yield f"{labels[name]} came in as {status}"


def _same_options(question: Question, returned: Mapping[str, str]) -> Iterator[str]:
    """Options that come back nearer to another option than to themselves, or as something else."""
    wanted = {key: frozenset(terms(text)) for key, text in question.options.items()}
    for key, text in returned.items():
        if text.strip().casefold() == question.options[key].strip().casefold():
            continue
        had = frozenset(terms(text))
        likeness = {other: len(had & words) / max(len(had | words), 1) for other, words in wanted.items()}
        if not likeness[key] or any(value >= likeness[key] for other, value in likeness.items() if other != key):
            yield f"option {key} comes back as {text[:60]!r}"
