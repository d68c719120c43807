"""What reporting guidelines ask for, filled from an audit as far as it knows, and left open where it does not.

Three lists, in our own words: TRIPOD-LLM (:mod:`workup.report.reporting_tripod`), CHART (Huo et al. 2025, BMJ Medicine
4:e001632; its 12 items by the letters that its abstract lists) and the Applied Model Card of the Coalition for Health
AI (its schema 0.2, by field). Nothing is invented: an item is filled from the run, or it is listed as open. Filling is
no judgement of whether a guideline is met.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from workup.evaluation.audits.auditing import Audited
from workup.report.html import environment
from workup.report.reporting_fills import (
    Item,
    analysis,
    baseline,
    changed,
    code,
    confidence,
    data,
    fairness,
    limits,
    model,
    output,
    prompts,
    reasons,
    results,
    safety,
    settings,
    several,
    size,
)
from workup.report.reporting_tripod import TRIPOD_LLM
from workup.report.wording import RESEARCH_LINE, clean


class Filled(msgspec.Struct, frozen=True):
    """An item with its answer; empty where it is open."""

    id: str
    title: str
    answer: str


CHART = (
    Item("1a", "Title names the evaluation of a chatbot for advice on health"),
    Item("1b", "Abstract or summary"),
    Item("2a", "Background and rationale"),
    Item("2b", "Aims"),
    Item("3a", "Which model: name and version", model),
    Item("3b", "Open or closed model; where it runs"),
    Item("4a", "Base model, or tuned", None),
    Item("4b", "How a tuned model was made"),
    Item("4c", "Settings of the model", settings),
    Item("5a", "How the prompts were developed"),
    Item("5b", "The prompts themselves", prompts),
    Item("6a", "How the model was reached: interface, place", None),
    Item("6b", "When it was asked"),
    Item(
        "6c",
        "One conversation or separate ones",
        lambda f: "each case and each variant is asked separately, from the start",
    ),
    Item("6d", "All answers are kept", lambda f: "every call and reply is kept in the folder of the audit"),
    Item("7a", "What counts as right", lambda f: f"the reference of {f.inputs.benchmark}, version {f.inputs.version}"),
    Item("7b", "Who judged, blinded or not", lambda f: "computed; no person judged"),
    Item("8", "Sample size", size),
    Item("9a", "Analysis", analysis),
    Item("10a", "Agreement with what is right", results),
    Item("10b", "Harmful or misleading answers", safety),
    Item(
        "10c",
        "Consistency over repetitions and forms",
        lambda f: several(f, ("format", "right_in_all"), ("option-shuffle", "must_hold"), ("reorder", "must_hold")),
    ),
    Item("11a", "Interpretation", baseline),
    Item("11b", "Strengths and limits", limits),
    Item("11c", "What it means for practice and research"),
    Item("12a", "Interests"),
    Item("12b", "Funding"),
    Item("12c", "Ethics"),
    Item("12d", "Protocol", lambda f: f"suite {f.inputs.suite.name}, kept with the audit"),
    Item("12e", "Data and code", code),
)

CHAI = (
    Item("BasicInfo/ModelName", "Name", model),
    Item("BasicInfo/ModelDeveloper", "Developer"),
    Item("BasicInfo/DeveloperContact", "Contact"),
    Item("ReleaseInfo/ReleaseStage", "Stage of release"),
    Item("ReleaseInfo/ReleaseDate", "Date of release"),
    Item("ReleaseInfo/ReleaseVersion", "Version", lambda f: f"workup {f.subject.manifest['workup']}"),
    Item("ReleaseInfo/GlobalAvailability", "Where it is available"),
    Item("ReleaseInfo/RegulatoryApproval", "Approval", lambda f: RESEARCH_LINE),
    Item("ModelSummary/Summary", "Summary"),
    Item("UsesAndDirections/IntendedUseAndWorkflow", "Intended use and workflow"),
    Item("UsesAndDirections/PrimaryIntendedUsers", "Users"),
    Item("UsesAndDirections/HowToUse", "How to use it"),
    Item("UsesAndDirections/TargetedPatientPopulation", "Patients it is for"),
    Item("UsesAndDirections/CautionedOutOfScopeSettings", "Where not to use it"),
    Item("Warnings/KnownRisksAndLimitations", "Known risks and limits", limits),
    Item("Warnings/KnownBiasesOrEthicalConsiderations", "Known biases", fairness),
    Item("Warnings/ClinicalRiskLevel", "Clinical risk"),
    Item("TrustIngredients/AISystemFacts/OutcomesAndOutputs", "Outputs", output),
    Item("TrustIngredients/AISystemFacts/ModelType", "Type of model", settings),
    Item(
        "TrustIngredients/AISystemFacts/FoundationModels",
        "Models it builds on",
        lambda f: str(f.subject.manifest.get("model", "")),
    ),
    Item("TrustIngredients/AISystemFacts/InputDataSource", "Source of the input", data),
    Item("TrustIngredients/AISystemFacts/OutputAndInputDataTypes", "Kinds of input and output"),
    Item("TrustIngredients/AISystemFacts/DevelopmentDataCharacterization", "Data of development"),
    Item("TrustIngredients/AISystemFacts/BiasMitigationApproaches", "Measures against bias"),
    Item("TrustIngredients/AISystemFacts/OngoingMaintenance", "Maintenance"),
    Item("TrustIngredients/AISystemFacts/Security", "Security", safety),
    Item("TrustIngredients/TransparencyInformation/FundingSource", "Funding"),
    Item("TrustIngredients/TransparencyInformation/StakeholdersConsulted", "Who was consulted"),
    Item(
        "KeyMetrics/UsefulnessUsabilityEfficacy",
        "Usefulness",
        lambda f: "; ".join(filter(None, (results(f), baseline(f)))),
    ),
    Item("KeyMetrics/FairnessEquity", "Fairness", fairness),
    Item(
        "KeyMetrics/SafetyReliability",
        "Safety and reliability",
        lambda f: "; ".join(filter(None, (confidence(f), reasons(f), safety(f)))),
    ),
    Item(
        "KeyMetrics/*/TestingDataDescription",
        "Data of the tests",
        lambda f: "; ".join(filter(None, (data(f), changed(f)))),
    ),
    Item("KeyMetrics/*/ValidationProcessAndJustification", "How it was tested", analysis),
    Item("Resources/PeerReviewedPublications", "Publications"),
    Item("Resources/PatientConsentOrDisclosure", "Consent and disclosure"),
    Item("Bibliography", "Bibliography"),
)

LISTS: tuple[tuple[str, Sequence[Item]], ...] = (
    ("TRIPOD-LLM", TRIPOD_LLM),
    ("CHART", CHART),
    ("CHAI Applied Model Card", CHAI),
)


def filled(found: Audited) -> list[tuple[str, list[Filled]]]:
    """Every list with its items, filled where the audit knows the answer."""
    return [
        (name, [Filled(one.id, one.title, clean(one.fill(found)) if one.fill else "") for one in items])
        for name, items in LISTS
    ]


def render_dossier(found: Audited) -> tuple[str, str]:
    """The dossier as Markdown and as a page."""
    lists = filled(found)
    lines = [f"# Reporting items: audit of {_plain(found.subject.name)}", "", f"{RESEARCH_LINE}", ""]
    for name, items in lists:
        left = sum(not one.answer for one in items)
        lines += [
            f"## {name}",
            "",
            f"{len(items) - left} of {len(items)} items are filled from the run, {left} are open and for the authors: "
            f"{', '.join(one.id for one in items if not one.answer) or 'none'}.",
            "",
        ]
        lines += ["| Item | Asks for | From the run |", "| --- | --- | --- |"]
        lines += [f"| {one.id} | {_plain(one.title)} | {_plain(one.answer) or '**open**'} |" for one in items]
        lines.append("")
    page = environment().get_template("dossier.html.j2")
    return "\n".join(lines), page.render(subject=clean(found.subject.name), lists=lists, research_line=RESEARCH_LINE)


def _plain(text: str) -> str:
    """Words that neither end a cell nor mark anything up."""
    return clean(text).replace("|", "/").replace("<", "‹").replace("`", "'").replace("[", "(").replace("]", ")")
