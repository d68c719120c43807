"""Every error a user of workup can meet.

::

    WorkupError
    ├── UserError          the call is wrong: one line that says what to do (exit code 2)
    │   └── MissingExtra   an optional package is needed: names the extra to install
    ├── DataError          the input is wrong: path, record, field and remedy (exit code 2)
    ├── ModelError         a language model failed: retryable or not
    └── BudgetExceeded     a limit on calls, tokens, seconds or money was reached

A bad record in a batch is not an error but an :class:`Issue`: it is listed with its remedy and the
rest of the batch goes on.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["error", "warning", "info"]


class Issue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something in the input that a person should know of, with what to do about it.

    ``severity`` is ``error`` when the record was not used, ``warning`` when part of it was not used or
    contradicts itself, ``info`` when it was rewritten without loss (an obsolete id, say).
    """

    message: str
    remedy: str = ""
    severity: Severity = "warning"
    code: str = ""
    path: str = ""
    record: str = ""
    field: str = ""

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.path,
                self.record and f"record {self.record}",
                self.field and f"field {self.field}",
            )
            if part
        )
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} -> {self.remedy}" if self.remedy else text


class WorkupError(Exception):
    """Root of all errors raised on purpose."""


class UserError(WorkupError):
    """The call cannot be carried out as written; the message says what to do instead."""


class MissingExtra(UserError):
    """An optional package is needed.

    >>> str(MissingExtra("plots", "drawing the CMC curve"))
    "drawing the CMC curve needs an optional package: pip install 'workup[plots]'"
    """

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs an optional package: pip install 'workup[{extra}]'")
        self.extra = extra


class DataError(WorkupError):
    """An input cannot be used.

    Carries the :class:`Issue` that names file, record, field and remedy.

    >>> str(DataError("is not JSON", path="case.json", remedy="export it again"))
    'case.json: is not JSON -> export it again'
    """

    def __init__(
        self,
        message: str,
        *,
        path: str = "",
        record: str = "",
        field: str = "",
        remedy: str = "",
        code: str = "",
    ) -> None:
        self.issue = Issue(
            message=message,
            path=path,
            record=record,
            field=field,
            remedy=remedy,
            code=code,
            severity="error",
        )
        super().__init__(str(self.issue))


class ModelError(WorkupError):
    """A language model did not answer; ``retryable`` says whether trying again can help.

    ``retry_after`` is how many seconds the server asked to be left alone; None when it did not say.
    """

    def __init__(self, message: str, *, retryable: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after = retry_after


class BudgetExceeded(WorkupError):
    """A limit that the user set was reached."""
