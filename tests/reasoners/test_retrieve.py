"""Search as a reasoner: rankings by words, by meaning and both, with queries that a model rewrites."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark_samples import json_lines, samples
from workup import registry
from workup.case import Case, Question
from workup.errors import UserError
from workup.evaluation.runner import Plan, files_of, run
from workup.evaluation.scoring import score_run
from workup.models import Scripted
from workup.models.scripted import Line
from workup.reasoner import Context
from workup.reasoners.corpus import Corpus
from workup.reasoners.retrieve import Retrieve
from workup.reasoning import Reasoning

ASKED = Case(id="1", question=Question("Why is there a rash?", form="retrieval"))


@pytest.fixture
def corpus(tmp_path: Path) -> str:
    rows = [
        {"id": "m", "text": "Measles comes with a rash."},
        {"id": "g", "title": "Gout", "text": "A pain of the big toe."},
        {"id": "u", "text": "Hives are a rash, a rash that itches."},
    ]
    return str(json_lines(tmp_path / "corpus.jsonl", rows))


def ranked(corpus: str | list[str], model: object = None, case: Case = ASKED, **options: object) -> Reasoning:
    ctx = Context(model=model, options={"corpus": corpus, **options}, seed=4)  # type: ignore[arg-type]
    return Retrieve().reason(case, ctx)


def ids(reasoning: Reasoning) -> tuple[str, ...]:
    return reasoning.answer.ids if reasoning.answer else ()


def test_by_words_by_meaning_and_both(corpus: str) -> None:
    found = ranked(corpus)
    # The toe has no word of the question; "rash" stands twice among the hives.
    assert ids(found) == ("u", "m")
    assert [step.claim for step in found.steps] == ["rank 1: u", "rank 2: m"]
    assert found.steps[0].evidence[0].quote == "Hives are a rash, a rash that itches."
    assert set(ids(ranked(corpus, retriever="dense"))) == {"m", "g", "u"}
    assert ranked(corpus, retriever="hybrid").versions["retriever"].startswith("rrf(bm25")
    assert len(ids(ranked(corpus, retriever="hybrid", depth=1))) == 1


def test_a_model_rewrites_the_query(corpus: str) -> None:
    reply = [Line(match=".", reply="It is the big toe.")]
    with Scripted(reply) as model:
        assert ids(ranked(corpus, model, expansion="hyde")) == ("g",)
        assert set(ids(ranked(corpus, model, expansion="query2doc"))) == {"m", "g", "u"}
        lamer = ranked(corpus, model, expansion="lamer")
    assert set(ids(lamer)) == {"m", "g", "u"}
    assert lamer.text == "Why is there a rash? It is the big toe."
    with pytest.raises(UserError, match="--model"):
        ranked(corpus, expansion="hyde")


def test_what_it_cannot_do_it_says(corpus: str, tmp_path: Path) -> None:
    choice = Case(id="1", question=Question("Which?", {"A": "x", "B": "y"}))
    assert "no ranking is asked for" in ranked(corpus, case=choice).abstained
    strange = Case(id="1", question=Question("Xyzzy?", form="retrieval"))
    assert "no document shares a word" in ranked(corpus, case=strange).abstained
    with pytest.raises(UserError, match="does not exist"):
        ranked(str(tmp_path / "none.jsonl"))
    with pytest.raises(UserError, match="no record with id and text"):
        ranked(str(json_lines(tmp_path / "empty.jsonl", [{"q": 1}])))
    with pytest.raises(UserError, match="no stemmer for 'klingon'"):
        ranked(corpus, language="klingon")


def test_a_run_over_several_files_is_scored_and_knows_its_files(tmp_path: Path) -> None:
    files = samples()["liveqa-retrieval"](tmp_path)
    more = json_lines(tmp_path / "more.jsonl", [{"id": "z", "text": "Nothing of it."}])
    options = {"corpus": [str(files[2]), str(more)]}
    assert set(files_of(options)) == {"corpus[0]", "corpus[1]"}
    plan = Plan(
        benchmark=registry.load("benchmarks", "liveqa-retrieval")(),
        data=tuple(files),
        reasoner=Retrieve(),
        options=options,
    )
    run(plan, tmp_path / "run")
    scores = score_run(tmp_path / "run")
    # The better of two documents alone is found: 3 of 3 + 1 / log2(3).
    assert scores.scores["ndcg@10"]["1"] == pytest.approx(3 / (3 + 0.6309), abs=1e-4)
    assert scores.estimates[0].value == scores.scores["ndcg@10"]["1"]


def test_passages_of_a_corpus_are_found_by_any_retriever(corpus: str) -> None:
    for kind in ("bm25", "dense", "hybrid"):
        found = Corpus(Path(corpus), kind)
        ((best, _), *_) = found.search("pain of the big toe", 3)
        assert (best.document, best.title) == ("g", "Gout")
        assert found.texts["g:0"] == "A pain of the big toe."
    with pytest.raises(UserError, match="no retriever 'x'"):
        Corpus(Path(corpus), "x")
