"""The path of each method that asks a model, reproduced with scripted replies."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from method_cases import (
    CASES,
    CHOICE,
    VIGNETTE,
    WITH_MODEL,
    WITHOUT_MODEL,
    Listening,
    corpus_file,
    method,
    options_for,
    reason,
    training_file,
)

from workup import registry
from workup.case import Case, Form, Question
from workup.errors import ModelError, UserError
from workup.evaluation.runner import prompts_of
from workup.models import JsonlRecorder, Scripted, load
from workup.models.model import Generation, Reply, Sampling, TokenLogprob
from workup.models.scripted import Line
from workup.reasoner import Context, Reasoner
from workup.reasoning import Reasoning


def ids(reasoning: Reasoning) -> tuple[str, ...]:
    assert reasoning.answer is not None
    return reasoning.answer.ids


def test_direct() -> None:
    model = Listening("Answer: A")
    found = reason("direct", CHOICE, model)
    assert (ids(found), found.text, found.reasoner, found.abstained) == (("A",), "Answer: A", "direct", "")
    assert found.answer is not None
    assert found.answer.level == "option"
    assert VIGNETTE in model.last
    assert "A. Measles\nB. Gout" in model.last
    assert model.sampled == [(1, Sampling(max_tokens=48))]
    assert (found.usage.calls, found.usage.output_tokens) == (1, 2)
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [("Answer: 2: Give her fluids.", "2"), ("Answer: CORRECT", "CORRECT"), ("2: Give her fluids.", "2")],
)
def test_direct_correction(reply: str, sentence: str) -> None:
    assert ids(reason("direct", CASES["correction"], Scripted([reply]))) == (sentence,)


def test_chain_of_thought() -> None:
    model = Listening("White spots speak for measles.\n\nGout spares the cheeks.\nAnswer: A")
    found = reason("chain-of-thought", CHOICE, model)
    assert ids(found) == ("A",)
    assert [step.claim for step in found.steps] == ["White spots speak for measles.", "Gout spares the cheeks."]
    assert "Think step by step" in model.last


def test_self_consistency_votes() -> None:
    model = Listening("Answer: B", "I cannot say.", "Answer: A", "So it is measles. Answer: A", "Answer: B")
    found = reason("self-consistency", CHOICE, model, seed=7, samples=5)
    # A tie, which goes to the answer that was seen first; the unreadable reply counts in the share.
    assert ids(found) == ("B",)
    assert found.answer is not None
    assert found.answer.probability == pytest.approx(2 / 5)
    assert found.text == "Answer: B"
    assert [step.claim.split(":")[0] for step in found.steps] == [
        "sample 1 of 5 answers B",
        "sample 2 of 5 answers nothing that can be read",
        "sample 3 of 5 answers A",
        "sample 4 of 5 answers A",
        "sample 5 of 5 answers B",
    ]
    assert model.sampled == [(5, Sampling(max_tokens=48, temperature=0.7, seed=7))]
    assert found.usage.calls == 5


def test_self_consistency_without_a_readable_reply() -> None:
    found = reason("self-consistency", CHOICE, Scripted(["Hm.", "Well."]), samples=2)
    assert found.answer is None
    assert found.text == "Hm."
    assert found.abstained == ""


def test_ensemble_refinement_reads_its_opinions() -> None:
    model = Listening("It is gout. Answer: B", "It is measles. Answer: A", "The second is right. Answer: A")
    found = reason("ensemble-refinement", CHOICE, model, samples=2)
    assert ids(found) == ("A",)
    assert found.text == "The second is right. Answer: A"
    assert '<opinion number="1">\nIt is gout. Answer: B\n</opinion>' in model.last
    assert '<opinion number="2">' in model.last
    assert [sampling.temperature for _, sampling in model.sampled] == [0.7, 0.0]
    assert len(found.steps) == 2


def test_ensemble_refinement_puts_several_to_the_vote() -> None:
    model = Scripted(["Answer: B", "Answer: C", "Answer: A", "Answer: A"])
    found = reason("ensemble-refinement", CHOICE, model, samples=1, refinements=3)
    assert ids(found) == ("A",)
    assert found.answer is not None
    assert found.answer.probability == pytest.approx(2 / 3)
    assert len(found.steps) == 4


def test_few_shot_shows_the_first_examples(tmp_path: Path) -> None:
    model = Listening("Answer: A")
    found = reason("few-shot", CHOICE, model, training=training_file(tmp_path), k=2)
    roles = [message.role for message in model.asked[0]]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert "big toe" in model.asked[0][1].content
    assert [message.content for message in model.asked[0] if message.role == "assistant"] == ["Answer: B", "Answer: C"]
    assert [step.claim for step in found.steps] == ["shown as an example: case t1", "shown as an example: case t2"]
    assert len(found.versions["training"]) == 64


def test_few_shot_shows_the_nearest_example_last(tmp_path: Path) -> None:
    model = Listening("Answer: A")
    found = reason("few-shot", CHOICE, model, training=training_file(tmp_path), k=2, select="nearest")
    assert "white spots" in model.asked[0][3].content
    likeness = [step.evidence[0].values["similarity"] for step in found.steps]
    assert likeness == sorted(likeness)
    assert likeness[-1] > 0.3


@pytest.mark.parametrize("select", ["fixed", "nearest"])
def test_few_shot_never_shows_the_case_itself(tmp_path: Path, select: str) -> None:
    """Nor when its id and the order of its options are others."""
    asked = Case(id="blinded", question=Question("What is missing in scurvy?", {"A": "Iodine", "B": "Vitamin C"}))
    model = Listening("Answer: B")
    reason("few-shot", asked, model, training=training_file(tmp_path), k=4, select=select)
    assert len(model.asked[0]) == 2 + 2 * 3
    assert not [message for message in model.asked[0][:-1] if "scurvy" in message.content]


def with_logprobs(text: str, **top: float) -> Scripted:
    token = TokenLogprob(
        token=text, logprob=math.log(top[text.strip()]), top={f" {k}": math.log(p) for k, p in top.items()}
    )
    return Scripted([Line(reply=f"Answer:{text}", logprobs=(token,))])


def test_letter_likelihood() -> None:
    found = reason("letter-likelihood", CHOICE, with_logprobs(" The", A=0.2, C=0.3, a=0.1, The=0.4))
    assert ids(found) == ("C",)
    assert found.answer is not None
    assert found.answer.probability == pytest.approx(0.6)
    assert found.answer.extensions["probabilities"] == pytest.approx({"A": 0.4, "B": 0.0, "C": 0.6, "D": 0.0})


def test_letter_likelihood_of_labels() -> None:
    found = reason("letter-likelihood", CASES["label"], with_logprobs(" may", may=0.3, No=0.2, x=0.5))
    assert (ids(found), found.answer and found.answer.level) == (("maybe",), "label")


def test_letter_likelihood_without_an_option_in_sight() -> None:
    found = reason("letter-likelihood", CHOICE, with_logprobs(" The", The=0.9))
    assert (found.answer, found.text, found.abstained) == (None, " The", "")


def test_letter_likelihood_needs_token_probabilities() -> None:
    with pytest.raises(UserError, match="does not tell; use direct"):
        reason("letter-likelihood", CHOICE, Scripted(["Answer: A"]))


def test_ranked_list_of_options() -> None:
    model = Listening("Here is my list:\n1. C\n2) A\n3. C\n4: B\n5. Z")
    found = reason("ranked-list", CHOICE, model, length=3)
    assert ids(found) == ("C", "A", "B")
    assert "Rank 3 of them" in model.last
    assert [step.claim for step in found.steps] == ["1. C", "2. A", "3. B"]


def test_ranked_list_of_diagnoses() -> None:
    model = Listening("1. Measles\n2. Rubella\n3. Scarlet fever")
    found = reason("ranked-list", CASES["diagnosis"], model, length=2)
    assert ids(found) == ("Measles", "Rubella")
    assert found.answer is not None
    assert found.answer.level == "list"
    assert "List the 2 most likely diagnoses" in model.last


def test_elimination_asks_again_about_what_is_left() -> None:
    model = Listening("Gout has no spots. Answer: B, D", "Answer: A")
    found = reason("elimination", CHOICE, model)
    assert ids(found) == ("A",)
    assert "A. Measles\nC. Rubella\n</options>" in model.last
    assert found.steps[0].claim == "ruled out: B, D: Gout has no spots. Answer: B, D"


def test_elimination_of_all_but_one_needs_no_second_question() -> None:
    model = Listening("Answer: A, B, D")
    found = reason("elimination", CHOICE, model)
    assert (ids(found), len(model.asked), found.text) == (("C",), 1, "Answer: A, B, D")


@pytest.mark.parametrize("first", ["None of them can be.", "Answer: A, B, C, D"])
def test_elimination_of_none_or_all_keeps_all(first: str) -> None:
    model = Listening(first, "Answer: D")
    assert ids(reason("elimination", CHOICE, model)) == ("D",)
    assert "A. Measles\nB. Gout\nC. Rubella\nD. Scurvy\n</options>" in model.last


def test_retrieval_augmented_checks_quotations(tmp_path: Path) -> None:
    reply = 'It says "White spots inside the cheeks" and "gout is contagious". Answer: A'
    model = Listening(reply)
    found = reason("retrieval-augmented", CHOICE, model, corpus=corpus_file(tmp_path), k=1)
    assert ids(found) == ("A",)
    assert '<passage number="1">\nMeasles\nWhite spots inside the cheeks come before' in model.last
    given_step, right, wrong = found.steps
    evidence = given_step.evidence[0]
    assert (evidence.kind, evidence.source) == ("passage", "corpus.jsonl, record 1, characters 0-62")
    assert evidence.quote == "White spots inside the cheeks come before the rash of measles."
    assert (right.evidence[0].supported, right.evidence[0].values) == (True, {"document": "m", "start": 0, "end": 29})
    assert wrong.evidence[0].supported is False
    assert wrong.claim == "quoted: gout is contagious, which none of the passages says"


REFUSED: dict[str, set[Form]] = {
    "chain-of-thought": set(),
    "direct": set(),
    "elimination": {"choices", "diagnosis", "number", "text", "correction"},
    "ensemble-refinement": set(),
    "few-shot": {"choices", "label", "diagnosis", "number", "text", "correction", "rationale"},
    "letter-likelihood": {"choices", "diagnosis", "number", "text", "correction"},
    "ranked-list": {"choices", "number", "text", "correction"},
    "retrieval-augmented": set(),
    "self-consistency": {"text"},
}


@pytest.mark.parametrize("name", WITH_MODEL)
@pytest.mark.parametrize("form", CASES)
def test_every_form_is_taken_or_refused_with_a_reason(name: str, form: Form, tmp_path: Path) -> None:
    """few-shot refuses what its training file, of choices only, has no example of."""
    token = TokenLogprob(token="A", logprob=-1.0)
    model = Listening(*[Line(reply="Answer: A", logprobs=(token,))] * 4)
    found = reason(name, CASES[form], model, **options_for(name, tmp_path))
    if form == "retrieval" or form in REFUSED[name]:
        assert found.answer is None
        assert len(found.abstained) > 15
        assert model.asked == []
    else:
        assert found.abstained == ""
        assert model.asked


@pytest.mark.parametrize("name", WITH_MODEL)
def test_a_method_without_a_model_says_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"{name} needs a language model; name one: --model NAME"):
        reason(name, CHOICE, None, **options_for(name, tmp_path))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("direct", {"samples": 3}, "direct has no option samples; it has none"),
        ("self-consistency", {"samples": 0}, "self-consistency, option samples: expected `int` >= 1"),
        ("self-consistency", {"temperature": "hot"}, "option temperature: expected `float`"),
        ("few-shot", {}, "few-shot needs the option training"),
        ("few-shot", {"training": "nowhere.jsonl"}, "few-shot cannot use its training file"),
        ("few-shot", {"training": "x", "select": "best"}, "option select"),
        ("few-shot", {"training": "x", "reader": "medqq"}, "no benchmark named 'medqq'; try medqa"),
        ("retrieval-augmented", {}, "needs the option corpus"),
        ("retrieval-augmented", {"corpus": "nowhere.jsonl"}, "the corpus cannot be used"),
        ("ranked-list", {"length": 51, "lenght": 3}, "ranked-list has no option lenght; it has length"),
    ],
)
def test_options_are_checked(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        reason(name, CHOICE, Scripted(["Answer: A"]), **options)


def test_options_may_be_text_as_on_a_command_line() -> None:
    model = Listening("Answer: A", "Answer: A")
    reason("self-consistency", CHOICE, model, samples="2", temperature="0.5")
    assert model.sampled[0][0] == 2
    assert model.sampled[0][1].temperature == 0.5


@pytest.mark.parametrize("name", WITH_MODEL)
def test_prompts_are_hashed(name: str) -> None:
    made = method(name)()
    assert isinstance(made, Reasoner)
    assert made.name == name
    assert len(prompts_of(made)) == 64


def test_prompts_of_different_methods_differ() -> None:
    digests = {name: prompts_of(method(name)()) for name in WITH_MODEL}
    # Self-consistency asks as chain of thought does, few-shot as direct.
    assert digests["self-consistency"] == digests["chain-of-thought"]
    assert digests["few-shot"] == digests["direct"]
    assert len(set(digests.values())) == len(digests) - 2


class Odd:
    """A model with a finish reason to tell, or fewer replies than asked for."""

    name = "odd"

    def __init__(self, *generations: Generation) -> None:
        self.generations = generations

    def generate(self, messages: Any, **given: Any) -> Reply:
        return Reply(generations=self.generations, model=self.name)


def test_a_refusal_is_an_abstention() -> None:
    found = reason("direct", CHOICE, Odd(Generation(text="", finish="refusal")))
    assert (found.answer, found.abstained) == (None, "the model refused to reply")
    assert [issue.code for issue in found.issues] == ["refusal"]


def test_a_cut_reply_is_noted() -> None:
    found = reason("direct", CHOICE, Odd(Generation(text="Let me think", finish="length")))
    assert (found.answer, found.abstained) == (None, "")
    assert [issue.code for issue in found.issues] == ["cut"]


@pytest.mark.parametrize("name", WITH_MODEL)
def test_fewer_replies_than_asked_for_are_no_fault(name: str, tmp_path: Path) -> None:
    assert reason(name, CHOICE, Odd(), **options_for(name, tmp_path)).answer is None


def test_a_failing_model_is_not_hidden() -> None:
    model = Scripted([Line(error="overloaded", retryable=False)])
    with pytest.raises(ModelError, match="overloaded"):
        reason("direct", CHOICE, model)


GARBAGE = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            ["Answer:", "A", "B", "1.", "2)", "\n", '"', "“", "<case>", "</think>", "{", "not", "42 mg", ","]
        ),
        max_size=30,
    ).map(" ".join),
)


GARBLED = TokenLogprob(token="", logprob=-1.0, top={" B": -1.0, "\n": -0.5, "": -3.0})


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Reasoner, dict[str, Any]]]:
    """Every method with its options, its files read once."""
    folder = tmp_path_factory.mktemp("files")
    return {name: (method(name)(), options_for(name, folder)) for name in WITH_MODEL}


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(replies=st.lists(GARBAGE, min_size=4, max_size=4), form=st.sampled_from(sorted(CASES)))
def test_garbage_never_escapes(
    ready: dict[str, tuple[Reasoner, dict[str, Any]]], replies: list[str], form: Form
) -> None:
    case = CASES[form]
    for made, options in ready.values():
        model = Scripted([Line(reply=reply, logprobs=(GARBLED,)) for reply in replies])
        found = made.reason(case, Context(model=model, options=options))
        assert isinstance(found, Reasoning)
        answer, question = found.answer, case.question
        if answer is not None and question is not None and question.options and form != "rationale":
            assert set(answer.ids) <= set(question.options)


@pytest.mark.parametrize("name", WITH_MODEL)
def test_recorded_replies_give_the_same_again(name: str, tmp_path: Path) -> None:
    options = options_for(name, tmp_path)
    token = TokenLogprob(token="A", logprob=-1.0)
    texts = ["Gout is out. Answer: B", "Measles. Answer: A", 'See "inside the cheeks". Answer: A']
    replies = [Line(reply=text, logprobs=(token,)) for text in texts]
    with JsonlRecorder(tmp_path / "calls.jsonl") as recorder:
        first = reason(name, CHOICE, Scripted(replies, recorder=recorder), **options)
    with load(f"replay/{tmp_path}") as model:
        second = reason(name, CHOICE, model, **options)
    assert first.answer is not None
    assert (second.answer, second.text, second.steps) == (first.answer, first.text, first.steps)
    assert second.usage.output_tokens == first.usage.output_tokens


def test_a_method_serves_many_threads(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    shared = method("few-shot")()
    model = Scripted(["Answer: A"] * 40)
    ctx = Context(model=model, options={"training": training_file(tmp_path), "select": "nearest"})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shared.reason(CHOICE, ctx), range(40)))
    assert {reasoning.answer.ids for reasoning in found} == {("A",)}


def test_every_baseline_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "baselines.md").read_text(encoding="utf-8")
    assert [name for name in (*WITH_MODEL, *WITHOUT_MODEL) if f"| `{name}` |" not in page] == []
    assert {*WITH_MODEL, *WITHOUT_MODEL} <= {*registry.names("reasoners")}
