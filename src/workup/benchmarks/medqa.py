"""MedQA (USMLE): one JSON object a line.

``{"question": "A 23-year-old ...", "options": {"A": "...", ...}, "answer": "...", "answer_idx": "C", "meta_info":
"step1"}``; the 4-option files add ``metamap_phrases``. 4 and 5 options are different tasks.
"""

from __future__ import annotations

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import ChoiceBenchmark


class MedQA(ChoiceBenchmark):
    """Questions of the US medical licensing examination."""

    header = Header(
        name="medqa",
        title="MedQA (USMLE)",
        paper="Jin et al. 2021, Applied Sciences 11(14):6421",
        licence="MIT; supplied by the user",
        form="choice",
        layout="JSON lines with question, options by letter, answer, answer_idx and meta_info (step1 or step2&3).",
        systems=("11", "19", "49"),
    )
