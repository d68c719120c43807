"""Files in and out. :func:`read_cases` tells the format by the content and never fails without saying why."""

from workup.io.read import FORMATS, ReadResult, cases_from_text, iter_cases, read_cases
from workup.io.safe import write_atomic

__all__ = ["FORMATS", "ReadResult", "cases_from_text", "iter_cases", "read_cases", "write_atomic"]
