"""The networks that commands are given: files, folders, lists and the one that is built in, joined into one."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer

from schoolgate.engines import reach
from schoolgate.interop import agency_lists, networks

from .terminal import Exit, err, start_django, stop

STARTER: Final = "massachusetts"
OWN: Final = "own"
_287G: Final = frozenset({"LAW ENFORCEMENT AGENCY", "SIGNED"})
_PENDING: Final = frozenset({"LAW ENFORCEMENT AGENCY"})
_BEGIN: Final = 10_000
_OFFICES: Final = frozenset({"office_name", "state_name"})
_TAKEN: Final = (
    "Give a network as JSON, GraphML or a folder with agencies.csv and agreements.csv; a folder with a published "
    f"sharing list (agency*.csv and agency_access*.csv); a 287(g) list; ICE's field offices; or {STARTER}"
)

NetworkOption = Annotated[
    list[str] | None,
    typer.Option(
        "--network",
        help="A network: JSON, GraphML, a folder of CSV files, a folder with a published sharing list, a 287(g) list "
        "(CSV), ICE's field offices (CSV), or massachusetts, which is built in. Several are joined; the first one's "
        "names stay. The district's own (also called own) when none is given.",
        show_default=False,
    ),
]
ConfirmedOption = Annotated[
    Path | None,
    typer.Option("--confirmed", help="Which agencies are the same: the file of `network names` with its answers."),
]
CertainOption = Annotated[
    bool,
    typer.Option("--accept-certain", help="Take agencies as the same where state, sort and place agree beyond doubt."),
]


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the networks that were given.

    Attributes:
        named: As it was given.
        network: What is in it.
        listings: Its agencies with what their list says of where they are, to be compared by name.
    """

    named: str
    network: reach.Network
    listings: tuple[agency_lists.Listing, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The networks that were given, as one.

    Attributes:
        network: All of them, joined.
        first: The first alone.
        notes: What a reader should know of the joining.
    """

    network: reach.Network
    first: reach.Network
    notes: tuple[str, ...]


def load(given: Sequence[str] | None, *, confirmed: Path | None = None, accept_certain: bool = False) -> Loaded:
    """Read every network that was given and join them.

    Raises:
        ReachError: For what cannot be read or joined, with the place.
        OSError: For a file that is not there.
    """
    given = given or [OWN]
    with busy("Reading the networks"):
        return _joined(read_all(given), confirmed, accept_certain=accept_certain)


def _joined(listed: Sequence[Listed], confirmed: Path | None, *, accept_certain: bool) -> Loaded:
    first, *others = listed
    network = first.network
    notes: list[str] = []
    pairs = _confirmed(confirmed) if confirmed else ()
    used: set[agency_lists.Confirmed] = set()
    for other in others:
        theirs = {one.id for one in other.network.agencies}
        same = {pair for pair in pairs if pair.right in theirs}
        used |= same
        if accept_certain:
            proposals = agency_lists.propose(agency_lists.listings(network.agencies), other.listings)
            told = {pair.right for pair in same}
            same |= {pair for pair in agency_lists.confirmed(proposals) if pair.right not in told}
        network = agency_lists.join(network, other.network, sorted(same, key=lambda pair: (pair.left, pair.right)))
        notes.append(f"{len(same)} of the {len(theirs)} agencies of {Path(other.named).name} are taken as known ones.")
        if not accept_certain and not confirmed:
            notes.append("Give --accept-certain, or --confirmed with the answers to `network names`, to match names.")
    if stray := sorted(pair.right for pair in set(pairs) - used):
        raise reach.ReachError(f"{confirmed}: {stray[0]!r} is in none of the networks after the first; propose again")
    return Loaded(network, first.network, tuple(notes))


def _confirmed(path: Path) -> tuple[agency_lists.Confirmed, ...]:
    try:
        return agency_lists.read_confirmed(path)
    except networks.FileProblems as problem:
        raise _at(path, problem) from None


def read_all(given: Sequence[str]) -> list[Listed]:
    """Read networks one by one; lists of field offices say to which office the 287(g) lists lead.

    Raises:
        ReachError: As `load`.
        OSError: As `load`.
    """
    offices = [
        office
        for named in given
        if _columns(Path(named)) >= _OFFICES
        for office in agency_lists.read_field_offices(Path(named)).rows
    ]
    found = [_read(named, offices) for named in given if not _columns(Path(named)) >= _OFFICES]
    if not found:
        raise reach.ReachError(f"{given[0]}: field offices alone are no network. {_TAKEN}.")
    return found


def _read(named: str, offices: Sequence[agency_lists.FieldOffice]) -> Listed:
    try:
        return _read_one(named, Path(named), offices)
    except networks.FileProblems as problem:
        raise _at(Path(named), problem) from None


def _read_one(named: str, path: Path, offices: Sequence[agency_lists.FieldOffice]) -> Listed:
    if named == STARTER and not path.exists():
        return _plain(named, reach.starter_network(named))
    if named == OWN and not path.exists():
        return _plain(named, _own())
    if path.is_dir():
        return _plain(named, _folder(path))
    reader = _BY_ENDING.get(path.suffix.lower())
    if reader is not None:
        return _plain(named, reader(path))
    if _columns(path) >= _287G:
        rows = agency_lists.read_287g(path).rows
        network = agency_lists.edges_to_immigration(rows, offices=offices, source=f"287(g) list {path.name}")
        return Listed(named, network, agency_lists.participants(rows))
    if _columns(path) >= _PENDING:
        raise reach.ReachError(
            f"{named}: these are agencies that applied under section 287(g). Applications are no agreements; "
            "give the list of participating agencies."
        )
    if not path.exists():
        raise reach.ReachError(f"{named}: there is no such file or folder. {_TAKEN}.")
    if path.suffix.lower() != ".csv":
        return _plain(named, _json(path))
    raise reach.ReachError(f"{named}: this is none of the networks that can be read. {_TAKEN}.")


def _plain(named: str, network: reach.Network) -> Listed:
    return Listed(named, network, agency_lists.listings(network.agencies))


def _folder(path: Path) -> reach.Network:
    if (path / "agencies.csv").exists():
        return networks.read_network_csv(path)
    access = sorted(path.glob("agency_access*.csv"))
    if not access:
        raise reach.ReachError(f"{path}: neither agencies.csv nor agency_access*.csv is in this folder. {_TAKEN}.")
    newest = access[-1]
    agencies = path / newest.name.replace("agency_access", "agency")
    return agency_lists.read_sharing(agencies, newest)


def _at(path: Path, refused: networks.FileProblems) -> networks.FileProblems:
    """The same problems with the folders of their files: many files have these names."""
    folder = path if path.is_dir() else path.parent
    told = tuple(replace(one, file=str(folder / one.file)) for one in refused.problems)
    return networks.FileProblems(told, refused.count)


def read_json(path: Path) -> object:
    """The JSON of a file.

    Raises:
        ReachError: With the line, when it is none.
        OSError: For a file that is not there.
    """
    try:
        data: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as problem:
        raise reach.ReachError(f"{path}:{problem.lineno}: this is no JSON ({problem.msg}).") from problem
    except UnicodeDecodeError as problem:
        raise reach.ReachError(f"{path}: this is not text in UTF-8. Save it in UTF-8.") from problem
    except RecursionError:
        raise reach.ReachError(f"{path}: it is nested too deeply to be a network or a proof.") from None
    return data


def _json(path: Path) -> reach.Network:
    data = read_json(path)
    try:
        return reach.network_from_json(data)
    except reach.ReachError as problem:
        raise reach.ReachError(f"{path}: {problem}") from None


_BY_ENDING: Final[dict[str, Callable[[Path], reach.Network]]] = {
    ".graphml": networks.read_graphml,
    ".xml": networks.read_graphml,
}


def _columns(path: Path) -> set[str]:
    """The columns of a CSV file; none for anything else."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return set()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        begin = file.read(_BEGIN)
    if "\x00" in begin or "\ufffd" in begin[:2]:
        raise reach.ReachError(f"{path}: this is no text in UTF-8. Save the file as CSV in UTF-8.")
    first: Iterable[str] = next(csv.reader(begin.splitlines(keepends=True), skipinitialspace=True), [])
    for mark, called in ((";", "semicolons"), ("\t", "tabs")):
        if mark in "".join(first) and len([*first]) == 1:
            raise reach.ReachError(f"{path}: this is separated by {called}. Save it with commas between the cells.")
    return {column.strip() for column in first}


def _own() -> reach.Network:
    start_django()
    from django.db import DatabaseError  # noqa: PLC0415 - as the next line

    from schoolgate.apps.agencies.selectors import network  # noqa: PLC0415 - needs the apps loaded

    try:
        found = network()
        public = network(public=True)
    except DatabaseError as problem:
        stop(
            f"the district's database cannot be read ({problem}); "
            "run `schoolgate doctor --mend`, or give --network FILE",
            Exit.CANNOT_RUN,
        )
    if not found.agencies:
        stop(f"the district has entered no agencies yet; give --network FILE, or --network {STARTER}", Exit.CANNOT_RUN)
    if hidden := len(found.agreements) - len(public.agreements):
        of_all = f"{hidden} of these {len(found.agreements)} agreements are not public"
        tell([f"{of_all}: what is made of them is for the office."])
    return found


def busy(doing: str) -> AbstractContextManager[object]:
    """Show on a terminal that something goes on."""
    return err.status(doing) if err.is_terminal else nullcontext()


def tell(notes: Iterable[str]) -> None:
    """Notes go where errors go, so that they never mix with what a machine reads."""
    for note in notes:
        err.print(f"schoolgate: {note}", soft_wrap=True, markup=False)
