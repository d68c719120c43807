"""Hostile replies cost no more than their length: no pattern backtracks without bound, no loop starts over."""

from __future__ import annotations

import importlib
import pkgutil
import re
import re._constants as codes
import re._parser as parser
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from workup.evaluation import parse

DRUGS = {"A": "Aspirin", "B": "Heparin", "C": "Warfarin", "D": "No treatment"}


def modules() -> list[ModuleType]:
    return [importlib.import_module(f"{parse.__name__}.{found.name}") for found in pkgutil.iter_modules(parse.__path__)]


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in modules():
        for name, value in vars(module).items():
            for place, one in enumerate(value.values() if isinstance(value, dict) else [value]):
                if isinstance(one, re.Pattern):
                    yield f"{module.__name__.rpartition('.')[2]}.{name}.{place}", one


def unbounded_within(tree: Any, inside: bool = False) -> bool:
    """Whether an unbounded repetition that can give back stands within another."""
    for code, argument in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, body = argument
            unbounded = most == codes.MAXREPEAT and code is not codes.POSSESSIVE_REPEAT
            if (unbounded and inside) or unbounded_within(body, inside or unbounded):
                return True
        elif code is codes.SUBPATTERN:
            if unbounded_within(argument[3], inside):
                return True
        elif code is codes.BRANCH:
            if any(unbounded_within(branch, inside) for branch in argument[1]):
                return True
        elif code in (codes.ASSERT, codes.ASSERT_NOT) and unbounded_within(argument[1], inside):
            return True
    return False


def test_the_check_itself_finds_a_bad_pattern() -> None:
    assert unbounded_within(parser.parse(r"(?:a+b?)*c"))
    assert not unbounded_within(parser.parse(r"(?:a{1,9}b?)*c"))


def test_no_pattern_repeats_a_repetition_without_bound() -> None:
    found = list(patterns())
    assert len(found) > 60
    assert [name for name, one in found if unbounded_within(parser.parse(one.pattern, one.flags))] == []


REPEATED = (
    "A, ",
    "not ",
    "the answer is ",
    "(",
    "{",
    "[[",
    '{"a":',
    "<think>",
    "<answer>",
    "\\boxed{",
    "Question: ",
    "1,",
)
READERS: dict[str, Callable[[str], object]] = {
    "choice": lambda text: parse.choice(text, DRUGS),
    "choices": lambda text: parse.choices(text, DRUGS),
    "label": lambda text: parse.label(text, ("Entailment", "Contradiction")),
    "yes_no_maybe": parse.yes_no_maybe,
    "number": parse.number,
    "date": parse.date,
    "ranked_list": parse.ranked_list,
    "json_value": parse.json_value,
    "correction": parse.correction,
}


def calls(reader: Callable[[str], object], text: str) -> int:
    """Calls of functions, those of C included, that a reading makes."""
    count = 0

    def count_one(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_one)
    try:
        reader(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("piece", REPEATED)
def test_twice_the_text_makes_about_twice_the_calls(piece: str) -> None:
    for name, reader in READERS.items():
        reader(piece * 10)
        once, twice = calls(reader, piece * 300), calls(reader, piece * 600)
        assert twice <= 2.3 * once + 200, name


@pytest.mark.parametrize("kind", READERS)
def test_a_megabyte_of_prose_is_read(kind: str) -> None:
    """Ends: a quadratic rule would need hours."""
    READERS[kind](
        "The patient was admitted with fever and dyspnoea after travel. " * 16_000 + "\n\n" + " " * 50_000 + "."
    )


@pytest.mark.parametrize("run", ["\n", " ", "9", "a", "=", "-", "'", "\\", "_"])
def test_long_runs_of_one_sign_are_read(run: str) -> None:
    for reader in READERS.values():
        reader(f"Answer: 1 {run * 50_000}?")
