"""The rows of the public lists of agencies, each as a dataclass, and what had to be repaired in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from schoolgate.interop.agency_lists.states import postal
from schoolgate.interop.networks.problems import Findings, Problem, shown
from schoolgate.interop.networks.tables import Row, read_rows

# How the lists say that they do not know.
_MISSING: Final = frozenset({"", "NA", "N/A", "#N/A", "#NA", "-1"})
_MODELS: Final = {"Task Force Model": "tfm", "Warrant Service Officer": "wso", "Jail Enforcement Model": "jem"}
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
# Month, day and year with at least one of their strokes.
_STROKES: Final = re.compile(r"\d{1,2}/\d{1,2}/?\d{4}|\d{2,4}/\d{4}")
# The program has existed since the law of 30 September 1996.
_FIRST: Final = date(1996, 9, 30)


@dataclass(frozen=True, slots=True)
class Applied:
    """An agency that asked ICE for an agreement under section 287(g); no agreement exists.

    Attributes:
        line: In its file.
        state: Postal code.
        agency: As written.
        type: `County`, `Municipality` or `State Agency`, as written.
        county: As written, such as `Polk County`; empty when not given.
        model: The kind of support, as written, such as `Task Force Model`.
    """

    line: int
    state: str
    agency: str
    type: str
    county: str
    model: str

    @property
    def model_code(self) -> str:
        """`tfm`, `wso`, `jem`, or the model's first letters."""
        return _MODELS.get(self.model) or "".join(word[0] for word in self.model.lower().split())


@dataclass(frozen=True, slots=True)
class Participant(Applied):
    """An agreement under section 287(g); an agency may have several, of different models.

    Attributes:
        signed: The day; None when the list's date cannot be read in one way only.
        moa: Whether the list links the agreement's text: `link`, `link pending` or empty.
        addendum: The same for an addendum.
    """

    signed: date | None
    moa: str
    addendum: str


@dataclass(frozen=True, slots=True)
class OriRow:
    """Which ORI code an agency has.

    Attributes:
        line: In its file.
        state: Postal code.
        county: Empty when not given.
        zip: Empty when not given.
        agency: In the crosswalk's shortened lower-case words, such as `polk county sheriff`.
        ori: Nine letters and digits; empty when not given.
        program: The 287(g) model of the row it was made for.
        agency_type: Such as `(001) Sheriff`; empty when not given.
    """

    line: int
    state: str
    county: str
    zip: str
    agency: str
    ori: str
    program: str
    agency_type: str


@dataclass(frozen=True, slots=True)
class FieldOffice:
    """An area of a field office of ICE.

    Attributes:
        line: In its file.
        office: Its city.
        state: Postal code.
        county: Without the word County; empty when it has the whole state, or the rest of it.
        notes: As written.
    """

    line: int
    office: str
    state: str
    county: str
    notes: str


@dataclass(frozen=True, slots=True)
class Listed[T]:
    """A list as it was read.

    Attributes:
        rows: In the file's order.
        notes: What was odd in it and how it was taken; a reader should see them.
    """

    rows: tuple[T, ...]
    notes: tuple[Problem, ...]


_APPLIED: Final = ("STATE", "LAW ENFORCEMENT AGENCY", "TYPE", "COUNTY", "SUPPORT TYPE")


def read_287g(path: Path, *, published: date | None = None) -> Listed[Participant]:
    """Read ICE's list of agencies with agreements under section 287(g).

    Args:
        path: The list, as CSV.
        published: Its day; from the file's name (`..._2025-07-18.csv`) unless given. No agreement is younger.

    Raises:
        FileProblems: When columns are missing, or a row has no agency or no known state.
    """
    findings, notes = Findings(), list[Problem]()
    last = published or day_of(path)
    rows: list[Participant] = []
    for row in read_rows(path, (*_APPLIED, "SIGNED", "MOA", "ADDENDUM"), findings, published=True):
        signed, note = _signed(row.cells["SIGNED"], last)
        if note:
            notes.append(Problem(path.name, row.line, "SIGNED", *note))
        rows.append(
            Participant(
                *_applied(row, path.name, findings),
                signed=signed,
                moa=_given(row.cells["MOA"]),
                addendum=_given(row.cells["ADDENDUM"]),
            )
        )
    findings.raise_if_any()
    return Listed(tuple(rows), tuple(notes))


def read_pending_287g(path: Path) -> Listed[Applied]:
    """Read ICE's list of agencies that applied: no agreements, and never edges of a network.

    Raises:
        FileProblems: When columns are missing, or a row has no agency or no known state.
    """
    findings = Findings()
    rows = [Applied(*_applied(row, path.name, findings)) for row in read_rows(path, _APPLIED, findings, published=True)]
    findings.raise_if_any()
    return Listed(tuple(rows), ())


def read_ori(path: Path) -> Listed[OriRow]:
    """Read a crosswalk from agencies' names to ORI codes; rows without a code are kept, and noted.

    Raises:
        FileProblems: When columns are missing, or a row has no agency or no known state.
    """
    columns = ("state", "county", "zip", "agency", "ori", "program_type", "agency_type")
    findings, notes = Findings(), list[Problem]()
    rows: list[OriRow] = []
    for row in read_rows(path, columns, findings, published=True):
        cells = [_given(row.cells[column]) for column in columns[1:]]
        if not cells[3]:
            notes.append(Problem(path.name, row.line, "ori", "no code is given", "The agency is kept without one"))
        state = _state(row, "state", path.name, findings)
        _named(row, "agency", path.name, findings)
        rows.append(OriRow(row.line, state, *cells))
    findings.raise_if_any()
    return Listed(tuple(rows), tuple(notes))


def read_field_offices(path: Path) -> Listed[FieldOffice]:
    """Read which field office of ICE has which state or county.

    Raises:
        FileProblems: When columns are missing, or a row has no office or no known state.
    """
    columns = ("office_name", "state_name", "county_name", "notes")
    findings = Findings()
    rows: list[FieldOffice] = []
    for row in read_rows(path, columns, findings, published=True):
        state = _state(row, "state_name", path.name, findings)
        _named(row, "office_name", path.name, findings)
        rows.append(
            FieldOffice(row.line, row.cells["office_name"], state, row.cells["county_name"], row.cells["notes"])
        )
    findings.raise_if_any()
    return Listed(tuple(rows), ())


def day_of(path: Path) -> date | None:
    """The day in a file's name: `2025-07-18` or `20240426`; None when there is none."""
    found = re.search(r"(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)", path.stem)
    return _day(*found.groups()) if found else None


def _applied(row: Row, file: str, findings: Findings) -> tuple[int, str, str, str, str, str]:
    _named(row, "LAW ENFORCEMENT AGENCY", file, findings)
    agency, kind, county, model = (_given(row.cells[column]) for column in _APPLIED[1:])
    return row.line, _state(row, "STATE", file, findings), " ".join(agency.split()), kind, county, model


def _state(row: Row, column: str, file: str, findings: Findings) -> str:
    code = postal(row.cells[column])
    if not code:
        findings.add(file, row.line, column, f"{shown(row.cells[column])} is no state", "Correct its name or code")
    return code


def _named(row: Row, column: str, file: str, findings: Findings) -> None:
    if not _given(row.cells[column]):
        findings.add(file, row.line, column, "is empty", "Write the name, or take the row out")


def _given(cell: str) -> str:
    return "" if cell.upper() in _MISSING else cell


def _signed(text: str, last: date | None) -> tuple[date | None, tuple[str, str] | None]:
    """The day a cell says, with a note when it had to be repaired or could not be."""
    latest = last or date.max
    if (found := _ISO.fullmatch(text)) and (day := _day(*found.groups())) and _FIRST <= day <= latest:
        return day, None
    if _STROKES.fullmatch(text):
        readings = _readings(text, latest)
        if len(readings) == 1:
            return readings[0], (f"{shown(text)} is no date", f"Taken as {readings[0]}, the one way to read it")
    return None, (f"{shown(text)} is no date that can be", "The first day counts as not known")


def _readings(text: str, latest: date) -> Sequence[date]:
    """Every way to read month, day and year, as written in the United States, with a stroke left out or not."""
    front, year = text[:-4].removesuffix("/"), text[-4:]
    cuts = [front.split("/")] if "/" in front else [[front[:at], front[at:]] for at in range(1, len(front))]
    days = {_day(year, *cut) for cut in cuts if max(map(len, cut)) <= len("31")}
    return sorted(day for day in days if day and _FIRST <= day <= latest)


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
