"""Which agencies belong together: by what is part of what, from the top down."""

from collections import defaultdict
from uuid import UUID

from .models import Agency


def whole_of(agency: Agency) -> frozenset[UUID]:
    """The ids of all that belongs to the same whole as an agency, itself among them.

    A copy is bound by the terms on which any part of the whole got it, and what one part did all have done. One query.
    """
    parts = Agency.objects.filter(part_of__isnull=False).values_list("pk", "part_of_id")
    above = {part: whole for part, whole in parts if whole}
    below: dict[UUID, list[UUID]] = defaultdict(list)
    for part, whole in above.items():
        below[whole].append(part)
    top = agency.pk
    climbed: set[UUID] = set()
    while top in above and top not in climbed:
        climbed.add(top)
        top = above[top]
    found: set[UUID] = set()
    storey = {top}
    while storey := storey - found:
        found |= storey
        storey = {part for whole in storey for part in below[whole]}
    return frozenset(found)
