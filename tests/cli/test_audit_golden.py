"""An audit of today gives the table of earlier: twelve simulated cases, a planted defect, every perturbation.

The table beside this file is what ``workup audit`` wrote when it was made. A change that moves a figure changes the
table, belongs into the changelog with "Metric:", and then this is how to write it anew::

    python tests/cli/test_audit_golden.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from click.testing import CliRunner

from workup.case import to_json
from workup.cli import cli
from workup.simulate.vignettes import vignettes

GOLDEN = Path(__file__).with_name("audit_golden.csv")


def table(folder: Path) -> str:
    data = folder / "cases.jsonl"
    data.write_bytes(b"".join(to_json(case) + b"\n" for case in vignettes(12)))
    arguments = ["audit", "planted", "--option", "flaw=ignores-negation", "--data", str(data), "--out"]
    CliRunner().invoke(cli, [*arguments, str(folder / "audit"), "--baseline", "first-option"], catch_exceptions=False)
    return (folder / "audit" / "audit.csv").read_text()


def test_the_table_is_that_of_earlier(tmp_path: Path) -> None:
    assert table(tmp_path).splitlines() == GOLDEN.read_text().splitlines()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        GOLDEN.write_text(table(Path(name)))
