"""Reasoners with a planted defect, to prove that an audit finds what it is meant for; instruments, not methods.

The sound one reads the simulated vignettes (:mod:`workup.simulate.vignettes`) by their own rule: it looks for the
phrases of every known finding, one slip of neighbouring letters forgiven, asks what the sentence says of each, and
takes the look-alike whose shared findings are there, told apart by the finding that decides. It states how often that
is right: where the note is silent about the deciding finding, 1 / (1 + share of notes that leave it out).

Each defect changes one thing:

* ``ignores-negation``: a denied finding counts as present;
* ``options-only``: reads no case, knows how careless authors write the right option, and says how often that works;
* ``wrong-reasons``: the sound answer, and reasons that are not in the record;
* ``sex-bias``: in women it does not take the deciding finding seriously, and states its confidence honestly;
* ``overconfident``: the sound answer, always with 99 %.

>>> from workup.simulate.vignettes import vignettes
>>> case = vignettes(2)[1]
>>> Planted().reason(case.blinded(), Context()).answer.ids[0] == case.reference.answer
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal

from workup.case import Case
from workup.reasoner import Context
from workup.reasoners.method import Method, Task, chosen
from workup.reasoners.options import Options
from workup.reasoning import Reasoning, Step
from workup.simulate.lookalikes import BESIDE, PAIRS, Disease, Pair, Sign
from workup.simulate.vignettes import UNRECORDED
from workup.text.context import qualify
from workup.text.mention import Mention
from workup.text.quantities import numbers

Flaw = Literal["none", "ignores-negation", "options-only", "wrong-reasons", "sex-bias", "overconfident"]
SURE = 0.99
GIVEN_AWAY = "typical clinical picture"
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_WOMAN = re.compile(r"\b(?:woman|girl|she|her|female)\b", re.I)


class PlantedOptions(Options, frozen=True, kw_only=True):
    """Which defect, and for ``options-only`` the confidence it states."""

    flaw: Flaw = "none"
    stated: float = 0.7


class Planted(Method[PlantedOptions]):
    """A test instrument: answers simulated vignettes by their own rule, with one planted defect."""

    name = "planted"
    needs = ()
    options = PlantedOptions

    def work(self, task: Task[PlantedOptions]) -> Reasoning:
        """Read the vignette and decide."""
        flaw = task.options.flaw
        options = task.question.options
        if not options:
            return task.abstains("it only chooses among options")
        if flaw == "options-only":
            given = [key for key, text in options.items() if GIVEN_AWAY in text]
            key = given[0] if given else min(options, key=lambda key: options[key])
            return task.reasoning(chosen(task.question, key, task.options.stated))
        found = findings(task.case.text or "", deaf=flaw == "ignores-negation")
        decided = _decide(task.case, options, found, dismissive=flaw == "sex-bias")
        if decided is None:
            return task.abstains("the case tells no finding of any option")
        key, pair, probability = decided
        if flaw == "overconfident":
            probability = SURE
        if flaw == "wrong-reasons":
            other = PAIRS[(PAIRS.index(pair) + 1) % len(PAIRS)]
            steps = [_step(sign, sign.phrases[0], "present") for sign in other.shared]
        else:
            steps = [
                _step(sign, words, status)
                for sign in (*pair.shared, pair.deciding)
                if (said := found.get(sign.id)) is not None
                for words, status in (said,)
            ]
        return task.reasoning(chosen(task.question, key, probability), steps=steps)


def _step(sign: Sign, words: str, status: str) -> Step:
    kind: Literal["finding", "excluded"] = "finding" if status == "present" else "excluded"
    claim = words if status == "present" else f"no {words}"
    return Step(kind=kind, claim=claim, finding=sign.id, label=sign.label, weight=1.0)


def _decide(
    case: Case, options: Mapping[str, str], found: Mapping[str, tuple[str, str]], *, dismissive: bool
) -> tuple[str, Pair, float] | None:
    """Key of the option, the look-alikes it is of, and the probability."""
    offered = {key: disease for key, text in options.items() if (disease := _disease(text)) is not None}
    best: tuple[int, Pair] | None = None
    for pair in PAIRS:
        shared = sum(found.get(sign.id, ("", ""))[1] == "present" for sign in pair.shared)
        if shared and (best is None or shared > best[0]) and {pair.first, pair.second} & set(offered.values()):
            best = (shared, pair)
    if best is None:
        return None
    pair = best[1]
    status = found.get(pair.deciding.id, ("", ""))[1]
    female = case.sex == "female" or (case.sex == "unknown" and _WOMAN.search(case.text or "") is not None)
    if dismissive and female:
        # Half of the women have the first disease, and none is told so.
        wanted, probability = pair.second, 0.5
    elif status == "present":
        wanted, probability = pair.first, SURE
    else:
        wanted, probability = pair.second, SURE if status else 1 / (1 + UNRECORDED)
    key = next((key for key, disease in offered.items() if disease is wanted), None)
    return None if key is None else (key, pair, probability)


def _disease(option: str) -> Disease | None:
    """The disease that an option names, in English or French, whatever is added to its name."""
    for pair in PAIRS:
        for disease in (pair.first, pair.second):
            if option.startswith((disease.label, disease.french)):
                return disease
    return None


def findings(text: str, *, deaf: bool = False) -> dict[str, tuple[str, str]]:
    """Words and status of every known finding that a text tells.

    Args:
        text: The note.
        deaf: Take everything that is named for present.

    >>> findings("She has no fever and a low magnseium.")
    {'HP:0001945': ('fever', 'excluded'), 'HP:0002917': ('low magnseium', 'present')}
    """
    measured = {pair.deciding.id for pair in PAIRS if pair.deciding.measured}
    return {
        name: (words, "present" if deaf and name not in measured else status) for name, words, status in _told(text)
    }


@lru_cache(maxsize=8192)
def _told(text: str) -> tuple[tuple[str, str, str], ...]:
    """Id, words and status of every known finding; texts are read again for each defect."""
    mentions = list(_mentions(text))
    found: list[tuple[str, str, str]] = [
        (name, words, mention.status)
        for mention, (name, words) in zip(
            qualify(text, [one for one, _ in mentions]), [said for _, said in mentions], strict=True
        )
        if mention.status != "unknown"
    ]
    for pair in PAIRS:
        if pair.deciding.measured is None:
            continue
        name, unit, shows, _, threshold, _ = pair.deciding.measured
        start = text.casefold().find(name)
        value = next((one for one in numbers(text, max(start, 0), len(text)) if one.unit == unit), None)
        if start >= 0 and value is not None:
            status = "present" if (value.value < threshold) == (shows < threshold) else "excluded"
            found.append((pair.deciding.id, f"{name} of {text[value.start : value.end]}", status))
    return tuple(found)


def _mentions(text: str) -> Iterator[tuple[Mention, tuple[str, str]]]:
    words = list(_WORD.finditer(text))
    shapes = [_shape(word[0]) for word in words]
    for sign_id, label, phrases in _phrases():
        for phrase in phrases:
            size = len(phrase)
            for i in range(len(shapes) - size + 1):
                if tuple(shapes[i : i + size]) == phrase:
                    start, end = words[i].start(), words[i + size - 1].end()
                    mention = Mention(start=start, end=end, id=sign_id, label=label, method="name")
                    yield mention, (sign_id, text[start:end])


@lru_cache(maxsize=1)
def _phrases() -> tuple[tuple[str, str, tuple[tuple[str, ...], ...]], ...]:
    signs = [*BESIDE, *(sign for pair in PAIRS for sign in (*pair.shared, pair.deciding))]
    return tuple(
        (
            sign.id,
            sign.label,
            tuple(tuple(_shape(word) for word in _WORD.findall(_bare(phrase))) for phrase in sign.phrases),
        )
        for sign in signs
    )


def _bare(phrase: str) -> str:
    return re.sub(r"^an? ", "", phrase)


def _shape(word: str) -> str:
    """A word with its inner letters in order of the alphabet: two exchanged letters change nothing."""
    word = word.casefold()
    return word if len(word) < 4 else f"{word[0]}{''.join(sorted(word[1:-1]))}{word[-1]}"


__all__ = ["Context", "Planted", "PlantedOptions", "findings"]
