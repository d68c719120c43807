"""Words and numbers shared by every report format, so that a number reads the same everywhere.

>>> ratio_in_words(2.4849066497880004)
'12 times as likely'
>>> ratio_in_words(-1.6094379124341003)
'1/5 as likely'
>>> percent(0.0004)
'<0.1%'
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from workup.errors import Issue
from workup.reasoning import Evidence, Hypothesis, Reasoning, Step

RESEARCH_LINE = "For research use and for review by a clinician; not a medical device."

# Below this |weight| (a likelihood ratio between 0.90 and 1.11) a finding hardly moves anything.
LITTLE_WEIGHT = 0.1

# HPO "Onset" classes (children of HP:0003674), labels of release 2025-01-16.
ONSET_CLASSES: Mapping[str, str] = {
    "HP:0030674": "Antenatal onset",
    "HP:0011460": "Embryonal onset",
    "HP:0011461": "Fetal onset",
    "HP:0034199": "Late first trimester onset",
    "HP:0034198": "Second trimester onset",
    "HP:0034197": "Third trimester onset",
    "HP:0003577": "Congenital onset",
    "HP:0003623": "Neonatal onset",
    "HP:0003593": "Infantile onset",
    "HP:0011463": "Childhood onset",
    "HP:0003621": "Juvenile onset",
    "HP:0003581": "Adult onset",
    "HP:0011462": "Young adult onset",
    "HP:0025708": "Early young adult onset",
    "HP:0025709": "Intermediate young adult onset",
    "HP:0025710": "Late young adult onset",
    "HP:0003596": "Middle age onset",
    "HP:0003584": "Late onset",
}

# HPO frequency classes with the ranges that their definitions give.
FREQUENCY_CLASSES: Mapping[str, str] = {
    "HP:0040280": "always (100%)",
    "HP:0040281": "very frequent (80-99%)",
    "HP:0040282": "frequent (30-79%)",
    "HP:0040283": "occasional (5-29%)",
    "HP:0040284": "very rare (1-4%)",
    "HP:0040285": "never (0%)",
}

RELATIONS: Mapping[str, str] = {
    "exact": "the same term",
    "narrower": "the disease's term is more specific",
    "broader": "the disease's term is more general",
    "related": "related",
    "none": "nothing like it is listed in this disease",
}

# Answers that are a disease, a group of them, or none, and so come from the engine.
WEIGHED_LEVELS = ("disease", "series", "gene", "none")

SEVERITIES: Mapping[str, str] = {"error": "Not used", "warning": "Please check", "info": "Note"}

_PAGES = (
    (re.compile(r"OMIM:(\d{1,7})"), "https://omim.org/entry/"),
    (re.compile(r"(?:ORPHA|Orphanet):(\d{1,7})"), "https://www.orpha.net/en/disease/detail/"),
    (re.compile(r"PMID:(\d{1,9})"), "https://pubmed.ncbi.nlm.nih.gov/"),
    (re.compile(r"(HP:\d{7})"), "https://hpo.jax.org/browse/term/"),
    (re.compile(r"(MONDO:\d{7})"), "https://monarchinitiative.org/"),
)
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?")
_GESTATION = re.compile(r"G(\d{1,2})W(?:(\d)D)?")


def has_posttest(reasoning: Reasoning) -> bool:
    """Whether the answer has a posttest probability; one that was only written or voted for has none."""
    answer = reasoning.answer
    if answer is None:
        return False
    return bool(reasoning.candidates or reasoning.differential) and (
        answer.level in WEIGHED_LEVELS or answer.probability > 0
    )


def order_differs(reasoning: Reasoning) -> str:
    """What a reader must know where probabilities do not fall with the rank; empty where they do.

    A host that also heard other servers, or a model, puts the diseases in an order of its own.
    """
    shares = [one.probability for one in reasoning.differential]
    if all(one >= other - 1e-9 for one, other in itertools.pairwise(shares)):
        return ""
    return (
        f"The order is that of “{clean(reasoning.reasoner)}”, which weighed more than the findings; the probabilities "
        "rest on the findings alone, and need not fall with the rank."
    )


def weight_of(issue: Issue) -> str:
    """How much an issue matters, in words: what was rewritten, what to check, what was not used.

    >>> weight_of(Issue(message="HP:1 was read as HP:2", severity="info", code="rewritten"))
    'Rewritten'
    """
    return "Rewritten" if issue.code == "rewritten" else SEVERITIES[issue.severity]


def clean(text: object) -> str:
    """Return ``text`` on one line without control, escape and direction-override characters.

    A label comes from a file that somebody else wrote: an escape sequence in it could repaint a terminal, and
    a right-to-left override could make a report read differently from its data.
    """
    text = str(text)
    if text.isascii() and text.isprintable():
        # Nearly all of a report: no character needs a look of its own.
        return " ".join(text.split())
    # Zero-width (non-)joiners are format characters too, but Indic and Persian words need them.
    kept = "".join(
        " "
        if unicodedata.category(char) in ("Cc", "Zl", "Zp")
        else "\ufffd"
        if unicodedata.category(char) == "Cs"
        else char
        for char in text
        if unicodedata.category(char) != "Cf" or char in "\u200c\u200d"
    )
    return " ".join(kept.split())


def number(value: float) -> str:
    """Format a positive number with two significant digits, as a person would say it.

    >>> [number(x) for x in (1.04, 2.44, 12.4, 1234, 1.2e9)]
    ['1.0', '2.4', '12', '1,200', '1.2 × 10⁹']
    """
    if value < 9.95:
        text = f"{value:.1f}"
        return text if text in ("1.0", "0.0") else text.removesuffix(".0")
    if value < 999_500:
        digits = max(0, math.floor(math.log10(value)) - 1)
        return f"{round(value / 10**digits) * 10**digits:,}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10{_superscript(int(exponent))}"


def ratio(weight: float) -> str:
    """Likelihood ratio of a natural-log ``weight`` as a short number: ``12`` or ``1/5``."""
    if abs(weight) > 690:  # exp would overflow a double
        digits = _superscript(round(abs(weight) / math.log(10)))
        return f"10{digits}" if weight > 0 else f"1/10{digits}"
    size = number(math.exp(abs(weight)))
    if size == "1.0" or weight >= 0:
        return "1" if size == "1.0" else size
    return f"1/({size})" if "×" in size else f"1/{size}"


def ratio_in_words(weight: float) -> str:
    """Likelihood ratio in words: ``12 times as likely``, ``1/5 as likely`` or ``about as likely``."""
    short = ratio(weight)
    return "about as likely" if short == "1" else f"{short} {ratio_unit(weight)}"


def ratio_unit(weight: float) -> str:
    """The words after :func:`ratio`."""
    if ratio(weight) == "1":
        return "(no difference)"
    return "times as likely" if weight > 0 else "as likely"


def ratio_in_short(weight: float) -> str:
    """``12 times`` or ``1/5``, for a line of several."""
    short = ratio(weight)
    return f"{short} times" if weight > 0 and short != "1" else short


def percent(probability: float) -> str:
    """Format a probability in 0-1; never rounds to a certainty that is not there."""
    if probability <= 0.0:
        return "0%"
    if probability < 0.001:
        return "<0.1%"
    if 0.999 < probability < 1.0:
        return ">99.9%"
    return f"{100 * probability:.1f}%" if probability < 1.0 else "100%"


def rank(value: float) -> str:
    """Format a rank; tied hypotheses share a fractional one."""
    return f"{value:g}"


def age(value: str | None) -> str:
    """Put an age or onset (ISO 8601 duration, gestational age, HPO onset class) in words.

    >>> age("P3Y6M"), age("G20W3D"), age("HP:0003593"), age(None)
    ('3 years 6 months', '20 weeks 3 days of gestation', 'infantile onset', '')
    """
    if not value:
        return ""
    if value in ONSET_CLASSES:
        return ONSET_CLASSES[value].lower()
    if found := _GESTATION.fullmatch(value):
        return f"{_count(found[1], 'week', found[2], 'day')} of gestation"
    if found := _DURATION.fullmatch(value):
        words = _count(found[1], "year", found[2], "month", found[3], "week", found[4], "day")
        return words or ("at birth" if value in ("P0D", "P0Y", "P0M", "P0W") else clean(value))
    return clean(value)


def page_of(identifier: str) -> str:
    """Web page of a disease, term or publication id, or an empty string.

    Only ids of known shape get one, so that no text of the input ever becomes a link's address.

    >>> page_of("OMIM:607208")
    'https://omim.org/entry/607208'
    >>> page_of("javascript:alert(1)")
    ''
    """
    for pattern, base in _PAGES:
        if found := pattern.fullmatch(identifier):
            return base + found[1]
    return ""


def value_of(evidence: Evidence, key: str) -> str:
    """One machine-readable part of an evidence as clean text; empty when absent."""
    value = evidence.values.get(key)
    return "" if value is None else clean(value)


def matched(step: Step) -> dict[str, str]:
    """The first evidence of a step as flat text: what of the disease the finding was matched with."""
    keys = (
        "term",
        "term_label",
        "relation",
        "ancestor",
        "ancestor_label",
        "frequency",
        "reference",
    )
    first = step.evidence[0] if step.evidence else None
    row = {key: value_of(first, key) if first else "" for key in keys}
    row["source"] = clean(first.source) if first else ""
    return row


def frequency(text: str) -> str:
    """Frequency as an annotation writes it, with HPO classes in words."""
    return FREQUENCY_CLASSES.get(text, text)


def match_in_words(step: Step, borrowed_from: str = "") -> str:
    """What in the disease the finding was compared with, in one line; empty when the step does not say.

    ``borrowed_from`` names the disease whose annotation it is, where it is another one's.
    """
    row = matched(step)
    relation, term = row["relation"], row["term_label"] or row["term"]
    if relation == "none":
        return RELATIONS["none"]
    if relation not in RELATIONS or not term:
        return ""
    if relation == "exact":
        words = RELATIONS["exact"]
    elif relation == "related":
        through = row["ancestor_label"] or row["ancestor"]
        words = f"{term}, related through “{through}”" if through else f"{term}, related"
    else:
        words = f"{term}, {'more specific' if relation == 'narrower' else 'more general'}"
    parts = [words, frequency(row["frequency"]), row["reference"]]
    if borrowed_from:
        parts.append(f"borrowed from {borrowed_from}")
    return " · ".join(part for part in parts if part)


def name_of(step: Step) -> str:
    """What a contribution is about: the finding's label, else its id, else the claim."""
    return clean(step.label or step.finding or step.claim)


def strongest(hypothesis: Hypothesis, count: int) -> tuple[list[Step], list[Step]]:
    """The ``count`` strongest contributions for and against, strongest first; weak ones left out."""
    ordered = sorted(hypothesis.contributions, key=lambda step: -abs(step.weight))
    speaking = [step for step in ordered if abs(step.weight) >= LITTLE_WEIGHT]
    return (
        [step for step in speaking if step.weight > 0][:count],
        [step for step in speaking if step.weight < 0][:count],
    )


def labels_of(reasoning: Reasoning) -> dict[str, str]:
    """Label by finding id, over everything that the reasoning names."""
    names: dict[str, str] = {}
    for hypothesis in reasoning.differential:
        for step in (*hypothesis.contributions, *hypothesis.missing):
            if step.finding and step.label:
                names[step.finding] = clean(step.label)
    names.update({item.id: clean(item.label) for item in reasoning.findings if item.label})
    return names


def plural(count: int, noun: str, many: str = "") -> str:
    """``1 finding``, ``2 findings``."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def _count(*pairs: Any) -> str:
    amounts = ((int(pairs[i] or 0), pairs[i + 1]) for i in range(0, len(pairs), 2))
    return " ".join(plural(amount, noun) for amount, noun in amounts if amount)


def _superscript(value: int) -> str:
    return str(value).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
