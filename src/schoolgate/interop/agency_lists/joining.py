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
    the network's is not known), its other name is noted. When one of the list is confirmed to be two of the network,
    such as two accounts of one department, all three become the first of them. An agency with the same id in both,
    such as `ice`, is the same when it has the same kind. An agreement goes that would join an agency with itself,
    since its two ends were confirmed to be one.

    Raises:
        ReachError: When a confirmed id is not where it should be, or the two have different things under one id.
    """
    confirmed = tuple(confirmed)
    ours, theirs = _identities(network, listed, confirmed)
    agencies = {one.id: one for one in network.agencies if one.id not in ours}
    for one in network.agencies:
        if one.id in ours:
            agencies[ours[one.id]] = _merged(agencies[ours[one.id]], one)
    for one in listed.agencies:
        if one.id in theirs:
            agencies[theirs[one.id]] = _merged(agencies[theirs[one.id]], one)
        elif agencies.setdefault(one.id, one).kind != one.kind:
            known = agencies[one.id].kind
            raise ReachError(
                f"both networks have an agency {one.id!r}, of the kinds {known} and {one.kind}; rename one of the two"
            )
    agreements: dict[str, Agreement] = {}
    for agreement in (
        *(_moved(one, ours) for one in network.agreements),
        *(_moved(one, theirs) for one in listed.agreements),
    ):
        if agreements.setdefault(agreement.id, agreement) != agreement:
            raise ReachError(
                f"both networks have an agreement {agreement.id!r}, and they differ; rename one of the two"
            )
    return Network(
        tuple(_part(one, ours | theirs) for one in agencies.values()),
        tuple(one for one in agreements.values() if one.giver != one.receiver),
    )


def _identities(
    network: Network, listed: Network, confirmed: Iterable[Confirmed]
) -> tuple[dict[str, str], dict[str, str]]:
    """For ids of the network, and of the list, that give way: the id that stays."""
    order = {one.id: number for number, one in enumerate(network.agencies)}
    known = {one.id for one in listed.agencies}
    groups: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for pair in confirmed:
        for id_, among, where in ((pair.left, order, "network"), (pair.right, known, "list")):
            if id_ not in among:
                raise ReachError(f"confirmed: there is no agency {id_!r} in the {where}; propose again from these two")
        left, right = ("ours", pair.left), ("theirs", pair.right)
        group = groups.get(left, {left}) | groups.get(right, {right})
        groups.update(dict.fromkeys(group, group))
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    for (side, id_), group in groups.items():
        stays = min((one for where, one in group if where == "ours"), key=order.__getitem__)
        if side == "theirs":
            theirs[id_] = stays
        elif id_ != stays:
            ours[id_] = stays
    return ours, theirs


def _merged(stays: Agency, other: Agency) -> Agency:
    known = f"{_AS} {other.name}" + (f" ({other.notes.removesuffix('.')})." if other.notes else ".")
    return replace(
        stays,
        kind=other.kind if stays.kind == UNKNOWN_KIND else stays.kind,
        notes=" ".join(filter(None, (stays.notes, known))),
    )


def _part(agency: Agency, same: dict[str, str]) -> Agency:
    whole = same.get(agency.part_of, agency.part_of)
    return agency if whole == agency.part_of else replace(agency, part_of="" if whole == agency.id else whole)


def _moved(agreement: Agreement, same: dict[str, str]) -> Agreement:
    if not same.keys() & {agreement.giver, agreement.receiver, *agreement.onward_to}:
        return agreement
    return replace(
        agreement,
        giver=same.get(agreement.giver, agreement.giver),
        receiver=same.get(agreement.receiver, agreement.receiver),
        onward_to=frozenset(word if word.startswith(KIND) else same.get(word, word) for word in agreement.onward_to),
    )
