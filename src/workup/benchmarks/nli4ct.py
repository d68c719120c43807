"""NLI4CT: does a clinical-trial report entail a statement or contradict it, and on which lines does that rest?

SemEval-2023 task 7 (label and evidence lines) and SemEval-2024 task 2 (the same statements perturbed, to measure
faithfulness and consistency). The official files carry no licence, so the user supplies them.

Item file: ``{uuid: {"Type": "Single" or "Comparison", "Section_id", "Primary_id", "Secondary_id"?, "Statement",
"Label", "Primary_evidence_index": [..], "Secondary_evidence_index"?: [..]}}``; the 2024 gold adds ``Intervention``
and ``Causal_type: [kind, source uuid]``. Submission: ``{uuid: {"Prediction"}}``, or the evidence indices for task 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import json_object
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.labels import LabelFigures, f_score, label_figures, ratio
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import ACCURACY, MACRO_F1, LabelMetric, RightAnswer

ENTAILMENT, CONTRADICTION = "Entailment", "Contradiction"
LABELS = (ENTAILMENT, CONTRADICTION)
PRESERVING, ALTERING = "Preserving", "Altering"

Items = Mapping[str, Mapping[str, Any]]


class Robustness(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of SemEval-2024 task 2; a share without items is 0.

    Read the three together: always answering Contradiction is perfectly faithful on altered entailments.

    Attributes:
        control: Figures on the unperturbed items.
        contrast: Figures on the perturbed items; None without any.
        control_f1: F1 of Entailment on the unperturbed items.
        faithfulness: Share of altering items whose prediction differs from the true label of their source.
        faithfulness_of_right: The same among altering items whose source was predicted right, compared with the
            prediction on the source: the definition of the task's paper, which its script does not follow.
        consistency_with_gold: Share of preserving items predicted right (the script during the competition).
        consistency_with_own: Share of preserving items predicted as their source was (the later script).
        altering: Number of altering items whose source is among the items.
        altering_of_right: Of them, those whose source was predicted right.
        preserving: Number of preserving items.
        preserving_with_source: Of them, those whose source is among the items.
        alone: Perturbed items whose source is not among the items, as in a sample; they are in no pair.
    """

    control: LabelFigures
    contrast: LabelFigures | None
    control_f1: float
    faithfulness: float
    faithfulness_of_right: float
    consistency_with_gold: float
    consistency_with_own: float
    altering: int
    altering_of_right: int
    preserving: int
    preserving_with_source: int
    alone: int


def entailment_f1(figures: LabelFigures) -> float:
    """F1 with Entailment positive; a label that could not be read counts as Contradiction."""
    return figures.classes[ENTAILMENT].f1


def label_scores(items: Items, predictions: Mapping[str, str | None]) -> LabelFigures:
    """Task 1: figures of the labels, over all items.

    An item without a prediction counts as one that could not be read.

    Raises:
        DataError: There are no items, or a label is none of the two.
    """
    gold = [_label(uuid, item) for uuid, item in items.items()]
    figures = label_figures(gold, [predictions.get(uuid) for uuid in items], classes=LABELS)
    if figures is None:
        raise DataError("holds no items", remedy="give an item file of NLI4CT")
    return figures


def robustness(items: Items, predictions: Mapping[str, str | None]) -> Robustness:
    """The scores of SemEval-2024 task 2.

    Raises:
        DataError: There are no unperturbed items, or a perturbed item names no source.
    """
    control = {uuid: item for uuid, item in items.items() if not item.get("Causal_type")}
    contrast = {uuid: item for uuid, item in items.items() if item.get("Causal_type")}
    named = {uuid: _source(uuid, item) for uuid, item in contrast.items()}
    sources = {uuid: source for uuid, source in named.items() if source in items}
    gold = {uuid: _label(uuid, item) for uuid, item in items.items()}
    altering = [uuid for uuid in sources if items[uuid]["Causal_type"][0] == ALTERING]
    preserving = [uuid for uuid, item in contrast.items() if item["Causal_type"][0] == PRESERVING]
    paired = [uuid for uuid in preserving if uuid in sources]
    of_right = [uuid for uuid in altering if predictions.get(sources[uuid]) == gold[sources[uuid]]]
    given = predictions.get

    def differs(uuid: str, label: str | None) -> bool:
        # A label that could not be read is no sign of faithfulness.
        return given(uuid) is not None and given(uuid) != label

    figures = label_scores(control, predictions)
    return Robustness(
        control=figures,
        contrast=label_scores(contrast, predictions) if contrast else None,
        control_f1=entailment_f1(figures),
        faithfulness=_share([differs(uuid, gold[sources[uuid]]) for uuid in altering]),
        faithfulness_of_right=_share([differs(uuid, given(sources[uuid])) for uuid in of_right]),
        consistency_with_gold=_share([given(uuid) == gold[uuid] for uuid in preserving]),
        consistency_with_own=_share(
            [given(uuid) is not None and given(uuid) == given(sources[uuid]) for uuid in paired]
        ),
        altering=len(altering),
        altering_of_right=len(of_right),
        preserving=len(preserving),
        preserving_with_source=len(paired),
        alone=len(contrast) - len(sources),
    )


def evidence_scores(
    items: Items, predictions: Mapping[str, Mapping[str, Sequence[int]]], *, upstream_compatible: bool = False
) -> tuple[float, float, float]:
    """Task 2: micro precision, recall and F1 over all lines.

    Args:
        items: Gold items.
        predictions: Line indices by item, under ``Primary_evidence_index`` and ``Secondary_evidence_index``.
        upstream_compatible: Count a line as often as it was named; the official loop does, we count it once.

    >>> gold = {"a": {"Type": "Single", "Label": "Entailment", "Primary_evidence_index": [0, 1]}}
    >>> evidence_scores(gold, {"a": {"Primary_evidence_index": [1, 1, 5]}})
    (0.5, 0.5, 0.5)
    """
    right = named = wanted = missed = 0
    for uuid, item in items.items():
        fields = ["Primary_evidence_index"]
        if item.get("Type") == "Comparison":
            fields.append("Secondary_evidence_index")
        for field in fields:
            gold = set(item.get(field) or ())
            given = list((predictions.get(uuid) or {}).get(field) or ())
            lines: Sequence[int] = given if upstream_compatible else sorted(set(given))
            right += sum(line in gold for line in lines)
            named += len(lines)
            missed += len(gold - set(given))
            wanted += len(gold)
    precision = ratio(right, named)
    recall = ratio(right, right + missed) if upstream_compatible else ratio(right, wanted)
    return precision, recall, f_score(precision, recall)


def _label(uuid: str, item: Mapping[str, Any]) -> str:
    label = item.get("Label")
    if label not in LABELS:
        raise DataError(f"the label is {label!r}", record=uuid, field="Label", remedy=f"must be {' or '.join(LABELS)}")
    return str(label)


def _source(uuid: str, item: Mapping[str, Any]) -> str:
    cause = item["Causal_type"]
    known = isinstance(cause, Sequence) and len(cause) == 2 and cause[0] in (PRESERVING, ALTERING)
    if not (known and isinstance(cause[1], str)):
        raise DataError(
            f"{cause!r} does not say from which statement it was made",
            record=uuid,
            field="Causal_type",
            remedy="must be [Preserving or Altering, uuid of the statement it was made from]",
        )
    return str(cause[1])


def _share(found: Sequence[bool]) -> float:
    return ratio(sum(found), len(found))


class NLI4CT:
    """The benchmark: item files, and the folder of trial reports that they refer to."""

    header = Header(
        name="nli4ct",
        title="NLI4CT: multi-evidence natural language inference for clinical trial reports",
        paper="SemEval-2023 task 7; SemEval-2024 task 2",
        licence="no licence file: supply the official files yourself",
        form="label",
        layout="An item file (uuid -> Type, Section_id, Primary_id, Statement, Label, ...) and a folder of trial "
        "reports, one JSON file each with Clinical Trial ID, Intervention, Eligibility, Results and Adverse Events.",
        systems=("51", "64"),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of the item files among ``paths``; the folders among them hold the reports."""
        folders = [path for path in paths if path.is_dir()]
        for path in paths:
            if path.is_dir():
                continue
            items = json_object(path)
            for uuid, item in items.items():
                try:
                    yield _case(uuid, item, folders)
                except DataError as error:
                    yield msgspec.structs.replace(error.issue, path=error.issue.path or str(path), severity="error")

    def scorers(self) -> Sequence[Scorer]:
        """Right label."""
        return (RightAnswer(),)

    def metrics(self) -> Sequence[Metric]:
        """F1 of Entailment (the official score), accuracy and macro-F1."""
        return (
            LabelMetric("f1_entailment", entailment_f1, classes=LABELS, citation="SemEval-2023 task 7"),
            ACCURACY,
            MACRO_F1,
        )


def _case(uuid: str, item: Mapping[str, Any], folders: Sequence[Path]) -> Case:
    statement = item.get("Statement")
    if not isinstance(statement, str) or not statement.strip():
        raise DataError(
            "has no statement", record=uuid, field="Statement", remedy="labels alone can be scored, not answered"
        )
    section = str(item.get("Section_id", ""))
    parts = [f"Section: {section}"]
    for title, field in (("Primary trial", "Primary_id"), ("Secondary trial", "Secondary_id")):
        if trial := item.get(field):
            parts.append(f"{title}:\n" + "\n".join(_lines(str(trial), section, folders, uuid)))
    label = _label(uuid, item) if "Label" in item else None
    return Case(
        id=uuid,
        text="\n\n".join(parts),
        question=Question(statement, {name: name for name in LABELS}, form="label"),
        reference=Reference(
            answer=label,
            extensions={
                field: item[field]
                for field in ("Primary_evidence_index", "Secondary_evidence_index", "Intervention", "Causal_type")
                if field in item
            },
        ),
        cohort=section,
        provenance={"type": item.get("Type", ""), "section": section},
    )


def _lines(trial: str, section: str, folders: Sequence[Path], uuid: str) -> list[str]:
    """The lines of one section of a report, as they are: an evidence index counts them all."""
    for folder in folders:
        path = folder / f"{trial}.json"
        # A trial's id comes from the file: it must not lead out of the folder.
        if path.parent == folder and path.is_file():
            lines = json_object(path).get(section)
            if isinstance(lines, list):
                return [str(line) for line in lines]
    raise DataError(
        f"there is no section {section!r} of trial {trial} in the folders given",
        record=uuid,
        field="Section_id",
        remedy="give the folder of the trial reports beside the item file",
    )
