"""Answers that are announced in words: "the answer is B", "Final: B", "Réponse : B", "答案是B", "so B."."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from workup.evaluation.parse.polarity import Group

_ADJECTIVE = (
    r"(?:final|correct|best|right|chosen|selected|closest|preferred|my|most (?:likely|appropriate|suitable|"
    r"accurate|probable))"
)
CUE = re.compile(
    rf"""
    (?P<strong>
      \b(?:{_ADJECTIVE}[ ]){{0,3}}(?:answer|respuesta|r[eé]ponse|reponse|antwort|resposta|risposta)\b(?![ ]choices)
    | \b(?:{_ADJECTIVE}[ ]){{1,3}}(?:choice|option|response|selection|diagnosis|treatment|therapy|medication|
        agent|intervention|cause|drug|test|next[ ]step|step|management|explanation|statement|one)\b
    | \b(?:bonne|meilleure|opci[oó]n|option)[ ](?:option|correcta|correcte|r[eé]ponse)\b
    | \b(?:option|choice|final|correct|right|best|verdict|conclusion|diagnosis|prediction|label|response|selection|
        most[ ](?:likely|appropriate))
        (?=[*"'_ ]{{0,3}}[:=])
    | \b(?:best|most[ ](?:likely|appropriate|suitable))(?=[ ]is\b)
    | \b(?:i|we)(?:[ ](?:would|will|must|should|shall|therefore|thus|definitely)|'d|'ll){{0,2}}[ ]
        (?:pick|choose|select|recommend|prefer|favou?r|go[ ]with|opt[ ]for|vote[ ]for|answer|settle[ ]on)\b
    | \b(?:i|we)(?:[ ]am|[ ]are|'m|'re)[ ]going[ ]with\b
    | \bans(?=[.:]?[ ])
    | 答案|正解|正确选项|正確答案|故选|應選|应选|选择|选|答え|解答|回答|الإجابة|الاجابة|الجواب
    )
  | (?P<weak>\b(?:therefore|thus|hence|so|consequently|accordingly|in[ ]conclusion|it[ ]must[ ]be|
      it[ ]has[ ]to[ ]be|donc|por[ ]lo[ ]tanto|deshalb)\b|因此|所以|したがって|よって|لذلك|=>|[→⇒])
    """,
    re.I | re.X,
)
_LINK = re.compile(
    r"(?:\s{0,4}(?:(?:to (?:this|the) (?:question|case)|to question \d{1,3}|here|choice|option|answer|letter|is|are|"
    r"was|be|"
    r"should be|would be|will be|would therefore be|must be|has to be|seems to be|appears to be|remains|thus|"
    r"therefore|then|"
    r"clearly|most likely|likely|probably|definitely|indeed|still|now|it is|it's|that is|this is|with|for|number|the|"
    r"final|correct|est|c'est|la|le|l'|es|el|ist|opción|opcion|we choose|i choose|choose|select|only|in fact|"
    r"actually)(?=[\s:*\"'(\[$]|$)"
    r"|(?:应该?是|應該?是|是|为|為|应为|選項|选项|は|هي|هو|الصحيحة|选|選)"
    r"|:|=|-{1,3}>|=>|→|⇒|—|-|\*{1,3}|_{1,2}|`|\"|'|\$|\(|\[|\{|#{1,6}|>|「|『|\\text|\\boxed)){0,10}\s{0,6}",
    re.I,
)
_NEGATION = re.compile(
    r"(?:\s{0,3}(?:is|was|are|would|should|can|could|will|be|being)){0,3}\s{0,3}(?:not|n't|isn't|cannot|never|"
    r"neither|no longer|wouldn't|can't|不是|ではな|ليس)",
    re.I,
)
_BAD_BEFORE = re.compile(
    r"(?:incorrect|wrong|false|other|remaining|another|not (?:a|the)|worst|no|bad|previous)[ ]{1,2}$", re.I
)
_GAP_STOP = re.compile(
    r"[.!?\n;]|\b(?:because|since|not|n't|than|but|if|unlike|rather|except|without|nor|neither|no)\b|,", re.I
)
_CLOSED = re.compile(
    r"[\s)\]}\"'*_`$.」』]{0,6}(?:$|[.!;,:\n)\]。，]|\b(?:because|since|as|for|is|which|due|and not|not|rather|over|"
    r"given)\b|です|だ)",
    re.I,
)
_FOREIGN = re.compile(r"[({\[*]{0,3}([A-HJ-Z])(?=[)}\].,;:!*\"'$]{0,4}\s{0,2}(?:$|\n|[A-Z(]|because))")


class Announced(msgspec.Struct, frozen=True):
    """An announced answer: the group, or the letter that is none of the options."""

    at: int
    group: Group | None
    foreign: str = ""
    weak: bool = False
    praise: bool = False


def announced(
    text: str, low: str, groups: Sequence[Group], *, letters: frozenset[str] = frozenset()
) -> list[Announced]:
    """Announced answers that are neither denied nor only asked about, in order.

    Args:
        text: The text.
        low: The text in lower case.
        groups: Groups of options in it.
        letters: Keys of the options that are letters, lower case; an announced letter that is none of them counts as
            an answer that cannot be right.
    """
    starts = [group.start for group in groups]
    found: list[Announced] = []
    for cue in CUE.finditer(low):
        if _BAD_BEFORE.search(low[max(0, cue.start() - 14) : cue.start()]):
            continue
        weak = cue.group("weak") is not None
        if _NEGATION.match(low, cue.end()):
            continue
        link = _LINK.match(low, cue.end())
        at = link.end() if link else cue.end()
        if _NEGATION.match(low, at):
            continue
        place = bisect_left(starts, cue.end())
        group = groups[place] if place < len(groups) else None
        near = group is not None and (
            group.start - at <= 2
            or (group.words and not weak and group.start - at <= 60 and not _GAP_STOP.search(low[at : group.start]))
        )
        if near and group is not None:
            if group.stance == "asserted" and (not weak or group.praised or _CLOSED.match(low, group.end)):
                found.append(Announced(cue.start(), group, weak=weak))
            continue
        foreign = _FOREIGN.match(text, at) if letters and not weak else None
        if foreign and foreign.group(1).lower() not in letters:
            found.append(Announced(cue.start(), None, foreign.group(1)))
    for group in groups:
        if group.praised and group.stance == "asserted":
            found.append(Announced(group.start, group, praise=True))
    return sorted(found, key=lambda one: one.at)
