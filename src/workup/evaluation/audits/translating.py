"""A language model as the translator of an audit, with its translations kept in the audit's folder.

It gets one text at a time between marks, and is told to keep numbers, units and negations. Whether it did is checked
(:mod:`workup.evaluation.audits.translation_edits`). Each translation is kept in ``translations.jsonl``::

    {"model": "openai/NAME", "source": "en", "target": "fr", "text": "No fever.", "translation": "Pas de fièvre."}

so that the same command again makes the same copies, and pays for none twice.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from workup.io.appended import whole_lines
from workup.models.model import Message, Model, Sampling
from workup.reasoners import asking

FILE = "translations.jsonl"
INSTRUCTION = """\
Translate the text between the marks into {language}. Keep every number and unit as it is, and keep what is denied \
denied. Reply with the translation alone."""
LONGEST = 2048


class Translation(msgspec.Struct, frozen=True):
    """One text and its translation; a line of the file."""

    model: str
    source: str
    target: str
    text: str
    translation: str


class ModelTranslator:
    """Asks a model; a reply that was cut or refused is no translation.

    Attributes:
        name: The model's.
    """

    def __init__(self, model: Model, folder: Path) -> None:
        self.name = model.name
        self._model = model
        self._path = folder / FILE
        self._known: dict[tuple[str, str, str], str] = {}
        decoder = msgspec.json.Decoder(Translation)
        # A line that was cut off when the program was ended is translated again, and so is one that is damaged.
        for line in whole_lines(self._path):
            try:
                one = decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            if one.model == self.name:
                self._known[one.source, one.target, one.text] = one.translation

    def translate(self, text: str, source: str, target: str) -> str:
        """One text, as kept or by one call.

        Raises:
            ModelError: The model failed.
        """
        key = source, target, text
        if key not in self._known:
            words = INSTRUCTION.replace("{language}", f"the language {target} (BCP 47)")
            messages = (
                Message(role="system", content=asking.SYSTEM),
                Message(role="user", content=f"{asking.marked('passage', text)}\n\n{words}"),
            )
            (generation, *_) = self._model.generate(
                messages, sampling=Sampling(temperature=0.0, max_tokens=LONGEST)
            ).generations
            whole = generation.finish == "stop"
            self._known[key] = generation.text.strip() if whole else ""
            self._keep(Translation(self.name, source, target, text, self._known[key]))
        return self._known[key]

    def _keep(self, one: Translation) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(one) + b"\n")
