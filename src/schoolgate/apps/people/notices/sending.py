"""Telling people of the district: a row each, and a mail that says nothing of what it is about."""

import smtplib
from collections.abc import Collection, Iterable
from typing import Final
from uuid import UUID

from django.core.mail import EmailMessage, MailerDoesNotExist

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.apps.schools.selectors import district
from schoolgate.engines.vault import Context, VaultError

from .models import Notice, NoticeAddress, Told

# One round of mails: what is left waits for the next.
ROUND: Final = 50
REVIEW: Final = (
    "There is something for you to review. Sign in as you always do, and open \u201cNotices\u201d.\n\n"
    "This mail says nothing more, and holds no link, on purpose.\n"
)
OWN: Final = (
    "Something was just done with your sign-in that others are told of. Sign in as you always do, and open "
    "\u201cNotices\u201d to see what.\n\nIf it was not you, call the records office now.\n\n"
    "This mail says nothing more, and holds no link, on purpose.\n"
)


def privacy_officers(*, but: Collection[UUID | None] = ()) -> set[UUID]:
    """Who minds privacy: the records officers, and counsel where there are no others. At most two queries."""
    for role in (Role.RECORDS_OFFICER, Role.COUNSEL):
        if found := holders(role) - set(but):
            return found
    return set()


def holders(role: Role, *, school: UUID | None = None) -> set[UUID]:
    """Whose sign-ins hold a role today; with a school, there."""
    from schoolgate.apps.people.models import Membership  # noqa: PLC0415 - the app's models import this package's

    rows = Membership.objects.on(today()).filter(role=role, user__is_active=True)
    return set((rows.filter(school=school) if school else rows).values_list("user_id", flat=True))


def tell(users: Iterable[UUID], what: Told, about: UUID) -> None:
    """Write down that people are told of something, within the act that it is about. One query."""
    moment = now()
    # Whoever did it has seen it done: to them the mail alone is news.
    seen = moment if what is Told.GLASS_OWN else None
    Notice.objects.bulk_create(
        Notice(to_id=one, what=what.value, about=about, made_at=moment, seen_at=seen) for one in set(users)
    )


def send_notices() -> int:
    """Mail what waits; gives how many were sent. Called after an act has committed, and by the worker.

    A notice is taken by marking it, so that two processes never mail it twice; when the mail cannot be sent the mark
    is taken back, and the rest waits for the next round.
    """
    sent = 0
    for one in list(Notice.objects.to_mail().order_by("made_at")[:ROUND]):
        if not Notice.objects.filter(pk=one.pk, mailed_at__isnull=True).update(mailed_at=now()):
            continue
        try:
            _mail(address_of(one.to_id), OWN if one.what == Told.GLASS_OWN else REVIEW)
        except (MailerDoesNotExist, OSError, smtplib.SMTPException, VaultError):
            # Also without its text, which could hold the address.
            Notice.objects.filter(pk=one.pk).update(mailed_at=None)
            return sent
        sent += 1
    return sent


def address_of(user: UUID) -> str:
    """Where somebody reads mail; empty when nobody knows. One query."""
    found = NoticeAddress.objects.filter(user=user).first()
    if found is None:
        return ""
    return open_value(place_of(user), found.wrapped_key, found.sealed).decode()


def place_of(pk: UUID) -> Context:
    """Where a person's address stands, whose key is the person's own."""
    return context("people.noticeaddress", pk, "address")


def _mail(to: str, text: str) -> None:
    name = " ".join(district().name.split())
    EmailMessage(f"{name}: there is something to review", text, None, [to]).send()
