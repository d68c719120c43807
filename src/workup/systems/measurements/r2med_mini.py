"""System 62: a made-up set on which words fail and a diagnosis helps, as R2MED is about.

A page is made for each of 500 diseases: its name and genes, and none of its findings. A query names four findings of
one of them and one that any patient may have. Findings are drawn from the annotations by which the engine ranks, so
that what the engine adds here is an upper bound; that it adds something is the claim.

    query    Arachnodactyly; Ectopia lentis; Aortic root aneurysm; Scoliosis; Fever
    page     Marfan syndrome. Genes: FBN1. How it is followed up and treated: ...
    passage  what the engine's first three diseases are called, and their genes: HyDE without a language model
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from workup.case import Case, Finding
from workup.evaluation.retrieval import mean_figures
from workup.knowledge import Knowledge
from workup.reasoner import Context
from workup.reasoners.phenotype.reasoner import PhenotypeReasoner
from workup.reasoning import Reasoning
from workup.retrieval import BM25, Retriever
from workup.retrieval.expansion import hyde_text, query2doc_text
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

MADE = "r2med_mini.json"


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the set is made.

    Attributes:
        seed: Seed of everything drawn.
        pages: Diseases with a page.
        queries: How many of them are asked for.
        findings: Findings of the disease in a query; one more is any patient's.
        imagined: The engine's diseases that the imagined passage speaks of.
        with_model: Queries for which the small model, which is slow, imagines a passage.
    """

    seed: int
    pages: int
    queries: int
    findings: int
    imagined: int
    with_model: int


class _Mini:
    """Pages and queries, the same in every run."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.made = made = msgspec.json.decode((SHIPPED / MADE).read_bytes(), type=Made)
        rows, diseases = knowledge.annotations, knowledge.diseases
        usable = np.flatnonzero(rows.phenotype_mask() & (rows.negated == 0))
        terms: dict[int, list[int]] = {}
        for row in usable.tolist():
            terms.setdefault(int(rows.disease[row]), []).append(int(rows.term[row]))
        rich = sorted(disease for disease, own in terms.items() if len(set(own)) > made.findings + 1)
        random = np.random.default_rng(made.seed)
        chosen = random.choice(rich, size=made.pages, replace=False).tolist()
        self.pages = [(diseases.ids[disease], self._page(disease)) for disease in chosen]
        every = sorted({term for own in terms.values() for term in own})
        self.queries: list[tuple[str, list[str]]] = []
        for disease in chosen[: made.queries]:
            drawn = random.choice(sorted(set(terms[disease])), size=made.findings, replace=False).tolist()
            drawn.append(int(random.choice(every)))
            self.queries.append((diseases.ids[disease], [knowledge.ontology.id(term) for term in drawn]))

    def _page(self, disease: int) -> str:
        diseases = self.knowledge.diseases
        genes = ", ".join(diseases.gene_symbols(disease))
        return f"{diseases.names[disease]}. Genes: {genes or 'unknown'}. How it is followed up and treated."

    def words(self, findings: list[str]) -> str:
        ontology = self.knowledge.ontology
        return "; ".join(ontology.label(term) for name in findings for term in ontology.resolve(name).terms)

    def imagined(self, findings: list[str], reasoner: PhenotypeReasoner) -> str:
        """Names and genes of the engine's first diseases."""
        case = Case(id="query", findings=tuple(Finding(name) for name in findings))
        found = reasoner.reason(case, Context(knowledge=self.knowledge, limit=self.made.imagined))
        assert isinstance(found, Reasoning)
        places = (self.knowledge.diseases.index(one.id) for one in found.differential[: self.made.imagined])
        return " ".join(self._page(place) for place in places if place is not None)


@measurement("r2med_mini.knowledge")
def knowledge(data: Path, tier: Tier) -> dict[str, Measurement]:
    """nDCG@10 of BM25 alone, and with the passage that the engine's diagnosis makes."""
    mini, reasoner = _Mini(Knowledge.load()), PhenotypeReasoner()
    index = BM25.build(mini.pages)
    texts = {"bm25": [mini.words(findings) for _, findings in mini.queries]}
    passages = [mini.imagined(findings, reasoner) for _, findings in mini.queries]
    texts["hyde"] = [hyde_text(query, passage) for query, passage in zip(texts["bm25"], passages, strict=True)]
    texts["query2doc"] = [
        query2doc_text(query, passage) for query, passage in zip(texts["bm25"], passages, strict=True)
    ]
    found = {name: _measured(index, asked, mini) for name, asked in texts.items()}
    values = {name: one.value for name, one in found.items()}
    answers = {f"mini-{name}": one for name, one in found.items()}
    some = mini.queries[: mini.made.with_model]
    answers["mini-small-bm25"] = _measured(index, [mini.words(findings) for _, findings in some], mini)
    answers["mini-lift"] = Measurement(value=_number(values["hyde"]) - _number(values["bm25"]), n=len(mini.queries))
    return answers


@measurement("r2med_mini.model")
def model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """nDCG@10 with passages that the small language model imagines; it is a plumbing model."""
    from workup import models
    from workup.models.model import Sampling
    from workup.retrieval.expansion import imagined

    mini = _Mini(Knowledge.load())
    index = BM25.build(mini.pages)
    queries = [mini.words(findings) for _, findings in mini.queries[: mini.made.with_model]]
    with models.load("smollm2") as small:
        draw = Sampling(max_tokens=80)
        texts = [hyde_text(query, imagined(small, query, sampling=draw)) for query in queries]
    return {"mini-small-model": _measured(index, texts, mini)}


def _measured(index: Retriever, queries: list[str], mini: _Mini) -> Measurement:
    rankings = {str(i): [hit.id for hit in index.search(query, 10)] for i, query in enumerate(queries)}
    judged = {str(i): {mini.queries[i][0]: 1.0} for i in range(len(queries))}
    found = mean_figures(rankings, judged)
    return Measurement(value=found.value, n=found.n, interval=found.interval)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
