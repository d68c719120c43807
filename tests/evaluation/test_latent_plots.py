"""Pictures of a latent audit hold what the audit says."""

from __future__ import annotations

import pytest
from test_latent_flips import words

from workup.evaluation.latent_flips import latent_flips
from workup.evaluation.latent_notes import pairs_of, simulated_notes

pytest.importorskip("vl_convert")

from workup.evaluation.latent_plots import plane, rates, surface_against_flips

NOTES = simulated_notes(5)
PAIRS = pairs_of(NOTES)
AUDIT = latent_flips(NOTES, PAIRS, words, sweep=())


def test_the_plane_draws_each_crossing_and_says_what_it_holds() -> None:
    svg = plane(AUDIT, NOTES, PAIRS)
    crossing = int(AUDIT.judged.flipped.sum())
    assert crossing > 0
    assert f"Simulated notes: {crossing} of 360 copies cross" in svg
    assert "pyelonephritis" in svg
    assert "Simulated" not in plane(AUDIT, NOTES, PAIRS, simulated=False)


def test_rates_name_each_edit_and_embedding() -> None:
    svg = rates({"words": AUDIT, "the same again": AUDIT})
    assert svg.count("masking 3") >= 1
    assert "the same again" in svg
    assert "should" not in svg


def test_surface_against_the_space() -> None:
    assert "distance to the border" in surface_against_flips(AUDIT, PAIRS)
