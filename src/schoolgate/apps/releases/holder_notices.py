"""Whoever has a copy of a report is told when the report is expunged."""

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind

from .addresses import address_of
from .mailing import mail_expungement
from .models import ExpungementNotice, Release


def note_holders(report: Report) -> None:
    """Note, in the act that expunges a report, who must be told: every recipient of a copy of it."""
    releases = Release.objects.filter(request__report=report, expungement__isnull=True)
    ExpungementNotice.objects.bulk_create(ExpungementNotice(release=one, due_at=now()) for one in releases)


@act(Kind.HOLDER_MAILED, roles=frozenset({Role.ADMINISTRATOR}))
def mail_holder(*, actor: Actor, notice: ExpungementNotice) -> ExpungementNotice:
    """Mail the recipient of a copy that the record was expunged.

    The mail goes before the entry is kept: one that was killed in between goes twice rather than never.

    Raises:
        Impossible: It has gone already, no address of the agency is known, or the mail could not be sent.
    """
    held = ExpungementNotice.objects.select_for_update(of=("self",)).select_related("release__agency").get(pk=notice.pk)
    if held.told_at is not None:
        raise Impossible("This agency was told already.")
    release = held.release
    address = address_of(release.agency)
    if address is None:
        raise Impossible("No address of this agency is confirmed: write a letter.")
    mail_expungement(address.email, release.number, release.released_at.date())
    held.told_at, held.address = now(), address
    held.save(update_fields=["told_at", "address"])
    facts: dict[str, object] = {"release": str(release.id), "address": str(address.id)}
    record(actor=actor, subject=f"request:{release.request_id}", facts=facts)
    return held


def mail_holders() -> tuple[int, int]:
    """Tell everyone who is still to be told; each in an act of its own.

    Returns:
        How many were told, and how many still are to be: without a known address, or their mail failed.
    """
    told = left = 0
    for notice in ExpungementNotice.objects.filter(told_at__isnull=True):
        try:
            mail_holder(actor=SYSTEM, notice=notice)
        except Impossible:
            left += 1
        else:
            told += 1
    return told, left
