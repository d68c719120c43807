"""The compiled inner loops, or None where the package was built without a C compiler and numpy does their work."""

from __future__ import annotations

import os

try:
    from workup.reasoners.phenotype import kernels, making
except ImportError:
    kernels = making = None  # type: ignore[assignment]

__all__ = ["kernels", "making", "usable_cores"]


def usable_cores() -> int:
    """Cores that a batch may use: those of the machine, or as many as ``OMP_NUM_THREADS`` allows."""
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return int(allowed) if allowed.isdecimal() and int(allowed) > 0 else (os.cpu_count() or 1)
