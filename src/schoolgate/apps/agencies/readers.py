"""Who could read a copy next: what is asked of the reach engine about a copy in an agency's hands, and the answers.

Two readings of terms that nobody has read, three levels of evidence, and, where the copy left under the condition not
to pass it on (34 CFR 99.33(a)), once as if the condition is kept and once as if it is broken: a promise is no wall.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings

from schoolgate.engines import reach

from .models import RECIPIENT_KINDS

# The level of evidence that leaves nobody out.
WIDEST: Final = "observed"
# What a copy of a report is, in the words of agreements. Anything else counts as an incident report.
COPY_KINDS: Final = frozenset({"weapon_report", "abuse_report", "incident_report"})
# What an agency says that it needs a record for, in the words of agreements; a purpose not named here is its own word.
PURPOSE_WORDS: Final[Mapping[str, str]] = {
    "investigation": "law_enforcement",
    "locate_or_arrest": "law_enforcement",
    "prosecution_or_defense": "prosecution",
    "intelligence": "criminal_intelligence",
    "emergency_response": "law_enforcement",
    "services": "school_service",
}
# What a copy holds besides when it tells of one of the seven things that M.G.L. c.71 s.37L names.
PROTECTED: Final = "protected_attributes"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy in an agency's hands.

    Attributes:
        holder: The agency's slug.
        since: The day it gets it.
        kinds: What is in it, in the words of agreements.
        purpose: What it was asked for, in the words of agreements.
        bound: Whether it leaves under the condition not to pass it on.
        exempt: Whether the federal rule itself leaves it free, since it left under court paper (34 CFR 99.33(c)). A
            copy that is neither left without a condition, and nothing more is known.
    """

    holder: str
    since: date
    kinds: frozenset[str] = frozenset({"incident_report"})
    purpose: str = "law_enforcement"
    bound: bool = False
    exempt: bool = False

    @classmethod
    def of(
        cls, holder: str, since: date, *, kinds: Iterable[str], purpose: str, bound: bool, exempt: bool = False
    ) -> "Copy":
        """A copy for what it was asked for, in the law's words."""
        return cls(holder, since, frozenset(kinds), PURPOSE_WORDS.get(purpose, purpose), bound, exempt)


def kinds_of(record: str, *, protected: bool) -> frozenset[str]:
    """What is in a copy of a record, in the words of agreements.

    Args:
        record: The kind of record, in the law's words.
        protected: Whether the copy tells of one of the things that M.G.L. c.71 s.37L protects.
    """
    return frozenset({record if record in COPY_KINDS else "incident_report", *([PROTECTED] if protected else [])})


@dataclass(frozen=True, slots=True)
class NextReader:
    """An agency that could read a copy next, by the path that is known best.

    Attributes:
        id: Its slug.
        name: As people call it.
        kind: Of which kind it is.
        day: The first day on which it could have the copy.
        shortest: The fewest steps by which it can.
        path: The steps that are known best.
        strict: Whether it can also when unknown terms count as not allowing.
        holder: Who has the copy first.
        network: In which network.
    """

    id: str
    name: str
    kind: str
    day: date
    shortest: reach.Path
    path: reach.Path
    strict: bool
    holder: str
    network: reach.Network

    @property
    def steps(self) -> int:
        """How many agreements the path has that is known best."""
        return self.path.hops

    @property
    def weakest(self) -> reach.Status:
        """The weakest evidence on that path: it is known no better."""
        return self.path.weakest_status

    @property
    def names(self) -> tuple[str, ...]:
        """The agencies along that path, the holder first."""
        return names_along(self.path, self.network, self.holder)

    @property
    def watched(self) -> bool:
        """Whether its kind is watched."""
        return is_watched(self.kind)


@dataclass(frozen=True, slots=True)
class WhoNext:
    """Everything that is known about who could read a copy next.

    Attributes:
        copy: Which copy.
        network: In which network.
        answers: On each level of evidence, in both readings, as if nobody keeps a condition.
        kept: By reading, on all evidence, if the holder keeps the condition; empty where none binds.
        readers: All that could have it in the widest answer: the watched first, then the nearest.
    """

    copy: Copy
    network: reach.Network
    answers: reach.SideBySide
    kept: Mapping[reach.Reading, reach.Reach]
    readers: tuple[NextReader, ...]

    @property
    def holder(self) -> reach.Agency:
        """Who has the copy."""
        return self.network.agency(self.copy.holder)

    @property
    def widest(self) -> reach.Reach:
        """The answer that leaves nobody out: all evidence, unknown terms counted as allowing."""
        return self.answers.answer(WIDEST, "worst_case")

    @property
    def watched(self) -> NextReader | None:
        """The nearest reader of a watched kind."""
        return nearest(self.readers)

    @property
    def kept_readers(self) -> tuple[NextReader, ...]:
        """Who could have it although the holder keeps the condition: by law, or because it was seen to happen."""
        if not self.kept:
            return ()
        return readers_of(self.kept["worst_case"], self.kept["strict"], self.copy)


def watched_kinds() -> frozenset[str]:
    """The kinds of agencies whose reach is shown first, and watched."""
    return frozenset(settings.WATCHED_KINDS)


def is_watched(kind: str) -> bool:
    """Whether a kind of agency is watched."""
    return kind in watched_kinds()


def kind_words(kind: str) -> str:
    """A kind of agency in words."""
    return RECIPIENT_KINDS.get(kind, kind.replace("_", " ").capitalize())


def next_readers(copy: Copy, network: reach.Network) -> WhoNext:
    """Who could read a copy next, on every level of evidence, in both readings. Asks no database.

    Agreements that begin later count from their first day. Six searches, two more for a condition: milliseconds
    for a district's network.

    Raises:
        ReachError: The holder is not in the network.
    """
    purposes = purposes_of(network, copy.purpose)
    answers = reach.side_by_side(network, copy.holder, copy.since, copy.kinds, purposes)
    # A holder that promised lets go only what a statute orders, or what was seen to go; the next one is not bound.
    kept = {
        reading: reach.reach_from(
            network,
            {copy.holder: copy.since},
            copy.kinds,
            purposes,
            may_pass_to={copy.holder: ()},
            statuses=reach.LEVELS[WIDEST],
            reading=reading,
        )
        for reading in (reach.READINGS if copy.bound else ())
    }
    readers = readers_of(answers.answer(WIDEST, "worst_case"), answers.answer(WIDEST, "strict"), copy)
    return WhoNext(copy, network, answers, kept, readers)


def purposes_of(network: reach.Network, own: str) -> frozenset[str]:
    """Every purpose that an agreement names, and the holder's own."""
    named = (one.purposes for one in network.agreements if one.purposes is not None)
    return frozenset({own}).union(*named)


def readers_of(
    answer: reach.Reach, strict: reach.Reach, copy: Copy, *, only: Callable[[str], bool] = lambda _: True
) -> tuple[NextReader, ...]:
    """The reached agencies of an answer as readers: the watched first, then the nearest.

    Args:
        answer: With whom it reaches.
        strict: The same question when unknown terms count as not allowing.
        copy: Which copy.
        only: Whether agencies of a kind are wanted at all.
    """
    readers = [
        NextReader(
            id=one.agency.id,
            name=one.agency.name,
            kind=one.agency.kind,
            day=one.day,
            shortest=one.fewest_hops,
            path=one.strongest,
            strict=one.agency.id in strict.reached,
            holder=copy.holder,
            network=answer.network,
        )
        for one in answer.reached.values()
        if only(one.agency.kind)
    ]
    return tuple(sorted(readers, key=lambda one: (not one.watched, one.shortest.hops, one.name)))


def nearest(readers: Iterable[NextReader]) -> NextReader | None:
    """The nearest of a watched kind, or None."""
    return min((one for one in readers if one.watched), key=lambda one: one.shortest.hops, default=None)


def names_along(path: reach.Path, network: reach.Network, holder: str) -> tuple[str, ...]:
    """The names of the agencies along a path, the holder first."""
    return (network.agency(holder).name, *(network.agency(step.agreement.receiver).name for step in path.steps))


def open_since(path: reach.Path) -> tuple[date | None, bool]:
    """Since when every agreement on a path holds, as far as known, and whether the first day of some is not known."""
    days = [step.agreement.start for step in path.steps]
    return max((day for day in days if day), default=None), None in days
