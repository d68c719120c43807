"""The items of TRIPOD-LLM by number and letter, in our own words, with what an audit can fill in.

Gallifant et al. 2025, Nature Medicine 31:60 (PMC12104976), table 2: 19 main items with their subitems. Some apply to
making or tuning a model, or to studies of patients, alone; what does not apply is for the author to say.
"""

from __future__ import annotations

from workup.evaluation.audits.auditing import Audited
from workup.report.reporting_fills import (
    Item,
    baseline,
    changed,
    code,
    confidence,
    cost,
    data,
    fairness,
    groups,
    handled,
    in_words,
    kept_output,
    limits,
    model,
    outcome,
    output,
    prompts,
    reasons,
    results,
    settings,
    size,
)


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _task(found: Audited) -> str:
    return f"{model(found)}; questions of the benchmark {found.inputs.benchmark}, each answered once"


def _performance(found: Audited) -> str:
    right = next((one for one in found.subject.figures if one.measure == "accuracy" and not one.group), None)
    return _joined(in_words(right) if right and right.value is not None else "", results(found), confidence(found))


TRIPOD_LLM = (
    Item("1", "Title: says that a model is made, tuned or evaluated, for what and for whom"),
    Item("2a", "Abstract: making, tuning or evaluating a model; task, population, outcome"),
    Item("2b", "Abstract: context of care, use and reason"),
    Item("2c", "Abstract: aims, and the stage of the model"),
    Item("2d", "Abstract: setting"),
    Item("2e", "Abstract: all data, how divided, what was left out", data),
    Item("2f", "Abstract: name and version of the model", model),
    Item("2g", "Abstract: steps by which the model was made"),
    Item("2h", "Abstract: what the model does, its input and output", _task),
    Item("2i", "Abstract: data of the evaluation, held out or not, and measures", outcome),
    Item("2j", "Abstract: main results and what they mean", lambda f: _joined(results(f), baseline(f))),
    Item("2k", "Abstract: wider implications and concerns"),
    Item("2l", "Abstract: registration"),
    Item("3a", "Background: context, reason, earlier approaches"),
    Item("3b", "Background: patients, place in care, users"),
    Item("4", "Aims: making, tuning or validating"),
    Item("5a", "Sources of the data for training, tuning and evaluation, and why these", data),
    Item("5b", "What the data hold, and how it is distributed (languages, countries)", groups),
    Item("5c", "Dates of the oldest and newest text, in training and in evaluation"),
    Item("5d", "Preparing and checking the data, and whether alike for all groups", changed),
    Item("5e", "Missing and unbalanced data, and what was left out", handled),
    Item("6a", "Name and version of the model, last date of training or use", model),
    Item("6b", "Kind of model; settings, prompts, seed, temperature, longest reply", settings),
    Item("6c", "Training, tuning and alignment, from text to outcome"),
    Item("6d", "Output as it comes and after processing", kept_output),
    Item("6e", "Classes, probabilities and thresholds", lambda f: _joined(confidence(f), output(f))),
    Item("6f", "Quality of generated text against a standard", reasons),
    Item("6g", "Meaning of the measures for use in care, and agreement with people's judgement"),
    Item("7a", "Outcome, how answers are computed from the output, measures", outcome),
    Item("7b", "Who judged where judging is needed, with which instructions", lambda f: "computed; no person judged"),
    Item("7c", "Comparison with other models, people, standards", baseline),
    Item("8a", "Annotation: how texts were labelled"),
    Item("8b", "Annotation: how many people, how much by more than one"),
    Item("8c", "Annotation: who they are, and how well they agree"),
    Item("9a", "Prompts: how they were made and chosen", prompts),
    Item("9b", "Prompts: on which data they were made"),
    Item("10", "Summaries: how texts were prepared"),
    Item("11", "Tuning by instructions and alignment: what, with which interface, by whom"),
    Item("12", "Computing and cost", cost),
    Item("13", "Ethical approval and consent"),
    Item("14a", "Funding"),
    Item("14b", "Interests"),
    Item("14c", "Protocol", lambda f: f"suite {f.inputs.suite.name}, decided beforehand and kept with the audit"),
    Item("14d", "Registration"),
    Item(
        "14e", "Availability of the data", lambda f: "; ".join(f"{name}: SHA-256 {sha}" for name, sha in f.inputs.data)
    ),
    Item("14f", "Availability of the code", code),
    Item("15", "Involvement of patients and public"),
    Item("16a", "Flow of patients or documents through the study", lambda f: f"{size(f)}; {handled(f)}"),
    Item("16b", "Characteristics, overall and by source and split", groups),
    Item("16c", "Distributions in making and in evaluation compared"),
    Item("16d", "Numbers in each analysis", lambda f: _joined(size(f), changed(f))),
    Item("17", "Performance by the measures that were decided beforehand", _performance),
    Item("18", "Updating of the model"),
    Item("19a", "What the results mean, fairness included", lambda f: _joined(baseline(f), fairness(f))),
    Item("19b", "Limits: bias, uncertainty, generalisation", limits),
    Item("19c", "Known difficulties with such data"),
    Item("19d", "Intended use: input, user, supervision"),
    Item("19e", "What to do with poor or missing input"),
    Item("19f", "What users must do, and what they must know"),
    Item("19g", "Next steps of research"),
)
