"""Reads about the dated wrapping keys (epochs): which there are, what stands under each, until when copies open."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.keys import keys
from schoolgate.engines.vault import SETTLE, EpochReceipt, SealBrokenError, Shredded, VaultError, epochs_of

from .models import WrappingKey
from .wrapped import stored_keys

# What stands for the epoch of a damaged key, of which nobody can say under which it stood.
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Epoch:
    """A dated wrapping key under which destroyed keys stood, and whether it still exists; None where nobody can say."""

    name: str
    exists: bool | None
    ended: WrappingKey | None = None


@dataclass(frozen=True, slots=True)
class Copies:
    """What older copies of the database are worth to whoever looks for destroyed keys.

    Attributes:
        epochs: The wrapping keys under which they stood.
        left: Which wrapping keys must still be destroyed: those, and every earlier one.
        ended: The end that made the last copy useless; None while any opens, or where no receipt says when.
        known: Whether the provider could be asked, and each key's epoch was known.
    """

    epochs: tuple[Epoch, ...]
    left: tuple[str, ...]
    ended: WrappingKey | None
    known: bool

    @property
    def gone(self) -> bool:
        """Whether no copy opens any more."""
        return self.known and not self.left


def copies_of(names: Iterable[str]) -> Copies:
    """Of what stood under these wrapping keys. One query and a call to the provider.

    A key that is re-wrapped was under earlier epochs before, and an older backup holds it so: all of them must go.
    """
    told = sorted(names)
    known = [name for name in told if name != UNKNOWN]
    try:
        there: tuple[str, ...] | None = keys().provider.epochs()
    except VaultError:
        there = None
    rows = {one.name: one for one in WrappingKey.objects.all()}
    epochs = tuple(
        Epoch(name, None if there is None or name == UNKNOWN else name in there, _ended(rows.get(name)))
        for name in told
    )
    last = max(known, default="")
    left = tuple(name for name in there or () if name <= last)
    ended = None if left or there is None else _first_that_ends(rows.values(), last)
    return Copies(epochs, left, ended, known=there is not None and known == told)


def _ended(row: WrappingKey | None) -> WrappingKey | None:
    return row if row and row.ended_at else None


def _first_that_ends(rows: Iterable[WrappingKey], last: str) -> WrappingKey | None:
    shredded = Shredded((), last)
    ended = sorted((one.ended_at, one.name, one) for one in rows if one.ended_at)
    return next((row for _, _, row in ended if EpochReceipt.from_json(row.receipt).ends(shredded)), None)


def under() -> Counter[str]:
    """How many stored keys stand under each wrapping key; O(keys), constant memory."""
    found: Counter[str] = Counter()
    for one in stored_keys():
        try:
            found.update(epochs_of(one.data))
        except SealBrokenError:
            found[UNKNOWN] += 1
    return found


def unsettled(since: datetime) -> str:
    """Why an older wrapping key may not be destroyed yet, in words; empty when it may.

    Until `since` a row could be read, or the newest key be asked for, of which somebody may store the old value a
    moment later: an act that sealed before the next key began, or one that saves a whole row that it read before the
    row was wrapped anew. An hour must have passed, and on PostgreSQL no transaction may be left that began before,
    however long it runs. SQLite has one writer at a time: whoever destroys is it. What was stored late is then found
    by the look through all keys.
    """
    if now() < since + SETTLE:
        return (
            f"keys were wrapped under the next one until {since:%Y-%m-%d %H:%M} UTC: somebody may still be storing one "
            f"under the old; wait until {since + SETTLE:%Y-%m-%d %H:%M} UTC, then run `schoolgate vault rewrap`"
        )
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND xact_start < %s",
            [since],
        )
        (many,) = cursor.fetchone()
    return f"{many} transactions that began before {since:%Y-%m-%d %H:%M} UTC are open: wait for them" if many else ""


def problems() -> list[str]:
    """What is wrong with the wrapping keys as the rows tell it, each with its remedy. One query and a provider's call.

    Raises:
        VaultError: The provider cannot be asked.
    """
    there = keys().provider.epochs()
    rows = {one.name: one for one in WrappingKey.objects.all()}
    if not rows:
        return []
    found = []
    if there and there[-1] not in rows:
        found.append(
            f"{there[-1]} was started and no entry says so: run `schoolgate vault next-epoch`, which enters it"
        )
    for name, row in rows.items():
        if row.ended_at and name in there:
            found.append(
                f"{name} was destroyed on {row.ended_at:%Y-%m-%d} and is there again: a copy of the keys brought it "
                "back; destroy that copy, and the key"
            )
        if not row.ended_at and name not in there:
            found.append(_gone_without_receipt(name))
    return found


def _gone_without_receipt(name: str) -> str:
    standing = under()[name]
    if not standing:
        return f"{name} is gone and no receipt says so: run `schoolgate vault end-epoch {name}`, which writes it"
    return (
        f"{name} is gone and {standing} stored keys stand under it: what they sealed does not open. This database is "
        "older than the key's end: restore a newer backup; or the key was lost: `schoolgate vault join-recovery`"
    )
