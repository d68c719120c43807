"""Language models behind one call.

:func:`load` turns a name into a :class:`~workup.models.model.Model`; the part before the first ``/`` says what runs it
(``openai/``, ``gguf/``, ``smollm2``, ``hf/``, ``inspect/``, ``scripted/``, ``replay/``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from workup.models.loading import load

if TYPE_CHECKING:
    from workup.models.limits import Budget
    from workup.models.managed import Managed
    from workup.models.record import Call, JsonlRecorder, Recorder
    from workup.models.scripted import Scripted

_HOMES = {
    "Budget": "limits",
    "Call": "record",
    "JsonlRecorder": "record",
    "Managed": "managed",
    "Recorder": "record",
    "Scripted": "scripted",
}

__all__ = ["Budget", "Call", "JsonlRecorder", "Managed", "Recorder", "Scripted", "load"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"workup.models.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'workup.models' has no attribute {name!r}")
