"""Small releases in the layout of the official ones, and a server that hands them out, well or badly."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from toy import ROWS, TERMS, write_sources

from workup.knowledge.hpo import identifier
from workup.knowledge.releases import FILES

OLD, NEW = "2025-01-16", "2025-11-24"
GENES = {"OMIM:1": "GENE1", "OMIM:4": "GENE1", "OMIM:3": "GENE2"}
NEW_ROWS = [*ROWS, ("OMIM:4", "A2", "PMID:77", "1/1"), ("OMIM:5", "C", "PMID:9", "1/1")]


def write_release(
    folder: Path,
    version: str,
    rows: list[tuple[str, str, str, str]] = ROWS,
    *,
    terms: dict[str, tuple[int, list[str]]] = TERMS,
    genes: dict[str, str] = GENES,
    ontology: str | None = None,
) -> Path:
    """Write the four files of a release; ``ontology`` is the date of hp.obo when it differs."""
    write_sources(folder, terms, rows)
    obo = folder / "hp.obo"
    obo.write_text(
        obo.read_text().replace(
            "format-version: 1.2\n", f"format-version: 1.2\ndata-version: hp/releases/{ontology or version}\n"
        )
    )
    table = folder / "phenotype.hpoa"
    columns = "database_id disease_name qualifier hpo_id reference evidence onset frequency sex modifier aspect"
    heading = "\t".join([*columns.split(), "biocuration"])
    made_with = f"#hpo-version: http://purl.obolibrary.org/obo/hp/releases/{version}/hp.json"
    body = table.read_text().partition("\n")[2]
    table.write_text(f'#description: "toy"\n#version: {version}\n{made_with}\n{heading}\n{body}')
    pairs = [(gene, disease, term) for disease, gene in genes.items() for d, term, _, _ in rows if d == disease]
    (folder / "genes_to_phenotype.txt").write_text(
        "ncbi_gene_id\tgene_symbol\thpo_id\thpo_name\tfrequency\tdisease_id\n"
        + "".join(f"{g[-1]}00\t{g}\t{identifier(terms[t][0])}\t{t}\t-\t{d}\n" for g, d, t in pairs)
    )
    (folder / "phenotype_to_genes.txt").write_text(
        "hpo_id\thpo_name\tncbi_gene_id\tgene_symbol\tdisease_id\n"
        + "".join(f"{identifier(terms[t][0])}\t{t}\t{g[-1]}00\t{g}\t{d}\n" for g, d, t in pairs)
    )
    return folder


class Server:
    """What the test server hands out.

    Attributes:
        url: Its address.
        answers: Path -> body, or a function that answers the request itself.
        asked: Paths asked for, in order.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []

    def offer(self, folder: Path, version: str, *, checksums: bool = True) -> None:
        """Hand out a release as GitHub does."""
        assets = []
        for name in FILES:
            data = (folder / name).read_bytes()
            path = f"/download/v{version}/{name}"
            self.answers[path] = data
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}" if checksums else None
            size = {"size": len(data)} if checksums else {}
            assets.append({"name": name, **size, "digest": digest, "browser_download_url": self.url + path})
        listing = json.dumps({"tag_name": f"v{version}", "assets": assets}).encode()
        self.answers["/releases/latest"] = self.answers[f"/releases/tags/v{version}"] = listing

    def spoil(self, version: str, name: str, answer: Any) -> None:
        """Answer otherwise when one file of a release is asked for."""
        self.answers[f"/download/v{version}/{name}"] = answer


def cut(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Announce the whole and send the half."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def status(code: int) -> Any:
    """An answer with a status and no body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def page(handler: BaseHTTPRequestHandler) -> None:
    """A web page where the file should be, as a hotel's network sends."""
    body = b"<html><body>Please log in</body></html>"
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html; charset=utf-8")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def trickle(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, so that no single wait is long."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.02)


def silent(handler: BaseHTTPRequestHandler) -> None:
    """No answer for a while."""
    time.sleep(1.0)


@contextmanager
def serving() -> Iterator[Server]:
    """A server on this machine, in a thread."""
    state: list[Server] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server = state[0]
            server.asked.append(self.path)
            answer = server.answers.get(self.path)
            try:
                if callable(answer):
                    answer(self)
                elif answer is None:
                    status(404)(self)
                else:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/octet-stream")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
            except OSError:
                pass  # the client gave up, as it should

        def log_message(self, *_: object) -> None: ...

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    state.append(Server(f"http://127.0.0.1:{listener.server_address[1]}"))
    thread = threading.Thread(target=lambda: listener.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield state[0]
    finally:
        listener.shutdown()
        listener.server_close()
