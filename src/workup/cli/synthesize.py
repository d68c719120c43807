"""``workup synthesize KIND``: simulated data with known truth, labelled so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click

KINDS = ("patients", "notes", "errors", "cohort", "series", "hospital", "organ", "twins")


@click.command("synthesize")
@click.argument(
    "kind", type=click.Choice(("patients", "notes", "errors", "cohort", "series", "hospital", "organ", "twins"))
)
@click.option(
    "--n", default=100, show_default=True, type=click.IntRange(1, 100_000), help="How many; an organ is always one."
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="The same seed gives the same data.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to write; for series, organ and twins a folder.",
)
def command(kind: str, n: int, seed: int, out: Path) -> None:
    """Write simulated data of one KIND, with its truth and the statement that it is simulated.

    \b
    patients  cases drawn from the disease models of the knowledge base (JSON lines)
    notes     clinical notes of such patients, every statement with its place (JSON lines)
    errors    texts with one error of a stated kind (CSV, the columns of MEDEC)
    cohort    a rheumatology clinic labelled by criteria, with right explanations (JSON lines)
    series    days of phones and watches with planted effects (a folder, the layout of GLOBEM)
    hospital  admissions, vital signs, laboratory values and orders (CSV, the columns of MEDS)
    organ     a textbook of an organ that does not exist, English and French, and questions on it (a folder)
    twins     notes with the tasks of DR.BENCH in their layouts (a folder)
    """
    from workup.io.safe import write_atomic

    if kind == "organ":
        from workup.simulate.fictional_organ import write

        n = write(out, seed)
    elif kind == "twins":
        from workup.simulate.clinical_twins import write_twins

        write_twins(out, seed, n)
    elif kind == "series":
        files = _series(n, seed)
        for name, text in files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomic(out / name, text)
    else:
        write_atomic(out, _KINDS[kind](n, seed))
    click.echo(f"{n} {_WHAT[kind]}, simulated (seed {seed}): {out}")
    click.echo(f"What it cannot show: {_limits(kind)}.")


_WHAT: Mapping[str, str] = {
    "patients": "patients",
    "notes": "notes",
    "errors": "texts",
    "cohort": "patients",
    "series": "people",
    "hospital": "stays",
    "organ": "questions",
    "twins": "notes",
}
_MODULES: Mapping[str, str] = {
    "patients": "disease_patients",
    "notes": "notes",
    "errors": "note_errors",
    "cohort": "cohorts",
    "series": "series",
    "hospital": "hospital",
    "organ": "fictional_organ",
    "twins": "clinical_twins",
}


def _limits(kind: str) -> str:
    from importlib import import_module

    limits: str = import_module(f"workup.simulate.{_MODULES[kind]}").LIMITS
    return limits


def _patients(n: int, seed: int) -> bytes:
    from workup.case import to_json
    from workup.cli.knowledge import open_knowledge
    from workup.simulate.disease_patients import PatientSimulator

    return b"".join(to_json(case) + b"\n" for case in PatientSimulator(open_knowledge()).draw(n, seed))


def _notes(n: int, seed: int) -> bytes:
    from workup.case import to_json
    from workup.cli.knowledge import open_knowledge
    from workup.simulate.disease_patients import PatientSimulator
    from workup.simulate.notes import NoteSimulator

    knowledge = open_knowledge()
    cases = PatientSimulator(knowledge).draw(n, seed)
    return b"".join(to_json(note) + b"\n" for note in NoteSimulator(knowledge).write(cases, seed))


def _errors(n: int, seed: int) -> bytes:
    from workup.simulate.note_errors import medec, texts

    return medec(texts(n, seed)).encode()


def _cohort(n: int, seed: int) -> bytes:
    from workup.case import to_json
    from workup.simulate.cohorts import cohort
    from workup.simulate.explanations import explained

    return b"".join(to_json(case) + b"\n" for case in explained(cohort(n, seed)))


def _hospital(n: int, seed: int) -> bytes:
    from workup.simulate.hospital import stays, table

    return table(stays(n, seed), seed).encode()


def _series(n: int, seed: int) -> dict[str, str]:
    from workup.simulate.series import globem_files

    return globem_files(n, seed)


_KINDS: Mapping[str, Callable[[int, int], bytes]] = {
    "patients": _patients,
    "notes": _notes,
    "errors": _errors,
    "cohort": _cohort,
    "hospital": _hospital,
}
