"""Destruction: what two people signed, record by record, each in a transaction of its own.

Killed at any moment, each record is whole or gone, and the next call goes on where this one stopped.
"""

import logging
from contextlib import suppress

from django.db import DatabaseError, connection, transaction

from schoolgate.apps.access.actors import SYSTEM, Actor
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.people.models import Student

from .models import Certificate, Item, Proposal, ProposalState
from .sealed import destroy_draft, destroy_papers, destroy_report
from .selectors import held_of, papers_held_of
from .services import certify, one_at_a_time

_log = logging.getLogger(__name__)


def carry_out(proposal: Proposal, *, actor: Actor = SYSTEM, most: int | None = None) -> Certificate | None:
    """Destroy what waits of a proposal that was signed twice, then certify it.

    At most `most` records have their turn, for a page that must not wait.

    Returns:
        The certificate, once nothing waits; None before.
    """
    waiting = Item.objects.filter(
        proposal=proposal, proposal__state=ProposalState.SIGNED, destroyed_at__isnull=True, spared=""
    )
    for pk in list(waiting.values_list("pk", flat=True)[:most]):
        _destroy(pk)
    if Proposal.objects.get(pk=proposal.pk).state != ProposalState.SIGNED or waiting.exists():
        return None
    forget_traces()
    return certify(actor=actor, proposal=proposal)


def carry_out_signed() -> list[Certificate]:
    """Go on with every destruction that was cut off or is still under way: for the worker. Two queries when none is."""
    made = []
    for one in list(Proposal.objects.filter(state=ProposalState.SIGNED)):
        # A page may carry out the same one at this moment, and be the first to certify it.
        with suppress(Impossible):
            made.append(carry_out(one))
    return [one for one in made if one is not None]


def forget_traces() -> None:
    """Make what was overwritten leave the files it passed through, as far as the database can.

    SQLite overwrites in its file (`secure_delete`, see settings) and keeps pages in the write-ahead log until that is
    cut off, which a reader may put off: the next run does it then. PostgreSQL keeps old rows in its files, its log and
    its archive, whatever is done: only the end of the dated wrapping key makes them useless (docs/retention.md).
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
    except DatabaseError as problem:
        busy = type(problem).__name__
    if busy:
        _log.warning("the write-ahead log could not be cut off (%s); the next run tries again", busy)


@transaction.atomic
def _destroy(item_id: int) -> None:
    """One record: destroyed, or spared when it is held by now."""
    one_at_a_time()
    item = Item.objects.select_for_update().select_related("proposal").get(pk=item_id)
    if item.destroyed_at is not None or item.spared or item.proposal.state != ProposalState.SIGNED:
        return
    if item.report_id is not None:
        # Locked, so that no request can be matched to it between the look and the end.
        report = Report.objects.select_for_update().get(pk=item.report_id)
        looked = Report.objects.filter(pk=report.pk).annotate(held=held_of(today(), besides=item.proposal))
        item.spared = looked.values_list("held", flat=True).get()
        gone = None if item.spared else destroy_report(report)
    elif item.papers_of_id is not None:
        student = Student.objects.filter(pk=item.papers_of_id)
        held = student.annotate(held=papers_held_of(today(), besides=item.proposal)).values_list("held", flat=True)
        item.spared = held.get()
        gone = None if item.spared else destroy_papers(item.papers_of_id)
    else:
        gone = destroy_draft(item.draft) if item.draft else None
        item.spared = "" if gone and gone.keys else "gone"
    if not item.spared and gone is not None:
        item.destroyed_at, item.keys, item.epochs = now(), gone.keys, sorted(gone.epochs)
        item.shredded = sorted(gone.shredded)
    item.save(update_fields=["destroyed_at", "spared", "keys", "epochs", "shredded"])
