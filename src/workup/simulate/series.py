"""Phone and wearable days of people, with planted effects and missing days, in GLOBEM's column layout.

    people/FeatureData/steps.csv   pid,date,f_steps:fitbit_steps_intraday_rapids_sumsteps:allday
                                   SIM_003,2019-04-01,8123
    people/SurveyData/dep_weekly.csv   pid,date,feel_anxious,feel_depressed,BDI2,dep

In people with the label, sleep gets shorter, bedtime later and steps fewer over the weeks; streams of the others drift
by chance. People differ in their level far more than the effects, days are noisy, weekends differ, days are missing.

Shows: whether a pipeline reads the layout and finds effects whose size is known. Cannot show: that such effects exist
in people or how well anything would screen; sizes are ours, and larger than studies find.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from workup.knowledge.arrays import Array
from workup.signals.globem import STREAMS
from workup.simulate.labelling import labelled

LIMITS = "effects are planted, and larger than studies of people find"
FIRST_DAY = date(2019, 4, 1)  # a Monday

Share = Annotated[float, Meta(ge=0, le=1)]


class SeriesOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How people are drawn.

    Attributes:
        days: Days of each.
        label: Share with the label.
        sleep_change: Minutes of sleep gained from the first to the last day by people with the label.
        bedtime_change: Minutes by which their bedtime gets later.
        steps_change: Share of their steps gained from the first to the last day; negative for a fall.
        missing: Share of days missing, by stream.
        gap: Share of people with a run of a week without the watch.
    """

    days: Annotated[int, Meta(ge=14, le=366)] = 28
    label: Share = 0.5
    sleep_change: float = -70.0
    bedtime_change: float = 60.0
    steps_change: Annotated[float, Meta(ge=-1)] = -0.4
    missing: Share = 0.1
    gap: Share = 0.15


# Stream -> mean, spread between people, spread between days, gain on weekends; in the stream's unit.
_LEVELS: Mapping[str, tuple[float, float, float, float]] = {
    "steps": (9000, 2500, 2200, -800),
    "sleep": (430, 40, 55, 35),
    "bedtime": (1430, 50, 45, 40),
    "screen": (200, 70, 50, 20),
    "unlocks": (80, 25, 18, -5),
    "distance": (22000, 9000, 9000, 3000),
    "home": (800, 150, 120, 60),
    "calls": (3, 1.5, 1.8, 0.5),
}
_WATCH = ("steps", "sleep", "bedtime")


def globem_files(people: int, seed: int, options: SeriesOptions | None = None) -> dict[str, str]:
    """Files of a cohort, path below its folder -> text; person i depends on the seed and on i alone.

    >>> sorted(globem_files(1, 0))[:2]
    ['FeatureData/call.csv', 'FeatureData/location.csv']
    """
    chosen = options or SeriesOptions()
    dates = [FIRST_DAY + timedelta(days=day) for day in range(chosen.days)]
    tables: dict[str, list[list[str]]] = {}
    weekly, endterm, platform = [], [], []
    for person in range(people):
        random = np.random.default_rng((seed, person))
        pid, label = f"SIM_{person:04d}", bool(random.random() < chosen.label)
        series = _person(label, dates, chosen, random)
        for kind in sorted({stream.file for stream in STREAMS.values()}):
            names = [name for name, stream in STREAMS.items() if stream.file == kind]
            for day, when in enumerate(dates):
                cells = ["" if np.isnan(series[name][day]) else f"{series[name][day]:g}" for name in names]
                if any(cells):
                    tables.setdefault(kind, []).append([pid, when.isoformat(), *cells])
        for day in range(6, chosen.days, 7):
            mood = int(np.clip(round(random.normal(2.2 if label else 0.8, 0.7)), 0, 4))
            weekly.append([pid, dates[day].isoformat(), str(mood), str(mood), "", str(label)])
        score = int(np.clip(round(random.normal(20 if label else 6, 3)), 14 if label else 0, 63 if label else 13))
        endterm.append([pid, (dates[-1] + timedelta(days=1)).isoformat(), str(score), str(label)])
        platform.append([pid, "ios"])
    files = {
        f"FeatureData/{kind}.csv": _csv(
            ["pid", "date", *(stream.column for stream in STREAMS.values() if stream.file == kind)], rows
        )
        for kind, rows in tables.items()
    }
    files["SurveyData/dep_weekly.csv"] = _csv(["pid", "date", "feel_anxious", "feel_depressed", "BDI2", "dep"], weekly)
    files["SurveyData/dep_endterm.csv"] = _csv(["pid", "date", "BDI2", "dep"], endterm)
    files["ParticipantsInfoData/platform.csv"] = _csv(["pid", "platform"], platform)
    label_of = labelled("series", seed=seed, limits=LIMITS, options=msgspec.to_builtins(chosen))
    files["provenance.json"] = msgspec.json.encode(label_of).decode() + "\n"
    return files


def _person(label: bool, dates: list[date], options: SeriesOptions, random: np.random.Generator) -> dict[str, Array]:
    """Values of each stream by day; NaN for a missing day."""
    days = len(dates)
    course = np.linspace(0, 1, days)
    weekend = np.array([when.weekday() >= 5 for when in dates], dtype=float)
    series = {}
    for name, (mean, between, within, extra) in _LEVELS.items():
        level = max(mean / 4, random.normal(mean, between))
        change = random.normal(0, within / 6)
        if label and name == "sleep":
            change += options.sleep_change
        elif label and name == "bedtime":
            change += options.bedtime_change
        elif label and name == "steps":
            change += options.steps_change * level
        values = level + change * (course - 0.5) + extra * weekend + random.normal(0, within, days)
        values = np.maximum(np.round(values), 0)
        values[random.random(days) < options.missing] = np.nan
        series[name] = values
    if random.random() < options.gap and days > 7:
        start = int(random.integers(days - 7))
        for name in _WATCH:
            series[name][start : start + 7] = np.nan
    return series


def _csv(header: list[str], rows: list[list[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return stream.getvalue()
