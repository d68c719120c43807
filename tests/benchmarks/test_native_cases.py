"""Cases in the package's own format as a benchmark."""

from __future__ import annotations

from pathlib import Path

from workup.benchmarks.native import NativeCases
from workup.case import Case, to_json
from workup.errors import Issue
from workup.simulate.vignettes import vignettes


def test_good_records_are_read_and_bad_ones_are_listed(tmp_path: Path) -> None:
    case = vignettes(1)[0]
    path = tmp_path / "cases.jsonl"
    lines = [
        to_json(case),
        b'{"id": "2", "question": {"text": "Which?"}}',
        b'{"id": "3", "reference": {"answer": "A"}, "surprise": 1}',
        b'{"id": "4", "reference": {"answer": 4}}',
        to_json(case),
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")
    found = list(NativeCases().read([path]))
    assert [item for item in found if isinstance(item, Case)] == [case]
    issues = [item for item in found if isinstance(item, Issue)]
    assert [issue.record for issue in issues] == ["2", "3", "4", "5"]
    assert "has no reference" in issues[0].message
    assert "surprise" in issues[1].message
    assert all(issue.remedy for issue in issues[:3])
