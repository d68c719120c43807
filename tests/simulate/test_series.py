"""Wearable days in GLOBEM's layout, and hospital events."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from workup.cli import cli
from workup.errors import Issue
from workup.signals.globem import Person, read_globem
from workup.signals.statistics import figures
from workup.simulate.hospital import stays, table
from workup.simulate.series import SeriesOptions, globem_files


def people(folder: Path, n: int, seed: int, options: SeriesOptions | None = None) -> list[Person]:
    for name, text in globem_files(n, seed, options).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    read = list(read_globem(folder))
    assert not [one for one in read if isinstance(one, Issue)]
    return [one for one in read if isinstance(one, Person)]


def test_planted_effects_are_there_and_nobody_else_has_them(tmp_path: Path) -> None:
    read = people(tmp_path, 80, 5)
    assert len(read) == 80
    change = {
        label: np.nanmean([figures(one.streams["sleep"], one.dates).slope or 0 for one in read if one.label is label])
        for label in (True, False)
    }
    assert change[True] == pytest.approx(-70 / 27, abs=0.6)
    assert change[False] == pytest.approx(0, abs=0.6)


def test_missing_days_are_as_many_as_asked_for(tmp_path: Path) -> None:
    read = people(tmp_path, 40, 2, SeriesOptions(missing=0.3, gap=0))
    share = np.mean([np.isnan(one.streams["screen"]).mean() for one in read])
    assert share == pytest.approx(0.3, abs=0.06)


def test_a_person_does_not_depend_on_how_many_there_are() -> None:
    assert globem_files(5, 1) == globem_files(5, 1)
    assert globem_files(3, 1)["FeatureData/steps.csv"] in globem_files(5, 1)["FeatureData/steps.csv"]


def test_stays_are_in_order_with_orders_before_results() -> None:
    for events in stays(30, 4):
        times = [one.time for one in events]
        assert times == sorted(times)
        assert events[2].code == "ADMISSION//EMERGENCY"
        assert events[-1].code in ("DEATH", "DISCHARGE//HOME")
        ordered = [one.time for one in events if one.code == "ORDER//LAB//LACTATE//MMOL_L"]
        known = [one.time for one in events if one.code == "LAB//LACTATE//MMOL_L"]
        assert len(ordered) == len(known)
        assert all(first < second for first, second in zip(ordered, known, strict=True))


def test_lactate_falls_in_survivors_of_sepsis_and_rises_in_those_who_die() -> None:
    change: dict[bool, list[float]] = {True: [], False: []}
    for events in stays(300, 1):
        lactate = [one.numeric_value or 0 for one in events if one.code == "LAB//LACTATE//MMOL_L"]
        if events[2].text_value == "sepsis" and len(lactate) > 2:
            change[events[-1].code == "DEATH"].append(lactate[-1] - lactate[0])
    assert np.mean(change[True]) > 0.5
    assert np.mean(change[False]) < -1.5


def test_the_table_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(table(stays(3, 0), 0))))
    assert {row["subject_id"] for row in rows} == {"0", "1", "2"}
    assert all("simulated" in row["provenance"] for row in rows)
    assert all(datetime.fromisoformat(row["time"]).year >= 2019 for row in rows if row["code"] != "MEDS_BIRTH")


def test_a_stay_makes_sense_to_a_clinician() -> None:
    belongs = {
        "sepsis": {"BLOOD_CULTURE", "ANTIBIOTIC_IV", "FLUID_BOLUS"},
        "heart failure": {"FUROSEMIDE_IV", "ECHOCARDIOGRAPHY"},
        "hip fracture": {"HIP_RADIOGRAPH", "PARACETAMOL_IV", "ENOXAPARIN_SC", "HIP_SURGERY"},
        "pneumonia": {"CHEST_RADIOGRAPH", "ANTIBIOTIC_IV"},
    }
    homes = 0
    for events in stays(120, 6):
        birth, gender, admission, *rest = events
        assert (birth.code, admission.code) == ("MEDS_BIRTH", "ADMISSION//EMERGENCY")
        assert gender.code in ("GENDER//FEMALE", "GENDER//MALE")
        reason = admission.text_value or ""
        age = (admission.time - birth.time).days / 365.25
        assert 18 < age < 99
        assert reason != "hip fracture" or age > 64
        orders = {one.code.removeprefix("ORDER//") for one in rest if one.code.startswith("ORDER//")}
        drugs = {one for one in orders if not one.startswith("LAB//")}
        assert drugs - {"OXYGEN"} == belongs[reason]
        saturations = [one for one in rest if one.code.startswith("VITAL//OXYGEN")]
        low = [one.time for one in saturations if (one.numeric_value or 0) < 92]
        oxygen = [one.time for one in rest if one.code == "ORDER//OXYGEN"]
        assert bool(low) == bool(oxygen)
        assert not low or min(low) < oxygen[0]
        assert events[-1].code in ("DEATH", "DISCHARGE//HOME")
        if events[-1].code == "DISCHARGE//HOME":
            homes += 1
            assert 10 <= events[-1].time.hour < 17
        assert all(
            one.time.microsecond == 0 for one in events[3:] if not one.code.startswith(("VITAL", "LAB", "ORDER"))
        )
        surgery = [one.time for one in rest if one.code == "PROCEDURE//HIP_SURGERY"]
        assert (len(surgery) == 1) == (reason == "hip fracture")
        for one in rest:
            if one.code.startswith("VITAL//") and "TEMPERATURE" not in one.code:
                assert one.numeric_value == int(one.numeric_value or 0)
    assert homes > 80


def test_the_verb_writes_a_cohort_folder(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["synthesize", "series", "--n", "2", "--out", str(tmp_path / "c")])
    assert done.exit_code == 0
    assert len([one for one in read_globem(tmp_path / "c") if isinstance(one, Person)]) == 2
