"""Verdicts kept in a file and read back: a judge that costs nothing and always says the same.

One JSON object a line: ``{"sheet": digest, "case", "task", "verdicts": [...]}``. The digest covers everything that the
judge saw, so that a recording never answers for another text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from workup.errors import DataError
from workup.evaluation.judges.judge import Judge, Sheet
from workup.evaluation.verdicts import Verdict
from workup.io import write_atomic
from workup.io.safe import LineTooLong, decode_json, open_source


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    sheet: str
    case: str
    task: str
    verdicts: list[Verdict]


def recorded_lines(judged: Iterable[tuple[Sheet, list[Verdict]]]) -> Iterator[bytes]:
    """The lines of a recording."""
    for sheet, verdicts in judged:
        yield msgspec.json.encode(_Line(sheet.digest(), sheet.case, sheet.task, verdicts)) + b"\n"


def record(path: Path, judge: Judge, sheets: Iterable[Sheet]) -> int:
    """Let a judge judge sheets and keep its verdicts in a file, in one piece.

    Returns:
        Number of sheets.
    """
    lines = list(recorded_lines((sheet, judge.judge(sheet)) for sheet in sheets))
    write_atomic(path, b"".join(lines))
    return len(lines)


class RecordedJudge:
    """Says what a recording says.

    Attributes:
        name: ``recorded:`` and who judged.
        missing: Items asked for that the recording does not have; they are unread.
    """

    def __init__(self, path: Path) -> None:
        """Read a recording.

        Raises:
            DataError: It is none.
        """
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Line)
        self._verdicts: dict[str, dict[str, Verdict]] = {}
        judges: set[str] = set()
        with open_source(path) as source:
            for number, line in source.lines():
                if isinstance(line, LineTooLong):
                    raise DataError("is too long a line", path=str(path), record=str(number), remedy="record again")
                try:
                    one = decode_json(line, str(path), record=str(number), decoder=decoder)
                except msgspec.ValidationError as error:
                    raise DataError(
                        f"is no recorded verdict: {error}", path=str(path), record=str(number), remedy="record again"
                    ) from error
                self._verdicts[one.sheet] = {verdict.item: verdict for verdict in one.verdicts}
                judges |= {verdict.judge for verdict in one.verdicts}
        self.name = "recorded:" + "+".join(sorted(judges))
        self.missing = 0

    def judge(self, sheet: Sheet) -> list[Verdict]:
        """The recorded verdicts; an item without one is unread."""
        known = self._verdicts.get(sheet.digest(), {})
        verdicts = []
        for item in sheet.items:
            verdict = known.get(item.id)
            if verdict is None:
                self.missing += 1
                verdict = sheet.verdict(item, None, self.name, "not in the recording")
            # Worth and list come from the sheet: they may be defined anew without judging again.
            verdicts.append(msgspec.structs.replace(verdict, kind=item.kind, points=item.points))
        return verdicts
