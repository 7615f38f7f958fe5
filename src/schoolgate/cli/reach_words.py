"""Words of the commands on reach: readings, steps of a path, and why something goes nowhere."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final

from schoolgate.engines import reach
from schoolgate.engines.reach.drawing.words import day, evidence, in_force, pairs_in_words, plain

from .network_question import ELSE

READING_WORD: Final[dict[reach.Reading, str]] = {"strict": "strictly read", "worst_case": "worst case"}
WHY: Final[dict[str, str]] = {
    "dates": "not in force while the giver has the data",
    "labels": "its terms let none of these kinds and purposes through",
    "onward": "the giver got the data on the promise not to pass it on, or nobody has read whether it may",
}
ELSE_MEANS: Final = (
    f"'{ELSE}' stands for every kind of data and purpose that no agreement of the network names; it goes only where "
    "nobody has read the terms."
)
_OBSERVED: Final = "this shows that the records named in the source took this way; it does not show it of any others"
# Kinds whose code says less than they cover.
_KINDS: Final = {"state_police": "sheriff, state or transit police"}


def kind_in_words(kind: str) -> str:
    """A kind of agency as people would say it."""
    return _KINDS.get(kind, plain(kind))


def steps_in_words(network: reach.Network, path: reach.Path) -> Iterable[str]:
    """The steps of a path, each with its agreement, evidence, days, source and what survives."""
    day_known = True
    for place, step in enumerate(path.steps, start=1):
        day_known = day_known and not step.unknown_start
        yield from _step(network, place, step, day(step.day) if day_known else "day not known")


def _step(network: reach.Network, place: int, step: reach.Step, when: str) -> Iterable[str]:
    one = step.agreement
    names = f"{network.agency(one.giver).name} > {network.agency(one.receiver).name}"
    yield f"  {place}. {names}, {when}: {one.title} ({one.id})"
    clause = f", {one.clause}" if one.clause else ""
    yield f"     {evidence(one)}; {in_force(one)}; {one.source}{clause}"
    yield f"     survives: {pairs_in_words(step.pairs)}"
    if one.status == "observed":
        yield f"     {_OBSERVED}"
        if one.notes:
            yield f"     note: {one.notes}"
    if step.despite_promise:
        yield "     in spite of the giver's promise not to pass it on"


def names_else(paths: Iterable[reach.Path]) -> bool:
    """Whether what survives some step has to be explained."""
    return any(ELSE in pair for path in paths for step in path.steps for pair in step.pairs)


def why_nothing(crossing: reach.Crossing) -> str:
    """Why an agreement that leads out of a closed set carries nothing, in words."""
    one = crossing.agreement
    if one.status == "prohibited":
        return f"prohibited: {one.source}"
    if crossing.why == "status":
        return f"{one.status.replace('_', ' ')}: this evidence is not admitted here"
    unread = crossing.why == "labels" and (one.kinds is None or one.purposes is None)
    return "its terms were not read" if unread else WHY[crossing.why]


def silent(network: reach.Network, ids: Collection[str]) -> tuple[reach.Agency, ...]:
    """Those of some agencies that never give in a network: of them it says nothing, rather than no."""
    givers = {one.giver for one in network.agreements}
    return tuple(network.agency(one) for one in sorted(ids) if one not in givers)


def not_said(agencies: Collection[reach.Agency]) -> str:
    """That a network does not say to whom some agencies give; empty for none."""
    return f"this network does not say to whom {_listed(agencies)} gives" if agencies else ""


def ended(network: reach.Network, holder: reach.Agency, since: date, statuses: Collection[reach.Status]) -> str:
    """That every agreement by which a holder gives had ended before the copy was made; empty when it is not so."""
    giving = [one for one in network.agreements if one.giver == holder.id and one.status in statuses]
    last = [one.end for one in giving if one.end]
    if not giving or len(last) < len(giving) or max(last) >= since:
        return ""
    note = f" {holder.notes}" if holder.notes else ""
    return (
        f"Nothing leaves {holder.name} since {day(max(last))}, the day its last agreement ended, so a copy made later "
        f"stays there. For a copy of an earlier day ask with --since.{note}"
    )


def _listed(agencies: Collection[reach.Agency], limit: int = 5) -> str:
    names = [one.name for one in agencies]
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return (" or ".join(names) if len(names) < 3 else ", ".join(names[:limit])) + more  # noqa: PLR2004 - two of them
