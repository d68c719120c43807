"""Simulated clinical tables whose outcome follows a known index of two columns.

* ``shock-index``: heart rate over systolic pressure decides (Allgöwer and Burri 1967).
* ``body-mass``: weight over height squared decides.

The chance of the outcome is logistic in the standardised index. Beside it stand columns that say nothing, and one that
is written because of the outcome: no rule may read it, and whoever reads it gets everything right. What this can show:
that a search finds a quantity that is there. What it cannot: that real tables hold one.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from workup.features.table import Column, Table
from workup.knowledge.arrays import Array

Truth = Literal["shock-index", "body-mass"]

_COLUMNS = (
    Column("age", "years"),
    Column("heart_rate", "beats a minute at arrival"),
    Column("systolic_pressure", "mmHg at arrival"),
    Column("temperature", "degrees Celsius"),
    Column("weight", "kg"),
    Column("height", "m"),
    Column("creatinine", "mg/dl"),
    Column("treated", "treatment given for the outcome", role="afterwards"),
    Column("outcome", "1 when it happened", role="target"),
)


def simulated_table(truth: Truth, n: int, *, seed: int = 0, steepness: float = 40.0) -> tuple[Table, Array]:
    """A table and the index that decides, ``(n,)``.

    Args:
        truth: Which index.
        n: Rows.
        seed: Seed.
        steepness: Log odds per standard deviation of the index; 0 for an outcome that nothing tells.

    >>> table, index = simulated_table("shock-index", 100)
    >>> table.names[1:3], float(np.round(table.rows.values[0, 1] / table.rows.values[0, 2] - index[0], 9))
    (('heart_rate', 'systolic_pressure'), 0.0)
    """
    random = np.random.default_rng(seed)
    age = random.uniform(20, 90, n)
    heart_rate = np.clip(random.normal(95, 25, n), 40, 190)
    pressure = np.clip(random.normal(120, 28, n), 60, 220)
    temperature = random.normal(37.2, 0.8, n)
    height = np.clip(random.normal(1.70, 0.13, n), 1.3, 2.1)
    weight = np.clip(random.normal(76, 18, n), 35, 160)
    creatinine = random.lognormal(0.0, 0.4, n)
    index = heart_rate / pressure if truth == "shock-index" else weight / height**2
    centred = (index - np.median(index)) / index.std()
    outcome = random.random(n) < 1 / (1 + np.exp(-steepness * centred))
    columns = (age, heart_rate, pressure, temperature, weight, height, creatinine, outcome, outcome)
    return Table(_COLUMNS, np.column_stack(columns)), index
