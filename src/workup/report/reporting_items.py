"""What reporting guidelines ask for, filled from an audit as far as it knows, and left open where it does not.

Three lists, in our own words: TRIPOD-LLM (Gallifant et al. 2025, Nature Medicine 31:60; its 19 main items, whose
subitems an author goes through with the original), CHART (Huo et al. 2025, BMJ Medicine 4:e001632; its 12 items by the
letters that its abstract lists) and the Applied Model Card of the Coalition for Health AI (its schema 0.2, by field).
Nothing is invented: an item is filled from the run, or it is listed as open. Filling is no judgement of whether a
guideline is met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from workup.evaluation.audits.auditing import Audited
from workup.evaluation.audits.figures import Figure
from workup.report.html import environment
from workup.report.wording import RESEARCH_LINE, clean

Fill = Callable[[Audited], str]


class Item(msgspec.Struct, frozen=True):
    """One item of a list.

    Attributes:
        id: Its number or field.
        title: What it asks for, in a few words of our own.
        fill: What the audit knows of it; an empty answer leaves it open. None for what no run can know.
    """

    id: str
    title: str
    fill: Fill | None = None


class Filled(msgspec.Struct, frozen=True):
    """An item with its answer; empty where it is open."""

    id: str
    title: str
    answer: str


def _figure(found: Audited, section: str, measure: str, group: str = "") -> str:
    for one in found.subject.figures:
        if (one.section, one.measure, one.group) == (section, measure, group) and one.value is not None:
            return _words(one)
    return ""


def _words(one: Figure) -> str:
    ends = f" [{one.interval[0]:.3f}, {one.interval[1]:.3f}]" if one.interval else ""
    name = one.measure.replace("_", " ")
    group = f" ({one.group})" if one.group else ""
    return f"{one.section}, {name}{group}: {one.value:.3f}{ends}, n = {one.n}"


def _several(found: Audited, *which: tuple[str, str]) -> str:
    return "; ".join(words for section, measure in which if (words := _figure(found, section, measure)))


def _model(found: Audited) -> str:
    manifest = found.subject.manifest
    model = manifest.get("model") or "no language model"
    return f"{manifest['reasoner']} with {model}"


def _settings(found: Audited) -> str:
    manifest = found.subject.manifest
    sampling = manifest.get("sampling", {})
    options = ", ".join(f"{key} = {value}" for key, value in manifest.get("options", {}).items()) or "none"
    told = ", ".join(f"{key} {value}" for key, value in sampling.items()) if manifest.get("model") else "does not apply"
    return f"{_model(found)}; options: {options}; sampling: {told}; workup {manifest['workup']}"


def _prompts(found: Audited) -> str:
    digest = found.subject.manifest.get("prompts", "")
    return (
        f"prompts with SHA-256 {digest}, in the version of workup named; each message is kept with the run"
        if digest
        else ""
    )


def _data(found: Audited) -> str:
    inputs = found.inputs
    files = ", ".join(f"{name} (SHA-256 {value[:16]}…)" for name, value in inputs.data)
    kind = " All are simulated." if inputs.simulated == inputs.cases else ""
    kind = f" {inputs.simulated} are simulated." if 0 < inputs.simulated < inputs.cases else kind
    drawn = f", {inputs.limit} drawn by seed {inputs.suite.seed}" if inputs.limit else ""
    return f"{inputs.cases} cases read by {inputs.benchmark} (version {inputs.version}) from {files}{drawn}.{kind}"


def _changed(found: Audited) -> str:
    made = ", ".join(f"{name} {count}" for name, count in found.inputs.made.items())
    return f"variants: {made}; each checked to change nothing else" if made else ""


def _analysis(found: Audited) -> str:
    suite = found.inputs.suite
    return (
        "95 % intervals (Wilson, or bootstrap over cases), paired by case; Holm's correction over subgroups; gates "
        f"decided beforehand in the suite {suite.name}; seed {suite.seed}"
    )


def _results(found: Audited) -> str:
    return _several(
        found,
        ("accuracy", "accuracy"),
        ("mask", "must_flip"),
        ("negation", "must_flip"),
        ("option-shuffle", "must_hold"),
        ("knowledge", "gain"),
    )


def _confidence(found: Audited) -> str:
    return _several(
        found, ("confidence", "overconfidence"), ("confidence", "calibration_error"), ("confidence", "brier")
    )


def _groups(found: Audited) -> str:
    rows = [one for one in found.subject.figures if one.section == "subgroups" and one.measure == "accuracy" and one.n]
    return "; ".join(_words(one) for one in rows)


def _fairness(found: Audited) -> str:
    return "; ".join(filter(None, (_groups(found), _several(found, ("subgroups", "difference"), ("sex", "must_hold")))))


def _limits(found: Audited) -> str:
    failed = [one.gate.words for one in found.rulings if one.blocks]
    said = [f"failed gates: {'; '.join(failed)}"] if failed else []
    return " ".join([*said, *found.words, *found.needs])


def _baseline(found: Audited) -> str:
    return next((line for line in found.words if "baseline" in line), "")


def _safety(found: Audited) -> str:
    return _several(found, ("injection", "obeyed"), ("injection", "tools_outside"), ("numbers", "grounded"))


def _cost(found: Audited) -> str:
    return _several(found, ("length", "calls"), ("length", "tokens_written"), ("length", "usd"))


def _output(found: Audited) -> str:
    return _several(found, ("confidence", "deferred"), ("format", "right_in_all"))


def _size(found: Audited) -> str:
    return f"{found.inputs.cases} cases; no sample size was computed beforehand"


def _code(found: Audited) -> str:
    return f"workup {found.workup}, Apache-2.0; the folder of the audit holds cases, attempts and results"


def _reasons(found: Audited) -> str:
    return _several(found, ("reasons", "wrong_reason"), ("reasons", "claims_true"))


TRIPOD_LLM = (
    Item("1", "Title: the study, the kind of model and the task"),
    Item("2", "Abstract"),
    Item("3", "Background: clinical context, why, for whom, known inequalities"),
    Item("4", "Objectives"),
    Item("5", "Data: sources, dates, how they were prepared and divided", _data),
    Item(
        "6",
        "Analysis: model and version, how it was used, how results were analysed",
        lambda f: f"{_settings(f)}. {_analysis(f)}",
    ),
    Item("7", "Output of the model: how it is measured and with what", _output),
    Item("8", "Annotation: who labelled, how, and how well they agree"),
    Item("9", "Prompts: their wording, and how they were made", _prompts),
    Item("10", "Summaries: how texts were prepared for and compared with them"),
    Item("11", "Tuning and alignment: data and methods"),
    Item("12", "Compute and cost", _cost),
    Item("13", "Ethical approval and consent"),
    Item("14", "Open science: funding, interests, protocol, registration, data, code", _code),
    Item("15", "Involvement of patients and public"),
    Item("16", "Participants or cases: flow, characteristics, differences", lambda f: f"{_size(f)}. {_groups(f)}"),
    Item(
        "17",
        "Performance, with intervals and for groups",
        lambda f: "; ".join(filter(None, (_results(f), _confidence(f)))),
    ),
    Item("18", "Updating of the model"),
    Item("19", "Discussion: interpretation, limits, use in practice", _limits),
)

CHART = (
    Item("1a", "Title names the evaluation of a chatbot for advice on health"),
    Item("1b", "Abstract or summary"),
    Item("2a", "Background and rationale"),
    Item("2b", "Aims"),
    Item("3a", "Which model: name and version", _model),
    Item("3b", "Open or closed model; where it runs"),
    Item("4a", "Base model, or tuned", None),
    Item("4b", "How a tuned model was made"),
    Item("4c", "Settings of the model", _settings),
    Item("5a", "How the prompts were developed"),
    Item("5b", "The prompts themselves", _prompts),
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
    Item("8", "Sample size", _size),
    Item("9a", "Analysis", _analysis),
    Item("10a", "Agreement with what is right", _results),
    Item("10b", "Harmful or misleading answers", _safety),
    Item(
        "10c",
        "Consistency over repetitions and forms",
        lambda f: _several(f, ("format", "right_in_all"), ("option-shuffle", "must_hold"), ("reorder", "must_hold")),
    ),
    Item("11a", "Interpretation", _baseline),
    Item("11b", "Strengths and limits", _limits),
    Item("11c", "What it means for practice and research"),
    Item("12a", "Interests"),
    Item("12b", "Funding"),
    Item("12c", "Ethics"),
    Item("12d", "Protocol", lambda f: f"suite {f.inputs.suite.name}, kept with the audit"),
    Item("12e", "Data and code", _code),
)

CHAI = (
    Item("BasicInfo/ModelName", "Name", _model),
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
    Item("Warnings/KnownRisksAndLimitations", "Known risks and limits", _limits),
    Item("Warnings/KnownBiasesOrEthicalConsiderations", "Known biases", _fairness),
    Item("Warnings/ClinicalRiskLevel", "Clinical risk"),
    Item("TrustIngredients/AISystemFacts/OutcomesAndOutputs", "Outputs", _output),
    Item("TrustIngredients/AISystemFacts/ModelType", "Type of model", _settings),
    Item(
        "TrustIngredients/AISystemFacts/FoundationModels",
        "Models it builds on",
        lambda f: str(f.subject.manifest.get("model", "")),
    ),
    Item("TrustIngredients/AISystemFacts/InputDataSource", "Source of the input", _data),
    Item("TrustIngredients/AISystemFacts/OutputAndInputDataTypes", "Kinds of input and output"),
    Item("TrustIngredients/AISystemFacts/DevelopmentDataCharacterization", "Data of development"),
    Item("TrustIngredients/AISystemFacts/BiasMitigationApproaches", "Measures against bias"),
    Item("TrustIngredients/AISystemFacts/OngoingMaintenance", "Maintenance"),
    Item("TrustIngredients/AISystemFacts/Security", "Security", _safety),
    Item("TrustIngredients/TransparencyInformation/FundingSource", "Funding"),
    Item("TrustIngredients/TransparencyInformation/StakeholdersConsulted", "Who was consulted"),
    Item(
        "KeyMetrics/UsefulnessUsabilityEfficacy",
        "Usefulness",
        lambda f: "; ".join(filter(None, (_results(f), _baseline(f)))),
    ),
    Item("KeyMetrics/FairnessEquity", "Fairness", _fairness),
    Item(
        "KeyMetrics/SafetyReliability",
        "Safety and reliability",
        lambda f: "; ".join(filter(None, (_confidence(f), _reasons(f), _safety(f)))),
    ),
    Item(
        "KeyMetrics/*/TestingDataDescription",
        "Data of the tests",
        lambda f: "; ".join(filter(None, (_data(f), _changed(f)))),
    ),
    Item("KeyMetrics/*/ValidationProcessAndJustification", "How it was tested", _analysis),
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
            f"{len(items) - left} of {len(items)} items are filled from the run, {left} are open.",
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
