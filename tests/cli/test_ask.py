"""``workup ask``: the dialogue, with answers typed and from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from workup.case import Case, from_json
from workup.cli.ask import command
from workup.errors import DataError, UserError

FINDINGS = "Arachnodactyly, Tall stature, Scoliosis"


def ask(*args: object, typed: str = "") -> Result:
    return CliRunner().invoke(command, [str(arg) for arg in args], input=typed)


def test_typed_answers_are_saved(tmp_path: Path) -> None:
    out = tmp_path / "case.json"
    result = ask("--findings", FINDINGS, "--out", out, typed="y\nn\nu\nq\n")
    assert result.exit_code == 0, result.output
    assert "Stopped: on request" in result.output
    saved = from_json(out.read_bytes(), Case)
    asked = [finding for finding in saved.findings if finding.asked]
    assert [finding.status for finding in asked] == ["present", "excluded", "unknown"]
    assert len({finding.id for finding in asked}) == 3
    again = ask(out, typed="q\n")
    assert again.exit_code == 0, again.output


def test_undo_skip_and_why(tmp_path: Path) -> None:
    out = tmp_path / "case.json"
    result = ask("--findings", FINDINGS, "--out", out, typed="b\nw\nperhaps\ny\nb\ns\nq\n")
    assert result.exit_code == 0, result.output
    assert "nothing to take back" in result.output
    assert "bits of doubt" in result.output
    assert "y yes, n no" in result.output
    assert not any(finding.asked for finding in from_json(out.read_bytes(), Case).findings)
    questions = [line for line in result.output.splitlines() if line.endswith(")?")]
    # The question taken back is asked again; the skipped one is not.
    assert questions[0] == questions[2]
    assert questions[3] != questions[2]


def test_end_of_input_keeps_the_answers(tmp_path: Path) -> None:
    out = tmp_path / "case.json"
    result = ask("--findings", FINDINGS, "--out", out, typed="y\n")
    assert result.exit_code == 0, result.output
    assert sum(finding.asked for finding in from_json(out.read_bytes(), Case).findings) == 1


def test_an_empty_case_starts_with_the_chief_findings() -> None:
    result = ask(typed=f"{FINDINGS}\nq\n")
    assert result.exit_code == 0, result.output
    assert "Chief findings" in result.output


def test_answers_from_a_file(tmp_path: Path) -> None:
    answers = tmp_path / "answers.txt"
    answers.write_text("# seen today\nEctopia lentis: yes\nHP:0002616 yes\nSeizure no\n")
    result = ask("--findings", FINDINGS, "--answers", answers, "--json", "--most", 8)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(found) == {"case", "turns", "stopped", "leaders", "unknown_probability", "entropy"}
    replies = {turn["label"]: turn["answer"] for turn in found["turns"]}
    assert set(replies.values()) <= {"yes", "no", "unknown"}
    assert replies.get("Ectopia lentis", "yes") == "yes"
    assert len(found["turns"]) <= 8
    assert found["turns"][-1]["leaders"][0]["after"] == pytest.approx(found["leaders"][0]["after"])
    plain = ask("--findings", FINDINGS, "--answers", answers, "--most", 2)
    assert "answer from the file" in plain.output


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--json", "--findings", FINDINGS), "--answers"),
        (("case.json", "--findings", FINDINGS), "not both"),
        (("--findings", FINDINGS, "--out", "nowhere/case.json"), "no folder"),
    ],
)
def test_wrong_calls_say_what_to_do(args: tuple[str, ...], words: str) -> None:
    result = ask(*args)
    assert isinstance(result.exception, UserError)
    assert words in str(result.exception)


def test_an_unreadable_answer_names_its_line(tmp_path: Path) -> None:
    answers = tmp_path / "answers.txt"
    answers.write_text("HP:0001250 yes\nSeizure maybe\n")
    result = ask("--findings", FINDINGS, "--answers", answers)
    assert isinstance(result.exception, DataError)
    assert "line 2" in str(result.exception)


def test_diagnose_shows_what_to_do_next_for_one_case_and_not_for_several(tmp_path: Path) -> None:
    from workup.cli.diagnose import command as diagnose
    from workup.reasoning import Reasoning

    runner = CliRunner()
    one = runner.invoke(diagnose, ["--findings", FINDINGS, "--top", "1", "--out", str(tmp_path)])
    assert one.exit_code == 0, one.output
    assert "What to do next" in one.output
    (page,) = tmp_path.glob("*.html")
    assert 'id="next"' in page.read_text()
    for count in (0, 2):
        printed = runner.invoke(diagnose, ["--findings", FINDINGS, "--limit", "2", "--json", "--questions", str(count)])
        assert len(from_json(printed.stdout, Reasoning).questions) == count
    none = runner.invoke(diagnose, ["--findings", FINDINGS, "--top", "1", "--questions", "0"])
    assert "What to do next" not in none.output
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text("Arachnodactyly\nScoliosis\n")
    several = runner.invoke(diagnose, [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")])
    assert "What to do next" not in several.output
