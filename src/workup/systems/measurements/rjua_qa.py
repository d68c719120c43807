"""System 25: a dozen made-up urology questions, answered by a small rule from their passages; the release if given.

The rule writes no medicine of its own: the reply is the best passage, and names are looked for among those that the
questions' truths hold. It shows that the conditions and the scores run, and how much the passages matter to a reader.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from workup.benchmarks.rjua_qa import NamesScore, RjuaQA, RjuaQAGold, RjuaQANone, names, set_f1
from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.overlap import rouge
from workup.evaluation.scorers import MeanScore
from workup.reasoning import Answer, Reasoning
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

ITEMS = "rjua_made_up.jsonl"


def look_up(case: Case, diseases: list[str], advice: list[str]) -> str:
    """A reply made of what the best passage says."""
    passage = (case.text or "").partition("\n\n")[0]
    said = passage.casefold()
    found = ("，".join(one for one in known if one in said) for known in (diseases, advice))
    return f"答复：{passage}\n疾病：{next(found)}\n建议：{next(found)}"


@measurement("rjua_qa.conditions")
def conditions(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The weighted F1 of the rule with gold passages, with all, and with none."""
    answers = {}
    for name, benchmark in (("gold", RjuaQAGold()), ("all", RjuaQA()), ("none", RjuaQANone())):
        cases = [one for one in benchmark.read([SHIPPED / ITEMS]) if isinstance(one, Case)]
        truths = [case.reference.extensions for case in cases if case.reference]
        known = [sorted({one for truth in truths for one in names(truth[field])}) for field in ("disease", "advice")]
        attempts = [_attempt(case, look_up(case, *known)) for case in cases]
        found = MeanScore(NamesScore(), by="disease").estimate(cases, attempts)
        answers[f"with-{name}"] = Measurement(
            value=found.value, n=found.n, interval=found.interval, note=f"made up; {len(found.parts)} diseases"
        )
    cases = [one for one in RjuaQA().read([SHIPPED / ITEMS]) if isinstance(one, Case)]
    right = [_attempt(case, case.reference.answer or "" if case.reference else "") for case in cases]
    answers["truth"] = Measurement(value=MeanScore(NamesScore()).estimate(cases, right).value, n=len(cases))
    return answers


def _attempt(case: Case, text: str) -> Attempt:
    key = AttemptKey(benchmark="rjua-qa", version="1", case_id=case.id, case=case.digest(), reasoner="look-up")
    return Attempt(key=key, reasoning=Reasoning(reasoner="look-up", answer=Answer(level="text", text=text), text=text))


@measurement("rjua_qa.by_hand")
def by_hand(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Scores of strings that were worked out by hand."""
    case = next(one for one in RjuaQA().read([SHIPPED / ITEMS]) if isinstance(one, Case))
    # The disease is right, one of three pieces of advice and a wrong one are given: (2 x 1 + 2 x 1/5) / 3.
    given = _attempt(case, "疾病：肾结石\n建议：泌尿系CT；手术")
    return {
        "weighting": Measurement(value=NamesScore().score(case, given).total, n=1),
        "order": Measurement(value=set_f1(names("肾结石，膀胱癌"), names("膀胱癌;肾结石;膀胱癌。")), n=1),
        "empty": Measurement(value=set_f1(names("肾结石"), names("")), n=1),
        # The longest common subsequence of 肾结石手术 and 结石的手术 is 结石手术: 2 x 4/5 x 4/5 / (8/5).
        "rouge-l": Measurement(value=rouge("肾结石手术", "结石的手术", tokens="characters")["rougeL"].f1, n=1),
    }


@measurement("rjua_qa.release")
def release(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many of the released test rows are read."""
    read = list(RjuaQA().read([data / "25-rjua-qa" / "RJUA_test.json"]))
    return {"read-release": Measurement(value=sum(isinstance(one, Case) for one in read), n=len(read))}


@measurement("rjua_qa.layouts")
def layouts(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Rows read under either family of file names, with passages as a list and as one text, in Chinese and English."""
    chinese = {
        "id": 1,
        "question": "腰痛怎么办？",
        "context": ["甲。", "乙。"],
        "answer": "多饮水。",
        "disease": "肾结石",
        "advice": "CT",
    }
    english = {
        "id": 2,
        "question": "I have passed red urine without pain. What is it?",
        "context": "Painless haematuria suggests a tumour of the bladder; cystoscopy comes first.",
        "answer": "It may be a tumour of the bladder; have a cystoscopy.",
        "disease": "bladder tumour",
        "advice": "cystoscopy; ultrasound",
    }
    read, kept, right = 0, 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("chat_test.json", "RJUA_test.json"):
            path = Path(folder) / name
            path.write_text(
                "\n".join(json.dumps(row, ensure_ascii=False) for row in (chinese, english)), encoding="utf-8"
            )
            cases = [one for one in RjuaQA().read([path]) if isinstance(one, Case)]
            read += len(cases)
            kept += [one.text for one in cases] == ["甲。\n\n乙。", english["context"]]
            given = "Disease: bladder tumour\nAdvice: ultrasound, cystoscopy"
            right += NamesScore().score(cases[1], _attempt(cases[1], given)).total if len(cases) > 1 else 0.0
    return {
        "layouts": Measurement(value=read, n=4, note=f"passages in their order in {kept} of 2 files"),
        "english": Measurement(value=right / 2, n=2, note="made up"),
    }
