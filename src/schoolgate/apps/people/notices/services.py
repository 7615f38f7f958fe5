"""One's own notices, and the act of saying where they are mailed to."""

from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from schoolgate.apps.access.actors import EITHER_ADMINISTRATOR, OFFICE, SCHOOL, Actor
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import seal_new

from .models import Notice, NoticeAddress
from .sending import place_of

# Who is told of what others do: nobody outside, no family.
TOLD: Final = SCHOOL | OFFICE | EITHER_ADMINISTRATOR
NEWEST: Final = 50


def see_notices(actor: Actor) -> tuple[list[Notice], set[UUID]]:
    """One's newest notices, and which of them are seen for the first time now. Two queries."""
    rows = list(Notice.objects.filter(to=actor.person)[:NEWEST])
    fresh = {one.pk for one in rows if one.seen_at is None}
    Notice.objects.filter(pk__in=fresh, seen_at__isnull=True).update(seen_at=now())
    return rows, fresh


@act(Kind.NOTICE_ADDRESS_ENTERED, roles=TOLD)
def enter_notice_address(*, actor: Actor, email: str) -> None:
    """Say where one's own notices are mailed to, instead of what was said before.

    Raises:
        Impossible: It is no address.
    """
    address = email.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise Impossible("This is no e-mail address.") from None
    value = seal_new(place_of(actor.person), address.encode())
    NoticeAddress.objects.update_or_create(
        user_id=actor.person,
        defaults={"wrapped_key": value.wrapped_key, "sealed": value.sealed, "entered_at": now()},
    )
    record(actor=actor, subject=f"user:{actor.person}")
