"""A textbook of an organ that does not exist, in English and French, with multiple-choice questions on it.

After Glianorex (system 37): nobody can know the answers, so that a score above chance without the book measures skill
at tests and faults of the questions, and only a score with the book measures reading. Facts come first
(:mod:`workup.simulate.fictional_facts`); text and questions are written from them, and wrong options are drawn
from what the value might as well have been. Simulated; nothing in it is medicine.

    python -m workup.simulate.fictional_organ FOLDER --seed 7

writes ``book-en.md``, ``book-fr.md`` (headings as in the Glianorex books), the same leaves as ``book-en.jsonl`` and
``book-fr.jsonl`` for retrieval, and ``items.jsonl`` with rows of the benchmark ``glianorex``.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import click
import msgspec

from workup.io import write_atomic
from workup.simulate.fictional_facts import Fact, Organ, make_organ

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")
LETTERS = "ABCD"
LIMITS = "nothing in it is medicine: it shows reading and faults of questions, never knowledge"
GENERATOR = "workup fictional organ 1"


class _Words(NamedTuple):
    said: str
    asked: str


# The sentence that states a fact and the question that asks for it, by relation. {s} subject, {v} value, {o} organ.
SENTENCES: Mapping[Language, Mapping[str, _Words]] = {
    "en": {
        "lies in": _Words("{s} cells lie in the {v}.", "In which layer do {s} cells lie?"),
        "lives for": _Words("A {s} lives for {v}.", "For how long does a {s} live?"),
        "made by": _Words("{s} is made by the {v}.", "Which cell makes {s}?"),
        "binds": _Words("In the blood it binds the {v}.", "Which receptor does {s} bind?"),
        "half-life": _Words("The half-life of {s} is {v}.", "What is the half-life of {s}?"),
        "caused by excess of": _Words("{s} is caused by an excess of {v}.", "An excess of which hormone causes {s}?"),
        "first sign": _Words("Its first sign is {v}.", "What is the first sign of {s}?"),
        "shown by": _Words("{v} shows it.", "Which test shows {s}?"),
        "treated with": _Words("{s} is treated with {v}.", "Which drug is {s} treated with?"),
        "cut-off": _Words("The cut-off of {s} is {v}.", "What is the cut-off of {s}?"),
        "looks at": _Words("It looks at the {v}.", "Which layer does {s} look at?"),
        "acts on": _Words("{s} acts on the {v}.", "On which receptor does {s} act?"),
        "dose": _Words("The daily dose is {v}.", "What is the daily dose of {s}?"),
    },
    "fr": {
        "lies in": _Words("Les cellules {s} se trouvent dans le {v}.", "Dans quelle couche se trouvent les {s} ?"),
        "lives for": _Words("Une cellule {s} vit {v}.", "Combien de temps vit une cellule {s} ?"),
        "made by": _Words("La {s} est produite par le {v}.", "Quelle cellule produit la {s} ?"),
        "binds": _Words("Dans le sang, elle se lie au {v}.", "À quel récepteur se lie la {s} ?"),
        "half-life": _Words("La demi-vie de la {s} est de {v}.", "Quelle est la demi-vie de la {s} ?"),
        "caused by excess of": _Words(
            "La {s} est due à un excès de {v}.", "La {s} est due à un excès de quelle hormone ?"
        ),
        "first sign": _Words("Son premier signe est la {v}.", "Quel est le premier signe de la {s} ?"),
        "shown by": _Words("La {v} la met en évidence.", "Quel examen met en évidence la {s} ?"),
        "treated with": _Words("La {s} se traite par {v}.", "Par quel médicament se traite la {s} ?"),
        "cut-off": _Words("Le seuil de la {s} est de {v}.", "Quel est le seuil de la {s} ?"),
        "looks at": _Words("Elle examine le {v}.", "Quelle couche la {s} examine-t-elle ?"),
        "acts on": _Words("Le {s} agit sur le {v}.", "Sur quel récepteur agit le {s} ?"),
        "dose": _Words("La dose quotidienne est de {v}.", "Quelle est la dose quotidienne de {s} ?"),
    },
}
# Questions that need two leaves: from a disease to another thing, and from there to the answer.
CHAINS: Sequence[tuple[str, str, Mapping[Language, str]]] = (
    (
        "caused by excess of",
        "made by",
        {
            "en": "Which cell makes the hormone whose excess causes {s}?",
            "fr": "Quelle cellule produit l'hormone dont l'excès cause la {s} ?",
        },
    ),
    (
        "treated with",
        "dose",
        {
            "en": "What is the daily dose of the drug that {s} is treated with?",
            "fr": "Quelle est la dose quotidienne du médicament qui traite la {s} ?",
        },
    ),
    (
        "shown by",
        "cut-off",
        {
            "en": "What is the cut-off of the test that shows {s}?",
            "fr": "Quel est le seuil de l'examen qui met en évidence la {s} ?",
        },
    ),
)
# Parts of the book: kind, title of the section (level 2) and of what it holds (level 3).
PARTS: Mapping[Language, Mapping[str, tuple[str, str]]] = {
    "en": {
        "cell": ("Anatomy", "Cells"),
        "hormone": ("Physiology", "Hormones"),
        "disease": ("Pathology", "Diseases"),
        "test": ("Diagnosis", "Tests"),
        "drug": ("Treatment", "Drugs"),
    },
    "fr": {
        "cell": ("Anatomie", "Cellules"),
        "hormone": ("Physiologie", "Hormones"),
        "disease": ("Pathologie", "Maladies"),
        "test": ("Diagnostic", "Examens"),
        "drug": ("Traitement", "Médicaments"),
    },
}
_OPENING: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "cell": "The {s} is a cell of the {o}.",
        "hormone": "{s} is a hormone of the {o}.",
        "disease": "{s} is a disease of the {o}.",
        "test": "{s} is a test of the {o}.",
        "drug": "{s} is a drug for the {o}.",
    },
    "fr": {
        "cell": "Le {s} est une cellule du {o}.",
        "hormone": "La {s} est une hormone du {o}.",
        "disease": "La {s} est une maladie du {o}.",
        "test": "La {s} est un examen du {o}.",
        "drug": "Le {s} est un médicament du {o}.",
    },
}
# Parts for what is only named, in one leaf a kind, so that every option is a word of the book.
NAMED: Mapping[Language, Mapping[str, tuple[str, str]]] = {
    "en": {
        "layer": ("Histology", "Layers"),
        "receptor": ("Biochemistry", "Receptors"),
        "sign": ("Signs", "Signs of disease"),
        "cell": ("Anatomy in brief", "Further cells"),
        "hormone": ("Physiology in brief", "Further hormones"),
        "test": ("Diagnosis in brief", "Further tests"),
        "drug": ("Treatment in brief", "Further drugs"),
    },
    "fr": {
        "layer": ("Histologie", "Couches"),
        "receptor": ("Biochimie", "Récepteurs"),
        "sign": ("Sémiologie", "Signes de maladie"),
        "cell": ("Anatomie en bref", "Autres cellules"),
        "hormone": ("Physiologie en bref", "Autres hormones"),
        "test": ("Diagnostic en bref", "Autres examens"),
        "drug": ("Traitement en bref", "Autres médicaments"),
    },
}
_LISTED: Mapping[Language, str] = {
    "en": "In the {o} there are also {names}.",
    "fr": "Le {o} compte aussi {names}.",
}
_UNITS = {"days": "jours"}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One question.

    Attributes:
        id: Language and number; the same number is the same question in both languages.
        language: Of question and options.
        question: The question.
        options: Options by letter.
        answer_idx: Letter of the right one.
        relation: Relation that is asked for; two, joined by an arrow, when two leaves are needed.
        leaves: Titles of the leaves that hold the answer, in order.
        answers: What each of these leaves says: the last is the answer.
        permutation: Place of the right option and of each distractor among the letters, from 0.
    """

    id: str
    language: Language
    question: str
    options: dict[str, str]
    answer_idx: str
    relation: str
    leaves: tuple[str, ...]
    answers: tuple[str, ...]
    permutation: tuple[int, ...]

    def row(self) -> dict[str, Any]:
        """The item as a row of the released layout, with what the generator knows beside it."""
        return {
            "id": self.id,
            "question": self.question,
            "options": self.options,
            "answer": self.options[self.answer_idx],
            "answer_idx": self.answer_idx,
            "language": self.language,
            "generator": GENERATOR,
            "relation": self.relation,
            "leaves": list(self.leaves),
            "permutation": list(self.permutation),
            "simulated": True,
        }


def shown(value: str, language: Language) -> str:
    """A value in the words of a language: units are translated, names are not."""
    number, _, unit = value.partition(" ")
    return f"{number} {_UNITS[unit]}" if language == "fr" and unit in _UNITS else value


def leaf_texts(organ: Organ, language: Language) -> dict[str, str]:
    """Text of each leaf, by the name of its subject."""
    draw = random.Random(f"leaves {organ.seed}")
    texts = {}
    for kind in PARTS[language]:
        for subject in organ.things[kind]:
            facts = list(organ.of(subject))
            draw.shuffle(facts)
            said = [_OPENING[language][kind].format(s=subject, o=organ.name)]
            said += [
                SENTENCES[language][fact.relation].said.format(s=subject, v=shown(fact.value, language))
                for fact in facts
            ]
            texts[subject] = " ".join(said)
    for kind, (_, title) in NAMED[language].items():
        texts[title] = _LISTED[language].format(o=organ.name, names=", ".join(organ.named[kind]))
    return texts


def book(organ: Organ, language: Language) -> str:
    """The textbook in Markdown: four levels of headings, text under the last."""
    texts = leaf_texts(organ, language)
    lines = [f"# {organ.name}"]
    for kind, (part, title) in PARTS[language].items():
        lines += [f"## {part}", f"### {title}"]
        for subject in organ.things[kind]:
            lines += [f"#### {subject}", texts[subject], ""]
    for part, title in NAMED[language].values():
        lines += [f"## {part}", f"### {title}", f"#### {title}", texts[title], ""]
    return "\n".join(lines)


def make_items(organ: Organ) -> list[Item]:
    """One question a fact and one a chain of facts, in each language; each letter is right equally often.

    >>> items = make_items(make_organ(1))
    >>> len(items), sum(item.answer_idx == "A" for item in items)
    (384, 96)
    """
    draw = random.Random(f"items {organ.seed}")
    asked: list[tuple[str, tuple[Fact, ...], Mapping[Language, str]]] = [
        (fact.relation, (fact,), {language: SENTENCES[language][fact.relation].asked for language in LANGUAGES})
        for fact in organ.facts
    ]
    for first, second, words in CHAINS:
        for fact in organ.facts:
            if fact.relation == first:
                end = next(one for one in organ.facts if one.subject == fact.value and one.relation == second)
                asked.append((f"{first} > {second}", (fact, end), words))
    places = [place % len(LETTERS) for place in range(len(asked))]
    draw.shuffle(places)
    items = []
    for number, ((relation, facts, words), place) in enumerate(zip(asked, places, strict=True), 1):
        said = {fact.value for name in (one.subject for one in facts) for fact in organ.of(name)}
        wrong = [value for value in organ.siblings(facts[-1]) if value not in said]
        rest = [other for other in range(len(LETTERS)) if other != place]
        draw.shuffle(rest)
        permutation = (place, *rest)
        values = [facts[-1].value, *draw.sample(wrong, len(LETTERS) - 1)]
        for language in LANGUAGES:
            by_place = {at: shown(value, language) for at, value in zip(permutation, values, strict=True)}
            items.append(
                Item(
                    id=f"{language}-{number:03d}",
                    language=language,
                    question=words[language].format(s=facts[0].subject),
                    options={letter: by_place[at] for at, letter in enumerate(LETTERS)},
                    answer_idx=LETTERS[place],
                    relation=relation,
                    leaves=tuple(fact.subject for fact in facts),
                    answers=tuple(shown(fact.value, language) for fact in facts),
                    permutation=permutation,
                )
            )
    return items


def faults(item: Item, texts: Mapping[str, str]) -> list[str]:
    """What is wrong with an item, by exact look-up in the leaves; empty when it can be answered from them and only so.

    Args:
        item: The question.
        texts: Text of each leaf of the book in its language.
    """
    found = []
    for leaf, answer in zip(item.leaves, item.answers, strict=True):
        if not stands_in(answer, texts[leaf]):
            found.append(f"{leaf} does not say {answer}")
    if item.answers[-1] != item.options[item.answer_idx]:
        found.append("the key is another option")
    if len(set(item.options.values())) != len(item.options):
        found.append("two options are the same")
    for letter, option in item.options.items():
        if letter != item.answer_idx and any(stands_in(option, texts[leaf]) for leaf in item.leaves):
            found.append(f"the wrong option {option} stands in the leaf too")
    if not stands_in(item.leaves[0], item.question):
        found.append("the question does not name its subject")
    return found


def stands_in(words: str, text: str) -> bool:
    """Whether words stand in a text as they are, and not as a part of longer ones."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def write(folder: Path, seed: int) -> int:
    """Write books, leaves and items into a folder.

    Returns:
        Number of items.
    """
    organ = make_organ(seed)
    items = make_items(organ)
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        write_atomic(folder / f"book-{language}.md", book(organ, language).encode())
        leaves = [{"id": name, "title": name, "text": text} for name, text in leaf_texts(organ, language).items()]
        write_atomic(folder / f"book-{language}.jsonl", _lines(leaves))
    write_atomic(folder / "items.jsonl", _lines([item.row() for item in items]))
    return len(items)


def _lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=int, required=True, help="Another seed is another organ.")
def command(folder: Path, seed: int) -> None:
    """Write the textbook of a fictional organ and questions on it into FOLDER."""
    click.echo(f"{write(folder, seed)} questions and two books in {folder}")


if __name__ == "__main__":
    command()
