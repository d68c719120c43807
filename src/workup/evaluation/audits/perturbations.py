"""Every perturbation by name, what it expects, and how variants are made and checked.

>>> from workup.simulate.vignettes import vignettes
>>> made = vary(vignettes(2)[1], ["negation", "option-shuffle"], seed=0)
>>> [(variant.perturbation, variant.expectation) for variant in made.variants]
[('negation', 'must-flip'), ('negation', 'must-hold'), ('option-shuffle', 'must-hold')]
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np

from workup.case import Case
from workup.errors import UserError
from workup.evaluation.audits import finding_edits, person_edits, question_edits, text_edits, translation_edits
from workup.evaluation.audits.checks import doubts
from workup.evaluation.audits.mentions import Said, mentioned
from workup.evaluation.audits.terms import read_terms
from workup.evaluation.audits.translation_edits import Translator
from workup.evaluation.audits.variant import Expectation, Variant, unlike

Make = Callable[[Case, np.random.Generator, Sequence[Said]], Iterator[Variant]]


class Perturbation(msgspec.Struct, frozen=True):
    """One way to change a case.

    Attributes:
        name: Its name.
        title: What it does, in a few words.
        make: Makes the variants of a case.
        reads: Whether it needs the findings that the words mention.
    """

    name: str
    title: str
    make: Make
    reads: bool = False


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one perturbation is used.

    Attributes:
        expect: What should follow, in place of what the perturbation itself expects where that is open.
        strength: ``all`` negates every finding of a case at once; for ``negation`` alone.
        cases: It is applied to this many cases, drawn by hash; None for what the suite says of all.
        table: File of terms in other languages, for ``translation`` alone (:mod:`workup.evaluation.audits.terms`).
        language: Language that a named translator translates to, for ``translation-case`` alone; a BCP 47 tag.
    """

    expect: Expectation | None = None
    strength: Literal["one", "all"] = "one"
    cases: Annotated[int, msgspec.Meta(ge=0)] | None = None
    table: str | None = None
    language: str = "fr"


PERTURBATIONS = {
    one.name: one
    for one in (
        Perturbation("mask", "a finding left out", finding_edits.mask, True),
        Perturbation("negation", "a finding denied", finding_edits.negation, True),
        Perturbation("number", "a measured value changed", text_edits.number, True),
        Perturbation("synonym", "findings under other names", finding_edits.synonym, True),
        Perturbation("reorder", "sentences in another order", text_edits.reorder),
        Perturbation("distractor", "a sentence beside the point added", text_edits.distractor),
        Perturbation("typo", "two letters exchanged", text_edits.typo),
        Perturbation("sex", "the other sex", person_edits.sex),
        Perturbation("age", "a year or two older or younger", person_edits.age),
        Perturbation("option-shuffle", "options under other letters", question_edits.option_shuffle),
        Perturbation("translation", "options in another language", question_edits.translation),
        Perturbation("translation-case", "the case in another language", translation_edits.versions, True),
        Perturbation("form-numbers", "options numbered", question_edits.number_keys),
        Perturbation("form-words", "options without letters", question_edits.labels),
        Perturbation("injection", "an order planted in note or option", question_edits.injection),
        Perturbation("options-only", "the options alone", question_edits.options_only),
        Perturbation("words-shuffled", "the words of the case in random order", question_edits.words_shuffled),
    )
}


RECORD = "record"
"""Where a case of a dialogue keeps what the patient answers from (:mod:`workup.benchmarks.mediq`)."""
_OF_THE_PATIENT = ("mask", "negation", "number", "synonym", "sex", "age", "translation-case")


class Made(msgspec.Struct, frozen=True):
    """The variants of a case.

    Attributes:
        variants: Those that did what they say.
        skipped: Perturbations that do not apply, and why.
        failed: Variants that were thrown away as the check found more changed than was meant, and what.
    """

    variants: tuple[Variant, ...]
    skipped: dict[str, str]
    failed: dict[str, tuple[str, ...]]


def vary(
    case: Case,
    names: Sequence[str],
    *,
    seed: int = 0,
    settings: Mapping[str, Settings] | None = None,
    translator: Translator | None = None,
) -> Made:
    """Make the variants of a case; each is checked, and one that fails its check is thrown away and told.

    Args:
        case: The case with its truth.
        names: Perturbations, of :data:`PERTURBATIONS`.
        seed: Seed; what is drawn depends on it, the case's id and the perturbation's name alone.
        settings: How each is used.
        translator: Who translates cases that bring no version of their own, for ``translation-case``.

    Raises:
        UserError: A name is unknown.
        ModelError: The translator failed.
    """
    said: tuple[Said, ...] | None = None
    variants: list[Variant] = []
    skipped: dict[str, str] = {}
    failed: dict[str, tuple[str, ...]] = {}
    for name in names:
        if name not in PERTURBATIONS:
            raise UserError(f"no perturbation {name!r}; there are {', '.join(PERTURBATIONS)}")
        one, how = PERTURBATIONS[name], (settings or {}).get(name, Settings())
        if RECORD in case.extensions and name in _OF_THE_PATIENT:
            skipped[name] = "the patient answers from a record that the edit would not reach"
            continue
        if one.reads and said is None:
            said = mentioned(case)
        make = finding_edits.negate_all if name == "negation" and how.strength == "all" else one.make
        if name == "translation" and how.table is not None:
            make = partial(question_edits.translation, terms=read_terms(Path(how.table)))
        if name == "translation-case" and translator is not None:
            make = partial(translation_edits.versions, translator=translator, language=how.language)
        drawn = np.random.default_rng(int.from_bytes(hashlib.sha256(f"{seed}:{case.id}:{name}".encode()).digest()[:8]))
        found = list(make(case, drawn, said or ()))
        for variant in found:
            wrong = (*variant.faults, *unlike(case, variant.case, variant.edits), *_changed_nothing(case, variant))
            # What cannot even be undone is not looked at further.
            wrong = wrong or doubts(case, variant)
            if wrong:
                failed[f"{name}~{variant.number}"] = wrong
                continue
            if how.expect is not None and variant.expectation == "open":
                variant = msgspec.structs.replace(variant, expectation=how.expect)
            variants.append(variant)
        if not found:
            skipped[name] = "does not apply to this case"
    return Made(tuple(variants), skipped, failed)


def _changed_nothing(case: Case, variant: Variant) -> tuple[str, ...]:
    return ("nothing changed",) if variant.case.digest() == case.digest() else ()
