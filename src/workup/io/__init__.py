"""Files in and out. :func:`read_cases` tells the format by the content and never fails without saying why."""

from workup.io.read import FORMATS, cases_from_text, flat, iter_cases, iter_records, read_cases
from workup.io.records import ReadResult
from workup.io.safe import write_atomic

__all__ = [
    "FORMATS",
    "ReadResult",
    "cases_from_text",
    "flat",
    "iter_cases",
    "iter_records",
    "read_cases",
    "write_atomic",
]
