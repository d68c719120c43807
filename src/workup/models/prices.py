"""What tokens cost, by a table with a date and a source for every row (``prices.json``).

A price that is not in the table is unknown and never guessed. Discounts (for repeated input, for batches) are left
out, so a cost is an upper bound as far as they apply.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from workup.errors import UserError
from workup.models.naming import without_date


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Price of one model at one host.

    Attributes:
        host: Host name of the server.
        model: Name of the model there.
        input: US dollars per million tokens read.
        output: US dollars per million tokens written.
        date: When the price was in force.
        source: Where it is written.
    """

    host: str
    model: str
    input: float
    output: float
    date: str
    source: str

    def __post_init__(self) -> None:
        if not (0.0 <= self.input < float("inf") and 0.0 <= self.output < float("inf")):
            raise UserError(f"a price cannot be {self.input}, {self.output}; give US dollars per million tokens")

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """US dollars for so many tokens.

        >>> Price(host="", model="m", input=2.0, output=8.0, date="", source="").cost(1_000_000, 500_000)
        6.0
        """
        return (input_tokens * self.input + output_tokens * self.output) / 1e6


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    unit: str
    prices: tuple[Price, ...]


@cache
def table() -> tuple[Price, ...]:
    """All known prices."""
    return msgspec.json.decode((files("workup.models") / "prices.json").read_bytes(), type=_Table).prices


def price_of(host: str, model: str) -> Price | None:
    """Price of a model at a host; None when unknown. What runs here (``host`` empty) costs nothing.

    A dated name costs what the undated one does: hosts price a model's snapshots alike.

    >>> price_of("api.openai.com", "gpt-4.1-2025-04-14").input
    2.0
    >>> price_of("somewhere.else", "gpt-4.1") is None
    True
    """
    if not host:
        return Price(host="", model=model, input=0.0, output=0.0, date="", source="runs on this machine")
    for name in (model, without_date(model)):
        for price in table():
            if (price.host, price.model) == (host, name):
                return price
    return None
