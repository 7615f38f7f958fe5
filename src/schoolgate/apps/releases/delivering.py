"""Delivery to an agency that does not sign in: a link by mail, then a one-time code by another mail.

The link alone opens nothing, and neither does a code without its link. What is kept of both are hashes. All that
ends them (time, use, wrong tries, a withdrawn copy, a changed address) is asked of the tables at every step.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.numbers import ALPHABET
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.ledger.safe import context, open_value

from .addresses import address_of
from .models import Delivery, OneTimeCode, Release

LINK_HOLDS = timedelta(days=7)
CODE_HOLDS = timedelta(minutes=15)
# How long the page stays open after the right code, in the browser that gave it.
WINDOW = timedelta(minutes=15)
BETWEEN_CODES = timedelta(minutes=1)
# 25 tries at 40 bits for each link, and each link was sent by a person.
MOST_CODES, MOST_TRIES = 5, 5
CODE_LENGTH = 8
_TOKEN_BYTES = 32
# As people copy it down: no letter is taken for a digit.
_MISREAD = str.maketrans("OILU", "011V", " -")


@act(Kind.COPY_OFFERED, roles=OFFICE)
def offer_copy(*, actor: Actor, release: Release) -> tuple[Delivery, str]:
    """Make a link for the agency's known address; earlier links to the same copy stop working. Returns its secret too.

    The caller mails it: the secret is kept nowhere.

    Raises:
        Impossible: The copy may not be fetched any more, or no address of the agency is confirmed.
    """
    # The row is locked, so that nobody withdraws it meanwhile.
    held = Release.objects.select_for_update().select_related("agency").get(pk=release.pk)
    if not held.may_be_fetched(now()):
        raise Impossible("This copy may not be fetched any more: it was withdrawn, or its time is over.")
    address = address_of(held.agency)
    if address is None:
        raise Impossible("No address of this agency is confirmed. Enter one; a second person confirms it.")
    Delivery.objects.filter(release=held, ended_at__isnull=True).update(ended_at=now())
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    delivery = Delivery.objects.create(
        release=held,
        address=address,
        token_hash=_token_hash(token),
        offered_by_id=actor.person,
        offered_at=now(),
        expires_at=min(now() + LINK_HOLDS, held.fetch_until),
    )
    record(
        actor=actor,
        subject=f"request:{held.request_id}",
        facts={"release": str(held.id), "address": str(address.id), "until": delivery.expires_at.isoformat()},
    )
    return delivery, token


def end_delivery(delivery: Delivery) -> None:
    """Let a link work no longer: its mail could not be sent."""
    Delivery.objects.filter(pk=delivery.pk, ended_at__isnull=True).update(ended_at=now())


def find_delivery(token: str) -> Delivery:
    """The delivery of a link that still works. One query, whichever reason there is that it does not.

    Raises:
        Http404: No such link, or its time is over, another took its place, the copy was withdrawn or its time is over.
    """
    found = _alive().filter(token_hash=_token_hash(token)).select_related("release__agency", "address").first()
    if found is None:
        raise Http404
    return found


def new_code(delivery: Delivery) -> tuple[OneTimeCode, str]:
    """A fresh code for a link; the one before it stops working. The caller mails it: it is kept nowhere.

    Raises:
        Impossible: Too many were asked for, or the last one a moment ago.
    """
    with transaction.atomic():
        held = Delivery.objects.select_for_update().get(pk=delivery.pk)
        sent = list(OneTimeCode.objects.filter(delivery=held))
        if sent and now() < sent[0].sent_at + BETWEEN_CODES:
            raise Impossible("A code was sent a moment ago. Wait a minute, then ask again.")
        if len(sent) >= MOST_CODES:
            raise Impossible("Too many codes were asked for. Ask the records office for a new link.")
        text = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        code = OneTimeCode(delivery=held, sent_at=now(), expires_at=now() + CODE_HOLDS)
        code.code_hash = _code_hash(code.pk, text)
        code.save(force_insert=True)
    return code, f"{text[: CODE_LENGTH // 2]}-{text[CODE_LENGTH // 2 :]}"


def use_code(delivery: Delivery, typed: str) -> OneTimeCode | None:
    """The newest code of a link, used up, if that is what was typed; a wrong try is counted before it is answered.

    One answer for every wrong try: nobody learns whether a code was sent, is over, or was used.
    """
    with transaction.atomic(durable=True):
        code = OneTimeCode.objects.select_for_update().filter(delivery=delivery).first()
        # A code that is none is compared like one that is.
        given = _code_hash(code.pk if code else delivery.pk, typed.upper().translate(_MISREAD))
        right = hmac.compare_digest(given, bytes(code.code_hash) if code else bytes(len(given)))
        if code is None or code.used_at is not None or code.wrong >= MOST_TRIES or now() >= code.expires_at:
            return None
        if not right:
            code.wrong += 1
            code.save(update_fields=["wrong"])
            return None
        code.used_at = now()
        code.save(update_fields=["used_at"])
        return code


def open_window(delivery: Delivery, code_id: object) -> OneTimeCode | None:
    """The code by which a browser may still fetch what a link leads to, if it gave one minutes ago."""
    try:
        wanted = UUID(str(code_id))
    except ValueError:
        return None
    return OneTimeCode.objects.filter(pk=wanted, delivery=delivery, used_at__gt=now() - WINDOW).first()


def recipient(delivery: Delivery) -> Actor:
    """Whoever came by a link and its code: of the agency, and nobody that we know by name."""
    return Actor(Role.AGENCY_USER, display_name="by a one-time code", agency=delivery.release.agency_id)


def fetch(delivery: Delivery) -> bytes:
    """The exact bytes that left, for whoever came by a link and its code; the reading is written down first."""
    release = delivery.release
    log_reading(actor=recipient(delivery), subject=f"release:{release.pk}", part="copy, by a one-time code")
    return open_value(context("releases.release", release.pk, "copy"), release.wrapped_key, release.sealed_copy)


def _alive() -> QuerySet[Delivery]:
    usual = Q(release__expires_at__isnull=True, release__released_at__gt=now() - timedelta(days=settings.COPY_DAYS))
    return Delivery.objects.filter(
        usual | Q(release__expires_at__gt=now()),
        ended_at__isnull=True,
        expires_at__gt=now(),
        release__withdrawn_at__isnull=True,
        address__ended_at__isnull=True,
    )


def _token_hash(token: str) -> bytes:
    return sha256(b"schoolgate delivery 1\0" + token.encode()).digest()


def _code_hash(code_id: UUID, text: str) -> bytes:
    return hmac.digest(keys().blind_index, b"schoolgate one-time code 1\0" + code_id.bytes + text.encode(), "sha256")
