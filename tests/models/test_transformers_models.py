"""Models of the transformers library, on a tiny one with random weights. Runs where torch is installed (extra `train`).

torch is too large for every test run: `make test` does not install it, and this file is skipped there.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from workup.errors import ModelError, UserError
from workup.models import load
from workup.models.model import Message, Sampling

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

WORDS = [
    "fever",
    "rash",
    "cough",
    "pain",
    "toe",
    "measles",
    "gout",
    "answer",
    *"ABCD",
    ".",
    "user",
    "assistant",
    "system",
]
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }} {{ message['content'] }} {% endfor %}"
    "{% if add_generation_prompt %}assistant {% endif %}"
)
ASK = [Message(role="user", content="fever rash answer")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 16 words and two layers, kept as released models are."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    place = tmp_path_factory.mktemp("tiny")
    vocabulary = {word: i for i, word in enumerate(["[UNK]", "[EOS]", *WORDS])}
    plain = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    plain.pre_tokenizer = Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=plain, unk_token="[UNK]", eos_token="[EOS]", pad_token="[EOS]", chat_template=TEMPLATE
    )
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=128, eos_token_id=None, bos_token_id=None, pad_token_id=1,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(place, safe_serialization=True)
    tokenizer.save_pretrained(place)
    return place


def test_the_likeliest_words_are_the_same_each_time(folder: Path) -> None:
    with load(f"hf/{folder}") as model:
        first = model.generate(ASK, sampling=Sampling(max_tokens=6))
        again = model.generate(ASK, sampling=Sampling(max_tokens=6))
    assert first.text == again.text
    # A mark such as the unknown word is a token, and no part of the text.
    assert 0 < len(first.text.split()) <= 6
    assert first.generations[0].finish == "length"
    # "user fever rash answer assistant": five words.
    assert (first.usage.input_tokens, first.usage.output_tokens) == (5, 6)
    # Where the folder lies is nobody's business.
    assert first.served == folder.name


def test_draws_are_seeded(folder: Path) -> None:
    with load(f"hf/{folder}") as model:
        # The library takes no whole number for a temperature.
        draws = [Sampling(temperature=2, max_tokens=12, seed=seed) for seed in (1, 1, 2)]
        first, again, other = (model.generate(ASK, sampling=draw).text for draw in draws)
    assert first == again != other


def test_probabilities_are_those_of_the_network(folder: Path) -> None:
    with load(f"hf/{folder}") as model:
        reply = model.generate(ASK, sampling=Sampling(max_tokens=2), logprobs=18)
    tokens = reply.generations[0].logprobs
    assert [one.token for one in tokens] == reply.text.split()
    network = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    prompt = tokenizer("user fever rash answer assistant", return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        expected = torch.log_softmax(network(prompt).logits[0, -1].float(), dim=-1)
    assert tokens[0].logprob == pytest.approx(float(expected.max()), abs=1e-4)
    # All 18 words are told, and their probabilities add up to one.
    assert sum(map(math.exp, tokens[0].top.values())) == pytest.approx(1.0, abs=1e-4)


def test_a_reply_goes_on_from_its_prefix(folder: Path) -> None:
    with load(f"hf/{folder}") as model:
        whole = model.generate(ASK, sampling=Sampling(max_tokens=4)).text
        first, *rest = whole.split()
        assert model.generate(ASK, sampling=Sampling(max_tokens=3), prefix=first).text.split() == rest


def test_what_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with load(f"hf/{tmp_path}", retries=0) as model, pytest.raises(ModelError, match="transformers failed"):
        model.generate(ASK)
    with pytest.raises(UserError, match="hf/NAME-or-DIR"):
        load("hf/")
