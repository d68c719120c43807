"""Simulated progress notes: offsets cut what they name, labels follow the graph of problems."""

from __future__ import annotations

import random
from pathlib import Path

from workup.benchmarks.n2c2_plan import LABELS, PlanRelation
from workup.case import Case
from workup.simulate.progress_notes import _ALL, PROBLEMS, _reached, make_note, write_notes


def test_what_a_problem_leads_to_is_followed_over_several_steps() -> None:
    # Heart failure leads to a rapid rhythm, and that to a stroke, and that to aspiration.
    assert {"rhythm", "stroke", "aspiration"} <= _reached("heart-failure")
    assert _reached("respiratory") == {"delirium"}
    assert all(name in _ALL for problem in PROBLEMS.values() for name in problem.leads_to)


def test_labels_of_parts_follow_the_graph() -> None:
    names = {words: name for name, problem in _ALL.items() for words in problem.planned}
    for seed in range(200):
        note = make_note(random.Random(seed))
        judged = note.text[slice(*note.assessment)]
        (main,) = {
            name for name, problem in PROBLEMS.items() if any(f"with {one}." in judged for one in problem.assessed)
        }
        assert [relation for *_, relation in note.plan].count("Direct") == 1
        for begin, end, relation in note.plan:
            part = note.text[begin:end]
            heading = part.removeprefix("# ").split(":")[0]
            if relation == "Not Relevant":
                assert heading not in names
            elif relation == "Direct":
                assert names[heading] == main
            else:
                assert (names[heading] in _reached(main)) == (relation == "Indirect")


def test_the_loader_cuts_every_part(tmp_path: Path) -> None:
    files = write_notes(tmp_path, 5, 40)
    cases = list(PlanRelation().read(files))
    assert all(isinstance(case, Case) for case in cases)
    assert len(cases) == len(files[1].read_text().splitlines()) - 1
    first = cases[0]
    assert isinstance(first, Case)
    assert (first.text or "").startswith("Assessment:\n")
    assert {case.reference.answer for case in cases if isinstance(case, Case) and case.reference} == set(LABELS)
    assert [path.read_bytes() for path in write_notes(tmp_path / "again", 5, 40)] == [
        path.read_bytes() for path in files
    ]
