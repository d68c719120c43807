"""A tool: its name, what it is for, what arguments it takes, and the function behind it.

    name         drug_label_section
    description  What the label of a drug says in one section, word for word.
    parameters   {"type": "object", "properties": {"drug": {"type": "string"}, ...}, "required": ["drug", "section"]}
    run          {"drug": "Lipitor", "section": "pregnancy"}  ->  Found([...], evidence=(...,))

What a tool returns is data, whoever wrote it: it is shown between marks and is never read for calls or answers.

>>> def double(arguments: Mapping[str, Any]) -> int:
...     return 2 * int(arguments["x"])
>>> parameters = schema(x=("integer", "What to double."))
>>> tool = Tool(name="double", description="Doubles a number.", parameters=parameters, run=double)
>>> tool.run({"x": 4})
8
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from workup.errors import WorkupError
from workup.models.model import ToolSpec
from workup.reasoning import Evidence

if TYPE_CHECKING:
    from workup.knowledge import Knowledge

_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


class Found(msgspec.Struct, frozen=True):
    """What a tool found.

    Attributes:
        value: Text, or anything that JSON can say.
        evidence: Where each part of it stands: passages with spans, rows of a table, sections of a label.
    """

    value: Any
    evidence: tuple[Evidence, ...] = ()


class NoSource(WorkupError):
    """A tool is known and has nothing to answer from; the message says what would give it a source."""


Run = Callable[[Mapping[str, Any]], Any]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool. Shared between threads and cases: ``run`` holds no state of a case.

    Attributes:
        name: Name by which it is called.
        description: What it is for, in the words that a model reads and that it is found by.
        parameters: JSON schema of its arguments, an object.
        run: Takes checked arguments and gives a value or a :class:`Found`; raises :class:`NoSource` or another
            :class:`~workup.errors.WorkupError` when it cannot.
        source: What it answers from, with release or digest; part of the key under which results are kept.
        special: Whether it steers an agent (Finish, CallAgent, Tool_RAG): never found by search, never run by itself.
        remote: Whether it sends its arguments to another machine.
        labels: Keywords.
        seconds: How long one call may take.
        spec: The specification as released, where it came from one.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    run: Run | None = None
    source: str = ""
    special: bool = False
    remote: bool = False
    labels: tuple[str, ...] = ()
    seconds: float = 30.0
    spec: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a tool: letters, digits and _ . : - only, at most 128")
        if self.parameters.get("type") != "object":
            raise ValueError(f"the parameters of {self.name} must be a JSON schema of type object")
        if not self.seconds > 0:
            raise ValueError(f"{self.name} needs more than {self.seconds} seconds")

    @property
    def properties(self) -> dict[str, Any]:
        """Schema of each parameter."""
        return self.parameters.get("properties") or {}

    @property
    def required(self) -> tuple[str, ...]:
        """Parameters that must be given."""
        return tuple(self.parameters.get("required") or ())

    @property
    def offered(self) -> ToolSpec:
        """What a model is shown: name, description and parameters; nothing of what is behind them."""
        return ToolSpec(name=self.name, description=self.description, parameters=self.parameters)


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What tools may answer from. A tool whose source is not given says so when it is called.

    Attributes:
        knowledge: The knowledge base; None opens the release in use when a tool first needs it.
        specs: File or folder of tool specifications in ToolUniverse's format.
        labels: File or folder of drug labels: SPL XML, or openFDA's JSON.
        interactions: File of drug interactions; the small set of this package when empty.
        icd10cm: The released order file of ICD-10-CM.
        corpus: Folder or file of documents.
        open_targets: File or folder of kept answers of Open Targets.
        live: Services that may be asked over the network, by name; none unless named.
        mcp: Commands that start servers of tools (Model Context Protocol).
    """

    knowledge: Knowledge | None = None
    specs: str = ""
    labels: str = ""
    interactions: str = ""
    icd10cm: str = ""
    corpus: str = ""
    open_targets: str = ""
    live: tuple[str, ...] = ()
    mcp: tuple[str, ...] = ()

    def opened(self) -> Knowledge:
        """The knowledge base."""
        if self.knowledge is not None:
            return self.knowledge
        from workup.knowledge import Knowledge

        return Knowledge.in_use()


def schema(*optional: str, **parameters: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """JSON schema of parameters, each given by its type, its meaning and further keywords.

    Args:
        optional: Names that need not be given.
        parameters: Type and meaning, by name.

    >>> schema("limit", query=("string", "What."), limit=("integer", "How many.", {"minimum": 1}))["required"]
    ['query']
    """
    properties = {
        name: {"type": kind, "description": meaning, **(rest[0] if rest else {})}
        for name, (kind, meaning, *rest) in parameters.items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in parameters if name not in optional],
        "additionalProperties": False,
    }
