"""GLOBEM: daily features of phones and watches with depression questionnaires, read as released.

Paper: Xu et al. 2022 (GLOBEM, NeurIPS Datasets and Benchmarks). A cohort is a folder::

    FeatureData/steps.csv[.gz]   pid,date,f_steps:fitbit_steps_intraday_rapids_sumsteps:allday,...
    FeatureData/rapids.csv       the same with all sensors in one file
    SurveyData/dep_endterm.csv   pid,date,BDI2,dep
    SurveyData/dep_weekly.csv    pid,date,feel_anxious,feel_depressed,BDI2,dep

Only the few columns that a person can make sense of are read (:data:`STREAMS`); a column that a file lacks is an issue.
Missing days are NaN and stay so. Split people, never days, and never people of one cohort year by chance alone.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np

from workup.errors import DataError, Issue
from workup.io.safe import decode_text, open_source
from workup.knowledge.arrays import Array


class Stream(msgspec.Struct, frozen=True):
    """One daily feature.

    Attributes:
        file: Which file of ``FeatureData`` holds it.
        column: Its column there.
        title: What it is, in words.
        unit: Unit of its values.
        meaning: What it may tell, in a sentence for a prompt.
    """

    file: str
    column: str
    title: str
    unit: str
    meaning: str


STREAMS: Mapping[str, Stream] = {
    "steps": Stream(
        "steps",
        "f_steps:fitbit_steps_intraday_rapids_sumsteps:allday",
        "steps",
        "steps",
        "how much the person walks; less activity can go with low mood",
    ),
    "sleep": Stream(
        "sleep",
        "f_slp:fitbit_sleep_intraday_rapids_sumdurationasleepunifiedmain:allday",
        "time asleep",
        "minutes",
        "main sleep; both short and long sleep can go with low mood",
    ),
    "bedtime": Stream(
        "sleep",
        "f_slp:fitbit_sleep_summary_rapids_firstbedtimemain:allday",
        "bedtime",
        "minutes after midnight of the day before",
        "when the main sleep begins; 1440 is midnight",
    ),
    "screen": Stream(
        "screen",
        "f_screen:phone_screen_rapids_sumdurationunlock:allday",
        "phone use",
        "minutes",
        "time with the phone unlocked",
    ),
    "unlocks": Stream(
        "screen",
        "f_screen:phone_screen_rapids_countepisodeunlock:allday",
        "phone unlocks",
        "times",
        "how often the phone is unlocked",
    ),
    "distance": Stream(
        "location",
        "f_loc:phone_locations_doryab_totaldistance:allday",
        "distance travelled",
        "metres",
        "how far the person moves about",
    ),
    "home": Stream(
        "location",
        "f_loc:phone_locations_barnett_hometime:allday",
        "time at home",
        "minutes",
        "time at the place of most nights; withdrawal can raise it",
    ),
    "calls": Stream(
        "call",
        "f_call:phone_calls_rapids_outgoing_count:allday",
        "outgoing calls",
        "calls",
        "how often the person calls others",
    ),
}


# As pandas, spreadsheets and R write it.
_LABELS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


class Person(msgspec.Struct, frozen=True):
    """Days of one person.

    Attributes:
        pid: Id within the cohort.
        cohort: Name of the cohort's folder.
        dates: The days, without gaps.
        streams: Values by stream and day, ``(days,)``; NaN for a missing one.
        label: Whether the questionnaire at the end of term says depressed (BDI-II); None when not answered.
        score: BDI-II at the end of term.
    """

    pid: str
    cohort: str
    dates: tuple[date, ...]
    streams: dict[str, Array]
    label: bool | None = None
    score: float | None = None


def read_globem(folder: Path, *, days: int = 28) -> Iterator[Person | Issue]:
    """People of one cohort, each with the last ``days`` days before the questionnaire at the end of term.

    Without a questionnaire the last days on record are taken.

    Raises:
        DataError: The folder holds no features.
    """
    features = folder / "FeatureData"
    values: dict[str, dict[str, dict[date, float]]] = {}
    found = False
    for kind in sorted({stream.file for stream in STREAMS.values()}):
        path = _file(features, kind) or _file(features, "rapids")
        if path is None:
            yield Issue(
                message=f"has no {kind}.csv", path=str(features), code="missing", remedy="its streams stay empty"
            )
            continue
        found = True
        yield from _features(path, kind, values)
    if not found:
        raise DataError(
            "holds no feature file of GLOBEM", path=str(folder), remedy="name the folder that holds FeatureData"
        )
    ends: dict[str, tuple[date, float | None, bool | None]] = {}
    survey = _file(folder / "SurveyData", "dep_endterm")
    for row in [] if survey is None else _rows(survey):
        if (when := _date(row.get("date", ""))) is not None:
            label = _LABELS.get(row.get("dep", "").strip().lower())
            ends[row.get("pid", "")] = (when, _number(row.get("BDI2", "")), label)
    for pid in sorted(values):
        known = sorted({when for stream in values[pid].values() for when in stream})
        if not known:
            continue
        last, score, label = ends.get(pid, (known[-1] + timedelta(days=1), None, None))
        dates = tuple(last - timedelta(days=back) for back in range(days, 0, -1))
        streams = {name: np.array([values[pid].get(name, {}).get(when, np.nan) for when in dates]) for name in STREAMS}
        if all(np.isnan(one).all() for one in streams.values()):
            yield Issue(message="has no values before its questionnaire", record=pid, path=str(folder), code="empty")
            continue
        yield Person(pid, folder.name, dates, streams, label, score)


def _features(path: Path, kind: str, values: dict[str, dict[str, dict[date, float]]]) -> Iterator[Issue]:
    wanted = {name: stream.column for name, stream in STREAMS.items() if stream.file == kind}
    absent: set[str] = set()
    for number, row in enumerate(_rows(path), 1):
        pid, when = row.get("pid", "").strip(), _date(row.get("date", ""))
        if not pid or when is None:
            yield Issue(
                message="a row has no pid or date",
                path=str(path),
                record=f"row {number}",
                field="date" if pid else "pid",
                code="row",
                severity="error",
                remedy="fill it in or leave the row out",
            )
            continue
        for name, column in wanted.items():
            if column not in row:
                absent.add(column)
            elif (value := _number(row[column])) is not None:
                values.setdefault(pid, {}).setdefault(name, {})[when] = value
    for column in sorted(absent):
        yield Issue(
            message="is not a column", path=str(path), field=column, code="column", remedy="the stream stays empty"
        )


def _file(folder: Path, name: str) -> Path | None:
    return next((one for end in (".csv", ".csv.gz") if (one := folder / f"{name}{end}").is_file()), None)


def _rows(path: Path) -> Sequence[dict[str, str]]:
    with open_source(path) as source:
        text = decode_text(source.read(), str(path))
    read = csv.DictReader(io.StringIO(text))
    try:
        return [{key: value or "" for key, value in row.items() if key is not None} for row in read]
    except csv.Error as error:
        raise DataError(f"is no table: {error}", path=str(path), remedy="save it as CSV again") from error


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
