"""Options of every agent that uses tools: what the tools answer from, and what may be called.

>>> options = ToolOptions(live="pubmed, openfda")
>>> options.sources().live
('pubmed', 'openfda')
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from workup.knowledge.tools.tool import Sources, Tool
from workup.knowledge.tools.toolbox import LONGEST, Toolbox, toolbox
from workup.reasoners.blocks.budget import BudgetOptions


class ToolOptions(BudgetOptions, frozen=True, kw_only=True):
    """Files and folders as in :class:`workup.knowledge.tools.tool.Sources`, and limits.

    Attributes:
        specs: File or folder of tool specifications in ToolUniverse's format.
        labels: Drug labels.
        interactions: Drug interactions.
        icd10cm: Order file of ICD-10-CM.
        corpus: Documents.
        open_targets: Kept answers of Open Targets.
        live: Services that may be asked over the network, parted by commas.
        tools: Groups of tools to take, parted by commas; all when empty.
        longest_result: Longest result, in characters.
        anything: Whether a tool that was never on offer may be called.
        upstream_compatible: Whether a boolean passes for an integer.
    """

    specs: str = ""
    labels: str = ""
    interactions: str = ""
    icd10cm: str = ""
    corpus: str = ""
    open_targets: str = ""
    live: str = ""
    tools: str = ""
    longest_result: Annotated[int, Meta(ge=100)] = LONGEST
    anything: bool = False
    upstream_compatible: bool = False

    def sources(self) -> Sources:
        """What the tools may answer from."""
        return Sources(
            specs=self.specs,
            labels=self.labels,
            interactions=self.interactions,
            icd10cm=self.icd10cm,
            corpus=self.corpus,
            open_targets=self.open_targets,
            live=_parted(self.live),
        )

    def box(self, own: Sequence[Tool] = ()) -> Toolbox:
        """The tools, and those of the agent itself where no specification brings them."""
        made = toolbox(self.sources(), only=_parted(self.tools), longest=self.longest_result)
        kept = [tool for tool in own if tool.name not in made]
        return Toolbox([*made, *kept], longest=self.longest_result, issues=made.issues)


def _parted(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
