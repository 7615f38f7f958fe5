"""Reads of the network of agencies."""

from typing import cast

from schoolgate.engines import reach

from .models import Agency, Agreement


def network(*, public: bool = False) -> reach.Network:
    """The network as the reach engine sees it. Two queries.

    Args:
        public: Only what everybody may see: without transfers out of a child's case, without the agencies known
            from nothing else, and without who entered what.
    """
    agencies = Agency.objects.select_related("part_of")
    # The documents' sealed bytes stay where they are: only their hash is wanted.
    agreements = Agreement.objects.select_related("giver", "receiver", "document").defer(
        "document__sealed", "document__wrapped_key"
    )
    rows = list(agreements)
    known = list(agencies)
    if public:
        hidden = _only_in_cases(rows)
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


def _only_in_cases(agreements: list[Agreement]) -> set[str]:
    """The agencies that are known only from transfers that are not public."""
    shown: set[str] = set()
    hidden: set[str] = set()
    for one in agreements:
        (shown if one.public else hidden).update((one.giver.slug, one.receiver.slug))
        if one.public:
            shown.update(one.onward_to)
    return hidden - shown


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
    """Whether the agency was seen to pass a copy on against the condition under which it held it. One query."""
    return Agreement.objects.filter(giver=agency, breaks_condition=True).exists()
