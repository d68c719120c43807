"""Tools over labels, interactions, the ontology, kept answers, and services recorded on a server of our own."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from workup.errors import DataError, UserError
from workup.knowledge.drugs import LabelTable, read_spl, section_fields
from workup.knowledge.interactions import Interactions, small_set
from workup.knowledge.tools import Sources, Toolbox, backends, labels, live, lookups, toolbox
from workup.models.model import ToolCall

SPL = """<?xml version="1.0"?><document xmlns="urn:hl7-org:v3"><id root="d1"/><effectiveTime value="20200101"/>
<author><assignedEntity><representedOrganization><name>Maker</name></representedOrganization></assignedEntity></author>
<component><structuredBody>
<component><section><code code="48780-1"/><subject><manufacturedProduct><manufacturedProduct>
<code code="1-2"/><name>Calmol<suffix>Forte</suffix></name>
<asEntityWithGeneric><genericMedicine><name>calmine maleate</name></genericMedicine></asEntityWithGeneric>
<ingredient classCode="ACTIB"><ingredientSubstance><name>CALMINE</name></ingredientSubstance></ingredient>
<ingredient classCode="IACT"><ingredientSubstance><name>STARCH</name></ingredientSubstance></ingredient>
</manufacturedProduct></manufacturedProduct></subject></section></component>
<component><section><code code="34073-7"/><title>7 INTERACTIONS</title><text><paragraph>Not with Wakol.</paragraph>
<table><tr><td>one</td><td>two</td></tr></table></text>
<component><section><code code="42229-5"/><title>7.1 Other</title><text>More.</text></section></component>
</section></component></structuredBody></component></document>"""

OPENFDA = {
    "meta": {"results": {"total": 1}},
    "results": [
        {
            "id": "d2",
            "drug_interactions": ["Calmine slows its breakdown."],
            "boxed_warning": ["LIVER FAILURE"],
            "openfda": {"brand_name": ["Wakol"], "generic_name": ["WAKINE AND STARCH"]},
        },
        7,
        {"id": "d1", "abuse": ["none"]},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "a.xml").write_text(SPL)
    (folder / "b.json").write_text(json.dumps(OPENFDA, indent=1))
    (folder / "c.xml").write_text("<document/>")
    return folder


def test_labels_of_both_formats(folder: Path) -> None:
    table = LabelTable.read(folder)
    assert [label.id for label in table.labels] == ["d1", "d2"]
    assert sorted(issue.message.split(",")[0] for issue in table.issues) == [
        "is a second label with the id d1",
        "is no object",
        "is no structured product label",
    ]
    label = table.labels[0]
    assert label.name == "Calmol Forte (calmine maleate)"
    assert label.text("drug_interactions") == "7 INTERACTIONS Not with Wakol. one two 7.1 Other More."
    assert label.text("spl_unclassified_section") == "7.1 Other More."
    assert label.fields["openfda.substance_name"] == ("CALMINE",)
    assert label.fields["openfda.product_ndc"] == ("1-2",)
    assert [one.id for one in table.named("wakine, starch")] == ["d2"]
    assert [one.id for one in table.named("CALMINE")] == ["d1"]
    assert table.named("cal") == []
    assert [one.id for one in table.holding("failure liver", ["boxed_warning"])] == ["d2"]
    assert table.holding("", ["boxed_warning"]) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<document", "is no XML"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><document/>', "declares entities"),
        (b"<document/>", "no structured product label"),
        (b"\xff\xfe", "is no XML"),
    ],
)
def test_what_is_no_label(data: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_spl(data, "x.xml")


def test_every_field_of_a_section_is_named_once() -> None:
    assert len(section_fields()) == 88
    assert section_fields()["34067-9"] == "indications_and_usage"
    assert section_fields()["50568-5"] == "ask_doctor_or_pharmacist"


def box_of(sources: Sources, *factories: Any) -> Toolbox:
    return Toolbox(one for factory in factories for one in factory(sources) if not hasattr(one, "severity"))


def run(box: Toolbox, name: str, **arguments: Any) -> Any:
    result = box.run(ToolCall(name=name, arguments=arguments))
    return json.loads(result.content) if result.worked else f"{result.status}: {result.content}"


def test_label_tools(folder: Path) -> None:
    box = box_of(Sources(labels=str(folder)), labels.tools)
    found = run(box, "label_section", drug="wakol", section="boxed_warning")
    assert found == [{"drug": "Wakol (WAKINE AND STARCH)", "boxed_warning": ["LIVER FAILURE"]}]
    assert "has no section abuse; it has boxed_warning" in run(box, "label_section", drug="wakol", section="abuse")
    assert "none of the 2 labels" in run(box, "label_section", drug="other", section="abuse")
    assert "invalid" in run(box, "label_section", drug="wakol", section="nonsense")
    hits = box.run(ToolCall(name="label_search", arguments={"words": "slows breakdown"}))
    assert json.loads(hits.content)[0]["section"] == "drug_interactions"
    assert hits.evidence[0].source == "b.json, record 1, drug_interactions, characters 0-28"
    both = run(box, "drug_interactions", drugs=["Calmol 5 mg", "Wakol"])
    assert [(one["about"], one["words"]) for one in both["labels"]] == [
        ("Wakol", "7 INTERACTIONS Not with Wakol. one two 7.1 Other More."),
        ("Calmol 5 mg", "Calmine slows its breakdown."),
    ]
    assert both["known"] == []
    nothing = box_of(Sources(), labels.tools)
    assert run(nothing, "label_section", drug="x", section="abuse").startswith("unavailable: no data source")
    known = run(nothing, "drug_interactions", drugs=["warfarin 5 mg", "Aspirin", "x"])
    assert [one["severity"] for one in known["known"]] == ["major"]
    assert "no label of warfarin 5 mg, Aspirin, x" in known["note"]


def test_a_brand_is_known_by_its_label(folder: Path) -> None:
    table = folder / "pairs.tsv"
    table.write_text(
        "drugs\twith\tseverity\teffect\tadvice\tcitation\n"
        "calmine|other\twakol\tmajor\tSleep.\tAvoid.\tUs, 1\nx\ty\tbad\te\ta\tc\n"
    )
    box = box_of(Sources(labels=str(folder), interactions=str(table)), labels.tools)
    assert run(box, "drug_interactions", drugs=["Calmol", "Wakol"])["known"][0]["effect"] == "Sleep."
    assert [issue.field for issue in Interactions(table).issues] == ["severity"]
    (folder / "none.tsv").write_text("drugs\twith\n")
    with pytest.raises(DataError, match="holds no interaction"):
        Interactions(folder / "none.tsv")


def test_every_interaction_of_the_small_set_is_usable() -> None:
    assert small_set().issues == []
    assert len(small_set()) >= 25
    assert small_set().among(["itraconazole", "simvastatin"]) != []
    assert small_set().among(["simvastatin"]) == []
    # A name within another word is not that name.
    assert small_set().among(["prolithium", "naproxen"]) == []


SECTIONS = re.compile(r"sections? \d|boxed warning|contraindications|drug interactions")


def test_every_interaction_of_the_small_set_says_why_and_which_label_says_so() -> None:
    lines = (Path(str(files("workup.knowledge"))) / "data" / "interactions.tsv").read_text("utf-8").splitlines()
    columns = lines[0].split("\t")
    for line in lines[1:]:
        row = dict(zip(columns, line.split("\t"), strict=True))
        drugs = {*row["drugs"].split("|"), *row["with"].split("|")}
        assert len(row["mechanism"]) > 10, line
        assert row["citation"].startswith("US prescribing information of "), line
        # The label of one of the two drugs, and where in it.
        assert any(re.search(rf"\b{re.escape(drug)}\b", row["citation"]) for drug in drugs), line
        assert SECTIONS.search(row["citation"]), line
    (found,) = small_set().among(["clopidogrel", "omeprazole"])
    assert found.mechanism == "CYP2C19, which makes the active metabolite, is inhibited."


def spec(kind: str, **more: Any) -> dict[str, Any]:
    names = more.pop("names", {"drug_name": "string"})
    properties = {name: {"type": one, "description": "", "required": True} for name, one in names.items()}
    return {
        "name": more.pop("name", "t"),
        "description": "",
        "type": kind,
        "parameter": {"properties": properties},
        **more,
    }


def test_specifications_over_labels(folder: Path, tmp_path: Path) -> None:
    fields = {"search_fields": {"warning": ["boxed_warning"]}, "return_fields": ["openfda.brand_name"]}
    limits = {"warning": "string", "limit": "integer", "skip": "integer"}
    by_warning = spec("FDADrugLabel", name="by_warning", fields=fields, names=limits)
    price = spec("Prices", name="price")
    path = tmp_path / "specs.jsonl"
    path.write_text("\n".join(map(json.dumps, [by_warning, price])))
    box = toolbox(Sources(specs=str(path), labels=str(folder)), only=["tooluniverse"])
    assert run(box, "by_warning", warning="liver", limit=5, skip=0) == [{"openfda.brand_name": ["Wakol"]}]
    assert run(box, "by_warning", warning="liver", limit=5, skip=1) == []
    assert "none of the 2 labels match warning kidney" in run(box, "by_warning", warning="kidney", limit=1, skip=0)
    assert "say what to look for: warning" in run(box, "by_warning", warning="", limit=1, skip=0)
    assert "known here by its description only" in run(box, "price", drug_name="x")
    assert toolbox(Sources(), only=["tooluniverse"]).issues == []


def test_specifications_over_kept_answers(tmp_path: Path) -> None:
    query = "query associatedTargets($efoId: String!) { disease { id } }"
    target = spec("OpenTarget", query_schema=query, names={"efoId": "string"})
    kept = {"operation": "associatedTargets", "variables": {"efoId": "EFO_1"}, "data": {"disease": {"id": "EFO_1"}}}
    (tmp_path / "kept.jsonl").write_text(json.dumps(kept))
    run_of, _, remote = backends.behind(target, Sources(open_targets=str(tmp_path / "kept.jsonl")))
    assert run_of is not None
    assert not remote
    found = run_of({"efoId": "EFO_1"})
    assert found.value == {"disease": {"id": "EFO_1"}}
    assert found.evidence[0].source == "Open Targets, kept in kept.jsonl, record 1"
    with pytest.raises(Exception, match="no kept answer to associatedTargets"):
        run_of({"efoId": "EFO_2"})
    (tmp_path / "bad.jsonl").write_text('{"operation": 1}')
    with pytest.raises(DataError, match="is no kept answer"):
        backends.behind(target, Sources(open_targets=str(tmp_path / "bad.jsonl")))[0]({"efoId": "EFO_1"})  # type: ignore[misc]


def test_look_ups() -> None:
    box = box_of(Sources(), lookups.tools)
    marfan = {"findings": ["Ectopia lentis", "HP:0001166", "Aortic root aneurysm"], "excluded": ["Seizure"], "limit": 5}
    ranked = run(box, "phenotype_differential", **marfan)
    assert "Marfan" in " ".join(one["name"] for one in ranked["differential"])
    assert ranked["differential"][0]["for"]
    assert "no HPO term is zzzz" in run(box, "phenotype_differential", findings=["zzzz"])
    assert run(box, "find_phenotype_term", query="epileptic seizure")[0]["name"] == "Seizure"
    disease = box.run(ToolCall(name="disease_findings", arguments={"disease": "OMIM:154700", "limit": 3}))
    assert json.loads(disease.content)["genes"] == ["FBN1"]
    assert disease.evidence[0].source.startswith("phenotype.hpoa 2025-01-16, line")
    assert run(box, "disease_findings", disease="ehlers-danlos")["of"] > 5
    assert "no disease" in run(box, "disease_findings", disease="no such thing")
    assert {"id": "OMIM:154700", "name": "Marfan syndrome"} in run(box, "gene_diseases", gene="FBN1")["diseases"]
    assert "near:" in run(box, "gene_diseases", gene="FBN11")
    joint = run(box, "diseases_of_findings", findings=["HP:0001083", "HP:0001166"], limit=100)
    one = run(box, "diseases_of_findings", findings=["HP:0001083"], limit=100)
    assert "Marfan syndrome" in {found["name"] for found in joint["diseases"]}
    assert joint["of"] < one["of"]


class Recorded(BaseHTTPRequestHandler):
    """Plays answers in the format of each service, and remembers what it was asked."""

    asked: ClassVar[list[Any]] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        Recorded.asked.append((parts.path, query))
        pages: dict[str, Any] = {
            "/esearch.fcgi": {"esearchresult": {"idlist": ["1", "2"]}},
            "/esummary.fcgi": {
                "result": {"uids": ["1"], "1": {"title": "Koplik spots", "source": "J", "pubdate": "1896"}}
            },
            "/association": {
                "items": [{"subject": "MONDO:1", "subject_label": "Marfan"}]
                + ([{"subject": "MONDO:2", "subject_label": "Other"}] if query.get("object") == ["HP:1"] else [])
            },
            "/entity/HP%3A1": {"id": "HP:1"},
            "/": {"results": [{"id": "x", "abuse": ["none"], "openfda": {"brand_name": ["A"]}}]},
        }
        if parts.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://example.org/")
            self.end_headers()
        elif parts.path == "/large":
            self._answer(b'"' + b"x" * (live.LARGEST + 10) + b'"')
        elif parts.path in pages:
            self._answer(json.dumps(pages[parts.path]).encode())
        else:
            self.send_response(404)
            self.end_headers()

    def do_POST(self) -> None:
        Recorded.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(b'{"data": {"disease": {"id": "EFO_1"}}}')

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            return

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def server() -> Iterator[live.Service]:
    Recorded.asked = []
    found = ThreadingHTTPServer(("127.0.0.1", 0), Recorded)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield live.Service("recorded", f"http://127.0.0.1:{found.server_port}", 6000.0)
    found.shutdown()
    found.server_close()


def test_services(server: live.Service) -> None:
    found = live.pubmed(server, {"query": "koplik", "limit": 2})
    assert found.value[0] == {"pmid": "1", "title": "Koplik spots", "journal": "J", "date": "1896"}
    assert found.evidence[0].source == "PMID:1"
    fields = {
        "search_fields": {"drug_name": ["openfda.brand_name", "openfda.generic_name"]},
        "return_fields": ["abuse"],
    }
    label = live.openfda({"fields": fields}, {"drug_name": 'A" OR "B', "limit": 3}, asked=server)
    assert label.value == [{"abuse": ["none"]}]
    assert Recorded.asked[-1][1]["search"] == [
        '(openfda.brand_name:("A" AND "OR" AND "B") OR openfda.generic_name:("A" AND "OR" AND "B"))'
    ]
    target = live.open_targets({"query_schema": "query x { y }"}, {"efoId": '"} { z'}, asked=server)
    assert target.value == {"disease": {"id": "EFO_1"}}
    assert Recorded.asked[-1] == {"query": "query x { y }", "variables": {"efoId": '"} { z'}}
    several = {"type": "MonarchDiseasesForMultiplePheno", "tool_url": "/association", "query_schema": {"limit": 500}}
    assert live.monarch(several, {"HPO_ID_list": ["HP:1", "HP:2"]}, asked=server).value == [
        {"id": "MONDO:1", "name": "Marfan"}
    ]
    one = {"type": "Monarch", "tool_url": "/entity/{url_key}", "query_schema": {"url_key": "id"}}
    assert live.monarch(one, {"id": "HP:1"}, asked=server).value == {"id": "HP:1"}


@pytest.mark.parametrize(
    ("path", "said"), [("/none", "found nothing"), ("/moved", "status 302"), ("/large", "more than 8 MB")]
)
def test_a_service_that_does_not_answer_as_it_should(server: live.Service, path: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        server.get(path, {})


def test_nothing_is_live_unless_named() -> None:
    assert live.tools(Sources()) == []
    assert [tool.remote for tool in live.tools(Sources(live=("pubmed",)))] == [True]
    with pytest.raises(UserError, match="no service named google"):
        live.tools(Sources(live=("google",)))
    label = spec("FDADrugLabel", fields={})
    assert backends.behind(label, Sources())[2] is False
    assert backends.behind(label, Sources(live=("openfda",)))[2] is True
    assert not any(tool.remote for tool in toolbox(Sources()))
    gone = live.Service("gone", "http://127.0.0.1:9", 6000.0)
    with pytest.raises(UserError, match="gone cannot be reached"):
        gone.get("", {})
