"""Which agencies belong together: by what is part of what, from the top down."""

from uuid import UUID

from .models import Agency


def whole_of(agency: Agency) -> frozenset[UUID]:
    """The ids of all that belongs to the same whole as an agency, itself among them.

    A copy is bound by the terms on which any part of the whole got it, and what one part did all have done. One query
    for each storey of the whole: one for an agency that stands alone.
    """
    top = agency
    climbed = {agency.pk}
    while top.part_of_id is not None and top.part_of_id not in climbed:
        top = Agency.objects.only("part_of").get(pk=top.part_of_id)
        climbed.add(top.pk)
    found: set[UUID] = set()
    storey = {top.pk}
    while storey := storey - found:
        found |= storey
        storey = set(Agency.objects.filter(part_of__in=storey).values_list("pk", flat=True))
    return frozenset(found)
