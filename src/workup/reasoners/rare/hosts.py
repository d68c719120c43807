"""Who puts together what the servers found: a language model, or a rule that needs none.

A host proposes five diagnoses, judges each, and concludes. The rule proposes the first five of the fused ranking that
it has not judged Incorrect before; its conclusion is the fused ranking, unless all of the first five were Incorrect
and a wider search found one that is not: those that are Correct then come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from workup.reasoners.asking import marked
from workup.reasoners.blocks.role import Role
from workup.reasoners.rare.checker import judge
from workup.reasoners.rare.drafts import (
    LONGEST,
    Named,
    disease_of,
    read_bold,
    read_list,
    read_verdict,
    read_verdict_upstream,
)
from workup.reasoners.rare.servers import Block, Search
from workup.reasoning import Link, Step

if TYPE_CHECKING:
    from workup.reasoners.method import Task

ALONE = """\
Name the five most likely rare diseases from the case alone, the likeliest first: one a line, numbered, each with \
nothing but its name."""

FORMAT = """\
Write one section for each, in order:
## **NAME** (Rank #1/5)
Two or three sentences on why, and what speaks against it. After each sentence name the evidence it rests on in square \
brackets, as [E1] or [E1, E3]; use only what was given. Write NAME as the evidence writes it, and put nothing else in \
headings."""

FIRST = f"""\
You lead the diagnosis of a patient with a rare disease. Weigh the evidence, with the findings that were looked for \
and are absent, and give the five most likely diagnoses.
{FORMAT}"""

CHECK = """\
Does this one diagnosis fit the patient? Compare the patient's findings with what the evidence says of the disease. \
Begin with one line, "DIAGNOSIS ASSESSMENT: Correct" or "DIAGNOSIS ASSESSMENT: Incorrect", and then give the reasons \
in a few sentences, each with the evidence it rests on in square brackets, as [E1]."""

FINAL = f"""\
Here are your first list and the verdict on each of its diagnoses. Give the final five, corrected where the verdicts \
are against your list.
{FORMAT}"""

MOSTLY_WRONG = "None of the first diagnoses was found to fit."


class Listed(msgspec.Struct, frozen=True):
    """One diagnosis of a list.

    Attributes:
        name: As the host writes it.
        disease: Its id; None when no entry of the knowledge base has the name.
        words: Why, with citations.
    """

    name: str
    disease: str | None
    words: str


class Verdict(msgspec.Struct, frozen=True):
    """What was said of one diagnosis.

    Attributes:
        correct: Whether it fits.
        why: Why.
        read: Whether the verdict could be read.
    """

    correct: bool
    why: str
    read: bool = True


class Host(Protocol):
    """Proposes, checks, concludes."""

    name: str

    def propose(self, search: Search, blocks: Sequence[Block], fused: Sequence[str], depth: int) -> tuple[Listed, ...]:
        """Up to five diagnoses; empty when the host gave none that can be read."""
        ...

    def check(self, search: Search, listed: Sequence[Listed], depth: int) -> list[Verdict]:
        """A verdict on each."""
        ...

    def conclude(
        self, search: Search, listed: Sequence[Listed], verdicts: Mapping[str, Verdict], fused: Sequence[str]
    ) -> tuple[tuple[Listed, ...], str]:
        """The final list, and why the fused order is kept in its place (the list is empty then)."""
        ...


class RuleHost:
    """The host without a language model."""

    name = "rule host"

    def __init__(self, task: Task[Any]) -> None:
        self.task = task
        self._wrong: dict[str, None] = {}
        self._rounds = 0

    def propose(self, search: Search, blocks: Sequence[Block], fused: Sequence[str], depth: int) -> tuple[Listed, ...]:
        """The first five that were not judged Incorrect before, with the servers that name each."""
        self._rounds = depth
        left = [disease for disease in fused if disease not in self._wrong][:LONGEST]
        return tuple(Listed(search.label(one), one, _named_by(search, blocks, one)) for one in left)

    def check(self, search: Search, listed: Sequence[Listed], depth: int) -> list[Verdict]:
        """Judge each by the rule."""
        diseases = [one.disease or "" for one in listed]
        found = judge(search, diseases)
        self._wrong |= dict.fromkeys(one for one, said in zip(diseases, found, strict=True) if not said.correct)
        return [Verdict(said.correct, said.why) for said in found]

    def conclude(
        self, search: Search, listed: Sequence[Listed], verdicts: Mapping[str, Verdict], fused: Sequence[str]
    ) -> tuple[tuple[Listed, ...], str]:
        """The fused order, unless a wider search found what the first list lacked."""
        right = [one for one in listed if one.disease and verdicts[one.disease].correct]
        if not right:
            return (), f"no diagnosis was confirmed in {self._rounds} rounds"
        if self._rounds == 1:
            return (), "a diagnosis of the first list was confirmed"
        return tuple(right), ""


def _named_by(search: Search, blocks: Sequence[Block], disease: str) -> str:
    said = []
    for block in blocks:
        if disease in block.ranking:
            behind = ", ".join(name for name in block.evidence if f"({disease})" in search.store.text(name))
            place = f"place {block.ranking.index(disease) + 1} of {block.server}"
            said.append(f"{place} [{behind}]" if behind else place)
    return "; ".join(said)


class ModelHost:
    """A language model as host, checker and, before either, on its own."""

    name = "host"

    def __init__(self, task: Task[Any], *, longest: int, upstream: bool) -> None:
        self.task = task
        self.longest = longest
        self.upstream = upstream
        read = read_bold if upstream else read_list
        self._host = Role[tuple[Named, ...]]("host", FIRST, read, ())
        self._final = Role[tuple[Named, ...]]("host", FINAL, read, ())
        # Upstream every reply has a verdict; here one that cannot be read confirms nothing.
        self._checker = Role[bool]("checker", CHECK, read_verdict_upstream if upstream else read_verdict, False)
        self._alone: str | None = None
        self._draft = ""

    def propose(self, search: Search, blocks: Sequence[Block], fused: Sequence[str], depth: int) -> tuple[Listed, ...]:
        """Ask for the first list; unread, the fused ranking's first five stand in for it."""
        if self._alone is None:
            (self._alone,) = self.task.ask(self.task.messages(ALONE))
            claim = self._alone.strip() or "(said nothing)"
            self.task.note(Step(kind="opinion", claim=claim, by="host alone", turn=depth))
        data = [self._shown(search, blocks), marked("opinion", self._alone)]
        heard = self._host.ask(self.task, data=data)
        self._draft = heard.text
        if not heard.read:
            self.task.note(heard.step("draft", turn=depth))
            return tuple(Listed(search.label(one), one, _named_by(search, blocks, one)) for one in fused[:LONGEST])
        return self._listed(search, heard.value, fused)

    def check(self, search: Search, listed: Sequence[Listed], depth: int) -> list[Verdict]:
        """Ask about each, with what is known of it."""
        found = []
        for one in listed:
            known = search.knowledge_of(one.disease, depth) if one.disease else ()
            data = [search.store.shown(known, longest=self.longest)] if known else []
            heard = self._checker.ask(self.task, data=[*data, marked("draft", one.name)])
            found.append(Verdict(heard.value, heard.text.strip(), heard.read))
        return found

    def conclude(
        self, search: Search, listed: Sequence[Listed], verdicts: Mapping[str, Verdict], fused: Sequence[str]
    ) -> tuple[tuple[Listed, ...], str]:
        """Ask for the final list; one that is unread or cites no evidence that exists does not count."""
        judged = [verdicts[one.disease or one.name] for one in listed]
        draft = self._draft
        if self.upstream and not any(verdict.correct for verdict in judged):
            draft = MOSTLY_WRONG
        said = [
            f"{one.name}: {'Correct' if verdict.correct else 'Incorrect'}. {verdict.why}"
            for one, verdict in zip(listed, judged, strict=True)
        ]
        data = [self._evidence(search), marked("draft", draft), *(marked("result", words) for words in said)]
        heard = self._final.ask(self.task, data=data)
        if not heard.read:
            return (), "the host's final list could not be read"
        final = self._listed(search, heard.value, fused)
        if not self.upstream and not any(search.store.cited(one.words)[0] for one in final):
            return (), "the host's final list cites no evidence that exists"
        return final, ""

    def _listed(self, search: Search, named: Sequence[Named], fused: Sequence[str]) -> tuple[Listed, ...]:
        found: dict[str, Listed] = {}
        for one in named:
            disease = disease_of(one.name, search.servers.names, fused)
            found.setdefault(disease or one.name.casefold(), Listed(one.name, disease, one.words))
        return tuple(found.values())

    def _shown(self, search: Search, blocks: Sequence[Block]) -> str:
        return search.store.shown([name for block in blocks for name in block.evidence], longest=self.longest)

    def _evidence(self, search: Search) -> str:
        return search.store.shown(longest=self.longest)


def verdict_step(host: str, one: Listed, verdict: Verdict, *, turn: int, draft: str, known: Sequence[Any]) -> Step:
    """A verdict as a step that is about the draft it judges."""
    return Step(
        kind="verdict",
        claim=f"{one.name}: {'Correct' if verdict.correct else 'Incorrect'}. {verdict.why}",
        by="checker",
        turn=turn,
        evidence=tuple(known),
        links=(Link(draft, "supports" if verdict.correct else "attacks"),),
        unread=not verdict.read,
    )
