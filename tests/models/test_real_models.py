"""A real small language model: in this process, and behind llama.cpp's own HTTP server.

SmolLM2-135M-Instruct shows that the plumbing holds; what it says is not judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workup.errors import ModelError
from workup.models import JsonlRecorder, Managed, load
from workup.models.gguf import SMOLLM2_FILE, smollm2_path
from workup.models.model import Message, Sampling

pytestmark = pytest.mark.slow

# Without a system message the model's template adds a longer one.
BE_BRIEF = Message(role="system", content="Be brief.")
ASK = [BE_BRIEF, Message(role="user", content="Why is the sky blue?")]
BRIEF = Sampling(max_tokens=5)
SEEDED = Sampling(max_tokens=5, temperature=0.8, seed=3)
YES: dict[str, Any] = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def model() -> Iterator[Managed]:
    if smollm2_path() is None:
        pytest.skip("SmolLM2 is not installed; make installs it")
    pytest.importorskip("xllamacpp")
    with load("smollm2", context=512) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def server(model: Managed) -> Iterator[str]:
    """llama.cpp's HTTP server with the same file, on a free port of this machine; gives its address."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(smollm2_path())
    params.n_ctx = 512
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_threads_http = 2
    params.warmup = False
    params.verbosity = -1
    engine = xllamacpp.Server(params)
    yield f"{engine.listening_address}/v1"
    del engine


def test_same_request_and_seed_same_text(model: Managed) -> None:
    """Also after another prompt, which must leave no trace, and in another instance."""
    first = model.generate(ASK, sampling=SEEDED)
    model.generate([BE_BRIEF, Message(role="user", content="Why is the sky red?")], sampling=SEEDED)
    assert model.generate(ASK, sampling=SEEDED).generations == first.generations
    with load("smollm2", context=512) as other:
        assert other.generate(ASK, sampling=SEEDED).generations == first.generations
    assert 0 < first.usage.output_tokens <= 5
    assert first.usage.input_tokens > 10
    assert first.usage.cost_usd == 0.0
    assert (first.model, first.served) == ("smollm2", SMOLLM2_FILE)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory in use as Linux tells it")
def test_earlier_prompts_are_not_kept(model: Managed) -> None:
    """llama.cpp would keep some 23 kB of each token, up to 8 GB; nothing is gained by it here."""

    def resident_mb() -> float:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def ask(number: int) -> None:
        text = f"Case {number}. " + "The patient has had fatigue and a cough for three weeks. " * 12
        model.generate([BE_BRIEF, Message(role="user", content=text)], sampling=Sampling(max_tokens=1))

    ask(0)
    before = resident_mb()
    for number in range(1, 7):
        ask(number)
    assert resident_mb() - before < 10


def test_several_differ(model: Managed) -> None:
    one, two = model.generate(ASK, n=2, sampling=SEEDED).generations
    assert one.text != two.text
    assert model.generate(ASK, sampling=SEEDED).generations[0] == one


def test_prefix_schema_stop_and_logprobs(model: Managed) -> None:
    continued = model.generate(ASK, prefix="The sky is green because", sampling=BRIEF)
    assert continued.text
    assert not continued.text.startswith("The sky is green")

    answered = model.generate(ASK, schema=YES, sampling=Sampling(max_tokens=16))
    assert set(answered.generations[0].parsed) == {"yes"}
    assert answered.issues == ()

    whole = model.generate(ASK, sampling=BRIEF, logprobs=2)
    (generation,) = whole.generations
    assert "".join(token.token for token in generation.logprobs).strip() == whole.text.strip()
    for token in generation.logprobs:
        assert token.logprob == pytest.approx(max(token.top.values()), abs=1e-4)  # greedy: the likeliest token
        assert sum(map(math.exp, token.top.values())) <= 1.0 + 1e-6
    word = whole.text.split()[1]
    cut = model.generate(ASK, sampling=Sampling(max_tokens=5, stop=(word,)))
    assert cut.text == whole.text[: whole.text.index(word)]
    assert cut.generations[0].finish == "stop"


def test_a_prompt_too_long_is_one_error(model: Managed) -> None:
    with pytest.raises(ModelError, match=r"exceeds the available context size .* load it with context=N") as info:
        model.generate([Message(role="user", content="x " * 600)])
    assert not info.value.retryable


def test_llama_server_over_http(model: Managed, server: str, tmp_path: Path) -> None:
    """What the engine in this process says, its server says too; and what was recorded there is replayed."""
    options: dict[str, Any] = {"body": {"cache_prompt": False, "top_k": 0, "min_p": 0.0}}
    with (
        JsonlRecorder(tmp_path) as recorder,
        load(f"openai/{SMOLLM2_FILE.removesuffix('.gguf')}", base_url=server, recorder=recorder, **options) as served,
    ):
        assert served.generate(ASK, sampling=BRIEF).text == model.generate(ASK, sampling=BRIEF).text
        several = served.generate(ASK, n=2, sampling=SEEDED)
        assert several.generations == model.generate(ASK, n=2, sampling=SEEDED).generations
        assert (several.usage.calls, several.usage.cost_usd, several.issues) == (2, 0.0, ())
        assert several.served.endswith(SMOLLM2_FILE)
        continued = served.generate(ASK, prefix="The sky is green because", sampling=BRIEF)
        assert continued.text == model.generate(ASK, prefix="The sky is green because", sampling=BRIEF).text
        answered = served.generate(ASK, schema=YES, sampling=Sampling(max_tokens=16))
        assert set(answered.generations[0].parsed) == {"yes"}
        assert len(served.generate(ASK, sampling=BRIEF, logprobs=1).generations[0].logprobs) == 5
    replayed = load(f"replay/{tmp_path}")
    assert replayed.generate(ASK, n=2, sampling=SEEDED).generations == several.generations


def test_llama_server_is_never_another_model(server: str) -> None:
    wrong = r"answered with the model '.*SmolLM2"
    with load("openai/gpt-4.1", base_url=server) as named_wrongly, pytest.raises(ModelError, match=wrong):
        named_wrongly.generate(ASK, sampling=BRIEF)
    with load("openai/it", base_url=server, aliases=[str(smollm2_path())]) as aliased:
        assert aliased.generate(ASK, sampling=BRIEF).text
