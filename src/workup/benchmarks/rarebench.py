"""RareBench, and hospital tables in the layout of DeepRare: HPO ids in, ids of the rare disease as the truth.

RareBench, one JSON object a line (RAMEDIS, MME, HMS, LIRICAL), any one of the ids counting as right::

    {"Phenotype": ["HP:0001522", "HP:0001942"], "RareDisease": ["OMIM:251000", "ORPHA:27", "CCRD:71"], "Department": ""}

A table of a hospital has the columns ``hpo`` and ``orpha`` with lists as Python writes them (``"['HP:0001522']"``; read
as text and never executed), and perhaps ``id``. The files ``phenotype_mapping.json`` and ``disease_mapping.json``
beside the data, ``{"HP:0001522": "Death in infancy"}``, give names: those of the findings are shown to a language
model, those of the disease are what a list in words is compared with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases, json_object
from workup.case import Case, Finding, Reference
from workup.errors import Issue
from workup.evaluation.disease_recall import DiseaseRecall, MedianRank
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import MeanScore

NAMES = ("phenotype_mapping.json", "disease_mapping.json")

_ID = re.compile(r"\b(HP|OMIM|ORPHA|Orphanet|CCRD|MONDO|DECIPHER):(\d{1,8})\b", re.IGNORECASE)
_PREFIXES = {"orphanet": "ORPHA"}
_AT = (1, 3, 5, 10)


class RareBench:
    """Patients as lists of HPO ids, scored by the id of the disease."""

    header = Header(
        name="rarebench",
        title="RareBench (differential diagnosis of rare diseases)",
        paper="Chen et al. 2024, KDD (arXiv 2402.06341); the layout of tables from DeepRare (arXiv 2506.20430)",
        licence="Apache-2.0 (public parts); supplied by the user",
        form="diagnosis",
        layout="JSON lines with Phenotype (HPO ids) and RareDisease (OMIM, ORPHA and CCRD ids), or a table with the "
        "columns hpo and orpha.",
        systems=("44",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases in the order of the files."""
        names: dict[str, str] = {}
        for folder in dict.fromkeys(path.parent for path in paths):
            for file in NAMES:
                if (folder / file).is_file():
                    names |= {_normal(key): str(name) for key, name in json_object(folder / file).items()}
        return cases(paths, lambda row: _case(row, names))

    def scorers(self) -> Sequence[Scorer]:
        """Recall among the first 1, 3, 5 and 10."""
        return [DiseaseRecall(k) for k in _AT]

    def metrics(self) -> Sequence[Metric]:
        """Means of the recalls, and the median rank."""
        return [*(MeanScore(DiseaseRecall(k)) for k in _AT), MedianRank()]


def _case(row: Row, names: Mapping[str, str]) -> Case:
    is_table = "hpo" in row.values
    findings = _ids(row, "hpo" if is_table else "Phenotype")
    diseases = _ids(row, "orpha" if is_table else "RareDisease", default="ORPHA" if is_table else "")
    if wrong := [name for name in findings if not name.startswith("HP:")]:
        raise row.error(f"holds {wrong[0]}, which is no HPO id", "hpo" if is_table else "Phenotype", "give HPO ids")
    own = row.values.get("id", row.values.get("_id"))
    return Case(
        id=str(own) if isinstance(own, str | int) else f"{Path(row.path).stem}:{row.record}",
        findings=tuple(Finding(name, label=names.get(name)) for name in findings),
        reference=Reference(diagnoses=tuple(diseases), labels=tuple(names[one] for one in diseases if one in names)),
        provenance={"set": Path(row.path).name.partition(".")[0]},
    )


def _ids(row: Row, field: str, default: str = "") -> list[str]:
    """The distinct ids in a field that is a list, or text with ids in it.

    Args:
        row: The row.
        field: Name of the field.
        default: Prefix of bare numbers.
    """
    value: Any = row.values.get(field)
    text = value if isinstance(value, str) else json.dumps(value)
    found = dict.fromkeys(_normal(f"{prefix}:{number}") for prefix, number in _ID.findall(text))
    if not found and default:
        found = dict.fromkeys(f"{default}:{number}" for number in re.findall(r"\b\d{1,7}\b", text))
    if not found:
        what = "is missing" if field not in row.values else "holds no id"
        raise row.error(what, field, "give a list of ids such as HP:0001250 or OMIM:154700")
    return list(found)


def _normal(name: str) -> str:
    """An id with its prefix as the knowledge base writes it.

    >>> _normal("Orphanet:58"), _normal("hp:0001250")
    ('ORPHA:58', 'HP:0001250')
    """
    prefix, _, number = name.partition(":")
    return f"{_PREFIXES.get(prefix.casefold(), prefix.upper())}:{number}"
