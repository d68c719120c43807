"""System 44, DeepRare with a rule as host: real published patients whose publication no annotation cites (TEMP).

Read from ``phenopackets/phenopackets_dev.jsonl.gz``, which is also the case bank: the patients of a case's own
publication, and those nearly the same, are never used for it. Weights were set on the tuning half of the publications;
the slow claims are measured on the other half, the quick ones on a seventh of all cases, both chosen by hash.

A cohort of the store is a gene. With the cohort left out too, the bank cannot hold the diagnosis: a check of what the
bank costs a patient whose disease it lacks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np

from workup.case import Case
from workup.models import Scripted
from workup.models.scripted import Line
from workup.reasoner import Context
from workup.reasoners.deeprare import DeepRare
from workup.reasoners.rare.servers import Search
from workup.reasoning import Reasoning
from workup.systems.measurements import Measurement, measurement
from workup.systems.measurements.phenotype_engine import PATIENTS, RAW, SEED, cases_of, knowledge
from workup.systems.records import Tier

QUICK = 7
"""One case in this many is measured in every run."""

HOSTED, HOST_CALLS = 6, 8
"""Cases that a small model hosts, and its calls for each."""

_LEAST_FINDINGS = 3
# Not in every run, for time.
_SLOW = "second-tool-counted"
_MISS = np.inf
_MOST_SIMILAR = 200
_METHOD = DeepRare()

# What is measured: options besides the bank, and whether the bank is used.
_VARIANTS: Mapping[str, tuple[bool, dict[str, Any]]] = {
    "fused": (True, {}),
    "without-bank": (False, {}),
    "cohort-left-out": (True, {"leave_out": "cohort"}),
    "second-tool-counted": (False, {"second_weight": 1.0}),
}


class Ranked(msgspec.Struct, frozen=True):
    """One case: rank of the right disease by each server and by the host, and its final citations.

    Attributes:
        publication: What it is grouped by.
        ranks: By variant or server; infinity for a miss.
        citations: Citations of the final list, and how many of them name kept evidence.
        kept: Whether the order without a bank is the engine's.
    """

    publication: str
    ranks: dict[str, float]
    citations: tuple[int, int]
    kept: bool


def half_of(publication: str) -> str:
    """The half that a publication belongs to: ``tuning`` or ``reported``."""
    number = int(hashlib.sha256(f"tune:{publication}".encode()).hexdigest()[:8], 16)
    return ("tuning", "reported")[number % 2]


def _quick(case: Case) -> bool:
    return int(hashlib.sha256(case.id.encode()).hexdigest()[:8], 16) % QUICK == 0


@cache
def _temp_cases(path: Path) -> tuple[tuple[Case, str, frozenset[str]], ...]:
    """TEMP cases, the publication of each, and the ids under which its disease is shown."""
    from workup.benchmarks.rare_disease import RareDisease

    diseases = knowledge().diseases
    plan = RareDisease.of("phenotype", knowledge()).plan(cases_of(path), ["temp"])
    return tuple(
        (entry.case, entry.publication, frozenset(diseases.ids[one] for one in entry.targets.diseases.tolist()))
        for group in plan.groups
        for entry in group
        if "temp" in entry.regimes
    )


def _reason(case: Case, path: Path, variant: str) -> Reasoning:
    with_bank, options = _VARIANTS[variant]
    bank = {"bank": str(path)} if with_bank else {}
    ctx = Context(knowledge=knowledge(), options={"universe": "omim", **bank, **options}, limit=10)
    return _METHOD.reason(case.blinded(), ctx)


@cache
def _ranked(path: Path, part: str) -> tuple[Ranked, ...]:
    """The cases of a part: ``quick``, or a half."""
    chosen = [one for one in _temp_cases(path) if (_quick(one[0]) if part == "quick" else half_of(one[1]) == part)]
    variants = [variant for variant in _VARIANTS if part != "quick" or variant != _SLOW]
    return tuple(_rank(path, variants, *one) for one in chosen)


def _rank(path: Path, variants: Sequence[str], case: Case, publication: str, gold: frozenset[str]) -> Ranked:
    found = {variant: _reason(case, path, variant) for variant in variants}
    ranks = {
        variant: min((one.rank for one in result.differential if one.id in gold), default=_MISS)
        for variant, result in found.items()
    }
    options = {"universe": "omim", "bank": str(path)}
    search = _METHOD.search_of(case.blinded(), Context(knowledge=knowledge(), options=options))
    blocks = {"engine": search.engine_block(1), "second": search.second_block(1)}
    ranks |= {name: _first(block.ranking, gold) for name, block in blocks.items()}
    ranks["cases"] = _first(_similar(search), gold)
    final = [step for step in found["fused"].steps if step.kind == "decision"]
    cited = [one for step in final for one in step.evidence]
    kept = [one for one in cited if one.supported is not False and one.id]
    without = tuple(one.id for one in found["without-bank"].differential)
    return Ranked(publication, ranks, (len(cited), len(kept)), without == search.order[: len(without)])


def _first(ranking: tuple[str, ...], gold: frozenset[str]) -> float:
    return next((float(rank) for rank, one in enumerate(ranking, 1) if one in gold), _MISS)


def _similar(search: Search) -> tuple[str, ...]:
    """Diseases of the similar cases as a server of its own: the most alike first, without a least likeness."""
    bank = search.servers.bank
    similar = bank.search(search.patient.query, _MOST_SIMILAR) if bank else ()
    return tuple(dict.fromkeys(search.servers.entry(disease) for one in similar for disease in one.case.diseases))


def _figures(ranked: tuple[Ranked, ...], prefix: str) -> dict[str, Measurement]:
    """Recall among the first 1 and 5 of host and servers, and the host's leads over each; per cent."""
    from workup.evaluation.metrics import rank_figures
    from workup.evaluation.stats import paired_publication_bootstrap

    variants = [variant for variant in _VARIANTS if not prefix or variant != _SLOW]
    names = (*variants, "engine", "second", "cases")
    publications = [one.publication for one in ranked]
    ranks = {name: np.array([one.ranks[name] for one in ranked]) for name in names}
    found: dict[str, Measurement] = {}
    for name in names:
        figures = rank_figures(ranks[name], publications, seed=SEED)
        for key in (1, 5):
            value = None if figures is None else getattr(figures, f"top{key}")
            interval = None if figures is None else figures.ci[f"top{key}"]
            found[f"{prefix}{name}-recall{key}"] = Measurement(value=value, n=len(ranked), interval=interval)
    for ours, other in (
        *(("fused", server) for server in ("engine", "second", "cases")),
        *((variant, "engine") for variant in variants if variant != "fused"),
    ):
        for key in (1, 5):
            name = f"{prefix}{ours}-over-{other}-recall{key}"
            if not ranked:
                found[name] = Measurement(value=None, n=0)
                continue
            lead = paired_publication_bootstrap(ranks[ours] <= key, ranks[other] <= key, publications, seed=SEED)
            low, high = (100.0 * end for end in lead.micro_interval)
            ends = " to ".join(f"{100.0 * end:.1f}" for end in lead.macro_interval)
            macro = f"macro {100 * lead.macro:.1f} ({ends})"
            note = f"difference {100 * lead.micro:.1f} points, {lead.only_a} cases to {lead.only_b}; {macro}"
            found[name] = Measurement(value=low, n=len(ranked), interval=(low, high), note=note)
    return found


@measurement("deeprare.quick")
def quick(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Figures, citations and the engine's order on a seventh of the TEMP cases."""
    ranked = _ranked(data / PATIENTS, "quick")
    found = _figures(ranked, "quick-")
    cited, kept = (sum(one.citations[place] for one in ranked) for place in (0, 1))
    found["quick-citations-resolve"] = Measurement(
        value=100.0 * kept / cited if cited else None, n=cited, note=f"of {len(ranked)} cases"
    )
    found["quick-order-kept"] = Measurement(
        value=100.0 * sum(one.kept for one in ranked) / len(ranked) if ranked else None, n=len(ranked)
    )
    return found


@measurement("deeprare.reported")
def reported(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Figures and citations on the half of the publications on which nothing was set."""
    ranked = _ranked(data / PATIENTS, "reported")
    found = _figures(ranked, "")
    cited, kept = (sum(one.citations[place] for one in ranked) for place in (0, 1))
    found["citations-resolve"] = Measurement(value=100.0 * kept / cited if cited else None, n=cited)
    return found


@measurement("deeprare.small_model")
def small_model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """SmolLM2 as the host of the servers, on the reported cases with the fewest findings; a plumbing model."""
    from workup.models import load
    from workup.models.model import Sampling

    half = [one for one in _temp_cases(data / PATIENTS) if half_of(one[1]) == "reported"]
    # Prompts are short where findings are few; one finding would tell nothing.
    several = [one for one in half if len(one[0].with_status("present")) >= _LEAST_FINDINGS]
    chosen = sorted(several, key=lambda one: (len(one[0].findings), one[0].id))[:HOSTED]
    options = {
        "universe": "omim",
        "bank": str(data / PATIENTS),
        "longest": 150,
        "max_depth": 1,
        "max_calls": HOST_CALLS,
    }
    ended = hits = rule = cited = kept = unread = calls = 0
    with load("smollm2", context=4096) as model:
        for case, _, gold in chosen:
            ctx = Context(
                knowledge=knowledge(), model=model, options=options, limit=10, sampling=Sampling(max_tokens=64)
            )
            found = _METHOD.reason(case.blinded(), ctx)
            calls += found.usage.calls
            unread += sum(step.unread for step in found.steps)
            ended += found.answer is not None and bool(found.differential) and found.usage.calls <= HOST_CALLS
            hits += any(one.id in gold and one.rank <= 5 for one in found.differential)
            rule += any(
                one.id in gold and one.rank <= 5 for one in _reason(case, data / PATIENTS, "fused").differential
            )
            behind = [one for step in found.steps if step.kind == "decision" for one in step.evidence]
            cited += len(behind)
            # What names no evidence has to be marked, whoever wrote it.
            kept += sum(one.supported is False or bool(one.id) for one in behind)
    n = len(chosen)
    note = f"{calls} calls, {unread} replies unread; the rule host has {rule} of {n}"
    return {
        "small-host-ends": Measurement(value=ended, n=n, note=note),
        "small-host-citations": Measurement(value=100.0 * kept / cited if cited else None, n=cited),
        "small-host-rule-recall5": Measurement(value=100.0 * rule / n if n else None, n=n, interval=_per_cent(rule, n)),
        "small-host-recall5": Measurement(value=100.0 * hits / n if n else None, n=n, interval=_per_cent(hits, n)),
    }


def _per_cent(hits: int, n: int) -> tuple[float, float] | None:
    from workup.evaluation.labels import wilson

    interval = wilson(hits, n)
    return None if interval is None else (100 * interval[0], 100 * interval[1])


@measurement("deeprare.readers")
def readers(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Cases read from raw and flattened phenopackets, and from RareBench rows made of the flattened ones."""
    from workup.benchmarks.rarebench import RareBench
    from workup.io import read_cases

    files = sorted((data / RAW).glob("*.json"))
    raw = sum(bool(case.findings) for file in files for case in read_cases(file).cases)
    flat = [case for case in cases_of(data / PATIENTS) if case.with_status("present") and case.reference]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes(b"\n".join(map(_row, flat)) + b"\n")
        again = [case for case in RareBench().read([path]) if isinstance(case, Case)] if flat else []
    same = sum(
        {one.id for one in case.findings} == {one.id for one in old.with_status("present")}
        and case.reference is not None
        and old.reference is not None
        and case.reference.diagnoses == old.reference.diagnoses
        for case, old in zip(again, flat, strict=False)
    )
    return {
        "read-raw": Measurement(value=raw if files else None, n=len(files)),
        "read-flat": Measurement(value=len(cases_of(data / PATIENTS)), n=len(cases_of(data / PATIENTS))),
        "read-rarebench": Measurement(value=same, n=len(flat)),
    }


def _row(case: Case) -> bytes:
    """A case as a row of RareBench."""
    diagnoses = case.reference.diagnoses if case.reference else ()
    row = {"Phenotype": [one.id for one in case.with_status("present")], "RareDisease": diagnoses, "Department": None}
    return msgspec.json.encode(row)


def _list(name: str) -> str:
    return f"## **{name}** (Rank #1/5)\nSee [E1]."


@measurement("deeprare.reflection")
def reflection(data: Path, tier: Tier) -> dict[str, Measurement]:
    """A scripted host on the first patient whose disease the engine has first.

    A wrong first list is replaced after reflection, and a search that confirms nothing ends at its depth.
    """
    ctx = Context(knowledge=knowledge(), options={"universe": "omim"}, limit=10)
    for case, _, gold in _temp_cases(data / PATIENTS):
        search = _METHOD.search_of(case.blinded(), ctx)
        if search.order[0] in gold:
            break
    else:
        return {name: Measurement(value=None, n=0) for name in ("reflection-changes", "reflection-ends")}

    right, wrong = (_list(search.named(disease)) for disease in search.order[:2])
    # The checker is answered by what it is asked about, as a verdict on the same evidence is not asked for again.
    checked = r"(?s)<draft>[^<]*%s.*Does this one diagnosis fit"
    verdicts = (
        Line(match=checked % re.escape(search.order[0]), reply="DIAGNOSIS ASSESSMENT: Correct\n[E1]"),
        Line(match=checked % re.escape(search.order[1]), reply="DIAGNOSIS ASSESSMENT: Incorrect\n[E1]"),
    )

    def run(*replies: str) -> Reasoning:
        model = Scripted([*verdicts, *replies])
        return _METHOD.reason(case.blinded(), msgspec.structs.replace(ctx, model=model))

    changed = run("", wrong, right, right)
    never = run("", wrong, wrong, wrong, wrong)
    depths = [max((step.turn for step in one.steps if step.kind == "verdict"), default=0) for one in (changed, never)]
    drafts = [step.claim for step in changed.steps if step.kind == "draft"]
    moved = search.order[1] in drafts[0] and search.order[0] in drafts[1]
    moved &= changed.differential[0].id == search.order[0] and never.differential[0].id == search.order[1]
    ended = any("the search ends at depth 3" in step.claim for step in never.steps)
    return {
        "reflection-changes": Measurement(value=moved and depths[0] == 2, n=1, note="scripted host"),
        "reflection-ends": Measurement(value=ended and depths[1] == 3, n=1, note="scripted host"),
    }
