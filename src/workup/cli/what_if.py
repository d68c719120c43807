"""``workup diagnose --add --exclude --drop``: what if findings were other than they are, and what moves then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from workup.case import Case, Finding
from workup.errors import DataError, UserError

if TYPE_CHECKING:
    from rich.console import Console

    from workup.knowledge.hpo import Ontology
    from workup.reasoning import Reasoning


class WhatIf:
    """Findings to add, to exclude and to drop; false when nothing is asked."""

    def __init__(self, add: Sequence[str] = (), exclude: Sequence[str] = (), drop: Sequence[str] = ()) -> None:
        self.add = tuple(text.strip() for text in add)
        self.exclude = tuple(text.strip() for text in exclude)
        self.drop = tuple(text.strip() for text in drop)

    def __bool__(self) -> bool:
        return bool(self.add or self.exclude or self.drop)

    def apply(self, case: Case, ontology: Ontology | None = None) -> Case:
        """The changed case; the same object when nothing is asked.

        Args:
            case: The case.
            ontology: With it, an id, an older id, a label and a synonym of one term all mean the same.

        Raises:
            UserError: A finding to add or exclude is no term of the ontology.
            DataError: A finding to drop is not in the case.
        """
        if not self:
            return case

        def meanings(text: str | None) -> set[str]:
            if not text:
                return set()
            terms = ontology.resolve(text).terms if ontology else ()
            return {text.casefold(), *(ontology.id(term).casefold() for term in terms if ontology)}

        for option, texts in (("--add", self.add), ("--exclude", self.exclude)):
            for text in texts:
                if not text:
                    raise UserError(f"{option} is empty; give an HPO id or a label")
                if ontology and not ontology.resolve(text).terms:
                    near = " or ".join(ontology.near_names(text))
                    advice = f"did you mean {near}?" if near else "look the finding up at hpo.jax.org"
                    raise UserError(f"{option} {text}: not a term of the ontology; {advice}")
        named = [(finding, meanings(finding.id) | meanings(finding.label)) for finding in case.findings]
        known = set[str]().union(*(names for _, names in named))
        for text in self.drop:
            if not meanings(text) & known:
                has = ", ".join(f"{f.id} {f.label or ''}".strip() for f in case.findings[:20]) or "none at all"
                raise DataError(f"--drop {text}: the case has no such finding", remedy=f"its findings: {has}")
        gone = set[str]().union(*(meanings(text) for text in (*self.add, *self.exclude, *self.drop)))
        kept = tuple(finding for finding, names in named if not names & gone)
        added = tuple(Finding(id=text) for text in self.add)
        excluded = tuple(Finding(id=text, status="excluded") for text in self.exclude)
        return msgspec.structs.replace(case, findings=(*kept, *added, *excluded))


def moves(before: Reasoning, after: Reasoning) -> list[dict[str, Any]]:
    """How ranks and probabilities of the leading diseases moved."""
    old = {hypothesis.id: hypothesis for hypothesis in before.differential}
    new = {hypothesis.id: hypothesis for hypothesis in after.differential}
    leading = dict.fromkeys([h.id for h in after.differential[:10]] + [h.id for h in before.differential[:10]])
    rows = []
    for disease in leading:
        was, now = old.get(disease), new.get(disease)
        known = now or was
        rows.append(
            {
                "id": disease,
                "label": known.label if known else "",
                "rank_before": was.rank if was else None,
                "rank_after": now.rank if now else None,
                "probability_before": was.probability if was else None,
                "probability_after": now.probability if now else None,
            }
        )
    return rows


def print_moves(moved: list[dict[str, Any]], console: Console) -> None:
    """Print them as a table."""
    from rich.table import Table

    table = Table(title="What changed", box=None, title_justify="left", padding=(0, 1))
    for heading in ("disease", "rank before", "rank now", "probability before", "probability now"):
        table.add_column(heading, justify="left" if heading == "disease" else "right")
    for row in moved:
        cells = [
            "beyond the list" if row[key] is None else f"{row[key]:g}" for key in ("rank_before", "rank_after")
        ] + ["" if row[key] is None else f"{row[key]:.1%}" for key in ("probability_before", "probability_after")]
        table.add_row(f"{row['label']} ({row['id']})", *cells)
    console.print(table)
