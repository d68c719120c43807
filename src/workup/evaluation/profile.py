"""The profile of a model: its runs on benchmarks of several kinds, by the dimension that each is about (system 36).

    dimension           benchmark       value               baseline
    medical reasoning   medqa           0.61 [0.57, 0.65]   0.24 (majority)
    clinical safety     medic-safety    0.88 [0.81, 0.93]   -

Dimensions are those of MEDIC (arXiv 2409.07314); which benchmark is about which is ours. A dimension is the mean of its
benchmarks' headlines, each 0-1; one without a run is empty and is said to be, never left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec
from jinja2 import Environment

from workup.evaluation.scoring import RunScores
from workup.evaluation.stats import Interval

DIMENSIONS: dict[str, tuple[str, ...]] = {
    "medical reasoning": (
        *("medqa*", "medmcqa", "mmlu-*", "medbullets", "afrimedqa", "pubmedqa", "medarabiq*", "medcasereasoning"),
        *("diagnosis-arena*", "medr-bench", "mediq*", "rarebench", "glianorex", "cases"),
    ),
    "ethics and bias": ("medic-bias",),
    "data and language understanding": (
        "nli4ct",
        "drbench",
        "n2c2-plan",
        "aci-bench",
        "globem",
        "simulated-cohort",
        "medic-open",
    ),
    "in-context learning": ("rjua-qa*", "r2med", "*-retrieval", "txagent*", "medcalc-bench"),
    "clinical safety": ("medic-safety", "medrect", "healthbench"),
}
OTHER = "other"
_SIZE, _RADIUS = 460, 150
_COLOURS = ("#1b6ca8", "#c44e00", "#2e7d32", "#7b3fa0", "#8d6e00", "#5f6b6d")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One run in a profile.

    Attributes:
        who: Reasoner and model.
        dimension: What the benchmark is about.
        benchmark: Its name.
        metric: Its headline.
        value: The headline's value; None when nothing could be measured.
        interval: 95 % interval.
        n: Cases.
        baseline: The value of the conventional baseline beside it; None without one.
        baseline_name: Its name.
        words: What the pairs with the baseline show.
    """

    who: str
    dimension: str
    benchmark: str
    metric: str
    value: float | None
    interval: Interval | None
    n: int
    baseline: float | None = None
    baseline_name: str = ""
    words: tuple[str, ...] = ()


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of one or several models by dimension.

    Attributes:
        entries: The runs.
        means: Mean headline by model and dimension; a dimension without a run is not in it.
        missing: Dimensions without a run, by model.
    """

    entries: tuple[Entry, ...]
    means: dict[str, dict[str, float]]
    missing: dict[str, tuple[str, ...]]


def dimension_of(benchmark: str) -> str:
    """What a benchmark is about.

    >>> dimension_of("medqa-open"), dimension_of("toy")
    ('medical reasoning', 'other')
    """
    for name, patterns in DIMENSIONS.items():
        if any(fnmatchcase(benchmark, pattern) for pattern in patterns):
            return name
    return OTHER


def profile(runs: Sequence[RunScores]) -> Profile:
    """The profile of scored runs; several runs of one model on one benchmark stand side by side."""
    entries = [_entry(run) for run in runs]
    sums: dict[str, dict[str, list[float]]] = {}
    for one in entries:
        if one.value is not None and 0 <= one.value <= 1:
            sums.setdefault(one.who, {}).setdefault(one.dimension, []).append(one.value)
        else:
            sums.setdefault(one.who, {})
    means = {
        who: {name: sum(found[name]) / len(found[name]) for name in (*DIMENSIONS, OTHER) if name in found}
        for who, found in sums.items()
    }
    missing = {who: tuple(name for name in DIMENSIONS if name not in found) for who, found in means.items()}
    order = [*DIMENSIONS, OTHER]
    entries.sort(key=lambda one: (one.who, order.index(one.dimension), one.benchmark))
    return Profile(entries=tuple(entries), means=means, missing=missing)


def _entry(run: RunScores) -> Entry:
    headline = next(iter(run.estimates), None)
    other = next(iter(run.baseline.estimates), None) if run.baseline else None
    name = str(run.manifest["benchmark"])
    return Entry(
        who=run.name,
        dimension=dimension_of(name),
        benchmark=name,
        metric=headline.metric if headline else "-",
        value=headline.value if headline else None,
        interval=headline.interval if headline else None,
        n=headline.n if headline else 0,
        baseline=other.value if other else None,
        baseline_name=run.baseline.name if run.baseline else "",
        words=run.words,
    )


def radar(found: Profile) -> str:
    """The means as a radar plot in SVG: a spoke a dimension, the rim is 1; a dimension without a run has no point."""
    names = list(DIMENSIONS)
    middle = _SIZE / 2

    def at(spoke: int, value: float) -> tuple[float, float]:
        angle = 2 * math.pi * spoke / len(names) - math.pi / 2
        return (
            round(middle + _RADIUS * value * math.cos(angle), 1),
            round(middle + _RADIUS * value * math.sin(angle), 1),
        )

    rings = [
        " ".join(f"{x},{y}" for x, y in (at(i, level) for i in range(len(names)))) for level in (0.25, 0.5, 0.75, 1)
    ]
    spokes = [(name, *at(i, 1), *at(i, 1.17)) for i, name in enumerate(names)]
    shapes = []
    for number, (who, means) in enumerate(found.means.items()):
        points = [at(i, means[name]) for i, name in enumerate(names) if name in means]
        # A closed line only where every dimension was measured: nothing is drawn across a gap.
        line = " ".join(f"{x},{y}" for x, y in points) if len(points) == len(names) else ""
        shapes.append((who, _COLOURS[number % len(_COLOURS)], points, line, 20 + 18 * number))
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_RADAR)
    height = _SIZE + 30 + 18 * len(shapes)
    return page.render(size=_SIZE, height=height, middle=middle, rings=rings, spokes=spokes, shapes=shapes)


_RADAR = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{ size }} {{ height }}" width="{{ size }}" height="{{ height }}"
 font-family="sans-serif" font-size="12" role="img" aria-label="Profile by dimension">
{% for ring in rings %}<polygon points="{{ ring }}" fill="none" stroke="#ccc"/>
{% endfor %}
{% for name, x, y, tx, ty in spokes %}
<line x1="{{ middle }}" y1="{{ middle }}" x2="{{ x }}" y2="{{ y }}" stroke="#ccc"/>
<text x="{{ tx }}" y="{{ ty }}" text-anchor="middle">{{ name }}</text>
{% endfor %}
{% for who, colour, points, line, y in shapes %}
{% if line %}<polygon points="{{ line }}" fill="{{ colour }}" fill-opacity="0.15" stroke="{{ colour }}"/>
{% endif %}
{% for px, py in points %}<circle cx="{{ px }}" cy="{{ py }}" r="4" fill="{{ colour }}"/>
{% endfor %}
<rect x="20" y="{{ size + y - 10 }}" width="12" height="12" fill="{{ colour }}"/>
<text x="38" y="{{ size + y }}">{{ who }}</text>
{% endfor %}
</svg>
"""
