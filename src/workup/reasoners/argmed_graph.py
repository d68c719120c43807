"""The arguments of ArgMed-Agents as a framework: what attacks what, what that leaves standing, and why not the rest.

Paper: arXiv 2403.06294. Its third definition lets decisions attack beliefs, against its own two rules, which hold here.
Arguments for one decision share it, so that they do not attack each other.

    A1 for topiramate · A3 about kidney stones, replies to A1 · A4 for verapamil, replies to A1
    attacks  A3 -> A1, A4 -> A1, A1 -> A4
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from workup.reasoners.argmed_schemes import Scheme
from workup.reasoners.blocks.argumentation import Choice, Framework, choose
from workup.reasoners.voting import ballot
from workup.reasoning import Answer, Link, Relation, Step


class Argument(msgspec.Struct, frozen=True):
    """An argument of the dialogue.

    Attributes:
        name: Its name, by move: ``A1``.
        words: What it says.
        scheme: Of which kind it is.
        decision: What it speaks for; empty for one about a belief.
        against: Name of the argument that it replies to; empty for the first.
    """

    name: str
    words: str
    scheme: Scheme
    decision: str = ""
    against: str = ""


def may_attack(one: Argument, other: Argument) -> bool:
    """Whether the rules let an argument attack another: no decision attacks a belief, nor the same decision."""
    if one.name == other.name or (one.decision and not other.decision):
        return False
    return not one.decision or one.decision != other.decision


def attacks_of(arguments: Sequence[Argument], further: Sequence[tuple[str, str]] = ()) -> list[tuple[str, str]]:
    """Who attacks whom: replies, rival decisions, and what the reasoner adds, as far as the rules let them."""
    named = {argument.name: argument for argument in arguments}
    pairs = [(argument.name, argument.against) for argument in arguments if argument.against]
    pairs += [(one.name, other.name) for one in arguments for other in arguments if one.decision and other.decision]
    pairs += [pair for pair in further if pair[0] in named and pair[1] in named]
    return [pair for pair in dict.fromkeys(pairs) if may_attack(named[pair[0]], named[pair[1]])]


class Graph:
    """The arguments about one question, and the answers that they speak for.

    Attributes:
        options: The options of the question, by key.
        arguments: The arguments, in the order in which they were put forward.
        attacks: Who attacks whom.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        self.options = options
        self.arguments: list[Argument] = []
        self.attacks: list[tuple[str, str]] = []
        self._answers: dict[str, Answer] = {}

    @property
    def decisions(self) -> int:
        """How many arguments speak for a decision."""
        return sum(bool(argument.decision) for argument in self.arguments)

    def add(self, argument: Argument, answer: Answer | None = None) -> None:
        """Take an argument, and the answer that it speaks for."""
        if answer is not None:
            self._answers.setdefault(argument.decision, answer)
        self.arguments.append(argument)
        self.attacks = attacks_of(self.arguments)

    def relate(self, further: Sequence[tuple[str, str]]) -> None:
        """Add attacks that do not follow from the rules."""
        self.attacks = attacks_of(self.arguments, further)

    def choice(self) -> Choice[str]:
        """What the arguments leave standing."""
        framework = Framework([argument.name for argument in self.arguments], self.attacks)
        return choose(framework, {argument.name: argument.decision for argument in self.arguments if argument.decision})

    def linked(self, step: Step) -> Step:
        """The step of an argument with its attacks, and with the decision that it speaks for as label."""
        argument = next((one for one in self.arguments if one.name == step.id), None)
        if argument is None:
            return step
        links = [Link(other, "attacks") for one, other in self.attacks if one == argument.name]
        label = self._called(argument.decision) if argument.decision else step.label
        return msgspec.structs.replace(step, links=(*step.links, *links), label=label)

    def answer(self, choice: Choice[str]) -> Answer | None:
        """The decision as an answer; its probability is the share of the explanation sets that hold it."""
        if choice.decision is None:
            return None
        own = {argument.name for argument in self.arguments if argument.decision == choice.decision}
        share = sum(bool(own & held) for held in choice.extensions) / len(choice.extensions)
        return msgspec.structs.replace(
            self._answers[choice.decision], probability=share, extensions={"why_not": self._why_not(choice)}
        )

    def words_for(self, choice: Choice[str]) -> str:
        """What was said for the decision."""
        return "\n".join(one.words for one in self.arguments if one.decision and one.decision == choice.decision)

    def _why_not(self, choice: Choice[str]) -> dict[str, str]:
        """Why the other decisions were not chosen."""
        reasons = {
            decision: "defeated by " + "; ".join(f"{name}: {self._words(name)}" for name in foes)
            for decision, foes in choice.rejected.items()
        }
        reasons |= dict.fromkeys(choice.optional[1:], "can be defended as well, and lost the tie")
        keys = {"|".join(ballot(answer)) for answer in self._answers.values()}
        unsaid = [key for key in self.options if " ".join(key.split()).casefold() not in keys]
        return {self._called(decision): why for decision, why in reasons.items()} | {
            self._option(key): "nobody argued for it" for key in unsaid
        }

    def explained(self, choice: Choice[str]) -> list[Step]:
        """The explanation sets, the one that was chosen first, and the decisions that were not."""
        steps = []
        decided = {argument.name: argument.decision for argument in self.arguments if argument.decision}
        for place, held in enumerate(choice.extensions, 1):
            names = [argument.name for argument in self.arguments if argument.name in held]
            own = next((self._called(decided[name]) for name in names if name in decided), "no decision")
            mark = "chosen" if place == 1 and choice.decision is not None else "can be held"
            claim = f"{mark}: {own}, with {', '.join(names) or 'no argument'}"
            # What the chosen decision rests on; the page marks these arguments.
            relation: Relation = "supports" if mark == "chosen" else "about"
            links = tuple(Link(name, relation) for name in names)
            steps.append(Step(kind="decision", claim=claim, by="solver", id=f"E{place}", links=links))
        for decision, why in self._why_not(choice).items():
            steps.append(Step(kind="decision", claim=f"why not {decision}: {why}", by="solver"))
        return steps

    def record(self, choice: Choice[str]) -> dict[str, Any]:
        """The framework as data, for the page and for whoever wants to solve it again."""
        return {
            "arguments": [
                {"id": one.name, "scheme": one.scheme.name, "decision": one.decision, "against": one.against}
                for one in self.arguments
            ],
            "attacks": [list(pair) for pair in self.attacks],
            "extensions": [sorted(held, key=lambda name: int(name[1:])) for held in choice.extensions],
            "optional": list(choice.optional),
            "rejected": {decision: list(foes) for decision, foes in choice.rejected.items()},
        }

    def _called(self, decision: str) -> str:
        answer = self._answers[decision]
        return self._option(answer.ids[0]) if answer.level in ("option", "label") else answer.text

    def _option(self, key: str) -> str:
        text = self.options.get(key, key)
        return key if text == key else f"{key} ({text})"

    def _words(self, name: str) -> str:
        return next(argument.words for argument in self.arguments if argument.name == name)
