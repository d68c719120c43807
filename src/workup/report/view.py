"""What the HTML page shows, computed from a Reasoning: rows, groups, bar positions and words.

The template only places what stands here. All lengths are percentages of the bar's column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workup.reasoning import Evidence, Hypothesis, Reasoning, Step
from workup.report import wording
from workup.report.wording import clean, frequency, matched, page_of, plural

# Above this number of weighed findings, rows are grouped by body system.
GROUP_ABOVE = 18

_HPO = re.compile(r"HP:\d{7}")
_KINDS = {
    "demographic": "Sex, age and onset",
    "gene": "Candidate gene",
    "prior": "Before any finding",
    "claim": "Other reasoning",
}


@dataclass(frozen=True, slots=True)
class Link:
    """An id with its web page, if it has a known one."""

    text: str
    href: str

    @classmethod
    def of(cls, identifier: str) -> Link:
        """Link an id of known shape; other text stays text."""
        return cls(clean(identifier), page_of(identifier))


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from ``left`` with ``width``, both in percent of the axis."""

    left: float
    width: float
    side: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A common scale in natural-log units that holds zero and all the weights given to :meth:`over`."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float]) -> Axis:
        """Span ``values``, at least from 1/3 to 3 so that small weights look small."""
        known = [0.0, *values]
        return cls(min(*known, -math.log(3)) * 1.02, max(*known, math.log(3)) * 1.02)

    def at(self, value: float) -> float:
        """Position in percent."""
        return round(100 * (value - self.low) / (self.high - self.low), 3)

    def bar(self, start: float, end: float) -> Bar:
        """Bar between two values; it points the way that the weight ``end - start`` does."""
        left, right = sorted((self.at(start), self.at(end)))
        return Bar(left, round(right - left, 3), "for" if end >= start else "against")

    def ticks(self) -> list[tuple[float, str]]:
        """At most five decades with their positions; 1 is always one of them."""
        decade = math.log(10)
        step = max(1, math.ceil((self.high - self.low) / decade / 4))
        first, last = math.ceil(self.low / decade / step), math.floor(self.high / decade / step)
        if first == last == 0:
            return [(self.at(sign * math.log(2)), text) for sign, text in ((-1, "1/2"), (0, "1"), (1, "2"))]
        return [(self.at(k * step * decade), wording.ratio(k * step * decade)) for k in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of the knowledge base that a contribution rests on."""

    term: Link
    term_label: str
    relation: str
    through: str
    frequency: str
    reference: Link
    borrowed_from: Link
    source: str
    quote: str
    checked: str


@dataclass(frozen=True, slots=True)
class Row:
    """One contribution.

    ``anchor`` is its id on the page, ``read_from`` the marks of the note that it rests on (words and id).
    """

    anchor: str
    read_from: tuple[tuple[str, str], ...]
    name: str
    term: Link
    kind: str
    kind_in_words: str
    match: str
    claim: str
    weight: float
    ratio: str
    unit: str
    bar: Bar
    sources: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together; ``weak`` ones are folded away."""

    title: str
    subtotal: str
    rows: tuple[Row, ...]
    weak: tuple[Row, ...]
    weak_in_words: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the running total."""

    title: str
    weight: float
    ratio: str
    unit: str
    running: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class Missing:
    """An expected finding that was not reported."""

    name: str
    term: Link
    frequency: str
    reference: Link


@dataclass(frozen=True, slots=True)
class DiseaseView:
    """One hypothesis with everything shown of it."""

    anchor: str
    name: str
    rank: str
    hypothesis: Hypothesis
    probability: str
    ids: tuple[Link, ...]
    genes: str
    series: str
    supporting: str
    opposing: str
    tally: str
    total: str
    total_unit: str
    groups: tuple[Group, ...] = ()
    stages: tuple[Stage, ...] = ()
    missing: tuple[Missing, ...] = ()
    unexplained: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(slots=True)
class Context:
    """What the rows of all diseases share."""

    axis: Axis
    systems: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    marks: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    # Of each disease by its number: its own id and those of the entries that describe the same disease.
    own: tuple[frozenset[str], ...] = ()

    def borrowed(self, number: int, evidence: Evidence) -> str:
        """Id of the disease whose annotation a row is, where it is another one's; empty where it is its own."""
        disease = wording.value_of(evidence, "disease")
        is_known = number <= len(self.own) and disease
        return disease if is_known and disease not in self.own[number - 1] else ""


def diseases(
    reasoning: Reasoning,
    detailed: int,
    opened: int,
    marks: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
) -> list[DiseaseView]:
    """Views of all hypotheses; the first ``detailed`` with their evidence, the first ``opened`` unfolded.

    ``marks`` gives for each finding the words of the note that it was read from, with the ids of their marks.
    """
    context = Context(
        axis=axis_of(reasoning, detailed),
        systems={item.id: clean(item.system) for item in reasoning.findings if item.system},
        names=wording.labels_of(reasoning),
        marks=marks or {},
        own=tuple(frozenset((item.id, *item.aliases)) for item in reasoning.differential),
    )
    return [
        _disease(number, item, context, with_evidence=number <= detailed, is_open=number <= opened)
        for number, item in enumerate(reasoning.differential, start=1)
    ]


def axis_of(reasoning: Reasoning, detailed: int) -> Axis:
    """The scale that the bars of all detailed diseases share."""
    return Axis.over(step.weight for item in reasoning.differential[:detailed] for step in item.contributions)


def _disease(number: int, item: Hypothesis, context: Context, *, with_evidence: bool, is_open: bool) -> DiseaseView:
    supporting, opposing = wording.strongest(item, 3)
    pro = sum(step.weight > 0 for step in item.contributions)
    contra = sum(step.weight < 0 for step in item.contributions)
    return DiseaseView(
        anchor=f"disease-{number}",
        name=clean(item.label) or clean(item.id),
        rank=wording.rank(item.rank),
        hypothesis=item,
        probability=wording.percent(item.probability),
        ids=tuple(Link.of(identifier) for identifier in (item.id, *item.aliases)),
        genes=clean(", ".join(item.genes)),
        series=clean(item.series or ""),
        supporting=_in_short(supporting),
        opposing=_in_short(opposing),
        tally=f"{pro} for, {contra} against",
        total=wording.ratio(item.score),
        total_unit=wording.ratio_unit(item.score),
        groups=tuple(_groups(number, item.contributions, context)) if with_evidence else (),
        stages=tuple(_stages(item, context)) if with_evidence else (),
        missing=tuple(map(_missing, item.missing)) if with_evidence else (),
        unexplained=tuple(clean(context.names.get(name, name)) for name in item.unexplained),
        is_open=is_open,
    )


def _in_short(steps: Sequence[Step]) -> str:
    words = []
    for step in steps:
        status = " excluded" if step.kind == "excluded" else ""
        words.append(f"{wording.name_of(step)}{status} ({wording.ratio_in_short(step.weight)})")
    return "; ".join(words)


def _groups(number: int, steps: Sequence[Step], context: Context) -> Iterable[Group]:
    findings = [step for step in steps if step.kind == "finding"]
    excluded = [step for step in steps if step.kind == "excluded"]
    beyond = [step for step in steps if step.kind not in ("finding", "excluded")]
    if len(findings) > GROUP_ABOVE:
        for system, members in _by_system(findings, context):
            yield _group(number, system, members, context)
    elif findings:
        yield _group(number, "Findings present", findings, context)
    if excluded:
        yield _group(number, "Findings excluded", excluded, context)
    if beyond:
        yield _group(number, "Beyond the findings", beyond, context)


def _by_system(steps: Sequence[Step], context: Context) -> list[tuple[str, list[Step]]]:
    systems: dict[str, list[Step]] = {}
    for step in steps:
        systems.setdefault(context.systems.get(step.finding or "", "Other findings"), []).append(step)
    # The system that moves the score most comes first; equal ones in alphabetical order.
    return sorted(systems.items(), key=lambda pair: (-sum(step.weight for step in pair[1]), pair[0]))


def _group(number: int, title: str, steps: Sequence[Step], context: Context) -> Group:
    ordered = sorted(steps, key=lambda step: -step.weight)
    weak = [step for step in ordered if abs(step.weight) < wording.LITTLE_WEIGHT]
    if len(weak) < 2:  # folding a single line away would save nothing
        weak = []
    strong = [step for step in ordered if step not in weak]
    total = math.fsum(step.weight for step in weak)
    noun = "finding" if all(step.kind in ("finding", "excluded") for step in weak) else "item"
    whole = math.fsum(step.weight for step in steps)
    return Group(
        title=title,
        subtotal=f"together {wording.ratio_in_short(whole)}" if len(steps) > 1 else "",
        rows=tuple(_row(number, step, context) for step in strong),
        weak=tuple(_row(number, step, context) for step in weak),
        weak_in_words=f"{plural(len(weak), noun)} with little weight, together {wording.ratio_in_words(total)}",
    )


def anchor_of(number: int, step: Step) -> str:
    """Id of the row that says what a finding weighs for the disease at place ``number``; empty without one."""
    if step.kind not in ("finding", "excluded") or not _HPO.fullmatch(step.finding or ""):
        return ""
    return f"disease-{number}-{(step.finding or '').replace(':', '-')}"


def _row(number: int, step: Step, context: Context) -> Row:
    is_finding = step.kind in ("finding", "excluded")
    name = clean(context.names.get(step.finding or "", "")) if is_finding else ""
    return Row(
        anchor=anchor_of(number, step),
        read_from=context.marks.get(step.finding or "", ()) if is_finding else (),
        name=name or wording.name_of(step),
        term=Link.of(step.finding or ""),
        kind=step.kind,
        kind_in_words=_KINDS.get(step.kind, ""),
        match=wording.match_in_words(step, context.borrowed(number, step.evidence[0]) if step.evidence else ""),
        claim="" if clean(step.claim) == wording.name_of(step) else clean(step.claim),
        weight=step.weight,
        ratio=wording.ratio(step.weight),
        unit=wording.ratio_unit(step.weight),
        bar=context.axis.bar(0.0, step.weight),
        sources=tuple(_sources(number, step, context)),
    )


def _sources(number: int, step: Step, context: Context) -> Iterable[SourceRow]:
    checked = {True: "found in the source", False: "not found in the source", None: ""}
    for evidence in step.evidence:
        row = matched(Step(kind=step.kind, claim="", evidence=(evidence,)))
        yield SourceRow(
            term=Link.of(row["term"]),
            term_label=row["term_label"],
            relation=wording.RELATIONS.get(row["relation"], row["relation"]),
            through=row["ancestor_label"] or row["ancestor"] if row["relation"] == "related" else "",
            frequency=frequency(row["frequency"]),
            reference=Link.of(row["reference"]),
            borrowed_from=Link.of(context.borrowed(number, evidence)),
            source=clean(evidence.source),
            quote=clean(evidence.quote),
            checked=checked[evidence.supported],
        )


def _stages(item: Hypothesis, context: Context) -> Iterable[Stage]:
    """The running total: what held before, then body systems from the most to the least favourable."""
    by_kind: dict[str, list[Step]] = {}
    for step in item.contributions:
        by_kind.setdefault(step.kind, []).append(step)
    parts = [(_KINDS[kind], by_kind[kind]) for kind in ("prior", "demographic", "gene") if kind in by_kind]
    for system, members in _by_system(by_kind.get("finding", []), context):
        parts.append((f"{system} ({plural(len(members), 'finding')})", members))
    if "excluded" in by_kind:
        members = by_kind["excluded"]
        parts.append((f"Excluded ({plural(len(members), 'finding')})", members))
    known = {"prior", "demographic", "gene", "finding", "excluded"}
    others = [step for step in item.contributions if step.kind not in known]
    if others:
        parts.append((_KINDS["claim"], others))
    running, edges = 0.0, [0.0]
    for _, members in parts:
        running += math.fsum(step.weight for step in members)
        edges.append(running)
    axis = Axis.over(edges)
    for (title, _), start, end in zip(parts, edges, edges[1:], strict=False):
        weight = end - start
        yield Stage(
            title,
            weight,
            wording.ratio(weight),
            wording.ratio_unit(weight),
            wording.ratio(end),
            axis.bar(start, end),
        )


def _missing(step: Step) -> Missing:
    row = matched(step)
    return Missing(
        name=wording.name_of(step),
        term=Link.of(step.finding or ""),
        frequency=frequency(row["frequency"]),
        reference=Link.of(row["reference"]),
    )
