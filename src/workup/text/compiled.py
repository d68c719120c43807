"""The compiled search for names, or None where the package was built without a C compiler and Python does its work."""

from __future__ import annotations

try:
    from workup.text import kernels
except ImportError:
    kernels = None  # type: ignore[assignment]

__all__ = ["kernels"]
