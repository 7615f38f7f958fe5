"""The daily mail of the newest checkpoint: at most one a day for each subscriber, whatever is killed when.

What a mail will hold is written down before it is handed over, and that it was handed over afterwards. A process that
dies in between leaves it open whether the mail went: it is not sent again that day, and the next one holds both.
"""

import hmac
import smtplib
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.db import transaction
from django.db.models import Q, QuerySet

from schoolgate.apps.access.moment import today
from schoolgate.engines import vault

from .keys import keys
from .mails import checkpoint_mail
from .models import Checkpoint
from .models_publication import Subscription
from .publishing import cosigned
from .selectors import latest_checkpoint
from .subscribers import address_of, ending_link, forget_unconfirmed

_REFUSED_FOR_GOOD = 500


class _Line(Protocol):
    """A way to send mail, as Django's backends are."""

    def open(self) -> object: ...

    def close(self) -> object: ...

    def send_messages(self, email_messages: list[EmailMessage]) -> object: ...


@dataclass(frozen=True, slots=True)
class Mailed:
    """What came of a round of mails. No address is in it.

    Args:
        sent: Mails that were handed over.
        failed: Mails that were refused, or of which nobody knows.
        problem: Why the round ended early; empty when it did not.
    """

    sent: int = 0
    failed: int = 0
    problem: str = ""


def mail_due_checkpoints() -> Mailed:
    """Mail the newest checkpoint to every subscriber who got none today. For the worker, after each period.

    A few queries and one mail for each subscriber; nothing when there is nobody, or no way to send mail. Safe to kill
    and to run by two at once.
    """
    forget_unconfirmed()
    last = latest_checkpoint()
    if last is None or "default" not in mailers or not _due(today(), last.size).exists():
        return Mailed()
    note = cosigned(last)
    line: _Line = mailers["default"]
    sent = failed = 0
    try:
        line.open()
        for pk in list(_due(today(), last.size).values_list("pk", flat=True)):
            arrived = _mail_one(line, pk, last, note)
            sent += arrived is True
            failed += arrived is False
    except (OSError, smtplib.SMTPException) as problem:
        return Mailed(sent, failed, f"the mail server did not answer ({type(problem).__name__})")
    finally:
        _close(line)
    return Mailed(sent, failed)


def _due(day: date, size: int) -> QuerySet[Subscription]:
    waiting = Q(begun_on__isnull=True) | Q(begun_on__lt=day)
    rows = Subscription.objects.filter(waiting, confirmed_at__isnull=False, sent_size__lt=size)
    return rows.order_by("confirmed_at", "pk")


def _mail_one(line: _Line, pk: UUID, last: Checkpoint, note: str) -> bool | None:
    """Send one mail; None when somebody else sent it, or it cannot be written."""
    before = _begin(pk, last.size)
    if before is None:
        return None
    try:
        mail = _written(before, last, note)
    except vault.VaultError:
        return None
    try:
        line.send_messages([mail])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as problem:
        _refused(before, again=_code(problem) < _REFUSED_FOR_GOOD)
        return False
    except smtplib.SMTPException:
        # Cut off: nobody knows whether it went. The next subscriber gets a new line.
        _close(line)
        line.open()
        return False
    Subscription.objects.filter(pk=pk, begun_size=last.size).update(sent_size=last.size)
    return True


def _begin(pk: UUID, size: int) -> Subscription | None:
    """Write down, before anything else, that the mail of today begins; the row as it was before."""
    with transaction.atomic(durable=True):
        before = _due(today(), size).select_for_update().filter(pk=pk).first()
        if before is not None:
            Subscription.objects.filter(pk=pk).update(begun_on=today(), begun_size=size)
    return before


def _written(before: Subscription, last: Checkpoint, note: str) -> EmailMessage:
    doubtful = before.begun_size if before.begun_size != before.sent_size else 0
    files = {last.size: note}
    if doubtful and (missed := Checkpoint.objects.filter(size=doubtful).first()):
        files = {missed.size: cosigned(missed), **files}
    about = f"{before.pk} {today().isoformat()}".encode()
    unique = hmac.digest(keys().blind_index, b"schoolgate mail 1\0" + about, "sha256").hex()[:32]
    return checkpoint_mail(
        address_of(before),
        checkpoint=last,
        files=files,
        earlier=before.sent_size,
        doubtful=doubtful if doubtful != last.size else 0,
        page=before.page,
        ending=ending_link(before),
        message_id=f"<{unique}@{settings.LOG_ORIGIN.partition('/')[0]}>",
    )


def _refused(before: Subscription, *, again: bool) -> None:
    """It did not go, that is sure: nothing is in doubt. It is tried again at the next round, or tomorrow."""
    day = before.begun_on if again else today()
    Subscription.objects.filter(pk=before.pk).update(begun_on=day, begun_size=before.begun_size)


def _code(problem: smtplib.SMTPException) -> int:
    if isinstance(problem, smtplib.SMTPResponseException):
        return problem.smtp_code
    refused = problem.args[0] if problem.args else {}
    return min((code for code, _ in refused.values()), default=_REFUSED_FOR_GOOD)


def _close(line: _Line) -> None:
    try:
        line.close()
    except (OSError, smtplib.SMTPException):
        # It was broken before; what was sent over it is written down.
        return
