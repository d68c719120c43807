"""ClinVar's words for how sure it is that a variant causes disease.

Only read, never judged: a file's ``CLNSIG`` such as ``Pathogenic/Likely_pathogenic`` becomes one of a few classes
(ClinVar's documentation of clinical significance; Landrum et al., Nucleic Acids Res 2020).
"""

from __future__ import annotations

import re
from typing import Literal

Significance = Literal[
    "pathogenic",
    "likely pathogenic",
    "uncertain",
    "conflicting",
    "likely benign",
    "benign",
    "other",  # drug response, risk factor, association ...
    "not given",
]


def significance(text: str) -> Significance:
    """The class that a ClinVar classification states.

    Several that agree in direction count as the surer one; both directions at once as conflicting.

    >>> significance("Likely_pathogenic"), significance("Pathogenic/Likely_pathogenic|risk_factor")
    ('likely pathogenic', 'pathogenic')
    >>> significance("Conflicting_classifications_of_pathogenicity"), significance("")
    ('conflicting', 'not given')
    """
    words = re.sub(r"[_\s]+", " ", text).strip().casefold()
    if words in ("", ".", "not provided", "no classification provided", "-"):
        return "not given"
    if "conflict" in words:
        return "conflicting"
    parts = {re.split(r", ?low penetrance", part)[0].strip() for part in re.split(r"[/|;&]|,(?! ?low pen)", words)}
    for_disease = parts & {"pathogenic", "likely pathogenic", "p", "lp"}
    against = parts & {"benign", "likely benign", "b", "lb"}
    if for_disease and against:
        return "conflicting"
    if for_disease:
        return "pathogenic" if for_disease & {"pathogenic", "p"} else "likely pathogenic"
    if against:
        return "benign" if against & {"benign", "b"} else "likely benign"
    if parts & {"uncertain significance", "uncertain", "vus", "variant of uncertain significance"}:
        return "uncertain"
    return "other"
