"""Groups of options that are said in one breath, and whether they are asserted, denied or only asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from workup.evaluation.parse.mentions import Mention

_JOIN = re.compile(
    r"\s{0,3}(?:\([^()\n]{0,80}\)\s{0,2})?[\])}\"'*$.]{0,3}\s{0,3}(?:,|/|&|\+|(?:,\s{0,2})?\b(?:and|or|nor|et|ou|y|o|"
    r"und|"
    r"oder|as well as)\b|、|和|与|及|或|と|و|أو)?\s{0,3}(?:both|either|option|choice)?\s{0,2}[\[({\"'*$]{0,3}",
    re.I,
)
# A full stop between two keys joins nothing: "So B. C is slower."
_STOP = re.compile(r"[.!?\n]\s")
_RANKED = re.compile(r"\s{0,3}(?:>|≻|»){1,2}\s{0,3}$")
_BOUNDARY = re.compile(
    r"[.!?](?=\s|$)|[\n;。！？]|,\s{0,2}(?=(?:but|however|so|therefore|hence|thus|then|while|whereas|yet|and therefore|"
    r"and so)\b)"
    r"|\b(?:but|however|because|since|whereas|therefore|thus|hence|although|though|mais|sino|pero|sondern)\b|而是",
    re.I,
)
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:not(?! (?:only|just|sure|certain|surprising))|never|neither|nor|no(?! doubt| question| other)|"
    r"without(?! doubt| question)|except|excluding|excludes?|excluded|eliminat\w{1,5}|rul(?:e|es|ed|ing) out|"
    r"reject\w{0,3}|"
    r"none of(?! the above)|"
    r"discard\w{0,3}|dismiss\w{0,3}|unlike|rather than|instead of|as opposed to|wrong|incorrect|false|inappropriate|"
    r"contraindicated|against|unlikely|avoid\w{0,3}|cross(?:ed|es)? out|than|pas|sans|ni|nicht|kein\w{0,2}|cannot be|"
    r"over)\b|n't\b|不是|不选|不應|不应|并非|排除|除了|ليس|ではな(?!く))[^,.;:!?\n]{0,60}$"
    r"|\b(?:wrong|incorrect|false|eliminated|excluded|rejected|not correct|unlikely)\b[^,.;:!?\n]{0,30}:\s{0,3}$",
    re.I,
)
_VERB = (
    r"(?:is|are|was|were|would|will|can|could|may|might|should|must|do|does|did|seems?|appears?|has|have|be|been|"
    r"both|all|"
    r"also|clearly|therefore|thus|simply|definitely|quite|rather|a|an|the|much|far|very|est|sont|es|son|ist)"
)
_BAD = (
    r"(?:not(?! only)\b|never\b|cannot\b|wrong|incorrect|false\b|rule[ds]? out|excluded|eliminated|rejected|out\b|"
    r"unlikely|less\b|inappropriate|contraindicated|too\b|negligent|slow|low\b|worse|inferior|insufficient|irrelevant|"
    r"unnecessary|harmful|dangerous|no longer|faux|fausse|falso|incorrecta|falsch|implausible|inconsistent|ineffective)"
)
_DENIED_AFTER = re.compile(
    rf"[^\w\n✗✘×❌]{{0,4}}(?:\([^()\n]{{0,80}}\)[^\w\n]{{0,3}})?(?:(?:{_VERB}\s){{1,5}}{_BAD}|(?:\w{{2,8}}n't|cannot|"
    rf"n'est pas|no es)\b"
    rf"|(?:{_VERB}\s){{0,3}}(?:wrong|incorrect|false|faux|falso|ruled out|excluded|eliminated|contraindicated)\b"
    r"|[✗✘×❌]|错|不对|不正确|不是(?:正确|答案)|ではない|ではありません|ではなく)",
    re.I,
)
_RIGHT_AFTER = re.compile(
    rf"[^\w\n✓✔✅]{{0,4}}(?:\([^()\n]{{0,80}}\)[^\w\n]{{0,3}})?(?:(?:{_VERB}\s){{1,5}}(?:most\s)?(?:right|correct|"
    rf"best|answer|"
    r"true|appropriate|likely|indicated|preferred|accurate|suitable|treatment of choice|correcte?|correcta|bonne|"
    r"richtig)\b"
    r"|[✓✔✅]|正确|对|が正解|が正しい)",
    re.I,
)
_VERDICT = re.compile(
    r"[^\w\n✓✔✅✗✘×❌]{0,5}(?:\([^()\n]{0,80}\)[^\w\n✓✔✅✗✘×❌]{0,3})?"
    r"(?:(yes|true|correct|right|✓|✔|✅)|(no|false|incorrect|wrong|✗|✘|×|❌|x))(?![\w-])",
    re.I,
)
_TENTATIVE = re.compile(
    r"\b(?:if|unless|suppose|imagine|first (?:thought|considered|guess)|initially|at first|might think|may think|"
    r"some would say|tempt\w{1,3}|one could argue|whether|compar\w{1,4}|consider(?:ing|ed)?|distractor|between)\b",
    re.I,
)


_HEADING = re.compile(r"[\s*_#>(\[-]{0,10}(?:(?:option|choice)[ ])?[\s*_(\[]{0,3}", re.I)
_HEADED = re.compile(r"[*_)\]]{0,4}[ ]{0,2}[:.)—-]")
# "B: 0.7" is a probability, not an answer.
_SCORED = re.compile(r"[)\]*\s]{0,3}[:=]\s{0,2}[~<>]?\d")


class Group(msgspec.Struct, frozen=True):
    """Options named together, such as "A and C".

    Attributes:
        start: Offset of the first mention.
        end: Offset behind the last one.
        keys: Their keys, without repetition.
        stance: ``denied``, ``asked`` (in a question), ``tentative`` (only for the sake of argument) or ``asserted``.
        heading: Whether it heads a line, as in a discussion of one option after the other.
        praised: Whether it is called right ("B is correct").
        sure: Whether every mention can be nothing else.
        words: Whether the option's text was named, not its key.
        verdict: What stands behind it in a table of verdicts: True, False or None.
    """

    start: int
    end: int
    keys: tuple[str, ...]
    stance: str = "asserted"
    heading: bool = False
    praised: bool = False
    sure: bool = True
    words: bool = False
    verdict: bool | None = None


def groups(text: str, mentions: Sequence[Mention]) -> list[Group]:
    """Mentions in groups, each with its stance, in the order of the text."""
    found: list[Group] = []
    joined = _joined(text, mentions)
    for place, run in enumerate(joined):
        start, end = run[0].start, run[-1].end
        floor = joined[place - 1][-1].end if place else 0
        ceiling = joined[place + 1][0].start if place + 1 < len(joined) else len(text)
        before, after = _before(text, floor, start), _after(text, end, ceiling)
        ranked = place > 0 and _RANKED.search(text[floor:start][-12:]) is not None
        verdict = _VERDICT.match(text[end : min(ceiling, end + 120)])
        found.append(
            Group(
                start=start,
                end=end,
                keys=tuple(dict.fromkeys(mention.key for mention in run)),
                stance=_stance(text, before, after, start, end, ranked=ranked),
                heading=_HEADING.fullmatch(text, text.rfind("\n", max(0, start - 20), start) + 1, start) is not None
                and _HEADED.match(text, end) is not None,
                praised=_RIGHT_AFTER.match(after) is not None,
                sure=all(mention.sure for mention in run),
                words=all(mention.words for mention in run),
                verdict=None if verdict is None else verdict.group(1) is not None,
            )
        )
    return found


def _joined(text: str, mentions: Sequence[Mention]) -> list[list[Mention]]:
    runs: list[list[Mention]] = []
    for mention in mentions:
        if runs:
            last = runs[-1][-1]
            gap = text[last.end : mention.start]
            same = mention.key == last.key and len(gap) <= 4 and "\n" not in gap and not re.search(r"[\w,]", gap)
            # "Between B and D, B is better": the second B begins anew.
            again = any(one.key == mention.key for one in runs[-1])
            if same or (not again and len(gap) <= 90 and _JOIN.fullmatch(gap) and not _STOP.search(gap)):
                runs[-1].append(mention)
                continue
        runs.append([mention])
    return runs


def _before(text: str, floor: int, start: int) -> str:
    window = text[max(floor, start - 90) : start]
    cut = 0
    for mark in _BOUNDARY.finditer(window):
        cut = mark.end()
    return window[cut:]


def _after(text: str, end: int, ceiling: int) -> str:
    window = text[end : min(ceiling, end + 130)]
    # The full stop behind a key belongs to the key: "A. is wrong" is rare, "A. Wrong" is not.
    cut = _BOUNDARY.search(window)
    return window[: cut.start()] if cut else window


def _stance(text: str, before: str, after: str, start: int, end: int, *, ranked: bool) -> str:
    if ranked or _DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after):
        return "denied"
    stop = re.search(r"[.!?\n;,]", text[end : end + 60])
    if stop and stop.group() == "?":
        return "asked"
    return "tentative" if _TENTATIVE.search(before) or _SCORED.match(text, end) else "asserted"
