"""``workup tools``: list, find, show, call and serve the tools that agents use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from workup.errors import UserError

if TYPE_CHECKING:
    from workup.knowledge.tools import Toolbox


@click.group("tools")
def command() -> None:
    """Tools by name, with checked arguments: labels, interactions, look-ups, calculators, other people's.

    A tool whose source is not given says so when it is called. Nothing uses the network unless --live names a service.
    """


def _sources(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say what tools may answer from."""
    path = click.Path()
    for option in reversed(
        (
            click.option("--specs", type=path, default="", help="File or folder of ToolUniverse specifications."),
            click.option("--labels", type=path, default="", help="File or folder of SPL XML or openFDA JSON."),
            click.option("--interactions", type=path, default="", help="Table of drug interactions."),
            click.option("--icd10cm", type=path, default="", help="Order file of ICD-10-CM as released."),
            click.option("--corpus", type=path, default="", help="File or folder of documents."),
            click.option("--open-targets", type=path, default="", help="Kept answers of Open Targets."),
            click.option("--live", multiple=True, metavar="SERVICE", help="Allow a service over the network."),
            click.option("--mcp", multiple=True, metavar="COMMAND", help="Start a server of tools by a command."),
            click.option("--only", multiple=True, metavar="NAME", help="Take only these groups of tools."),
        )
    ):
        function = option(function)
    return function


def _box(only: tuple[str, ...], given: dict[str, Any]) -> Toolbox:
    from workup.knowledge.tools import Sources, toolbox

    box = toolbox(Sources(**given), only=only)
    for issue in box.issues:
        click.echo(str(issue), err=True)
    return box


@command.command("list")
@_sources
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_tools(as_json: bool, only: tuple[str, ...], **given: Any) -> None:
    """List the tools, one a line."""
    import msgspec

    box = _box(only, given)
    if as_json:
        click.echo(msgspec.json.encode([tool.offered for tool in box]))
        return
    width = max((len(tool.name) for tool in box), default=0)
    for tool in box:
        click.echo(f"{tool.name:<{width}}  {tool.description}{' (network)' if tool.remote else ''}")


@command.command()
@_sources
@click.argument("need")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1), help="How many.")
@click.option(
    "--how", default="bm25", show_default=True, type=click.Choice(["bm25", "dense", "hybrid"]), help="By what."
)
def find(need: str, limit: int, how: Any, only: tuple[str, ...], **given: Any) -> None:
    """Find the tools that serve NEED."""
    box = _box(only, given)
    for hit in box.find(need, limit, how):
        click.echo(f"{hit.score:8.3f}  {hit.id}  {box[hit.id].description}")


@command.command()
@_sources
@click.argument("name")
def show(name: str, only: tuple[str, ...], **given: Any) -> None:
    """Show what the tool NAME is for and which arguments it takes."""
    import msgspec

    tool = _box(only, given)[name]
    click.echo(f"{tool.name}: {tool.description}")
    click.echo(f"answers from: {tool.source or ('nothing here' if tool.run is None else 'its arguments')}")
    click.echo(msgspec.json.format(msgspec.json.encode(tool.parameters)))


@command.command()
@_sources
@click.argument("name")
@click.argument("arguments", default="{}")
def call(name: str, arguments: str, only: tuple[str, ...], **given: Any) -> None:
    """Call the tool NAME with ARGUMENTS, a JSON object; the result, and on the other stream where it stands."""
    import msgspec

    from workup.models.model import ToolCall

    try:
        decoded = msgspec.json.decode(arguments, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise UserError(f'the arguments are no JSON object: {error}; write \'{{"name": "value"}}\'') from error
    box = _box(only, given)
    result = box.run(ToolCall(name=box[name].name, arguments=decoded))
    if not result.worked:
        raise UserError(result.content)
    click.echo(result.content)
    for one in result.evidence:
        click.echo(f"from {one.source}", err=True)


@command.command()
@_sources
def serve(only: tuple[str, ...], **given: Any) -> None:
    """Serve the tools to other programs over standard input and output (Model Context Protocol)."""
    from workup.interop.mcp_server import serve as run

    run(_box(only, given))
