"""Ways to make one of many opinions: votes, weights, ranks, arguments, indicators, and what does not go together.

    "Answer: A" · "Answer: B" · "Answer: B"   majority: B, 2 of 3 · weights 0.8, 0.3, 0.3: A, 0.57
    lists a b c · b c · c b                   fused: b, c, a
    instrument and action                     clashes: a needle driver does not cut

An opinion that cannot be read stands for nothing, but counts in the share of the votes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

import msgspec

from workup.errors import UserError
from workup.reasoners.blocks.argumentation import Framework, choose
from workup.reasoners.blocks.role import Heard
from workup.reasoners.voting import ballot
from workup.reasoning import Answer, Step

Opinions = Sequence[Heard[Answer | None]]


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What many opinions come to.

    Attributes:
        answer: The answer, with its share as probability; None when no opinion could be read.
        claim: How it came about, in words.
        share: Share of the votes or of the weight, 0-1.
        text: The words of an opinion that holds it.
    """

    answer: Answer | None
    claim: str
    share: float = 0.0
    text: str = ""

    def step(self, turn: int = 0) -> Step:
        """The ruling as a step."""
        return Step(kind="vote", claim=self.claim, turn=turn)


def agreed(heard: Opinions) -> bool:
    """Whether everybody gives the same answer; who cannot be read agrees with nobody."""
    return len({ballot(one.value) if one.value else place for place, one in enumerate(heard)}) <= 1


def majority(heard: Opinions, *, weights: Sequence[float] | None = None, tie: str = "") -> Ruling:
    """The answer with the greatest weight; one that cannot be read votes for nothing, but counts in the share.

    Args:
        heard: The opinions.
        weights: Weight of each, at least 0; all the same when None.
        tie: Who decides between equals; the one seen first when empty, or when this one voted for neither.
    """
    worth = [1.0] * len(heard) if weights is None else list(weights)
    if len(worth) != len(heard) or any(not weight >= 0 for weight in worth):
        raise UserError(f"{len(heard)} opinions need as many weights, none below 0")
    votes: dict[tuple[str, ...], float] = {}
    for one, weight in zip(heard, worth, strict=True):
        if one.value is not None:
            votes[ballot(one.value)] = votes.get(ballot(one.value), 0.0) + weight
    total = sum(worth)
    if not votes or not total:
        return Ruling(answer=None, claim="no opinion with any weight could be read")
    most = max(votes.values())
    equals = [given for given, weight in votes.items() if weight >= most - 1e-9]
    named = {ballot(one.value) for one in heard if one.by == tie and one.value is not None}
    won = next((given for given in equals if given in named), equals[0])
    first = next(one for one in heard if one.value is not None and ballot(one.value) == won)
    share = votes[won] / total
    what = f"{votes[won]:g} of {total:g} votes" if weights is None else f"weight {votes[won]:.3g} of {total:.3g}"
    how = f", a tie that {tie} decides" if len(equals) > 1 and won in named else ", the first of equals"
    assert first.value is not None
    named_as = ", ".join(first.value.ids) or first.value.text
    claim = f"{named_as}: {what}{how if len(equals) > 1 else ''}"
    return Ruling(
        answer=msgspec.structs.replace(first.value, probability=share), claim=claim, share=share, text=first.text
    )


def fuse(rankings: Sequence[Sequence[str]], *, k: float = 60.0, weights: Sequence[float] | None = None) -> list[str]:
    """Reciprocal rank fusion: the best of several rankings first, equals in the order in which they were seen.

    Source: Cormack, Clarke and Büttcher 2009 (SIGIR), where ``k`` is 60.

    >>> fuse([["a", "b", "c"], ["b", "c"], ["c", "b"]])
    ['b', 'c', 'a']
    """
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, name in enumerate(dict.fromkeys(ranking), 1):
            scores[name] = scores.get(name, 0.0) + weight / (k + rank)
    return sorted(scores, key=lambda name: -scores[name])


def fused(heard: Opinions, *, k: float = 60.0, weights: Sequence[float] | None = None) -> Ruling:
    """One ranking of the opinions' rankings (their ``ids``), spelling aside."""
    read = [(one, place) for place, one in enumerate(heard) if one.value is not None]
    spelt: dict[str, str] = {}
    rankings = []
    for one, _ in read:
        ids = one.value.ids if one.value else ()
        keys = [" ".join(name.split()).casefold() for name in ids]
        spelt |= {key: name for key, name in zip(keys, ids, strict=True) if key not in spelt}
        rankings.append(keys)
    order = [spelt[key] for key in fuse(rankings, k=k, weights=weights and [weights[place] for _, place in read])]
    if not order:
        return Ruling(answer=None, claim="no ranking could be read")
    voice = next(one for one, _ in read if one.value and one.value.ids)
    assert voice.value is not None
    share = sum(order[0] in (one.value.ids[:1] if one.value else ()) for one, _ in read) / len(heard)
    answer = msgspec.structs.replace(voice.value, ids=tuple(order), text="; ".join(order), probability=share)
    return Ruling(answer=answer, claim=f"ranks of {len(read)} fused: {order[0]} first", share=share, text=voice.text)


def argued(heard: Opinions, attacks: Sequence[tuple[int, int]]) -> Ruling:
    """The answer that survives attacks: different answers exclude each other, and ``attacks`` come on top.

    Args:
        heard: The opinions; one without an answer is an objection, which can attack and be attacked.
        attacks: Places of who attacks and who is attacked, from 0.
    """
    decisions = {place: "|".join(ballot(one.value)) for place, one in enumerate(heard) if one.value is not None}
    rivals = [(one, other) for one in decisions for other in decisions if decisions[one] != decisions[other]]
    found = choose(Framework(range(len(heard)), [*rivals, *attacks]), decisions)
    if found.decision is None:
        return Ruling(answer=None, claim="no answer survives the attacks")
    own = {place for place, decision in decisions.items() if decision == found.decision}
    share = sum(bool(own & held) for held in found.extensions) / len(found.extensions)
    voice = heard[min(own & found.extensions[0])]
    assert voice.value is not None
    answer = msgspec.structs.replace(voice.value, probability=share)
    claim = f"{found.decision} survives, in {share:.0%} of {len(found.extensions)} preferred extensions"
    return Ruling(answer=answer, claim=claim, share=share, text=voice.text)


class Weighed(msgspec.Struct, frozen=True):
    """What indicators add up to.

    Attributes:
        score: Weighted mean, 0-1, over the indicators that were looked at.
        positive: Whether it reaches the threshold.
        missing: Indicators that were not looked at.
    """

    score: float
    positive: bool
    missing: tuple[str, ...]


def weigh(found: Mapping[str, bool | None], weights: Mapping[str, float], threshold: float = 0.5) -> Weighed:
    """Add up indicators: 1 for yes, 0 for no, a half for None, by weight; weights of missing ones are shared out.

    >>> weigh({"cup": True, "rim": None}, {"cup": 0.3, "rim": 0.3, "halo": 0.2}, 0.4)
    Weighed(score=0.75, positive=True, missing=('halo',))
    """
    seen = [name for name in weights if name in found]
    total = sum(weights[name] for name in seen)
    worth = {True: 1.0, False: 0.0, None: 0.5}
    score = sum(weights[name] * worth[found[name]] for name in seen) / total if total else 0.0
    return Weighed(score, bool(total) and score >= threshold, tuple(name for name in weights if name not in found))


def clashes(chosen: Sequence[str], goes_with: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """Pairs of choices that do not go together; a choice that ``goes_with`` says nothing of clashes with none.

    >>> allowed = {"needle driver": {"suturing"}, "scissors": {"cutting"}}
    >>> clashes(["needle driver", "cutting"], allowed), clashes(["scissors", "cutting"], allowed)
    ([('needle driver', 'cutting')], [])
    """
    return [
        (one, other)
        for one, other in combinations(chosen, 2)
        if not (one in goes_with and other in goes_with[one])
        and not (other in goes_with and one in goes_with[other])
        and (one in goes_with or other in goes_with)
    ]
