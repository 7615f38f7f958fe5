"""Acts about the dated wrapping keys: the next one, what was wrapped anew, the end of an old one, the recovery key.

The keys are with a provider and the entries in the database, so that an act that is killed may have changed the first
and not the second: run again, it enters what was done and does nothing twice.
"""

from collections.abc import Sequence
from datetime import date

from django.db.models import Max

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.ledger.acts import Impossible, act, record
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.schools.models import District
from schoolgate.engines.vault import KeyMissingError, destroy_epoch

from .epochs import unsettled
from .models import WrappingKey
from .wrapped import Walked, stored_keys

ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})


@act(Kind.WRAPPING_KEY_STARTED, roles=ADMINISTRATOR)
def start_next_epoch(*, actor: Actor) -> WrappingKey:
    """Start the next wrapping key: from now on new keys are wrapped under it.

    Where a start was killed after the key was made, that key is entered, as begun now.

    Raises:
        KeyMissingError: There is no wrapping key at all.
        VaultError: The provider fails.
    """
    _alone()
    provider = keys().provider
    existing = provider.epochs()
    if not existing:
        raise KeyMissingError("there is no wrapping key at all; restore them from their backup")
    known = set(WrappingKey.objects.values_list("name", flat=True))
    cut_off = len(existing) > 1 and existing[-1] not in known
    name = existing[-1] if cut_off else _after(existing[-1], today())
    provider.start_epoch(name)
    older = [WrappingKey(name=one) for one in existing if one not in known and one != name]
    WrappingKey.objects.bulk_create(older)
    # The time is taken after the key is there, so that nobody asked for the newest later and got an older one.
    made = WrappingKey.objects.create(name=name, started_at=now())
    record(actor=actor, subject=f"wrapping-key:{name}", facts={"key": name, "before": list(existing)})
    return made


@act(Kind.KEYS_REWRAPPED, roles=ADMINISTRATOR)
def enter_rewrapping(*, actor: Actor, walked: Walked) -> None:
    """Write down that a walk over all stored keys came to its end, and what it did."""
    facts: dict[str, object] = {
        "key": walked.epoch,
        "seen": walked.seen,
        "rewrapped": walked.rewrapped,
        "changed": walked.changed,
        "stuck": walked.stuck,
    }
    record(actor=actor, subject=f"wrapping-key:{walked.epoch}", facts=facts)


@act(Kind.WRAPPING_KEY_ENDED, roles=ADMINISTRATOR)
def end_epoch(*, actor: Actor, name: str) -> WrappingKey:
    """Destroy an old wrapping key of which nothing stored has need any more, and keep the receipt.

    Every copy of what was destroyed under it is useless from then on, and so is every backup from before the walk:
    its owner needs a newer one. O(stored keys) reads in one transaction, constant memory; on SQLite nobody else
    writes meanwhile.

    Raises:
        Impossible: No later key was started by an act, it has ended already, or something may still be stored under it.
        EpochInUseError: Something stored stands under it.
        SealBrokenError: A stored key is damaged, so that nobody knows what it needs.
        VaultError: The provider fails, or it is the newest.
    """
    _alone()
    held = WrappingKey.objects.select_for_update().filter(name=name).first()
    later = WrappingKey.objects.filter(name__gt=name, started_at__isnull=False).order_by("name").first()
    if held is None or later is None or later.started_at is None:
        raise Impossible(f"no key after {name} was started: run `schoolgate vault next-epoch` first")
    if held.ended_at is not None:
        raise Impossible(f"{name} was destroyed on {held.ended_at:%Y-%m-%d %H:%M} UTC: receipt {held.digest}")
    rewrapped = WrappingKey.objects.filter(name__gt=name).aggregate(last=Max("rewrapped_at"))["last"]
    if waits := unsettled(max(filter(None, (later.started_at, rewrapped)))):
        raise Impossible(waits)
    receipt = destroy_epoch(
        keys().provider,
        name,
        stored=(one.data for one in stored_keys()),
        succeeded_at=later.started_at,
        now=now,
    )
    held.ended_at, held.receipt, held.digest = receipt.destroyed_at, receipt.to_json(), receipt.digest()
    held.save(update_fields=["ended_at", "receipt", "digest"])
    facts: dict[str, object] = {
        "key": name,
        "after": receipt.successor,
        "survivors": receipt.survivors,
        "left": list(receipt.epochs_left),
        "receipt": held.digest,
    }
    record(actor=actor, subject=f"wrapping-key:{name}", facts=facts)
    return held


@act(Kind.RECOVERY_KEY_SPLIT, roles=ADMINISTRATOR)
def enter_recovery_split(*, actor: Actor, public: str, names: Sequence[str]) -> None:
    """Write down that a recovery key is split, before its shares are shown to anybody.

    `public` is the short name of its public key, `names` are the wrapping keys that two shares and the bundle open.
    """
    record(actor=actor, subject=f"recovery-key:{public}", facts={"recovery": public, "keys": list(names)})


def _alone() -> None:
    """One change of the wrapping keys at a time, in this transaction, and no destruction of records meanwhile."""
    District.objects.select_for_update().first()


def _after(newest: str, day: date) -> str:
    """The name of the key after `newest`: this month's, or the next free one where this month has its own already."""
    year, month = int(newest[4:8]), int(newest[9:11])
    following = f"kek-{year + month // 12:04}-{month % 12 + 1:02}"
    return max(following, f"kek-{day:%Y-%m}")
