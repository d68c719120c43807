from workup.knowledge.arrays import Array
from workup.text.pieces import Piece

class Finder:
    def __init__(
        self,
        tables: tuple[Array, ...],
        costs: tuple[float, ...],
        most_listed: int,
        implied: bool,
        least: float,
    ) -> None: ...
    def find(
        self,
        texts: list[str],
        joints: list[int],
        classes: list[int],
        pieces: list[Piece],
        above: list[Piece],
        heading: int,
    ) -> tuple[list[tuple[int, list[Piece]]], list[tuple[int, tuple[Piece, ...], float, float, bool, bool]]]: ...
