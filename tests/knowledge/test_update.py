"""Updating: only a whole, checked release is ever put in use, whatever the network, the disk or the user does."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from release_building import (
    GENES,
    NEW,
    NEW_ROWS,
    OLD,
    Server,
    cut,
    page,
    serving,
    silent,
    status,
    trickle,
    write_release,
)

from workup.errors import DataError, UserError
from workup.knowledge import Knowledge, base, download, releases, verify
from workup.knowledge.download import Asset, Fetcher, Limits
from workup.knowledge.releases import FILES, PINNED, Release
from workup.knowledge.update import choose, update

QUICK = Limits(seconds=0.4, idle=0.3, attempts=2, pause=0.01)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as found:
        yield found


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of a package that pins a toy release."""
    sources = write_release(tmp_path / "pinned", OLD)
    monkeypatch.setattr(base, "source_folder", lambda: sources)
    monkeypatch.setenv("WORKUP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def newer(tmp_path: Path, server: Server) -> Path:
    """A newer release, on offer."""
    folder = write_release(tmp_path / "newer", NEW, NEW_ROWS)
    server.offer(folder, NEW)
    return folder


def unchanged(cache: Path) -> bool:
    """Whether the pinned release is in use and nothing is left lying about."""
    left = set((cache / "releases").glob("*"))
    return releases.in_use(cache) == PINNED and not left and len(Knowledge.in_use(cache).diseases) == 4


def refused(cache: Path, server: Server, **options: Any) -> str:
    """The one error of an update that must change nothing."""
    with pytest.raises(DataError) as caught:
        update(source=server.url, cache=cache, limits=QUICK, **options)
    assert "\n" not in str(caught.value)
    assert unchanged(cache)
    return str(caught.value)


def test_an_update(cache: Path, server: Server, newer: Path) -> None:
    steps: list[str] = []
    assert len(Knowledge.in_use(cache).diseases) == 4
    done = update(source=server.url, cache=cache, say=steps.append)
    assert (done.version, done.before, done.fetched) == (NEW, PINNED, True)
    assert done.counts["diseases"] == (4, 5)
    assert done.counts["annotation rows"] == (6, 8)
    assert steps[-2:] == ["building", "trying it on a patient"]
    knowledge = Knowledge.in_use(cache)
    assert (len(knowledge.diseases), knowledge.versions["phenotype.hpoa"]) == (5, NEW)
    assert knowledge.release == f"{NEW} (fetched by workup knowledge update)"
    # Evaluations still open the pinned one.
    assert Knowledge.load(cache).release == f"{OLD} (pinned)"
    with releases.pinned_only():
        assert Knowledge.in_use(cache).release == f"{OLD} (pinned)"
    (release,) = releases.installed(cache)
    assert release.source == server.url
    assert set(release.files) == set(FILES)
    # A second time, nothing is fetched but the listing.
    server.asked.clear()
    again = update(source=server.url, cache=cache)
    assert (again.version, again.before, again.fetched) == (NEW, NEW, False)
    assert server.asked == ["/releases/latest"]


def test_back_and_forth(cache: Path, server: Server, newer: Path) -> None:
    update(source=server.url, cache=cache)
    assert choose(PINNED, cache) == NEW
    assert len(Knowledge.in_use(cache).diseases) == 4
    assert choose(NEW, cache) == PINNED
    assert len(Knowledge.in_use(cache).diseases) == 5
    with pytest.raises(UserError, match=r"release 2024-01-01 is not here; there are 2025-11-24, pinned"):
        choose("2024-01-01", cache)
    assert releases.in_use(cache) == NEW


def test_a_release_that_went_missing_is_not_replaced_silently(cache: Path, server: Server, newer: Path) -> None:
    update(source=server.url, cache=cache)
    (cache / "releases" / NEW / "hp.obo").unlink()
    with pytest.raises(UserError, match="workup knowledge use pinned"):
        Knowledge.in_use(cache)
    # An update brings it back.
    assert update(source=server.url, cache=cache).fetched
    assert len(Knowledge.in_use(cache).diseases) == 5
    choose(PINNED, cache)
    assert len(Knowledge.in_use(cache).diseases) == 4
    (cache / "in-use.json").write_text("{")
    with pytest.raises(UserError, match="does not say which release"):
        Knowledge.in_use(cache)
    assert choose(PINNED, cache) == "unknown"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (page, "is a web page"),
        (status(500), r"answers 500 \(tried 2 times\)"),
        (status(404), "answers 404"),
        (trickle, "is too slow: not there after 0.4 s"),
        (silent, "is too slow: no answer for 0.3 s"),
        (b"", "is cut off: 0 bytes of"),
        (b"ontology" * 1000, "is cut off: 8000 bytes of"),
    ],
    ids=["html", "500", "404", "trickle", "silent", "empty", "other"],
)
def test_bad_answers(cache: Path, server: Server, newer: Path, answer: Any, message: str) -> None:
    server.spoil(NEW, "phenotype.hpoa", answer)
    error = refused(cache, server)
    assert re.search(message, error), error
    assert "phenotype.hpoa" in error
    assert "the release in use was not changed" in error


@pytest.mark.parametrize("checksums", [True, False])
def test_cut_off(cache: Path, server: Server, newer: Path, checksums: bool) -> None:
    server.offer(newer, NEW, checksums=checksums)
    body = (newer / "phenotype.hpoa").read_bytes()
    server.spoil(NEW, "phenotype.hpoa", lambda handler: cut(handler, body))
    assert "is cut off" in refused(cache, server)


def test_wrong_byte_of_the_right_length(cache: Path, server: Server, newer: Path) -> None:
    body = (newer / "hp.obo").read_bytes()
    server.spoil(NEW, "hp.obo", body[:-2] + b"!\n")
    assert "checksum" in refused(cache, server)


def test_a_passing_failure_is_tried_again(cache: Path, server: Server, newer: Path) -> None:
    body, failures = (newer / "hp.obo").read_bytes(), [status(503)]

    def answer(handler: Any) -> None:
        if failures:
            failures.pop()(handler)
        else:
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(body)

    server.spoil(NEW, "hp.obo", answer)
    assert update(source=server.url, cache=cache, limits=QUICK).version == NEW


def shorter(data: bytes) -> bytes:
    """A file that ends early, yet at the end of a line."""
    lines = data.splitlines(keepends=True)
    return b"".join(lines[: len(lines) // 2])


@pytest.mark.parametrize("name", FILES)
def test_files_that_end_early(cache: Path, server: Server, newer: Path, name: str) -> None:
    server.offer(newer, NEW, checksums=False)
    server.spoil(NEW, name, shorter((newer / name).read_bytes()))
    error = refused(cache, server)
    assert "complete" in error or "different releases" in error


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("hp.obo", b"<?xml version='1.0'?>\n", "a web page or a message"),
        ("hp.obo", b'{"message": "rate limit"}', "a web page or a message"),
        ("hp.obo", b"\x1f\x8b\x08rest", "binary or compressed"),
        ("hp.obo", b"hello\n", "OBO format"),
        ("phenotype.hpoa", b"a\tb\n", "not the heading"),
        ("phenotype.hpoa", b"", "is empty"),
        ("phenotype.hpoa", b"#version: \xff\n", "not UTF-8"),
    ],
)
def test_wrong_content(cache: Path, server: Server, newer: Path, name: str, data: bytes, message: str) -> None:
    server.offer(newer, NEW, checksums=False)
    server.spoil(NEW, name, data)
    assert message in refused(cache, server)


def test_rows_of_another_shape(cache: Path, server: Server, newer: Path) -> None:
    server.offer(newer, NEW, checksums=False)
    text = (newer / "phenotype.hpoa").read_text().replace("PMID:77\t", "PMID:77")
    server.spoil(NEW, "phenotype.hpoa", text.encode())
    assert "has 11 columns instead of 12" in refused(cache, server)


def test_mixed_releases(cache: Path, server: Server, tmp_path: Path) -> None:
    mixed = write_release(tmp_path / "mixed", NEW, NEW_ROWS, ontology="2025-09-01")
    server.offer(mixed, NEW)
    assert "are of different releases: hp.obo 2025-09-01, phenotype.hpoa 2025-11-24" in refused(cache, server)
    # The gene files state no date; what they list gives them away.
    newer = write_release(tmp_path / "newer", NEW, NEW_ROWS)
    other = write_release(tmp_path / "other", NEW, NEW_ROWS, genes={**GENES, "OMIM:3": "GENE9"})
    (newer / "phenotype_to_genes.txt").write_bytes((other / "phenotype_to_genes.txt").read_bytes())
    server.offer(newer, NEW)
    assert "pairs of gene and disease" in refused(cache, server)
    # The whole is another release than the one announced.
    honest = write_release(tmp_path / "honest", "2025-09-01", NEW_ROWS)
    server.offer(honest, NEW)
    assert "the release 2025-11-24" in refused(cache, server)
    (honest / "hp.obo").write_text((honest / "hp.obo").read_text().replace("2025-09-01", "soon"))
    server.offer(honest, NEW)
    assert "states no date" in refused(cache, server)


def test_downgrade(cache: Path, server: Server, tmp_path: Path) -> None:
    older = write_release(tmp_path / "older", "2024-01-01", NEW_ROWS)
    server.offer(older, "2024-01-01")
    assert "is older than 2025-01-16, which is in use" in refused(cache, server)
    # By name it is what the user wants.
    assert update(source=server.url, cache=cache, release="2024-01-01").version == "2024-01-01"
    assert Knowledge.in_use(cache).versions["phenotype.hpoa"] == "2024-01-01"


def test_a_release_that_is_not_there(cache: Path, server: Server, newer: Path) -> None:
    server.answers["/hp.obo"] = None
    assert "answers 404" in refused(cache, server, release="2023-01-01")
    server.answers["/releases/latest"] = b"[]"
    assert "list of releases" in refused(cache, server)
    server.answers["/releases/latest"] = json.dumps({"tag_name": f"v{NEW}", "assets": []}).encode()
    assert "lacks hp.obo" in refused(cache, server)


def test_too_large(cache: Path, server: Server, newer: Path) -> None:
    with pytest.raises(DataError, match="more than the 150"):
        update(source=server.url, cache=cache, limits=Limits(bytes=150))
    assert unchanged(cache)


def test_nobody_there(cache: Path) -> None:
    with pytest.raises(DataError, match="cannot be reached"):
        update(source="http://127.0.0.1:9", cache=cache, limits=QUICK)
    assert unchanged(cache)


def test_a_plain_folder_on_a_server(cache: Path, server: Server, newer: Path, tmp_path: Path) -> None:
    for name in FILES:
        server.answers[f"/mirror/{name}"] = (newer / name).read_bytes()
    assert update(source=f"{server.url}/mirror/", cache=cache).version == NEW
    server.answers["/mirror/SHA256SUMS"] = ("0" * 64 + "  hp.obo\n").encode()
    with pytest.raises(DataError, match="checksum"):
        update(source=f"{server.url}/mirror", cache=cache, limits=QUICK)
    assert releases.in_use(cache) == NEW


def test_a_folder_of_this_machine(cache: Path, newer: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither an address"):
        update(source=str(tmp_path / "nowhere"), cache=cache)
    assert unchanged(cache)
    assert update(source=str(newer), cache=cache).version == NEW
    assert (newer / "hp.obo").is_file()


def test_the_same_version_again(cache: Path, newer: Path) -> None:
    assert update(source=str(newer), cache=cache).version == NEW
    before = (cache / "releases" / NEW / "hp.obo").stat().st_ino
    assert update(source=str(newer), cache=cache).version == NEW
    # The release in use was not touched.
    assert (cache / "releases" / NEW / "hp.obo").stat().st_ino == before
    write_release(newer, NEW, NEW_ROWS[:-1])
    with pytest.raises(DataError, match="is here already, with other content"):
        update(source=str(newer), cache=cache)
    assert len(Knowledge.in_use(cache).diseases) == 5


def test_files_changed_since_they_were_fetched(cache: Path, newer: Path) -> None:
    update(source=str(newer), cache=cache)
    with (cache / "releases" / NEW / "phenotype.hpoa").open("a") as table:
        table.write("more\n")
    with pytest.raises(UserError, match="were changed since they were fetched"):
        Knowledge.in_use(cache)


def test_a_cache_that_cannot_be_written(cache: Path, newer: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="WORKUP_CACHE"):
        update(source=str(newer), cache=tmp_path / "file" / "cache")


def test_official_addresses_only(tmp_path: Path) -> None:
    with Fetcher() as fetcher:
        assert fetcher.source == download.OFFICIAL
        for url in ("https://example.org/hp.obo", "http://github.com/hp.obo", "https://github.com.example.org/x"):
            with pytest.raises(DataError, match="not an address of the official releases"):
                fetcher.fetch("hp.obo", Asset(url), tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b""


def test_without_the_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub refuses the listing once an address has asked too often; the files can still be had."""

    def refuse(self: Fetcher, url: str) -> bytes:
        assert url == f"{download.OFFICIAL}/releases/" + (f"tags/v{NEW}" if "tags" in url else "latest")
        raise download._Refused(403)

    monkeypatch.setattr(Fetcher, "_small", refuse)
    base_url = "https://github.com/obophenotype/human-phenotype-ontology/releases"
    with Fetcher() as fetcher:
        latest, named = fetcher.listing(), fetcher.listing(NEW)
    assert (latest.version, set(latest.assets)) == ("", set(FILES))
    assert latest.assets["hp.obo"].url == f"{base_url}/latest/download/hp.obo"
    assert named.assets["hp.obo"].url == f"{base_url}/download/v{NEW}/hp.obo"


def test_redirects_leave_no_official_host(monkeypatch: pytest.MonkeyPatch, server: Server, tmp_path: Path) -> None:
    # This machine plays an official host, which sends the caller elsewhere.
    def away(handler: Any) -> None:
        handler.send_response(302)
        handler.send_header("Location", "http://elsewhere.invalid/hp.obo")
        handler.end_headers()

    server.answers["/hp.obo"] = away
    with Fetcher(None, QUICK) as fetcher:
        allow = fetcher._allow
        fetcher._client.event_hooks = {"request": [lambda r: None if r.url.host == "127.0.0.1" else allow(r)]}
        with pytest.raises(DataError, match=r"elsewhere\.invalid.*not an address"):
            fetcher.fetch("hp.obo", Asset(f"{server.url}/hp.obo"), tmp_path / "hp.obo")


def test_disk_full(cache: Path, server: Server, newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Knowledge.load(cache)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Fetcher, "_stream", full)
        assert "No space left on device" in refused(cache, server)
    with monkeypatch.context() as patched:
        patched.setattr("numpy.save", full)
        assert "No space left on device" in refused(cache, server)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(DataError, match="No space left"):
            update(source=server.url, cache=cache)
        assert releases.in_use(cache) == PINNED
    assert update(source=server.url, cache=cache).version == NEW


def test_an_artefact_that_ranks_wrongly(
    cache: Path, server: Server, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workup.knowledge import update as module

    monkeypatch.setattr(module, "probe_case", lambda knowledge: (module.Case(id="x"), "OMIM:0"))
    assert "as it should" in refused(cache, server)


CHILD = """
import sys, time
from pathlib import Path
from workup.knowledge import base, update
stage, url, sources, cache, mark = sys.argv[1:]
base.source_folder = lambda: Path(sources)
def stop(*_, **__):
    Path(mark).touch()
    time.sleep(60)
if stage == "checking":
    update.verify.check_release = stop
elif stage == "building":
    base.compile_diseases = stop
elif stage == "trying":
    update.check_ranking = stop
elif stage == "switching":
    update.releases.use = stop
def say(step):
    if stage == "fetching" and step.endswith("phenotype.hpoa"):
        stop()
update.update(source=url, cache=Path(cache), say=say)
"""


@pytest.mark.parametrize("stage", ["fetching", "building", "switching"])
def test_killed(cache: Path, server: Server, newer: Path, tmp_path: Path, stage: str) -> None:
    mark = tmp_path / "mark"
    arguments = [stage, server.url, str(tmp_path / "pinned"), str(cache), str(mark)]
    child = subprocess.Popen([sys.executable, "-c", CHILD, *arguments])
    try:
        deadline = time.monotonic() + 60
        while not mark.exists() and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert mark.exists()
        # Meanwhile a second update is told so, and the old release can be used.
        with pytest.raises(UserError, match="another update is running"):
            update(source=server.url, cache=cache)
        assert len(Knowledge.in_use(cache).diseases) == 4
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert releases.in_use(cache) == PINNED
    assert len(Knowledge.in_use(cache).diseases) == 4
    # The lock went with the process, and so does what it left behind.
    assert update(source=server.url, cache=cache).version == NEW
    assert [path.name for path in (cache / "releases").iterdir()] == [NEW]


def test_versions() -> None:
    assert releases.version_text(" v2025-11-24") == NEW
    for wrong in ("newest", "../../etc", "2025-11", ""):
        with pytest.raises(UserError, match="is no version"):
            releases.version_text(wrong)


def test_half_a_record_is_no_release(cache: Path) -> None:
    folder = cache / "releases" / NEW
    folder.mkdir(parents=True)
    (folder / "release.json").write_text("{")
    assert releases.installed(cache) == []
    record = Release(version=NEW, source="x", fetched="y", files={})
    (folder / "release.json").write_bytes(json.dumps({"version": record.version}).encode())
    assert releases.installed(cache) == []


def test_facts_of_the_pinned_files() -> None:
    facts = verify.read_facts(base.source_folder())
    assert (facts.ontology, facts.annotations, facts.made_with) == (OLD, OLD, OLD)
    # Counted with grep and wc in the files.
    assert facts.counts == {
        "terms": 19_484,
        "annotation rows": 271_702,
        "diseases": 12_687,
        "rows of genes_to_phenotype.txt": 316_589,
        "rows of phenotype_to_genes.txt": 1_040_432,
    }
    assert verify.check_release(facts, facts, OLD) == OLD


@pytest.mark.slow
def test_an_update_of_real_size(tmp_path: Path) -> None:
    """The shipped files with a new date and one more annotation, fetched from a server."""
    code = "import sys; from workup.cli import main; main(sys.argv[1:])"
    newer = tmp_path / "newer"
    newer.mkdir()
    row = "OMIM:154700\tMarfan syndrome\t\tHP:0000252\tPMID:1\tPCS\t\t3/3\t\t\tP\tHPO:test[2025-11-24]\n"
    for name in FILES:
        text = (base.source_folder() / name).read_text(encoding="utf-8")
        (newer / name).write_text(text.replace(f"/{OLD}", f"/{NEW}").replace(f"#version: {OLD}", f"#version: {NEW}"))
    with (newer / "phenotype.hpoa").open("a", encoding="utf-8") as table:
        table.write(row)
    (tmp_path / "case.txt").write_text("HP:0001083\nHP:0000252\n")
    environment = {**os.environ, "WORKUP_CACHE": str(tmp_path / "cache"), "NO_PROXY": "127.0.0.1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    with serving() as server:
        server.offer(newer, NEW)
        done = json.loads(run("knowledge", "update", "--source", server.url, "--json"))
    assert (done["version"], done["before"]) == (NEW, PINNED)
    assert done["counts"]["annotation rows"] == [271_702, 271_703]
    result = json.loads(run("diagnose", str(tmp_path / "case.txt"), "--json"))
    assert result["versions"]["release"].startswith(NEW)
    change = json.loads(run("knowledge", "diff", "pinned", NEW, str(tmp_path / "case.txt"), "--top", "200", "--json"))
    (marfan,) = [move for move in change["moves"] if move["id"] == "OMIM:154700"]
    assert marfan["rank_after"] < marfan["rank_before"]
    assert [(c["term"], c["reference"], c["after"]) for c in marfan["changes"]] == [
        ("HP:0000252", "PMID:1", "frequency 3/3")
    ]
