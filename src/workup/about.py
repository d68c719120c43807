"""What something registered is, read from its source without importing it.

The first sentence of the docstring says what it does, a line ``Paper:`` where it was published, and the class what it
needs: ``needs: ClassVar = ("model",)``.

>>> about("reasoners", "self-consistency").needs
('model',)
>>> about("reasoners", "first-option").needs
()
"""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import msgspec

from workup import registry

_SENTENCE = re.compile(r"(.+?[.;])(?:\s|$)", re.DOTALL)
_PAPER = re.compile(r"^(?:Papers?|Method): (.+?)(?:\n\n|\Z)", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"arXiv:? ?(\d{4}\.\d{4,5})|system (\d\d)")


class About(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a list.

    Attributes:
        name: Name it is registered under.
        target: Where it is defined, ``module:attribute``.
        summary: What it does, in a line; empty when its source cannot be read.
        paper: Where it was published, in a few words; empty for none.
        needs: What has to be given: ``model``, ``training`` (a file of known cases), ``corpus``, ``tools``,
            ``environment``.
    """

    name: str
    target: str
    summary: str = ""
    paper: str = ""
    needs: tuple[str, ...] = ()


def about(kind: str, name: str) -> About:
    """Describe what is registered as ``name``.

    Raises:
        UserError: Nothing is.
    """
    target = registry.target(kind, name)
    module, _, attribute = target.partition(":")
    tree = _parsed(module)
    if tree is None:
        return About(name=name, target=target)
    defined = _defined(tree, attribute)
    if defined is None and (elsewhere := _imported_from(tree, attribute, module)) is not None:
        # Registered through the package that passes it on.
        deeper = _parsed(elsewhere)
        tree, defined = (deeper, _defined(deeper, attribute)) if deeper is not None else (tree, None)
    words = ast.get_docstring(tree) or ""
    own = (ast.get_docstring(defined) or "") if defined is not None else ""
    return About(
        name=name,
        target=target,
        summary=_first_sentence(words or own),
        paper=_paper(words) or _paper(own),
        needs=_needs(defined),
    )


def _parsed(module: str) -> ast.Module | None:
    """The source of a module; None when it has none that can be read. Imports neither it nor its packages."""
    top, *rest = module.split(".")
    try:
        spec = find_spec(top)
        if spec is None or spec.origin is None:
            return None
        path = Path(spec.origin)
        if rest:
            path = path.parent.joinpath(*rest)
            path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        return ast.parse(path.read_text("utf-8"))
    except (ImportError, OSError, SyntaxError, ValueError):
        return None


def _defined(tree: ast.Module, attribute: str) -> ast.ClassDef | ast.FunctionDef | None:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == attribute:
            return node
    return None


def _imported_from(tree: ast.Module, attribute: str, module: str) -> str | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(name.name == attribute for name in node.names) and node.module:
            return node.module if node.level == 0 else f"{module}.{node.module}"
    return None


def _first_sentence(words: str) -> str:
    text = " ".join(words.split("\n\n")[0].split())
    sentence = _SENTENCE.match(text + " ")
    return (sentence.group(1) if sentence else text).rstrip(".:;")


def _paper(words: str) -> str:
    found = _PAPER.search(words)
    if found is None:
        return ""
    text = " ".join(found.group(1).split())
    numbers = [f"arXiv {arxiv}" if arxiv else f"system {system}" for arxiv, system in _NUMBER.findall(text)]
    first = re.match(r"(.+? (?:19|20)\d\d\b)", text)
    named = first.group(1) if first and len(first.group(1)) <= 60 else ""
    return ", ".join([*([named] if named else []), *numbers[:1]]) or text[:60]


def _needs(defined: ast.ClassDef | ast.FunctionDef | None) -> tuple[str, ...]:
    """The ``needs`` of a class; a method that says nothing needs a model."""
    if not isinstance(defined, ast.ClassDef):
        return ()
    for node in defined.body:
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if isinstance(target, ast.Name) and target.id == "needs" and isinstance(node, ast.AnnAssign | ast.Assign):
            value = ast.literal_eval(node.value) if node.value is not None else ()
            return tuple(str(item) for item in value)
    bases = {ast.unparse(base).split("[")[0] for base in defined.bases}
    return ("model",) if "Method" in bases else ()
