"""Reading one option, or all that are right, out of a cleaned reply, layer by layer.

1. marks (tags, boxes, JSON): the last one, unless it is taken back later
2. answers that are announced in words: the last one
3. a key or an option's text that stands alone, first or last
4. a verdict behind each option
5. what prose asserts, after a revision if there is one
6. the one option left when all others are denied
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from workup.evaluation.parse.announced import Announced, announced
from workup.evaluation.parse.marks import Mark, last_mark, without_latex
from workup.evaluation.parse.mentions import Mention, Options
from workup.evaluation.parse.parsed import Found
from workup.evaluation.parse.polarity import Group, groups
from workup.evaluation.parse.refusal import all_except, all_of_them, none_except, none_of_them, refusal

_REVISION = re.compile(
    r"\b(?:wait|on (?:reflection|second thought)|actually|correction|no,|but|however|instead|scratch that|"
    r"reconsider\w{0,3}|"
    r"in fact|rather,|mais|pero|sin embargo|cependant)\b|但是?|しかし|لكن",
    re.I,
)
_STRONG_REVISION = re.compile(
    r"\b(?:wait|on (?:reflection|second thought)|actually|correction|no,|scratch that|reconsider\w{0,3}|i was wrong|"
    r"my mistake)",
    re.I,
)
# "Wait, actually it's B": the words right before what is meant instead.
_INSTEAD = re.compile(
    r"\b(?:wait|on (?:reflection|second thought)|actually|correction|no|scratch that|i was wrong|my mistake|i mean)"
    r"\b[\s,.:;!—-]{1,4}(?:(?:wait|no|actually|sorry|correction|it(?:'s| is| must be| should be| has to be)|"
    r"that(?:'s| is| should be)|i (?:meant?|think)|make (?:it|that)|rather|the)\b[\s,:—-]{1,4}){0,4}"
    r"(?:(?:option|choice|answer|letter)\s)?[\s*_(\[\"']{0,4}$",
    re.I,
)
_BARE = re.compile(r"[\s*_`\"'()\[\]{}$.,:;!。>=→⇒#-]*")
_COMPACT = re.compile(r"[A-Z]{2,10}|[A-Za-z](?:[\s,;/&+]{1,3}[A-Za-z]){1,9}")
_ECHO_GAP = re.compile(r"[\s)\].:\-*]{1,6}")
_ECHO_BETWEEN = re.compile(r"[\s;,.|*()\-\[]{0,8}")
_ECHO_END = re.compile(r"[ ]{0,4}[;,.|*]{0,3}[ ]{0,4}(?:\n|$)")
_LEADING_END = re.compile(
    r"[\s)\]}\"'*_`$]{0,4}(?:$|[.,:;!\n。，—-]|\(|\b(?:because|since|as|is (?:right|correct|the|best|indicated)|given|"
    r"due|for|over|rather|instead|parce|porque|weil)\b)",
    re.I,
)


def choose(text: str, low: str, options: Options, *, many: bool = False) -> Found:
    """The key of the option that a reply means, or with ``many`` the tuple of all that it calls right."""
    if not _BARE.sub("", text):
        return Found(None, why="no option named")
    mark = last_mark(text)
    mentions = _without_echo(text, options.mentions(text, low), options, many=many)
    grouped = groups(text, mentions)
    said = announced(text, low, grouped, letters=frozenset(options.letters))
    if mark is not None:
        return _marked(text, mark, said, options, many=many)
    whole = fragment(text, options, many=many) if len(text) <= 200 else Found(None)
    if whole.value is not None and whole.why in ("exact", "letters"):
        return whole
    if whole.why.startswith("ambiguous") and _COMPACT.fullmatch(text.strip(" \n*_`\"'()[].:;")):
        return whole
    if many and all_except(low):
        denied = {key for group in grouped for key in group.keys}
        if denied:
            return _settled(tuple(key for key in options.keys if key not in denied), 0, len(text), "all but", many=True)
    if none_except(low) and len({group.keys for group in grouped}) == 1:
        return _settled(grouped[0].keys, grouped[0].start, grouped[0].end, "none but", many=many, options=options)
    if said and not many and (meant := _taken_back(text, said, grouped)):
        return _settled(meant.keys, meant.start, meant.end, "revised", many=False)
    if said and not (many and not said[-1].weak and _table(grouped)):
        return _last_said(said, options, many=many)
    if table := _table(grouped):
        return _settled(table, grouped[0].start, grouped[-1].end, "verdicts", many=many, options=options)
    if len({group.keys for group in grouped if group.heading}) > 1 and not many:
        # One paragraph an option: its heading says nothing, its verdict may.
        grouped = [group for group in grouped if not group.heading or group.stance == "denied"]
    if not many and (alone := _alone(text, grouped)):
        return _settled(alone.keys, alone.start, alone.end, "alone", many=many, options=options)
    return _prose(text, low, grouped, options, many=many)


def fragment(text: str, options: Options, *, many: bool = False) -> Found:
    """An option in a few words that are nothing but an answer."""
    plain = without_latex(text)
    low = plain.replace("İ", "I").lower()
    if not plain.strip():
        return Found(None, why="empty")
    if key := options.exact(low):
        return _settled((key,), 0, len(text), "exact", many=many)
    compact = plain.strip(" \n*_`\"'()[].:;")
    if options.letters and _COMPACT.fullmatch(compact):
        letters = re.findall("[A-Za-z]", compact)
        known = [options.letters[letter.lower()] for letter in letters if letter.lower() in options.letters]
        if len(known) == len(letters) and (len(set(known)) == len(known) or len(compact) > len(known)):
            return _settled(tuple(dict.fromkeys(known)), 0, len(text), "letters", many=many, options=options)
    found = groups(plain, options.mentions(plain, low))
    if found and _BARE.fullmatch(plain, 0, found[0].start) and found[0].stance == "asserted":
        return _settled(found[0].keys, found[0].start, found[0].end, "leading", many=many, options=options)
    return _prose(plain, low, found, options, many=many)


def _marked(text: str, mark: Mark, said: Sequence[Announced], options: Options, *, many: bool) -> Found:
    later = [one for one in said if one.at >= mark.end]
    if later and _STRONG_REVISION.search(text, mark.end, later[-1].group.end if later[-1].group else len(text)):
        return _last_said(later, options, many=many)
    if isinstance(mark.value, list):
        keys = [fragment(str(part), options).value for part in mark.value[:100]]
        if not keys or None in keys:
            return Found(None, mark.start, mark.end, "no option named in the JSON")
        return _settled(tuple(dict.fromkeys(map(str, keys))), mark.start, mark.end, "JSON", many=many, options=options)
    found = fragment(mark.text, options, many=many)
    why = mark.kind if found.value is not None else f"{found.why} in the {mark.kind}"
    return Found(found.value, mark.start, mark.end, why)


def _taken_back(text: str, said: Sequence[Announced], grouped: Sequence[Group]) -> Group | None:
    """What is meant instead of the last announced answer, if that was taken back right behind it."""
    later = [group for group in grouped if group.start > said[-1].at and group.stance == "asserted" and group.sure]
    meant = [group for group in later if _INSTEAD.search(text[max(said[-1].at, group.start - 90) : group.start])]
    # Whoever goes on after that weighs the options once more, and is not read further.
    return meant[-1] if meant and meant[-1] is later[-1] else None


def _last_said(said: Sequence[Announced], options: Options, *, many: bool) -> Found:
    # A conclusion drawn with "so" yields to an answer that is announced outright.
    last = next((one for one in reversed(said) if not one.weak), said[-1])
    if said[-1].at > last.at and said[-1].group is not None and said[-1].group.keys != (last.group and last.group.keys):
        last = said[-1]
    if last.group is None:
        return Found(None, why=f"{last.foreign} is not an option")
    keys = last.group.keys
    praised = {one.group.keys for one in said if one.praise and one.group}
    if not many and last.praise and len(praised) > 1 and all(one.praise for one in said):
        keys = tuple(dict.fromkeys(key for one in said if one.group for key in one.group.keys))
    if many:
        keys = tuple(dict.fromkeys([key for one in said if one.group and one.at >= last.at for key in one.group.keys]))
    return _settled(keys, last.group.start, last.group.end, "announced", many=many, options=options)


def _table(grouped: Sequence[Group]) -> tuple[str, ...]:
    judged = [group for group in grouped if group.verdict is not None and len(group.keys) == 1]
    if len({group.keys for group in judged}) < 2:
        return ()
    return tuple(dict.fromkeys(group.keys[0] for group in judged if group.verdict))


def _alone(text: str, grouped: Sequence[Group]) -> Group | None:
    """A group on a line of its own, or one that the reply opens with."""
    if not grouped:
        return None
    first, last = grouped[0], grouped[-1]
    opens = first.stance == "asserted" and _BARE.fullmatch(text, 0, first.start) and _LEADING_END.match(text, first.end)
    if opens and not _REVISION.search(text[first.end : last.start]):
        return first
    line = text.rfind("\n", 0, last.start) + 1
    closes = line and last.stance == "asserted" and _BARE.fullmatch(text, line, last.start)
    return last if closes and _BARE.fullmatch(text, last.end, len(text)) else None


def _prose(text: str, low: str, grouped: Sequence[Group], options: Options, *, many: bool) -> Found:
    asserted = [group for group in grouped if group.stance == "asserted" and group.sure]
    denied = {key for group in grouped if group.stance == "denied" for key in group.keys}
    if (not asserted and not denied) or (many and not asserted):
        if many and none_of_them(low):
            return Found((), 0, len(text), "none of them")
        if many and all_of_them(low):
            return Found(options.keys, 0, len(text), "all of them")
    if asserted and refusal(low):
        return Found(None, why="refusal")
    revision = -1
    for before, group in pairwise(grouped):
        counts = group.stance == "asserted" and group.sure and group is not asserted[0]
        if counts and _REVISION.search(text[before.end : group.start]):
            revision = group.start
    if not many:
        later = [group for group in asserted if group.start >= revision >= 0]
        asserted = later or asserted
    keys = tuple(dict.fromkeys(key for group in asserted for key in group.keys))
    if keys:
        keys = tuple(key for key in keys if key not in denied) or keys
        return _settled(keys, asserted[0].start, asserted[-1].end, "prose", many=many, options=options)
    left = [key for key in options.keys if key not in denied]
    if not many and denied and len(left) == 1 and len(options.keys) > 1:
        return Found(left[0], grouped[0].start, grouped[-1].end, "elimination")
    return Found(None, why=_reason(low, grouped, denied))


def _reason(low: str, grouped: Sequence[Group], denied: set[str]) -> str:
    if none_of_them(low):
        return "none of the options"
    if all_of_them(low):
        return "all of the options"
    if refusal(low):
        return "refusal"
    if denied:
        return f"only denied: {', '.join(sorted(denied))}"
    if grouped and any(group.sure for group in grouped):
        return "only asked about or supposed"
    return "no option named"


def _settled(
    keys: tuple[str, ...], start: int, end: int, why: str, *, many: bool, options: Options | None = None
) -> Found:
    if many:
        order = options.keys if options else keys
        return Found(tuple(sorted(keys, key=order.index)), start, end, why)
    if len(keys) == 1:
        return Found(keys[0], start, end, why)
    return Found(None, start, end, f"ambiguous: {', '.join(keys)}")


def _without_echo(text: str, mentions: list[Mention], options: Options, *, many: bool) -> list[Mention]:
    """Mentions without those of an option list that was only repeated."""
    items: list[tuple[int, int]] = []
    place = 0
    while place + 1 < len(mentions):
        key, words = mentions[place], mentions[place + 1]
        if (
            not key.words
            and words.words
            and key.key == words.key
            and _ECHO_GAP.fullmatch(text, key.end, words.start)
            and not re.search(r"\w[ (]{0,2}$", text[max(0, key.start - 3) : key.start].replace("\n", "-"))
        ):
            items.append((place, place + 1))
            place += 2
        else:
            place += 1
    gone: set[int] = set()
    run: list[tuple[int, int]] = []

    def close() -> None:
        keys = {mentions[first].key for first, _ in run}
        other = len(mentions) > 2 * len(run)
        if len(keys) == len(run) and len(run) >= 2 and (not many or (len(keys) == len(options.keys) and other)):
            gone.update(place for item in run for place in item)
        run.clear()

    for item in items:
        if run and not _ECHO_BETWEEN.fullmatch(text, mentions[run[-1][1]].end, mentions[item[0]].start):
            if not _ECHO_END.match(text, mentions[run[-1][1]].end):
                run.pop()
            close()
        run.append(item)
    if run:
        if not _ECHO_END.match(text, mentions[run[-1][1]].end):
            run.pop()
        close()
    return [mention for place, mention in enumerate(mentions) if place not in gone]
