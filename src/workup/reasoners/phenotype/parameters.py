"""The engine's few parameters: how a score becomes a probability.

All were fitted on development cases of the TEMP regime (publication cited nowhere in the annotations); how, and
what cross-fitting by publication and gold disease gives, stands in docs/evaluate.md.
"""

from __future__ import annotations

import msgspec


class Parameters(msgspec.Struct, frozen=True):
    """Calibration of one score.

    Weights shown to the user are natural logs in calibrated units: multiplied, the likelihood ratios of a report
    give its posttest odds.

    Attributes:
        temperature: Factor on the score of the findings; below 1, since findings are not independent.
        no_gene: Weight of "no gene is known".
        onset: Factor on the log likelihood ratio of age and onset.
        recessive_x_female: Weight of an X-linked recessive disease in a female patient.
        excluded: Factor on the log likelihood ratio of an excluded finding. Small and never fitted: what papers
            report as excluded tends to be a feature of the disease, so a fitted weight would have the wrong sign.
        gene: Weight of a disease with a candidate gene (and, negated, of one without), when genes are given.
        unknown_intercept: Log odds of "not in the knowledge base" when nothing else is known.
        unknown_slope: Change of these log odds per unit of ln(mean over candidates of exp(score)).
        unknown_per_finding: Change of these log odds per present finding (up to 20).
    """

    temperature: float
    no_gene: float = 0.0
    onset: float = 0.0
    recessive_x_female: float = 0.0
    excluded: float = 0.05
    gene: float = 2.0
    unknown_intercept: float = -1.3
    unknown_slope: float = 0.0
    unknown_per_finding: float = 0.0


PARAMETERS: dict[str, Parameters] = {
    "translation-mixture": Parameters(
        temperature=0.42,
        no_gene=-2.4,
        onset=0.6,
        recessive_x_female=-1.5,
    ),
    "likelihood-ratio": Parameters(temperature=0.3, excluded=0.0),
    "phrank": Parameters(temperature=0.2, excluded=0.0),
    "resnik": Parameters(temperature=4.0, excluded=0.0),
    "resnik-symmetric": Parameters(temperature=4.0, excluded=0.0),
    "phenodigm": Parameters(temperature=20.0, excluded=0.0),
    "boqa": Parameters(temperature=0.3, excluded=0.0),
}
