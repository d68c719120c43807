"""Options of reasoners: what every type of them derives from, and how they are checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workup.errors import UserError


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a method; none here."""


def options_of(name: str, kind: type[Options], given: Mapping[str, Any]) -> Options:
    """Options of a method as given by name; numbers may be given as text, as on a command line.

    Raises:
        UserError: One is unknown or out of range; says which there are.

    >>> options_of("direct", Options, {"samples": 3})
    Traceback (most recent call last):
    ...
    workup.errors.UserError: direct has no option samples; it has none
    """
    known = kind.__struct_fields__
    if unknown := sorted(given.keys() - set(known)):
        raise UserError(f"{name} has no option {', '.join(unknown)}; it has {', '.join(known) or 'none'}")
    try:
        return msgspec.convert(dict(given), kind, strict=False)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at ")
        field = place.strip("`").removeprefix("$.") or "an option"
        if "missing required field" in what:
            raise UserError(f"{name} needs the option {what.rpartition(' ')[2].strip('`')}") from error
        raise UserError(f"{name}, option {field}: {what[:1].lower()}{what[1:]}") from error
