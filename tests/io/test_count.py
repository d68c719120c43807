from __future__ import annotations

import gzip
import random
import tracemalloc
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from workup.io import count, iter_cases

LINE = b'{"id": "c", "findings": [{"id": "HP:0001250", "label": "Seizure"}], "text": "' + b"x" * 400 + b'"}\n'


def test_records_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINE * 50)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(LINE * 40 + LINE.rstrip()))
    (tmp_path / "c.json").write_bytes(LINE)
    (tmp_path / "README.md").write_text("no case")
    parquet.write_table(pyarrow.Table.from_pylist([{"id": "c"}] * 7), tmp_path / "d.parquet")
    assert count.estimate_records([str(tmp_path)]) == 50 + 41 + 1 + 7
    assert count.estimate_records([str(tmp_path / "a.jsonl"), "-"]) is None
    assert count.estimate_records([str(tmp_path / "none")]) is None
    assert count.estimate_records([]) is None


@pytest.mark.parametrize("packed", [False, True])
def test_a_long_file_is_estimated_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(count, "_SAMPLE", 200_000)
    text = random.Random(0)
    data = b"".join(b'{"id": "c", "text": "%s"}\n' % text.randbytes(200).hex().encode() for _ in range(20_000))
    path = tmp_path / "a.jsonl"
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    assert count.estimate_records([str(path)]) == pytest.approx(20_000, rel=0.3)


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "parquet"])
def test_reading_holds_one_case_at_a_time(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        rows = [{"id": f"c{i}", "text": "x" * 400} for i in range(10_000)]
        parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=2000)
        del rows
    else:
        data = LINE * 10_000
        path.write_bytes(gzip.compress(data, 1) if kind.endswith("gz") else data)
        del data
    tracemalloc.start()
    try:
        number = sum(1 for _ in iter_cases(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert number == 10_000
    # The file holds 5 MB; what pyarrow holds besides (a row group) is not Python's.
    assert peak < 2_000_000
