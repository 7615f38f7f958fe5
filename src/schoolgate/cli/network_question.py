"""What the commands on networks ask: agencies by id or name, days, words, readings and evidence."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

import typer

from schoolgate.engines import reach
from schoolgate.interop.networks import labels

ELSE: Final = "anything else"
_SUGGESTED: Final = 3
_NEAR: Final = 60
_DAY: Final = ["%Y-%m-%d"]

FromOption = Annotated[str | None, typer.Option("--from", help="Who holds the copy: an agency, by id or exact name.")]
ToKindOption = Annotated[
    list[str] | None, typer.Option("--to-kind", help="Only agencies of this kind, such as federal_immigration.")
]
ToOption = Annotated[list[str] | None, typer.Option("--to", help="Only this agency, by id or exact name.")]
SinceOption = Annotated[
    datetime | None, typer.Option(formats=_DAY, help="The day from which it holds the copy; today if not given.")
]
UntilOption = Annotated[datetime | None, typer.Option(formats=_DAY, help="Look no further than this day.")]
OnOption = Annotated[
    datetime | None, typer.Option(formats=_DAY, help="For a copy made on this day, as things stood that day.")
]
KindsOption = Annotated[
    str | None,
    typer.Option(
        help="Kinds of data, with commas; if not given, every kind the network names, and 'anything else' for others."
    ),
]
PurposesOption = Annotated[
    str | None,
    typer.Option(
        help="Purposes, with commas; if not given, every purpose the network names, and 'anything else' for others."
    ),
]


class Readings(StrEnum):
    """How terms that nobody has read are taken."""

    STRICT = "strict"
    WORST_CASE = "worst_case"
    BOTH = "both"

    @property
    def each(self) -> tuple[reach.Reading, ...]:
        """The readings to show."""
        return ("strict", "worst_case") if self is Readings.BOTH else (self.value,)  # type: ignore[return-value]


class Evidence(StrEnum):
    """How much evidence is admitted; each level has those before it."""

    DOCUMENTED = "documented"
    DISPUTED = "disputed"
    OBSERVED = "observed"

    @property
    def statuses(self) -> frozenset[reach.Status]:
        """What it admits."""
        return reach.LEVELS[self.value]


ReadingOption = Annotated[
    Readings,
    typer.Option(
        help="How unknown terms are taken: as no (strict), as yes (worst_case), or both side by side. `reach` and "
        "`what-if` show both unless told; what to end is looked for in the worst case, which leaves no doubt."
    ),
]
EvidenceOption = Annotated[
    Evidence,
    typer.Option(
        "--evidence", help="Evidence to admit: papers and statutes, disputed ones too, observed transfers too."
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question but for who holds the copy and how unknown terms are read."""

    network: reach.Network
    since: date
    until: date | None
    kinds: frozenset[str]
    purposes: frozenset[str]
    statuses: frozenset[reach.Status]

    def reach(self, start: str, reading: reach.Reading) -> reach.Reach:
        """Who can reach what `start` holds."""
        return reach.reach(
            self.network,
            start,
            self.since,
            self.kinds,
            self.purposes,
            until=self.until,
            statuses=self.statuses,
            reading=reading,
        )


def asked(
    network: reach.Network,
    *,
    since: datetime | None,
    until: datetime | None,
    on: datetime | None,
    kinds: str | None,
    purposes: str | None,
    evidence: Evidence,
) -> Asked:
    """Build a question from options.

    Raises:
        ReachError: When two options contradict, or a word is nowhere in the network.
    """
    if on and (since or until):
        raise reach.ReachError("--on stands for --since and --until of one day; give it alone, or those two")
    first = (on or since or datetime.combine(date.today(), datetime.min.time())).date()  # noqa: DTZ011 - the reader's own day
    last = (on or until).date() if on or until else None  # type: ignore[union-attr]  # one of the two is there
    if last and last < first:
        raise reach.ReachError(f"--until {last} is before the first day {first}; turn them round")
    known_kinds, known_purposes = labels(network)
    return Asked(
        network,
        first,
        last,
        _words("--kinds", kinds, known_kinds),
        _words("--purposes", purposes, known_purposes),
        evidence.statuses,
    )


def agency(network: reach.Network, named: str) -> reach.Agency:
    """The agency of this id, or of exactly this name in any case.

    Raises:
        ReachError: When there is none, with those that are spelled nearly so, or more than one.
    """
    by_id = {one.id: one for one in network.agencies}
    if named in by_id:
        return by_id[named]
    found = [one for one in network.agencies if one.name.casefold() == named.strip().casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise reach.ReachError(f"{named!r} is the name of {len(found)}; say which by id: {_ids(found)}")
    from rapidfuzz import process  # noqa: PLC0415 - only a misspelt name needs it

    names = {one.id: one.name for one in network.agencies}
    near = process.extract(named, names, limit=_SUGGESTED, score_cutoff=_NEAR, processor=str.casefold)
    by_spelling = [by_id[key] for _, _, key in near]
    hint = f"Did you mean {_ids(by_spelling)}?" if by_spelling else "`schoolgate network check` lists them."
    raise reach.ReachError(f"no agency of this network is called {named!r}. {hint}")


def targets(network: reach.Network, named: Iterable[str], kinds: Collection[str]) -> tuple[reach.Agency, ...]:
    """The agencies that are asked about, by name and by kind; none for everybody.

    Raises:
        ReachError: For an agency or a kind that is not there.
    """
    known = {one.kind for one in network.agencies}
    for kind in kinds:
        if kind not in known and kind not in reach.KINDS_OF_AGENCY:
            raise reach.ReachError(f"{kind!r} is no kind of agency. {reach.instead_of(kind)}")
        if kind not in known:
            raise reach.ReachError(
                f"no agency of this network is of kind {kind!r}, so it cannot say; here are {', '.join(sorted(known))}"
            )
    wanted = {agency(network, one).id for one in named}
    return tuple(one for one in network.agencies if one.id in wanted or one.kind in kinds)


def days(entered: Iterable[str], option: str) -> Mapping[str, date | None]:
    """Read `ID` or `ID:YYYY-MM-DD` as an id and a day.

    Raises:
        ReachError: When what stands after the colon is no day.
    """
    found: dict[str, date | None] = {}
    for one in entered:
        name, colon, day = one.rpartition(":")
        try:
            found[name if colon else one] = date.fromisoformat(day) if colon else None
        except ValueError:
            raise reach.ReachError(f"{option} {one}: {day!r} is not a day; write ID:YYYY-MM-DD") from None
    return found


def _ids(agencies: Iterable[reach.Agency]) -> str:
    return ", ".join(f"{one.id} ({one.name})" for one in agencies)


def _words(option: str, given: str | None, known: frozenset[str]) -> frozenset[str]:
    """The words given, or all that are known and one for what none of them names."""
    if given is None:
        return known | {ELSE}
    words = frozenset(word.strip() for word in given.split(",") if word.strip())
    if strange := sorted(words - known - {ELSE}):
        raise reach.ReachError(
            f"{option}: {strange[0]!r} is nowhere in this network; known are {', '.join(sorted(known))}"
        )
    return words
