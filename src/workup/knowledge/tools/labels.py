"""Tools over drug labels: what a label says in one section, which labels say something, and what two drugs do together.

label_section(drug="Lipitor", section="nursing_mothers")  ->  the label's words, cited by file and section
drug_interactions(drugs=["warfarin", "aspirin"])          ->  rows of a table, and what the labels say of each other
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec

from workup.errors import Issue, UserError
from workup.knowledge.drugs import NAMES, Label, LabelTable, label_files, section_fields
from workup.knowledge.interactions import Interactions, small_set
from workup.knowledge.tools.tool import Found, NoSource, Sources, Tool, schema
from workup.reasoning import Evidence

_SECTIONS = ("drug_interactions", "contraindications", "warnings_and_cautions", "boxed_warning", "warnings")
_AROUND = 160
_MOST_PLACES = 3


@lru_cache(maxsize=4)
def _read(path: str, state: tuple[tuple[str, int, int], ...]) -> LabelTable:
    return LabelTable.read(Path(path))


def table_of(sources: Sources) -> LabelTable:
    """The labels of some sources, read once as long as their files stay as they are.

    Raises:
        NoSource: None are given.
        DataError: They cannot be read.
    """
    if not sources.labels:
        raise NoSource("no drug labels are given; name a file or folder of SPL XML or openFDA JSON")
    path = Path(sources.labels)
    files = [path] if not path.exists() else label_files(path)
    state = tuple((str(file), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files if file.is_file())
    return _read(sources.labels, state)


def section_evidence(label: Label, field: str, quote: str = "", start: int = 0) -> Evidence:
    """A field of a label, or a part of it, as evidence."""
    text = label.text(field)
    span = f", characters {start}-{start + len(quote)}" if quote else ""
    return Evidence(
        kind="passage",
        source=f"{label.place}, {field}{span}",
        quote=quote or text,
        supported=True,
        values={"label": label.id, "drug": label.name, "field": field},
    )


def tools(sources: Sources) -> list[Tool | Issue]:
    """Label and interaction tools."""
    source, issues = "", []
    if sources.labels:
        table = table_of(sources)
        source, issues = table.digest, list(table.issues)
    interactions = Interactions(Path(sources.interactions)) if sources.interactions else small_set()
    return [
        Tool(
            name="label_section",
            description="What the label (prescribing information) of a drug says in one section, word for word.",
            parameters=schema(
                drug=("string", "Brand or generic name of the drug."),
                section=("string", "Section of the label.", {"enum": sorted(set(section_fields().values()))}),
            ),
            run=_run(sources, _section),
            source=source,
            labels=("drug", "label", "FDA"),
        ),
        Tool(
            name="label_search",
            description="Which drug labels have all of some words in a section, with the place in each.",
            parameters=schema(
                "section",
                "limit",
                words=("string", "Words that must all stand there."),
                section=("string", "Section of the label; any when left out."),
                limit=("integer", "How many labels to give.", {"minimum": 1, "maximum": 50}),
            ),
            run=_run(sources, _search),
            source=source,
            labels=("drug", "label", "FDA"),
        ),
        Tool(
            name="drug_interactions",
            description="Interactions among two or more drugs: known pairs with severity, effect, advice and citation, "
            "and what the label of each drug says about the others.",
            parameters=schema(
                drugs=("array", "Names of the drugs.", {"items": {"type": "string"}, "minItems": 2, "maxItems": 30})
            ),
            run=_checker(sources, interactions),
            source=f"{interactions.name}, {len(interactions)} rows; {source or 'no labels'}",
            labels=("drug", "interaction", "safety"),
        ),
        *issues,
        *interactions.issues,
    ]


def _run(sources: Sources, function: Callable[[LabelTable, Mapping[str, Any]], Found]) -> Callable[..., Found]:
    return lambda arguments: function(table_of(sources), arguments)


def _section(table: LabelTable, arguments: Mapping[str, Any]) -> Found:
    drug, section = arguments["drug"], arguments["section"]
    found = table.named(drug)
    if not found:
        raise UserError(f"none of the {len(table.labels)} labels here is of {drug[:100]}")
    having = [label for label in found if label.text(section)]
    if not having:
        has = sorted(field for field in found[0].fields if "." not in field)
        raise UserError(f"the label of {found[0].name} has no section {section}; it has {', '.join(has)}")
    value = [{"drug": label.name, section: list(label.fields[section])} for label in having]
    return Found(value, tuple(section_evidence(label, section) for label in having))


def _search(table: LabelTable, arguments: Mapping[str, Any]) -> Found:
    fields = [arguments["section"]] if arguments.get("section") else sorted(set(section_fields().values()))
    words = arguments["words"]
    value, evidence = [], []
    for label in table.holding(words, fields)[: arguments.get("limit", 10)]:
        field = next(field for field in fields if label in LabelTable([label]).holding(words, [field]))
        place = min((found[0] for word in words.split() if (found := _places(label.text(field), word))), default=0)
        quote, start = _around(label.text(field), place)
        value.append({"drug": label.name, "section": field, "words": quote})
        evidence.append(section_evidence(label, field, quote, start))
    return Found(value, tuple(evidence))


def _checker(sources: Sources, interactions: Interactions) -> Callable[[Mapping[str, Any]], Found]:
    def run(arguments: Mapping[str, Any]) -> Found:
        drugs = [str(drug) for drug in arguments["drugs"]]
        table = table_of(sources) if sources.labels else LabelTable([])
        also = {drug: _aliases(table, drug) for drug in drugs}
        known = interactions.among(drugs, also)
        evidence = [
            Evidence(
                kind="annotation",
                source=f"{found.place}: {found.citation}",
                quote=" ".join(part for part in (found.mechanism, found.effect, found.advice) if part),
                supported=True,
                values={"drugs": list(found.drugs), "severity": found.severity},
            )
            for found in known
        ]
        said: list[dict[str, str]] = []
        for drug, other in permutations(dict.fromkeys(drugs), 2):
            for label in table.named(_name(drug))[:1]:
                for field, quote, start in _mentions(label, also[other]):
                    said.append({"label": label.name, "about": other, "section": field, "words": quote})
                    evidence.append(section_evidence(label, field, quote, start))
        unlabelled = [drug for drug in drugs if not table.named(_name(drug))]
        value: dict[str, Any] = {"known": [msgspec.to_builtins(found) for found in known], "labels": said}
        value["note"] = "What is not listed may interact all the same: the table is small" + (
            f", and there is no label of {', '.join(unlabelled)}." if unlabelled else "."
        )
        return Found(value, tuple(evidence))

    return run


def _name(drug: str) -> str:
    """The name of a drug without its dose.

    >>> _name("Lipitor 40 mg daily")
    'Lipitor'
    """
    return re.split(r"\s+\d", drug)[0]


def _aliases(table: LabelTable, drug: str) -> Sequence[str]:
    """Names by which other labels may mention a drug."""
    names = [_name(drug)]
    for label in table.named(names[0])[:1]:
        for field in NAMES[:2]:
            names += [text for text in label.fields.get(field, ()) if "," not in text]
    # The first word of a generic name is the substance, the others its salt.
    return list(dict.fromkeys(part for name in names for part in (name, name.split()[0]) if len(part) > 3))


def _mentions(label: Label, names: Sequence[str]) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    for field in _SECTIONS:
        text = label.text(field)
        places = sorted({place for name in names for place in _places(text, name)})
        for place in places[:_MOST_PLACES]:
            quote, start = _around(text, place)
            if not any(field == before and start < begin + len(words) for before, words, begin in found):
                found.append((field, quote, start))
    return found


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)


def _places(text: str, name: str) -> list[int]:
    return [match.start() for match in _pattern(name).finditer(text)]


def _around(text: str, place: int) -> tuple[str, int]:
    """Some words around a place, cut at spaces, and where they begin."""
    start = text.rfind(" ", 0, max(place - _AROUND, 0)) + 1
    end = text.find(" ", min(place + _AROUND, len(text)))
    return text[start : end if end >= 0 else len(text)], start
