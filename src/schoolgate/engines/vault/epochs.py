"""From one epoch to the next: survivors are re-wrapped, the old epoch is destroyed, a receipt says what that ended.

Deleting a wrapped key does not end it: it stays in the database's log, its replicas and every backup (measured: all of
310 deleted keys were still found in PostgreSQL's archive). Destroying the epoch key ends it everywhere at once. The
order, each step safe to kill and to repeat:

1. `KeyProvider.start_epoch`: from now on new keys are wrapped under the new epoch.
2. `rewrap_survivors` over every stored key, saving each page, until nothing comes any more.
3. `settle`: wait until whoever read the old epoch before step 1 has committed or failed.
4. Step 2 again, then `destroy_epoch`, which looks through all stored keys once more.
"""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import batched
from typing import Final, Self

from schoolgate.engines.vault.context import Context, length_prefixed
from schoolgate.engines.vault.envelope import Vault
from schoolgate.engines.vault.errors import (
    EpochInUseError,
    KeyDestroyedError,
    KeyMissingError,
    ProviderError,
    SealBrokenError,
    VaultError,
)
from schoolgate.engines.vault.groups import GroupKeys
from schoolgate.engines.vault.provider import KEY_BYTES, BareKey, KeyProvider, Wrap, check_epoch
from schoolgate.engines.vault.wrapped_key import WrappedKey

SETTLE: Final = timedelta(hours=1)
_PAGE: Final = 500
_RECEIPT: Final = "schoolgate epoch receipt 1"


@dataclass(frozen=True, slots=True)
class StoredKey[I]:
    """One column of one row that holds a wrapped key, or those of field groups.

    Attributes:
        row: What the caller finds the row by.
        data: The bytes as they are stored.
        context: The place the key was made for.
    """

    row: I
    data: bytes = field(repr=False)
    context: Context


@dataclass(frozen=True, slots=True)
class Rewrapped[I]:
    """New bytes for a column. Save them only where `before` still stands: a key destroyed meanwhile stays destroyed."""

    row: I
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stuck[I]:
    """A key that could not be re-wrapped; its epoch must not be destroyed before somebody looked at it."""

    row: I
    reason: str


@dataclass(frozen=True, slots=True)
class Page[I]:
    """What came of one page of stored keys: save `rewrapped` in one transaction."""

    rewrapped: tuple[Rewrapped[I], ...]
    stuck: tuple[Stuck[I], ...]


def rewrap_survivors[I](vault: Vault, stored: Iterable[StoredKey[I]], *, page: int = _PAGE) -> Iterator[Page[I]]:
    """Wrap what survives under the current epoch, page after page, reading `stored` as it goes.

    What is under the current epoch already passes by, so it is resumed by running it again. Two calls to the provider
    and a page of keys in memory at a time.

    Args:
        vault: The vault.
        stored: Every stored key, in any order; destroyed ones (empty bytes) may be among them.
        page: How many at a time.

    Yields:
        One page for each `page` keys of which any was under an older epoch, or no key.

    Raises:
        ProviderError: When the provider fails: nothing is wrong with the keys; run it again.
    """
    for some in batched(stored, page):
        current = vault.current_epoch()
        stuck: list[Stuck[I]] = []
        old = []
        for one in some:
            try:
                if epochs_of(one.data) - {current}:
                    old.append(one)
            except SealBrokenError as problem:
                stuck.append(Stuck(one.row, str(problem)))
        rewrapped, failed = _rewrap(vault, old)
        if rewrapped or failed or stuck:
            yield Page(tuple(rewrapped), (*stuck, *failed))


def epochs_of(data: bytes) -> frozenset[str]:
    """The epochs that a stored key, or those of field groups, are wrapped under; none when it was destroyed.

    Raises:
        SealBrokenError: When the bytes are neither.
    """
    try:
        return frozenset(key.epoch for key in _keys_in(data))
    except KeyDestroyedError:
        return frozenset()


@dataclass(frozen=True, slots=True)
class Shredded:
    """What a record's destruction says, on the day its wrapped key was deleted: until when copies could open.

    Attributes:
        keys: For each record key, SHA-256(label, key id) in hexadecimal: who has the row knows it, nobody else.
        epoch: Its epoch. Copies of the wrapped key open until this epoch and all before it are destroyed.
    """

    keys: tuple[str, ...]
    epoch: str

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Of a stored key, before it is deleted.

        Raises:
            KeyDestroyedError: When it was already.
            SealBrokenError: When the bytes are no stored key.
        """
        keys = _keys_in(data)
        if not keys:
            raise KeyDestroyedError("the keys of this record were destroyed; what they sealed is gone for ever")
        return cls(tuple(_named(key) for key in keys), max(key.epoch for key in keys))


@dataclass(frozen=True, slots=True)
class EpochReceipt:
    """That an epoch was destroyed, for the ledger. It holds no key, no name and no id of a record.

    Attributes:
        epoch: The epoch that is gone.
        successor: The epoch its survivors are under.
        destroyed_at: When, with its time zone; with `seen_gone`, when it was seen to be gone.
        survivors: How many record keys are stored, under whichever epoch.
        epochs_left: The epochs whose keys still exist, oldest first.
        seen_gone: Whether the provider had no such key before, as after a run that was killed.
    """

    epoch: str
    successor: str
    destroyed_at: datetime
    survivors: int
    epochs_left: tuple[str, ...]
    seen_gone: bool

    def ends(self, shredded: Shredded) -> bool:
        """Whether every copy of these wrapped keys is useless: its epoch, and all it was under before, are gone.

        Copies of the epoch keys themselves are another matter: see `docs/vault.md`.
        """
        return shredded.epoch < min(self.epochs_left)

    def to_json(self) -> str:
        """The receipt as text: keys sorted, no spaces, so that it always gives the same digest."""
        facts = {**asdict(self), "destroyed_at": self.destroyed_at.isoformat(), "format": _RECEIPT}
        return json.dumps(facts, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            VaultError: It is no receipt of this format.
        """
        try:
            facts = json.loads(text)
            known = facts.pop("format") == _RECEIPT
            made = cls(
                **{
                    **facts,
                    "destroyed_at": datetime.fromisoformat(facts["destroyed_at"]),
                    "epochs_left": tuple(facts["epochs_left"]),
                }
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise VaultError("this is no receipt of a destroyed epoch: compare it with its digest in the log") from None
        if not known:
            raise VaultError("this receipt is of another format; a newer version reads it")
        return made

    def digest(self) -> str:
        """SHA-256 of `to_json` in hexadecimal."""
        return sha256(self.to_json().encode()).hexdigest()


def destroy_epoch(
    provider: KeyProvider,
    epoch: str,
    *,
    stored: Iterable[bytes],
    succeeded_at: datetime,
    now: Callable[[], datetime],
    settle: timedelta = SETTLE,
) -> EpochReceipt:
    """Destroy an epoch key of which nothing stored has need any more, and see that it is gone.

    Safe to kill and to repeat: when the key is gone already, the receipt says so.

    Args:
        provider: What keeps the epoch keys.
        epoch: The one to destroy.
        stored: Every stored key there is, read in one transaction; a page of them in memory at a time.
        succeeded_at: When the next epoch was started.
        now: The clock; asked before, and after the key is gone.
        settle: How long an act may take that read the old epoch before and stores a key under it after: none may be
            under way. Give more than the longest transaction.

    Raises:
        EpochInUseError: When something is still wrapped under it, or the next epoch is younger than `settle`.
        SealBrokenError: When stored bytes are no wrapped key: nobody knows what they need.
        VaultError: When it is the current epoch, or a time has no time zone.
        ProviderError: When the provider fails, or opens what it wrapped under the destroyed key.
    """
    check_epoch(epoch)
    existing = provider.epochs()
    if not existing:
        raise KeyMissingError("there is no epoch key at all; restore them before any is destroyed")
    _refuse_current(existing[-1], epoch)
    began = now()
    if began.tzinfo is None or succeeded_at.tzinfo is None:
        raise VaultError("the times of a receipt need a time zone")
    if began < succeeded_at + settle:
        raise EpochInUseError(
            f"{existing[-1]} is younger than {settle}: somebody may still be storing a key under {epoch}; "
            f"wait until {(succeeded_at + settle).isoformat()}"
        )
    held = Counter(under for data in stored for under in (key.epoch for key in _stored(data)))
    if held[epoch]:
        raise EpochInUseError(
            f"{held[epoch]} stored keys are still wrapped under {epoch}; re-wrap them under {existing[-1]} first"
        )
    seen_gone = epoch not in existing
    if not seen_gone:
        _destroy(provider, epoch)
    return EpochReceipt(
        epoch=epoch,
        successor=existing[-1],
        destroyed_at=now(),
        survivors=held.total(),
        epochs_left=provider.epochs(),
        seen_gone=seen_gone,
    )


def _destroy(provider: KeyProvider, epoch: str) -> None:
    """Destroy, and see that what was wrapped a moment before does not open."""
    bare = BareKey(secrets.token_bytes(KEY_BYTES), b"a witness of the destruction")
    witness = Wrap(epoch, provider.wrap(epoch, [bare])[0], bare.aad)
    provider.destroy_epoch(epoch)
    try:
        provider.unwrap([witness])
    except KeyMissingError:
        if epoch not in provider.epochs():
            return
    raise ProviderError(f"the key provider says that {epoch} is destroyed and still has it; ask who runs it")


def _rewrap[I](vault: Vault, old: list[StoredKey[I]]) -> tuple[list[Rewrapped[I]], list[Stuck[I]]]:
    """All in one go; when one of them is broken, each half alone, so that it does not hold the others up."""
    try:
        return _rewrap_all(vault, old), []
    except (SealBrokenError, KeyMissingError) as problem:
        if len(old) == 1:
            return [], [Stuck(old[0].row, str(problem))]
        middle = len(old) // 2
        (first, first_stuck), (second, second_stuck) = _rewrap(vault, old[:middle]), _rewrap(vault, old[middle:])
        return first + second, first_stuck + second_stuck


def _rewrap_all[I](vault: Vault, old: list[StoredKey[I]]) -> list[Rewrapped[I]]:
    held = [(one, _keys_in(one.data)) for one in old]
    fresh = iter(
        vault.rewrap_page([(key, _place(key, one.context)) for one, keys in held for key in keys]),
    )
    done = []
    for one, keys in held:
        own = tuple(next(fresh) for _ in keys)
        after = GroupKeys(own).to_bytes() if GroupKeys.is_one(one.data) else own[0].to_bytes()
        done.append(Rewrapped(one.row, one.data, after))
    return done


def _place(key: WrappedKey, context: Context) -> Context:
    return context.at(key.group) if key.group else context


def _keys_in(data: bytes) -> tuple[WrappedKey, ...]:
    return GroupKeys.from_bytes(data).keys if GroupKeys.is_one(data) else (WrappedKey.from_bytes(data),)


def _stored(data: bytes) -> tuple[WrappedKey, ...]:
    return _keys_in(data) if data else ()


def _named(key: WrappedKey) -> str:
    return sha256(length_prefixed("schoolgate shredded key 1", key.key_id)).hexdigest()


def _refuse_current(current: str, epoch: str) -> None:
    if epoch >= current:
        raise VaultError(f"{epoch} is not older than the current epoch {current}; start the next epoch first")
