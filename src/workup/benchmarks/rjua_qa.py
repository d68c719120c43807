"""RJUA-QA: Chinese urology questions with passages of guidelines, answered with a reply, the diseases and the advice.

JSON lines (``RJUA_train.json``, ``chat_test.json``, ...): ``id``, ``question``, ``context`` (a list of passages, or one
text), ``answer``, ``disease`` and ``advice``, the last two with several names between commas or semicolons.
The reply is asked for in three fields::

    答复：考虑前列腺增生……   疾病：良性前列腺增生   建议：尿流率检查，坦索罗辛

Score of a case: (2 x F1 of the diseases + F1 of the advice) / 3, F1 of sets of names, parted at commas and semicolons
as published; what it would be with ``、`` parted too stands beside. Some passages are of unrelated
diseases. Where the rows say which (``gold_context``: places in ``context`` from 0), two more conditions can be asked:
gold passages only, and none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import identifier
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.scoring import words_of
from workup.evaluation.labels import f_score, ratio
from workup.evaluation.overlap import rouge
from workup.evaluation.score import Metric, Score, Scorer
from workup.evaluation.scorers import MeanScore, why_none
from workup.retrieval.bm25 import BM25
from workup.retrieval.words import Analyser

CITATION = "RJUA-QA, Lyu et al. 2023, arXiv 2312.09785"
Condition = Literal["all", "gold", "none"]
# Characters of passages that a case holds: a small model's window.
LONGEST = 6000
_SEPARATORS = re.compile(r"[,，;；\n]+")
_ENUMERATION = re.compile(r"[,，;；、\n]+")
_STOPS = " \t。.!！?？:：、"
_TRAILING = f"{_STOPS}的等"
_FIELDS = {
    "disease": r"疾病|诊断|diseases?|diagnos[ei]s",
    "advice": r"建议|advice",
    "answer": r"答复|回答|reply|answer",
}
_FIELD = re.compile(
    r"(?:^|\n|(?<=[。；;.\s]))\s*(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _FIELDS.items())
    + r")\s*[:：]\s*",
    re.IGNORECASE,
)
# UTF-8 read as GBK: its commonest products, which Chinese prose does not hold side by side.
_MOJIBAKE = re.compile(r"锟斤拷|鐨勬|鐤剧|鎮ｈ|锛屾|銆傛|鍓嶅|灏胯|\ufffd|Ã[\x80-\xbf]|æ[\x80-\xbf]|ç[\x80-\xbf]")
ASKED = {
    "zh": "请写三行：“答复：”和给患者的答复；“疾病：”和疾病名称；“建议：”和检查或治疗建议。用逗号分开。",
    "en": 'Write three lines: "Reply:" and a reply; "Disease:" and the diseases; "Advice:" and the tests '
    "or treatments. Put commas between names.",
}


def names(text: str, aliases: Mapping[str, str] | None = None, *, enumeration: bool = False) -> frozenset[str]:
    """The names of a field: between commas or semicolons of either script, each once.

    Args:
        text: The field.
        aliases: Preferred name by other name; strict without them.
        enumeration: Part at the enumeration comma ``、`` too. Not so published: "尿常规、尿培养" is one name.

    >>> sorted(names("肾结石，输尿管结石;肾结石。")), names("BPH", {"bph": "良性前列腺增生"})
    (['肾结石', '输尿管结石'], frozenset({'良性前列腺增生'}))
    """
    known = {other.casefold(): name for other, name in (aliases or {}).items()}
    parts = (_ENUMERATION if enumeration else _SEPARATORS).split(text)
    found = {" ".join(part.lstrip(_STOPS).rstrip(_TRAILING).casefold().split()) for part in parts}
    return frozenset(known.get(name, name) for name in found if name)


def set_f1(gold: frozenset[str], given: frozenset[str]) -> float:
    """F1 of two sets; 0 when they share nothing.

    >>> set_f1(frozenset({"a", "b"}), frozenset({"a"}))
    0.6666666666666666
    """
    shared = len(gold & given)
    return f_score(ratio(shared, len(given)), ratio(shared, len(gold)))


def fields(reply: str) -> dict[str, str]:
    """The three fields of a reply; what stands before the first is its answer.

    >>> fields("答复：多喝水。\\n疾病：肾结石\\n建议：CT，多饮水")
    {'answer': '多喝水。', 'disease': '肾结石', 'advice': 'CT，多饮水'}
    """
    found = {"answer": "", "disease": "", "advice": ""}
    marks = list(_FIELD.finditer(reply))
    found["answer"] = reply[: marks[0].start() if marks else None].strip()
    for mark, following in zip_longest(marks, marks[1:]):
        name = next(name for name in _FIELDS if mark[name])
        text = reply[mark.end() : following.start() if following else None].strip()
        found[name] = text or found[name]
    return found


class NamesScore:
    """(2 F1 of the diseases + F1 of the advice) / 3, strict; with aliases a second total beside it.

    Attributes:
        name: Name of the score.
    """

    name = "average F1"

    def __init__(self, aliases: Mapping[str, str] | None = None) -> None:
        self.aliases = aliases

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; ROUGE-L of the reply, on characters, is a part."""
        reason = why_none(attempt)
        truth = case.reference.extensions if case.reference else {}
        given = fields(words_of(attempt))
        parts = {f"F1 {name}": set_f1(names(truth.get(name, "")), names(given[name])) for name in ("disease", "advice")}
        parts["rougeL"] = rouge(truth.get("reply", ""), given["answer"], tokens="characters")["rougeL"].f1
        parted = {
            name: set_f1(names(truth.get(name, ""), enumeration=True), names(given[name], enumeration=True))
            for name in ("disease", "advice")
        }
        parts["parted at 、"] = (2 * parted["disease"] + parted["advice"]) / 3
        if self.aliases is not None:
            same = {
                name: set_f1(names(truth.get(name, ""), self.aliases), names(given[name], self.aliases))
                for name in ("disease", "advice")
            }
            parts["with aliases"] = (2 * same["disease"] + same["advice"]) / 3
        total = (2 * parts["F1 disease"] + parts["F1 advice"]) / 3
        return Score(total=total, parts=parts, notes=(reason,) if reason else ())


_PARTS = ("F1 disease", "F1 advice", "rougeL", "parted at 、")


class _Part:
    """A part of the names' score as a score of its own."""

    def __init__(self, part: str) -> None:
        self.name = part

    def score(self, case: Case, attempt: Attempt) -> Score:
        found = NamesScore().score(case, attempt)
        return Score(total=found.parts[self.name], notes=found.notes)


_HEADER = Header(
    name="rjua-qa",
    title="RJUA-QA",
    paper=CITATION,
    licence="CC BY 4.0; downloaded from OpenKG by the user",
    form="text",
    layout="JSON lines: id, question, context (list or text), answer, disease, advice; gold_context where known.",
    languages=("zh", "en"),
    systems=("25",),
)


class RjuaQA:
    """Questions with the passages as released, the best first, cut to what a small model can read."""

    header = _HEADER
    condition: Condition = "all"

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of the files, in order; text in a wrong encoding is refused row by row."""
        yield from cases(paths, self.case)

    def case(self, row: Row) -> Case:
        """The case of one row.

        Raises:
            DataError: The row cannot be used.
        """
        question = row.text("question")
        texts = {
            "answer": row.text("answer", empty=True),
            **{name: _listed(row, name) for name in ("disease", "advice")},
        }
        passages = row.values.get("context") or []
        passages = [passages] if isinstance(passages, str) else passages
        if not isinstance(passages, list) or not all(isinstance(one, str) for one in passages):
            raise row.error("is neither a text nor a list of texts", "context", "give a list of texts, or leave it out")
        for field, text in (("question", question), *texts.items(), *(("context", one) for one in passages)):
            if _MOJIBAKE.search(text):
                raise row.error("was decoded wrongly (mojibake)", field, "save the file as UTF-8 from the original")
        if not names(texts["disease"]):
            raise row.error("names no disease", "disease", "fill it in or leave the record out")
        language = "zh" if re.search("[\u4e00-\u9fff]", question) else "en"
        kept = ranked(question, self._shown(row, passages))
        form = (
            "{answer}\n疾病：{disease}\n建议：{advice}"
            if language == "zh"
            else "{answer}\nDisease: {disease}\nAdvice: {advice}"
        )
        return Case(
            id=identifier(row, "id"),
            text="\n\n".join(kept) or None,
            question=Question(f"{question}\n\n{ASKED[language]}", form="text", language=language),
            reference=Reference(
                answer=form.format(**texts),
                extensions={"reply": texts["answer"], "disease": texts["disease"], "advice": texts["advice"]},
            ),
            provenance={
                "disease": sorted(names(texts["disease"]))[0],
                "diseases": len(names(texts["disease"])),
                "passages": len(kept),
                "passages released": len(passages),
            },
        )

    def _shown(self, row: Row, passages: Sequence[str]) -> list[str]:
        if self.condition == "all":
            return list(passages)
        if self.condition == "none":
            return []
        gold = row.values.get("gold_context")
        if not isinstance(gold, list) or not all(isinstance(at, int) and 0 <= at < len(passages) for at in gold):
            raise row.error("does not say which passages are gold", "gold_context", "use rjua-qa or rjua-qa-none")
        return [passages[at] for at in gold]

    def scorers(self) -> Sequence[Scorer]:
        """The weighted F1."""
        return (NamesScore(),)

    def metrics(self) -> Sequence[Metric]:
        """Mean F1 with a figure a disease, F1 of diseases and of advice, ROUGE-L on characters, F1 parted at ``、``."""
        return (
            MeanScore(NamesScore(), by="disease", citation=CITATION),
            *(MeanScore(_Part(part), citation=CITATION) for part in _PARTS),
        )


def _listed(row: Row, field: str) -> str:
    """Names in one text, or as a list of texts, joined as the release joins them."""
    value = row.values.get(field)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "，".join(value)
    return row.text(field, empty=True)


class RjuaQAGold(RjuaQA):
    """The same with gold passages only."""

    header = msgspec.structs.replace(_HEADER, name="rjua-qa-gold", title="RJUA-QA, gold passages only")
    condition: Condition = "gold"


class RjuaQANone(RjuaQA):
    """The same without passages."""

    header = msgspec.structs.replace(_HEADER, name="rjua-qa-none", title="RJUA-QA, without passages")
    condition: Condition = "none"


def ranked(question: str, passages: Sequence[str], longest: int = LONGEST) -> list[str]:
    """Passages by BM25 on characters and their pairs, best first, equals as released, cut to so many characters in all.

    >>> ranked("肾结石", ["前列腺癌的治疗", "肾结石的治疗"], longest=8)
    ['肾结石的治疗', '前列']
    """
    if not passages:
        return []
    numbered = ((str(place), passage) for place, passage in enumerate(passages))
    scores = BM25.build(numbered, Analyser("none")).scores(question)
    kept, left = [], longest
    for place in sorted(range(len(passages)), key=lambda place: -scores[place]):
        if left > 0:
            kept.append(passages[place][:left])
            left -= len(kept[-1])
    return kept
