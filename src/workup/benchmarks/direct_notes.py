"""DiReCT: which diagnosis does a note have, and by which deductions do its own words lead there?

One JSON file a note: six parts of the note, and a tree that leads from the last diagnosis down to the first suspicion::

    {"HFpEF$Intermedia_3": {
        "LVEF >= 50 % defines HFpEF$Cause_1": {"LVEF 60 %$Input6": {}},
        "Heart failure$Intermedia_2": {...}},
     "input1": "dyspnea", ..., "input6": "LVEF 60 % ..."}

The parts are chief complaint, present illness, past history, family history, examination and results. The notes are
from MIMIC-IV and need credentials; a few rewritten samples are public. A reply is one JSON object:

    {"chain": ["Suspected heart failure", "Heart failure", "HFpEF"],
     "LVEF 60 %": ["LVEF >= 50 % defines HFpEF", "input6", "HFpEF"]}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, json_object
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.deductions import Alike, Deduction, compare, shared_words
from workup.evaluation.judges.names import plain
from workup.evaluation.judges.scoring import words_of
from workup.evaluation.score import Metric, Score, Scorer
from workup.evaluation.scorers import MeanScore, why_none

CITATION = "DiReCT, Wang et al. 2024 (arXiv 2408.01933)"
PARTS = (
    "Chief complaint",
    "History of present illness",
    "Past medical history",
    "Family history",
    "Physical examination",
    "Pertinent results",
)
QUESTION = """\
Which diagnosis does the patient have, and which words of the note lead to it? Reply with one JSON object. "chain" \
lists the diagnoses from the first suspicion to the last. Every other key is an observation in the words of the note; \
its value is a list of three texts: why it speaks for a diagnosis, the part of the note (input1 to input6), and that \
diagnosis."""
_NAMED = re.compile(r"^(?P<words>.*?)[\s#]*\$\s*(?P<kind>Intermedia|Cause|Input)_?(?P<number>\d*)\s*$", re.DOTALL)
_DEEPEST = 40


def deductions(tree: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[Deduction, ...]]:
    """The chain of diagnoses, first suspicion first, and every deduction of a tree.

    Args:
        tree: The file's object without its parts.

    Raises:
        ValueError: A key has no kind, an observation belongs to no diagnosis, or it is nested too deeply.

    >>> chain, (found,) = deductions({"Gout$Intermedia_2": {"Urate is raised$Cause_1": {"Urate 9.1$Input6": {}}}})
    >>> chain, found.observation, found.source
    (('Gout',), 'Urate 9.1', 'input6')
    """
    chain: list[tuple[int, str]] = []
    found: list[Deduction] = []

    def walk(node: object, diagnosis: str, rationale: str, depth: int) -> None:
        if not isinstance(node, Mapping) or depth > _DEEPEST:
            raise ValueError("is nested too deeply, or holds something else than objects")
        for key, below in node.items():
            named = _NAMED.match(key)
            if named is None:
                raise ValueError(f"{key[:60]!r} does not end with $Intermedia_N, $Cause_N or $InputN")
            words, kind = " ".join(named["words"].split()), named["kind"]
            if kind == "Intermedia":
                chain.append((int(named["number"] or 0), words))
                walk(below, words, "", depth + 1)
            elif kind == "Cause":
                walk(below, diagnosis, words, depth + 1)
            else:
                if not diagnosis:
                    raise ValueError(f"the observation {words[:60]!r} belongs to no diagnosis")
                found.append(Deduction(words, rationale, diagnosis, f"input{named['number']}"))
                walk(below, diagnosis, rationale, depth + 1)

    walk(tree, "", "", 0)
    return tuple(words for _, words in sorted(chain, key=lambda one: one[0])), tuple(found)


def as_reply(chain: Sequence[str], found: Sequence[Deduction]) -> str:
    """A chain and deductions as a reply has them; an observation that is there twice is marked with ``#``."""
    reply: dict[str, Any] = {"chain": list(chain)}
    for one in found:
        key = one.observation
        while key in reply:
            key += " #"
        reply[key] = [one.rationale, one.source, one.diagnosis]
    return msgspec.json.encode(reply).decode()


def read_reply(reply: str) -> tuple[tuple[str, ...], tuple[Deduction, ...]] | None:
    """The chain and the deductions of a reply; None when it holds no such object.

    What is no deduction in it is left out.

    >>> read_reply('So: {"chain": ["Gout"], "Urate 9.1": ["raised", "input6", "Gout"]}')[0]
    ('Gout',)
    >>> read_reply("gout") is None
    True
    """
    start, end = reply.find("{"), reply.rfind("}")
    try:
        value: Any = msgspec.json.decode(reply[start : end + 1]) if 0 <= start < end else None
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    chain = value.pop("chain", [])
    found = [
        Deduction(key.rstrip("# "), said[0], said[2], said[1])
        for key, said in value.items()
        if isinstance(said, list) and len(said) == 3 and all(isinstance(one, str) for one in said)
    ]
    return tuple(one for one in chain if isinstance(one, str)) if isinstance(chain, list) else (), tuple(found)


class DeductionScore:
    """Completeness of the deductions, with the other figures and both ends of the chain as parts.

    Attributes:
        name: What is scored, and the rule that compares words.
    """

    def __init__(
        self, part: str = "completeness", alike: Alike = shared_words, *, upstream_compatible: bool = False
    ) -> None:
        rule = getattr(alike, "__name__", "rule").replace("_", " ")
        self.name = f"{part} ({rule}{', upstream' if upstream_compatible else ''})"
        self._part, self._alike, self._upstream = part, alike, upstream_compatible

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; a reply without deductions is worth 0 and says so."""
        wanted = read_reply(case.reference.answer or "" if case.reference else "")
        given = read_reply(words_of(attempt))
        if wanted is None or given is None:
            return Score(total=0.0, notes=(why_none(attempt) or "unparsed",))
        parts = compare(wanted[1], given[1], self._alike, upstream_compatible=self._upstream)
        # The released code takes the second of what was predicted: its chains begin with the group of diseases.
        place = 1 if self._upstream else 0
        first = given[0][place : place + 1]
        parts["first diagnosis"] = float(bool(first) and plain(first[0]) == plain(wanted[0][0]))
        parts["diagnosis"] = float(bool(given[0]) and plain(given[0][-1]) == plain(wanted[0][-1]))
        return Score(total=parts[self._part], parts=parts)


class DirectNotes:
    """Notes with the deductions that clinicians annotated."""

    header = Header(
        name="direct-notes",
        title="DiReCT",
        paper=CITATION,
        licence="PhysioNet credentialed data (MIMIC-IV); supplied by the user",
        form="text",
        layout="One JSON file a note: a tree of NAME$Intermedia_N, NAME$Cause_N, NAME$InputN, and input1 to input6.",
        systems=("43",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of files, and of the JSON files below folders, in the order of their names."""
        for path in paths:
            for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
                try:
                    yield _case(file)
                except DataError as error:
                    yield error.issue

    def scorers(self) -> Sequence[Scorer]:
        """Completeness first, then what else is reported."""
        return tuple(
            DeductionScore(part)
            for part in ("completeness", "precision", "recall", "faithfulness", "faithful", "diagnosis")
        )

    def metrics(self) -> Sequence[Metric]:
        """Their means."""
        return tuple(MeanScore(scorer, citation=CITATION) for scorer in self.scorers())


def _case(path: Path) -> Case:
    row = Row(str(path), "1", json_object(path))
    parts = {f"input{number}": row.text(f"input{number}") for number in range(1, len(PARTS) + 1)}
    tree = {key: value for key, value in row.values.items() if key not in parts}
    try:
        chain, found = deductions(tree)
    except ValueError as error:
        raise row.error(str(error), remedy="give the annotation as released") from error
    if not chain or not found:
        raise row.error("holds no diagnosis with an observation", remedy="give the annotation as released")
    # "None" stands for a part that the note does not have.
    said = {name: text.strip() for name, text in parts.items() if text.strip().lower() != "none"}
    text = "\n\n".join(
        f"{title} (input{number})\n{said[f'input{number}']}"
        for number, title in enumerate(PARTS, 1)
        if f"input{number}" in said
    )
    missing = sum(" ".join(one.observation.split()) not in " ".join(said.get(one.source, "").split()) for one in found)
    return Case(
        id=path.stem,
        text=text,
        question=Question(QUESTION, form="text"),
        reference=Reference(answer=as_reply(chain, found), labels=(chain[-1],)),
        # The folder is the group of diseases, which would tell a reasoner too much; it is kept out of its sight.
        cohort=path.parent.name,
        provenance={"observations": len(found), "observations not in the words of the note": missing},
    )
