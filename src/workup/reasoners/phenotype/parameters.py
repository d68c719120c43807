"""The engine's few parameters: how a score becomes a probability.

All were fitted on development cases (TEMP regime: publication cited nowhere in the annotations; for "unknown" also
the cases whose disease the annotations lack). How, and what cross-fitting by publication and gold disease gives,
stands in docs/evaluate.md.
"""

from __future__ import annotations

import msgspec

# A patient with this many findings has the temperature itself.
TYPICAL_FINDINGS = 6
MOST_COUNTED_FINDINGS = 40


class GeneParameters(msgspec.Struct, frozen=True):
    """What candidate genes and variants weigh. Set by hand before any evaluation, never fitted.

    A list of genes is thought of as made in one of two ways: with the causal gene in it (probability ``listed``) and
    others at random, or without it. See docs/genes.md for the formula.

    Attributes:
        listed: Probability that the causal gene is on the list that a laboratory or clinician gives.
        other_cause: Share of patients whose disease comes from a gene that is not among its known ones.
        coding_genes: Protein-coding genes of man; about as many as GENCODE counts.
        least_share: No list is thought of as more exact than a choice of this share of all genes: a single
            candidate is seldom the only one that was looked at.
        pathogenic: Factor of a gene with a variant that the file calls pathogenic in ClinVar.
        likely_pathogenic: The same, likely pathogenic.
        likely_benign: Factor of a gene all of whose variants are likely benign; such a gene is not on the list.
        benign: The same, benign.
        both_copies: Factor of a homozygous variant, or two heterozygous ones, for a recessive disease; also of a
            hemizygous one for an X-linked disease in a boy.
        one_copy: Factor of a single heterozygous variant for a recessive disease.
        homozygous_dominant: Factor of nothing but homozygous variants for a dominant disease.
    """

    listed: float = 0.9
    other_cause: float = 0.05
    coding_genes: int = 20_000
    least_share: float = 0.002
    pathogenic: float = 10.0
    likely_pathogenic: float = 5.0
    likely_benign: float = 0.5
    benign: float = 0.2
    both_copies: float = 3.0
    one_copy: float = 0.2
    homozygous_dominant: float = 0.5


class Parameters(msgspec.Struct, frozen=True):
    """Calibration of one score.

    Contributions are shown in calibrated units: multiplied, the likelihood ratios of a report give its posttest odds.
    The other weights are in the units of the score, before :meth:`scale` is applied, except that of genes.

    Attributes:
        temperature: Factor on everything; below 1, since findings are not independent.
        dependence: How the factor falls with the number of findings: ``(n / 6) ^ -dependence``. The more findings
            there are, the more they repeat each other.
        no_gene: Weight of "no gene is known".
        onset: Factor on the log likelihood ratio of age and onset.
        recessive_x_female: Weight of an X-linked recessive disease in a female patient.
        excluded: Factor on the log likelihood ratio of an excluded finding. Small and never fitted: what papers
            report as excluded tends to be a feature of the disease, so a fitted weight would have the wrong sign.
        genes: What candidate genes and variants weigh.
        asked: Share in which a finding that was asked for, and is present, counts for how often each disease shows it;
            for the rest it counts as a reported one. (Absence counts as any exclusion: giving it more made every
            development figure worse, see docs/next-steps.md.)
        unknown_intercept: Log odds of "not in the knowledge base" when nothing else is known.
        unknown_slope: Change of these log odds per unit of the best candidate's mean score per finding: the worse
            the best explanation, the likelier that the disease is not known.
    """

    temperature: float
    dependence: float = 0.0
    no_gene: float = 0.0
    onset: float = 0.0
    recessive_x_female: float = 0.0
    excluded: float = 0.0
    genes: GeneParameters = GeneParameters()
    asked: float = 0.0
    unknown_intercept: float = -1.3
    unknown_slope: float = 0.0

    def scale(self, findings: int) -> float:
        """Factor from the units of the score to natural logs of calibrated likelihood ratios."""
        counted = min(max(findings, 1), MOST_COUNTED_FINDINGS)
        return float(self.temperature * (counted / TYPICAL_FINDINGS) ** -self.dependence)


PARAMETERS: dict[str, Parameters] = {
    "translation-mixture": Parameters(
        temperature=0.46,
        dependence=0.3,
        no_gene=-6.4,
        onset=0.4,
        recessive_x_female=-3.2,
        excluded=0.05,
        asked=0.5,
        # Odds for the 21 % of development cases whose disease the annotations lack.
        unknown_intercept=-0.8,
        unknown_slope=-0.22,
    ),
    # The published scores stand alone, without add-ons; their temperature only makes their probabilities readable.
    "likelihood-ratio": Parameters(temperature=0.3),
    "phrank": Parameters(temperature=0.2),
    "resnik": Parameters(temperature=4.0),
    "resnik-symmetric": Parameters(temperature=4.0),
    "phenodigm": Parameters(temperature=20.0),
    "boqa": Parameters(temperature=0.3),
}
