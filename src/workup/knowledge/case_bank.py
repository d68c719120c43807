"""A bank of known patients, searched by the findings they share: "who looked like this, and what was it?"

A patient is the set of the present findings and all their ancestors, each weighed by its information content; two are
as alike as the cosine of these vectors. One product of sparse matrices compares a case with the whole bank (4,000
patients in a few milliseconds).

    bank      PMID_30566666_Individual_3   HP:0001250, HP:0001263, ...   OMIM:613721
    query     HP:0001250, HP:0011463
    found     PMID_30566666_Individual_3, 0.71

What a bank must not give away is the case itself. A reasoner sees no publication, so that the bank finds the case by
its findings: where one of its patients has the very same present ones, the patients of that one's publication (or
cohort, see :data:`LEAVE_OUT`) are left out, and whoever the caller names. Excluded findings do not count for that, as a
table of HPO ids lacks them. A patient that is nearly the same (:data:`SAME`) may be another report of the same one, and
is always left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from scipy import sparse

from workup.case import Case
from workup.errors import DataError, Issue, UserError
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.normalise import normalise
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.scoring import Query

LeaveOut = Literal["publication", "cohort"]
LEAVE_OUT: tuple[LeaveOut, ...] = ("publication", "cohort")
"""What goes with a patient whose findings are those of the case. ``cohort`` takes the publication, too: in
phenopacket-store a cohort is a gene, so that without it the bank cannot hold the diagnosis; a lower bound."""

SAME = 0.98
"""Likeness from which two patients may be one."""


class BankCase(msgspec.Struct, frozen=True):
    """One patient of the bank.

    Attributes:
        id: Its id in the file.
        publication: Where it was published; empty when not known.
        cohort: Group it was published in; empty when not known.
        diseases: Ids of the diagnosis.
        labels: Their names, as far as the file gives them.
        query: Its findings as term indices.
    """

    id: str
    publication: str
    cohort: str
    diseases: tuple[str, ...]
    labels: tuple[str, ...]
    query: Query


class Similar(msgspec.Struct, frozen=True):
    """A patient that looks like the case.

    Attributes:
        case: The patient.
        likeness: Cosine, 0-1.
    """

    case: BankCase
    likeness: float


class CaseBank:
    """Patients with known diagnoses. Immutable, and so shared between threads.

    Attributes:
        name: Name of the file, without its folder.
        sha256: Its digest.
        cases: The patients that have a finding and a diagnosis.
        unread: Records that could not be read.
    """

    def __init__(
        self, knowledge: Knowledge, cases: Sequence[Case], *, name: str = "case bank", sha256: str = ""
    ) -> None:
        """Index cases; one without a finding or a diagnosis is of no use and left out.

        Args:
            knowledge: Whose ontology the findings are terms of.
            cases: The patients, with their references.
            name: What evidence calls the bank.
            sha256: Digest of the file it was read from.
        """
        self.name = name
        self.sha256 = sha256
        self.unread: tuple[Issue, ...] = ()
        self._ontology = knowledge.ontology
        self._information = Profiles(knowledge).information_content
        self.cases = tuple(
            BankCase(
                id=case.id,
                publication=case.publication or "",
                cohort=case.cohort or "",
                diseases=case.reference.diagnoses,
                labels=case.reference.labels,
                query=query,
            )
            for case in cases
            if case.reference is not None
            and case.reference.diagnoses
            and (query := normalise(case.blinded(), knowledge.ontology, suggest=False).query).present
        )
        self._vectors = self._matrix([case.query for case in self.cases])
        self._publications = np.array([case.publication for case in self.cases], dtype=object)
        self._cohorts = np.array([case.cohort for case in self.cases], dtype=object)
        self._by_findings: dict[frozenset[int], list[int]] = {}
        for place, case in enumerate(self.cases):
            self._by_findings.setdefault(frozenset(case.query.present), []).append(place)

    @classmethod
    def read(cls, path: Path, knowledge: Knowledge) -> CaseBank:
        """Read a file or folder of cases in any format that :func:`workup.io.read_cases` knows.

        Raises:
            UserError: It cannot be read, or holds no case with findings and a diagnosis.
        """
        from workup.evaluation.runner import digest
        from workup.io import read_cases

        try:
            read = read_cases(path)
            bank = cls(knowledge, read.cases, name=path.name, sha256=digest(path))
        except (DataError, OSError) as error:
            raise UserError(f"the case bank cannot be used: {error}") from error
        if not bank.cases:
            raise UserError(f"the case bank cannot be used: {path.name} holds no case with findings and a diagnosis")
        bank.unread = tuple(issue for issue in read.issues if issue.severity == "error")
        return bank

    def __len__(self) -> int:
        return len(self.cases)

    def likeness(self, query: Query) -> Array:
        """Cosine of a patient with every patient of the bank, ``(len(bank),)``."""
        (one,) = self._matrix([query]).toarray()
        found: Array = np.asarray(self._vectors @ one)
        return found

    def search(
        self,
        query: Query,
        count: int,
        *,
        least: float = 0.0,
        leave_out: LeaveOut = "publication",
        without: Collection[str] = (),
    ) -> tuple[Similar, ...]:
        """The patients most like a case that may be used for it, best first.

        Args:
            query: The findings of the case.
            count: How many at most.
            least: Least likeness.
            leave_out: What goes with a patient who has the same findings.
            without: Publications and cohorts that are left out besides.
        """
        if not query.present or count < 1 or not len(self.cases):
            return ()
        likeness = self.likeness(query)
        usable = self.usable(query, likeness, leave_out=leave_out, without=without) & (likeness >= max(least, 1e-9))
        places = np.flatnonzero(usable)
        order = places[np.argsort(-likeness[places], kind="stable")[:count]]
        return tuple(Similar(self.cases[place], float(likeness[place])) for place in order.tolist())

    def usable(
        self,
        query: Query,
        likeness: Array,
        *,
        leave_out: LeaveOut = "publication",
        without: Collection[str] = (),
    ) -> Array:
        """Which patients may be used for a case, ``(len(bank),)``; see :meth:`search`."""
        places = self._by_findings.get(frozenset(query.present), ())
        publications = {self.cases[place].publication for place in places} | set(without)
        cohorts = set(without) | ({self.cases[place].cohort for place in places} if leave_out == "cohort" else set())
        gone = likeness >= SAME
        gone |= np.isin(self._publications, [*(publications - {""})])
        gone |= np.isin(self._cohorts, [*(cohorts - {""})])
        found: Array = ~gone
        return found

    def _matrix(self, queries: Sequence[Query]) -> sparse.csr_array:
        """Vectors of length 1, one a patient; all 0 where nothing weighs anything."""
        rows = [
            np.unique(np.concatenate([self._ontology.ancestors(term) for term in query.present]))
            if query.present
            else np.zeros(0, dtype=np.int64)
            for query in queries
        ]
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
        indices = np.concatenate([*rows, np.zeros(0, dtype=np.int64)])
        weights = self._information[indices]
        length = np.sqrt(np.add.reduceat(np.append(weights**2, 0.0), np.minimum(offsets[:-1], len(weights))))
        # reduceat gives an empty row the element that follows it.
        length[np.diff(offsets) == 0] = 0.0
        scaled = weights / np.repeat(np.maximum(length, 1e-12), np.diff(offsets))
        return sparse.csr_array((scaled, indices, offsets), shape=(len(queries), len(self._ontology)))
