"""How the commands on change tell what they found, in words and as data."""

from typing import Any

from schoolgate.engines import reach
from schoolgate.engines.reach.drawing.words import evidence, in_force

from .network_question import Asked
from .reach_shown import READING_WORD

# --- in words ------------------------------------------------------------------------------------


def title(reading: reach.Reading) -> str:
    """A reading, to begin a sentence with."""
    word = READING_WORD[reading]
    return word[0].upper() + word[1:]


def called(ends: tuple[reach.Agency, ...]) -> str:
    """Those asked about, in words."""
    return ends[0].name if len(ends) == 1 else f"one of {len(ends)} agencies of kind {ends[0].kind}"


def choke_sentence(
    holder: reach.Agency,
    ends: tuple[reach.Agency, ...],
    reading: reach.Reading,
    ranked: tuple[reach.Ranked, ...],
) -> str:
    """The answer of `choke-points`."""
    cutting = [one for one in ranked if one.targets and one.endable]
    if not cutting:
        return f"{title(reading)}: no single agreement that may be ended cuts {called(ends)} off from {holder.name}."
    best = cutting[0]
    return (
        f"{title(reading)}: {len(cutting)} agreement{'' if len(cutting) == 1 else 's'}, ended alone, would cut "
        f"{called(ends)} off from {holder.name}; the one that cuts most is {best.agreement.title} "
        f"({best.agreement.id}), which cuts off {len(best.lost)} in all."
    )


def cut_sentence(
    holder: reach.Agency,
    ends: tuple[reach.Agency, ...],
    reading: reach.Reading,
    found: tuple[reach.Agreement, ...] | None,
) -> str:
    """The answer of `cut`."""
    whom = called(ends)
    if found is None:
        return (
            f"{title(reading)}: nothing that may be ended cuts {whom} off from {holder.name}; what must stay suffices."
        )
    if not found:
        return f"{title(reading)}: {whom} cannot reach what {holder.name} holds, so nothing has to end."
    number = "1 agreement suffices" if len(found) == 1 else f"{len(found)} agreements suffice, and no fewer do"
    return f"{title(reading)}: to cut {whom} off from {holder.name}, the end of {number}."


def difference_sentence(holder: reach.Agency, reading: reach.Reading, found: reach.Difference) -> str:
    """The answer of `what-if`."""
    gained, lost = len(found.gained), len(found.lost)
    if not any((found.gained, found.lost, found.sooner, found.later, found.wider, found.narrower)):
        return f"{title(reading)}: nothing changes for what {holder.name} holds."
    return (
        f"{title(reading)}: {gained} more and {lost} fewer could reach what {holder.name} holds; "
        f"{len(found.after.reached)} instead of {len(found.before.reached)}."
    )


def cells(one: reach.Agreement) -> tuple[str, str, str]:
    """An agreement as three cells of a table."""
    return f"{one.title} ({one.id})", evidence(one), in_force(one)


def names(question: Asked, ids: tuple[str, ...]) -> str:
    """Agencies by name."""
    return ", ".join(question.network.agency(one).name for one in ids) or "-"


# --- as data -------------------------------------------------------------------------------------


def plain(one: reach.Agreement) -> dict[str, Any]:
    """An agreement as data."""
    return {"agreement": one.id, "title": one.title, "from": one.giver, "to": one.receiver, "status": one.status}


def plain_ranked(one: reach.Ranked) -> dict[str, Any]:
    """A ranked agreement as data."""
    return {**plain(one.agreement), "targets": one.targets, "lost": one.lost}


def plain_difference(one: reach.Difference) -> dict[str, tuple[str, ...]]:
    """A difference as data."""
    return {
        "gained": one.gained,
        "lost": one.lost,
        "sooner": one.sooner,
        "later": one.later,
        "wider": one.wider,
        "narrower": one.narrower,
    }


def plain_exposure(one: reach.Exposure) -> dict[str, Any]:
    """An agreement with its schools as data."""
    return {**plain(one.agreement), "through": one.through, "only": one.only, "schools": one.schools}
