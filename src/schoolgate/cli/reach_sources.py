"""How the reverse question is told: everybody whose data can get to somebody."""

import csv
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import typer

from schoolgate.engines import reach
from schoolgate.interop.networks.tables import guarded

from .network_files import busy
from .network_question import Asked
from .reach_shown import plain_step
from .reach_words import READING_WORD
from .terminal import Exit, out, print_json, show_line, show_rows


def show_sources(
    asked: Asked,
    ends: tuple[reach.Agency, ...],
    readings: Sequence[reach.Reading],
    listed: Collection[str] | None,
    *,
    csv_file: Path | None,
    as_json: bool,
) -> None:
    """Tell by each reading who can reach the ends, with steps and paths; exit code 1 when nobody can."""
    with busy("Searching"):
        found = {reading: _sources(asked, ends, reading, listed) for reading in readings}
    sentences = [_sentence(asked, ends, reading, some, listed) for reading, some in found.items()]
    without = {reading: _without(asked, ends, some, listed) for reading, some in found.items()}
    if csv_file:
        _write_csv(csv_file, asked, found, without)
    if as_json:
        told: dict[str, Any] = {"answer": " ".join(sentences), "to": [one.id for one in ends]}
        if listed is not None:
            told["without_path"] = {reading: [one.id for one in some] for reading, some in without.items()}
        for reading, some in found.items():
            told[reading] = [_plain(one) for one in some]
        print_json(told)
    else:
        for one in sentences:
            out.print(one, markup=False)
        for reading, some in found.items():
            _print(asked, reading, some, without[reading])
    if not any(found.values()):
        raise typer.Exit(Exit.NO)


def _sources(
    asked: Asked, ends: tuple[reach.Agency, ...], reading: reach.Reading, listed: Collection[str] | None
) -> tuple[reach.Source, ...]:
    answer = reach.sources(
        asked.network,
        [one.id for one in ends],
        asked.since,
        asked.kinds,
        asked.purposes,
        until=asked.until,
        statuses=asked.statuses,
        reading=reading,
    )
    return tuple(one for one in answer.found.values() if listed is None or one.agency.id in listed)


def _sentence(
    asked: Asked,
    ends: tuple[reach.Agency, ...],
    reading: reach.Reading,
    found: tuple[reach.Source, ...],
    listed: Collection[str] | None,
) -> str:
    whom = ends[0].name if len(ends) == 1 else f"one of {len(ends)} agencies of kind {ends[0].kind}"
    inside = {one.id for one in ends}
    others = [one for one in asked.network.agencies if one.id not in inside and (listed is None or one.id in listed)]
    of = f"{len(found)} of {len(others)} agencies" + (" that give data in the first network" if listed else "")
    steps = Counter(one.hops for one in found)
    how = ", ".join(f"{number} in {hops} step{'' if hops == 1 else 's'}" for hops, number in sorted(steps.items()))
    word = READING_WORD[reading]
    return f"{word[0].upper()}{word[1:]}: data of {of} can get to {whom}{f': {how}' if how else ''}."


def _without(
    asked: Asked, ends: tuple[reach.Agency, ...], found: tuple[reach.Source, ...], listed: Collection[str] | None
) -> tuple[reach.Agency, ...]:
    """Those of the list whose data cannot get there; none where nobody asked for a list."""
    there = {one.agency.id for one in found} | {one.id for one in ends}
    return tuple(one for one in asked.network.agencies if one.id in (listed or ()) and one.id not in there)


def _print(
    asked: Asked, reading: reach.Reading, found: tuple[reach.Source, ...], without: tuple[reach.Agency, ...]
) -> None:
    if found:
        rows = [
            (one.agency.name, str(one.hops), one.arrives.isoformat(), " > ".join(_names(asked, one))) for one in found
        ]
        show_rows(("whose data", "steps", "from", "path"), rows, title=_title(reading))
    if without:
        show_line(f"No path, {READING_WORD[reading]}: {', '.join(one.name for one in without)}.")


def _title(reading: reach.Reading) -> str:
    return READING_WORD[reading]


def _names(asked: Asked, source: reach.Source) -> list[str]:
    return [asked.network.agency(step.agreement.receiver).name for step in source.fewest_hops.steps]


def _write_csv(
    path: Path,
    asked: Asked,
    found: dict[reach.Reading, tuple[reach.Source, ...]],
    without: dict[reach.Reading, tuple[reach.Agency, ...]],
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("reading", "agency", "name", "kind", "steps", "from", "last_day", "path", "agreements"))
        for reading, some in found.items():
            for one in some:
                row = (
                    reading,
                    one.agency.id,
                    one.agency.name,
                    one.agency.kind,
                    str(one.hops),
                    one.arrives.isoformat(),
                    one.last_day.isoformat() if one.last_day else "",
                    " > ".join(_names(asked, one)),
                    " > ".join(step.agreement.id for step in one.fewest_hops.steps),
                )
                writer.writerow([guarded(cell) for cell in row])
            for none in without[reading]:
                writer.writerow([guarded(cell) for cell in (reading, none.id, none.name, none.kind, *_NO_PATH)])


_NO_PATH: Final = ("", "", "", "no path", "")


def _plain(source: reach.Source) -> dict[str, Any]:
    return {
        "agency": source.agency.id,
        "name": source.agency.name,
        "kind": source.agency.kind,
        "steps": source.hops,
        "from": source.arrives,
        "last_day": source.last_day,
        "path": [plain_step(step) for step in source.fewest_hops.steps],
    }
