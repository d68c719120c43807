"""The four live services against answers in their released format: addresses, rates, errors, and off unless named."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.errors import UserError
from workup.knowledge.tools import Sources, live, toolbox
from workup.models.limits import RateLimit
from workup.models.model import ToolCall

# What each service allows without a key: so many requests in so many seconds; what it names no limit for is ours.
ALLOWED = {"openfda": (240, 60.0), "pubmed": (3, 1.0), "opentargets": (70, 60.0), "monarch": (70, 60.0)}

# Answers with the fields that the services' documentation shows, shortened.
ANSWERS: dict[str, Any] = {
    "/drug/label.json": {
        "meta": {"disclaimer": "Do not rely on openFDA.", "results": {"skip": 0, "limit": 1, "total": 4}},
        "results": [
            {
                "id": "0b1",
                "set_id": "a60",
                "pregnancy": ["8.1 Pregnancy Risk Summary"],
                "openfda": {"brand_name": ["LIPITOR"], "generic_name": ["ATORVASTATIN CALCIUM"]},
            }
        ],
    },
    "/entrez/eutils/esearch.fcgi": {
        "header": {"type": "esearch", "version": "0.3"},
        "esearchresult": {"count": "2", "retmax": "2", "retstart": "0", "idlist": ["31452104", "20301426"]},
    },
    "/entrez/eutils/esummary.fcgi": {
        "header": {"type": "esummary", "version": "0.3"},
        "result": {
            "uids": ["31452104", "20301426"],
            "31452104": {"uid": "31452104", "pubdate": "2019 Aug 27", "source": "Genet Med", "title": "A title."},
            "20301426": {"uid": "20301426", "error": "cannot get document summary"},
        },
    },
    "/v3/api/association": {
        "limit": 20,
        "offset": 0,
        "total": 1,
        "items": [
            {
                "subject": "MONDO:0007947",
                "subject_label": "Marfan syndrome",
                "predicate": "biolink:has_phenotype",
                "object": "HP:0001166",
            }
        ],
    },
    "/v3/api/entity/HP:0001166": {
        "id": "HP:0001166",
        "category": "biolink:PhenotypicFeature",
        "name": "Arachnodactyly",
    },
}
TARGETS = {
    "data": {"disease": {"id": "MONDO_0007947", "name": "Marfan syndrome", "phenotypes": {"count": 1, "rows": []}}}
}
REFUSED = {"data": None, "errors": [{"message": "Cannot query field 'x' on type 'Query'."}]}


class Player(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        Player.asked.append(self.path)
        found = ANSWERS.get(parts.path.replace("%3A", ":"))
        if parse_qs(parts.query).get("search", [""])[0].find("busy") >= 0:
            self._send(429, {"error": {"code": "OVER_RATE_LIMIT"}})
        elif found is None:
            self._send(404, {"error": {"code": "NOT_FOUND", "message": "No matches found!"}})
        else:
            self._send(200, found)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Player.asked.append(self.path)
        self._send(200, REFUSED if "x" in body["query"].split() else TARGETS)

    def _send(self, status: int, value: Any) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, live.Service]]:
    """The four services with their own paths, on a server of ours."""
    Player.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Player)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = {
        name: live.Service(name, f"http://127.0.0.1:{server.server_port}{urlsplit(address).path}", 6000.0)
        for name, (address, _, _) in live.ADDRESSES.items()
    }
    monkeypatch.setattr(live, "service", lambda name: made[name])
    yield made
    server.shutdown()
    server.server_close()


def parameters(**kinds: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": kind, "description": "", "required": True} for name, kind in kinds.items()},
    }


SPECS: dict[str, dict[str, Any]] = {
    "openfda": {
        "name": "get_pregnancy",
        "description": "Pregnancy.",
        "type": "FDADrugLabel",
        "parameter": parameters(drug_name="string"),
        "fields": {"search_fields": {"drug_name": ["openfda.brand_name"]}, "return_fields": ["pregnancy"]},
    },
    "opentargets": {
        "name": "get_phenotypes",
        "description": "Phenotypes of a disease.",
        "type": "OpenTarget",
        "parameter": parameters(efoId="string"),
        "query_schema": "query of($efoId: String!) { disease(efoId: $efoId) { id name } }",
    },
    "monarch": {
        "name": "get_diseases",
        "description": "Diseases of a finding.",
        "type": "Monarch",
        "parameter": parameters(object="string"),
        "tool_url": "/association",
        "query_schema": {"category": "biolink:DiseaseToPhenotypicFeatureAssociation", "limit": 20},
    },
}
CALLS: dict[str, tuple[str, dict[str, Any], str]] = {
    "openfda": ("get_pregnancy", {"drug_name": "Lipitor"}, "8.1 Pregnancy Risk Summary"),
    "opentargets": ("get_phenotypes", {"efoId": "MONDO_0007947"}, "Marfan syndrome"),
    "monarch": ("get_diseases", {"object": "HP:0001166"}, "Marfan syndrome"),
    "pubmed": ("pubmed_search", {"query": "Marfan", "limit": 2}, "Genet Med"),
}


@pytest.fixture
def specs(tmp_path: Path) -> str:
    path = tmp_path / "specs.json"
    path.write_text(json.dumps(list(SPECS.values())))
    return str(path)


@pytest.mark.parametrize("name", sorted(live.ADDRESSES))
def test_each_answers_when_it_is_named_and_not_otherwise(
    name: str, services: dict[str, live.Service], specs: str
) -> None:
    tool, arguments, words = CALLS[name]
    call = ToolCall(name=tool, arguments=arguments)
    others = tuple(other for other in live.ADDRESSES if other != name)
    for sources in (Sources(specs=specs), Sources(specs=specs, live=others)):
        box = toolbox(sources)
        # Monarch's questions have a local answer; the others have none.
        assert tool not in box or not box[tool].remote
        assert tool not in box or name == "monarch" or box.run(call).status == "unavailable"
        box.run(call)
    assert Player.asked == []
    found = toolbox(Sources(specs=specs, live=(name,))).run(call)
    assert (found.status, words in found.content) == ("done", True), found.content
    assert found.evidence
    # Nothing but this service was asked, at its own address.
    assert all(path.startswith(urlsplit(services[name].address).path) for path in Player.asked)


def test_an_article_without_a_summary_keeps_its_id(services: dict[str, live.Service]) -> None:
    found = live.pubmed(services["pubmed"], {"query": "x"})
    assert [(one["pmid"], one["title"]) for one in found.value] == [("31452104", "A title."), ("20301426", "")]


def test_what_a_service_refuses_is_said(services: dict[str, live.Service]) -> None:
    with pytest.raises(UserError, match="Cannot query field 'x'"):
        live.open_targets({"query_schema": "query { x }"}, {}, asked=services["opentargets"])
    with pytest.raises(UserError, match="openfda was asked too often"):
        live.openfda(SPECS["openfda"], {"drug_name": "busy"}, asked=services["openfda"])
    with pytest.raises(UserError, match="monarch found nothing"):
        live.monarch({**SPECS["monarch"], "tool_url": "/nothing"}, {"object": "HP:1"}, asked=services["monarch"])


@pytest.mark.parametrize(
    "path",
    [
        "@example.org/",
        "/../../admin",
        "/a/../../../x",
        "//example.org/x",
        ":81/",
        "/..%2f..%2fx",
        ".example.org/",
        "?x=1",
    ],
)
def test_a_specification_cannot_send_anything_elsewhere(path: str, services: dict[str, live.Service]) -> None:
    refused = 0
    for one in services.values():
        with suppress(UserError):
            assert one.url(path).startswith(f"{one.address}/")
            continue
        refused += 1
    # A path that climbs is refused by all; one that only looks odd stays below the address.
    assert refused == (len(services) if ".." in path else 0)


@given(st.text(max_size=30))
def test_no_text_makes_an_address_of_another_service(path: str) -> None:
    one = live.Service("openfda", *live.ADDRESSES["openfda"])
    try:
        url = one.url(path)
    except UserError:
        return
    assert urlsplit(url).netloc == "api.fda.gov"
    assert url.startswith(one.address)


def test_only_these_addresses_are_known() -> None:
    hosts = {name: urlsplit(address) for name, (address, _, _) in live.ADDRESSES.items()}
    assert {name: (one.scheme, one.netloc) for name, one in hosts.items()} == {
        "openfda": ("https", "api.fda.gov"),
        "opentargets": ("https", "api.platform.opentargets.org"),
        "monarch": ("https", "api.monarchinitiative.org"),
        "pubmed": ("https", "eutils.ncbi.nlm.nih.gov"),
    }


@pytest.mark.parametrize("name", sorted(live.ADDRESSES))
def test_no_service_is_asked_more_often_than_it_allows(name: str) -> None:
    """A clock of our own: as fast as it goes, in every window there are at most as many requests as allowed."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    _, per_minute, at_once = live.ADDRESSES[name]
    limit = RateLimit(per_minute, at_once=at_once, clock=lambda: now[0], sleep=sleep)
    times = []
    for _ in range(600):
        limit.take()
        times.append(now[0])
    most, seconds = ALLOWED[name]
    busiest = max(sum(start <= other < start + seconds for other in times) for start in times)
    assert busiest <= most
    # And no slower than it says.
    assert times[-1] <= 600 / per_minute * 60
