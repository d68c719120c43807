"""Cases in few words."""

from __future__ import annotations

from workup.case import Case, Finding, Reference


def case(name: str, present: str, gold: str = "", publication: str | None = None, **changes: object) -> Case:
    reference = {
        "diagnoses": tuple(gold.split()),
        "labels": changes.pop("labels", ()),
        "genes": changes.pop("genes", ()),
    }
    return Case(
        id=name,
        findings=tuple(Finding(f"HP:{number}") for number in present.split()),
        publication=publication,
        reference=Reference(**reference) if gold else None,  # type: ignore[arg-type]
        **changes,  # type: ignore[arg-type]
    )
