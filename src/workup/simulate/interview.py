"""A consultation as an environment: what the doctor knows at first, a patient who answers, and a limit.

reset            "A 21-year-old sexually active male complains of fever, ..."
step(question)   the patient's words; reward 0, and the note "refused" when they are the refusal
score(answer)    1 for the right option, else 0; with the questions and refusals as parts
"""

from __future__ import annotations

from collections.abc import Callable

from workup.case import Case
from workup.evaluation.score import Score
from workup.evaluation.scorers import right_answers
from workup.reasoners.blocks.environment import Turn
from workup.reasoning import Answer
from workup.simulate.patients import Patient, is_refusal


class Interview:
    """One consultation.

    Attributes:
        by: ``patient``.
        limit: Most questions.
    """

    by = "patient"

    def __init__(self, case: Case, opening: str, patient: Callable[[], Patient], limit: int) -> None:
        """Prepare a consultation.

        Args:
            case: The whole case, with the truth.
            opening: What the doctor knows at first.
            patient: Makes the patient, afresh for each episode.
            limit: Most questions.
        """
        self.limit = limit
        self._case = case
        self._opening = opening
        self._make = patient
        self._patient = patient()
        self._asked = self._refused = 0

    def reset(self) -> Turn:
        """Begin anew: the same patient, who remembers nothing."""
        self._patient = self._make()
        self._asked = self._refused = 0
        return Turn(text=self._opening)

    def step(self, action: str) -> Turn:
        """The patient's answer to a question."""
        said = self._patient.answer(action)
        refused = is_refusal(said.text)
        self._asked += 1
        self._refused += refused
        notes = (*(["refused"] if refused else []), *(["unread"] if said.unread else []))
        return Turn(text=said.text, evidence=said.evidence, notes=notes, done=self._asked >= self.limit)

    def score(self, answer: Answer | None) -> Score:
        """Whether the answer is right, and what it took."""
        right = answer is not None and bool(answer.ids) and answer.ids[0] in right_answers(self._case)
        return Score(total=float(right), parts={"questions": self._asked, "refused": self._refused})
