"""ICD-10-CM from both released files, and the calculators as tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workup.errors import DataError, UserError
from workup.knowledge.calculators import calculators
from workup.knowledge.icd10cm import ICD10CM
from workup.knowledge.tools import Sources, Toolbox, calculating, icd
from workup.models.model import ToolCall

TABULAR = """<?xml version="1.0"?><ICD10CM.tabular><version>2099</version><chapter><name>4</name><desc>Endocrine</desc>
<section id="E08-E13"><desc>Diabetes</desc><diag><name>E11</name><desc>Type 2 diabetes</desc>
<includes><note>insulin resistant diabetes</note></includes><excludes1><note>type 1 (E10.-)</note></excludes1>
<diag><name>E11.3</name><desc>with eye trouble</desc><sevenChrDef>
<extension char="1">right eye</extension></sevenChrDef>
<diag><name>E11.321</name><desc>mild, with oedema</desc></diag></diag></diag></section></chapter></ICD10CM.tabular>"""

ORDER = (
    f"00001 A00     0 {'Cholera':<60} Cholera\n"
    f"00002 A000    1 {'Cholera due to Vibrio cholerae 01, biovar cholerae':<60} Cholera due to Vibrio cholerae 01\n"
    f"00003 A0011   1 {'x':<60} An invented deeper code\n"
)


def test_tabular_list(tmp_path: Path) -> None:
    path = tmp_path / "tabular.xml"
    path.write_text(TABULAR)
    book = ICD10CM.read(path)
    assert list(book.codes) == ["4", "E08-E13", "E11", "E11.3", "E11.321"]
    code = book.find("e11.321")
    assert [one.code for one in book.above(code)] == ["4", "E08-E13", "E11", "E11.3"]
    assert book.seventh(code) == {"1": "right eye"}
    assert book.find("E113211").title == "mild, with oedema, right eye"
    assert book.children["E11"] == ["E11.3"]
    assert [one.code for one in book.search("insulin resistance, resistant")] == ["E11"]
    with pytest.raises(UserError, match=r"nearest above is E11\.321"):
        book.find("E11.3219")
    with pytest.raises(UserError, match=r"is no code of ICD-10-CM 2099 \(tabular.xml\)$"):
        book.find("Z99")


def test_order_file(tmp_path: Path) -> None:
    path = tmp_path / "icd10cm_order_2099.txt"
    path.write_text(ORDER)
    book = ICD10CM.read(path)
    assert [(one.code, one.parent, one.billable) for one in book.codes.values()] == [
        ("A00", "", False),
        ("A00.0", "A00", True),
        ("A00.11", "A00", True),
    ]
    assert book.find("A000").title == "Cholera due to Vibrio cholerae 01"


@pytest.mark.parametrize(
    ("data", "said"),
    [("<a/>", "holds no chapter"), ("<a", "is no XML"), ("nonsense", "line 1: is no line"), ("\n", "holds no code")],
)
def test_what_is_no_classification(tmp_path: Path, data: str, said: str) -> None:
    (tmp_path / "x").write_text(data)
    with pytest.raises(DataError, match=said):
        ICD10CM.read(tmp_path / "x")


def test_the_carried_release() -> None:
    pytest.importorskip("simple_icd_10_cm")
    box = Toolbox(icd.tools(Sources()))
    result = box.run(ToolCall(name="icd10cm_code", arguments={"code": "E11"}))
    value = json.loads(result.content)
    assert value["title"] == "Type 2 diabetes mellitus"
    assert value["above"][1].startswith("E08-E13")
    assert any("E10" in note for note in value["excludes1"])
    assert result.evidence[0].source.startswith("ICD-10-CM 20")
    found = box.run(ToolCall(name="icd10cm_search", arguments={"words": "Marfan syndrome", "limit": 3}))
    assert "Q87.4" in found.content


def test_every_calculator_is_a_tool_and_computes_its_example() -> None:
    box = Toolbox(calculating.tools(Sources()))
    assert len(box) == len(calculators()) + 1
    for calculator in calculators().values():
        wanted = {name: _as_json(value) for name, value in calculator.example.inputs.items()}
        if any(
            isinstance(value, str) and name in calculator.inputs and calculator.inputs[name].kind == "number"
            for name, value in wanted.items()
        ):
            continue
        result = box.run(ToolCall(name=calculating.tool_name(calculator), arguments=wanted))
        assert result.worked, (calculator.name, result.content)
        value = json.loads(result.content)["value"]
        if isinstance(value, float):
            assert value == pytest.approx(float(calculator.example.value), rel=0.02, abs=0.06)
        else:
            assert value == calculator.example.value


def _as_json(value: object) -> object:
    if isinstance(value, tuple):
        return {"value": value[0], "unit": value[1]}
    return value


def test_units_and_ranges() -> None:
    box = Toolbox(calculating.tools(Sources()))
    arguments = {"value": 1, "unit": "mg/dL", "to": "umol/L", "analyte": "creatinine"}
    assert json.loads(box.run(ToolCall(name="convert_units", arguments=arguments)).content)["value"] == pytest.approx(
        88.4, 0.01
    )
    wrong = box.run(ToolCall(name="calculate_body_mass_index", arguments={"weight": 80, "height": 18000}))
    assert wrong.status == "invalid"
    apart = box.run(ToolCall(name="convert_units", arguments={"value": 1, "unit": "mg", "to": "mL"}))
    assert apart.content == "mg cannot be converted to mL"
