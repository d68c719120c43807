"""Clinical texts with one error of a stated kind, and its place: the synthesis side of MEDEC and MedRECT.

Papers: Ben Abacha et al. 2025 (MEDEC: diagnosis, management, treatment, pharmacotherapy, causal organism); MedRECT
(texts made from examination questions: the right option gives a correct text, a wrong one a text with one error).

    0 A 34-year-old woman presents with dysuria and urinary frequency for two days.
    1 Urinalysis shows pyuria and nitrites.
    2 She is diagnosed with acute cystitis.
    3 The likely organism is Staphylococcus aureus.      <- causalOrganism, was "Escherichia coli"

Three sources of an error: a text of our own table (:func:`texts`), any text in which a word of a set of confusable
ones stands (:func:`inject`), and a question with options (:func:`from_question`).

Shows: whether a checker finds and corrects an error whose kind and place are known, and how often it calls a correct
text wrong. Cannot show: how well it does on errors that doctors make. A swapped name is easier to see than a wrong
judgement, the table is small, and that a swap is an error is our claim, not a clinician's.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, get_args

import msgspec
import numpy as np

from workup.case import Case
from workup.errors import UserError
from workup.simulate.labelling import labelled
from workup.text.document import Document

LIMITS = "errors are swaps of one name for a sibling; that each is an error is the table's claim"

Kind = Literal["diagnosis", "management", "treatment", "pharmacotherapy", "causalOrganism"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Condition(msgspec.Struct, frozen=True):
    """One illness with what is right in it, and for each kind what would be wrong.

    Attributes:
        presentation: How it presents; ``{who}`` is the patient.
        result: What is found.
        right: The right words by kind.
        wrong: Words of the same sort that are wrong here.
    """

    presentation: str
    result: str
    right: dict[Kind, str]
    wrong: dict[Kind, tuple[str, ...]]


_SENTENCES: dict[Kind, str] = {
    "diagnosis": "{She} is diagnosed with {0}.",
    "causalOrganism": "The most likely causal organism is {0}.",
    "pharmacotherapy": "{She} is prescribed {0}.",
    "treatment": "The treatment is {0}.",
    "management": "The next step in management is {0}.",
}

CONDITIONS = (
    Condition(
        "{who} presents with dysuria and urinary frequency for two days, without fever or flank pain.",
        "Urinalysis shows pyuria and nitrites.",
        {
            "diagnosis": "acute cystitis",
            "causalOrganism": "Escherichia coli",
            "pharmacotherapy": "nitrofurantoin",
            "management": "treatment without imaging",
        },
        {
            "diagnosis": ("nephrolithiasis", "acute pyelonephritis"),
            "causalOrganism": ("Candida albicans", "Streptococcus pneumoniae"),
            "pharmacotherapy": ("vancomycin by mouth", "acyclovir"),
            "management": ("emergency nephrectomy", "cystoscopy with biopsy"),
        },
    ),
    Condition(
        "{who} presents with fever, productive cough with rust-colored sputum and pleuritic chest pain.",
        "A chest radiograph shows consolidation of the right lower lobe, and sputum shows lancet-shaped gram-positive "
        "diplococci.",
        {
            "diagnosis": "lobar pneumonia",
            "causalOrganism": "Streptococcus pneumoniae",
            "pharmacotherapy": "amoxicillin",
            "management": "assessment of severity and a decision on admission",
        },
        {
            "diagnosis": ("pulmonary embolism", "acute bronchitis"),
            "causalOrganism": ("Mycoplasma pneumoniae", "Pneumocystis jirovecii"),
            "pharmacotherapy": ("metronidazole", "isoniazid"),
            "management": ("lobectomy", "thrombolysis"),
        },
    ),
    Condition(
        "{who} presents with palpitations, weight loss, heat intolerance and protruding eyes.",
        "Thyrotropin is suppressed, free thyroxine is raised, and antibodies to the thyrotropin receptor are positive.",
        {
            "diagnosis": "Graves disease",
            "pharmacotherapy": "methimazole",
            "treatment": "radioactive iodine",
            "management": "control of heart rate with a beta blocker",
        },
        {
            "diagnosis": ("Hashimoto thyroiditis", "subacute thyroiditis"),
            "pharmacotherapy": ("levothyroxine", "hydrocortisone"),
            "treatment": ("desiccated thyroid extract", "parathyroidectomy"),
            "management": ("iodine supplementation", "observation without treatment"),
        },
    ),
    Condition(
        "{who} presents with crushing chest pain that radiates to the left arm, for one hour.",
        "The electrocardiogram shows ST-segment elevation in leads II, III and aVF, and troponin is raised.",
        {
            "diagnosis": "inferior ST-elevation myocardial infarction",
            "pharmacotherapy": "aspirin",
            "treatment": "primary percutaneous coronary intervention",
            "management": "immediate coronary angiography",
        },
        {
            "diagnosis": ("acute pericarditis", "stable angina"),
            "pharmacotherapy": ("tranexamic acid", "ibuprofen alone"),
            "treatment": ("pericardiocentesis", "cardiac pacing alone"),
            "management": ("an exercise test next week", "discharge with follow-up in one month"),
        },
    ),
    Condition(
        "{who} presents with a spreading target-shaped rash after a tick bite on a hiking trip.",
        "There is a single annular red plaque of 12 cm with central clearing.",
        {
            "diagnosis": "early Lyme disease",
            "causalOrganism": "Borrelia burgdorferi",
            "pharmacotherapy": "doxycycline",
            "management": "treatment without waiting for serology",
        },
        {
            "diagnosis": ("tinea corporis", "urticaria"),
            "causalOrganism": ("Rickettsia rickettsii", "Trichophyton rubrum"),
            "pharmacotherapy": ("terbinafine", "prednisone alone"),
            "management": ("excision of the plaque", "patch testing"),
        },
    ),
    Condition(
        "{who} presents with abdominal pain that moved from the navel to the right lower abdomen, with vomiting.",
        "There is rebound tenderness, and ultrasound shows an appendix of 9 mm that cannot be compressed.",
        {
            "diagnosis": "acute appendicitis",
            "treatment": "appendectomy",
            "management": "surgical consultation",
        },
        {
            "diagnosis": ("acute cholecystitis", "Crohn disease"),
            "treatment": ("cholecystectomy", "an enema"),
            "management": ("colonoscopy in six weeks", "discharge with laxatives"),
        },
    ),
    Condition(
        "{who} presents with sudden severe pain of the first metatarsophalangeal joint after a feast.",
        "Synovial fluid shows needle-shaped crystals with negative birefringence.",
        {
            "diagnosis": "acute gout",
            "pharmacotherapy": "colchicine",
            "management": "lowering of urate after the flare, with a target level",
        },
        {
            "diagnosis": ("pseudogout", "septic arthritis"),
            "pharmacotherapy": ("methotrexate", "hydrochlorothiazide"),
            "management": ("drainage in the operating room", "amputation of the toe"),
        },
    ),
    Condition(
        "{who} presents with watery diarrhea ten times a day after a course of clindamycin.",
        "A stool test for toxin B is positive.",
        {
            "diagnosis": "Clostridioides difficile colitis",
            "causalOrganism": "Clostridioides difficile",
            "pharmacotherapy": "fidaxomicin",
            "management": "stopping the clindamycin and isolating the patient",
        },
        {
            "diagnosis": ("ulcerative colitis", "irritable bowel syndrome"),
            "causalOrganism": ("Vibrio cholerae", "Giardia duodenalis"),
            "pharmacotherapy": ("loperamide alone", "clindamycin"),
            "management": ("colectomy at once", "continuing the clindamycin"),
        },
    ),
)

# Sets of names any two of which are of one sort, so that one in place of another makes sense and is wrong.
CONFUSABLE: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "causalOrganism": (
        ("Escherichia coli", "Staphylococcus aureus", "Pseudomonas aeruginosa", "Streptococcus pneumoniae"),
        ("Neisseria meningitidis", "Haemophilus influenzae", "Listeria monocytogenes", "Cryptococcus neoformans"),
        ("Borrelia burgdorferi", "Treponema pallidum", "Rickettsia rickettsii", "Bartonella henselae"),
        ("herpes simplex virus", "Epstein-Barr virus", "cytomegalovirus", "varicella zoster virus"),
    ),
    "pharmacotherapy": (
        ("metformin", "levothyroxine", "allopurinol", "warfarin", "furosemide", "prednisone"),
        ("amoxicillin", "doxycycline", "vancomycin", "ciprofloxacin", "fluconazole", "acyclovir"),
        ("lisinopril", "metoprolol", "amlodipine", "digoxin", "atorvastatin"),
        ("sertraline", "lithium", "haloperidol", "diazepam", "valproate"),
    ),
    "treatment": (
        ("appendectomy", "cholecystectomy", "splenectomy", "thyroidectomy"),
        ("radiation therapy", "hemodialysis", "plasmapheresis", "phototherapy"),
    ),
    "management": (
        ("colonoscopy", "bronchoscopy", "cystoscopy", "mammography"),
        ("lumbar puncture", "paracentesis", "thoracentesis", "arthrocentesis"),
    ),
    "diagnosis": (
        ("pulmonary embolism", "pneumonia", "myocardial infarction", "pericarditis", "pneumothorax"),
        ("hypothyroidism", "hyperthyroidism", "Cushing syndrome", "Addison disease"),
        ("gout", "rheumatoid arthritis", "osteoarthritis", "septic arthritis"),
        ("appendicitis", "cholecystitis", "pancreatitis", "diverticulitis"),
    ),
}


class ErrorText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text with at most one error.

    Attributes:
        id: Name.
        text: The text, with its error.
        corrected: The text as it should be; equal to ``text`` when nothing is wrong.
        kind: What sort of error; None for a correct text.
        start: First character of the wrong words in ``text``; -1 for none.
        end: One past the last; -1 for none.
        was: The words that stood there.
        seed: Seed it was made from.
    """

    id: str
    text: str
    corrected: str
    kind: Kind | None = None
    start: int = -1
    end: int = -1
    was: str = ""
    seed: int = 0

    def restored(self) -> str:
        """The text with the words put back that stood at the stated place: the corrected text, byte for byte."""
        return self.text if self.start < 0 else self.text[: self.start] + self.was + self.text[self.end :]

    def sentences(self) -> list[tuple[int, int]]:
        """Places of the sentences of the text."""
        return list(Document.of(self.text).sentences)

    def wrong_sentence(self) -> int:
        """Number of the sentence with the error, from 0; -1 for none."""
        found = None if self.start < 0 else Document.of(self.text).sentence_at(self.start)
        return -1 if found is None else found


def texts(n: int, seed: int, *, share: float = 0.55, kinds: Sequence[Kind] = KINDS) -> Iterator[ErrorText]:
    """Texts of the table, a share of them with an error; MedRECT has about 55 %.

    Args:
        n: How many.
        seed: Text i depends on it and on i alone.
        share: Share with an error, 0-1.
        kinds: Kinds of errors, in equal parts as far as the illnesses have them.

    >>> one = next(texts(1, 3, share=1.0, kinds=("diagnosis",)))
    >>> one.kind, one.text[:one.start] + one.was + one.text[one.end:] == one.corrected
    ('diagnosis', True)
    """
    for number in range(n):
        random = np.random.default_rng((seed, number))
        wrong = bool(random.random() < share)
        kind = kinds[int(random.integers(len(kinds)))]
        fitting = [one for one in CONDITIONS if not wrong or kind in one.right]
        condition = fitting[int(random.integers(len(fitting)))]
        age, female = int(random.integers(18, 80)), bool(random.integers(2))
        article = "An" if age in (18, *range(80, 90)) else "A"
        who = f"{article} {age}-year-old {'woman' if female else 'man'}"
        lines = [condition.presentation.replace("{who}", who), condition.result]
        start = end = -1
        was = ""
        correct = list(lines)
        for own in (one for one in _SENTENCES if one in condition.right):
            template = _SENTENCES[own].replace("{She}", "She" if female else "He")
            said = condition.right[own]
            correct.append(template.format(said))
            if wrong and own == kind:
                was, others = said, condition.wrong[own]
                said = others[int(random.integers(len(others)))]
                start = len(" ".join(lines)) + 1 + template.index("{0}")
                end = start + len(said)
            lines.append(template.format(said))
        yield ErrorText(
            f"simulated-{seed}-{number}",
            " ".join(lines),
            " ".join(correct),
            kind if wrong else None,
            start,
            end,
            was,
            seed,
        )


# Words before a name after which it says nothing of the present illness.
_ASIDE = re.compile(
    r"\b(history|histories|prior|previous(ly)?|past|ago|family|mother|father|brother|sister|no|not|denies|without|"
    r"negative|exclude[sd]?|rules? out|ruled out)\b",
    re.IGNORECASE,
)


def inject(text: str, kind: Kind, seed: int, *, id: str = "text") -> ErrorText | None:
    """Put one error of a kind into any text: a name is replaced by one of its confusable siblings.

    Names that a sentence denies, or tells of the past or of relatives, are left alone: another name there would be as
    possible, and nobody could see that it is wrong.

    Returns:
        None when the text names nothing of that kind that could be swapped.

    >>> wrong = inject("Started on metformin.", "pharmacotherapy", 1)
    >>> wrong.was, wrong.text != wrong.corrected
    ('metformin', True)
    >>> inject("No drugs.", "pharmacotherapy", 1) is None
    True
    """
    found = [
        (match.start(), match.end(), group, name)
        for group in CONFUSABLE[kind]
        for name in group
        for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE)
    ]
    # A sibling that the text names as well could be right there too.
    usable = []
    for start, end, group, name in sorted(found):
        if _ASIDE.search(re.split(r"[.!?\n]\s", text[:start])[-1]):
            continue
        others = [other for other in group if other.lower() not in text.lower() and other != name]
        if others:
            usable.append((start, end, others))
    if not usable:
        return None
    random = np.random.default_rng((seed, *text.encode()[:64]))
    start, end, others = usable[int(random.integers(len(usable)))]
    said = others[int(random.integers(len(others)))]
    if text[start].isupper():
        said = said[0].upper() + said[1:]
    return ErrorText(id, text[:start] + said + text[end:], text, kind, start, start + len(said), text[start:end], seed)


def from_question(case: Case, seed: int, kind: Kind = "diagnosis") -> tuple[ErrorText, ErrorText]:
    """A correct text and one with an error, from a question with options: the right and a wrong option are stated.

    Raises:
        UserError: The case has no text, fewer than two options or no right answer.
    """
    question, reference = case.question, case.reference
    if question is None or reference is None or len(question.options) < 2 or reference.answer not in question.options:
        raise UserError(f"case {case.id}: an error text needs a question with options and the right answer")
    stem = " ".join((case.text or question.text).split())
    # The question at the end of the stem asks for what is now stated.
    sentences = [stem[start:end] for start, end in Document.of(stem).sentences]
    story = " ".join(one for one in sentences if not one.endswith("?"))
    template = _SENTENCES[kind].replace("{She}", "The patient")
    right = question.options[reference.answer].rstrip(".")
    wrong = sorted(key for key in question.options if key != reference.answer)
    said = question.options[wrong[int(np.random.default_rng(seed).integers(len(wrong)))]].rstrip(".")
    before = f"{story} {template.partition('{0}')[0]}".lstrip()
    correct, error = before + right + ".", before + said + "."
    return (
        ErrorText(f"{case.id}-correct", correct, correct, seed=seed),
        ErrorText(f"{case.id}-error", error, correct, kind, len(before), len(before) + len(said), right, seed),
    )


COLUMNS = (
    "Text ID", "Text", "Sentences", "Error Flag", "Error Type", "Error Sentence ID", "Error Sentence",
    "Corrected Sentence", "Corrected Text",
)  # fmt: skip


def medec(found: Iterable[ErrorText]) -> str:
    """Texts as a table of MEDEC's columns, sentences from 0, with one more column that says they are simulated."""
    stream = io.StringIO()
    # All in quotes: a carriage return alone would else end a row.
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([*COLUMNS, "Provenance"])
    for one in found:
        places, wrong = one.sentences(), one.wrong_sentence()
        lines = [one.text[start:end] for start, end in places]
        fixed = ""
        if wrong >= 0:
            start, end = places[wrong]
            fixed = one.text[start : one.start] + one.was + one.text[one.end : end]
        label = labelled("errors", seed=one.seed, limits=LIMITS, span=[one.start, one.end])
        writer.writerow(
            [
                one.id,
                one.text,
                "\n".join(f"{number} {line}" for number, line in enumerate(lines)),
                int(wrong >= 0),
                one.kind or "",
                wrong,
                lines[wrong] if wrong >= 0 else "NA",
                fixed or "NA",
                one.corrected if wrong >= 0 else "NA",
                msgspec.json.encode(label).decode(),
            ]
        )
    return stream.getvalue()
