"""What the package promises as a package: quick imports, public names, its data in the wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

import workup

ROOT = Path(workup.__file__).resolve().parents[2]
DATA = (
    "py.typed",
    "examples/patient.json",
    "evaluation/audits/default.toml",
    "examples/findings.txt",
    "knowledge/data/disease_map.tsv.gz",
    "knowledge/data/newer_terms.tsv.gz",
    "knowledge/data/NOTICE",
    "report/templates/diagnosis.html.j2",
    "report/templates/diagnosis.css",
    "systems/catalogue.json",
    "systems/claims/00.json",
)


def fresh(code: str) -> str:
    """Output of some code in a new interpreter."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout


def test_public_names() -> None:
    assert workup.__all__ == sorted(workup.__all__)
    assert len(set(workup.__all__)) == len(workup.__all__) <= 30
    assert set(workup.__all__) == set(workup._HOMES)
    for name in workup.__all__:
        assert getattr(workup, name).__name__ == name
        assert name in dir(workup)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = workup.nothing


def test_importing_is_cheap() -> None:
    loaded = json.loads(fresh("import sys, json, workup; print(json.dumps(sorted(sys.modules)))"))
    assert [name for name in loaded if name.startswith("workup")] == ["workup"]
    assert not {"numpy", "scipy", "msgspec", "click", "rich"} & set(loaded)


def test_help_imports_no_verb() -> None:
    loaded = fresh(
        "import sys\nfrom workup.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\nprint(sorted(sys.modules))"
    )
    for heavy in ("'numpy'", "'scipy'", "'rich'", "'workup.cli.diagnose'", "'workup.knowledge'"):
        assert heavy not in loaded


def test_star_import() -> None:
    names = fresh("from workup import *; print(sorted(n for n in dir() if not n.startswith('_')))")
    assert names.strip() == str(sorted(workup.__all__))


def test_data_is_found() -> None:
    for name in DATA:
        assert files("workup").joinpath(name).read_bytes() is not None
        assert files("workup").joinpath(name).is_file()


def test_data_is_in_the_wheel(tmp_path: Path) -> None:
    """Builds the wheel with the build backend itself, which needs no network."""
    if find_spec("hatchling") is None:
        pytest.skip("hatchling, which builds the wheel, is not installed")
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("runs in a checkout only")
    code = f"from hatchling.build import build_wheel; print(build_wheel({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        points = next(archive.read(n).decode() for n in names if n.endswith("entry_points.txt"))
    assert {f"workup/{name}" for name in DATA} <= set(names)
    source = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "workup").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert source <= set(names)
    assert "workup = workup.cli:main" in points
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]
