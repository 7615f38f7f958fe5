"""Which agencies belong together: by what is part of what, from the top down."""

from collections import defaultdict
from uuid import UUID

from schoolgate.engines import reach

from .models import Agency


def whole_of(agency: Agency) -> frozenset[UUID]:
    """The ids of all that belongs to the same whole as an agency, itself among them.

    A copy is bound by the terms on which any part of the whole got it, and what one part did all have done. One query.
    """
    parts = Agency.objects.order_by().filter(part_of__isnull=False).values_list("pk", "part_of_id")
    return _whole(agency.pk, {part: whole for part, whole in parts if whole})


def whole_in(network: reach.Network, slug: str) -> frozenset[str]:
    """The same by slugs, of agencies in a network. No query."""
    return _whole(slug, {one.id: one.part_of for one in network.agencies if one.part_of})


def _whole[Id: (UUID, str)](agency: Id, above: dict[Id, Id]) -> frozenset[Id]:
    below: dict[Id, list[Id]] = defaultdict(list)
    for part, whole in above.items():
        below[whole].append(part)
    top = agency
    climbed: set[Id] = set()
    while top in above and top not in climbed:
        climbed.add(top)
        top = above[top]
    found: set[Id] = set()
    storey = {top}
    while storey := storey - found:
        found |= storey
        storey = {part for whole in storey for part in below[whole]}
    return frozenset(found)
