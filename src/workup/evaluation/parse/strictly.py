"""The strict forms: what must stand where, for every kind of answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workup.evaluation.parse.dates import Order, calendar_date
from workup.evaluation.parse.lists import ranked
from workup.evaluation.parse.marks import last_mark
from workup.evaluation.parse.mentions import Options
from workup.evaluation.parse.numbers import numbers, quantity
from workup.evaluation.parse.objects import json_found
from workup.evaluation.parse.parsed import Found

_LINE = re.compile(
    r"^[ *_#>]{0,6}(?:(?:the |my )?(?:final |correct )?(?:answer|réponse|reponse|respuesta|antwort)|"
    r"答案|正解|答え|الإجابة|الجواب)"
    r"[ *_]{0,3}[:=][ *_]{0,3}(?P<said>\S[^\n]{0,300}?)[ *_]{0,3}$",
    re.I | re.M,
)
_KEY_AND_TEXT = re.compile(r"[\s(\[]*(\w{1,3})[)\].:,\s-]{1,4}(.{1,400})", re.S)


def part(text: str) -> tuple[int, int, str]:
    """The part of a reply that is the answer in a strict form: start, end and the words.

    A mark comes before an answer line, which comes before the bare reply; the last of each kind counts.
    """
    if mark := last_mark(text):
        return mark.start, mark.end, mark.text
    if lines := list(_LINE.finditer(text)):
        return *lines[-1].span("said"), lines[-1]["said"]
    return 0, len(text), text


def strict_choice(text: str, options: Options, *, many: bool = False) -> Found:
    """A key, an option's text or both, with nothing else in the strict part."""
    start, end, said = part(text)
    if many:
        return _strict_choices(text, start, end, said, options)
    key = _key(said, options)
    return Found(key, start, end, "strict form") if key else Found(None, why="not in the form asked for")


def _strict_choices(text: str, start: int, end: int, said: str, options: Options) -> Found:
    if len(said) > 2000:
        return Found(None, why="not in the form asked for")
    mark = last_mark(text)
    parts: Sequence[str] = [str(one) for one in mark.value] if mark and isinstance(mark.value, list) else ()
    if not parts:
        listed = json_found(said).value
        parts = (
            [str(one) for one in listed]
            if isinstance(listed, list)
            else re.split(r"\s*(?:[,;/\n]|\band\b)\s*", said.strip())
        )
    keys = [_key(one, options) for one in parts[:100] if one.strip()]
    if not keys or None in keys:
        compact = said.strip(" .\n")
        keys = (
            [options.letters.get(letter.lower()) for letter in compact] if len(compact) <= len(options.letters) else []
        )
    named = {key for key in keys if key}
    if not keys or None in keys or len(named) < len(keys):
        return Found(None, why="not in the form asked for")
    return Found(tuple(key for key in options.keys if key in named), start, end, "strict form")


def _key(said: str, options: Options) -> str | None:
    low = said.replace("İ", "I").lower()
    if len(low) > 2000:
        return None
    if key := options.exact(low):
        return key
    both = _KEY_AND_TEXT.fullmatch(low.strip(" \n*_`\"'$)."))
    if both:
        first, second = options.exact(both.group(1)), options.exact(both.group(2))
        return first if first is not None and first == second else None
    return None


def strict_number(text: str, unit: str | None) -> Found:
    """A number and its unit, with nothing else in the strict part."""
    start, end, said = part(text)
    found = numbers(said)
    rest = (said[: found[0].start] + said[found[0].end :]).strip(" \n.*_`$\"'()") if len(found) == 1 else "?"
    value = quantity(said, unit=unit).value if not rest else None
    return Found(value, start, end, "strict form") if value else Found(None, why="not in the form asked for")


def strict_date(text: str, order: Order) -> Found:
    """A date, with nothing else in the strict part."""
    start, end, said = part(text)
    found = calendar_date(said, said.lower(), order)
    rest = said[: found.start] + said[found.end :]
    if found.value and not re.search(r"\w", rest):
        return Found(found.value, start, end, "strict form")
    return Found(None, why=found.why if not found.value else "not in the form asked for")


def strict_list(text: str, at_most: int | None) -> Found:
    """A numbered list, or JSON."""
    found = ranked(text, at_most=at_most)
    return (
        found
        if found.why in ("numbered", "JSON", "json", "tag", "box")
        else Found(None, why="not in the form asked for")
    )


def strict_json(text: str) -> Found:
    """JSON and nothing else, fences aside."""
    found = json_found(text)
    rest = re.sub(r"```[a-zA-Z0-9]{0,12}", "", text[: found.start] + text[found.end :]) if found.why == "JSON" else text
    return found if found.why == "JSON" and not rest.strip() else Found(None, why="not in the form asked for")
