"""Public lists of agencies as files: read, and compared with the registry. Nothing is written here."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from schoolgate.engines.reach import Agreement, ReachError
from schoolgate.interop import agency_lists
from schoolgate.interop.networks import FileProblems

from .asked import SCHOOL
from .importing import CannotImport
from .matching import DEPUTIZED, Line, Proposed
from .models import Agency, ListedAgency, PublicList

LARGEST: Final = 10 * 1024 * 1024
OFFICES: Final = "field_offices"


@dataclass(frozen=True, slots=True)
class Read:
    """A public list as it was read.

    Attributes:
        lines: Its agencies, each once.
        proposals: Which may be agencies of ours.
        notes: What was odd in the file, and how it was taken.
    """

    lines: tuple[Line, ...]
    proposals: tuple[Proposed, ...]
    notes: tuple[str, ...]


def read_list(name: str, content: bytes, published: date, agencies: Iterable[Agency]) -> Read:
    """Read a list by its publisher's format and propose which lines are agencies of ours. One query for 287(g).

    Args:
        name: Which list it is.
        content: The file.
        published: When it was published.
        agencies: The registry.

    Raises:
        CannotImport: With everything that is wrong in the file.
    """
    if len(content) > LARGEST:
        raise CannotImport(["The file is larger than 10 MB. Choose the list as its publisher gives it."])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(content)
        try:
            lines, notes = READERS[name](path, published)
        except FileProblems as refused:
            more = refused.count - len(refused.problems)
            raise CannotImport([*map(str, refused.problems), *([f"And {more} more."] if more else [])]) from None
        except ReachError as problem:
            raise CannotImport([str(problem)]) from None
    ours = [agency_lists.Listing(one.slug, one.name, one.state, one.county) for one in agencies if one.kind != SCHOOL]
    theirs = [agency_lists.Listing(one.key, one.name, one.state, one.county) for one in lines]
    proposals = () if name == OFFICES else agency_lists.propose(theirs, ours)
    return Read(
        lines,
        tuple(Proposed(one.left.key, one.right.key, round(1000 * one.score), one.reasons) for one in proposals),
        notes,
    )


def _deputized(path: Path, published: date) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The agencies with agreements under section 287(g); each agreement lies in the facts of its agency."""
    found = agency_lists.read_287g(path, published=published)
    source = f"ICE, participating agencies, {published.isoformat()}"
    edges = agency_lists.edges_to_immigration(found.rows, offices=_offices(), source=source)
    signed: dict[str, list[dict[str, object]]] = {}
    for one in edges.agreements:
        receiver = edges.agency(one.receiver)
        signed.setdefault(one.giver, []).append({**_kept(one), "to": receiver.id, "to_name": receiver.name})
    lines = tuple(
        Line(one.key, one.name, one.state, one.county, facts={"agreements": signed[one.key]})
        for one in agency_lists.participants(found.rows)
    )
    return lines, tuple(map(str, found.notes))


def _kept(one: Agreement) -> dict[str, object]:
    return {
        "title": one.title,
        "start": one.start.isoformat() if one.start else None,
        "purposes": sorted(one.purposes or ()),
        "source": one.source,
        "clause": one.clause,
        "notes": one.notes,
    }


def _offices() -> Sequence[agency_lists.FieldOffice]:
    """The field offices of the newest list that was imported. One query."""
    newest = PublicList.objects.filter(name=OFFICES).order_by("-imported_at").values("pk")[:1]
    rows = ListedAgency.objects.filter(list__in=newest)
    return [agency_lists.FieldOffice(int(one.facts["line"]), one.name, one.state, one.county, "") for one in rows]


def _pending(path: Path, _published: date) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The agencies that asked for an agreement: no agreements."""
    found = agency_lists.read_pending_287g(path)
    return tuple(Line(one.key, one.name, one.state, one.county) for one in agency_lists.participants(found.rows)), ()


def _ori(path: Path, _published: date) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The agencies with their ORI codes, each once."""
    found = agency_lists.read_ori(path)
    lines = {
        key: Line(key, row.agency, row.state, row.county, row.ori)
        for row in found.rows
        if row.ori
        for key in [f"ori-{row.state.lower()}-{row.ori}-{row.agency}"[:200]]
    }
    return tuple(lines.values()), tuple(map(str, found.notes))


def _field_offices(path: Path, _published: date) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """Which field office has which state or county: kept for the agreements of 287(g) lists that come later."""
    found = agency_lists.read_field_offices(path)
    return tuple(
        Line(f"office-{row.line}", row.office, row.state, row.county, facts={"line": row.line}) for row in found.rows
    ), ()


READERS: Final[dict[str, Callable[[Path, date], tuple[tuple[Line, ...], tuple[str, ...]]]]] = {
    DEPUTIZED: _deputized,
    "287g_pending": _pending,
    "ori": _ori,
    OFFICES: _field_offices,
}
