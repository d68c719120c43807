"""One try of one reasoner at one case: what everything in ``evaluation`` is computed from.

A *run* is a set of attempts. Scores and metrics are pure functions of attempts, so that any of them can be computed
later, again, and on the recorded outputs of others.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from workup.models.model import GREEDY, Sampling
from workup.reasoning import Reasoning, Usage


class AttemptKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What makes two attempts the same. Holds nothing of the truth.

    Attributes:
        benchmark: Name of the benchmark.
        version: Its version: what was read, and by which reader.
        case_id: Identifier of the case within the benchmark; tells apart cases with the same content.
        case: Digest of the blinded case.
        reasoner: Name of the reasoner.
        options: Its options.
        prompts: Digest of its prompts; empty without any.
        model: Name of the model; empty without one.
        sampling: How replies are drawn.
        seed: Seed of the attempt.
        epoch: Repetition, from 0.
        environment: Settings of what the reasoner could ask (:class:`~workup.benchmarks.benchmark.Interactive`), with
            the digest of what that knew; empty where there was nothing to ask.
    """

    benchmark: str
    version: str
    case_id: str
    case: str
    reasoner: str
    options: dict[str, Any] = {}
    prompts: str = ""
    model: str = ""
    sampling: Sampling = GREEDY
    seed: int = 0
    epoch: int = 0
    environment: dict[str, Any] = {}

    def digest(self) -> str:
        """SHA-256 of the key, independent of the order of the options.

        >>> key = AttemptKey(benchmark="medqa", version="1", case_id="7", case="ab", reasoner="direct")
        >>> key.digest() == msgspec.structs.replace(key).digest()
        True
        """
        values = msgspec.structs.asdict(self)
        if not self.environment:
            # Attempts without one are named as they were before there was any.
            del values["environment"]
        return hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()


class Attempt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What came of one try.

    Attributes:
        key: What was tried.
        reasoning: What the reasoner returned; None when it failed.
        usage: What it cost; also when it failed.
        error: Why there is no reasoning, in one line; empty when there is one.
        simulated: Whether the case says of itself that it is simulated, so that no export loses it.
    """

    key: AttemptKey
    reasoning: Reasoning | None = None
    usage: Usage = Usage()
    error: str = ""
    simulated: bool = False

    def __post_init__(self) -> None:
        if (self.reasoning is None) == (not self.error):
            raise ValueError("an attempt has either a reasoning or an error")

    @property
    def raw(self) -> str:
        """The words the answer was read from; empty when there are none."""
        return self.reasoning.text if self.reasoning else ""
