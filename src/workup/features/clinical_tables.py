"""A real clinical table that comes with scikit-learn: Breast Cancer Wisconsin (Diagnostic).

569 fine needle aspirates, 30 measurements of nuclei, benign or malignant (Wolberg, Street, Mangasarian 1995; UCI, where
it is offered under CC BY 4.0). scikit-learn 1.9.1, itself BSD-3-Clause, ships it; its ``descr/breast_cancer.rst`` names
UCI and states no licence of the data. It is read from the installed package and never copied.
"""

from __future__ import annotations

import numpy as np

from workup.errors import MissingExtra
from workup.features.table import Column, Table


def breast_cancer() -> Table:
    """The table; the target is 1 for malignant.

    Raises:
        MissingExtra: scikit-learn is not installed.

    >>> table = breast_cancer()
    >>> len(table.rows.target), len(table.names), int(table.rows.target.sum())
    (569, 30, 212)
    """
    try:
        from sklearn.datasets import load_breast_cancer
    except ImportError as error:
        raise MissingExtra("stats", "the breast cancer table") from error
    bunch = load_breast_cancer()
    columns = [Column(str(name).replace(" ", "_"), f"{name} of the nuclei") for name in bunch.feature_names]
    columns.append(Column("malignant", "by histology", role="target"))
    return Table(columns, np.column_stack([bunch.data, bunch.target == 0]))
