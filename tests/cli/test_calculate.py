from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from workup.cli import cli, main


def run(*args: str) -> str:
    outcome = CliRunner().invoke(cli, ["calculate", *args])
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def test_without_a_name_all_are_listed() -> None:
    lines = run().splitlines()
    assert len(lines) == 1 + len(json.loads(run("--json"))) >= 56
    assert "ckd-epi-2021\tKidney" in run()


def test_without_values_the_inputs_are_shown() -> None:
    shown = run("ckd-epi-2021")
    assert "creatinine\tSerum creatinine\t0.1 to 30 mg/dL, or umol/L" in shown
    assert "Inker" in shown


def test_a_value_with_its_steps_and_source() -> None:
    shown = run("ckd-epi-2021", "age=81", "sex=male", "creatinine=1.7 mg/dL")
    assert shown.startswith("CKD-EPI Equations for Glomerular Filtration Rate: 39.9999 mL/min/1.73 m2 (G3b)\n")
    assert "Source: Inker" in shown
    assert "not a medical device" in shown


def test_json_holds_the_parts_and_the_issues() -> None:
    found = json.loads(run("wells-pe", "heart_rate=104", "hemoptysis=yes", "--assume-absent", "--json"))
    assert (found["value"], len(found["issues"])) == (2.5, 7)
    assert sum(part["value"] for part in found["parts"]) == 2.5


def test_the_schema_is_json() -> None:
    assert json.loads(run("sofa", "--schema"))["title"] == "sofa"


def test_the_variant() -> None:
    args = ("caprini", "age=30", "sex=female", "--assume-absent", "--json")
    assert json.loads(run(*args))["value"] == 0
    assert json.loads(run(*args, "--upstream-compatible"))["value"] == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nonsense"], "no calculator named 'nonsense'"),
        (["sofa", "platelets"], "'platelets' is no KEY=VALUE"),
        (["sofa", "platelets="], "is no KEY=VALUE"),
        (["sofa", "platelets=1", "platelets=2"], "platelets is given twice"),
        (
            ["bmi", "weight=85", "height=1.8"],
            "1.8 cm is outside 20 to 260 cm (1.8 would be usual in m",
        ),
    ],
)
def test_a_wrong_call_is_one_line(args: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["calculate", *args])
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert printed.startswith("Error: ")
    assert message in printed
    assert printed.count("\n") == 1
