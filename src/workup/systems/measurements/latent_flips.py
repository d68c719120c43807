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

from workup import registry
from workup.evaluation.answer_flips import answer_flips, asked_of
from workup.evaluation.latent_flips import LatentAudit, audit_embeddings, latent_flips
from workup.evaluation.latent_notes import DISEASES, Note, Pair, edited, pairs_of, simulated_notes, toggle
from workup.evaluation.stats import grouped_means
from workup.models import load
from workup.models.gguf_vectors import MeanHidden
from workup.reasoner import Context
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
    pairs = pairs_of(notes)
    audit = latent_flips(notes, pairs, lambda texts: index.transform(texts).toarray(), dimensions=_made()["dimensions"])
    return _answers("tfidf", pairs, audit)


@measurement("latent_flips.encoder")
def encoder(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The offline sentence encoder."""
    notes = simulated_notes(_made()["notes"]["encoder"], seed=_made()["notes"]["seed"])
    pairs = pairs_of(notes)
    return _answers("minilm", pairs, latent_flips(notes, pairs, MiniLM().encode, dimensions=_made()["dimensions"]))


@measurement("latent_flips.hidden")
def hidden(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Hidden states of SmolLM2, and its answers to some of the same notes."""
    notes = simulated_notes(_made()["notes"]["hidden"], seed=_made()["notes"]["seed"])
    pairs = pairs_of(notes)
    states = MeanHidden()
    try:
        audit = latent_flips(notes, pairs, states.encode, dimensions=_made()["dimensions"])
    finally:
        states.close()
    return {**_answers("smollm2", pairs, audit), **_asked(notes, pairs, audit)}


def _asked(notes: list[Note], pairs: list[Pair], audit: LatentAudit) -> dict[str, Measurement]:
    """Answers of SmolLM2 by the likelihood of each disease's name, on the first notes of each disease."""
    asked = _asked_pairs(notes, pairs)
    latent = [bool(audit.judged.flipped[place]) for place in asked]
    with load("smollm2", context=1024) as model:
        answer = asked_of(registry.load("reasoners", "letter-likelihood")(), Context(model=model), DISEASES)
        found = answer_flips(notes, [pairs[place] for place in asked], latent, answer)
    groups = ", ".join(f"{name} {one.latent:.2f}/{one.answer:.2f}" for name, one in found.groups.items())
    both = ", ".join(f"{count} {name}" for name, count in found.table.items())
    note = (
        f"simulated; {both}; by edit (latent/answer) {groups}; latent flips of the same pairs {found.latent:.3f}; "
        f"answers right on {found.right:.2f} of notes, {found.answers} different ones; {found.unanswered} unanswered"
    )
    return {
        "smollm2-answer-flips": Measurement(value=found.rate, n=found.n, interval=found.interval, note=note),
        "smollm2-latent-and-answer": Measurement(value=found.spearman, n=len(found.groups), note="simulated; groups"),
    }


def _asked_pairs(notes: list[Note], pairs: list[Pair]) -> list[int]:
    made = _made()["asked"]
    per_disease = len(notes) // len(DISEASES)
    return [
        place
        for place, pair in enumerate(pairs)
        if pair.note % per_disease < made["notes"] and pair.strength in made["strengths"]
    ]


def _answers(name: str, pairs: list[Pair], audit: LatentAudit) -> dict[str, Measurement]:
    axes = ", ".join(f"{axis} {audit.rates[axis].ldfr:.3f}" for axis in ("masking", "negation", "synonym", "number"))
    swept = ", ".join(f"{size}: {rate:.3f} ({shown:.2f})" for size, (shown, rate) in audit.by_dimension.items())
    note = (
        f"simulated; {axes}; classifier right on {audit.accuracy:.2f} of {audit.notes} notes; by dimension (variance "
        f"explained) {swept}; token F1 {audit.rates['all'].token_f1:.3f}, cosine {audit.rates['all'].cosine:.3f}, "
        f"random shift {audit.rates['all'].control:.3f}"
    )
    alike, flipped = audit.surface[:, 2] >= _made()["alike"], audit.judged.flipped.astype(np.float64)
    # Copies of one note belong together.
    means = grouped_means(flipped[alike][:, None], [str(pairs[place].note) for place in np.flatnonzero(alike)], seed=0)
    found = {
        f"{name}-alike": Measurement(
            value=float(means.micro[0]),
            n=int(alike.sum()),
            interval=(float(means.micro_interval[0, 0]), float(means.micro_interval[1, 0])),
            note=f"simulated; share of matching characters {_made()['alike']} or more; others "
            f"{flipped[~alike].mean():.3f} of {int((~alike).sum())}",
        )
    }
    for claim, group in (("ldfr", "all"), ("should-hold", "should hold"), ("should-flip", "should flip")):
        rate = audit.rates[group]
        found[f"{name}-{claim}"] = Measurement(
            value=rate.ldfr, n=rate.n, interval=rate.interval, note=note if claim == "ldfr" else ""
        )
    return found
