"""A folder of documents of every kind, its index on disk, and what of it is read again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workup.errors import DataError, Issue, UserError
from workup.knowledge.tools import Sources, Toolbox
from workup.knowledge.tools.corpus import tools
from workup.models.model import ToolCall
from workup.retrieval.documents import Document, documents
from workup.retrieval.index import FolderIndex, has

PUBMED = """<?xml version="1.0"?><!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle" "https://dtd.nlm.nih.gov/x.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>11</PMID><Article><Journal><JournalIssue><PubDate><Year>2019</Year>
</PubDate></JournalIssue><Title>J Rash</Title></Journal><ArticleTitle>On <i>measles</i></ArticleTitle><Abstract>
<AbstractText Label="AIM">Koplik spots.</AbstractText><AbstractText>They are white.</AbstractText></Abstract></Article>
</MedlineCitation></PubmedArticle><PubmedArticle><MedlineCitation><PMID>12</PMID><Article><Journal><JournalIssue><PubDate>
<MedlineDate>2001 Jan-Feb</MedlineDate></PubDate></JournalIssue></Journal><ArticleTitle>Gout</ArticleTitle></Article>
</MedlineCitation></PubmedArticle><PubmedArticle><MedlineCitation><PMID>13</PMID></MedlineCitation></PubmedArticle>
</PubmedArticleSet>"""


def pdf(*pages: str) -> bytes:
    """A small PDF, a line of text a page."""
    count = len(pages)
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(count))
    font = f"{3 + 2 * count} 0 R"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {count} >>"]
    for number, words in enumerate(pages):
        stream = f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents {4 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 {font} >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "library"
    (made / "deep").mkdir(parents=True)
    (made / "notes.txt").write_text("Measles is a rash.\n\nGout begins in the toe.")
    (made / "deep" / "guide.pdf").write_bytes(pdf("Halve the dose in renal failure.", "", "Stop it in pregnancy."))
    with gzip.open(made / "pubmed.xml.gz", "wt") as stream:
        stream.write(PUBMED)
    records = [
        {"id": 1, "text": "Scurvy is want of vitamin C.", "year": 1747, "kind": "book", "long": "x" * 300},
        {"id": 2},
    ]
    (made / "records.jsonl").write_text("\n".join(map(json.dumps, records)))
    (made / "picture.png").write_bytes(b"\x89PNG")
    (made / ".hidden.txt").write_text("Secret")
    return made


class Letters:
    """Vectors of how often each letter stands in a text; remembers how many texts it was given."""

    name = "letters"

    def __init__(self) -> None:
        self.given = 0

    def encode(self, texts: Sequence[str]) -> Any:
        self.given += len(texts)
        counts = np.array([[text.lower().count(chr(97 + i)) + 0.01 for i in range(26)] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def test_documents_of_every_kind(folder: Path) -> None:
    articles = [one for one in documents(folder / "pubmed.xml.gz") if isinstance(one, Document)]
    assert articles[0] == Document(
        "11",
        "PMID:11, pubmed.xml.gz",
        "On measles",
        "AIM: Koplik spots.\n\nThey are white.",
        {"journal": "J Rash", "year": 2019},
    )
    assert (articles[1].text, articles[1].facts) == ("Gout", {"year": 2001})
    broken = [one for one in documents(folder / "pubmed.xml.gz") if isinstance(one, Issue)]
    assert [(issue.record, issue.message) for issue in broken] == [("PMID 13", "has neither title nor abstract")]
    pages = list(documents(folder / "deep" / "guide.pdf"))
    assert [(one.source, one.text) for one in pages if isinstance(one, Document)] == [
        ("guide.pdf, page 1", "Halve the dose in renal failure."),
        ("guide.pdf, page 3", "Stop it in pregnancy."),
    ]
    assert [one.code for one in pages if isinstance(one, Issue)] == ["no_text"]
    record = next(one for one in documents(folder / "records.jsonl") if isinstance(one, Document))
    assert record.facts == {"year": 1747, "kind": "book"}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.xml", b"<a/>", "holds no PubmedArticle"),
        ("a.xml", b"<a>", "no whole XML"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "declares entities"),
        ("a.pdf", b"%PDF-1.4 nonsense", "no readable PDF"),
        ("a.pdf", b"", "no readable PDF"),
        ("a.txt", b"\xff\xfe\x00", "UTF-16"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=said):
        list(documents(tmp_path / name))


def test_articles_before_a_break_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(PUBMED[: PUBMED.index("<PMID>12")])
    found = list(documents(tmp_path / "a.xml"))
    assert [type(one) for one in found] == [Document, Issue]


def test_search_with_places_and_filters(folder: Path, tmp_path: Path) -> None:
    index = FolderIndex(folder, tmp_path / "index")
    assert len(index) == 8
    assert len(index.issues) == 3
    ((best, score), *_) = index.search("dose when the kidneys fail: renal")
    assert best.passage.place == "deep/guide.pdf, page 1, characters 0-32"
    assert score > 0
    assert [kept.id for kept, _ in index.search("gout")] == ["pubmed.xml.gz#2", "notes.txt#1"]
    assert [kept.id for kept, _ in index.search("gout", where={"year": {"from": 1990}})] == ["pubmed.xml.gz#2"]
    assert [kept.id for kept, _ in index.search("gout", where={"file": ["notes.txt"]})] == ["notes.txt#1"]
    assert index.search("gout", where={"kind": "book"}) == []
    for kept in index.passages:
        source = next(
            one
            for one in documents(folder / str(kept.facts["file"]))
            if isinstance(one, Document) and one.id == kept.passage.document
        )
        assert source.text[kept.passage.start : kept.passage.end] == kept.passage.text
    with pytest.raises(UserError, match="no vectors"):
        index.search("gout", how="meaning")


def test_only_what_changed_is_read_and_encoded_again(folder: Path, tmp_path: Path) -> None:
    where, first = tmp_path / "index", Letters()
    index = FolderIndex(folder, where, encoder=first)
    assert len(index.changed["added"]) == 4
    assert first.given >= 8
    again = Letters()
    same = FolderIndex(folder, where, encoder=again)
    assert (again.given, same.changed) == (0, {"added": [], "changed": [], "removed": []})
    (folder / "notes.txt").write_text("Rubella is a rash.")
    (folder / "new.md").write_text("Beriberi is want of thiamine.")
    (folder / "records.jsonl").unlink()
    third = Letters()
    grown = FolderIndex(folder, where, encoder=third)
    assert grown.changed == {"added": ["new.md"], "changed": ["notes.txt"], "removed": ["records.jsonl"]}
    assert third.given == 2
    whole = FolderIndex(folder, tmp_path / "other", encoder=Letters())
    for how in ("words", "meaning", "both"):
        for query in ("rash", "want of thiamine", "pregnancy"):
            assert grown.search(query, how=how) == whole.search(query, how=how)  # type: ignore[arg-type]
    assert len(list((where / "parts").iterdir())) == 8


def test_a_damaged_index_is_made_again(folder: Path, tmp_path: Path) -> None:
    where = tmp_path / "index"
    expected = FolderIndex(folder, where).search("rash")
    for path in [where / "manifest.json", where / "words" / "index.json", next((where / "parts").iterdir())]:
        path.write_bytes(b"{")
        assert FolderIndex(folder, where).search("rash") == expected


def test_a_file_alone_and_a_folder_of_nothing(folder: Path, tmp_path: Path) -> None:
    assert len(FolderIndex(folder / "notes.txt", tmp_path / "a")) == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="nothing that can be searched"):
        FolderIndex(tmp_path / "empty", tmp_path / "b")
    with pytest.raises(DataError, match="does not exist"):
        FolderIndex(tmp_path / "nowhere", tmp_path / "c")


def test_facts() -> None:
    assert has({"year": 2000}, {"year": 2000})
    assert not has({"year": "2000"}, {"year": {"from": 1990}})


def test_the_tool(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKUP_CACHE", str(tmp_path / "cache"))
    made = tools(Sources(corpus=str(folder)))
    assert sum(isinstance(one, Issue) for one in made) == 3
    box = Toolbox(one for one in made if not isinstance(one, Issue))
    result = box.run(ToolCall(name="corpus_search", arguments={"query": "spots", "from_year": 2010, "limit": 3}))
    assert json.loads(result.content)[0]["source"] == "PMID:11, pubmed.xml.gz, characters 0-18"
    assert result.evidence[0].quote == "AIM: Koplik spots."
    none = Toolbox(one for one in tools(Sources()) if not isinstance(one, Issue))
    assert none.run(ToolCall(name="corpus_search", arguments={"query": "x"})).status == "unavailable"
