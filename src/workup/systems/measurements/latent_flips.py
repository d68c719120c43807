"""System 43: the flip rate on planted geometry, edits of simulated notes, and three embeddings of them.

``shipped:latent_flips.json`` holds the sizes and seeds. All notes are simulated: what a rate of theirs says of an
embedding holds for such notes alone.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy.stats import norm

from workup.evaluation.latent_flips import LatentAudit, audit_embeddings, latent_flips
from workup.evaluation.latent_notes import edited, pairs_of, simulated_notes, toggle
from workup.models.gguf_vectors import MeanHidden
from workup.reasoners.lexical import TfIdf
from workup.retrieval.encoder import MiniLM
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier


@cache
def _made() -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.decode((SHIPPED / "latent_flips.json").read_bytes())
    return made


@measurement("latent_flips.planted")
def planted(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Two Gaussian classes and known shifts: how far the rate is from the flip probability, in standard errors."""
    made = _made()["planted"]
    half, n = made["half_distance"], made["n"]
    random = np.random.default_rng(made["seed"])
    worst, words = 0.0, []
    for shift in made["shifts"]:
        side = np.repeat([-1.0, 1.0], n // 2)
        points = np.column_stack([random.normal(size=n) + half * side, random.normal(size=n) / 10])
        labels = [str(one) for one in side]
        judged = audit_embeddings(points, labels, points + np.array([shift, 0.0]), range(n), dimensions=2, draws=1)
        chance = float(np.mean([norm.cdf(-mean) - norm.cdf(-shift - mean) for mean in (-half, half)]))
        rate = float(judged.flipped.mean())
        worst = max(worst, abs(rate - chance) / np.sqrt(chance * (1 - chance) / n))
        words.append(f"{rate:.4f} for {chance:.4f}")
    return {"planted": Measurement(value=worst, n=n * len(made["shifts"]), note="; ".join(words))}


@measurement("latent_flips.edits")
def edits(data: Path, tier: Tier) -> dict[str, Measurement]:
    """What the edits of simulated notes leave alone."""
    notes = simulated_notes(_made()["notes"]["words"], seed=_made()["notes"]["seed"])
    pairs = pairs_of(notes)
    same = sum(_undone(notes[pair.note].text, pair.text, pair.edits) for pair in pairs)
    sentences = [(note.text, one) for note in notes for one in note.findings if one.polarity != "measured"][:60]
    back = 0
    for text, one in sentences:
        changed = edited(text, [toggle(text, one.span)])
        back += changed != text and edited(changed, [toggle(changed, one.span)]) == text
    numbers = [pair for pair in pairs if pair.axis == "number"]
    units = sum(all(f" {one.unit}." in pair.text for one in notes[pair.note].findings if one.unit) for pair in numbers)
    return {
        "byte-identical": Measurement(value=same / len(pairs), n=len(pairs), note="simulated"),
        "negation-reversible": Measurement(value=back, n=len(sentences), note="simulated"),
        "units-kept": Measurement(value=units / len(numbers), n=len(numbers), note="simulated"),
    }


def _undone(before: str, after: str, made: tuple[tuple[int, int, str], ...]) -> bool:
    """Whether taking the edits back gives the note, byte for byte."""
    shift, undoing = 0, []
    for start, end, words in made:
        undoing.append((start + shift, start + shift + len(words), before[start:end]))
        shift += len(words) - (end - start)
    return edited(after, undoing).encode() == before.encode()


@measurement("latent_flips.words")
def words_only(data: Path, tier: Tier) -> dict[str, Measurement]:
    """TF-IDF of the notes: the baseline without a model."""
    notes = simulated_notes(_made()["notes"]["words"], seed=_made()["notes"]["seed"])
    index = TfIdf([note.text for note in notes])
    audit = latent_flips(
        notes, pairs_of(notes), lambda texts: index.transform(texts).toarray(), dimensions=_made()["dimensions"]
    )
    return _answers("tfidf", audit)


@measurement("latent_flips.encoder")
def encoder(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The offline sentence encoder."""
    notes = simulated_notes(_made()["notes"]["encoder"], seed=_made()["notes"]["seed"])
    return _answers("minilm", latent_flips(notes, pairs_of(notes), MiniLM().encode, dimensions=_made()["dimensions"]))


@measurement("latent_flips.hidden")
def hidden(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Hidden states of SmolLM2."""
    notes = simulated_notes(_made()["notes"]["hidden"], seed=_made()["notes"]["seed"])
    model = MeanHidden()
    try:
        return _answers("smollm2", latent_flips(notes, pairs_of(notes), model.encode, dimensions=_made()["dimensions"]))
    finally:
        model.close()


def _answers(name: str, audit: LatentAudit) -> dict[str, Measurement]:
    axes = ", ".join(f"{axis} {audit.rates[axis].ldfr:.3f}" for axis in ("masking", "negation", "synonym", "number"))
    swept = ", ".join(f"{size}: {rate:.3f} ({shown:.2f})" for size, (shown, rate) in audit.by_dimension.items())
    note = (
        f"simulated; {axes}; classifier right on {audit.accuracy:.2f} of {audit.notes} notes; by dimension (variance "
        f"explained) {swept}; token F1 {audit.rates['all'].token_f1:.3f}, cosine {audit.rates['all'].cosine:.3f}, "
        f"random shift {audit.rates['all'].control:.3f}"
    )
    found = {}
    for claim, group in (("ldfr", "all"), ("should-hold", "should hold"), ("should-flip", "should flip")):
        rate = audit.rates[group]
        found[f"{name}-{claim}"] = Measurement(
            value=rate.ldfr, n=rate.n, interval=rate.interval, note=note if claim == "ldfr" else ""
        )
    return found
