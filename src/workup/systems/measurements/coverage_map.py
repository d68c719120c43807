"""System 26: whether every system has a place on the map; whether lists of papers are read and written without loss."""

from __future__ import annotations

from pathlib import Path

from workup.systems.coverage import cells_of, coverage
from workup.systems.matrix import matrix
from workup.systems.measurements import Measurement, measurement
from workup.systems.paper_list import Paper, read_papers, write_papers
from workup.systems.records import SHIPPED, Tier, catalogue


@measurement("coverage_map.map")
def field(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Systems with a place, and cells with a component and a claim."""
    systems = [system for system in catalogue() if system.id != "00"]
    cells = coverage()
    return {
        "every-system": Measurement(value=sum(bool(cells_of(one)) for one in systems), n=len(systems)),
        "covered": Measurement(
            value=sum(cell.covered for cell in cells) / len(cells),
            n=len(cells),
            note="empty: " + ", ".join(cell.capability for cell in cells if not cell.components),
        ),
    }


def _round_trip(text: str) -> tuple[int, int, bool]:
    read = read_papers(text)
    papers = [one for one in read if isinstance(one, Paper)]
    written = write_papers(papers)
    return len(papers), len(read), read_papers(written) == papers and write_papers(papers) == written


@measurement("coverage_map.papers")
def papers(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Bullets of a short list in the published style."""
    count, bullets, stable = _round_trip((SHIPPED / "paper_list.md").read_text(encoding="utf-8"))
    return {"bullets": Measurement(value=count, n=bullets), "round-trip": Measurement(value=stable, n=count)}


@measurement("coverage_map.readme")
def readme(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Bullets of the published list, where there is a copy: a share, and whether it is stable."""
    count, bullets, stable = _round_trip((data / "26-healthcare-llms" / "README.md").read_text(encoding="utf-8"))
    return {"readme": Measurement(value=bool(bullets) and count == bullets and stable, n=bullets)}


@measurement("coverage_map.matrix")
def what_is_missing(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Places of modality and answer without a benchmark, and whether they come first."""
    places = matrix()
    states = [bool(one.benchmarks) for one in places]
    none = sorted({one.modality for one in places} - {one.modality for one in places if one.benchmarks})
    return {
        "matrix-missing": Measurement(
            value=states.count(False), n=len(places), note=f"nothing at all for: {', '.join(none) or 'none'}"
        ),
        "matrix-first": Measurement(value=states == sorted(states), n=len(places)),
    }
