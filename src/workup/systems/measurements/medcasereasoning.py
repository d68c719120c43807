"""System 06: recorded verdicts on made-up cases, against values worked out by hand.

``shipped:medcasereasoning_judged.json`` holds three cases with two samples each and the verdicts on them. The verdicts
go through a recording, as those of any judge do. The released rows are read when somebody has them, as
``06-medcasereasoning/test.parquet``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.medcasereasoning import MedCaseReasoning, says_equivalent
from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.judges.judge import Item, Sheet
from workup.evaluation.judges.recording import RecordedJudge, recorded_lines
from workup.evaluation.verdicts import Verdict
from workup.reasoning import Answer, Reasoning
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier


class _Writes:
    """Says what the file says, and keeps the sheets that it was shown."""

    name = "person:made-up"

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.entries = {entry["row"]["pmcid"]: entry["samples"] for entry in entries}
        self.judged: list[tuple[Sheet, list[Verdict]]] = []

    def judge(self, sheet: Sheet) -> list[Verdict]:
        samples = self.entries[sheet.case]
        if sheet.task == "diagnosis":
            said = [next(one["verdict"] for one in samples if one["diagnosis"] == sheet.items[0].text)]
        else:
            hits = next(one["hits"] for one in samples if one["text"] == sheet.context["answer"].strip())
            said = ["hit" if hit else "missed" for hit in hits]
        verdicts = [sheet.verdict(item, word, self.name) for item, word in zip(sheet.items, said, strict=True)]
        self.judged.append((sheet, verdicts))
        return verdicts


@measurement("medcasereasoning.recorded")
def recorded(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Accuracy, best of two samples, and recall over cases and over statements."""
    entries = msgspec.json.decode((SHIPPED / "medcasereasoning_judged.json").read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.jsonl"
        path.write_bytes(b"".join(msgspec.json.encode(entry["row"]) + b"\n" for entry in entries))
        cases = [case for case in MedCaseReasoning().read([path]) if isinstance(case, Case)]
        attempts = [
            [_attempt(case, sample) for sample in entry["samples"]] for case, entry in zip(cases, entries, strict=True)
        ]
        writer = _Writes(entries)
        for scorer in MedCaseReasoning(writer).scorers():
            for case, own in zip(cases, attempts, strict=True):
                for one in own:
                    scorer.score(case, one)
        kept = Path(folder) / "verdicts.jsonl"
        kept.write_bytes(b"".join(recorded_lines(writer.judged)))
        judge = RecordedJudge(kept)
        accuracy, best, macro, micro, together = MedCaseReasoning(judge).metrics()
        twice = [case for case in cases for _ in range(2)]
        every = [one for own in attempts for one in own]
        first = [own[0] for own in attempts]
        found = {
            "accuracy": accuracy.estimate(twice, every),
            "pass-at-2": best.estimate(twice, every),
            "recall-macro": macro.estimate(cases, first),
            "recall-micro": micro.estimate(cases, first),
            "recall-and-diagnosis": together.estimate(cases, first),
        }
    answers = {
        name: Measurement(value=one.value, n=one.n, interval=one.interval, note="; ".join(one.notes))
        for name, one in found.items()
    }
    answers["statements"] = Measurement(
        value=" ".join(str(len(case.reference.steps)) for case in cases if case.reference), n=len(cases)
    )
    shown = " ".join(msgspec.json.encode(case.blinded()).decode() for case in cases)
    answers["title-hidden"] = Measurement(
        value="A case of gout" not in shown and "was found" not in shown, n=len(cases)
    )
    said = says_equivalent("NOT EQUIVALENT"), says_equivalent("NOT EQUIVALENT", upstream_compatible=True)
    answers["not-equivalent"] = Measurement(value=said == (False, True), n=1)
    return answers


def _attempt(case: Case, sample: dict[str, Any]) -> Attempt:
    key = AttemptKey(
        benchmark="medcasereasoning", version="1", case_id=case.id, case=case.digest(), reasoner="recorded"
    )
    answer = Answer(level="list", text=sample["diagnosis"], ids=(sample["diagnosis"],))
    return Attempt(key=key, reasoning=Reasoning(reasoner="recorded", answer=answer, text=sample["text"]))


@measurement("medcasereasoning.release")
def release(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many of the released test rows are read."""
    read = list(MedCaseReasoning().read([data / "06-medcasereasoning" / "test.parquet"]))
    return {"read-release": Measurement(value=sum(isinstance(one, Case) for one in read), n=len(read))}


@measurement("medcasereasoning.layouts")
def layouts(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Rows written in the released columns, as Parquet and as JSON lines, that are read again."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        return {"layouts": Measurement(value=None, n=0, note="needs pyarrow (extra data)")}
    entries = msgspec.json.decode((SHIPPED / "medcasereasoning_judged.json").read_bytes())
    rows = [entry["row"] for entry in entries]
    with tempfile.TemporaryDirectory() as folder:
        lines, table = Path(folder) / "rows.jsonl", Path(folder) / "rows.parquet"
        lines.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
        parquet.write_table(pa.Table.from_pylist(rows), table)
        read = [one for path in (lines, table) for one in MedCaseReasoning().read([path])]
    return {"layouts": Measurement(value=sum(isinstance(one, Case) for one in read), n=2 * len(rows))}


@measurement("medcasereasoning.whole")
def whole(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Ten case texts become rows, the small model answers each three times, a rule judges by words, and a report.

    The texts are simulated notes: no case reports under an open licence are at hand. The rule (``LexicalSteps``) hits a
    statement when the answer has most of its terms; a diagnosis is right when it names the disease.
    """
    from workup import models
    from workup.evaluation.judges.lexical import LexicalSteps
    from workup.models.model import Sampling
    from workup.reasoner import Context
    from workup.reasoners.chain_of_thought import ChainOfThought
    from workup.simulate.vignettes import vignettes

    rows = []
    for vignette in vignettes(_TEXTS, seed=6):
        told = [one.label for one in vignette.findings if one.status == "present"]
        name = vignette.reference.labels[0] if vignette.reference else ""
        reasons = "\n".join(f"{i}. **{label}** is in keeping with {name}." for i, label in enumerate(told, 1))
        rows.append(
            {
                "pmcid": vignette.id,
                "case_prompt": vignette.text,
                "diagnostic_reasoning": reasons,
                "final_diagnosis": name,
            }
        )
    model, judge = models.load("smollm2"), LexicalSteps()
    right, hits, statements, answered = 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
        cases = [one for one in MedCaseReasoning().read([path]) if isinstance(one, Case)]
    for case in cases:
        name = str(next(row["final_diagnosis"] for row in rows if row["pmcid"] == case.id)).casefold()
        found = []
        for sample in range(_SAMPLES):
            ctx = Context(model=model, sampling=Sampling(max_tokens=64, temperature=0.7), seed=sample)
            found.append(ChainOfThought().reason(case.blinded(), ctx).text)
        answered += all(found)
        right += any(name.partition(",")[0] in text.casefold() for text in found)
        steps = case.reference.steps if case.reference else ()
        items = tuple(Item(str(i), step) for i, step in enumerate(steps))
        sheet = Sheet(case=case.id, task="hit", context={"answer": found[0]}, items=items)
        verdicts = judge.judge(sheet)
        hits += sum(one.verdict == "hit" for one in verdicts)
        statements += len(items)
    note = (
        f"SmolLM2-135M, simulated notes, judged by words: right in one of {_SAMPLES} samples {right} of {len(cases)}, "
        f"statements recalled {hits} of {statements}; it shows that the whole way runs"
    )
    return {"whole-run": Measurement(value=answered, n=len(cases), note=note)}


_TEXTS, _SAMPLES = 10, 3
