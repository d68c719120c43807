"""DeepRare: a host asks servers about a rare disease, checks each diagnosis, widens the search, and cites what it says.

Paper: Nature 2026, arXiv 2506.20430 (system 44). Here every server works on local data.

    round 1, depth 1   servers -> evidence [E1] ... -> five diagnoses, each with citations
    reflection         what is known of each -> Correct or Incorrect; none Correct: depth 2, wider, again (at most 3)
    round 2            patient, evidence, first list and verdicts -> the final five

Without a language model the host is a rule: reciprocal rank fusion of the servers, and a check of each diagnosis by the
findings that are described in it. A model's final list that cannot be read, or cites nothing that exists, changes
nothing: the fused order stays, and the steps say so. Names are turned into diseases strictly; one that no entry has is
kept in the answer and counted.

Fusion weighs the engine 1, similar cases 0.6 and the second tool 0, with a constant of 5. All of it was set on the
tuning half of the TEMP cases, where every weight of a second phenotype tool lowered recall (docs/deeprare.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from workup.case import Case, Form
from workup.errors import Issue, UserError
from workup.knowledge import Knowledge
from workup.knowledge.case_bank import CaseBank, LeaveOut
from workup.reasoner import Context
from workup.reasoners import asking
from workup.reasoners.blocks.budget import BudgetOptions
from workup.reasoners.blocks.evidence import EvidenceStore
from workup.reasoners.method import Method, Task, all_but
from workup.reasoners.options import options_of
from workup.reasoners.phenotype.scoring import SCORES
from workup.reasoners.rare import hosts
from workup.reasoners.rare.drafts import LONGEST
from workup.reasoners.rare.hosts import Host, Listed, ModelHost, RuleHost, Verdict, verdict_step
from workup.reasoners.rare.interaction import INTERVIEW, interview
from workup.reasoners.rare.servers import CASES, DEEPEST, ENGINE, GENES, Block, Search, Servers
from workup.reasoners.rare.terms import TermMapper
from workup.reasoning import Answer, Reasoning, Step
from workup.retrieval.retriever import Hit, rank_fusion
from workup.text.extract import RULES, TextRead, read_text

_CODE = "no-entry"


class DeepRareOptions(BudgetOptions, frozen=True, kw_only=True):
    """How the search is done.

    Attributes:
        bank: File or folder of known patients; none, no similar cases.
        leave_out: What goes with a patient of the bank whose findings are those of the case.
        not_from: Publications and cohorts of the bank that are left out, separated by commas.
        least_likeness: Least likeness of a similar case, 0-1.
        cases_weight: Weight of similar cases in the fusion; the engine's is 1.
        second: Score of the second diagnosis tool.
        second_weight: Its weight in the fusion.
        constant: What fusion adds to each rank.
        max_depth: Most rounds of reflection.
        host: Who decides; ``auto`` is the model if there is one, else the rule.
        longest: Characters of each piece of evidence that the model is shown.
        upstream_compatible: Whether replies are read as in the released code: anything in bold is a disease, the
            letters "incorrect" anywhere are a verdict, no verdict is looked at again, and no citation is needed.
        universe: What is ranked: all diseases, or those of OMIM.
        questions: How many findings to ask for.
        encoder: Whether findings that no name fits are mapped by meaning, with the small encoder.
        read_text: Whether the text of a case with coded findings is read, too.
        extractor: What reads it; ``host`` is the model.
    """

    bank: str | None = None
    leave_out: LeaveOut = "publication"
    not_from: str = ""
    least_likeness: Annotated[float, Meta(ge=0, le=1)] = 0.5
    cases_weight: Annotated[float, Meta(ge=0)] = 0.6
    second: str = "phrank"
    second_weight: Annotated[float, Meta(ge=0)] = 0.0
    constant: Annotated[float, Meta(ge=0)] = 5.0
    max_depth: Annotated[int, Meta(ge=1, le=10)] = 3
    host: Literal["auto", "rules", "model"] = "auto"
    longest: Annotated[int, Meta(ge=100)] = 1500
    upstream_compatible: bool = False
    universe: Literal["all", "omim"] = "all"
    questions: Annotated[int, Meta(ge=0, le=50)] = 0
    encoder: bool = False
    read_text: bool = False
    extractor: str = RULES


class Work(msgspec.Struct):
    """One case on its way: what cutting it short needs."""

    search: Search
    read: TextRead
    fused: tuple[str, ...]
    final: tuple[Listed, ...] = ()


class DeepRare(Method[DeepRareOptions]):
    """Rank fusion of servers, or a model's list, checked disease by disease; every citation is looked up."""

    name = "deeprare"
    needs = ()
    prompts = asking.prompts(
        alone=hosts.ALONE, first=hosts.FIRST, check=hosts.CHECK, final=hosts.FINAL, interview=INTERVIEW
    )
    options = DeepRareOptions
    refuses: ClassVar[Mapping[Form, str]] = all_but(
        "diagnosis", why="it names rare diseases and answers no other question"
    )

    def work(self, task: Task[DeepRareOptions]) -> Reasoning:
        """Search, propose, reflect, conclude."""
        options, servers = task.options, self.servers(task.ctx, task.options)
        task.versions |= servers.knowledge.versions | {"knowledge": servers.knowledge.meta.digest}
        read = self._read(task, servers)
        search = Search(servers, read.case, task.evidence)
        task.issues |= {f"input:{n}": issue for n, issue in enumerate(search.patient.normalised.issues)}
        query, findings = search.patient.query, search.patient.normalised.findings
        if not query.present and not query.excluded:
            return read.add_to(task.abstains("the case has no usable finding, so every disease is as likely as before"))
        # The model sees the findings as the servers do, the absent ones too.
        task.case = msgspec.structs.replace(read.case, findings=findings)
        work = Work(search=search, read=read, fused=search.order)
        task.evidence.remember(Work, work)
        task.best = self._answer(search, work.fused)
        host = self._host(task)

        first: tuple[Listed, ...] = ()
        verdicts: dict[str, Verdict] = {}
        for depth in range(1, options.max_depth + 1):
            blocks = self._ask_servers(task, search, depth)
            work.fused = self._fuse(task, blocks)
            task.best = self._answer(search, work.fused)
            first = host.propose(search, blocks, work.fused, depth)
            verdicts |= self._reflect(task, search, host, first, depth)
            if any(verdicts[one.disease or one.name].correct for one in first):
                break
        else:
            claim = f"no diagnosis was confirmed; the search ends at depth {options.max_depth}"
            task.note(Step(kind="claim", claim=claim, by=host.name, turn=options.max_depth))

        work.final, why = host.conclude(search, first, verdicts, work.fused)
        self._decide(task, work, host, why)
        if options.questions:
            task.note(*interview(task, search, options.questions))
        return self._result(task, work)

    def cut_short(self, task: Task[DeepRareOptions], why: str) -> Reasoning:
        """The fused order as far as it was known."""
        short = super().cut_short(task, why)
        work: Work | None = task.evidence.recall(Work)
        return short if work is None else self._result(task, work)

    def servers(self, ctx: Context, options: DeepRareOptions) -> Servers:
        """The servers for a knowledge base and a bank, made once."""
        if options.second not in SCORES:
            raise UserError(f"{self.name}, option second: no score {options.second!r}; there are {', '.join(SCORES)}")
        knowledge = ctx.knowledge or self.once(("knowledge",), Knowledge.in_use)
        bank = None
        if options.bank:
            path = Path(options.bank)
            bank = self.once(("bank", str(path), str(knowledge.folder)), lambda: CaseBank.read(path, knowledge))
        key = ("servers", str(knowledge.folder), options.universe, options.second, options.bank)
        return self.once(key, lambda: Servers(knowledge, universe=options.universe, second=options.second, bank=bank))

    def search_of(self, case: Case, ctx: Context) -> Search:
        """What the servers would be asked about one blinded case, before any of them is."""
        options = options_of(self.name, self.options, ctx.options)
        assert isinstance(options, DeepRareOptions)
        return Search(self.servers(ctx, options), case, EvidenceStore())

    def _read(self, task: Task[DeepRareOptions], servers: Servers) -> TextRead:
        """The case with findings read from its text, and those that no name fits mapped by meaning."""
        options, case = task.options, task.case
        extractor = task.ctx.model if options.extractor == "host" and task.ctx.model else options.extractor
        read = read_text(case, servers.knowledge, always=options.read_text, extractor=extractor)
        if not options.encoder:
            return read
        mapper = self.once(("terms", str(servers.knowledge.folder)), lambda: self._mapper(servers))
        mapped, told = mapper.map(read.case)
        return msgspec.structs.replace(read, case=mapped, issues=(*read.issues, *told))

    @staticmethod
    def _mapper(servers: Servers) -> TermMapper:
        from workup.retrieval.encoder import MiniLM

        return TermMapper(servers.knowledge.ontology, MiniLM())

    def _host(self, task: Task[DeepRareOptions]) -> Host:
        options = task.options
        if options.host == "rules" or (options.host == "auto" and task.ctx.model is None):
            return RuleHost(task)
        return ModelHost(task, longest=options.longest, upstream=options.upstream_compatible)

    def _ask_servers(self, task: Task[DeepRareOptions], search: Search, depth: int) -> list[Block]:
        """What every server says at this depth, each as a step."""
        options = task.options
        without = [part.strip() for part in options.not_from.split(",") if part.strip()]
        given = (
            search.engine_block(depth),
            search.second_block(depth),
            search.cases_block(depth, least=options.least_likeness, leave_out=options.leave_out, without=without),
            search.genes_block(),
        )
        blocks = [block for block in given if block is not None]
        for block in blocks:
            evidence = tuple(search.store[name] for name in block.evidence)
            task.note(Step(kind="tool", claim=block.told, by=block.server, turn=depth, evidence=evidence))
        if search.servers.bank is not None:
            task.versions["case bank"] = search.servers.bank.sha256
        return blocks

    def _fuse(self, task: Task[DeepRareOptions], blocks: Sequence[Block]) -> tuple[str, ...]:
        """Reciprocal rank fusion of the rankings."""
        options = task.options
        weights = {ENGINE: 1.0, CASES: options.cases_weight, GENES: 0.0}
        hits = rank_fusion(
            [[Hit(disease, 0.0) for disease in block.ranking] for block in blocks],
            depth=2 * DEEPEST,
            constant=options.constant,
            weights=[weights.get(block.server, options.second_weight) for block in blocks],
        )
        return tuple(hit.id for hit in hits)

    def _reflect(
        self, task: Task[DeepRareOptions], search: Search, host: Host, first: Sequence[Listed], depth: int
    ) -> dict[str, Verdict]:
        """A verdict on each diagnosis; one that was judged on the same evidence is remembered."""
        known = {one.name: search.knowledge_of(one.disease, depth) if one.disease else () for one in first}

        def key(one: Listed) -> tuple[object, ...]:
            evidence = () if task.options.upstream_compatible else known[one.name]
            return ("verdict", one.disease or one.name, evidence)

        fresh = [one for one in first if task.evidence.recall(key(one)) is None]
        for one, verdict in zip(fresh, host.check(search, fresh, depth), strict=True):
            task.evidence.remember(key(one), verdict)
        found: dict[str, Verdict] = {}
        for place, one in enumerate(first, 1):
            verdict = found[one.disease or one.name] = task.evidence.recall(key(one))
            draft = f"D{depth}.{place}"
            who = one.name if one.disease is None else search.named(one.disease)
            claim = f"{place}. {who}: {one.words}" if one.words else f"{place}. {who}"
            behind = task.evidence.behind(one.words)
            task.note(Step(kind="draft", claim=claim, by=host.name, turn=depth, id=draft, evidence=behind))
            evidence = tuple(search.store[name] for name in known[one.name])
            task.note(verdict_step(host.name, one, verdict, turn=depth, draft=draft, known=evidence))
        return found

    def _decide(self, task: Task[DeepRareOptions], work: Work, host: Host, why: str) -> None:
        """The final list as steps, with what each entry cites; or why the fused order stays."""
        if not work.final:
            task.note(Step(kind="decision", claim=f"the order of the servers stays: {why}", by=host.name))
        named = work.final or tuple(
            Listed(work.search.label(disease), disease, self._support(work.search, disease))
            for disease in work.fused[:LONGEST]
        )
        lost = 0
        for place, one in enumerate(named, 1):
            behind = task.evidence.behind(one.words)
            lost += sum(evidence.supported is False for evidence in behind)
            who = one.name if one.disease is None else work.search.named(one.disease)
            task.note(Step(kind="decision", claim=f"{place}. {who}: {one.words}", by=host.name, evidence=behind))
        task.best = self._answer(work.search, work.fused, work.final)
        if lost:
            message = f"{lost} citations of the final list name no evidence; they are marked as unsupported"
            task.issues["citations"] = Issue(message=message, code="citation", severity="warning")
        if unknown := [one.name for one in work.final if one.disease is None]:
            message = f"{len(unknown)} diagnoses have no entry of that name in the knowledge base: {', '.join(unknown)}"
            remedy = "look them up by hand; they are in the answer and not in the differential"
            task.issues[_CODE] = Issue(message=message, remedy=remedy, code=_CODE, severity="info")

    @staticmethod
    def _support(search: Search, disease: str) -> str:
        """What the fused order rests on for one disease: all evidence that names it, as citations."""
        store = search.store
        names = [f"E{number}" for number in range(1, len(store) + 1)]
        about = [name for name in names if f"({disease})" in store.text(name)]
        return f"named in [{', '.join(about)}]" if about else "named by no evidence that was shown"

    @staticmethod
    def _answer(search: Search, fused: Sequence[str], final: Sequence[Listed] = ()) -> Answer:
        """The final list, filled up to five from the fused order; the probability is the engine's."""
        listed = [(one.name if one.disease is None else search.label(one.disease), one.disease) for one in final]
        mine = {disease for _, disease in listed}
        listed += [(search.label(one), one) for one in fused if one not in mine]
        first = listed[:LONGEST]
        probability = sum(search.probability(disease) for _, disease in first[:1] if disease)
        return Answer(level="list", text=first[0][0], ids=tuple(name for name, _ in first), probability=probability)

    def _result(self, task: Task[DeepRareOptions], work: Work) -> Reasoning:
        search = work.search
        chosen = [one.disease for one in work.final if one.disease]
        order = list(dict.fromkeys((*chosen, *work.fused, *search.order)))[: task.ctx.limit]
        reasoning = msgspec.structs.replace(
            task.reasoning(task.best),
            differential=search.hypotheses(order),
            unknown_probability=search.unknown,
            findings=search.patient.normalised.findings,
            candidates=len(search.scores),
            questions=task.evidence.recall("questions", ()),
        )
        return work.read.add_to(reasoning)
