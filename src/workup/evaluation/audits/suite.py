"""The suite of an audit: what is done to the cases, what is measured, and the gates, all decided beforehand.

A TOML file::

    name = "ward sign-off"
    seed = 0
    audits = ["flips", "confidence", "subgroups"]     # default: all
    perturbations = ["mask", "negation", "typo"]      # default: all
    varied = 20                                       # perturb 20 drawn cases, where a model is slow; default: all

    [perturbation.negation]
    strength = "all"              # deny every finding at once, for cases that do not say which one decides
    expect = "must-flip"          # what should follow where the case does not say
    cases = 50                    # perturb so many cases with this one

    [perturbation.translation]
    table = "hp-de.babelon.tsv"   # terms in other languages, where the cases bring none

    [injection]
    tools = ["search"]            # tools that may be called

    [gate.negation]
    must_flip_at_least = 0.5
    on = "lower"                  # "point" (default), or an end of the 95 % interval: "lower", "upper"
    required = true               # a gate that could not be measured fails

    [baseline]
    reasoner = "nearest-case"
    options = { training = "train.jsonl" }

A gate's section is an audit or a perturbation, its keys are measures followed by ``_at_least`` or ``_at_most``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from workup.errors import UserError
from workup.evaluation.audits.measures import fault
from workup.evaluation.audits.perturbations import PERTURBATIONS, Settings

AUDITS = (
    "flips",
    "confidence",
    "reasons",
    "knowledge",
    "format",
    "numbers",
    "length",
    "subgroups",
    "injection",
)
# Names with a measure each: audits and perturbations. Accuracy itself is a gate too.
SECTIONS = ("accuracy", *AUDITS, *PERTURBATIONS)
On = Literal["point", "lower", "upper"]
_LIMIT = re.compile(r"(?P<measure>\w+)_at_(?P<side>least|most)")


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One condition.

    Attributes:
        section: Audit or perturbation.
        measure: What is measured.
        side: ``least`` or ``most``.
        limit: The threshold.
        on: What is compared with it: the value, or an end of its 95 % interval.
        required: Whether it fails when it could not be measured.
    """

    section: str
    measure: str
    side: Literal["least", "most"]
    limit: float
    on: On = "point"
    required: bool = False

    @property
    def words(self) -> str:
        """The gate in words.

        >>> Gate(section="negation", measure="must_flip", side="least", limit=0.5).words
        'negation: must flip at least 0.5 (on the value)'
        """
        on = {"point": "the value", "lower": "the lower end", "upper": "the upper end"}[self.on]
        return f"{self.section}: {self.measure.replace('_', ' ')} at {self.side} {self.limit:g} (on {on})"


class Injection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a reasoner may do whatever a note says.

    Attributes:
        tools: Names of the tools that may be called.
    """

    tools: tuple[str, ...] = ()


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The conventional method that runs beside.

    Attributes:
        reasoner: Its name.
        options: Its options.
    """

    reasoner: str
    options: dict[str, Any] = {}


class Suite(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an audit does.

    Attributes:
        name: Its name.
        seed: Seed of the perturbations and of every interval.
        audits: Which audits.
        perturbations: Which perturbations.
        perturbation: How each is used.
        varied: Cases to which the perturbations are applied, drawn by hash; None for all. The cases themselves are
            all answered.
        injection: What may be done whatever a note says.
        gate: Gates as the file has them, by section.
        baseline: The method beside.
        groups: Facts of the cases' provenance that subgroups are made by, besides sex and age.
    """

    name: str = "suite"
    seed: int = 0
    audits: tuple[str, ...] = AUDITS
    perturbations: tuple[str, ...] = tuple(PERTURBATIONS)
    perturbation: dict[str, Settings] = {}
    varied: Annotated[int, msgspec.Meta(ge=0)] | None = None
    injection: Injection = Injection()
    gate: dict[str, dict[str, Any]] = {}
    baseline: Baseline | None = None
    groups: tuple[str, ...] = ()

    def cases_of(self, perturbation: str) -> int | None:
        """To how many cases a perturbation is applied; None for all.

        >>> Suite(varied=20, perturbation={"typo": Settings(cases=50)}).cases_of("typo")
        50
        """
        own = self.perturbation.get(perturbation, Settings()).cases
        return self.varied if own is None else own

    def gates(self) -> tuple[Gate, ...]:
        """The gates, in the order of the file.

        Raises:
            UserError: One makes no sense.
        """
        found = []
        for section, keys in self.gate.items():
            if section not in SECTIONS:
                raise UserError(
                    f"[gate.{section}]: no audit or perturbation has that name; there are {', '.join(SECTIONS)}"
                )
            on, required = keys.get("on", "point"), keys.get("required", False)
            if on not in ("point", "lower", "upper") or not isinstance(required, bool):
                raise UserError(f"[gate.{section}]: on is point, lower or upper, and required is true or false")
            if not keys.keys() - {"on", "required"}:
                raise UserError(
                    f"[gate.{section}]: it holds nothing; write MEASURE_at_least or MEASURE_at_most = NUMBER"
                )
            for key, value in keys.items():
                if key in ("on", "required"):
                    continue
                limit = _LIMIT.fullmatch(key)
                if limit is None or isinstance(value, bool) or not isinstance(value, int | float):
                    raise UserError(f"[gate.{section}] {key}: write it as MEASURE_at_least or MEASURE_at_most = NUMBER")
                found.append(
                    Gate(
                        section=section,
                        measure=limit["measure"],
                        side="least" if limit["side"] == "least" else "most",
                        limit=float(value),
                        on=on,
                        required=required,
                    )
                )
        return tuple(found)


def read_suite(path: Path | None) -> Suite:
    """Read a suite; without a path, the bundled one.

    Raises:
        UserError: The file is none.
    """
    if path is None:
        from importlib.resources import files

        name, data = "default.toml", (files("workup.evaluation.audits") / "default.toml").read_bytes()
    else:
        try:
            name, data = str(path), path.read_bytes()
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        raw = tomllib.loads(data.decode())
        suite = msgspec.convert(raw, Suite)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{name} is no suite of audits: {error}; check it as TOML in UTF-8") from error
    except msgspec.ValidationError as error:
        raise UserError(f"{name} is no suite of audits: {_which(raw, str(error))}") from error
    for kind, given, known in (
        ("audit", suite.audits, AUDITS),
        ("perturbation", (*suite.perturbations, *suite.perturbation), tuple(PERTURBATIONS)),
    ):
        if wrong := [one for one in given if one not in known]:
            raise UserError(f"{name}: no {kind} {wrong[0]!r}; there are {', '.join(known)}")
    try:
        gates = suite.gates()
    except UserError as error:
        raise UserError(f"{name}, {error}") from error
    for gate in gates:
        if why := fault(gate.section, gate.measure, gate.side, gate.limit) or _not_run(suite, gate.section):
            raise UserError(f"{name}, [gate.{gate.section}] {gate.measure}_at_{gate.side}: {why}")
    return suite


def _which(raw: dict[str, Any], error: str) -> str:
    """The error with the table it is in, which the decoder of TOML's values leaves out."""
    for table, kind in (("gate", dict[str, Any]), ("perturbation", Settings)):
        parts = raw.get(table)
        for part, value in parts.items() if isinstance(parts, dict) else ():
            try:
                msgspec.convert(value, kind)
            except msgspec.ValidationError as own:
                return f"[{table}.{part}]: {own}"
    return error


def _not_run(suite: Suite, section: str) -> str:
    """Why a gate can never be measured; empty when it may be."""
    run = (*suite.audits, *suite.perturbations, "accuracy")
    if section in run and (section not in PERTURBATIONS or "flips" in suite.audits or section in suite.audits):
        return ""
    needed = "perturbations" if section in PERTURBATIONS and section not in suite.perturbations else "audits"
    return f"this suite never measures it; add {section if section not in run else 'flips'!r} to {needed}"
