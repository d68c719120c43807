"""Disease annotations: which finding occurs in which disease, how often, and who says so.

Read from ``phenotype.hpoa``, tab-separated after a header of ``#`` lines, e.g.::

    OMIM:619340  Developmental and epileptic encephalopathy 96  <>  HP:0011097  PMID:31675180  PCS  <>  1/2  <>  <>  P

Every row of the file is kept with its line number, so that whatever is computed from it can be traced back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec
import numpy as np

from workup.knowledge.arrays import Array, Coded, Lists, Store, Strings, narrow
from workup.knowledge.hpo import BRANCH_NAMES, Ontology, number

ASPECTS = "PICMH"
SEXES = ("", "MALE", "FEMALE")
# Frequency qualifiers of the ontology and the share of patients each stands for (middle of its range).
QUALIFIERS: dict[int, float] = {
    40280: 1.0,  # obligate
    40281: 0.895,  # very frequent, 80-99 %
    40282: 0.545,  # frequent, 30-79 %
    40283: 0.17,  # occasional, 5-29 %
    40284: 0.025,  # very rare, 1-4 %
    40285: 0.0,  # excluded
}
QUALIFIER_NAMES = {
    40280: "obligate (100 %)",
    40281: "very frequent (80-99 %)",
    40282: "frequent (30-79 %)",
    40283: "occasional (5-29 %)",
    40284: "very rare (1-4 %)",
    40285: "excluded (0 %)",
}
# How many patients a statement without a count is worth, and what an empty field stands for: one observation
# of 0.3, measured on development cases (see docs/knowledge.md).
QUALIFIER_PATIENTS = 5.0
EMPTY_FREQUENCY = 0.3

_RATIO = re.compile(r"^(\d+)\s*/\s*(\d+)$")
_PERCENT = re.compile(r"^(\d+(?:\.\d+)?)\s*%$")


def frequency_counts(text: str) -> tuple[float, float] | None:
    """Patients with the finding and patients examined that a frequency field stands for.

    Returns:
        ``(affected, examined)``, or None when the field cannot be read (or says 0 of 0).

    >>> frequency_counts("3/4"), frequency_counts("HP:0040282"), frequency_counts("50%")
    ((3.0, 4.0), (2.725, 5.0), (2.5, 5.0))
    >>> frequency_counts("")
    (0.3, 1.0)
    """
    if not text:
        return EMPTY_FREQUENCY, 1.0
    if ratio := _RATIO.match(text):
        affected, examined = float(ratio[1]), float(ratio[2])
        return (min(affected, examined), examined) if examined > 0 else None
    if percent := _PERCENT.match(text):
        return min(float(percent[1]), 100.0) / 100 * QUALIFIER_PATIENTS, QUALIFIER_PATIENTS
    qualifier = number(text)
    if qualifier in QUALIFIERS:
        return QUALIFIERS[qualifier] * QUALIFIER_PATIENTS, QUALIFIER_PATIENTS
    return None


def frequency_words(text: str) -> str:
    """A frequency field as a clinician reads it.

    >>> frequency_words("HP:0040282"), frequency_words("3/4"), frequency_words("")
    ('frequent (30-79 %)', '3/4', 'not stated')
    """
    return QUALIFIER_NAMES.get(number(text) or 0, text) or "not stated"


class Row(msgspec.Struct, frozen=True):
    """One row of the file, as written there."""

    disease: str
    term: str
    negated: bool
    references: str
    frequency: str
    line: int


def compile_annotations(
    lines: Iterable[str], ontology: Ontology
) -> tuple[dict[str, Array], list[str], list[str], dict[str, str], dict[str, int]]:
    """Parse ``phenotype.hpoa``.

    Args:
        lines: Lines of the file, header included.
        ontology: The ontology of the same release; old term ids are rewritten with it.

    Returns:
        Arrays of the rows; disease ids; disease names; header fields; counts of rows left out by reason.
    """
    header: dict[str, str] = {}
    diseases: dict[str, int] = {}
    names: list[str] = []
    references: dict[str, int] = {}
    skipped: dict[str, int] = {}
    columns: dict[str, list[int]] = {
        key: [] for key in ("disease", "term", "line", "onset", "sex", "aspect", "negated")
    }
    counts: list[tuple[float, float]] = []
    cited: list[list[int]] = []
    frequency_codes: list[int] = []
    terms: dict[str, int | None] = {}
    readable: dict[str, tuple[float, float] | None] = {}
    frequencies: dict[str, int] = {}

    for line_number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            header[key.strip()] = value.strip().strip('"')
            continue
        fields = line.rstrip("\n").split("\t")
        if fields[0] == "database_id" or len(fields) < 11:
            continue
        disease, name, qualifier, hpo, reference, _, onset, frequency, sex, _, aspect = fields[:11]
        if hpo not in terms:
            resolution = ontology.resolve(hpo)
            # A row of a term that this release does not have is left out rather than counted for an ancestor.
            terms[hpo] = resolution.terms[0] if len(resolution.terms) == 1 and resolution.how != "newer" else None
        term = terms[hpo]
        if frequency not in readable:
            readable[frequency] = frequency_counts(frequency)
        share = readable[frequency]
        if term is None or share is None or aspect not in ASPECTS:
            reason = "unknown term" if term is None else "unreadable frequency or aspect"
            skipped[reason] = skipped.get(reason, 0) + 1
            continue
        if disease not in diseases:
            diseases[disease] = len(diseases)
            names.append(name)
        columns["disease"].append(diseases[disease])
        columns["term"].append(term)
        columns["line"].append(line_number)
        columns["onset"].append(number(onset) or 0)
        columns["sex"].append(SEXES.index(sex.upper()) if sex.upper() in SEXES else 0)
        columns["aspect"].append(ASPECTS.index(aspect))
        columns["negated"].append(qualifier == "NOT")
        counts.append(share)
        frequency_codes.append(frequencies.setdefault(frequency, len(frequencies)))
        cited.append([references.setdefault(part.strip(), len(references)) for part in reference.split(";") if part])

    columns["frequency"] = frequency_codes
    arrays: dict[str, Array] = {f"row.{key}": narrow(np.array(values, np.int64)) for key, values in columns.items()}
    arrays["row.affected"] = np.array([affected for affected, _ in counts], dtype=np.float32)
    arrays["row.examined"] = np.array([examined for _, examined in counts], dtype=np.float32)
    references_of_rows = Lists.pack(cited)
    # Half the space: this is the longest column of the artefact.
    arrays |= Lists(references_of_rows.indices, references_of_rows.offsets.astype(np.int32)).arrays("row.references")
    arrays |= Strings.pack(list(frequencies)).arrays("frequency")
    arrays |= Strings.pack(list(references)).arrays("reference")
    return arrays, list(diseases), names, header, skipped


class Annotations:
    """The rows of ``phenotype.hpoa``, column by column, over memory-mapped arrays.

    Whole numbers are stored in as few bits as hold them, so they are widened before anything is computed with them:
    numpy lets a product of 16 bits overflow silently.

    Attributes:
        disease: Disease index of each row.
        term: Term index of each row.
        line: Line number in the file, from 1.
        affected: Patients with the finding (a stated frequency counts as a few patients).
        examined: Patients examined.
        negated: 1 for a NOT row.
        aspect: Index into :data:`ASPECTS`.
        onset: Number of the HPO onset term of the row, 0 if none.
        sex: Index into :data:`SEXES`.
    """

    def __init__(self, store: Store, ontology: Ontology) -> None:
        self.disease = store.array("row.disease")
        self.term = store.array("row.term")
        self.line = store.array("row.line")
        self.affected = store.array("row.affected")
        self.examined = store.array("row.examined")
        self.negated = store.array("row.negated")
        self.aspect = store.array("row.aspect")
        self.onset = store.array("row.onset")
        self.sex = store.array("row.sex")
        self.references = store.lists("row.references")
        self.reference_names = store.strings("reference")
        self.frequency = Coded(store.array("row.frequency"), store.strings("frequency"))
        self._ontology = ontology
        self._reference_index: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.disease)

    def phenotype_mask(self) -> Array:
        """Rows that state a phenotype: aspect P, and a term of the phenotype branch."""
        phenotype = BRANCH_NAMES.index("phenotype")
        mask: Array = (self.aspect == ASPECTS.index("P")) & (self._ontology.branch[self.term] == phenotype)
        return mask

    def rows_citing(self, reference: str) -> Array:
        """Row numbers that cite a reference (``PMID:...``), ascending; empty if none does."""
        if self._reference_index is None:
            self._reference_index = {name: i for i, name in enumerate(self.reference_names)}
        wanted = self._reference_index.get(reference)
        if wanted is None:
            return np.zeros(0, dtype=np.int64)
        places = np.flatnonzero(self.references.indices == wanted)
        rows: Array = np.unique(np.searchsorted(self.references.offsets, places, side="right") - 1)
        return rows

    def cites(self, reference: str) -> bool:
        """Whether any row cites the reference."""
        return len(self.rows_citing(reference)) > 0

    def reference_text(self, row: int) -> str:
        """References of a row, joined by ``;``."""
        return ";".join(self.reference_names[int(i)] for i in self.references[row])
