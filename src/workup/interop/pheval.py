"""PheVal, the phenotype evaluation framework: its result files, and a runner for it.

PheVal (Bridges et al. 2025, pheval 0.7.14) ranks nothing itself. It reads one Parquet file per phenopacket from
``pheval_disease_results/NAME-disease_result.parquet`` (``rank``, ``score``, ``disease_identifier``,
``mondo_identifier``, ``true_positive``) and ``pheval_gene_results/NAME-gene_result.parquet`` (``gene_symbol`` and
``gene_identifier`` instead of the two disease columns), and counts the rows that are true.

:func:`write_results` writes these files without PheVal. ``WorkupPhEvalRunner``, made on first use because only PheVal
has its base class, does the same from ``pheval run``.

Rules, all of which :func:`standard_rows` carries out:

* The score is the posttest probability (for a gene that of its most probable disease), strictly decreasing: what is
  equal to nine digits of the log score is put into the order of the knowledge base (genes: of their symbols) and set
  apart by the smallest step a float has. PheVal gives tied results their worst rank; without ties its rank is the
  position.
* A true answer that is not ranked gets a row of its own with rank 0 and score 0, which PheVal counts as not found:
  in the denominator of every share, and 0 in the mean reciprocal rank.
* A disease without a MONDO id, or whose MONDO id another ranked disease has too, bears its own id in that column:
  PheVal keeps one row per MONDO id.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np

from workup import __version__
from workup.case import Case
from workup.errors import DataError, Issue, MissingExtra, UserError
from workup.io import read_cases, write_atomic
from workup.knowledge.arrays import Array

if TYPE_CHECKING:
    from workup.evaluation.metrics import RankFigures
    from workup.knowledge import Knowledge
    from workup.reasoners.phenotype.engine import Engine
    from workup.reasoners.phenotype.profiles import Universe

ResultKind = Literal["disease", "gene"]
KINDS: tuple[ResultKind, ...] = ("disease", "gene")
COLUMNS: dict[ResultKind, tuple[str, ...]] = {
    "disease": ("rank", "score", "disease_identifier", "mondo_identifier", "true_positive"),
    "gene": ("rank", "score", "gene_symbol", "gene_identifier", "true_positive"),
}
BENCHMARK = "benchmark.yaml"


class Answer(NamedTuple):
    """One ranked disease or gene, by the names that its two columns give it."""

    name: str
    other: str


class Written(msgspec.Struct, frozen=True):
    """What :func:`write_results` came to.

    Attributes:
        cases: Phenopackets with result files.
        figures: Rank statistics of those whose truth is known, by kind.
        tied: Of these, how many true answers shared their score with another, by kind.
        issues: What was wrong with phenopackets.
        config: Configuration for ``pheval-utils benchmark``.
    """

    cases: int
    figures: dict[ResultKind, RankFigures | None]
    tied: dict[ResultKind, int]
    issues: tuple[Issue, ...]
    config: Path


def strictly_decreasing(scores: Sequence[float] | Array) -> Array:
    """Set equal or misplaced neighbours apart, upwards from the last, by the smallest step; all end above 0.

    >>> strictly_decreasing([0.5, 0.25, 0.25, 0.0]).tolist()
    [0.5, 0.25000000000000006, 0.25, 5e-324]
    """
    apart = np.array(scores, dtype=np.float64)
    floor = 0.0
    for i in range(len(apart) - 1, -1, -1):
        floor = apart[i] = max(apart[i], np.nextafter(floor, np.inf))
    return apart


def standard_rows(
    kind: ResultKind, answers: Sequence[Answer], scores: Array, true: Iterable[int], unranked: Iterable[Answer]
) -> dict[str, list[Any]]:
    """The columns of a result file.

    Args:
        kind: Which.
        answers: Best first.
        scores: Their scores, 0-1.
        true: Positions of the right answers.
        unranked: Right answers that are not among them.
    """
    right, missed = set(true), list(unranked)
    count = len(answers)
    named, other = COLUMNS[kind][2:4]
    return {
        "rank": [*range(1, count + 1), *[0] * len(missed)],
        "score": [*strictly_decreasing(scores).tolist(), *[0.0] * len(missed)],
        named: [answer.name for answer in (*answers, *missed)],
        other: [answer.other for answer in (*answers, *missed)],
        "true_positive": [*(i in right for i in range(count)), *[True] * len(missed)],
    }


def true_rank(rows: dict[str, list[Any]]) -> float | None:
    """Rank of the best right answer, infinity when none is ranked, None when the truth is not known."""
    ranks = [rank for rank, true in zip(rows["rank"], rows["true_positive"], strict=True) if true]
    if not ranks:
        return None
    return min((float(rank) for rank in ranks if rank), default=math.inf)


def to_parquet(kind: ResultKind, rows: dict[str, list[Any]]) -> bytes:
    """The bytes of a result file.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("data", "writing result files of PheVal") from error
    types = {"rank": pyarrow.int64(), "score": pyarrow.float64(), "true_positive": pyarrow.bool_()}
    schema = pyarrow.schema([(name, types.get(name, pyarrow.string())) for name in COLUMNS[kind]])
    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pydict(rows, schema=schema), sink, compression="zstd")
    return sink.getvalue()


class Ranker:
    """Ranks all diseases and genes for a case, as PheVal wants them."""

    def __init__(self, knowledge: Knowledge, *, score: str | None = None, universe: Universe = "omim") -> None:
        from workup.benchmarks.matching import Matcher
        from workup.reasoners.phenotype.engine import Engine
        from workup.reasoners.phenotype.scoring import DEFAULT_SCORE

        self.engine: Engine = Engine(knowledge, score=score or DEFAULT_SCORE, universe=universe)
        self.candidates = self.engine.profiles.candidates
        self.matcher = Matcher(knowledge, self.candidates)
        diseases = knowledge.diseases
        ids = [diseases.ids[i] for i in self.candidates.tolist()]
        mondo = [diseases.mondo[i] for i in self.candidates.tolist()]
        shared = Counter(mondo)
        self.diseases = [
            Answer(name, other if other and ";" not in other and shared[other] == 1 else name)
            for name, other in zip(ids, mondo, strict=True)
        ]
        self._genes = [diseases.gene_symbols(i) for i in self.candidates.tolist()]

    def rank(self, case: Case) -> tuple[dict[ResultKind, dict[str, list[Any]]], dict[ResultKind, bool]]:
        """Columns of the result files of a case, and whether its true answer shared its score with another."""
        reference = case.reference
        targets = self.matcher.targets(case) if reference is not None else None
        exact = set(targets.exact.tolist()) if targets is not None else set()
        causal = {symbol.upper() for symbol in reference.genes} if reference is not None else set()
        order, probabilities, logs = self._order(case)
        answers = [self.diseases[i] for i in order]
        missed = []
        if reference is not None and not (exact and order):
            missed = [Answer(name, name) for name in dict.fromkeys(reference.diagnoses)]
        best = self._best_of_genes(order)
        symbols = list(best)
        # The rounding of the ranking, so that what counted as equal there does here.
        symbols.sort(key=lambda symbol: (-logs[best[symbol]], symbol))
        found = {symbol.upper() for symbol in symbols}
        gene_logs = [logs[best[symbol]] for symbol in symbols]
        true = {"disease": [i for i, place in enumerate(order) if place in exact]}
        true["gene"] = [i for i, symbol in enumerate(symbols) if symbol.upper() in causal]
        rows: dict[ResultKind, dict[str, list[Any]]] = {
            "disease": standard_rows("disease", answers, probabilities, true["disease"], missed),
            "gene": standard_rows(
                "gene",
                [Answer(symbol, "") for symbol in symbols],
                np.array([probabilities[best[symbol]] for symbol in symbols]),
                true["gene"],
                [Answer(symbol, "") for symbol in sorted(causal - found)],
            ),
        }
        return rows, {"disease": _tied(logs, true["disease"]), "gene": _tied(gene_logs, true["gene"])}

    def _order(self, case: Case) -> tuple[list[int], Array, list[float]]:
        """Candidates best first, with their probabilities and rounded log scores; nothing without a usable finding."""
        patient = self.engine.patient(case.blinded())
        if not patient.query.present and not patient.query.excluded:
            return [], np.zeros(0), []
        scores = self.engine.scores(patient)
        posterior, _ = self.engine.posterior(patient, scores)
        rounded = np.round(scores, 9)
        order = np.argsort(-rounded, kind="stable")
        return order.tolist(), posterior[order], rounded[order].tolist()

    def _best_of_genes(self, order: list[int]) -> dict[str, int]:
        """For each gene the position of its best disease in the ranking."""
        best: dict[str, int] = {}
        for position, place in enumerate(order):
            for symbol in self._genes[place]:
                best.setdefault(symbol, position)
        return best


def _tied(scores: Sequence[float], true: Sequence[int]) -> bool:
    """Whether the best right answer shares its score."""
    return bool(true) and scores.count(scores[true[0]]) > 1


def write_results(
    phenopackets: Path,
    out: Path,
    knowledge: Knowledge | None = None,
    *,
    score: str | None = None,
    universe: Universe = "omim",
    progress: Callable[[int, int], None] | None = None,
) -> Written:
    """Rank the diseases and genes of a folder of phenopackets, and write what PheVal reads.

    Args:
        phenopackets: Folder of phenopackets, one patient a ``.json`` file.
        out: Folder of the results; files of the same names are written anew.
        knowledge: The knowledge base; the default one without it.
        score: Score of the engine; its default without it.
        universe: Which diseases are ranked.
        progress: Called with the number of files done and of all files.

    Raises:
        UserError: ``out`` holds results of other phenopackets.
        DataError: There are no phenopackets, or the results cannot be written.
        MissingExtra: pyarrow is not installed.
    """
    from workup.evaluation.metrics import rank_figures
    from workup.knowledge import Knowledge

    files = _phenopackets(phenopackets)
    folders = _folders(out, {path.stem for path in files})
    ranker = Ranker(knowledge or Knowledge.load(), score=score, universe=universe)
    ranks: dict[ResultKind, list[float]] = {kind: [] for kind in KINDS}
    publications: dict[ResultKind, list[str]] = {kind: [] for kind in KINDS}
    tied: dict[ResultKind, int] = dict.fromkeys(KINDS, 0)
    issues: list[Issue] = []
    cases = 0
    for number, path in enumerate(files, 1):
        case = _read(path, issues)
        if case is not None:
            cases += 1
            rows, shared = ranker.rank(case)
            for kind in KINDS:
                write_atomic(folders[kind] / f"{path.stem}-{kind}_result.parquet", to_parquet(kind, rows[kind]))
                rank = true_rank(rows[kind])
                if rank is not None:
                    ranks[kind].append(rank)
                    publications[kind].append(case.publication or case.id)
                    tied[kind] += shared[kind]
        if progress is not None:
            progress(number, len(files))
    config = out / BENCHMARK
    write_atomic(config, _benchmark(phenopackets, out))
    figures = {kind: rank_figures(ranks[kind], publications[kind]) for kind in KINDS}
    return Written(cases=cases, figures=figures, tied=tied, issues=tuple(issues), config=config)


def _phenopackets(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith("."))
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror})", path=str(folder), remedy="give a folder of phenopackets"
        ) from error
    if not files:
        raise DataError("holds no .json file", path=str(folder), remedy="give a folder of phenopackets")
    return files


def _folders(out: Path, names: set[str]) -> dict[ResultKind, Path]:
    folders: dict[ResultKind, Path] = {kind: out / f"pheval_{kind}_results" for kind in KINDS}
    for kind, folder in folders.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            present = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        except OSError as error:
            raise DataError(
                f"cannot be used ({error.strerror})", path=str(folder), remedy="name another folder"
            ) from error
        # PheVal counts every file that lies there.
        if others := sorted(present - {f"{name}-{kind}_result.parquet" for name in names}):
            raise UserError(f"{folder} holds results of other phenopackets ({others[0]}); name another folder")
    return folders


def _read(path: Path, issues: list[Issue]) -> Case | None:
    """The one patient of a file; what is wrong goes to the issues."""
    try:
        result = read_cases(path)
    except DataError as error:
        issues.append(error.issue)
        return None
    issues += [issue for issue in result.issues if issue.severity != "info"]
    if len(result.cases) != 1:
        issues.append(
            Issue(
                message=f"holds {len(result.cases)} patients, and PheVal wants one a file",
                remedy="write a file for each",
                severity="error",
                path=str(path),
            )
        )
        return None
    return result.cases[0]


def _benchmark(phenopackets: Path, out: Path) -> bytes:
    """Configuration of ``pheval-utils benchmark``; JSON is YAML."""
    titles = dict.fromkeys(("plot_type", "rank_plot_title", "roc_curve_title", "precision_recall_title"))
    config = {
        "benchmark_name": "workup",
        "runs": [
            {
                "run_identifier": f"workup_{__version__}",
                "phenopacket_dir": str(phenopackets.resolve()),
                "results_dir": str(out.resolve()),
                "gene_analysis": True,
                "variant_analysis": False,
                "disease_analysis": True,
                "threshold": None,
                "score_order": "descending",
            }
        ],
        "plot_customisation": {f"{kind}_plots": titles for kind in ("gene", "disease", "variant")},
    }
    return msgspec.json.format(msgspec.json.encode(config)) + b"\n"


@lru_cache(maxsize=1)
def _runner() -> type:
    """The runner class; PheVal must be installed."""
    from pheval.runners.runner import PhEvalRunner

    class WorkupPhEvalRunner(PhEvalRunner):  # type: ignore[misc]
        """``pheval run --runner workupphevalrunner``.

        ``tool_specific_configuration_options`` of its ``config.yaml`` may hold ``score`` and ``universe``.
        """

        def prepare(self) -> None:
            """Build the knowledge base, if it is not built yet."""
            from workup.knowledge import Knowledge

            self.knowledge = Knowledge.load()

        def run(self) -> None:
            """Rank every phenopacket of the corpus; the standardised results are written at once."""
            corpus = Path(self.testdata_dir)
            inner = corpus / "phenopackets"
            options = self.input_dir_config.tool_specific_configuration_options or {}
            self.written = write_results(
                inner if inner.is_dir() else corpus, Path(self.output_dir), self.knowledge, **options
            )

        def post_process(self) -> None:
            """Name the phenopackets that could not be ranked.

            Raises:
                DataError: There is one: its missing file would silently leave the denominator of every share.
            """
            lost = [issue for issue in self.written.issues if issue.severity == "error"]
            if lost:
                raise DataError(f"{len(lost)} phenopackets could not be ranked, the first: {lost[0]}")

    WorkupPhEvalRunner.__qualname__ = WorkupPhEvalRunner.__name__
    return WorkupPhEvalRunner


def __getattr__(name: str) -> Any:
    if name == "WorkupPhEvalRunner":
        return _runner()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
