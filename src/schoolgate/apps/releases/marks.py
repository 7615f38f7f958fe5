"""The secret behind recipient marks, every code ever issued, and copies as they were before they were marked.

A mark key is sealed like a record, under the wrapping key of its time: it is backed up, moved to a token and made
unreadable together with those. With each new wrapping key a new mark key begins; codes under all of them are traced
together.
"""

import secrets
from collections import defaultdict
from uuid import UUID, uuid4

from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import act, record
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.engines.redact import marking
from schoolgate.engines.vault import Context, VaultError

from .models import MarkKey, Release

_KEY_BYTES = 32


def mark_key() -> MarkKey:
    """The key with which copies are marked now; the first copy after a new wrapping key makes it."""
    epoch = keys().provider.current_epoch()
    return MarkKey.objects.filter(epoch=epoch).first() or start_mark_key(actor=SYSTEM, epoch=epoch)


@act(Kind.MARK_KEY_STARTED, roles=frozenset({Role.ADMINISTRATOR}))
def start_mark_key(*, actor: Actor, epoch: str) -> MarkKey:
    """Make the mark key that begins with a wrapping key; where two want it at once, both get the one that is kept."""
    key_id = uuid4()
    value = seal_new(_place(key_id), secrets.token_bytes(_KEY_BYTES))
    made, _ = MarkKey.objects.get_or_create(
        epoch=epoch,
        defaults={"id": key_id, "started_at": now(), "wrapped_key": value.wrapped_key, "sealed": value.sealed},
    )
    record(actor=actor, subject=f"mark_key:{made.id}", facts={"epoch": epoch})
    return made


def secret_of(key: MarkKey) -> bytes:
    """The 32 bytes of a mark key.

    Raises:
        VaultError: The wrapping key it was sealed under is gone.
    """
    return open_value(_place(key.pk), key.wrapped_key, key.sealed)


def issued_codes() -> marking.Issued:
    """The codes of every copy that ever left with marks. Two queries; two microseconds a copy.

    Raises:
        VaultError: A mark key cannot be opened: then nobody may be told that a page is nobody's.
    """
    numbers: dict[UUID, list[str]] = defaultdict(list)
    rows = Release.objects.filter(mark_key__isnull=False).order_by("released_at", "id")
    for key, number in rows.values_list("mark_key_id", "number").iterator():
        if key is not None:
            numbers[key].append(number)
    secret = {key.pk: secret_of(key) for key in MarkKey.objects.filter(pk__in=list(numbers))}
    codes = marking.issued(bytes(_KEY_BYTES), ())
    for key_id, copies in numbers.items():
        codes += marking.issued(secret[key_id], copies)
    return codes


def unmarked_copy(release: Release) -> bytes | None:
    """The copy as it was before it was marked: what a page is laid beside to read its words. None when it is gone.

    Nothing is kept for this and nothing rendered again: the marks are taken off the very bytes that left.
    """
    if release.mark_key is None:
        return None
    try:
        pdf = open_value(context("releases.release", release.pk, "copy"), release.wrapped_key, release.sealed_copy)
        return marking.unmarked(pdf, secret_of(release.mark_key), release.number)
    except (VaultError, marking.MarkError):
        return None


def _place(key_id: object) -> Context:
    return context("releases.markkey", key_id, "secret")
