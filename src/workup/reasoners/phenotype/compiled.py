"""The compiled inner loops, or None where the package was built without a C compiler and numpy does their work."""

from __future__ import annotations

try:
    from workup.reasoners.phenotype import kernels
except ImportError:
    kernels = None  # type: ignore[assignment]

__all__ = ["kernels"]
