"""Extensions against brute force on small frameworks, and against clingo on large ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.errors import UserError
from workup.reasoners.blocks.argumentation import Choice, Framework, Semantics, choose

Attacks = list[tuple[int, int]]
Sets = set[frozenset[int]]


def brute(n: int, attacks: Attacks) -> dict[str, Sets]:
    """The definitions, over all subsets."""
    foes = {place: {one for one, other in attacks if other == place} for place in range(n)}

    def free(held: frozenset[int]) -> bool:
        return not any(foes[one] & held for one in held)

    def defended(held: frozenset[int]) -> frozenset[int]:
        return frozenset(one for one in range(n) if all(foes[foe] & held for foe in foes[one]))

    subsets = [frozenset(some) for size in range(n + 1) for some in combinations(range(n), size)]
    admissible = [held for held in subsets if free(held) and held <= defended(held)]
    complete = {held for held in admissible if held == defended(held)}
    return {
        "complete": complete,
        "preferred": {held for held in admissible if not any(held < other for other in admissible)},
        "stable": {held for held in complete if all(one in held or foes[one] & held for one in range(n))},
        "grounded": {min(complete, key=len)},
    }


def extensions(framework: Framework[int], semantics: str) -> list[frozenset[int]]:
    if semantics == "grounded":
        return [framework.grounded]
    found: Callable[[], Iterator[frozenset[int]]] = getattr(framework, semantics)
    return list(found())


@st.composite
def frameworks(draw: st.DrawFn) -> tuple[int, Attacks]:
    n = draw(st.integers(0, 8))
    pairs = [(one, other) for one in range(n) for other in range(n)]
    return n, draw(st.lists(st.sampled_from(pairs), max_size=3 * n, unique=True) if pairs else st.just([]))


def check(n: int, attacks: Attacks) -> None:
    framework = Framework(range(n), attacks)
    expected = brute(n, attacks)
    for semantics, sets in expected.items():
        found = extensions(framework, semantics)
        assert len(found) == len(set(found))
        assert set(found) == sets, semantics
    kinds: tuple[Semantics, ...] = ("grounded", "complete", "preferred", "stable")
    for semantics in kinds:
        for one in range(n):
            assert framework.accepted(one, semantics) == any(one in held for held in expected[semantics])
            sceptical = framework.accepted(one, semantics, sceptical=True)
            assert sceptical == all(one in held for held in expected[semantics])


@settings(max_examples=150)
@given(frameworks())
def test_equals_brute_force(drawn: tuple[int, Attacks]) -> None:
    check(*drawn)


@pytest.mark.parametrize("n", [10, 11, 12])
@pytest.mark.parametrize("degree", [1.0, 2.0, 4.0])
def test_equals_brute_force_on_larger_ones(n: int, degree: float) -> None:
    draw = random.Random(f"{n} {degree}")
    check(n, [(one, other) for one in range(n) for other in range(n) if draw.random() < degree / n])


# Subsets of the arguments that clingo is asked for; preferred ones are the largest complete ones.
RULES = """
{in(X)} :- arg(X). out(X) :- in(Y), att(Y,X). :- in(X), out(X). :- in(X), att(Y,X), not out(Y).
open(X) :- att(Y,X), not out(Y). :- arg(X), not open(X), not in(X). #show in/1.
"""
LARGEST = "#heuristic in(X) : arg(X). [1,true]"
STABLE = ":- arg(X), not in(X), not out(X)."


def asked_of_clingo(n: int, attacks: Attacks, semantics: str, most: int) -> Sets:
    clingo = pytest.importorskip("clingo")
    options = ["--heuristic=Domain", "--enum-mode=domRec"] if semantics == "preferred" else []
    control = clingo.Control([f"--models={most}", "--warn=none", *options])
    facts = [*(f"arg({one})." for one in range(n)), *(f"att({one},{other})." for one, other in attacks)]
    extra = {"preferred": LARGEST, "stable": STABLE}.get(semantics, "")
    control.add("base", [], "\n".join([*facts, RULES, extra]))
    control.ground([("base", [])])
    found: Sets = set()
    control.solve(on_model=lambda model: found.add(frozenset(s.arguments[0].number for s in model.symbols(shown=True))))
    return found


MOST = 3000


@pytest.mark.parametrize("n", [30, 60, 120, 200])
@pytest.mark.parametrize("degree", [1.2, 2.5, 5.0])
def test_equals_clingo(n: int, degree: float) -> None:
    draw = random.Random(f"{n} {degree}")
    attacks = [(one, other) for one in range(n) for other in range(n) if draw.random() < degree / n]
    framework = Framework(range(n), attacks)
    compared = 0
    for semantics in ("preferred", "stable", "complete"):
        expected = asked_of_clingo(n, attacks, semantics, MOST + 1)
        if len(expected) <= MOST:
            assert set(extensions(framework, semantics)) == expected, semantics
            compared += 1
    assert compared


@pytest.mark.parametrize("n", [40, 200])
def test_equals_clingo_on_many_extensions(n: int) -> None:
    """Pairs that exclude each other, some of which speak about another pair."""
    draw = random.Random(n)
    pairs = [(one, one + 1) for one in range(0, 16, 2)]
    attacks = [edge for one, other in pairs for edge in ((one, other), (other, one))]
    attacks += [(draw.randrange(16), draw.randrange(16, n)) for _ in range(n)]
    attacks += [(draw.randrange(16, n), draw.randrange(16, n)) for _ in range(n // 4)]
    expected = asked_of_clingo(n, attacks, "preferred", 5000)
    assert 100 < len(expected) < 5000
    assert set(Framework(range(n), attacks).preferred()) == expected


def test_extensions_come_one_by_one() -> None:
    """A hundred independent pairs have 2^100 preferred extensions; the first ones, and acceptance, take no time."""
    pairs = [edge for one in range(0, 200, 2) for edge in ((one, one + 1), (one + 1, one))]
    framework = Framework(range(200), pairs)
    some = list(framework.preferred(5))
    assert len(set(some)) == 5
    assert all(len(held) == 100 for held in some)
    assert framework.accepted(7)
    assert not framework.accepted(7, sceptical=True)
    assert not framework.accepted(7, "stable", sceptical=True)


def test_an_attack_names_arguments() -> None:
    with pytest.raises(UserError, match="no argument"):
        Framework("A", [("A", "B")])


RIVALS = [(one, other) for one in "ABC" for other in "ABC" if one != other]
PROPOSED = {"A": "propose A", "B": "propose B", "C": "propose C"}


def chosen(arguments: str, attacks: list[tuple[str, str]]) -> Choice[str]:
    return choose(Framework(arguments, attacks), PROPOSED)


def test_worked_example_of_the_paper() -> None:
    """System 03: B or C with both side effects of A; grounded semantics would choose nothing."""
    framework = Framework("ABCDE", [*RIVALS, ("D", "A"), ("E", "A")])
    assert set(framework.preferred()) == {frozenset("BDE"), frozenset("CDE")}
    assert framework.grounded == frozenset("DE")
    found = choose(framework, PROPOSED)
    assert found.optional == ("propose B", "propose C")
    assert found.decision == "propose B"
    assert found.rejected == {"propose A": ("D", "E")}


def test_no_decision_survives_when_each_is_hit_by_an_unattacked_belief() -> None:
    found = chosen("ABCD", [*RIVALS, ("D", "A"), ("D", "B"), ("D", "C")])
    assert found.decision is None
    assert found.optional == ()
    assert found.rejected == {f"propose {name}": ("D",) for name in "ABC"}


def test_ties_go_to_the_larger_set_then_to_the_decision_that_more_sets_hold_then_to_the_first() -> None:
    # D speaks against A and is kept by B alone: {B, D} is larger than {A}.
    assert chosen("ABD", [("A", "B"), ("B", "A"), ("A", "D"), ("D", "A")]).decision == "propose B"
    # {A, D}, {B, D}, {B, E}: B is in two of them.
    attacks = [("A", "B"), ("B", "A"), ("D", "E"), ("E", "D"), ("E", "A")]
    assert chosen("ABDE", attacks).decision == "propose B"
    assert chosen("AB", [("A", "B"), ("B", "A")]).decision == "propose A"


def test_two_arguments_for_one_decision_are_held_together() -> None:
    attacks = [("A", "B"), ("B", "A"), ("B", "C"), ("C", "B")]
    found = choose(Framework("ABC", attacks), {"A": "rest", "B": "operate", "C": "rest"})
    assert (found.decision, found.extensions[0]) == ("rest", frozenset("AC"))
    assert found.rejected == {}
