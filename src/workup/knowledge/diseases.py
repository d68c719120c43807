"""Diseases: ids, names, which ids are one disease, genes, and phenotypic series.

OMIM, Orphanet and DECIPHER each have an entry of their own for many diseases. They are the same disease where
MONDO gives one of its ids exactly to both (table ``data/disease_map.tsv.gz``; CC BY 4.0, Monarch Initiative).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property

import numpy as np

from workup.knowledge.arrays import Array, Lists, Store, Strings

_PARENTHESES = re.compile(r"\s*\([^)]*\)\s*$")
_NUMBERED = re.compile(
    r"""^(?P<stem>.*?[a-z\)].*?)      # the series' name
        (?:,?\s+type|,?\s+group|,?\s+subtype)?
        ,?\s+
        (?:\d+[a-z]{0,2}\d?[a-z]?|[ivx]+[a-z]?\d?)   # 96, 2a2b, iv, iiia
        (?:[,/]\s.*|\s+\(.*|\s+with(?:out)?\s.*)?$   # ", autosomal recessive"
    """,
    re.VERBOSE,
)


def series_stem(name: str) -> str:
    """The name of a numbered disease without its number: what members of a phenotypic series share.

    >>> series_stem("Developmental and epileptic encephalopathy 96")
    'developmental and epileptic encephalopathy'
    >>> series_stem("Chronic granulomatous disease 2, autosomal recessive")
    'chronic granulomatous disease'
    >>> series_stem("Nephrotic syndrome, type 15"), series_stem("Marfan syndrome")
    ('nephrotic syndrome', 'marfan syndrome')
    """
    folded = name.partition(";")[0].casefold().strip()
    match = _NUMBERED.match(folded)
    stem = match["stem"] if match else folded
    return _PARENTHESES.sub("", stem).strip(" ,")


def compile_diseases(
    ids: Sequence[str],
    names: Sequence[str],
    gene_lines: Iterable[str],
    disease_map: Mapping[str, Sequence[tuple[str, str]]],
) -> dict[str, Array]:
    """Build the arrays of a :class:`Diseases` table.

    Args:
        ids: Disease ids, in the index order of the annotations.
        names: Their names.
        gene_lines: Lines of ``genes_to_phenotype.txt``.
        disease_map: Disease id -> ``(MONDO id, MONDO label)`` pairs.
    """
    index = {disease: i for i, disease in enumerate(ids)}
    genes: dict[str, int] = {}
    gene_numbers: list[int] = []
    # Gene -> first line that gives it to the disease.
    disease_genes: list[dict[int, int]] = [{} for _ in ids]
    for line_number, line in enumerate(gene_lines, start=1):
        fields = line.rstrip("\n").split("\t")
        if len(fields) < 6 or fields[5] not in index:
            continue
        if fields[1] == "-":
            # A withdrawn record or a region, without a symbol. Ten diseases share the dash and no gene.
            continue
        if fields[1] not in genes:
            genes[fields[1]] = len(genes)
            gene_numbers.append(int(fields[0]) if fields[0].isdecimal() else 0)
        disease_genes[index[fields[5]]].setdefault(genes[fields[1]], line_number)

    series: dict[str, int] = {}
    stems = [series_stem(name) for name in names]
    series_of = np.array([series.setdefault(stem, len(series)) for stem in stems], dtype=np.int32)

    # Shown as the first member writes it: "Weill-Marchesani syndrome", not in lower case.
    shown = {stem: name.strip()[: len(stem)] for name, stem in zip(reversed(names), reversed(stems), strict=True)}
    series_names = [shown[stem] if shown[stem].casefold() == stem else stem.capitalize() for stem in series]

    by_mondo: dict[str, list[int]] = defaultdict(list)
    for disease, pairs in disease_map.items():
        if disease in index:
            for mondo, _ in pairs:
                by_mondo[mondo].append(index[disease])
    entity = np.arange(len(ids), dtype=np.int32)
    for members in by_mondo.values():
        omim = [m for m in members if ids[m].startswith("OMIM:")]
        # One MONDO id over two OMIM entries would merge distinct diseases; those are left alone.
        if len(omim) > 1:
            continue
        head = min(members, key=lambda m: (not ids[m].startswith("OMIM:"), m))
        for member in members:
            if member != head and entity[member] == member:
                entity[member] = head
    # An entry that heads a group must not itself have been absorbed by another one.
    for i in range(len(ids)):
        entity[i] = entity[entity[i]]
    aliases = _aliases(ids, names, index, entity, by_mondo, disease_map)
    mondo_of = [";".join(sorted(m for m, _ in disease_map.get(disease, ()))) for disease in ids]
    return {
        "disease.series": series_of,
        "disease.entity": entity,
        **Lists.pack(aliases).arrays("disease.aliases"),
        **Strings.pack(list(ids)).arrays("disease.id"),
        **Strings.pack(list(names)).arrays("disease.name"),
        **Strings.pack(mondo_of).arrays("disease.mondo"),
        **Strings.pack(series_names).arrays("series.name"),
        **Strings.pack(list(genes)).arrays("gene"),
        "gene.number": np.array(gene_numbers, dtype=np.int32),
        **Lists.pack([sorted(g) for g in disease_genes]).arrays("disease.genes"),
        "disease.genes.line": np.array([g[gene] for g in disease_genes for gene in sorted(g)], dtype=np.int32),
    }


def _aliases(
    ids: Sequence[str],
    names: Sequence[str],
    index: Mapping[str, int],
    entity: Array,
    by_mondo: Mapping[str, Sequence[int]],
    disease_map: Mapping[str, Sequence[tuple[str, str]]],
) -> list[list[int]]:
    """For each OMIM entry the other entries whose annotations describe it.

    These are the entries of the same disease; the entry of the same name; and the entry of a whole phenotypic
    series for the series' first member, whose number the series bears (``OMIMPS:209900`` and ``OMIM:209900``).
    """
    found: list[set[int]] = [set() for _ in ids]
    for member, head in enumerate(entity.tolist()):
        if member != head:
            found[head].add(member)
    for disease, pairs in disease_map.items():
        first = index.get(disease.replace("OMIMPS:", "OMIM:")) if disease.startswith("OMIMPS:") else None
        if first is not None:
            for mondo, _ in pairs:
                found[first].update(m for m in by_mondo.get(mondo, ()) if not ids[m].startswith("OMIM:"))
    by_name: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        by_name[re.sub(r"[^a-z0-9]+", " ", name.casefold()).strip()].append(i)
    for group in by_name.values():
        omim = [i for i in group if ids[i].startswith("OMIM:")]
        if len(omim) == 1:
            found[omim[0]].update(i for i in group if i != omim[0])
    return [sorted(others) for others in found]


class Diseases:
    """All diseases of the knowledge base; a disease is an index 0..n-1.

    Attributes:
        series: Index of each disease's series (its name without a number).
        entity: For each disease the index of the entry it is shown under; OMIM before ORPHA and DECIPHER.
        genes: Gene indices of each disease.
        gene_lines: For each entry of ``genes`` the first line of ``genes_to_phenotype.txt`` that says so.
        gene_numbers: NCBI number of each gene.
        aliases: For each OMIM disease the other entries whose annotations describe it.
    """

    def __init__(self, store: Store) -> None:
        self.ids = store.strings("disease.id")
        self.names = store.strings("disease.name")
        self.mondo = store.strings("disease.mondo")
        self.series = store.array("disease.series")
        self.entity = store.array("disease.entity")
        self.series_names = store.strings("series.name")
        self.gene_names = store.strings("gene")
        self.genes = store.lists("disease.genes")
        self.gene_lines = store.array("disease.genes.line")
        self.gene_numbers = store.array("gene.number")
        self.aliases = store.lists("disease.aliases")

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {disease: i for i, disease in enumerate(self.ids)}

    @cached_property
    def _gene_index(self) -> dict[str, int]:
        return {gene.upper(): i for i, gene in enumerate(self.gene_names)}

    @cached_property
    def _gene_by_number(self) -> dict[int, int]:
        return {number: i for i, number in enumerate(self.gene_numbers.tolist()) if number}

    @cached_property
    def source(self) -> Array:
        """Name space of each disease: 0 OMIM, 1 ORPHA, 2 DECIPHER."""
        order = {"OMIM": 0, "ORPHA": 1, "DECIPHER": 2}
        return np.array([order.get(d.partition(":")[0], 3) for d in self.ids], dtype=np.uint8)

    @cached_property
    def series_size(self) -> Array:
        """Number of OMIM diseases in each disease's series."""
        omim = self.source == 0
        counts = np.bincount(self.series[omim], minlength=len(self.series_names))
        size: Array = counts[self.series]
        return size

    @cached_property
    def by_gene(self) -> dict[int, list[int]]:
        """Diseases of each gene."""
        found: dict[int, list[int]] = defaultdict(list)
        for disease in range(len(self)):
            for gene in self.genes[disease].tolist():
                found[gene].append(disease)
        return dict(found)

    @cached_property
    def members(self) -> dict[int, list[int]]:
        """For each entry that is shown, the other entries of the same disease."""
        found: dict[int, list[int]] = defaultdict(list)
        for disease, head in enumerate(self.entity.tolist()):
            if disease != head:
                found[head].append(disease)
        return dict(found)

    def index(self, disease: str) -> int | None:
        """Index of a disease id, None if the knowledge base has no annotations for it."""
        return self._index.get(disease)

    def gene_index(self, symbol: str) -> int | None:
        """Index of a gene symbol or NCBI gene number (``2200``, ``NCBIGene:2200``), None if no disease has it."""
        text = symbol.strip().upper()
        number = text.removeprefix("NCBIGENE:")
        return self._gene_by_number.get(int(number)) if number.isdecimal() else self._gene_index.get(text)

    def near_genes(self, symbol: str) -> list[str]:
        """Up to three gene symbols that look like one that no disease has.

        The sources list no former symbols and no other names of genes, so that looks are all there is.
        """
        close = get_close_matches(symbol.strip().upper(), self._gene_index, n=3, cutoff=0.75)
        return [self.gene_names[self._gene_index[gene]] for gene in close]

    def gene_line(self, disease: int, gene: int) -> int:
        """First line of ``genes_to_phenotype.txt`` that gives a gene to a disease; 0 if none does."""
        start, end = self.genes.offsets[disease : disease + 2].tolist()
        place = np.flatnonzero(self.genes.indices[start:end] == gene)
        return int(self.gene_lines[start + int(place[0])]) if len(place) else 0

    def gene_symbols(self, disease: int) -> tuple[str, ...]:
        """Symbols of a disease's genes, alphabetical."""
        starts, genes, names = self._gene_lists
        return tuple(sorted([names[gene] for gene in genes[starts[disease] : starts[disease + 1]]]))

    # Lists, since a number out of an array costs several times as much as one out of a list.
    @cached_property
    def _gene_lists(self) -> tuple[list[int], list[int], list[str]]:
        """Where the genes of each disease begin, the genes, and their symbols."""
        return self.genes.offsets.tolist(), self.genes.indices.tolist(), list(self.gene_names)

    @cached_property
    def _series_lists(self) -> tuple[list[int], list[int], list[str]]:
        """Size and series of each disease, and the names of the series."""
        return self.series_size.tolist(), self.series.tolist(), list(self.series_names)

    def series_label(self, disease: int) -> str | None:
        """Name of the phenotypic series, None when the disease is the only one of its name."""
        sizes, series, names = self._series_lists
        return None if sizes[disease] < 2 else names[series[disease]]
