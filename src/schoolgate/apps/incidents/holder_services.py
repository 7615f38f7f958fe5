"""The act by which the office writes down that a holder of an expunged copy was told."""

from datetime import date
from uuid import UUID

from django.http import Http404

from schoolgate.apps.access.actors import OFFICE, Actor
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind

from .holders import find_order, lines_of
from .models import CourtOrder, HolderTold, ToldHow


@act(Kind.HOLDER_TOLD, roles=OFFICE)
def tell_holder(*, actor: Actor, order: CourtOrder, copy: str, agency: UUID, told_on: date, how: ToldHow) -> HolderTold:
    """Write down that a holder was told of the expungement, and asked to destroy the copy and say so.

    Raises:
        NotAllowed: The order is not the actor's to see.
        Impossible: Nobody holds such a copy, it was written down before, or the day makes no sense.
    """
    try:
        held = find_order(actor, order.pk)
    except Http404:
        raise NotAllowed("this order is not yours") from None
    CourtOrder.objects.select_for_update().get(pk=held.pk)
    line = next((one for one in lines_of(held) if (one.holder.copy, one.holder.agency.pk) == (copy, agency)), None)
    if line is None:
        raise Impossible("Nobody holds this copy. Look at the list again.")
    if line.knows:
        raise Impossible("That they were told is written down already.")
    if not held.dated_on <= told_on <= today():
        raise Impossible("They were told between the day of the order and today. Correct the day.")
    made = HolderTold.objects.create(
        order=held,
        copy=copy,
        agency=line.holder.agency,
        told_on=told_on,
        how=how,
        entered_by_id=actor.person,
        entered_at=now(),
    )
    facts: dict[str, object] = {
        "order": str(held.pk),
        "copy": copy,
        "agency": line.holder.agency.slug,
        "told_on": told_on.isoformat(),
        "how": str(how),
    }
    record(actor=actor, subject=f"report:{held.report_id}", facts=facts)
    return made
