"""How the commands on change tell what they found, in words and as data."""

from collections.abc import Iterator
from typing import Any, Final, Literal

from schoolgate.engines import reach
from schoolgate.engines.reach.drawing.words import evidence, in_force, pairs_in_words

from .network_question import Asked
from .reach_words import READING_WORD

Quantity = Literal["any", "all", "none"]
_PAIR: Final = 2
CHANGE: Final = {
    "gained": "could read it only then",
    "lost": "could read it no more",
    "sooner": "could read it sooner",
    "later": "could read it later",
    "wider": "could get more of it, or for more purposes",
    "narrower": "could get less of it, or for fewer purposes",
}

# --- in words ------------------------------------------------------------------------------------


def title(reading: reach.Reading) -> str:
    """A reading, to begin a sentence with."""
    word = READING_WORD[reading]
    return word[0].upper() + word[1:]


def called(ends: tuple[reach.Agency, ...], quantity: Quantity = "any") -> str:
    """Those asked about, in words: one of them, all or none."""
    if len(ends) == 1:
        return ends[0].name
    word = {"any": "either", "all": "both", "none": "neither"}[quantity] if len(ends) == _PAIR else quantity
    of = f" of kind {ends[0].kind}" if len({one.kind for one in ends}) == 1 else ""
    return f"{word} of {len(ends)} agencies{of}"


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
    if found is None:
        whom = called(ends, "all")
        return (
            f"{title(reading)}: nothing that may be ended cuts {whom} off from {holder.name}; what must stay suffices."
        )
    if not found:
        can = f"{called(ends)} cannot" if len(ends) == 1 else f"{called(ends, 'none')} can"
        return f"{title(reading)}: {can} reach what {holder.name} holds, so nothing has to end."
    number = "1 agreement suffices" if len(found) == 1 else f"{len(found)} agreements suffices; fewer do not"
    return f"{title(reading)}: to cut {called(ends, 'all')} off from {holder.name}, the end of {number}."


def difference_sentence(holder: reach.Agency, reading: reach.Reading, found: reach.Difference) -> str:
    """The answer of `what-if`."""
    gained, lost = len(found.gained), len(found.lost)
    if not any((found.gained, found.lost, found.sooner, found.later, found.wider, found.narrower)):
        return f"{title(reading)}: nothing changes for what {holder.name} holds."
    return (
        f"{title(reading)}: {gained} more and {lost} fewer could read what {holder.name} holds, "
        f"{len(found.after.reached)} instead of {len(found.before.reached)}{_other(found)}."
    )


def _other(found: reach.Difference) -> str:
    told = [
        f"{len(ids)} {words}"
        for ids, words in (
            (found.sooner, "sooner"),
            (found.later, "later"),
            (found.wider, "more of it"),
            (found.narrower, "less of it"),
        )
        if ids
    ]
    return f"; of those that could before and after, {', '.join(told)}" if told else ""


def terms_changed(network: reach.Network, found: reach.Difference) -> Iterator[str]:
    """What those get more, or less, that can read it before and after."""
    for ids, word, more, less in (
        (found.wider, "more", found.after, found.before),
        (found.narrower, "less", found.before, found.after),
    ):
        for one in ids:
            if one in more.reached and one in less.reached:
                pairs = more.reached[one].pairs - less.reached[one].pairs
                yield f"{network.agency(one).name}, {word}: {pairs_in_words(pairs)}."


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
