"""What a list will hold, before anybody is given it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from schoolgate.apps.incidents.models import Incident
from schoolgate.apps.ledger.acts import Impossible

# A data file of a district has codes, no records.
LARGEST_DATA_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """The files of a list.

    Attributes:
        files: texts by name.
        rows: how many rows the main file has.
        students: who stands in it.
        data_file: SHA-256 of the district's data file by which it was made.
        notes: what whoever confirms it must know, in sentences that name nobody.
    """

    files: Mapping[str, str]
    rows: int
    students: frozenset[UUID]
    data_file: str
    notes: tuple[str, ...] = field(default=())


def read_data_file(path: Path, what: str, verb: str) -> str:
    """A district's data file.

    Raises:
        Impossible: It is not there, or is no text; says what to do.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_DATA_FILE + 1)
    except OSError as problem:
        raise Impossible(
            f"The district's data file for {what} ({path.name}) cannot be read. Whoever runs the site makes it: {verb}."
        ) from problem
    if len(data) > LARGEST_DATA_FILE:
        raise Impossible(f"{path.name} is larger than a data file can be. Whoever runs the site looks at it.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise Impossible(f"{path.name} is not UTF-8. Save it as UTF-8.") from problem


def keys_of(incidents: Iterable[Incident]) -> dict[UUID, str]:
    """The number by which people find each incident: the feed's, or its report's. Fetch with `reports`."""
    found = {}
    for one in incidents:
        numbers = sorted(report.number for report in one.reports.all() if not report.apart)
        found[one.pk] = one.feed_key or (numbers[0] if numbers else f"I-{one.pk.hex[:12]}")
    return found
