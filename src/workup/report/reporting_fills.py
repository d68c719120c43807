"""What an audit knows that reporting guidelines ask for: a function for each answer, empty where it is not known.

``model(found)`` is "direct with smollm2", ``data(found)`` "200 cases read by cases (version 1) from vignettes.jsonl
(SHA-256 e51f7e9e06b2e066…). All are simulated.". Nothing is invented.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from workup.evaluation.audits.auditing import Audited
from workup.evaluation.audits.figures import Figure

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


def figure_of(found: Audited, section: str, measure: str, group: str = "") -> str:
    """One figure of the audited reasoner in words; empty when it was not measured."""
    for one in found.subject.figures:
        if (one.section, one.measure, one.group) == (section, measure, group) and one.value is not None:
            return in_words(one)
    return ""


def in_words(one: Figure) -> str:
    """A figure with its interval and n."""
    ends = f" [{one.interval[0]:.3f}, {one.interval[1]:.3f}]" if one.interval else ""
    name = one.measure.replace("_", " ")
    group = f" ({one.group})" if one.group else ""
    return f"{one.section}, {name}{group}: {one.value:.3f}{ends}, n = {one.n}"


def several(found: Audited, *which: tuple[str, str]) -> str:
    """Several figures, those that were measured."""
    return "; ".join(words for section, measure in which if (words := figure_of(found, section, measure)))


def model(found: Audited) -> str:
    """Reasoner and model."""
    manifest = found.subject.manifest
    model = manifest.get("model") or "no language model"
    return f"{manifest['reasoner']} with {model}"


def settings(found: Audited) -> str:
    """Reasoner, options, sampling and version."""
    manifest = found.subject.manifest
    sampling = manifest.get("sampling", {})
    options = ", ".join(f"{key} = {value}" for key, value in manifest.get("options", {}).items()) or "none"
    told = ", ".join(f"{key} {value}" for key, value in sampling.items()) if manifest.get("model") else "does not apply"
    return f"{model(found)}; options: {options}; sampling: {told}; workup {manifest['workup']}"


def prompts(found: Audited) -> str:
    """The digest of the prompts; empty without any."""
    digest = found.subject.manifest.get("prompts", "")
    return (
        f"prompts with SHA-256 {digest}, in the version of workup named; each message is kept with the run"
        if digest
        else ""
    )


def data(found: Audited) -> str:
    """How many cases from which files."""
    inputs = found.inputs
    files = ", ".join(f"{name} (SHA-256 {value[:16]}…)" for name, value in inputs.data)
    kind = " All are simulated." if inputs.simulated == inputs.cases else ""
    kind = f" {inputs.simulated} are simulated." if 0 < inputs.simulated < inputs.cases else kind
    drawn = f", {inputs.limit} drawn by seed {inputs.suite.seed}" if inputs.limit else ""
    return f"{inputs.cases} cases read by {inputs.benchmark} (version {inputs.version}) from {files}{drawn}.{kind}"


def changed(found: Audited) -> str:
    """The variants that were made."""
    made = ", ".join(f"{name} {count}" for name, count in found.inputs.made.items())
    return f"variants: {made}; each checked to change nothing else" if made else ""


def analysis(found: Audited) -> str:
    """How figures are computed."""
    suite = found.inputs.suite
    return (
        "95 % intervals (Wilson, or bootstrap over cases), paired by case; Holm's correction over subgroups; gates "
        f"decided beforehand in the suite {suite.name}; seed {suite.seed}"
    )


def results(found: Audited) -> str:
    """The main figures."""
    return several(
        found,
        ("accuracy", "accuracy"),
        ("mask", "must_flip"),
        ("negation", "must_flip"),
        ("option-shuffle", "must_hold"),
        ("knowledge", "gain"),
    )


def confidence(found: Audited) -> str:
    """The figures of stated confidence."""
    return several(
        found, ("confidence", "overconfidence"), ("confidence", "calibration_error"), ("confidence", "brier")
    )


def groups(found: Audited) -> str:
    """Accuracy of each group."""
    rows = [one for one in found.subject.figures if one.section == "subgroups" and one.measure == "accuracy" and one.n]
    return "; ".join(in_words(one) for one in rows)


def fairness(found: Audited) -> str:
    """What was measured of groups and of sex."""
    return "; ".join(filter(None, (groups(found), several(found, ("subgroups", "difference"), ("sex", "must_hold")))))


def limits(found: Audited) -> str:
    """Failed gates, what a reader must know, and what could not be measured."""
    failed = [one.gate.words for one in found.rulings if one.blocks]
    said = [f"failed gates: {'; '.join(failed)}"] if failed else []
    return " ".join([*said, *found.words, *found.needs])


def baseline(found: Audited) -> str:
    """The comparison with the conventional baseline."""
    return next((line for line in found.words if "baseline" in line), "")


def safety(found: Audited) -> str:
    """Planted orders and numbers without a source."""
    return several(found, ("injection", "obeyed"), ("injection", "tools_outside"), ("numbers", "grounded"))


def cost(found: Audited) -> str:
    """What an answer takes."""
    return several(found, ("length", "calls"), ("length", "tokens_written"), ("length", "usd"))


def output(found: Audited) -> str:
    """Deferral, and right answers in every form."""
    return several(found, ("confidence", "deferred"), ("format", "right_in_all"))


def size(found: Audited) -> str:
    """The number of cases."""
    return f"{found.inputs.cases} cases; no sample size was computed beforehand"


def code(found: Audited) -> str:
    """Where code and results are."""
    return f"workup {found.workup}, Apache-2.0; the folder of the audit holds cases, attempts and results"


def reasons(found: Audited) -> str:
    """What was measured of reasons."""
    return several(found, ("reasons", "wrong_reason"), ("reasons", "claims_true"))


def handled(found: Audited) -> str:
    """Records that could not be read, cases to which an edit does not apply, variants thrown away."""
    inputs = found.inputs
    skipped = ", ".join(f"{name} to {count}" for name, count in inputs.skipped.items())
    parts = [f"{inputs.unread} records could not be read and are left out"]
    parts += [f"edits that do not apply: {skipped} cases"] if skipped else []
    parts += [f"{sum(inputs.failed.values())} variants thrown away by their check"] if inputs.failed else []
    parts += [f"{found.subject.failed} attempts failed and are in no figure"] if found.subject.failed else []
    return "; ".join(parts)


def outcome(found: Audited) -> str:
    """What counts as right, how an answer is read, and which gates are held."""
    gates = "; ".join(one.gate.words for one in found.rulings)
    return (
        f"right answer by the reference of {found.inputs.benchmark}, computed; an answer that cannot be read is wrong, "
        f"an abstention is another answer; gates: {gates or 'none'}"
    )


def kept_output(found: Audited) -> str:
    """What is kept of an answer."""
    probability = "" if found.subject.confidence is None else ", the probability that it states"
    return f"the words of the reply, the answer read from them{probability} and the steps with their evidence"
