"""What is to be done, cut into shards: a fixed number of cases each, whoever works on them.

Results may depend in their last bit on which cases are computed together. The shards of an input are therefore the
same with any number of workers, on any executor and after any interruption, and so is the merged output.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from workup import __version__
from workup.case import Case, to_json
from workup.errors import Issue

# An input of nothing but unreadable records is cut as well.
_MOST_ISSUES = 1000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the results of a batch depend on, besides the cases.

    Attributes:
        reasoner: Where the reasoner is defined, ``module:attribute``.
        limit: How many hypotheses to return with evidence.
        seed: Seed of anything random.
        options: Options of the reasoner.
        genes: Candidate genes given for every case.
        knowledge: Folder of the compiled knowledge base; empty when the reasoner needs none.
        knowledge_digest: Its identity.
        formats: Report files to write for each case.
        reports: Folder of the report files.
        shard_size: Cases in a shard.
        packed: Whether the results are compressed: each shard is a gzip member of its own.
    """

    reasoner: str
    limit: int = 50
    seed: int = 0
    options: dict[str, Any] = {}
    genes: tuple[str, ...] = ()
    knowledge: str = ""
    knowledge_digest: str = ""
    formats: tuple[str, ...] = ()
    reports: str = ""
    shard_size: int = 32
    packed: bool = False

    def __post_init__(self) -> None:
        if self.limit < 1 or self.shard_size < 1:
            raise ValueError("limit and shard_size are at least 1")

    def identity(self) -> dict[str, Any]:
        """What must be equal for a run to be continued, as JSON values."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        # Where the artefact lies does not matter, what is in it does.
        values.pop("knowledge")
        return {"workup": __version__, **values}


class Shard(msgspec.Struct, frozen=True):
    """Some consecutive cases of the input, and what was noted while they were read.

    Attributes:
        index: From 0.
        cases: Cases as JSON.
        stems: File name of each case's reports; empty when no reports are written.
        issues: Errors and warnings of the reading, in order.
        digest: SHA-256 of all of that.
    """

    index: int
    cases: tuple[bytes, ...]
    stems: tuple[str, ...]
    issues: tuple[Issue, ...]
    digest: str


class Outcome(msgspec.Struct, frozen=True, tag="outcome"):
    """What became of a shard.

    Attributes:
        index: The shard's.
        digest: The shard's.
        cases: Number of its cases.
        results: One line of JSON per case that could be reasoned about; compressed if the plan says so.
        issues: Errors and warnings: of the reading first, then of each case in order.
        seconds: Time each line of ``results`` took.
    """

    index: int
    digest: str
    cases: int
    results: bytes
    issues: tuple[Issue, ...]
    seconds: tuple[float, ...]


def shards(items: Iterable[Case | Issue], plan: Plan) -> Iterator[Shard]:
    """Cut a stream of cases and issues into shards, holding one at a time.

    Issues of severity ``info`` (read without loss) are left out.
    """
    from workup.report import safe_stem

    # Names of report files must be unique over the whole run: some tens of bytes a case, the one thing that grows.
    taken: set[str] = set()
    cases: list[bytes] = []
    stems: list[str] = []
    issues: list[Issue] = []
    index = 0
    for item in items:
        if isinstance(item, Issue):
            if item.severity != "info":
                issues.append(item)
        else:
            try:
                cases.append(to_json(_with_genes(item, plan.genes)))
            except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
                issues.append(_not_written(item, error))
                continue
            if plan.formats:
                stems.append(_unique(safe_stem(item.id), taken))
        if len(cases) == plan.shard_size or len(issues) >= _MOST_ISSUES:
            yield _shard(index, cases, stems, issues)
            cases, stems, issues = [], [], []
            index += 1
    if cases or issues:
        yield _shard(index, cases, stems, issues)


def _shard(index: int, cases: list[bytes], stems: list[str], issues: list[Issue]) -> Shard:
    content = (tuple(cases), tuple(stems), tuple(issues))
    return Shard(index, *content, hashlib.sha256(msgspec.msgpack.encode(content)).hexdigest())


def _with_genes(case: Case, genes: tuple[str, ...]) -> Case:
    return msgspec.structs.replace(case, candidate_genes=genes) if genes else case


def _not_written(case: Case, error: Exception) -> Issue:
    return Issue(
        message=f"cannot be written as JSON: {error}",
        remedy="check what it holds besides its findings",
        severity="error",
        code="wrong_type",
        record=case.id,
    )


def _unique(stem: str, taken: set[str]) -> str:
    """A file name that no other case has, on any file system."""
    chosen, count = stem, 1
    while chosen.casefold() in taken:
        count += 1
        chosen = f"{stem}-{count}"
    taken.add(chosen.casefold())
    return chosen
