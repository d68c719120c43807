"""Notes found for columns, and how a proposer sees them."""

from __future__ import annotations

from workup.features.column_notes import notes_on
from workup.features.table import Column

NOTES = {
    "shock": "The shock index is heart rate over systolic pressure.",
    "bmi": "Weight over the square of the height is the body-mass index.",
    "gout": "Urate is raised in gout.",
}
COLUMNS = (Column("heart_rate", "beats a minute"), Column("weight", "kg"), Column("height", "m"))


def test_each_note_is_given_once_and_others_are_not() -> None:
    found = notes_on(COLUMNS, NOTES)
    assert sorted(found) == sorted([NOTES["shock"], NOTES["bmi"]])


def test_the_best_of_each_column_first_and_no_more_than_asked_for() -> None:
    assert notes_on(COLUMNS, NOTES, each=1) == [NOTES["shock"], NOTES["bmi"]]
    assert notes_on((), NOTES) == []
    assert notes_on((Column("potassium", "mmol/l"),), NOTES) == []
