"""The published systems this project implements, and what each of them claims.

* :mod:`workup.systems.records`: the catalogue and the claims, which are data (``catalogue.json`` and
  ``claims/NN.json``).
* :mod:`workup.systems.measurements`: the code that measures claims, one module per system.
* :mod:`workup.systems.reproduction`: measures the claims of one system on the files in a folder.
* ``python -m workup.systems.docs``: writes the pages; ``python -m workup.systems.pin`` helps to
  maintain claims.
"""

from __future__ import annotations

from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Bound, Claim, System, catalogue, claims, find
from workup.systems.reproduction import Report, Result, reproduce

__all__ = [
    "Bound",
    "Claim",
    "Measurement",
    "Report",
    "Result",
    "System",
    "catalogue",
    "claims",
    "find",
    "measurement",
    "reproduce",
]
