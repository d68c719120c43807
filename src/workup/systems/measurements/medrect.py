"""System 40: the organisers' baseline of MEDIQA-CORR on the validation texts of MEDEC, scored again.

Read from ``40-medrect/medec_val574_gold_vs_baseline_labels.csv``: true and given flag and sentence id of each text.
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from pathlib import Path

import msgspec

from workup.benchmarks.medqa import MedQA
from workup.benchmarks.medrect import NO_ERROR, Found, MedRECT, error_scores, told
from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.reasoning import Answer, Reasoning
from workup.simulate.note_errors import KINDS, ErrorText, from_question, inject, medec
from workup.simulate.note_errors import texts as error_texts
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

FOLDER = "40-medrect"
BASELINE = f"{FOLDER}/medec_val574_gold_vs_baseline_labels.csv"
QUESTIONS = "49-multimedqa/medqa_test_300.jsonl"
TEXTS = ("medrect_en_150.json", "medrect_ja_step3_80.json", "medec_ms_val_200.csv")


@measurement("medrect.baseline")
def baseline(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Flag and sentence accuracy of the baseline, and of answering that every text has an error."""
    with (data / BASELINE).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    gold = [Found(row["gold_flag"] == "1", row["gold_sentence_id"]) for row in rows]
    scores = error_scores(gold, [Found(row["run_flag"] == "1", row["run_sentence_id"]) for row in rows])
    always = error_scores(gold, [Found(True, "0")] * len(gold))
    if scores is None or always is None:
        return {name: Measurement(value=None, n=0) for name in ("flag-accuracy", "sentence-accuracy", "always-error")}
    return {
        "flag-accuracy": Measurement(value=scores.flag_accuracy, n=scores.n, interval=scores.flag_interval),
        "sentence-accuracy": Measurement(value=scores.sentence_accuracy, n=scores.n, interval=scores.sentence_interval),
        "always-error": Measurement(
            value=always.detection.classes["error"].f1,
            n=always.n,
            note=f"with a flag accuracy of {always.flag_accuracy:.3f}",
        ),
    }


@measurement("medrect.texts")
def texts(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many texts of each released file are read, sentence numbers as released."""
    answers = {}
    for name in TEXTS:
        read = list(MedRECT().read([data / FOLDER / name])) if (data / FOLDER / name).is_file() else []
        answers[f"read-{name.partition('.')[0].replace('_', '-')}"] = Measurement(
            value=sum(isinstance(found, Case) for found in read), n=len(read)
        )
    return answers


@measurement("medrect.synthesis")
def synthesis(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Made texts: whether each error can be undone at its place, and whether the reader of MEDEC finds them as made."""
    plan: dict[str, int] = msgspec.json.decode((SHIPPED / "simulations.json").read_bytes())["40"]
    made = list(error_texts(plan["n"], plan["seed"]))
    undone = sum(one.restored().encode() == one.corrected.encode() for one in made)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.csv"
        path.write_text(medec(made), encoding="utf-8")
        read = [found for found in MedRECT().read([path]) if isinstance(found, Case)]
    answers = [case.reference.answer if case.reference else None for case in read]
    wanted = ["CORRECT" if one.kind is None else str(one.wrong_sentence()) for one in made]
    kinds = len({one.kind for one in made} - {None})
    note = f"{sum(one.kind is not None for one in made)} with an error, {kinds} of {len(KINDS)} kinds; simulated"
    return {
        "made-undone": Measurement(value=undone, n=len(made), note=note),
        "made-read": Measurement(
            value=sum(one == other for one, other in zip(answers, wanted, strict=False)), n=len(made), note=note
        ),
    }


@measurement("medrect.injected")
def injected(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Errors of stated kinds put into real texts that have none: undone byte for byte, read, and run with an oracle."""
    paths = [data / FOLDER / name for name in (TEXTS[0], TEXTS[2])]
    texts = [case for case in MedRECT().read(paths) if isinstance(case, Case)]
    right = [case for case in texts if case.reference and case.reference.answer == NO_ERROR]
    made, kinds = [], Counter[str]()
    for case in right:
        for kind in KINDS:
            text = _plain(case.text or "")
            wrong = inject(text, kind, 40, id=f"{case.id}-{kind}")
            if wrong is not None:
                made += [wrong, ErrorText(f"{case.id}-{kind}-right", text, text)]
                kinds[kind] += 1
    undone = sum(one.restored().encode() == one.corrected.encode() for one in made)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.csv"
        path.write_text(medec(made), encoding="utf-8")
        cases = [found for found in MedRECT().read([path]) if isinstance(found, Case)]
    note = f"{len(right)} texts; " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    answers = {"injected-undone": Measurement(value=undone / len(made), n=len(made), note=note)}
    for name, attempts in (
        ("oracle", [_said(case, told(case)) for case in cases]),
        ("never-error", [_said(case, Found(False)) for case in cases]),
    ):
        found = [metric.estimate(cases, attempts) for metric in MedRECT().metrics()]
        answers[f"injected-{name}"] = Measurement(
            value=min(one.value or 0.0 for one in found) if name == "oracle" else found[0].value,
            n=len(cases),
            interval=None if name == "oracle" else found[0].interval,
            note=", ".join(f"{one.metric} {one.value:.3f}" for one in found),
        )
    return answers


def _plain(text: str) -> str:
    """The sentences without their numbers, as a note has them."""
    return " ".join(line.partition(" ")[2] for line in text.splitlines() if line.strip())


def _said(case: Case, found: Found) -> Attempt:
    answer = Answer(level="label", text=found.correction, ids=(found.sentence if found.flag else NO_ERROR,))
    key = AttemptKey(benchmark="medrect", version="1", case_id=case.id, case=case.digest(), reasoner="made up")
    return Attempt(key=key, reasoning=Reasoning(reasoner="made up", answer=answer))


@measurement("medrect.questions")
def questions(data: Path, tier: Tier) -> dict[str, Measurement]:
    """A correct text and one with an error from each real question: restored, and read as they were made."""
    made: list[ErrorText] = []
    asked = [case for case in MedQA().read([data / QUESTIONS]) if isinstance(case, Case)]
    for case in asked:
        made += from_question(case, 0)
    restored = sum(one.restored().encode() == one.corrected.encode() for one in made)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.csv"
        path.write_text(medec(made), encoding="utf-8")
        read = [case for case in MedRECT().read([path]) if isinstance(case, Case)]
    wanted = [NO_ERROR if one.kind is None else str(one.wrong_sentence()) for one in made]
    same = sum(
        case.reference is not None and case.reference.answer == answer
        for case, answer in zip(read, wanted, strict=True)
    )
    note = f"from {len(asked)} questions, simulated"
    return {
        "questions-undone": Measurement(value=restored / len(made), n=len(made), note=note),
        "questions-read": Measurement(value=same / len(made), n=len(made), note=note),
    }
