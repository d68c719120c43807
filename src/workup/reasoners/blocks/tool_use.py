"""Tools in the hands of one case: which may be called, what was found, and under which id it is cited.

call    label_section(drug="Lipitor", section="pregnancy")
told    {"content": [...], "call_id": "a1B2c3D4e", "cite": ["E1"]}
step    label_section({"drug":"Lipitor",...}): done                evidence E1, the label's words
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from workup.knowledge.tools.toolbox import Result, Toolbox, call_key
from workup.models.model import ToolCall, ToolSpec
from workup.reasoners.blocks.evidence import EvidenceStore
from workup.reasoners.blocks.tagged_loop import Observation
from workup.reasoning import Evidence

_LONGEST_QUOTE = 600
_MOST_CITED = 12


class ToolUser:
    """Calls tools for one case. Not shared between cases.

    Attributes:
        box: The tools.
        evidence: Where results are kept.
        offered: Names of the tools that were offered so far, in order.
    """

    def __init__(
        self,
        box: Toolbox,
        evidence: EvidenceStore,
        *,
        offered: Iterable[str] = (),
        anything: bool = False,
        upstream_compatible: bool = False,
    ) -> None:
        """Begin with some tools on offer.

        Args:
            box: The tools.
            evidence: Where results are kept.
            offered: Tools on offer from the start.
            anything: Whether a tool that was never offered may be called as well.
            upstream_compatible: How arguments are checked, see :mod:`workup.knowledge.tools.arguments`.
        """
        self.box = box
        self.evidence = evidence
        self.offered: dict[str, None] = dict.fromkeys(offered)
        self._anything = anything
        self._upstream_compatible = upstream_compatible
        self.results: list[Result] = []

    def offer(self, names: Iterable[str]) -> list[str]:
        """Put tools on offer; those that were not before."""
        new = [name for name in dict.fromkeys(names) if name not in self.offered]
        self.offered.update(dict.fromkeys(new))
        return new

    def specs(self) -> tuple[ToolSpec, ...]:
        """What is on offer, as a model is shown it."""
        return tuple(self.box[name].offered for name in self.offered if name in self.box)

    def call(self, call: ToolCall) -> Observation:
        """Carry out a call; what was found is kept as evidence."""
        allowed = None if self._anything else self.offered.keys()
        result = self.box.run(call, allowed=allowed, upstream_compatible=self._upstream_compatible)
        self.results.append(result)
        if not result.worked:
            return Observation(
                text=told(result.content, call.id),
                claim=f"{result.status}: {result.content}",
                refused=result.status == "refused",
            )
        kept = self._keep(result)
        return Observation(
            text=told(result.content, call.id, [one.id for one in kept]), claim="done", evidence=tuple(kept)
        )

    def _keep(self, result: Result) -> list[Evidence]:
        source = self.box[result.tool].source
        whole = Evidence(
            kind="tool",
            source=call_key(result.tool, result.arguments) + (f" on {source}" if source else ""),
            quote=result.content[:_LONGEST_QUOTE],
            supported=True,
            values={"tool": result.tool, "arguments": result.arguments},
        )
        names = [self.evidence.add(whole, result.content)]
        names += [self.evidence.add(one) for one in result.evidence[:_MOST_CITED]]
        return [self.evidence[name] for name in dict.fromkeys(names)]


def told(content: str, call: str, cite: Iterable[str] = ()) -> str:
    """What an agent is told of a result: JSON, in which nothing of the content can pass for anything else.

    >>> told("5 mg", "a1B2c3D4e", ["E1"])
    '{"content":"5 mg","call_id":"a1B2c3D4e","cite":["E1"]}'
    """
    try:
        value = msgspec.json.decode(content)
    except msgspec.DecodeError:
        value = content
    if isinstance(value, int | float | bool) or value is None:
        value = content
    message = {"content": value, "call_id": call, "cite": list(cite)}
    if not message["cite"]:
        del message["cite"]
    return msgspec.json.encode(message).decode()
