"""Variants from VCF, tables and JSON: every layout by hand, and what broken files do."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.case import Case, Finding, ObservedVariant, from_json, to_json
from workup.errors import DataError, UserError
from workup.io import vcf
from workup.io.vcf import read_variants, with_variants

CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    'Format: Allele|Consequence|IMPACT|SYMBOL|Gene|HGVSc|HGVSp">'
)
ANN = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | "
    "Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | HGVS.c | "
    "HGVS.p | Distance | ERRORS / WARNINGS / INFO'\">"
)
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"


def line(
    info: str, call: str = "0/1", *, ref: str = "C", alt: str = "T", passed: str = "PASS", pos: str = "100"
) -> str:
    return f"15\t{pos}\t.\t{ref}\t{alt}\t50\t{passed}\t{info}\tGT:DP\t{call}:30"


def document(*lines: str, header: str = CSQ, samples: str = "\tP1", version: str = "4.2") -> str:
    return "\n".join([f"##fileformat=VCFv{version}", header, COLUMNS + samples, *lines]) + "\n"


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def save(text: str | bytes, name: str = "a.vcf") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return save


def read(path: Path, sample: str | None = None) -> list[ObservedVariant]:
    found = read_variants(path, sample)
    assert [issue for issue in found.issues if issue.severity != "info"] == []
    return list(found.variants)


@pytest.mark.parametrize("version", ["4.1", "4.2", "4.3"])
def test_vep(write: Write, version: str) -> None:
    info = (
        "AC=1;CSQ=T|intron_variant|MODIFIER|FBN1||c.1-9C>T|,T|missense_variant|MODERATE|FBN1|ENSG1|c.1C>T|p.Cys1Tyr"
        ";CLNSIG=Likely_pathogenic;CLNDN=Marfan_syndrome|not_provided"
    )
    (found,) = read(write(document(line(info), version=version)))
    assert found == ObservedVariant(
        gene="FBN1",
        zygosity="heterozygous",
        consequence="missense_variant",
        significance="Likely_pathogenic",
        conditions=("Marfan syndrome", "not provided"),
        name="15:100 C>T p.Cys1Tyr",
        source="a.vcf, line 4",
    )


def test_snpeff(write: Write) -> None:
    info = "ANN=T|stop_gained|HIGH|ABCA4|ENSG2|transcript|NM_1|protein_coding|1/50|c.1C>T|p.Arg1*|||,T|x|LOW|LOC1"
    for header in (ANN, '##INFO=<ID=ANN,Number=.,Type=String,Description="annotations">'):
        (found,) = read(write(document(line(info, "1|1"), header=header)))
        assert (found.gene, found.zygosity, found.consequence) == ("ABCA4", "homozygous", "stop_gained")
        assert found.name == "15:100 C>T p.Arg1*"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("0/1", "heterozygous"),
        ("1|0", "heterozygous"),
        ("1/1", "homozygous"),
        ("1", "hemizygous"),
        ("./1", "heterozygous"),
        ("0/0", None),
        ("./.", None),
        (".", None),
        ("0", None),
        ("0/0/1", "heterozygous"),
    ],
)
def test_genotypes(write: Write, call: str, expected: str | None) -> None:
    found = read(write(document(line("CSQ=T|missense_variant|MODERATE|FBN1|||", call))))
    assert [variant.zygosity for variant in found] == ([] if expected is None else [expected])


def test_several_alleles(write: Write) -> None:
    info = "CSQ=T|missense_variant|MODERATE|G1|||,G|stop_gained|HIGH|G2|||;CLNSIG=Benign,Pathogenic"
    first, second = read(write(document(line(info, "1/2", alt="T,G"))))
    assert (first.gene, first.zygosity, first.significance) == ("G1", "heterozygous", "Benign")
    assert (second.gene, second.zygosity, second.significance) == ("G2", "heterozygous", "Pathogenic")
    (only,) = read(write(document(line(info, "0/2", alt="T,G"))))
    assert only.gene == "G2"
    # An allele that a deletion upstream has taken away, and one of a genomic VCF.
    assert read(write(document(line(info, "2/2", alt="T,*")))) == []
    assert read(write(document(line(info, "2/2", alt="T,<NON_REF>")))) == []


def test_alleles_as_vep_writes_them(write: Write) -> None:
    # CA>C is a deletion of A ("-"), CA>CAT an insertion of T after A ("AT"), as VEP cuts the shared C off.
    info = "CSQ=-|frameshift_variant|HIGH|DEL|||,AT|frameshift_variant|HIGH|INS|||"
    found = read(write(document(line(info, "1/2", ref="CA", alt="C,CAT"))))
    assert [variant.gene for variant in found] == ["DEL", "INS"]
    # SnpEff writes them in full.
    info = "ANN=C|frameshift_variant|HIGH|DEL|,CAT|frameshift_variant|HIGH|INS|"
    found = read(write(document(line(info, "1/2", ref="CA", alt="C,CAT"), header=ANN)))
    assert [variant.gene for variant in found] == ["DEL", "INS"]


def test_classification_within_an_annotation(write: Write) -> None:
    header = CSQ.replace('HGVSp">', 'HGVSp|ClinVar_CLNSIG">')
    (found,) = read(write(document(line("CSQ=T|intron_variant|MODIFIER|G1||||Pathogenic"), header=header)))
    assert (found.gene, found.significance) == ("G1", "Pathogenic")


def test_commas_within_a_classification(write: Write) -> None:
    info = "CSQ=T|missense_variant|MODERATE|G1|||;CLNSIG=Pathogenic,_low_penetrance"
    (found,) = read(write(document(line(info))))
    assert found.significance == "Pathogenic,_low_penetrance"


def test_what_is_left_out_is_counted(write: Write) -> None:
    missense = "CSQ=T|missense_variant|MODERATE|G1|||"
    found = read_variants(
        write(
            document(
                line(missense, passed="LowQual"),
                line("CSQ=T|synonymous_variant|LOW|G1|||"),
                line("CSQ=T|synonymous_variant|LOW|G2|||;CLNSIG=Pathogenic"),
                line("CSQ=T|intergenic_variant|MODIFIER||||"),
                line("CSQ=T|missense_variant|MODERATE||||"),
                line(missense, passed="."),
            )
        )
    )
    assert [(v.gene, v.consequence) for v in found.variants] == [
        ("G2", "synonymous_variant"),
        ("G1", "missense_variant"),
    ]
    assert [issue.message for issue in found.issues] == [
        "left out: 1 variant that did not pass the file's filters",
        "left out: 2 variants of LOW or MODIFIER impact by the file's annotations and without a ClinVar class",
        "left out: 1 variant without a gene in the file's annotations",
    ]


def test_samples(write: Write) -> None:
    info = "CSQ=T|missense_variant|MODERATE|G1|||"
    path = write(document(line(info, "0/1") + "\t1/1:20", samples="\tchild\tmother"))
    assert read(path, "child")[0].zygosity == "heterozygous"
    assert read(path, "mother")[0].zygosity == "homozygous"
    with pytest.raises(UserError, match=r"2 samples; choose the patient's with --sample: child, mother"):
        read_variants(path)
    with pytest.raises(UserError, match=r"no sample 'father'; it has child, mother"):
        read_variants(path, "father")
    twice = write(document(line(info) + "\t1/1", samples="\tchild\tchild"))
    with pytest.raises(DataError, match="more than once"):
        read_variants(twice, "child")
    # A file of sites says what was found, not how often.
    sites = "\n".join(["##fileformat=VCFv4.2", CSQ, COLUMNS.removesuffix("\tFORMAT"), "1\t5\t.\tC\tT\t.\t.\t" + info])
    assert [variant.zygosity for variant in read(write(sites))] == ["unknown"]


def test_compressed(write: Write) -> None:
    text = document(line("CSQ=T|missense_variant|MODERATE|G1|||"), line("CSQ=T|missense_variant|MODERATE|G2|||"))
    half = len(text) // 2
    # bgzip writes many gzip members one after the other.
    blocks = gzip.compress(text[:half].encode()) + gzip.compress(text[half:].encode()) + gzip.compress(b"")
    assert [v.gene for v in read(write(blocks, "a.vcf.gz"))] == ["G1", "G2"]
    with pytest.raises(DataError, match="damaged gzip"):
        read_variants(write(blocks[:-40], "b.vcf.gz"))


def test_broken_lines_are_listed(write: Write) -> None:
    good = line("CSQ=T|missense_variant|MODERATE|G1|||")
    bad = [
        "15\t1",
        line("CSQ=T|missense_variant|MODERATE|G1|||", pos="x"),
        line("CSQ=T|missense_variant|MODERATE|G1|||", "0/3"),
        line("CSQ=T|missense_variant|MODERATE|G1|||", "a/b"),
        line("CSQ=T|missense_variant|MODERATE|G1|||", alt="T,"),
        "\t".join(good.split("\t")[:9]),
    ]
    text = document(good, *bad, good).encode() + b"\xff\xfe\n" + good.encode()
    found = read_variants(write(text))
    assert [variant.source for variant in found.variants] == ["a.vcf, line 4", "a.vcf, line 11", "a.vcf, line 13"]
    assert [issue.message.split(" ")[1] for issue in found.issues] == ["5", "6", "7", "8", "9", "10", "12"]
    assert found.issues[1].message == "line 6 has a position that is no number: 'x'"
    assert found.issues[-1].message == "line 12 is not UTF-8"
    assert all(issue.severity == "warning" for issue in found.issues)


def test_many_broken_lines_are_counted(write: Write) -> None:
    found = read_variants(write(document(*["x"] * 200)))
    assert len(found.issues) == vcf.MOST_LISTED + 1
    assert found.issues[-1].message == "150 more lines cannot be read"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("##fileformat=VCFv3.3\n", "is 'VCFv3.3', not VCF 4.1 to 4.3"),
        ("##fileformat=VCFv4.2\n", "has no #CHROM line"),
        ("##fileformat=VCFv4.2\n1\t2\t.\tA\tC\t.\t.\t.\n", "has no #CHROM line before its variants"),
        (f"##fileformat=VCFv4.2\n{COLUMNS}\tP\n", "neither CSQ (VEP) nor ANN (SnpEff) is declared"),
        (f"##fileformat=VCFv4.2\n{CSQ}\n#CHROM POS ID\n", "no proper #CHROM line"),
        ("position\tchange\n1\tA>T\n", "neither a VCF nor a table with a column gene"),
        ('{"genes": 3}', "holds no list of variants"),
        ("[1,", "is not complete JSON"),
    ],
)
def test_other_files(write: Write, text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_variants(write(text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unfiltered_files_are_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vcf, "MOST_VARIANTS", 3)
    with pytest.raises(DataError, match="more than 3 variants"):
        read_variants(write(document(*[line("CSQ=T|missense_variant|MODERATE|G1|||")] * 4)))
    with pytest.raises(DataError, match="more than 3 variants"):
        read_variants(write("gene\n" + "FBN1\n" * 4))


def test_tables(write: Write) -> None:
    heading = "Gene\tZygosity\tConsequence\tClinVar class\tVariant\n"
    text = heading + "FBN1\thet\tmissense\tPathogenic\tc.1A>T\n\tHOM\t\t\t\nABCA4\n"
    found = read_variants(write(text, "a.tsv"))
    assert found.variants == (
        ObservedVariant(
            gene="FBN1",
            zygosity="heterozygous",
            consequence="missense",
            significance="Pathogenic",
            name="c.1A>T",
            source="a.tsv, line 2",
        ),
        ObservedVariant(gene="ABCA4", source="a.tsv, line 4"),
    )
    assert [issue.message for issue in found.issues] == ["line 3 names no gene"]
    odd = read_variants(write("gene,zygosity\nFBN1,both\n", "a.csv"))
    assert odd.variants[0].zygosity == "unknown"
    assert "not known: 'both'" in odd.issues[0].message
    with pytest.raises(UserError, match="leave --sample out"):
        read_variants(write("gene\nFBN1\n"), "child")


def test_json(write: Write) -> None:
    records = [{"gene": "FBN1", "zygosity": "0/1", "CLNSIG": "VUS"}, {"zygosity": "hom"}, 3, {"gene": None}]
    for value in (records, {"variants": records}):
        found = read_variants(write(json.dumps(value), "a.json"))
        assert [(v.gene, v.zygosity, v.significance) for v in found.variants] == [("FBN1", "heterozygous", "VUS")]
        assert len(found.issues) == 3


def test_variants_of_a_case(write: Write) -> None:
    case = Case(id="p", findings=(Finding("HP:0001250"),))
    changed, issues = with_variants(case, write("gene\nFBN1\n"))
    assert issues == ()
    assert changed.variants[0].gene == "FBN1"
    # Input, which a reasoner sees, unlike the variants of the truth.
    assert changed.blinded().variants == changed.variants
    assert changed.digest() != case.digest()
    assert from_json(to_json(changed), Case) == changed
    with pytest.raises(ValueError, match="needs a gene"):
        ObservedVariant(gene=" ")


def test_text_that_a_terminal_acts_upon(write: Write) -> None:
    (found,) = read(write("gene\tvariant\nFB\x1b[31mN1\tc.\x071\n"))
    assert found.gene.isprintable()
    assert found.name.isprintable()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(lines: int) -> int:
        path = tmp_path / f"{lines}.vcf"
        with path.open("w") as out:
            out.write(document())
            for number in range(lines):
                call = "0/1" if number % 1000 == 0 else "0/0"
                out.write(line("CSQ=T|missense_variant|MODERATE|G1|||", call, pos=str(number + 1)) + "\n")
        tracemalloc.start()
        try:
            assert len(read(path)) == lines // 1000
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Ten times the lines: only the few variants kept may cost more.
    assert peak(20_000) < 2 * peak(2_000) + 100_000


text_line = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=60)
cell = st.sampled_from(["", ".", "1", "A", "T,C", "CSQ=T|a|HIGH|G", "0/1", "1|2", "GT", "x", "PASS", "\x00", "é"])


@settings(max_examples=150)
@given(st.lists(st.one_of(text_line, st.lists(cell, max_size=11).map("\t".join)), max_size=8))
def test_no_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.mktemp("any") / "a.vcf"
    path.write_text(document(*lines), encoding="utf-8")
    try:
        found = read_variants(path)
    except (DataError, UserError):
        # Told in one line; anything else would end the test.
        return
    assert all(variant.gene.strip() and variant.name.isprintable() for variant in found.variants)
