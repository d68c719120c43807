"""Systems 51 and 64: recorded runs on NLI4CT, scored again from their labels.

Read from ``51-64-nli4ct``: the development labels of 2023 with the labels of eight models, and half of the perturbed
test set of 2024 with the labels of two models and the scores that the official formulas give for them. Free answers of
some of the eight models lie beside the labels that were read from them (``dnlp_dev_raw_*.jsonl``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.nli4ct import CONTRADICTION, ENTAILMENT, LABELS, label_scores, robustness
from workup.errors import DataError
from workup.evaluation import parse
from workup.evaluation.labels import wilson
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

FOLDER = "51-64-nli4ct"
DEV, DEV_RUNS = f"{FOLDER}/dev200_gold_labels.json", f"{FOLDER}/dnlp_dev_predictions.json"
HALF, SCORES = f"{FOLDER}/semeval24_half_gold_labels.json", f"{FOLDER}/semeval24_half_expected_scores.json"


def _read(path: Path) -> dict[str, Any]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])


@measurement("nli4ct.eight_models")
def eight_models(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Accuracy and F1 of every recorded model on the development items, and of always answering Entailment."""
    items, runs = _read(data / DEV), _read(data / DEV_RUNS)
    always = label_scores(items, dict.fromkeys(items, ENTAILMENT))
    answers = {"always-entailment": Measurement(value=always.classes[ENTAILMENT].f1, n=always.n)}
    for model, labels in runs.items():
        figures = label_scores(items, labels)
        right = round(figures.accuracy * figures.n)
        answers |= {
            f"{model}-accuracy": Measurement(value=figures.accuracy, n=figures.n, interval=wilson(right, figures.n)),
            f"{model}-f1-entailment": Measurement(value=figures.classes[ENTAILMENT].f1, n=figures.n),
            f"{model}-f1-contradiction": Measurement(value=figures.classes[CONTRADICTION].f1, n=figures.n),
            f"{model}-macro-f1": Measurement(value=figures.macro_f1, n=figures.n),
        }
    return answers


@measurement("nli4ct.robustness")
def robust(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Control F1, faithfulness and both consistencies of the recorded runs of 2024."""
    items = _read(data / HALF)
    answers: dict[str, Measurement] = {}
    for model in _read(data / SCORES):
        path = data / FOLDER / f"semeval24_half_predictions_{model}.json"
        found = robustness(items, {uuid: row.get("Prediction") for uuid, row in _read(path).items()})
        name = model.lower()
        alone = f"{found.alone} items without their source are in no pair" if found.alone else ""
        answers |= {
            f"{name}-control-f1": Measurement(value=found.control_f1, n=found.control.n),
            f"{name}-faithfulness": Measurement(value=found.faithfulness, n=found.altering, note=alone),
            f"{name}-faithfulness-of-right": Measurement(
                value=found.faithfulness_of_right,
                n=found.altering_of_right,
                note="; ".join(filter(None, ("the definition of the task's paper", alone))),
            ),
            f"{name}-consistency-gold": Measurement(value=found.consistency_with_gold, n=found.preserving),
            f"{name}-consistency-own": Measurement(
                value=found.consistency_with_own, n=found.preserving_with_source, note=alone
            ),
        }
    return answers


@measurement("nli4ct.label_reader")
def label_reader(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Agreement of our reader of labels with the released labels, on every file of free answers that lies there.

    For each model: under the policy of the system (``reader-MODEL``), ours (``-lenient``) and by the first keyword.
    """
    labels = _read(data / DEV_RUNS)
    answers: dict[str, Measurement] = {}
    for model, rows in sorted(_free_answers(data / FOLDER, labels).items()):
        for suffix, policy in (("", "d-nlp"), ("-lenient", "lenient"), ("-first-keyword", "first-keyword")):
            read = {uuid: parse.label(text, LABELS, policy=policy).value for uuid, text in rows.items()}
            agreeing = sum(read[uuid] == labels[model].get(uuid) for uuid in rows)
            unread = sum(value is None for value in read.values())
            answers[f"reader-{model}{suffix}"] = Measurement(
                value=agreeing / len(rows),
                n=len(rows),
                interval=wilson(agreeing, len(rows)),
                note=f"{unread} unread, counted as disagreement" if unread else "",
            )
    return answers


def _free_answers(folder: Path, models: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Free answers by model and item; several files of one model are taken together."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("dnlp_dev_raw_*.jsonl")):
        name = path.stem.removeprefix("dnlp_dev_raw_")
        model = next((model for model in models if name == model or name.startswith(f"{model}_")), None)
        if model is None:
            continue
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            try:
                row = msgspec.json.decode(line, type=dict[str, str]) if line.strip() else {}
            except msgspec.DecodeError as error:
                raise DataError(
                    str(error), path=str(path), record=str(number), remedy="one id and result a line"
                ) from None
            if "id" in row and "result" in row:
                found.setdefault(model, {})[row["id"]] = row["result"]
    return found
