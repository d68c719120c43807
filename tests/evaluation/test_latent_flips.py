from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import norm

from workup.evaluation.latent_flips import Space, audit_embeddings, cohens_h, latent_flips
from workup.evaluation.latent_notes import DISEASES, edited, pairs_of, simulated_notes, toggle
from workup.knowledge.arrays import Array


def planted(shift: float, n: int = 4000, half: float = 1.5) -> tuple[Array, list[str], Array, float]:
    """Two Gaussian classes at -half and +half in the first of three dimensions, moved along it; and the flip chance."""
    random = np.random.default_rng(7)
    labels = np.repeat([-1.0, 1.0], n // 2)
    points = random.normal(size=(n, 3)) * (1.0, 0.1, 0.1)
    points[:, 0] += half * labels
    crossing = [norm.cdf(-mean) - norm.cdf(-shift - mean) for mean in (-half, half)]
    return points, [str(one) for one in labels], points + np.array([shift, 0.0, 0.0]), float(np.mean(crossing))


@pytest.mark.parametrize("shift", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("classifier", ["nearest-centroid", "logistic"])
def test_planted_geometry_gives_the_analytic_rate(shift: float, classifier: str) -> None:
    points, labels, moved, chance = planted(shift)
    judged = audit_embeddings(points, labels, moved, range(len(points)), dimensions=3, classifier=classifier)
    # Three standard errors of the drawing, and what a border off by 0.05 costs.
    error = 3 * np.sqrt(chance * (1 - chance) / len(points)) + 0.05 * 0.2
    assert abs(judged.flipped.mean() - chance) < error
    assert judged.explained == pytest.approx(1.0)


def test_a_shift_along_the_border_flips_nothing_but_a_random_one_does() -> None:
    points, labels, _, _ = planted(0.0, n=400)
    judged = audit_embeddings(points, labels, points + np.array([0.0, 0.0, 1.0]), range(400), dimensions=3)
    assert judged.flipped.mean() < 0.03
    assert judged.control.mean() > judged.flipped.mean()
    assert judged.displacement == pytest.approx(np.ones(400))


def test_margins_are_distances_to_the_border() -> None:
    points = np.array([[-1.0], [-1.0], [-1.0], [3.0], [3.0], [3.0]])
    judged = audit_embeddings(points, list("aaabbb"), points, range(6), dimensions=1, folds=3)
    assert judged.margin == pytest.approx([2.0] * 6)
    assert not judged.flipped.any()
    assert judged.right.all()


def test_no_note_is_judged_by_itself() -> None:
    # One outlier of class a among class b: fitted on itself, the nearest neighbour would be itself.
    points = np.array([[0.0], [0.1], [5.0], [5.1], [5.2], [5.3], [5.4], [5.5]])
    judged = audit_embeddings(points, list("aaabbbbb"), points, range(8), classifier="nearest-neighbours", folds=3)
    assert judged.before[2] == "b"


def test_the_space_knows_the_originals_only() -> None:
    points, labels, moved, _ = planted(1.0, n=200)
    alone = audit_embeddings(points, labels, moved[:1], [0], dimensions=2)
    together = audit_embeddings(points, labels, moved * 100, range(200), dimensions=2)
    np.testing.assert_array_equal(alone.originals, together.originals)
    np.testing.assert_array_equal(alone.before, together.before)


def test_explained_variance_by_hand() -> None:
    space = Space.of(np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), 1)
    assert space.explained == pytest.approx(8 / 10)


@pytest.mark.parametrize("folds", [1, 4])
def test_too_few_notes_are_refused(folds: int) -> None:
    with pytest.raises(ValueError, match="folds"):
        audit_embeddings(np.zeros((4, 2)), ["a", "a", "a", "b"], np.zeros((1, 2)), [0], folds=folds)


def words(texts: Sequence[str]) -> Array:
    """Presence of each disease's words, blind to negation."""
    from workup.evaluation.latent_notes import _DISEASES

    return np.array([[sum(one in text for one in findings) for findings, _ in _DISEASES.values()] for text in texts])


def test_an_embedding_that_is_blind_to_negation_never_flips_on_it() -> None:
    notes = simulated_notes(5)
    audit = latent_flips(notes, pairs_of(notes), words, dimensions=5, sweep=(2,))
    assert audit.rates["negation"].ldfr == 0.0
    assert audit.rates["masking 3"].ldfr > 0.5
    assert audit.rates["number"].ldfr == 0.0
    assert audit.rates["all"].n == 5 * len(DISEASES) * 12
    assert audit.rates["all"].notes == 5 * len(DISEASES)
    assert set(audit.by_dimension) == {2}
    assert audit.rates["negation 1"].token_f1 > audit.rates["negation 3"].token_f1


def test_edits_leave_everything_else_as_it_was() -> None:
    notes = simulated_notes(3, seed=2)
    for pair in pairs_of(notes):
        before = notes[pair.note].text
        assert pair.text != before
        kept, place, there = "", 0, 0
        for start, end, new in pair.edits:
            kept = before[place:start]
            assert pair.text[there : there + len(kept)] == kept
            assert pair.text[there + len(kept) :].startswith(new)
            place, there = end, there + len(kept) + len(new)
        assert pair.text[there:] == before[place:]
        assert len(pair.edits) == (3 if pair.axis == "number" else pair.strength)


def test_numbers_keep_units_and_decimals() -> None:
    notes = simulated_notes(2)
    for pair in pairs_of(notes):
        for said in notes[pair.note].findings if pair.axis == "number" else ():
            assert f" {said.unit}." in pair.text or not said.unit
        if pair.axis == "number":
            for start, end, new in pair.edits:
                old = notes[pair.note].text[start:end]
                assert ("." in old) == ("." in new)
                change = {1: 1.05, 2: 1.2, 3: 1.5}[pair.strength]
                assert float(new) == pytest.approx(float(old) * change, abs=0.51)


def test_negation_of_sixty_sentences_and_back() -> None:
    said = [(note.text, one) for note in simulated_notes(3) for one in note.findings if one.polarity != "measured"]
    assert len(said) >= 60
    for text, one in said:
        changed = edited(text, [toggle(text, one.span)])
        assert changed != text
        assert edited(changed, [toggle(changed, one.span)]) == text


def test_two_insertions_at_one_place_keep_their_order() -> None:
    assert edited("ab", [(1, 1, "z"), (1, 1, "c")]) == "azcb"


def test_a_sentence_that_says_neither_is_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        toggle("Temperature is 38 C.", (0, 20))


def test_cohens_h_by_hand() -> None:
    assert cohens_h(1.0, 0.0) == pytest.approx(np.pi)
    assert cohens_h(0.3, 0.3) == 0.0


def test_a_rate_of_nothing_has_an_interval() -> None:
    notes = simulated_notes(5)
    audit = latent_flips(notes, pairs_of(notes), words, sweep=())
    none = audit.rates["number 1"]
    assert (none.ldfr, none.n, none.notes) == (0.0, 30, 30)
    # Wilson for 0 of 30: z^2 / (n + z^2) with z = 1.96.
    assert none.interval == pytest.approx((0.0, 3.8415 / 33.8415), abs=1e-4)
    assert audit.surface.shape == (360, 3)
