"""Edits of who the patient is, in the words and in the fields alike: the other sex, another age of the same kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from workup.case import Case
from workup.evaluation.audits.mentions import Said
from workup.evaluation.audits.variant import OPTION, QUESTION, Edit, Variant, edited, stem
from workup.text.persons import read_person

_TO_MALE = {
    "she": "he",
    "herself": "himself",
    "hers": "his",
    "woman": "man",
    "women": "men",
    "girl": "boy",
    "female": "male",
    "lady": "gentleman",
    "mrs": "mr",
    "ms": "mr",
}
_TO_FEMALE = {
    "he": "she",
    "himself": "herself",
    "him": "her",
    "his": "her",
    "man": "woman",
    "men": "women",
    "boy": "girl",
    "male": "female",
    "gentleman": "lady",
    "mr": "ms",
}
# Words whose swap would say something else, or that are of somebody else: such a case is left alone.
_BOUND = re.compile(
    r"\b(?:mothers?|fathers?|sisters?|brothers?|sons?|daughters?|aunts?|uncles?|grand\w+|wife|husband|girlfriend|boyfriend|"
    r"pregnan\w*|gravid\w*|gravida|para|primi\w+|multi(?:para|gravida)\w*|trimester|obstetric\w*|postpartum|gestation\w*|"
    r"fetal|fetus|breast\w*|lactat\w*|nurs(?:es|ing)|uter\w*|ovar\w*|vagin\w*|vulv\w*|cervi(?:x|cal)|pap|menstru\w*|menses|"
    r"menarche|menopaus\w*|hysterectomy|contracepti\w*|prostat\w*|testi\w*|testes|scrot\w*|penis|penile|urethral|erect\w*|"
    r"sperm\w*|circumcis\w*|gynecomastia|impoten\w*|x-linked|"
    # Hormones, tumours, infections and diseases that belong to one sex, or are told otherwise of each.
    r"estr(?:ogen|adiol)\w*|oestr\w+|progest\w*|testosteron\w*|androgen\w*|\w*hcg|endometri\w*|ectopic|"
    r"\w*eclampsia|\w*menorrh\w*|mammogra\w*|hirsut\w*|viril\w*|infertil\w*|libido|ejaculat\w*|epididym\w*|cremaster\w*|"
    r"hydrocele|varicocele|phimosis|genital\w*|genitalia|labor|delivery|cesarean|caesarean|intrauterine|intercourse|partners?|"
    r"homosexual\w*|heterosexual\w*|gay|lesbian|turner|klinefelter|rett|sheehan|fragile x|"
    r"h[ae]+mophilia\w*|duchenne|becker|wiskott\w*|bruton\w*|agammaglobulin\w*|lesch\w*|hunter|g6pd|glucose-6-phosphate|ornithine|menkes|"
    r"finasteride|tamsulosin|bph|sildenafil|tamoxifen|raloxifene|levonorgestrel|bald\w*|beard|mustache|gyn[ae]+colog\w*|"
    r"urolog\w*|newborns?|tampons?|boys|girls)\b"
    # What is normal differs between the sexes.
    r"|\bh[ae]+moglobin(?! a1c| electrophoresis)|\bhematocrit|\bhaematocrit|\bferritin\b",
    re.I,
)
_SEXED = re.compile(rf"\b(?:{'|'.join({*_TO_MALE, *_TO_FEMALE, 'her'})})\b", re.I)
# After "her" as an object, not as "her hand": the end of a clause, or a word that begins something else.
_OBJECT_END = re.compile(
    r"\s*(?:[.,;:!?)]|$|(?:and|or|but|to|in|on|at|with|from|for|by|as|that|when|while|after|before)\b)"
)


def sex(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Make a woman of a man, or the other way round; not where pregnancy, relatives or organs of one sex are told."""
    field, text = stem(case)
    own = case.sex if case.sex in ("female", "male") else read_person(text).sex
    if own not in ("female", "male") or _BOUND.search(text) or _bound_options(case):
        return
    edits = [
        Edit(field=name, start=match.start(), end=match.end(), before=match[0], after=word)
        for name, words in _told(case, field, text)
        for match in _SEXED.finditer(words)
        if (word := _swapped(match, words, own == "female")) != match[0]
    ]
    other = "male" if own == "female" else "female"
    if case.sex == own:
        edits.append(Edit(field="sex", before=own, after=other))
    # What is left of the other sex's words would contradict the rest.
    changed = edited(case, edits)
    if not edits or (text and read_person(stem(changed)[1]).sex not in (other, "unknown")):
        return
    yield Variant(case=changed, perturbation="sex", edits=tuple(edits))


def _told(case: Case, field: str, text: str) -> list[tuple[str, str]]:
    """Everything that speaks of the patient: the case, the question ("this man's ...") and its options."""
    told = [(field, text)]
    if case.question is not None:
        if field != QUESTION:
            told.append((QUESTION, case.question.text))
        told += [(OPTION + key, option) for key, option in case.question.options.items()]
    return told


def _bound_options(case: Case) -> bool:
    question = case.question
    return question is not None and any(_BOUND.search(words) for words in (question.text, *question.options.values()))


def _swapped(match: re.Match[str], text: str, to_male: bool) -> str:
    word = match[0].casefold()
    if to_male and word == "her":
        new = "him" if _OBJECT_END.match(text, match.end()) else "his"
    else:
        new = (_TO_MALE if to_male else _TO_FEMALE).get(word, word)
    if new == word:
        return match[0]
    return new.upper() if match[0].isupper() and len(word) > 2 else new.capitalize() if match[0][0].isupper() else new


_AGE = re.compile(r"\b(?P<age>\d{1,3})(?=[- ]years?[- ]old\b|[- ]?y/?o\b)|(?<=\baged )(?P<aged>\d{1,3})\b", re.I)
_FIELD = re.compile(r"P(\d+)Y")
_BANDS = ((6, 12), (13, 17), (18, 39), (40, 64), (65, 79), (80, 110))
# Where a year decides: who is screened, vaccinated or dosed by age, and what a child of an age can do.
_BY_AGE = re.compile(
    r"\b(?:screen\w*|vaccin\w*|immuni[sz]ation\w*|colonoscop\w*|mammogra\w*|pap|dexa|bone (?:mineral )?density|"
    r"health maintenance|check-?up|milestones?|development\w*|puberty|tanner|well[- ]child|consent|guardian\w*)\b",
    re.I,
)


def age(case: Case, random: np.random.Generator, said: Sequence[Said]) -> Iterator[Variant]:
    """Make the patient a year or two older or younger, within the same part of life."""
    field, text = stem(case)
    places = list(_AGE.finditer(text))
    coded = _FIELD.fullmatch(case.age or "")
    years = int(coded[1]) if coded else int(places[0][0]) if places else None
    band = next((band for band in _BANDS if years is not None and band[0] <= years <= band[1]), None)
    if years is None or band is None or any(int(place[0]) != years for place in places):
        return
    asked = (case.question.text, *case.question.options.values()) if case.question else ()
    if any(_BY_AGE.search(words) for words in (text, *asked)):
        return
    choices = [years + change for change in (-2, -1, 1, 2) if band[0] <= years + change <= band[1]]
    # "An 8-year-old" must not become "an 9-year-old".
    article = any(re.search(r"\ban? $", text[: place.start()], re.I) for place in places)
    choices = [one for one in choices if not article or _vowel(one) == _vowel(years)]
    if not choices:
        return
    new = str(choices[int(random.integers(len(choices)))])
    edits = [Edit(field=field, start=place.start(), end=place.end(), before=place[0], after=new) for place in places]
    if coded:
        edits.append(Edit(field="age", before=f"P{years}Y", after=f"P{new}Y"))
    yield Variant(case=edited(case, edits), perturbation="age", edits=tuple(edits))


def _vowel(years: int) -> bool:
    """Whether a number is said with a vowel first: eight, eleven, eighteen, eighty."""
    return years in (8, 11, 18) or 80 <= years <= 89
