"""From per-case ranks to the figures of a run, by regime and level of match, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from workup.evaluation.beside import verdict
from workup.evaluation.calibration import Calibration, calibrate_report
from workup.evaluation.compare import paired_test
from workup.evaluation.metrics import match_curve, rank_figures
from workup.evaluation.ranks import LEVELS, CaseRank
from workup.evaluation.stats import RESAMPLES, auprc, auroc

Key = tuple[int, str]

MANY_FINDINGS = 3
CURVE_DEPTH = 50

# Name in the report -> regime of the ranks it is taken from.
SECTIONS = {
    "full_all": "full",
    "full_in_kb": "full",
    "lpo": "lpo",
    "lpo_strict": "lpo-strict",
    "temp": "temp",
    "unknown": "unknown",
}
TITLES = {
    "full_all": "FULL, all cases",
    "full_in_kb": "FULL, gold in the knowledge base",
    "lpo": "LPO (leave publication out)",
    "lpo_strict": "LPO, strict",
    "temp": "TEMP (publication not cited)",
    "unknown": "UNKNOWN (gold not in the knowledge base)",
}


def by_section(ranks: Iterable[CaseRank], regimes: Sequence[str]) -> dict[str, list[CaseRank]]:
    """Sort ranks into the sections of the report, each in the order of the cases.

    Args:
        ranks: Ranks of any regimes.
        regimes: Regimes to report.
    """
    found: dict[str, list[CaseRank]] = {name: [] for name, regime in SECTIONS.items() if regime in regimes}
    # The order of the file depends on where a run was resumed; that of the cases does not.
    for rank in sorted(ranks, key=lambda rank: rank.index):
        for name, section in found.items():
            if SECTIONS[name] == rank.regime and (name != "full_in_kb" or rank.in_kb):
                section.append(rank)
    return found


def summarise(
    ranks: Sequence[CaseRank], regimes: Sequence[str], *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """All figures of a run.

    Args:
        ranks: Ranks of the run.
        regimes: Regimes to report.
        seed: Seed of the intervals.
        resamples: Number of bootstrap samples.

    Returns:
        ``{"regimes": {...}, "calibration": {...} or None}``: shares in per cent, ``ece`` in points, ``mrr``,
        ``auroc``, ``auprc`` and ``brier`` 0-1.
    """
    temp = [rank for rank in ranks if rank.regime == "temp"]
    sections: dict[str, Any] = {}
    for name, section in by_section(ranks, regimes).items():
        if name == "unknown":
            sections[name] = _unknown(section, temp, seed, resamples)
            continue
        sections[name] = _levels(section, seed, resamples)
        many = [rank for rank in section if rank.findings >= MANY_FINDINGS]
        sections[name]["min3"] = _levels(many, seed, resamples)
    calibration = calibration_of(ranks)
    return {
        "regimes": sections,
        "calibration": None if calibration is None else _plain(calibration),
    }


def calibration_of(ranks: Iterable[CaseRank]) -> Calibration | None:
    """Calibration of the first answers of the TEMP cases; None without such cases.

    All of these have a disease that the annotations know, so their probabilities are judged given that it is known:
    the share set aside for "not in the knowledge base" would make every one of them too low.
    """
    temp = sorted((rank for rank in ranks if rank.regime == "temp"), key=lambda rank: rank.index)
    return calibrate_report(
        np.array([rank.answer_posterior / (1.0 - rank.unknown) for rank in temp]),
        np.array([rank.answer_score for rank in temp]),
        np.array([rank.rank("exact") <= 1 for rank in temp]),
    )


def curves(ranks: Sequence[CaseRank], regimes: Sequence[str]) -> dict[str, list[float]]:
    """Match curves at the exact level, by title of the section."""
    return {
        TITLES[name]: match_curve([rank.rank("exact") for rank in section], CURVE_DEPTH)
        for name, section in by_section(ranks, regimes).items()
        if section and name != "unknown"
    }


def _levels(section: Sequence[CaseRank], seed: int, resamples: int) -> dict[str, Any]:
    publications = [rank.publication for rank in section]
    found: dict[str, Any] = {}
    for level in LEVELS:
        figures = rank_figures([rank.rank(level) for rank in section], publications, seed=seed, resamples=resamples)
        found[level] = {"n": 0} if figures is None else _plain(figures)
    return found


def _unknown(section: Sequence[CaseRank], temp: Sequence[CaseRank], seed: int, resamples: int) -> dict[str, Any]:
    levels = _levels(section, seed, resamples)
    stated, known = np.array([rank.unknown for rank in section]), np.array([rank.unknown for rank in temp])
    area, precise = auroc(stated, known), auprc(stated, known)
    return {
        "n": len(section),
        "abstained": _percent([rank.abstained for rank in section]),
        "auroc": None if area is None else round(area, 4),
        # By guessing it is the share of unknown diseases, n / (n + temp_n).
        "auprc": None if area is None or precise is None else round(precise, 4),
        # The same figure where the disease is known: what the abstentions cost.
        "temp_n": len(temp),
        "temp_abstained": _percent([rank.abstained for rank in temp]),
        **{
            level: levels[level] | {"reachable": sum(rank.rank(level) < np.inf for rank in section)}
            for level in ("series", "gene")
        },
    }


def _percent(values: Sequence[bool]) -> float | None:
    return round(100.0 * sum(values) / len(values), 4) if values else None


def _plain(value: Any) -> Any:
    """Builtins with floats at four decimals: more would be noise, fewer would hide a tenth of a case."""
    plain = msgspec.to_builtins(value)

    def rounded(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: rounded(item) for key, item in part.items()}
        if isinstance(part, list | tuple):
            return [rounded(item) for item in part]
        return round(part, 4) if isinstance(part, float) else part

    return rounded(plain)


def against(
    ranks: Mapping[Key, CaseRank],
    others: Mapping[Key, CaseRank],
    regimes: Sequence[str],
    names: tuple[str, str],
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """A run beside its baseline: how often the disease itself comes first and among ten, paired by case.

    Args:
        ranks: Ranks of the run, by case and regime.
        others: Those of the baseline.
        regimes: Regimes to report.
        names: What both are called.
        seed: Seed of the bootstraps, which draw publications.

    Returns:
        ``{"score", "regimes", "words"}``; a regime has ``n`` and, for ``top1`` and ``top10``, run, baseline, difference
        and the ends of its interval, in per cent and points.
    """
    sections: dict[str, Any] = {}
    words = []
    for name, section in by_section(ranks.values(), regimes).items():
        pairs = [(one, other) for one in section if (other := others.get((one.index, one.regime))) is not None]
        if name == "unknown" or not pairs:
            continue
        found: dict[str, Any] = {"n": len(pairs)}
        for key, depth in (("top1", 1), ("top10", 10)):
            a, b = (
                {str(one.index): float(one.rank("exact") <= depth) for one in side} for side in zip(*pairs, strict=True)
            )
            test = paired_test(*names, a, b, {str(one.index): one.publication for one, _ in pairs}, seed=seed)
            if test is None:
                continue
            shares = (sum(side.values()) / len(pairs) for side in (a, b))
            found[key] = [round(100 * value, 4) for value in (*shares, test.difference, *test.interval)]
            if key == "top1":
                words.append(f"{TITLES[name]}: {verdict(test, measure='')}")
        sections[name] = found
    return {"score": names[1], "regimes": sections, "words": words}


COLUMNS = (
    "match",
    "n",
    "publications",
    "top-1",
    "top-3",
    "top-5",
    "top-10",
    "MRR",
    "macro top-1",
    "macro top-10",
)
_SHOWN = ("top1", "top3", "top5", "top10", "mrr", "macro_top1", "macro_top10")


def tables(result: dict[str, Any]) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """The report as tables.

    Returns:
        Title, column names and rows of cells of each.
    """
    found: list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]] = []
    for name, section in result["regimes"].items():
        rows = _rows(section, "")
        if "min3" in section:
            rows += _rows(section["min3"], f", ≥{MANY_FINDINGS} findings")
        found.append((TITLES[name], COLUMNS, rows))
        if name == "unknown":
            found.append(
                (
                    "Saying that the disease is not known",
                    ("n", "abstained %", "AUROC", "n (TEMP)", "abstained % (TEMP)"),
                    [
                        tuple(
                            "-" if section[key] is None else f"{section[key]:g}"
                            for key in ("n", "abstained", "auroc", "temp_n", "temp_abstained")
                        )
                    ],
                )
            )
    baseline = result.get("baseline")
    if baseline is not None:
        found.append(
            (
                f"Beside the baseline {baseline['score']} (the disease itself, paired, intervals by publication)",
                ("regime", "n", *(f"{what} {who}" for what in ("top-1", "top-10") for who in _AGAINST)),
                [
                    (
                        TITLES[name],
                        str(section["n"]),
                        *(cell for key in ("top1", "top10") for cell in _beside(section.get(key))),
                    )
                    for name, section in baseline["regimes"].items()
                ],
            )
        )
    calibration = result["calibration"]
    if calibration is not None:
        found.append(
            (
                "Calibration of the first answer (TEMP)",
                ("n", "ECE (points)", "Brier", "mean error by posterior", "mean error by score"),
                [
                    (
                        str(calibration["n"]),
                        f"{calibration['ece']:.1f}",
                        f"{calibration['brier']:.3f}",
                        f"{calibration['aurc']['posterior']:.3f}",
                        f"{calibration['aurc']['score']:.3f}",
                    )
                ],
            )
        )
    return found


_AGAINST = ("here", "baseline", "difference")


def _beside(figures: Sequence[float] | None) -> tuple[str, str, str]:
    if figures is None:
        return ("-", "-", "-")
    run, other, difference, low, high = figures
    return (f"{run:.1f}", f"{other:.1f}", f"{difference:+.1f} [{low:+.1f}, {high:+.1f}]")


def _rows(section: dict[str, Any], suffix: str) -> list[tuple[str, ...]]:
    rows = []
    for level in LEVELS:
        figures = section.get(level)
        if figures is None:
            continue
        if not figures["n"]:
            rows.append((level + suffix, "0", "0", *("-" for _ in _SHOWN)))
            continue
        cells = []
        for name in _SHOWN:
            low, high = figures["ci"][name]
            digits = 3 if name == "mrr" else 1
            cells.append(f"{figures[name]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]")
        rows.append((level + suffix, str(figures["n"]), str(figures["publications"]), *cells))
    return rows


def markdown(result: dict[str, Any]) -> str:
    """The report as a Markdown page."""
    lines = [
        "# Rare-disease benchmark",
        "",
        f"Score {result['score']}, {result['candidates']} diseases ranked, seed {result['seed']}. "
        "Per cent of cases with 95 % intervals "
        "by publication; macro figures weigh each publication the same. For research; not a medical device.",
        "",
        "Versions: " + "; ".join(f"{name} {version}" for name, version in result["versions"].items()) + ".",
    ]
    for title, columns, rows in tables(result):
        lines += ["", f"## {title}", "", f"| {' | '.join(columns)} |", "|" + " --- |" * len(columns)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    for words in (result.get("baseline") or {}).get("words", ()):
        lines += ["", words]
    for note, count in result["notes"].items():
        lines += ["", f"{count} cases {note}."]
    seconds = result["seconds_per_case"]
    if seconds is not None:
        lines += ["", f"{1000 * seconds:.1f} ms per case with evidence for the top 50, one at a time."]
    return "\n".join(lines) + "\n"
