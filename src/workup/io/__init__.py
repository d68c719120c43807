"""Files in and out. :func:`read_cases` tells the format by the content and never fails without saying why."""

from workup.io.read import FORMATS, ReadResult, Record, cases_from_text, iter_cases, iter_records, read_cases
from workup.io.safe import write_atomic

__all__ = [
    "FORMATS",
    "ReadResult",
    "Record",
    "cases_from_text",
    "iter_cases",
    "iter_records",
    "read_cases",
    "write_atomic",
]
