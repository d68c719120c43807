"""What is known about diseases: ontology, annotations, disease ids."""

from __future__ import annotations

from workup.knowledge.base import Knowledge

__all__ = ["Knowledge"]
