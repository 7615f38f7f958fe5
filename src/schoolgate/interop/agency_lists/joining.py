"""Two networks as one, with the agencies that were confirmed to be the same."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from schoolgate.engines.reach import KIND, Agency, Agreement, Network, ReachError
from schoolgate.interop.agency_lists.confirming import Confirmed
from schoolgate.interop.agency_lists.kinds import UNKNOWN_KIND

_AS: Final = "Listed as"


def join(network: Network, listed: Network, confirmed: Iterable[Confirmed] = ()) -> Network:
    """Add a list's agencies and agreements to a network.

    A confirmed agency of the list becomes the network's: the network's id, name and kind stay (the list's kind when
    the network's is not known), its other name is noted. An agency with the same id in both, such as `ice`, is the
    same when it has the same kind. An agreement that would join an agency with itself goes, since its two ends were
    confirmed to be one.

    Raises:
        ReachError: When a confirmed id is in neither network as it should be, when one agency of the list is
            confirmed to be several of the network, or when the two have different things under one id.
    """
    same = _identities(network, listed, confirmed)
    agencies = {one.id: one for one in network.agencies}
    for other in listed.agencies:
        if other.id in same:
            agencies[same[other.id]] = _merged(agencies[same[other.id]], other)
        elif other.id not in agencies:
            agencies[other.id] = replace(other, part_of=same.get(other.part_of, other.part_of))
        elif agencies[other.id].kind != other.kind:
            raise ReachError(
                f"both networks have an agency {other.id!r}, one of the kind {agencies[other.id].kind}, the other "
                f"{other.kind}; rename one"
            )
    agreements = {one.id: one for one in network.agreements}
    for agreement in listed.agreements:
        moved = _moved(agreement, same)
        if agreements.setdefault(moved.id, moved) != moved:
            raise ReachError(f"both networks have an agreement {moved.id!r}, and they differ; rename one")
    return Network(tuple(agencies.values()), tuple(one for one in agreements.values() if one.giver != one.receiver))


def _identities(network: Network, listed: Network, confirmed: Iterable[Confirmed]) -> dict[str, str]:
    ours, theirs = ({one.id for one in some.agencies} for some in (network, listed))
    same: dict[str, str] = {}
    for pair in confirmed:
        if pair.left not in ours or pair.right not in theirs:
            missing, where = (pair.left, "network") if pair.left not in ours else (pair.right, "list")
            raise ReachError(f"confirmed: there is no agency {missing!r} in the {where}; propose again from these two")
        if same.setdefault(pair.right, pair.left) != pair.left:
            raise ReachError(
                f"confirmed: {pair.right!r} is said to be {same[pair.right]!r} and also {pair.left!r}. Those are two "
                "agencies of the network; confirm one, or make them one first"
            )
    return same


def _merged(ours: Agency, theirs: Agency) -> Agency:
    known = f"{_AS} {theirs.name}" + (f" ({theirs.notes})." if theirs.notes else ".")
    return replace(
        ours,
        kind=theirs.kind if ours.kind == UNKNOWN_KIND else ours.kind,
        notes=" ".join(filter(None, (ours.notes, known))),
    )


def _moved(agreement: Agreement, same: dict[str, str]) -> Agreement:
    return replace(
        agreement,
        giver=same.get(agreement.giver, agreement.giver),
        receiver=same.get(agreement.receiver, agreement.receiver),
        onward_to=frozenset(word if word.startswith(KIND) else same.get(word, word) for word in agreement.onward_to),
    )
