"""Field groups of one record version, each under a key of its own: one can be destroyed and the rest stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from schoolgate.engines.vault.context import Context, length_prefixed, split_prefixed
from schoolgate.engines.vault.envelope import Vault
from schoolgate.engines.vault.errors import KeyDestroyedError, SealBrokenError, VaultError
from schoolgate.engines.vault.wrapped_key import WrappedKey

_MAGIC: Final = b"SGG1"
_VALUES_MAGIC: Final = b"SGV1"


@dataclass(frozen=True, slots=True)
class GroupKeys:
    """The wrapped keys of one record version, one for each field group, for one column of the database.

    A group whose key was destroyed is not in it; with the last one gone, `to_bytes` still tells an empty set from a
    column that was never written.
    """

    keys: tuple[WrappedKey, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that can still be opened."""
        return tuple(key.group for key in self.keys)

    def key(self, group: str) -> WrappedKey:
        """The key of one group.

        Raises:
            KeyDestroyedError: When it is not there.
        """
        for key in self.keys:
            if key.group == group:
                return key
        raise KeyDestroyedError(f"the key of the group {group} was destroyed; what it sealed is gone for ever")

    def without(self, group: str) -> Self:
        """The keys that are left when one group is destroyed. Errors as for `key`."""
        gone = self.key(group)
        return type(self)(tuple(key for key in self.keys if key is not gone))

    @staticmethod
    def is_one(data: bytes) -> bool:
        """Whether stored bytes are the keys of field groups, not one wrapped key."""
        return data.startswith(_MAGIC)

    def to_bytes(self) -> bytes:
        """Magic and format (`SGG1`), then each wrapped key, length-prefixed."""
        return _MAGIC + length_prefixed(*(key.to_bytes() for key in self.keys))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            KeyDestroyedError: When there are no bytes.
            SealBrokenError: When they are not the keys of field groups.
        """
        if not data:
            raise KeyDestroyedError("the keys of this record were destroyed; what they sealed is gone for ever")
        if not data.startswith(_MAGIC):
            raise SealBrokenError("these bytes are not the keys of field groups; was the column mixed up?")
        keys = tuple(WrappedKey.from_bytes(part) for part in split_prefixed(data[len(_MAGIC) :]))
        groups = {key.group for key in keys}
        if "" in groups or len(groups) != len(keys):
            raise SealBrokenError("these keys do not name a field group each; compare the row with a backup")
        return cls(keys)


@dataclass(frozen=True, slots=True)
class SealedGroups:
    """A record version as it is stored: its keys and its sealed values by field. Keep the two in columns of their own.

    Of several values in one group the fields read `group/value`, as `attachment/1` and `attachment/2`.
    """

    keys: GroupKeys
    values: Mapping[str, bytes]

    def values_to_bytes(self) -> bytes:
        """The sealed values for one column: magic and format (`SGV1`), then each field and value, length-prefixed."""
        return _VALUES_MAGIC + length_prefixed(*(part for pair in self.values.items() for part in pair))

    @classmethod
    def from_bytes(cls, keys: bytes, values: bytes) -> Self:
        """Read the two columns. Errors as for `GroupKeys.from_bytes`."""
        parts = split_prefixed(values[len(_VALUES_MAGIC) :])
        if not values.startswith(_VALUES_MAGIC) or len(parts) % 2:
            raise SealBrokenError("these bytes are not sealed field groups; was the column mixed up?")
        fields = [field.decode(errors="replace") for field in parts[::2]]
        by_field = dict(zip(fields, parts[1::2], strict=True))
        return cls(GroupKeys.from_bytes(keys), by_field)


def seal_groups(vault: Vault, record: Context, plaintexts: Mapping[str, bytes]) -> SealedGroups:
    """Seal the field groups of a new record version, each under a fresh key, with two calls to the provider.

    Args:
        vault: The vault.
        record: The place of any field of the record version.
        plaintexts: What is sealed, by field.

    Raises:
        VaultError: When a field names no group.
    """
    places = {field: record.at(field) for field in plaintexts}
    if any(not place.group for place in places.values()):
        raise VaultError("a field names no field group; give one, such as narrative, before any /")
    group_places = list({place.group: record.at(place.group) for place in places.values()}.values())
    keys = GroupKeys(tuple(vault.new_group_keys(group_places)))
    sealed = vault.seal_page((keys.key(places[field].group), places[field], plaintexts[field]) for field in plaintexts)
    return SealedGroups(keys, dict(zip(plaintexts, sealed, strict=True)))


def open_groups(vault: Vault, records: Iterable[tuple[Context, SealedGroups]]) -> list[dict[str, bytes | None]]:
    """Open every field of a page of record versions with one call to the provider.

    Returns:
        For each record, what was sealed by field; None where the key of its group was destroyed.

    Raises:
        KeyMissingError: When an epoch key is gone.
        SealBrokenError: When anything was altered or belongs elsewhere.
    """
    page = list(records)
    wanted = [
        (sealed.keys.key(place.group), place, value)
        for record, sealed in page
        for field, value in sealed.values.items()
        if (place := record.at(field)).group in sealed.keys.groups
    ]
    opened = iter(vault.open_page(wanted))
    return [
        {field: next(opened) if record.at(field).group in sealed.keys.groups else None for field in sealed.values}
        for record, sealed in page
    ]
