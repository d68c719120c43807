"""For whoever maintains claims files: ``python -m workup.systems.pin NN --data DIR``.

Prints the hash of every input beside the pinned one, and what each claim measures now; it changes no file.
"""

from __future__ import annotations

from pathlib import Path

import click

from workup.systems.records import claims
from workup.systems.render import expectation, table, value
from workup.systems.reproduction import digest, reproduce


def inputs(number: str, data: Path) -> list[tuple[str, str, str]]:
    """Path, hash now ("missing" when it is not there) and pinned hash of every input of a system's claims."""
    pinned = sorted({item for claim in claims(number) for item in claim.inputs.items()})
    return [(path, digest(data / path) if (data / path).exists() else "missing", checksum) for path, checksum in pinned]


@click.command()
@click.argument("number", metavar="NN")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the inputs.")
@click.option("--slow", is_flag=True, help="Also measure the slow tier.")
def command(number: str, data: Path, slow: bool) -> None:
    """Print input hashes and measured values of system NN."""
    report = reproduce(number, data, slow=slow)
    rows = [(path, now, "same" if now == old else f"pinned: {old}") for path, now, old in inputs(number, data)]
    table(["input", "sha256", "pinned"], rows)
    table(
        ["claim", "status", "expected", "measured", "n", "note"],
        [
            (
                result.id,
                result.status,
                expectation(result.expected, result.tolerance),
                # In full, to be copied into the claims file.
                repr(result.measured) if isinstance(result.measured, float) else value(result.measured),
                value(result.n),
                result.note or ", ".join(result.waits_for),
            )
            for result in report.claims
        ],
    )


if __name__ == "__main__":
    command()
