from __future__ import annotations

import json
from pathlib import Path

import pytest

from workup.benchmarks import text_to_hpo
from workup.benchmarks.text_to_hpo import (
    ANY,
    DOCUMENT,
    EXACT,
    EXCLUDED,
    OVERLAP,
    Annotation,
    Document,
    TextToHpo,
    current_id,
    estimate,
    overlapping,
    read,
)
from workup.errors import UserError
from workup.knowledge import Knowledge
from workup.text.mention import Mention

# Terms of the toy knowledge base; A1 and A2 are below A.
A, A1, A2, B = "HP:0000707", "HP:0001250", "HP:0001251", "HP:0001626"


def mention(start: int, end: int, identifier: str, status: str = "present") -> Mention:
    return Mention(start=start, end=end, id=identifier, label="", method="name", status=status)  # type: ignore[arg-type]


def test_counts_by_level(toy: Knowledge) -> None:
    document = Document(
        id="d",
        text="x" * 40,
        annotations=(
            Annotation(hpo_id=A1, start=0, end=5),
            Annotation(hpo_id=A2, start=10, end=15),
            Annotation(hpo_id=B, start=20, end=25, negated=True),
            Annotation(hpo_id="HP:0000001", start=30, end=35),
            Annotation(hpo_id=A, start=30, end=35, flag="Neg"),
        ),
    )
    mentions = [mention(0, 5, A1), mention(11, 15, A2), mention(22, 25, B, "excluded"), mention(36, 39, A, "unknown")]
    scored = TextToHpo(toy.ontology).score(document, mentions)
    assert scored.counts == {
        DOCUMENT: (2, 0, 0),
        ANY: (4, 0, 0),
        EXCLUDED: (1, 0, 1),
        EXACT: (1, 1, 1),
        OVERLAP: (2, 0, 0),
    }
    assert scored.found == (A1, A2)
    wrong = TextToHpo(toy.ontology).score(document, [mention(0, 5, B), mention(0, 5, A1)])
    assert wrong.counts[DOCUMENT] == (1, 1, 1)
    assert (wrong.extra, wrong.missed) == ((B,), (A2,))


def test_ids(toy: Knowledge) -> None:
    assert current_id(toy.ontology, A) == A
    # The root of all terms is no phenotype, nor is a name an id.
    assert current_id(toy.ontology, "HP:0000001") is None
    assert current_id(toy.ontology, "HP:9999999") is None
    assert current_id(toy.ontology, "A") is None


def test_each_annotation_is_matched_once() -> None:
    assert overlapping([(0, 5, "a")], [(0, 5, "a"), (2, 5, "a")]) == (1, 1, 0)
    assert overlapping([(0, 5, "a")], [(5, 9, "a")]) == (0, 1, 1)
    assert overlapping([], []) == (0, 0, 0)


def test_micro_figures() -> None:
    figures = estimate([(3, 1, 0), (0, 0, 2)], seed=1)
    assert figures["precision"] == pytest.approx(3 / 4)
    assert figures["recall"] == pytest.approx(3 / 5)
    assert figures["f1"] == pytest.approx(2 * 3 / (2 * 3 + 1 + 2))
    low, high = figures["f1_interval"]
    # A sample of one document twice has F1 6/7 or 0.
    assert low == pytest.approx(0.0)
    assert high == pytest.approx(6 / 7)
    assert estimate([(0, 0, 0)])["f1"] == 0.0
    assert estimate([(3, 1, 0), (0, 0, 2)], seed=1) == figures


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


ROWS = [
    {"start": 6, "end": 8, "text": "A1", "hpo_id": A1},
    {"start": 0, "end": 4, "text": "No B", "hpo_id": B, "negated": True},
]
GOOD = json.dumps({"id": "d1", "text": "No B. A1 here", "source": "toy", "annotations": ROWS})


def test_lines_that_cannot_be_read_are_listed(tmp_path: Path) -> None:
    documents, issues = read(write(tmp_path / "f.jsonl", GOOD, "{", "", '{"id": 1}'))
    assert [document.id for document in documents] == ["d1"]
    assert [issue.record for issue in issues] == ["line 2", "line 4"]


def test_a_run_with_a_function(toy: Knowledge, tmp_path: Path) -> None:
    data = write(tmp_path / "f.jsonl", GOOD, "{")
    warnings: list[str] = []

    def extractor(note: str) -> list[Mention]:
        return [mention(6, 8, A1), mention(3, 4, B, "excluded")]

    out = tmp_path / "out"
    result = TextToHpo.run(extractor, [data], out, knowledge=toy, warn=warnings.append)
    [figures] = result["files"]
    assert figures["unreadable"] == len(warnings) == 1
    assert {level: f["f1"] for level, f in figures["levels"].items()} == {
        DOCUMENT: 1.0, ANY: 1.0, EXCLUDED: 1.0, EXACT: 1.0, OVERLAP: 1.0,
    }  # fmt: skip
    assert json.loads((out / "result.json").read_text())["files"][0]["documents"] == 1
    assert "| document | 1 | 1.000 |" in (out / "tables.md").read_text()
    # No text of the data is kept.
    assert "here" not in "".join(path.read_text() for path in out.iterdir())
    # The same run again is welcome, another one in its folder is not.
    TextToHpo.run(extractor, [data], out, knowledge=toy)
    with pytest.raises(UserError, match="another run"):
        TextToHpo.run(extractor, [data], out, knowledge=toy, seed=1)


def test_a_baseline_reads_the_same_documents(toy: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"rules": [mention(6, 8, A1), mention(3, 4, B, "excluded")], "names": [mention(6, 8, A1), mention(3, 4, B)]}
    monkeypatch.setattr(text_to_hpo, "load_extractor", lambda name, knowledge, **options: lambda note: found[name])
    result = TextToHpo.run("rules", [write(tmp_path / "f.jsonl", GOOD)], tmp_path / "out", knowledge=toy)
    # The look-up takes the excluded finding for present: one right, one too many.
    assert result["baseline"] == "names"
    assert result["files"][0]["baseline"][DOCUMENT]["f1"] == pytest.approx(2 / 3)
    assert result["files"][0]["baseline"][DOCUMENT]["difference"] == pytest.approx([1 / 3] * 3)
    page = (tmp_path / "out" / "tables.md").read_text()
    assert "0.667 | +0.333 [+0.333, +0.333]" in page
    assert "rules finds more than the baseline names (F1 of documents, n = 1)." in page
    alone = TextToHpo.run("names", [write(tmp_path / "g.jsonl", GOOD)], tmp_path / "alone", knowledge=toy)
    assert alone["baseline"] == ""
    assert "baseline" not in (tmp_path / "alone" / "tables.md").read_text()


def test_files_without_offsets_have_no_mention_level(toy: Knowledge, tmp_path: Path) -> None:
    line = json.dumps({"id": "d", "text": "A1", "annotations": [{"text": "A1", "hpo_id": A1}]})
    result = TextToHpo.run(lambda note: [], [write(tmp_path / "f.jsonl", line)], tmp_path / "out", knowledge=toy)
    assert list(result["files"][0]["levels"]) == [DOCUMENT, ANY]
    assert result["files"][0]["levels"][DOCUMENT]["recall"] == 0.0


def test_bad_calls(toy: Knowledge, tmp_path: Path) -> None:
    data = write(tmp_path / "f.jsonl", "not json")
    with pytest.raises(UserError, match="no document could be read"):
        TextToHpo.run("rules", [data], tmp_path / "out", knowledge=toy)
    assert not (tmp_path / "out").exists()
    full = tmp_path / "full"
    full.mkdir()
    (full / "x").touch()
    with pytest.raises(UserError, match="other files"):
        TextToHpo.run("rules", [write(tmp_path / "g.jsonl", GOOD)], full, knowledge=toy)
    with pytest.raises(UserError, match="no extractor named"):
        TextToHpo.run("rulez", [write(tmp_path / "g.jsonl", GOOD)], tmp_path / "o2", knowledge=toy)


def test_command_line(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from workup.cli.run import command

    line = json.dumps(
        {"id": "d", "text": "Seizures.", "annotations": [{"start": 0, "end": 8, "text": "", "hpo_id": "HP:0001250"}]}
    )
    data = write(tmp_path / "f.jsonl", line)
    shown = CliRunner().invoke(command, ["text-to-hpo", "rules", "--data", str(data), "--out", str(tmp_path / "o")])
    assert shown.exit_code == 0, shown.output
    assert "document\t1\t1.000\t1.000\t1.000\t[1.000, 1.000]" in shown.output
    as_json = CliRunner().invoke(
        command, ["text-to-hpo", "rules", "--data", str(data), "--out", str(tmp_path / "o"), "--json"]
    )
    assert json.loads(as_json.stdout)["files"][0]["levels"][DOCUMENT]["f1"] == 1.0
    wrong = CliRunner().invoke(
        command, ["text-to-hpo", "rules", "--regime", "full", "--data", str(data), "--out", str(tmp_path / "o2")]
    )
    assert isinstance(wrong.exception, UserError)
    assert "has no --regime" in str(wrong.exception)
