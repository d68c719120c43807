"""Answer flips beside latent ones, on notes whose answers are known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from workup import registry
from workup.evaluation.answer_flips import answer_flips, asked_of
from workup.evaluation.latent_notes import _DISEASES, DISEASES, pairs_of, simulated_notes
from workup.models import Scripted
from workup.models.model import TokenLogprob
from workup.models.scripted import Line
from workup.reasoner import Context

NOTES = simulated_notes(2)
PAIRS = [pair for pair in pairs_of(NOTES) if pair.strength in (1, 3)]


def by_reported(texts: Sequence[str]) -> list[str | None]:
    """The disease most of whose findings are reported; none when nothing is."""
    found: list[str | None] = []
    for text in texts:
        counts = {name: sum(f"reports {one}" in text for one in own) for name, (own, _) in _DISEASES.items()}
        best = max(counts, key=lambda name: counts[name])
        found.append(best if counts[best] else None)
    return found


def test_a_reader_of_what_is_reported() -> None:
    found = answer_flips(NOTES, PAIRS, [False] * len(PAIRS), by_reported)
    # Masked or denied completely (strength 3) nothing is reported and there is no answer; named otherwise likewise.
    assert found.unanswered == 3 * len(NOTES)
    assert (found.n, found.rate, found.right, found.answers) == (len(PAIRS) - 36, 0.0, 1.0, 6)
    assert found.spearman is None  # no rate differs
    # None of 12 notes: Wilson's upper end is z^2 / (n + z^2).
    assert found.interval == pytest.approx((0.0, 3.8415 / 15.8415), abs=1e-4)


def test_latent_and_answer_flips_are_told_apart() -> None:
    def answer(texts: Sequence[str]) -> list[str | None]:
        return ["reports" if "The patient reports" in text else "nothing" for text in texts]

    latent = [pair.axis in ("negation", "synonym") and pair.strength == 3 for pair in PAIRS]
    found = answer_flips(NOTES, PAIRS, latent, answer)
    # Answers flip where nothing is reported any more, masking 3 and negation 3; the space on negation and synonym.
    assert found.table == {"both": 12, "latent only": 12, "answer only": 12, "neither": 60}
    assert found.groups["negation 3"].answer == found.groups["negation 3"].latent == 1.0
    assert found.rate == found.latent == 0.25
    assert found.spearman == pytest.approx(1 / 3)  # ranks of 2 ones of 8 on either side, one shared
    low, high = found.interval
    assert low <= 0.25 <= high


def test_a_note_is_followed_by_its_copies() -> None:
    seen: list[str] = []

    def answer(texts: Sequence[str]) -> list[str | None]:
        seen.extend(texts)
        return ["x"] * len(texts)

    answer_flips(NOTES, PAIRS, [False] * len(PAIRS), answer)
    assert seen[0] == NOTES[0].text
    assert seen[9] == NOTES[1].text
    with pytest.raises(ValueError, match="no note and copy"):
        answer_flips(NOTES, PAIRS, [False] * len(PAIRS), lambda texts: [None] * len(texts))


def test_a_model_is_asked_with_the_diagnoses_to_choose_from() -> None:
    token = TokenLogprob(token=" hea", logprob=-0.1, top={" hea": -0.1, " mig": -3.0})
    other = TokenLogprob(token="?", logprob=-0.1, top={"?": -0.1})
    model = Scripted([Line(reply=" hea", logprobs=(token,)), Line(reply="?", logprobs=(other,))])
    first, second = asked_of(registry.load("reasoners", "letter-likelihood")(), Context(model=model), DISEASES)(
        [NOTES[0].text, NOTES[1].text]
    )
    assert (first, second) == ("heart failure", None)
