"""Who asked for the daily checkpoint by mail. Two steps: asked on the public page, confirmed from the mail's link.

The address is sealed, found again by a blind index only, and destroyed with its row: when the subscription ends, or
when nobody confirmed it in time. The links are made from the row's id under this installation's key; nothing of them is
stored, and those of a row that is gone open nothing.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.http import Http404

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.engines.vault import Context

from .acts import Impossible, act, record
from .keys import keys
from .kinds import Kind
from .mails import mail_confirmation, mail_reminder
from .models_publication import Subscription
from .safe import context, open_value, seal_new

CONFIRM_WITHIN: Final = timedelta(days=2)
# What one address gets on request, whoever asks, and what the site sends to all of them.
BETWEEN_MAILS: Final = timedelta(minutes=10)
MOST_A_DAY: Final = 3
MOST_AN_HOUR: Final = 60
_VISITORS: Final = frozenset({Role.PUBLIC})
# With the 16 of the id a multiple of three, so that base64 needs no padding.
_MAC_BYTES: Final = 26


def ask_to_subscribe(*, address: str, page: str) -> None:
    """Mail an address the link that confirms it; one that is confirmed, the link that ends it.

    Nobody who asks learns which, nor whether the address was asked for before: there is one answer.

    Args:
        address: Where the checkpoints are to go.
        page: The address of the page on which it was asked for, with a slash at its end; the links lie below it.

    Raises:
        Impossible: No mail can be sent, or too many were asked for on this site.
    """
    found = _noted(address.strip(), page)
    if found is None:
        return
    if found.confirmed_at:
        mail_reminder(address_of(found), ending_link(found), page=found.page)
    else:
        mail_confirmation(address_of(found), confirming_link(found), until=found.asked_at + CONFIRM_WITHIN)


@transaction.atomic
def _noted(address: str, page: str) -> Subscription | None:
    """The row of an address, made or found; None when it had its mails for now."""
    forget_unconfirmed()
    if Subscription.objects.filter(asked_at__gt=now() - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        raise Impossible("Too many people asked within this hour. Try again later.")
    index = _index(address)
    found = Subscription.objects.select_for_update().filter(address_index=index).first()
    if found is None:
        pk = uuid4()
        sealed = seal_new(_place(pk), address.encode())
        return Subscription.objects.create(
            pk=pk,
            address_index=index,
            wrapped_key=sealed.wrapped_key,
            sealed_address=sealed.sealed,
            page=page,
            asked_at=now(),
        )
    first_today = now() - found.asked_at > timedelta(days=1)
    if now() - found.asked_at < BETWEEN_MAILS or (found.asked_times >= MOST_A_DAY and not first_today):
        return None
    found.asked_times = 1 if first_today else found.asked_times + 1
    # The links of earlier mails end here.
    found.asked_at, found.page = now(), page
    found.save(update_fields=["asked_times", "asked_at", "page"])
    return found


def forget_unconfirmed() -> None:
    """Destroy the addresses that nobody confirmed in time."""
    Subscription.objects.filter(confirmed_at__isnull=True, asked_at__lte=now() - CONFIRM_WITHIN).delete()


@act(Kind.CHECKPOINT_SUBSCRIBED, roles=_VISITORS)
def confirm_subscription(*, actor: Actor, subscription: Subscription) -> Subscription:
    """Let the daily mails begin: whoever reads the address's mail said yes.

    Raises:
        Impossible: It was confirmed or ended meanwhile.
    """
    held = Subscription.objects.select_for_update().filter(pk=subscription.pk, confirmed_at__isnull=True).first()
    if held is None:
        raise Impossible("This subscription was confirmed already, or it has ended.")
    held.confirmed_at = now()
    held.save(update_fields=["confirmed_at"])
    record(actor=actor, subject=f"subscription:{held.pk}")
    return held


@act(Kind.CHECKPOINT_UNSUBSCRIBED, roles=_VISITORS)
def end_subscription(*, actor: Actor, subscription: Subscription) -> None:
    """End the daily mails and destroy the address.

    Raises:
        Impossible: It has ended already.
    """
    held = Subscription.objects.select_for_update().filter(pk=subscription.pk, confirmed_at__isnull=False).first()
    if held is None:
        raise Impossible("This subscription has ended already.")
    record(actor=actor, subject=f"subscription:{held.pk}")
    held.delete()


def address_of(subscription: Subscription) -> str:
    """The address, for sending to it.

    Raises:
        VaultError: The key that it was sealed under was destroyed.
    """
    place = _place(subscription.pk)
    return open_value(place, subscription.wrapped_key, subscription.sealed_address).decode()


def confirming_link(subscription: Subscription) -> str:
    """The link that confirms: it holds for two days, and until another is mailed."""
    return f"{subscription.page}{_token(subscription, b'confirm')}/"


def ending_link(subscription: Subscription) -> str:
    """The link that ends a subscription: it holds as long as the subscription."""
    return f"{subscription.page}{_token(subscription, b'end')}/end/"


def find_to_confirm(token: str) -> Subscription:
    """The subscription that a mailed link confirms, or has confirmed.

    Raises:
        Http404: No such link, or its time is over.
    """
    found = _found(token, b"confirm")
    if found.confirmed_at is None and found.asked_at <= now() - CONFIRM_WITHIN:
        raise Http404
    return found


def find_to_end(token: str) -> Subscription:
    """The subscription that a mailed link ends.

    Raises:
        Http404: No such link, or it has ended.
    """
    return _found(token, b"end")


def _found(token: str, purpose: bytes) -> Subscription:
    try:
        raw = urlsafe_b64decode(token.encode("ascii"))
        pk = UUID(bytes=raw[:16])
    except (NotBase64, ValueError):
        raise Http404 from None
    found = Subscription.objects.filter(pk=pk).first()
    if found is None or not hmac.compare_digest(_token(found, purpose).encode(), token.encode()):
        raise Http404
    return found


def _token(subscription: Subscription, purpose: bytes) -> str:
    about = purpose + b"\0" + subscription.pk.bytes
    if purpose == b"confirm":
        about += subscription.asked_at.isoformat().encode()
    mac = hmac.digest(keys().blind_index, b"schoolgate subscription 1\0" + about, "sha256")[:_MAC_BYTES]
    return urlsafe_b64encode(subscription.pk.bytes + mac).decode()


def _index(address: str) -> bytes:
    return hmac.digest(keys().blind_index, b"schoolgate subscriber 1\0" + address.casefold().encode(), "sha256")


def _place(pk: UUID) -> Context:
    return context("ledger.subscription", pk, "address")
