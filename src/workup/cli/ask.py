"""``workup ask``: a dialogue that asks what would settle the differential soonest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from workup.case import Case
from workup.errors import DataError, Issue, UserError

if TYPE_CHECKING:
    from workup.knowledge.hpo import Ontology
    from workup.reasoners.phenotype.dialogue import Dialogue, Reply
    from workup.reasoning import NextQuestion

_WORDS: dict[str, str] = {
    **dict.fromkeys(("y", "yes", "present", "+"), "yes"),
    **dict.fromkeys(("n", "no", "excluded", "absent", "-"), "no"),
    **dict.fromkeys(("u", "unknown", "?"), "unknown"),
    **dict.fromkeys(("s", "skip"), "skip"),
    **dict.fromkeys(("b", "undo", "back"), "undo"),
    **dict.fromkeys(("q", "quit", "exit"), "quit"),
    **dict.fromkeys(("w", "why"), "why"),
}
_HELP = "y yes, n no, u unknown, s skip, b undo, w why, q quit"
_KINDS = {"ask": "Ask", "examine": "Examine", "test": "Test"}
_MOST_QUESTIONS = 20


@click.command("ask")
@click.argument("path", required=False, type=click.Path(path_type=str))
@click.option("--findings", "listed", metavar="LIST", help="Chief findings as ids or labels; in place of a file.")
@click.option("--out", type=click.Path(path_type=Path), help="Save the case with the answers as workup's own JSON.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Answers from a file, one a line: 'HP:0001250 yes'; what it does not answer is unknown.",
)
@click.option("--most", default=_MOST_QUESTIONS, show_default=True, type=click.IntRange(1, 1000), help="Questions.")
@click.option("--any-cost", is_flag=True, help="Do not prefer cheap questions.")
@click.option("--json", "as_json", is_flag=True, help="Print case, turns and differential as JSON at the end.")
def command(
    path: str | None,
    listed: str | None,
    out: Path | None,
    answers: Path | None,
    most: int,
    any_cost: bool,
    as_json: bool,
) -> None:
    """Ask what would settle the differential of a case soonest, and rank it again after every answer.

    PATH is one case in any format that `workup diagnose` reads. Without it the dialogue starts with the chief findings.
    It ends when one disease has 90 %, when no question is worth asking, or with "q".

    For research and review by a clinician; not a medical device.
    """
    from workup.cli.knowledge import open_knowledge
    from workup.reasoners.phenotype.dialogue import Dialogue
    from workup.reasoners.phenotype.engine import Engine

    if out is not None and not out.parent.is_dir():
        raise UserError(f"--out {out}: there is no folder {out.parent}")
    interactive = answers is None
    if as_json and interactive:
        raise UserError("--json prints no questions: give the answers with --answers FILE")
    case = _case(path, listed, ask=interactive)
    engine = Engine(open_knowledge())
    script = None if answers is None else Script(answers, engine.knowledge.ontology)
    dialogue = Dialogue(engine, case, weigh_cost=not any_cost)
    if not dialogue.now.patient.query.present and not dialogue.now.patient.query.excluded:
        raise UserError("the case has no usable finding; give chief findings with --findings 'Seizure, Microcephaly'")
    reason = _converse(dialogue, script, most, quiet=as_json)
    if out is not None:
        from workup.case import to_json
        from workup.io import write_atomic

        write_atomic(out, msgspec.json.format(to_json(dialogue.case), indent=2) + b"\n")
    if as_json:
        result = {
            "case": dialogue.case,
            "turns": dialogue.turns,
            "stopped": reason,
            "leaders": dialogue.leaders(10),
            "unknown_probability": dialogue.now.unknown,
            "entropy": dialogue.entropy,
        }
        click.echo(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
        return
    click.echo()
    _show_leaders(dialogue)
    click.echo(f"Stopped: {reason}.")
    if out is not None:
        click.echo(f"Written: {out}")


def _case(path: str | None, listed: str | None, *, ask: bool) -> Case:
    from workup.io import cases_from_text, iter_cases

    if path is not None and listed is not None:
        raise UserError("give a file or --findings, not both")
    if path is None and listed is None:
        if not ask:
            raise UserError("give a file, or --findings 'HP:0001250, Microcephaly'")
        listed = click.prompt("Chief findings (HPO ids or labels, separated by commas)")
    items: list[Case | Issue]
    if listed is not None:
        found = cases_from_text(listed, name="--findings")
        items = [*found.issues, *found.cases]
    else:
        items = list(iter_cases(str(path)))
    cases = [item for item in items if isinstance(item, Case)]
    for item in items:
        if isinstance(item, Issue) and item.severity != "info":
            click.echo(f"Note: {item}", err=True)
    if len(cases) != 1:
        raise UserError(f"a dialogue is about one case; the input holds {len(cases)}")
    return cases[0]


def _converse(dialogue: Dialogue, script: Script | None, most: int, *, quiet: bool) -> str:
    """Ask until there is a reason to stop; returns the reason."""
    while len(dialogue.turns) < most:
        if dialogue.decided():
            return "one disease has 90 % or more"
        question = dialogue.question()
        if question is None:
            return "no further question is worth asking"
        if not quiet:
            click.echo()
            _show_leaders(dialogue)
            _show_question(question, len(dialogue.turns) + 1)
        if script is not None:
            reply = script.reply(question)
            if not quiet:
                click.echo(f"   answer from the file: {reply}")
            dialogue.answer(reply)
        elif not _reply(dialogue, question):
            return "on request"
    return f"{most} questions were asked"


def _reply(dialogue: Dialogue, question: NextQuestion) -> bool:
    """Take one reply from the terminal; False to quit."""
    while True:
        try:
            word = _WORDS.get(click.prompt("   [y/n/u/s/b/w/q]", default="u", show_default=False).strip().casefold())
        except click.Abort:
            # End of input or Ctrl-C: what was answered is kept.
            click.echo()
            return False
        if word in ("yes", "no", "unknown"):
            dialogue.answer(msgspec.convert(word, _reply_type()))
            return True
        if word == "skip":
            dialogue.skip()
            return True
        if word == "undo":
            if dialogue.undo():
                return True
            click.echo("   nothing to take back")
        elif word == "quit":
            return False
        elif word == "why":
            _show_why(dialogue, question)
        else:
            click.echo(f"   {_HELP}")


def _reply_type() -> Any:
    from workup.reasoners.phenotype.dialogue import Reply

    return Reply


def _show_leaders(dialogue: Dialogue) -> None:
    from workup.report.wording import clean, percent

    moved = bool(dialogue.turns)
    for place, disease in enumerate(dialogue.leaders(), 1):
        before = f"  (was {percent(disease.before)}, place {disease.place_before})" if moved else ""
        click.echo(f"{place:>3}. {percent(disease.after):>6}  {clean(disease.label)} ({clean(disease.id)}){before}")
    click.echo(f"     {percent(dialogue.now.unknown):>6}  not in the knowledge base")


def _show_question(question: NextQuestion, number: int) -> None:
    from workup.report.wording import clean, percent

    click.echo(f"\n{number}. {_KINDS[question.kind]}: {clean(question.label)} ({question.finding})?")
    for word, effect in (("yes", question.yes), ("no", question.no)):
        first = effect.first[0] if effect.first else None
        then = f"first would be {clean(first.label)}, {percent(first.after)}" if first else ""
        click.echo(f"   {word} ({percent(effect.probability)} likely): {then}")


def _show_why(dialogue: Dialogue, question: NextQuestion) -> None:
    from workup.report.wording import clean, percent

    click.echo(
        f"   Its answer is expected to take {question.gain:.2f} of the {dialogue.entropy:.2f} bits of doubt. "
        f"Looked for by {question.method}: {question.reason}. How often the leading diseases show it:"
    )
    names = {disease.id: disease.label for disease in dialogue.leaders(5)}
    for chance in question.present[: len(names)]:
        click.echo(f"   {percent(chance.present):>6}  {clean(names.get(chance.id, chance.id))}")
    click.echo(f"   {percent(question.background):>6}  a disease whose annotations do not mention it")


class Script:
    """Answers read from a file, one a line: an id or label, then yes, no or unknown; ``#`` starts a comment.

    A finding that is present answers for its broader terms too, an absent one for its kinds.

    Raises:
        DataError: A line cannot be read.
    """

    def __init__(self, path: Path, ontology: Ontology) -> None:
        from workup.io.safe import decode_text, open_source

        with open_source(path) as source:
            text = decode_text(source.read(), str(path))
        self._ontology = ontology
        self._answers: dict[int, str] = {}
        for number, finding, word in _lines(text):
            terms = ontology.resolve(finding).terms
            reply = _WORDS.get(word.casefold())
            if len(terms) != 1 or reply not in ("yes", "no", "unknown"):
                raise DataError(
                    f"line {number} is not a finding with its answer",
                    path=str(path),
                    record=f"line {number}",
                    remedy="write an HPO id or label, then yes, no or unknown",
                )
            self._answers[terms[0]] = reply

    def reply(self, question: NextQuestion) -> Reply:
        """The answer to a question; ``unknown`` when the file does not say."""
        term = self._ontology.index(question.finding)
        if term is None:
            return "unknown"
        if term in self._answers:
            stated: Reply = msgspec.convert(self._answers[term], _reply_type())
            return stated
        if any(reply == "yes" and term in self._ontology.ancestors(known) for known, reply in self._answers.items()):
            return "yes"
        above = set(self._ontology.ancestors(term).tolist())
        return "no" if any(reply == "no" and known in above for known, reply in self._answers.items()) else "unknown"


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if content:
            finding, _, word = content.rpartition(" ")
            yield number, finding.strip().rstrip(":,"), word.strip()
