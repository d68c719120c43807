"""Findings in free text: which HPO terms a text names, against expert annotations.

Data: one annotated text per line, offsets in characters with the end exclusive::

    {"id": "d1", "text": "No seizures; short stature.", "source": "toy",
     "annotations": [{"start": 13, "end": 26, "text": "short stature", "hpo_id": "HP:0004322"},
                     {"start": 0, "end": 11, "text": "No seizures", "hpo_id": "HP:0001250", "negated": true}]}

as GSC+ (Groza et al., Database 2015; Lobo et al., Biomed Res Int 2017), ID-68 (Anazi et al., Mol Psychiatry 2017), the
case reports of RAG-HPO and BioCreative VIII track 3 are given. ``negated`` (or ``"flag": "Neg"``, as ID-68 marks it)
says that the finding is absent; such rows are not in the positive set. Old ids become current ones, and ids outside
phenotypic abnormality are left out, on both sides.

What is measured, each over all documents of a file (micro: counts are added up, then divided):

``document``
    Sets of ids per document; an id whose mentions do not amount to ``present`` (:func:`workup.text.findings.status_of`)
    is not in the set. The headline.
``document, any status``
    The same with negated annotations and mentions of any status: recognition alone. What corpora are to be compared on
    that were annotated without regard to status, as GSC+.
``document, excluded``
    Negated annotations against ids whose mentions amount to ``excluded``; only where the file has negated rows.
``mention, exact`` and ``mention, overlap``
    Places: same id at the same offsets, or at overlapping ones (each annotation matched once); only where every row
    has offsets. A negated row whose words include the negation ("No seizures") can only overlap.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import workup
from workup.errors import Issue, UserError
from workup.evaluation.beside import BY_BENCHMARK, NONE
from workup.evaluation.stats import LEVEL, RESAMPLES
from workup.io import write_atomic
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.knowledge.hpo import Ontology
from workup.text.findings import says, status_of
from workup.text.mention import Mention

Extractor = Callable[[str], list[Mention]]
Progress = Callable[[int, int], None]
Place = tuple[int, int, str]

DOCUMENT = "document"
ANY = "document, any status"
EXCLUDED = "document, excluded"
EXACT = "mention, exact"
OVERLAP = "mention, overlap"
LEVELS = (DOCUMENT, ANY, EXCLUDED, EXACT, OVERLAP)
# A page, as the time of reading is given for.
PAGE = 3000


class Annotation(msgspec.Struct, frozen=True):
    """One row of the expert annotations; offsets are missing where the words do not occur literally."""

    hpo_id: str
    text: str = ""
    start: int | None = None
    end: int | None = None
    negated: bool = False
    flag: str = ""

    @property
    def absent(self) -> bool:
        """Whether it says that the finding is not there."""
        return self.negated or self.flag == "Neg"


class Document(msgspec.Struct, frozen=True):
    """One annotated text."""

    id: str
    text: str
    annotations: tuple[Annotation, ...] = ()
    source: str = ""


class Scored(msgspec.Struct, frozen=True):
    """What was found in one document, without its text.

    Attributes:
        counts: For each level true positives, false positives and false negatives.
        found: Ids that were found and are right.
        extra: Ids that were found and are not in the annotations.
        missed: Ids that were not found.
    """

    id: str
    file: str
    counts: dict[str, tuple[int, int, int]]
    found: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def read(path: Path) -> tuple[list[Document], list[Issue]]:
    """Read a file of annotated texts; lines that cannot be read become issues."""
    decoder = msgspec.json.Decoder(Document)
    documents: list[Document] = []
    issues: list[Issue] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            documents.append(decoder.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            issues.append(
                Issue(
                    severity="error", message=str(error), path=str(path), record=f"line {number}",
                    remedy="give one annotated text per line, as the benchmark's documentation shows",
                )
            )  # fmt: skip
    return documents, issues


def current_id(ontology: Ontology, identifier: str) -> str | None:
    """The id of this release that an id stands for; None if it is unknown or no phenotypic abnormality."""
    resolution = ontology.resolve(identifier)
    if resolution.how in ("unknown", "label", "synonym", "newer"):
        return None
    term = resolution.terms[0]
    return ontology.id(term) if ontology.branch_of(term) == "phenotype" else None


def counted(gold: set[Any], found: set[Any]) -> tuple[int, int, int]:
    """True positives, false positives, false negatives.

    >>> counted({"a", "b"}, {"b", "c"})
    (1, 1, 1)
    """
    return len(gold & found), len(found - gold), len(gold - found)


def overlapping(gold: Sequence[Place], found: Sequence[Place]) -> tuple[int, int, int]:
    """Counts where a place may overlap an annotation of the same id; each is used once, the first that fits.

    >>> overlapping([(0, 9, "a"), (10, 19, "a")], [(3, 9, "a"), (4, 9, "a"), (10, 12, "b")])
    (1, 2, 1)
    """
    left = sorted(gold)
    hits = 0
    for start, end, identifier in sorted(found):
        match = next((g for g in left if g[2] == identifier and g[0] < end and start < g[1]), None)
        if match is not None:
            left.remove(match)
            hits += 1
    return hits, len(found) - hits, len(left)


class TextToHpo:
    """The benchmark: how well an extractor finds what experts annotated."""

    name = "text-to-hpo"
    # Options of ``workup run`` that it takes.
    options = frozenset({"nested", "limit", "seed", "beside"})

    def __init__(self, ontology: Ontology) -> None:
        self.ontology = ontology

    def score(self, document: Document, mentions: Sequence[Mention], file: str = "") -> Scored:
        """Compare mentions with the annotations of a document."""
        gold: list[tuple[str, Annotation]] = []
        for annotation in document.annotations:
            identifier = current_id(self.ontology, annotation.hpo_id)
            if identifier is not None:
                gold.append((identifier, annotation))
        claims = [(i, m) for m in mentions if (i := current_id(self.ontology, m.id)) is not None]
        positive = {i for i, a in gold if not a.absent}
        said = {i: status_of([m for j, m in claims if j == i]) for i, _ in claims}
        present = {i for i, status in said.items() if status == "present"}
        excluded = {i for i, status in said.items() if status == "excluded"}
        counts = {
            DOCUMENT: counted(positive, present),
            ANY: counted({i for i, _ in gold}, {i for i, _ in claims}),
            EXCLUDED: counted({i for i, a in gold if a.absent}, excluded),
        }
        places = [(a.start, a.end, i) for i, a in gold if not a.absent and a.start is not None and a.end is not None]
        spans = [(m.start, m.end, i) for i, m in claims if says(m) == "present"]
        counts[EXACT] = counted(set(places), set(spans))
        counts[OVERLAP] = overlapping(sorted(set(places)), sorted(set(spans)))
        return Scored(
            id=document.id,
            file=file,
            counts=counts,
            found=tuple(sorted(positive & present)),
            extra=tuple(sorted(present - positive)),
            missed=tuple(sorted(positive - present)),
        )

    @staticmethod
    def run(
        extractor: str | Extractor,
        data: Sequence[Path],
        out: Path,
        *,
        nested: bool = False,
        limit: int | None = None,
        seed: int = 0,
        beside: str | None = None,
        knowledge: Knowledge | None = None,
        progress: Progress = lambda done, total: None,
        warn: Callable[[str], None] = lambda message: None,
    ) -> dict[str, Any]:
        """Run the benchmark on files.

        Args:
            extractor: Registered name, or a function from a text to its mentions; what it says of their status
                counts.
            data: Files of annotated texts.
            out: Folder of the run: ``result.json``, ``tables.md``, and ``documents.jsonl`` with ids and counts of each
                document, without its text.
            nested: Ask a registered extractor for general findings inside longer names too.
            limit: Use only the first N documents of each file.
            seed: Seed of the intervals.
            beside: Extractor that reads the same documents beside; ``none`` for none; None for ``names``, the look-up
                of names alone, beside a registered extractor.
            knowledge: The knowledge base; None loads the pinned one.
            progress: Called with the number of documents done and in all.
            warn: Called with messages for the user.

        Raises:
            UserError: No document can be read, or ``out`` holds something else.
        """
        knowledge = knowledge or Knowledge.load()
        read_files = [(path, *read(path)) for path in data]
        if not any(documents for _, documents, _ in read_files):
            raise UserError("no document could be read; give files with one annotated text per line after --data")
        name = extractor if isinstance(extractor, str) else getattr(extractor, "__name__", "function")
        manifest = {
            "benchmark": TextToHpo.name,
            "extractor": name,
            "nested": nested,
            "limit": limit,
            "seed": seed,
            "data": [{"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in data],
            "versions": {"workup": workup.__version__, **knowledge.versions},
        }
        _claim(out, manifest)
        extract = extractor if callable(extractor) else load_extractor(extractor, knowledge, nested=nested)
        other = beside or (BY_BENCHMARK[TextToHpo.name].reasoner if isinstance(extractor, str) else NONE)
        plain = None if other in (NONE, name) else load_extractor(other, knowledge)
        benchmark = TextToHpo(knowledge.ontology)
        scored: list[Scored] = []
        figures: list[dict[str, Any]] = []
        total = sum(len(documents[:limit]) for _, documents, _ in read_files)
        for path, documents, issues in read_files:
            for issue in issues:
                warn(f"{issue.path}, {issue.record}: {issue.message}")
            used = documents[:limit]
            if not used:
                continue
            extract(used[0].text)  # opens files
            rows: list[Scored] = []
            others: list[Scored] = []
            seconds = 0.0
            for document in used:
                started = time.process_time()
                mentions = extract(document.text)
                seconds += time.process_time() - started
                rows.append(benchmark.score(document, mentions, path.name))
                if plain is not None:
                    others.append(benchmark.score(document, plain(document.text), path.name))
                progress(len(scored) + len(rows), total)
            scored += rows
            figures.append(
                {
                    "file": path.name,
                    "documents": len(used),
                    "unreadable": len(issues),
                    "annotations": sum(len(document.annotations) for document in used),
                    "milliseconds_per_page": round(
                        1000 * seconds * PAGE / max(1, sum(len(document.text) for document in used)), 2
                    ),
                    "levels": {
                        level: estimate([row.counts[level] for row in rows], seed=seed)
                        for level in LEVELS
                        if _applies(level, used)
                    },
                    "baseline": {
                        level: difference(
                            [row.counts[level] for row in rows], [row.counts[level] for row in others], seed=seed
                        )
                        for level in LEVELS
                        if others and _applies(level, used)
                    },
                }
            )
        result = {**manifest, "baseline": other if plain is not None else "", "files": figures}
        write_atomic(out / "documents.jsonl", b"".join(msgspec.json.encode(row) + b"\n" for row in scored))
        write_atomic(out / "tables.md", markdown(result))
        write_atomic(out / "result.json", msgspec.json.format(msgspec.json.encode(result)) + b"\n")
        return result

    @staticmethod
    def summary(result: dict[str, Any]) -> tuple[list[tuple[str, list[str], list[list[str]]]], list[str]]:
        """Tables (title, columns, rows) and closing lines that show a result."""
        columns = ["level", "n", "precision", "recall", "F1", "95 % interval of F1"]
        if result["baseline"]:
            columns += [f"F1 of the baseline {result['baseline']}", "difference in F1"]
        shown = []
        for figures in result["files"]:
            rows = [
                [
                    level,
                    str(f["annotated"]),
                    *(f"{f[part]:.3f}" for part in ("precision", "recall", "f1")),
                    "[{:.3f}, {:.3f}]".format(*f["f1_interval"]),
                    *(
                        [f"{against['f1']:.3f}", "{:+.3f} [{:+.3f}, {:+.3f}]".format(*against["difference"])]
                        if (against := figures["baseline"].get(level))
                        else []
                    ),
                ]
                for level, f in figures["levels"].items()
            ]
            title = (
                f"{figures['file']}: {figures['documents']} documents, "
                f"{figures['milliseconds_per_page']:.1f} ms CPU per {PAGE} characters"
            )
            shown.append((title, columns, rows))
        unreadable = sum(figures["unreadable"] for figures in result["files"])
        closing = [f"{unreadable} lines could not be read, left out."] if unreadable else []
        for figures in result["files"]:
            if against := figures["baseline"].get(DOCUMENT):
                low = against["difference"][1]
                said = "finds more than" if low > 0 else "is not shown to beat"
                who = f"{result['extractor']} {said} the baseline {result['baseline']}"
                closing.append(f"{figures['file']}: {who} (F1 of documents, n = {figures['documents']}).")
        closing.append(
            f"Extractor {result['extractor']}; intervals: {RESAMPLES} resamples of documents, seed {result['seed']}."
        )
        return shown, closing


def load_extractor(name: str, knowledge: Knowledge, **options: Any) -> Extractor:
    """Make the extractor registered under a name (entry-point group ``workup.extractors``)."""
    from workup import registry

    made: Extractor = registry.load("extractors", name)(knowledge, **options)
    return made


def estimate(counts: Sequence[tuple[int, int, int]], *, seed: int = 0, resamples: int = RESAMPLES) -> dict[str, Any]:
    """Micro precision, recall and F1 with percentile bootstrap intervals over documents.

    Args:
        counts: True positives, false positives and false negatives of each document.
        seed: Seed of the resampling.
        resamples: Number of bootstrap samples.

    >>> figures = estimate([(1, 0, 0), (1, 1, 1)])
    >>> round(figures["precision"], 3), figures["annotated"]
    (0.667, 3)
    """
    table = np.array(counts, dtype=np.float64).reshape(-1, 3)
    drawn = np.random.default_rng(seed).multinomial(len(table), np.full(len(table), 1 / len(table)), size=resamples)
    tail = [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2]
    value = dict(
        zip(("precision", "recall", "f1"), (float(v[0]) for v in _micro(table.sum(axis=0)[None])), strict=True)
    )
    intervals = {
        f"{part}_interval": np.percentile(samples, tail).tolist()
        for part, samples in zip(value, _micro(drawn @ table), strict=True)
    }
    return {**value, **intervals, "annotated": int(table[:, 0].sum() + table[:, 2].sum())}


def difference(
    counts: Sequence[tuple[int, int, int]],
    others: Sequence[tuple[int, int, int]],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Micro F1 of a baseline on the same documents, and what F1 is more than that, with its interval.

    >>> found = difference([(1, 0, 0), (1, 1, 1)], [(0, 0, 1), (0, 0, 2)])
    >>> found["f1"], [round(one, 3) for one in found["difference"]]
    (0.0, [0.667, 0.5, 1.0])
    """
    table, other = (np.array(one, dtype=np.float64).reshape(-1, 3) for one in (counts, others))
    drawn = np.random.default_rng(seed).multinomial(len(table), np.full(len(table), 1 / len(table)), size=resamples)
    theirs = float(_micro(other.sum(axis=0)[None])[2][0])
    apart = _micro(drawn @ table)[2] - _micro(drawn @ other)[2]
    low, high = np.percentile(apart, [50 * (1 - LEVEL), 50 * (1 + LEVEL)]).tolist()
    return {"f1": theirs, "difference": [float(_micro(table.sum(axis=0)[None])[2][0]) - theirs, low, high]}


def _micro(sums: Array) -> tuple[Array, Array, Array]:
    right, extra, missed = sums.T
    precision = right / np.maximum(right + extra, 1)
    recall = right / np.maximum(right + missed, 1)
    return precision, recall, 2 * right / np.maximum(2 * right + extra + missed, 1)


def _applies(level: str, documents: Sequence[Document]) -> bool:
    annotations = [a for document in documents for a in document.annotations]
    if level in (EXACT, OVERLAP):
        return all(a.start is not None and a.end is not None for a in annotations)
    return level in (DOCUMENT, ANY) or any(a.absent for a in annotations)


def _claim(out: Path, manifest: dict[str, Any]) -> None:
    """Take a folder for this run: a new or empty one, or that of the same run."""
    path = out / "run.json"
    content = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
    if path.is_file():
        if path.read_bytes() != content:
            raise UserError(
                f"{out} holds another run; choose another folder, or repeat the command it was started with"
            )
        return
    if out.is_dir() and any(out.iterdir()):
        raise UserError(f"{out} holds other files; choose an empty or a new folder for the run")
    out.mkdir(parents=True, exist_ok=True)
    write_atomic(path, content)


def markdown(result: dict[str, Any]) -> bytes:
    """The tables as Markdown."""
    tables, closing = TextToHpo.summary(result)
    lines: list[str] = []
    for title, columns, rows in tables:
        lines += [
            f"## {title}",
            "",
            "| " + " | ".join(columns) + " |",
            "| " + " | ".join("---" for _ in columns) + " |",
        ]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
        lines.append("")
    return ("\n".join([*lines, *closing]) + "\n").encode()
