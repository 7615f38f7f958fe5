"""Where a sealed value belongs; bound into its encryption so that it opens nowhere else."""

from dataclasses import dataclass, replace
from typing import Self

from schoolgate.engines.vault.errors import SealBrokenError, VaultError

_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Context:
    """The place of one sealed value in the database.

    Attributes:
        district: The district's identifier.
        table: The table's name.
        pk: The primary key as text; it must exist before sealing, so use a UUID.
        version: The record's version, 0 or more.
        field: The field or group of fields sealed together; of several values in one group, `group/value`.

    Raises:
        VaultError: When a part is empty or the version negative.
    """

    district: str
    table: str
    pk: str
    version: int
    field: str

    def __post_init__(self) -> None:
        """Refuse a context that binds nothing: an empty part would make different places look alike."""
        for name in ("district", "table", "pk", "field"):
            if not getattr(self, name):
                raise VaultError(f"Context.{name} is empty; give the value the record is stored under")
        if self.version < 0:
            raise VaultError("Context.version is negative; versions count from 0")

    @property
    def group(self) -> str:
        """The field group: what stands before the first `/` of `field`; `attachment/2` is in `attachment`."""
        return self.field.partition("/")[0]

    def at(self, field: str) -> Self:
        """The place of another value of the same record version."""
        return replace(self, field=field)

    def record_parts(self) -> tuple[str, ...]:
        """The parts that name the record version: what a wrapped key is bound to."""
        return (self.district, self.table, self.pk, str(self.version))

    def value_parts(self) -> tuple[str, ...]:
        """The parts that name one value of it: what a sealed value is bound to."""
        return (*self.record_parts(), self.field)


def length_prefixed(*parts: bytes | str) -> bytes:
    """Join parts so that no two different lists give the same bytes: each is preceded by its length."""
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in encoded)


def split_prefixed(data: bytes) -> list[bytes]:
    """Read what `length_prefixed` wrote.

    Raises:
        SealBrokenError: When a part is cut short.
    """
    parts = []
    while data:
        prefix, data = data[:_LENGTH_BYTES], data[_LENGTH_BYTES:]
        size = int.from_bytes(prefix, "big")
        if len(prefix) < _LENGTH_BYTES or len(data) < size:
            raise SealBrokenError("a stored key is cut short; restore it from a backup of the same day")
        parts.append(data[:size])
        data = data[size:]
    return parts
