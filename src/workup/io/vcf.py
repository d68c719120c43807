"""Variants of a patient from an annotated VCF, or from a short table or list of them.

VCF 4.1 to 4.3 (samtools.github.io/hts-specs), plain or compressed (gzip, bgzip), e.g. with VEP's ``CSQ``::

    ##INFO=<ID=CSQ,Number=.,Type=String,Description="... Format: Allele|Consequence|IMPACT|SYMBOL|...">
    #CHROM POS ID REF ALT QUAL FILTER INFO FORMAT PATIENT
    15 48411093 . C T 50 PASS CSQ=T|missense_variant|MODERATE|FBN1;CLNSIG=Pathogenic GT 0/1

Gene and consequence are read from ``CSQ`` (in the order its header declares) or SnpEff's ``ANN``, the classification
from ClinVar's ``CLNSIG`` and ``CLNDN``; nothing is predicted or judged here. A variant is used when the chosen
sample has it, its filter is passed, and the file itself says HIGH or MODERATE impact or a ClinVar class. A table or
JSON list needs a column or key ``gene``, and may have ``zygosity``, ``consequence``, ``clinvar`` and ``variant``.

The file is read line by line, so that memory does not grow with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from workup.case import Case, ObservedVariant, Zygosity
from workup.errors import DataError, Issue, UserError
from workup.io.safe import LineTooLong, Source, decode_json, decode_text, open_source
from workup.knowledge.clinvar import significance

# An exome has about 12,000 variants that change a protein. More than this many were never filtered.
MOST_VARIANTS = 50_000
MOST_LISTED = 50
_MOST_LINE = 4 * 1024**2

# The order of SnpEff's ANN, which its specification (version 1.0) fixes.
_ANN = ("Allele", "Annotation", "Annotation_Impact", "Gene_Name", "Gene_ID", "Feature_Type", "Feature_ID")
_ANN_REST = ("Transcript_BioType", "Rank", "HGVS.c", "HGVS.p")
_NAMES = {
    "allele": ("Allele",),
    "gene": ("SYMBOL", "Gene_Name"),
    "consequence": ("Consequence", "Annotation"),
    "impact": ("IMPACT", "Annotation_Impact"),
    "hgvs": ("HGVSp", "HGVS.p", "HGVSc", "HGVS.c"),
    "clinvar": ("ClinVar_CLNSIG",),
}
_IMPACTS = {"HIGH": 0, "MODERATE": 1, "LOW": 2, "MODIFIER": 3}
_UNREMARKABLE = "of LOW or MODIFIER impact by the file's annotations and without a ClinVar class"
_PASSED = {"PASS", ".", ""}
_COLUMNS = {
    "gene": ("gene", "symbol", "gene_symbol", "genesymbol"),
    "zygosity": ("zygosity", "genotype", "gt"),
    "consequence": ("consequence", "effect", "annotation"),
    "significance": ("clinvar", "clnsig", "clinvar_class", "significance", "clinical_significance", "classification"),
    "name": ("variant", "hgvs", "name", "change"),
    "conditions": ("clndn", "condition", "conditions"),
}
_ZYGOSITIES: dict[str, Zygosity] = {
    "heterozygous": "heterozygous",
    "het": "heterozygous",
    "0/1": "heterozygous",
    "1/0": "heterozygous",
    "0|1": "heterozygous",
    "1|0": "heterozygous",
    "homozygous": "homozygous",
    "hom": "homozygous",
    "hom_alt": "homozygous",
    "1/1": "homozygous",
    "1|1": "homozygous",
    "hemizygous": "hemizygous",
    "hemi": "hemizygous",
    "1": "hemizygous",
}


class Variants(msgspec.Struct, frozen=True):
    """The variants of one file, in its order, and what a person should know about the reading."""

    variants: tuple[ObservedVariant, ...]
    issues: tuple[Issue, ...]


def with_variants(case: Case, path: str | Path, sample: str | None = None) -> tuple[Case, tuple[Issue, ...]]:
    """The case with the variants of a file added, and the issues of reading it.

    Args:
        case: The case.
        path: A VCF, a table or a JSON list of variants.
        sample: Name of the patient's column, needed when a VCF has several.

    Raises:
        DataError: The file cannot be used.
        UserError: The sample is not in the file, or none was chosen of several.
    """
    found = read_variants(path, sample)
    if not found.variants:
        # Else the differential looks as if the patient's genes had been weighed.
        nothing = Issue(
            message="holds no variant that could be used; the patient's genes were not weighed",
            remedy="see what was left out; variants need a gene, a genotype of this sample, filter PASS or none, and "
            "HIGH or MODERATE impact or a class of ClinVar",
            path=Path(path).name,
            code="vcf-nothing",
        )
        found = Variants((), (nothing, *found.issues))
    return msgspec.structs.replace(case, variants=(*case.variants, *found.variants)), found.issues


def read_variants(path: str | Path, sample: str | None = None) -> Variants:
    """Read the variants of a VCF, a table or a JSON list; arguments and errors as :func:`with_variants`."""
    with open_source(path) as source:
        first = source.peek_line()
        if not first:
            raise DataError("is empty", path=source.path, remedy="give a VCF, a table or a list of variants")
        name = Path(source.path).name
        if first.startswith(b"##fileformat="):
            return _read_vcf(source, name, sample)
        if sample is not None:
            raise UserError(f"{name} is no VCF, so that it has no samples; leave --sample out")
        if first.lstrip()[:1] in (b"[", b"{"):
            return _read_json(source, name)
        return _read_table(source, name)


class _Issues:
    """Issues by line; the first ones in full, the others counted."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.bad: list[Issue] = []
        self.more = 0
        self.left_out: Counter[str] = Counter()

    def line(self, number: int, message: str) -> None:
        if len(self.bad) < MOST_LISTED:
            remedy = "correct the line, or export the file again; the other lines were used"
            self.bad.append(Issue(message=f"line {number} {message}", path=self.path, code="vcf-line", remedy=remedy))
        else:
            self.more += 1

    def all(self) -> tuple[Issue, ...]:
        found = list(self.bad)
        if self.more:
            found.append(Issue(message=f"{self.more} more lines cannot be read", path=self.path, code="vcf-line"))
        found += [
            Issue(
                message=f"left out: {count} {'variant' if count == 1 else 'variants'} {why}",
                path=self.path,
                severity="info",
                code="vcf-left-out",
            )
            for why, count in self.left_out.items()
        ]
        return tuple(found)


class _Header(msgspec.Struct):
    """What the header of a VCF declares.

    Attributes:
        fields: Order of the parts of each annotation, by the name of its INFO field.
        column: Index of the sample's column; None for a file without samples.
        classified: Whether the annotations hold ClinVar's classification.
    """

    fields: dict[str, tuple[str, ...]]
    column: int | None = None
    classified: bool = False


def _read_vcf(source: Source, name: str, sample: str | None) -> Variants:
    issues = _Issues(name)
    header = _Header({})
    found: list[ObservedVariant] = []
    begun = False
    for number, raw in source.lines(_MOST_LINE):
        if isinstance(raw, LineTooLong):
            issues.line(number, f"is longer than {_MOST_LINE // 1024**2} MB")
            continue
        try:
            line = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            issues.line(number, "is not UTF-8")
            continue
        if line.startswith("##"):
            if number == 1 and not re.fullmatch(r"##fileformat=VCFv4\.\d", line):
                raise DataError(
                    f"is {line[13:33]!r}, not VCF 4.1 to 4.3", path=name, remedy="convert it: bcftools view -Ov"
                )
            _declare(line, header)
        elif line.startswith("#"):
            header.column = _sample_column(line.split("\t"), name, sample)
            begun = True
        elif not begun:
            raise DataError("has no #CHROM line before its variants", path=name, remedy="export it again")
        else:
            try:
                found.extend(_variants_of(line.split("\t"), header, f"{name}, line {number}", issues))
            except (ValueError, IndexError) as error:
                issues.line(number, str(error))
            if len(found) > MOST_VARIANTS:
                raise DataError(
                    f"has more than {MOST_VARIANTS} variants that change a protein in this sample",
                    path=name,
                    remedy="filter it first, by quality and by frequency in the population",
                )
    if not begun:
        raise DataError("has no #CHROM line", path=name, remedy="export it again")
    if not header.fields:
        raise DataError(
            "names no genes: neither CSQ (VEP) nor ANN (SnpEff) is declared",
            path=name,
            remedy="annotate it first with VEP or SnpEff, or give a table with the columns gene, zygosity, clinvar",
        )
    return Variants(tuple(found), issues.all())


def _declare(line: str, header: _Header) -> None:
    """Take the order of annotation parts from an INFO line of the header."""
    match = re.match(r"##INFO=<ID=([^,>]+),", line)
    if match is None or match[1] not in ("CSQ", "ANN", "vep"):
        return
    text = line.partition('Description="')[2].rpartition('"')[0]
    declared = re.search(r"Format:\s*(.+)", text) or re.search(r"'([^']*\|[^']*)'", text)
    parts = tuple(part.strip(" '\"") for part in declared[1].split("|")) if declared else ()
    if parts and len(parts) > 2:
        header.fields[match[1]] = parts
        header.classified |= any(name in parts for name in _NAMES["clinvar"])
    elif match[1] == "ANN":
        header.fields["ANN"] = (*_ANN, *_ANN_REST)


def _sample_column(columns: list[str], name: str, sample: str | None) -> int | None:
    if columns[:5] != ["#CHROM", "POS", "ID", "REF", "ALT"] or len(columns) < 8:
        raise DataError(
            "has no proper #CHROM line (columns are separated by tabs)", path=name, remedy="export it again"
        )
    samples = columns[9:]
    if sample is None:
        if len(samples) > 1:
            shown = ", ".join(samples[:10]) + (", ..." if len(samples) > 10 else "")
            raise UserError(f"{name} has {len(samples)} samples; choose the patient's with --sample: {shown}")
        return 9 if samples else None
    if sample not in samples:
        there = ", ".join(samples[:10]) + (", ..." if len(samples) > 10 else "") if samples else "none at all"
        raise UserError(f"{name} has no sample {sample!r}; it has {there}")
    if samples.count(sample) > 1:
        raise DataError(f"has the sample {sample!r} more than once", path=name, remedy="rename the samples")
    return 9 + samples.index(sample)


def _variants_of(columns: list[str], header: _Header, place: str, issues: _Issues) -> Iterator[ObservedVariant]:
    """The variants of one line that count; ``ValueError`` when it cannot be read."""
    if len(columns) < 8 or (header.column is not None and len(columns) <= header.column):
        raise ValueError(f"has only {len(columns)} columns")
    chromosome, position, _, reference, alternatives, _, passed, info = columns[:8]
    if not position.isdecimal():
        raise ValueError(f"has a position that is no number: {position[:20]!r}")
    alleles = alternatives.split(",")
    if not reference or not all(alleles):
        raise ValueError("lacks an allele")
    calls = _calls(columns, header.column, len(alleles))
    if not any(calls):
        return
    if passed not in _PASSED:
        issues.left_out["that did not pass the file's filters"] += sum(call is not None for call in calls)
        return
    # Most lines of a genome: told apart without taking them apart.
    if not ("HIGH" in info or "MODERATE" in info or "CLNSIG" in info or header.classified):
        issues.left_out[_UNREMARKABLE] += sum(call is not None for call in calls)
        return
    fields = dict(part.partition("=")[::2] for part in info.split(";"))
    entries = [
        (key, dict(zip(names, entry.split("|"), strict=False)))
        for key, names in header.fields.items()
        if key in fields
        for entry in fields[key].split(",")
    ]
    for index, (allele, call) in enumerate(zip(alleles, calls, strict=True)):
        if call is None or allele in ("*", ".", "<*>", "<NON_REF>"):
            continue
        own = [entry for key, entry in entries if _is_about(_part(entry, "allele"), index, reference, alleles, key)]
        stated = _by_allele(fields.get("CLNSIG", ""), index, len(alleles))
        name = f"{chromosome}:{position} {reference[:20]}>{allele[:20]}"
        yield from _genes_of(own, call, stated, fields.get("CLNDN", ""), name, place, issues)


def _genes_of(
    entries: list[dict[str, str]], call: Zygosity, stated: str, names: str, name: str, place: str, issues: _Issues
) -> Iterator[ObservedVariant]:
    """One variant for each gene that the annotations of an allele name, with the worst consequence there."""
    worst: dict[str, dict[str, str]] = {}
    for entry in entries:
        gene = _part(entry, "gene")
        if gene and (gene not in worst or _impact(entry) < _impact(worst[gene])):
            worst[gene] = entry
    if not worst:
        issues.left_out["without a gene in the file's annotations"] += 1
        return
    for gene, entry in worst.items():
        said = stated or _part(entry, "clinvar")
        if _impact(entry) > 1 and significance(said) in ("not given", "other"):
            issues.left_out[_UNREMARKABLE] += 1
            continue
        hgvs = _part(entry, "hgvs")
        yield ObservedVariant(
            gene=_plain(gene),
            zygosity=call,
            consequence=_plain(_part(entry, "consequence")),
            significance=_plain(said),
            conditions=tuple(_plain(text.replace("_", " ")) for text in names.split("|") if text not in ("", ".")),
            name=_plain(f"{name} {hgvs}".strip()),
            source=place,
        )


def _plain(text: str) -> str:
    """Text without anything that a terminal acts upon, and of bearable length."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:300]


def _part(entry: Mapping[str, str], what: str) -> str:
    return next((entry[name] for name in _NAMES[what] if entry.get(name)), "")


def _impact(entry: Mapping[str, str]) -> int:
    return _IMPACTS.get(_part(entry, "impact"), 3)


def _calls(columns: list[str], column: int | None, alleles: int) -> list[Zygosity | None]:
    """Zygosity of each alternative allele, None where the sample does not have it."""
    if column is None:
        return ["unknown"] * alleles
    keys = columns[8].split(":")
    if "GT" not in keys:
        return ["unknown"] * alleles
    text = columns[column].split(":")[keys.index("GT")]
    called = re.split(r"[/|]", text)
    numbers = []
    for part in called:
        if part != "." and not (part.isdecimal() and int(part) <= alleles):
            raise ValueError(f"has a genotype that cannot be: {text[:20]!r}")
        numbers.append(-1 if part == "." else int(part))
    found: list[Zygosity | None] = []
    for allele in range(1, alleles + 1):
        count = numbers.count(allele)
        if count == 0:
            found.append(None)
        elif len(numbers) == 1:
            found.append("hemizygous")
        else:
            found.append("homozygous" if count == len(numbers) else "heterozygous")
    return found


def _is_about(allele: str, index: int, reference: str, alleles: list[str], key: str) -> bool:
    """Whether an annotation names this alternative allele.

    SnpEff writes the allele as the file does. VEP cuts the first base off all alleles of a line when not all have
    one base and all begin with the same, and writes ``-`` for what is left of nothing.
    """
    own = alleles[index]
    if len(alleles) == 1 or not allele:
        return True
    if allele == own:
        return True
    everyone = [reference, *(a for a in alleles if not a.startswith("<") and a != "*")]
    if key != "ANN" and len({a[0] for a in everyone}) == 1 and any(len(a) > 1 for a in everyone):
        return allele == (own[1:] or "-")
    return False


def _by_allele(text: str, index: int, alleles: int) -> str:
    """The classification of one allele: one for all, or one each.

    Within a classification ClinVar writes a comma before an underscore (``Pathogenic,_low_penetrance``).
    """
    parts = re.split(r",(?!_)", text)
    chosen = parts[index] if len(parts) == alleles else text
    return "" if chosen == "." else chosen


def _read_table(source: Source, name: str) -> Variants:
    issues = _Issues(name)
    places: dict[str, int] | None = None
    separator = "\t"
    found: list[ObservedVariant] = []
    for number, raw in source.lines(_MOST_LINE):
        if isinstance(raw, LineTooLong):
            issues.line(number, f"is longer than {_MOST_LINE // 1024**2} MB")
            continue
        line = decode_text(raw, name).rstrip("\r\n")
        if places is None:
            separator = "\t" if "\t" in line else ";" if ";" in line else ","
            places = _places(line.lstrip("#").split(separator), name)
            continue
        cells = [cell.strip() for cell in line.split(separator)]
        record = {key: cells[place] for key, place in places.items() if place < len(cells)}
        _take(record, f"{name}, line {number}", number, issues, found)
    return Variants(tuple(found), issues.all())


def _places(heading: Iterable[str], name: str) -> dict[str, int]:
    columns = [re.sub(r"[\s\-]+", "_", column.strip().casefold()) for column in heading]
    places = {
        key: columns.index(known)
        for key, names in _COLUMNS.items()
        for known in [next((n for n in names if n in columns), None)]
        if known is not None
    }
    if "gene" not in places:
        raise DataError(
            "is neither a VCF nor a table with a column gene",
            path=name,
            remedy="its first line must name the columns: gene, zygosity, consequence, clinvar, variant",
        )
    return places


def _read_json(source: Source, name: str) -> Variants:
    issues = _Issues(name)
    value = decode_json(source.read(), name, decoder=msgspec.json.Decoder())
    records = value.get("variants") if isinstance(value, dict) else value
    if not isinstance(records, list):
        raise DataError("holds no list of variants", path=name, remedy='write [{"gene": "FBN1"}, ...]')
    found: list[ObservedVariant] = []
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict) or not all(isinstance(v, str | None) for v in record.values()):
            issues.line(number, "is not an object of texts")
            continue
        keys = {re.sub(r"[\s\-]+", "_", key.casefold()): text or "" for key, text in record.items()}
        named = {key: next((keys[known] for known in names if known in keys), "") for key, names in _COLUMNS.items()}
        _take(named, f"{name}, variant {number}", number, issues, found)
    return Variants(tuple(found), issues.all())


def _take(record: Mapping[str, Any], place: str, number: int, issues: _Issues, found: list[ObservedVariant]) -> None:
    """Add the variant of one row of a table or list."""
    gene = _plain(record.get("gene", "")).strip()
    if not gene:
        issues.line(number, "names no gene")
        return
    called = record.get("zygosity", "").strip().casefold()
    zygosity = _ZYGOSITIES.get(called, "unknown")
    if zygosity == "unknown" and called not in ("", ".", "unknown"):
        issues.line(number, f"has a zygosity that is not known: {_plain(called)[:30]!r}; it is taken as unknown")
    if len(found) >= MOST_VARIANTS:
        raise DataError(f"has more than {MOST_VARIANTS} variants", path=issues.path, remedy="filter it first")
    conditions = record.get("conditions", "")
    found.append(
        ObservedVariant(
            gene=gene,
            zygosity=zygosity,
            consequence=_plain(record.get("consequence", "")),
            significance=_plain(record.get("significance", "")),
            conditions=tuple(_plain(text.strip()) for text in conditions.split("|") if text.strip() not in ("", ".")),
            name=_plain(record.get("name", "")),
            source=place,
        )
    )
