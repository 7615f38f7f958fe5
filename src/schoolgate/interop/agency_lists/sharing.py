"""Published lists of who lets whom into a shared system, as a network."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from schoolgate.engines.reach import Agency, Agreement, Network
from schoolgate.interop.agency_lists.kinds import kind_of
from schoolgate.interop.agency_lists.names import parse_name
from schoolgate.interop.agency_lists.rows import day_of
from schoolgate.interop.networks.problems import Findings, shown
from schoolgate.interop.networks.tables import Row, read_rows

LICENSE_PLATE_READS: Final = frozenset({"license_plate_reads"})
_NOTHING: Final = frozenset({"", "NA"})


def read_sharing(
    agencies: Path,
    access: Path,
    *,
    seen: date | None = None,
    kinds: Iterable[str] | None = LICENSE_PLATE_READS,
    purposes: Iterable[str] | None = None,
    source: str = "",
) -> Network:
    """Read a list of agencies (`id,name,notes`) and who of them gave whom access to its data.

    A row of `access` says that `src_agency` lets `external_agency` in: data moves from the first to the second. It
    was seen on the list's day; the first and the last day are not known, which counts as always. The list is of one
    system that holds one kind of data, so the kind is known. For what the data may be used, and whether it may be
    passed on, the list does not say: both are unknown. So the strict reading finds nobody, the worst case everybody
    along the list; who takes a purpose for granted says so with `purposes`, and then the strict reading finds those
    whom the list names directly and nobody after them.

    Args:
        agencies: CSV of the agencies.
        access: CSV with `src_agency_id` and `external_agency_id`.
        seen: The list's day; from the file's name unless given.
        kinds: Kinds of data in the system; None for unknown.
        purposes: Purposes for which access is given; None for unknown.
        source: Where the list was published, for the agreements' source; the file's name unless given.

    Returns:
        A network whose agencies have ids such as `wilson-nc-pd`: the name in letters and dashes, with the list's
        number after it when two have the same.

    Raises:
        FileProblems: With the line of everything that is wrong; nothing is taken then.
    """
    findings = Findings()
    listed = _agencies(agencies, findings)
    rows = _access(access, listed, findings)
    findings.raise_if_any()
    day = seen or day_of(access)
    on = f", list of {day}" if day else ""
    told = f"Seen on {day}; first and last day are not known." if day else "First and last day are not known."
    given_kinds, given_purposes = _words(kinds), _words(purposes)
    return Network(
        tuple(listed.values()),
        tuple(
            Agreement(
                id=f"access-{giver}-{receiver}",
                giver=listed[giver].id,
                receiver=listed[receiver].id,
                title=f"{listed[receiver].name} may search the system of {listed[giver].name}",
                start=None,
                end=None,
                kinds=given_kinds,
                purposes=given_purposes,
                onward="unknown",
                status="documented",
                source=f"{source or access.name}{on}, line {line}",
                notes=told,
                basis="log_in",
            )
            for line, giver, receiver in rows
        ),
    )


def slug(text: str) -> str:
    """A name in small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "").replace("’", "")).strip("-")  # noqa: RUF001 - as the lists write it


def _words(words: Iterable[str] | None) -> frozenset[str] | None:
    return None if words is None else frozenset(words)


def _agencies(path: Path, findings: Findings) -> dict[str, Agency]:
    rows: dict[str, Row] = {}
    for row in read_rows(path, ("id", "name"), findings, optional=("notes",), published=True):
        number = row.cells["id"]
        if number in rows:
            earlier = rows[number].line
            findings.add(path.name, row.line, "id", f"{number} is used on line {earlier} already", "Give it another")
        elif not number:
            findings.add(path.name, row.line, "id", "is empty", "Give the agency the number that the access list uses")
        elif row.cells["name"] in _NOTHING:
            findings.add(path.name, row.line, "name", "is empty", "Write what the agency is called")
        else:
            rows[number] = row
    used = Counter(slug(row.cells["name"]) for row in rows.values())
    return {number: _agency(number, row, used) for number, row in rows.items()}


def _agency(number: str, row: Row, used: Counter[str]) -> Agency:
    name, notes = row.cells["name"], row.cells.get("notes", "")
    short = slug(name)
    return Agency(
        id=short if short and used[short] == 1 else f"{short}-{number}".strip("-"),
        name=name,
        kind=kind_of(parse_name(name)),
        notes="" if notes in _NOTHING else notes,
    )


def _access(path: Path, listed: dict[str, Agency], findings: Findings) -> list[tuple[int, str, str]]:
    lines: dict[tuple[str, str], int] = {}
    for row in read_rows(path, tuple(_ENDS), findings, optional=tuple(_ENDS.values()), published=True):
        for column, field, wrong, remedy in _wrong_ends(row, listed):
            findings.add(path.name, row.line, column, f"{wrong} {shown(field)}", remedy)
        giver, receiver = (row.cells[end] for end in _ENDS)
        if giver == receiver:
            findings.add(path.name, row.line, "", "an agency gives access to itself", "Take the row out")
        elif (earlier := lines.setdefault((giver, receiver), row.line)) != row.line:
            findings.add(path.name, row.line, "", f"says the same as line {earlier}", "Keep one of them")
    return [(line, giver, receiver) for (giver, receiver), line in lines.items()]


# The number counts; the name beside it must be the same agency's.
_ENDS: Final = {"src_agency_id": "src_agency", "external_agency_id": "external_agency"}


def _wrong_ends(row: Row, listed: dict[str, Agency]) -> Iterator[tuple[str, str, str, str]]:
    for end, name in _ENDS.items():
        number = row.cells[end]
        if number not in listed:
            yield end, number, "no agency has the number", "Add it to the agencies, or correct it"
        elif row.cells.get(name, listed[number].name) != listed[number].name:
            wrong = f"agency {number} is called {shown(listed[number].name)}, not"
            yield name, row.cells[name], wrong, "Correct the number or the name"
