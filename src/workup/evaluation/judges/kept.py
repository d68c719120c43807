"""A judge that is asked once for each sheet, whose verdicts are kept in a file: scoring again costs nothing.

One line a sheet, written through before it counts, so that scoring that is stopped goes on where it was::

    {"sheet": "9f...", "case": "7", "task": "criterion", "opinions": [[{"item": "1", "verdict": "met"}]]}
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import msgspec

from workup.errors import DataError
from workup.evaluation.judges.judge import Judge, RepeatedJudge, Sheet, settle
from workup.evaluation.judges.model import UNREACHED
from workup.evaluation.verdicts import Verdict
from workup.io.appended import whole_lines


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    judge: str
    sheet: str
    case: str
    task: str
    opinions: list[list[Verdict]]


class KeptJudge:
    """Says again what the judge said before.

    Attributes:
        name: The judge's.
        repeats: How often it judges a sheet.
        sheets: Every sheet that was asked for in this process, by its digest.
        asked: Sheets that the judge was asked, and not the file.
        inner: The judge itself.
    """

    def __init__(self, judge: Judge, folder: Path | None = None) -> None:
        """Wrap a judge.

        Args:
            judge: The judge.
            folder: Where the verdicts are kept; None to keep them in memory only.

        Raises:
            DataError: What was kept is damaged, or cannot be written to.
        """
        self.name = judge.name
        self.repeats: int = getattr(judge, "repeats", 1)
        self.sheets: dict[str, Sheet] = {}
        self.asked = 0
        self.inner = judge
        self._known: dict[str, list[list[Verdict]]] = {}
        self._lock = threading.Lock()
        self.path = None if folder is None else folder / file_name(judge.name)
        if self.path is not None and self.path.exists():
            self._read(self.path)

    def _read(self, path: Path) -> None:
        decoder = msgspec.json.Decoder(_Line)
        # What a kill left half written is judged again.
        for number, line in enumerate(whole_lines(path), 1):
            try:
                one = decoder.decode(line)
            except msgspec.MsgspecError as error:
                raise DataError(
                    f"is no kept verdict: {error}", path=str(path), record=str(number), remedy="delete the file"
                ) from error
            if one.judge == self.name:
                self._known[one.sheet] = one.opinions

    def judge(self, sheet: Sheet) -> list[Verdict]:
        """The most frequent verdict on each item."""
        return settle(self.opinions(sheet))

    def opinions(self, sheet: Sheet) -> list[list[Verdict]]:
        """Every repetition's verdicts, from the file where it has them."""
        digest = sheet.digest()
        with self._lock:
            self.sheets.setdefault(digest, sheet)
            known = self._known.get(digest)
        if known is None:
            judge = self.inner
            known = judge.opinions(sheet) if isinstance(judge, RepeatedJudge) else [judge.judge(sheet)]
            with self._lock:
                self.asked += 1
                self._known[digest] = known
                if self.path is not None and not _failed(known):
                    self._append(self.path, _Line(self.name, digest, sheet.case, sheet.task, known))
        # Worth and list come from the sheet: they may be defined anew without judging again.
        place = {item.id: item for item in sheet.items}
        return [
            [
                msgspec.structs.replace(one, kind=place[one.item].kind, points=place[one.item].points)
                for one in opinion
                if one.item in place
            ]
            for opinion in known
        ]

    def _append(self, path: Path, line: _Line) -> None:
        try:
            with path.open("ab", buffering=0) as stream:
                stream.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise DataError(
                f"cannot be written: {error.strerror}", path=str(path), remedy="make the run's folder writable"
            ) from error


def _failed(opinions: list[list[Verdict]]) -> bool:
    """Whether the judge was not reached for an item, as when its server is away: that is asked again the next time."""
    return any(one.verdict is None and one.why == UNREACHED for opinion in opinions for one in opinion)


def file_name(judge: str) -> str:
    """Name of the file that keeps a judge's verdicts.

    >>> file_name("model:openai/x@1-ab12")
    'judged-model-openai-x-1-ab12-d982bb13.jsonl'
    """
    words = "".join(letter if letter.isalnum() else "-" for letter in judge)[:60].strip("-")
    return f"judged-{words}-{hashlib.sha256(judge.encode()).hexdigest()[:8]}.jsonl"
