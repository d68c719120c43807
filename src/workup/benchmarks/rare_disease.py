"""Rare-disease diagnosis from coded findings, in regimes that keep leakage apart.

Data: one case per line, a published patient with HPO terms and the OMIM id of the diagnosis (flattened GA4GH
phenopackets; phenopacket-store, Danis et al., HGG Advances 2025), e.g.::

    {"id": "PMID_1_P1", "pmid": "PMID:1", "sex": "FEMALE", "observed": [{"id": "HP:0001250"}],
     "excluded": [], "gold": {"id": "OMIM:100000", "label": "A syndrome 1"}, "genes": [["ABC1", "HGNC:29"]]}

``gold`` may also be a list of ids, of which any counts (the LIRICAL and PhenoBrain test sets).

The annotations that diseases are ranked by are curated partly from the very publications the cases come from,
so that a figure means nothing without its regime:

``full``
    As published work does, nothing removed. Reported over all cases, where a gold disease that the knowledge
    base lacks is a miss (``full_all``), and over those it has (``full_in_kb``).
``lpo``
    Leave publication out: the case's publication is struck from the sources of every row of every disease,
    and rows left without a source are dropped. The gold disease must keep a row.
``lpo-strict``
    The same, but every row that cites the publication is dropped, also one that cites others too. A row cites
    the publications that report its finding, so this removes from the gold disease just the findings that its
    patient has, whoever else reported them: a lower bound, as ``lpo`` is an upper one.
``temp``
    The publication is cited nowhere in the annotations, and they have the gold disease. The headline.
``unknown``
    The annotations lack the gold disease: does the reasoner say so, and does it find the series or gene?

A case whose publication is not known cannot be shown to be free of leakage and is left out of ``lpo``,
``lpo-strict`` and ``temp``; the number left out is reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from workup.benchmarks.matching import Matcher, Targets
from workup.case import Case
from workup.errors import UserError
from workup.evaluation.ranks import DECIMALS, LEVELS, CaseRank, expected_rank
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.reasoner import Context
from workup.reasoners.phenotype.answering import answer
from workup.reasoners.phenotype.engine import Engine, Patient
from workup.reasoners.phenotype.profiles import Universe
from workup.simulate.labelling import is_simulated

Regime = Literal["full", "lpo", "lpo-strict", "temp", "unknown"]
REGIMES: tuple[Regime, ...] = ("full", "lpo", "lpo-strict", "temp", "unknown")
DEFAULT_REGIMES: tuple[Regime, ...] = ("full", "lpo", "temp", "unknown")


class Entry(msgspec.Struct, frozen=True):
    """One case of a run and the regimes it belongs to.

    Attributes:
        index: Place among the cases of the run.
        publication: What it is grouped by.
        regimes: Regimes, in the order they are ranked.
    """

    index: int
    case: Case
    publication: str
    targets: Targets
    regimes: tuple[Regime, ...]


class Plan(msgspec.Struct, frozen=True):
    """What a run will rank.

    Attributes:
        groups: Entries by publication, in order of first appearance.
        notes: Number of cases by what a reader must know of them.
    """

    groups: tuple[tuple[Entry, ...], ...]
    notes: dict[str, int]

    @property
    def total(self) -> int:
        """Number of ranks, one per case and regime."""
        return sum(len(entry.regimes) for group in self.groups for entry in group)


def engine_options(score: str | None, universe: Universe) -> dict[str, str]:
    """Options of the reasoner for a score (None: its default) and what is ranked."""
    return {"universe": universe} | ({} if score is None else {"score": score})


class RareDisease:
    """The benchmark: which cases belong to which regime, and where their right answers rank.

    Attributes:
        engine: The engine measured, over the whole knowledge base.
    """

    name = "rare-disease"
    # Options of ``workup run`` that it takes.
    options = frozenset({"regimes", "score", "universe", "min_findings", "limit", "seed", "beside"})

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.knowledge: Knowledge = engine.knowledge
        self.matcher = Matcher(engine.knowledge, engine.profiles.candidates)
        # By publication and strictness; the cases of a publication share them.
        self._dropped: dict[tuple[str, bool], Array] = {}

    @classmethod
    def of(
        cls, reasoner: str, knowledge: Knowledge, score: str | None = None, universe: Universe = "omim"
    ) -> RareDisease:
        """The benchmark for a registered reasoner.

        Args:
            reasoner: Name of the reasoner; it must offer ``engine(context)``.
            knowledge: The knowledge base.
            score: Name of the score, None for the reasoner's default.
            universe: What is ranked: the OMIM diseases, as published comparisons do, or all.

        Raises:
            UserError: No reasoner has that name, or it offers no engine, or the score is not known.
        """
        from workup import registry

        chosen = registry.load("reasoners", reasoner)()
        maker: Callable[[Context], Engine] | None = getattr(chosen, "engine", None)
        if maker is None:
            raise UserError(
                "rare-disease ranks every disease, also without some annotations, which reasoner "
                f"{reasoner!r} cannot do (it offers no engine); use the reasoner phenotype"
            )
        return cls(maker(Context(knowledge=knowledge, options=engine_options(score, universe))))

    @staticmethod
    def run(reasoner: str, data: Sequence[Path], out: Path, **options: Any) -> dict[str, Any]:
        """Run the benchmark on files; see :func:`workup.benchmarks.rare_disease_run.run`."""
        from workup.benchmarks.rare_disease_run import run

        return run(reasoner, data, out, **options)

    def dropped_rows(self, publication: str, *, strict: bool = False) -> Array:
        """Annotation rows that go when a publication is left out.

        Args:
            publication: Its id, as the annotations cite it.
            strict: Also those that cite others too.
        """
        found = self._dropped.get((publication, strict))
        if found is None:
            found = self._dropped[publication, strict] = self._rows_of(publication, strict)
        return found

    def _rows_of(self, publication: str, strict: bool) -> Array:
        annotations = self.knowledge.annotations
        citing = annotations.rows_citing(publication)
        if strict:
            return citing
        sole = [len(set(annotations.references[row].tolist())) == 1 for row in citing.tolist()]
        chosen: Array = citing[np.array(sole, dtype=bool)]
        return chosen

    def plan(
        self,
        cases: Sequence[Case],
        regimes: Sequence[Regime] = DEFAULT_REGIMES,
        *,
        min_findings: int = 0,
        limit: int | None = None,
    ) -> Plan:
        """Sort cases into regimes.

        The regimes are worked out from the annotations; flags that come with the data are only compared.

        Args:
            cases: The cases.
            regimes: Regimes wanted. ``unknown`` brings ``temp`` along, whose cases it is contrasted with.
            min_findings: Leave out cases with fewer present findings.
            limit: Use at most this many cases, the first ones.
        """
        wanted = {*regimes, "temp"} if "unknown" in regimes else set(regimes)
        groups: dict[str, list[Entry]] = {}
        notes: Counter[str] = Counter()
        index = 0
        for case in cases:
            if limit is not None and index >= limit:
                break
            if is_simulated(case.provenance):
                notes["simulated: no figure here is of patients"] += 1
            if case.reference is None or not case.reference.diagnoses:
                notes["without a diagnosis, left out"] += 1
                continue
            if min_findings and self._present(case) < min_findings:
                notes["with too few findings, left out"] += 1
                continue
            targets = self.matcher.targets(case)
            member = self._membership(case, targets, notes)
            publication = case.publication or min(case.reference.diagnoses)
            chosen: tuple[Regime, ...] = tuple(r for r in REGIMES if r in wanted and r in member)
            entry = Entry(index, case, publication, targets, chosen)
            groups.setdefault(publication, []).append(entry)
            index += 1
        return Plan(tuple(map(tuple, groups.values())), dict(notes))

    def _present(self, case: Case) -> int:
        return len(self.engine.patient(case.blinded(), suggest=False).query.present)

    def _membership(self, case: Case, targets: Targets, notes: Counter[str]) -> set[Regime]:
        member: set[Regime] = {"full"}
        if not targets.in_kb:
            member.add("unknown")
        flags = {"gold_in_kb": targets.in_kb}
        if case.publication is None:
            notes["without a publication, left out of lpo and temp"] += 1
        else:
            sole = self.dropped_rows(case.publication)
            citing = self.dropped_rows(case.publication, strict=True)
            keeps = self.matcher.keeps_rows(targets.diseases, sole)
            flags |= {"pmid_in_kb": len(citing) > 0, "gold_has_other_source": keeps}
            if targets.in_kb and len(citing) == 0:
                member.add("temp")
            if keeps:
                member.add("lpo")
            if self.matcher.keeps_rows(targets.diseases, citing):
                member.add("lpo-strict")
        stated = case.provenance.get("leak")
        if isinstance(stated, dict) and any(
            name in stated and bool(stated[name]) != value for name, value in flags.items()
        ):
            notes["whose leak flags in the data disagree with the annotations"] += 1
        return member

    def ranks(
        self,
        plan: Plan,
        done: Callable[[int, str], bool] = lambda index, regime: False,
        known_patients: dict[int, Patient] | None = None,
    ) -> Iterator[list[CaseRank]]:
        """Rank the right answers, one list per publication.

        Args:
            plan: What to rank.
            done: Whether the rank of a case (by index) and regime is known already, and to be skipped.
            known_patients: The patients of cases (by index) that another score has ranked; new ones are added. A
                patient is the same whatever the score.
        """
        for group in plan.groups:
            missing = [(entry, [r for r in entry.regimes if not done(entry.index, r)]) for entry in group]
            if not any(regimes for _, regimes in missing):
                continue
            engines = self._engines(group[0], {r for _, regimes in missing for r in regimes})
            # A patient is the same whatever the annotations; regimes over the same ones share the rank.
            patients: dict[int, Patient] = {}
            for entry, regimes in missing:
                if regimes:
                    patient = (known_patients or {}).get(entry.index)
                    patient = patient or self.engine.patient(entry.case.blinded(), suggest=False)
                    patients[entry.index] = patient
                    if known_patients is not None:
                        known_patients[entry.index] = patient
            terms = sorted({term for patient in patients.values() for term in patient.query.present})
            for engine in {id(engine): engine for engine in engines.values()}.values():
                engine.score.prepare(terms)
            found: list[CaseRank] = []
            for entry, regimes in missing:
                if not regimes:
                    continue
                patient = patients[entry.index]
                known: dict[int, CaseRank] = {}
                for regime in regimes:
                    engine = engines[regime]
                    first = known.get(id(engine))
                    if first is None:
                        first = known[id(engine)] = self._rank(entry, regime, engine, patient)
                    found.append(msgspec.structs.replace(first, regime=regime))
            yield found

    def _engines(self, entry: Entry, regimes: set[Regime]) -> dict[Regime, Engine]:
        engines: dict[Regime, Engine] = dict.fromkeys(regimes, self.engine)
        by_rows: dict[bytes, Engine] = {b"": self.engine}
        for regime in sorted(regimes & {"lpo", "lpo-strict"}):
            rows = self.dropped_rows(entry.publication, strict=regime == "lpo-strict")
            key = rows.tobytes()
            if key not in by_rows:
                by_rows[key] = self.engine.without(rows.tolist())
            engines[regime] = by_rows[key]
        return engines

    def _rank(self, entry: Entry, regime: Regime, engine: Engine, patient: Patient) -> CaseRank:
        case, targets = entry.case, entry.targets
        scores = engine.scores(patient)
        if not patient.query.present and not patient.query.excluded:
            # Nothing is known, so nothing may set the diseases apart.
            scores = np.zeros_like(scores)
        probabilities, unknown = engine.posterior(patient, scores)
        best = int(np.argmax(np.round(scores, DECIMALS)))
        level = answer(engine.profiles, probabilities, unknown)[0].level
        ranks = {level: expected_rank(scores, getattr(targets, level)) for level in LEVELS}
        finite: dict[str, Any] = {k: v if np.isfinite(v) else None for k, v in ranks.items()}
        return CaseRank(
            regime=regime,
            index=entry.index,
            id=case.id,
            digest=case.digest(),
            publication=entry.publication,
            gold=case.reference.diagnoses if case.reference else (),
            findings=len(patient.query.present),
            in_kb=targets.in_kb,
            posterior=float(probabilities[targets.exact].sum()) if len(targets.exact) else None,
            answer=self.knowledge.diseases.ids[int(engine.profiles.candidates[best])],
            answer_posterior=float(probabilities[best]),
            answer_score=float(scores[best]),
            unknown=float(unknown),
            answer_level=level,
            abstained=level == "none" or bool(unknown > probabilities.max()),
            **finite,
        )
