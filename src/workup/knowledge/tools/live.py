"""Services asked over the network, only when they are named: openFDA, Open Targets, Monarch, PubMed.

    live=("pubmed",)   pubmed_search(query="Koplik spots")  ->  titles, journals, years and ids

Nothing here runs unless a user named the service. Requests go to the addresses below and nowhere else: redirects are
not followed, answers are limited in size, and each service is asked no more often than it allows without a key.
Arguments leave the machine, so nothing that tells of a patient belongs in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import msgspec

from workup.errors import UserError
from workup.knowledge.tools.tool import Found, Sources, Tool, schema
from workup.models.limits import RateLimit
from workup.reasoning import Evidence

# Where each service is, requests a minute, and how many at once. Without a key openFDA takes 240 in any minute
# (open.fda.gov/apis/authentication) and PubMed three in any second (NCBI E-utilities, usage guidelines); at once and
# filled together stay within that. The others name no limit.
ADDRESSES = {
    "openfda": ("https://api.fda.gov/drug/label.json", 180.0, 60.0),
    "opentargets": ("https://api.platform.opentargets.org/api/v4/graphql", 60.0, 10.0),
    "monarch": ("https://api.monarchinitiative.org/v3/api", 60.0, 10.0),
    "pubmed": ("https://eutils.ncbi.nlm.nih.gov/entrez/eutils", 120.0, 1.0),
}
LARGEST = 8 * 1024**2
SECONDS = 20.0


class Service:
    """One service: its address, its rate, and requests that cannot go elsewhere."""

    def __init__(self, name: str, address: str, per_minute: float, at_once: float | None = None) -> None:
        self.name = name
        self.address = address.rstrip("/")
        self._rate = RateLimit(per_minute, at_once=at_once)

    def get(self, path: str, query: Mapping[str, Any]) -> Any:
        """The JSON at a path below the address.

        Raises:
            UserError: The service did not answer as it should; says how.
        """
        return self._ask("GET", path, params={key: value for key, value in query.items() if value is not None})

    def post(self, body: Mapping[str, Any]) -> Any:
        """The JSON that a query in JSON is answered with."""
        return self._ask("POST", "", json=dict(body))

    def url(self, path: str) -> str:
        """The address of a path, which a specification may have written.

        Raises:
            UserError: It would leave the service.
        """
        import httpx

        if not path:
            return self.address
        try:
            url = httpx.URL(f"{self.address}/{path.lstrip('/')}")
        except httpx.InvalidURL as error:
            raise UserError(f"{self.name}: {path!r} is no path") from error
        home = httpx.URL(self.address)
        inside = url.path.startswith(home.path) and ".." not in url.path.split("/")
        if (url.scheme, url.host, url.port, url.userinfo) != (home.scheme, home.host, home.port, b"") or not inside:
            raise UserError(f"{self.name}: {path!r} leaves the service, and nothing was sent")
        return str(url)

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        import httpx

        url = self.url(path)
        self._rate.take()
        try:
            with (
                httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
                client.stream(method, url, **given) as answer,
            ):
                content = b""
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > LARGEST:
                        raise UserError(f"{self.name} sent more than {LARGEST // 1024**2} MB")
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UserError(f"{self.name} cannot be reached: {type(error).__name__}") from error
        if status == 404:
            raise UserError(f"{self.name} found nothing")
        if status == 429:
            raise UserError(f"{self.name} was asked too often by this address; wait, then ask again")
        if status != 200:
            raise UserError(f"{self.name} answered with status {status}")
        try:
            return msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise UserError(f"{self.name} sent no JSON") from error


@cache
def service(name: str) -> Service:
    """A service by name; one for the whole process, so that its rate holds."""
    return Service(name, *ADDRESSES[name])


def tools(sources: Sources) -> list[Tool]:
    """Tools of the services that were named.

    Raises:
        UserError: A service is unknown.
    """
    if unknown := sorted(set(sources.live) - set(ADDRESSES)):
        raise UserError(f"no service named {', '.join(unknown)}; there are {', '.join(ADDRESSES)}")
    if "pubmed" not in sources.live:
        return []
    return [
        Tool(
            name="pubmed_search",
            description="Articles in PubMed: titles, journals, years and ids.",
            parameters=schema(
                "limit",
                query=("string", "What to look for; nothing that tells of a patient."),
                limit=("integer", "How many.", {"minimum": 1, "maximum": 50}),
            ),
            run=partial(pubmed, service("pubmed")),
            source="pubmed.ncbi.nlm.nih.gov",
            remote=True,
            labels=("literature", "PubMed"),
        )
    ]


def _proof(source: str, value: Any) -> Evidence:
    return Evidence(kind="tool", source=source, quote=msgspec.json.encode(value).decode()[:600], supported=True)


def pubmed(asked: Service, arguments: Mapping[str, Any]) -> Found:
    """Search PubMed: ids first, then a summary of each."""
    common = {"db": "pubmed", "retmode": "json"}
    query = {**common, "term": arguments["query"], "retmax": arguments.get("limit", 10)}
    found = _inside(asked.get("/esearch.fcgi", query), "esearchresult")
    ids = [str(one) for one in found.get("idlist", [])]
    if not ids:
        return Found([])
    summaries = _inside(asked.get("/esummary.fcgi", {**common, "id": ",".join(ids)}), "result")
    value = [
        {
            "pmid": one,
            "title": str(summaries.get(one, {}).get("title", "")),
            "journal": str(summaries.get(one, {}).get("source", "")),
            "date": str(summaries.get(one, {}).get("pubdate", "")),
        }
        for one in ids
    ]
    proofs = tuple(
        Evidence(kind="passage", source=f"PMID:{one['pmid']}", quote=one["title"], supported=True) for one in value
    )
    return Found(value, proofs)


def _inside(answer: Any, field: str) -> dict[str, Any]:
    inner = answer.get(field) if isinstance(answer, dict) else None
    if not isinstance(inner, dict):
        raise UserError(f"the answer has no {field}")
    return inner


def openfda(spec: Mapping[str, Any], arguments: Mapping[str, Any], *, asked: Service | None = None) -> Found:
    """A label tool of ToolUniverse, asked of openFDA: each searched field must hold all the words."""
    asked = asked or service("openfda")
    fields = spec.get("fields") or {}
    groups = []
    for argument, searched in (fields.get("search_fields") or {}).items():
        words = " AND ".join(_quoted(word) for word in str(arguments.get(argument, "")).split())
        if words:
            groups.append("(" + " OR ".join(f"{field}:({words})" for field in searched) + ")")
    query = {"search": " AND ".join(groups), "limit": arguments.get("limit", 10), "skip": arguments.get("skip", 0)}
    answer = asked.get("", query)
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise UserError("openFDA's answer has no results")
    wanted = fields.get("return_fields") or ["openfda.brand_name", "openfda.generic_name"]
    value = [
        {field: found for field in wanted if (found := _deep(one, field)) is not None}
        for one in results
        if isinstance(one, dict)
    ]
    proofs = tuple(
        _proof(f"openFDA drug label {one.get('id', '')}", said)
        for one, said in zip(results, value, strict=False)
        if isinstance(one, dict)
    )
    return Found(value, proofs)


def _quoted(word: str) -> str:
    return '"' + "".join(letter for letter in word if letter not in '"\\') + '"'


def _deep(record: Mapping[str, Any], field: str) -> Any:
    value: Any = record
    for part in field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def open_targets(spec: Mapping[str, Any], arguments: Mapping[str, Any], *, asked: Service | None = None) -> Found:
    """A tool of Open Targets: the specification's GraphQL query with the arguments as variables, never as text."""
    asked = asked or service("opentargets")
    answer = asked.post({"query": spec["query_schema"], "variables": dict(arguments)})
    if isinstance(answer, dict) and answer.get("errors") and not answer.get("data"):
        said = [str(one.get("message", "")) for one in answer["errors"] if isinstance(one, dict)]
        raise UserError(f"Open Targets refused the query: {'; '.join(said)[:300]}")
    data = _inside(answer, "data")
    return Found(data, (_proof(f"Open Targets, {spec.get('name', '')}", data),))


def monarch(spec: Mapping[str, Any], arguments: Mapping[str, Any], *, asked: Service | None = None) -> Found:
    """A tool of Monarch: the specification's query, and for several findings the diseases that have them all."""
    from urllib.parse import quote

    asked = asked or service("monarch")
    query = dict(spec.get("query_schema") or {})
    address = str(spec.get("tool_url", ""))
    if spec.get("type") == "MonarchDiseasesForMultiplePheno":
        held: dict[str, str] | None = None
        for finding in arguments["HPO_ID_list"]:
            items = asked.get(address, {**query, "object": finding}).get("items", [])
            own = {str(item.get("subject")): str(item.get("subject_label", "")) for item in items}
            held = own if held is None else {key: name for key, name in held.items() if key in own}
        offset, limit = arguments.get("offset", 0), arguments.get("limit", 20)
        value: Any = [{"id": key, "name": name} for key, name in list((held or {}).items())[offset : offset + limit]]
    elif "{url_key}" in address:
        key = quote(str(arguments[str(query.get("url_key", "id"))]), safe="")
        value = asked.get(address.replace("{url_key}", key), {})
    else:
        value = asked.get(address, {**query, **arguments})
    return Found(value, (_proof(f"Monarch, {spec.get('name', '')}", value),))
