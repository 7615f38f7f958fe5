"""Reads of the network of agencies."""

from collections.abc import Collection, Iterable
from typing import cast

from schoolgate.engines import reach

from .models import Agency, Agreement
from .wholes import whole_of


def network(*, public: bool = False, holders: Collection[str] = ()) -> reach.Network:
    """The network as the reach engine sees it. Two queries.

    Args:
        public: Only what everybody may see: without transfers out of a child's case, without the agencies entered
            for one, and without who entered what.
        holders: Slugs of agencies that are in it whatever else holds: whoever asks knows that they hold a copy.
    """
    agencies = Agency.objects.select_related("part_of")
    # The documents' sealed bytes stay where they are: only their hash is wanted.
    agreements = (
        Agreement.objects.filter(withdrawn=False)
        .select_related("giver", "receiver", "document")
        .defer("document__sealed", "document__wrapped_key")
    )
    rows = list(agreements)
    known = list(agencies)
    if public:
        hidden = hidden_agencies(known, rows) - set(holders)
        rows = [one for one in rows if one.public]
        known = [one for one in known if one.slug not in hidden]
        for one in known:
            if one.part_of and one.part_of.slug in hidden:
                one.part_of = None
    named = {one.slug for one in known} | {reach.KIND + one.kind for one in known}
    return reach.Network(
        agencies=tuple(_agency(one) for one in known),
        agreements=tuple(_agreement(one, named, public=public) for one in rows),
    )


def hidden_agencies(agencies: Iterable[Agency], agreements: Iterable[Agreement]) -> set[str]:
    """The agencies that the office alone may see: entered for a case, and named by no agreement that all may see."""
    shown: set[str] = set()
    for one in agreements:
        if one.public:
            shown.update((one.giver.slug, one.receiver.slug, *one.onward_to))
    return {one.slug for one in agencies if one.entered_for_case} - shown


def _agency(one: Agency) -> reach.Agency:
    return reach.Agency(
        id=one.slug,
        name=one.name,
        kind=one.kind,
        notes=one.notes,
        form=cast("reach.Form", one.form),
        part_of=one.part_of.slug if one.part_of else "",
    )


def _agreement(one: Agreement, named: set[str], *, public: bool) -> reach.Agreement:
    # A promise to pass on only to agencies that are not shown here is, among those shown, a promise to nobody.
    onward_to = named.intersection(one.onward_to)
    onward = "no" if one.onward == "only" and not onward_to else one.onward
    return reach.Agreement(
        id=one.slug,
        giver=one.giver.slug,
        receiver=one.receiver.slug,
        title=one.title,
        start=one.starts,
        end=one.ends,
        kinds=None if one.kinds is None else frozenset(one.kinds),
        purposes=None if one.purposes is None else frozenset(one.purposes),
        onward=cast("reach.Onward", onward),
        status=cast("reach.Status", one.status),
        source=one.source,
        notes=one.notes,
        onward_to=frozenset(onward_to),
        basis=cast("reach.Basis", one.basis),
        clause=one.clause,
        document=one.document.sha256 if one.document else "",
        entered_by="" if public or one.entered_by is None else str(one.entered_by),
    )


def broke_a_condition(agency: Agency) -> bool:
    """Whether a copy was seen to be passed on against its condition by the agency, or by what belongs to its whole.

    One query more than `whole_of` takes.
    """
    return Agreement.objects.filter(giver__in=whole_of(agency), breaks_condition=True).exists()
