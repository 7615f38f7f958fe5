"""Where agencies are known to read their mail: entered by one person of the office, confirmed by another."""

from hashlib import sha256

from schoolgate.apps.access.actors import OFFICE, Actor
from schoolgate.apps.access.moment import now
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.kinds import Kind

from .models import Delivery, KnownAddress


def address_of(agency: Agency) -> KnownAddress | None:
    """The address that counts: confirmed, and nothing took its place."""
    rows = KnownAddress.objects.filter(agency=agency, confirmed_at__isnull=False, ended_at__isnull=True)
    return rows.select_related("entered_by", "confirmed_by").first()


def waiting_address(agency: Agency) -> KnownAddress | None:
    """The address that a second person must still confirm."""
    rows = KnownAddress.objects.filter(agency=agency, confirmed_at__isnull=True, ended_at__isnull=True)
    return rows.select_related("entered_by").first()


@act(Kind.ADDRESS_ENTERED, roles=OFFICE)
def enter_address(*, actor: Actor, agency: Agency, email: str, known_by: str) -> KnownAddress:
    """Write down where an agency reads its mail. It counts once another person of the office has confirmed it.

    Raises:
        Impossible: Nobody said how it is known.
    """
    if not known_by.strip():
        raise Impossible("Write how you know that the address is theirs: a letterhead, a call to a number you knew.")
    KnownAddress.objects.filter(agency=agency, confirmed_at__isnull=True, ended_at__isnull=True).update(ended_at=now())
    made = KnownAddress.objects.create(
        agency=agency,
        email=email.strip(),
        known_by=known_by.strip(),
        entered_by_id=actor.person,
        entered_at=now(),
    )
    record(actor=actor, subject=f"agency:{agency.id}", facts=_facts(made))
    return made


@act(Kind.ADDRESS_CONFIRMED, roles=OFFICE)
def confirm_address(*, actor: Actor, address: KnownAddress) -> KnownAddress:
    """Say that an address is theirs, as a second person. Links to the address it replaces stop working.

    Raises:
        Impossible: The same person entered it, or it was settled meanwhile.
    """
    held = _waiting(address)
    if held.entered_by_id == actor.person:
        raise Impossible("You entered this address: another person of the office looks it up and confirms it.")
    before = KnownAddress.objects.filter(agency=held.agency_id, confirmed_at__isnull=False, ended_at__isnull=True)
    Delivery.objects.filter(address__in=before, ended_at__isnull=True).update(ended_at=now())
    before.update(ended_at=now())
    held.confirmed_by_id, held.confirmed_at = actor.person, now()
    held.save(update_fields=["confirmed_by", "confirmed_at"])
    record(actor=actor, subject=f"agency:{held.agency_id}", facts=_facts(held))
    return held


@act(Kind.ADDRESS_REJECTED, roles=OFFICE)
def reject_address(*, actor: Actor, address: KnownAddress) -> KnownAddress:
    """Say that an address that was entered is not theirs.

    Raises:
        Impossible: It was settled meanwhile.
    """
    held = _waiting(address)
    held.ended_at = now()
    held.save(update_fields=["ended_at"])
    record(actor=actor, subject=f"agency:{held.agency_id}", facts=_facts(held))
    return held


def _waiting(address: KnownAddress) -> KnownAddress:
    held = KnownAddress.objects.select_for_update().get(pk=address.pk)
    if held.confirmed_at is not None or held.ended_at is not None:
        raise Impossible("Somebody has settled this address meanwhile.")
    return held


def _facts(address: KnownAddress) -> dict[str, object]:
    return {"address": str(address.id), "sha256": sha256(address.email.casefold().encode()).hexdigest()}
