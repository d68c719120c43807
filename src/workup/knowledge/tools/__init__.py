"""Tools: what an agent, or a person at the command line, can call by name with checked arguments.

* ``tool``: what a tool is, and the sources it may answer from
* ``arguments``: the check of a call before anything runs
* ``toolbox``: many tools; found, run within bounds, results kept; entry-point group ``workup.tools``
* ``finding``: the right tool among hundreds
* ``tooluniverse``: specifications in ToolUniverse's released format
* the tools themselves, a file for each source they answer from
"""

from __future__ import annotations

from workup.knowledge.tools.tool import Found, NoSource, Sources, Tool, schema
from workup.knowledge.tools.toolbox import Result, Toolbox, toolbox

__all__ = ["Found", "NoSource", "Result", "Sources", "Tool", "Toolbox", "schema", "toolbox"]
