"""The sealed directory of names: one key for a school and a year."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.safe import DISTRICT
from schoolgate.apps.schools.models import NameKey, School
from schoolgate.engines.vault import Context, Vault, VaultError, WrappedKey, blind_index, normalise

from .models import SealedPerson

SCHOOL_YEAR_STARTS_IN = 8
# What `seal_name` changes of a person.
SEALED_FIELDS = ("name_key", "sealed", "number_index", "name_index")


@dataclass(frozen=True, slots=True)
class Name:
    """What the directory holds of a person."""

    full: str
    short: tuple[str, ...] = ()
    number: str = ""
    birth_date: date | None = None

    @property
    def all(self) -> tuple[str, ...]:
        """Every name the person goes by, the full one first."""
        return (self.full, *self.short)


def school_year(day: date) -> int:
    """The calendar year in which the school year of `day` began."""
    return day.year if day.month >= SCHOOL_YEAR_STARTS_IN else day.year - 1


def name_key(school: School | None) -> NameKey:
    """The directory key of a school for the current year, made when it is first needed; the district's without one."""
    year = school_year(today())
    if found := NameKey.objects.filter(school=school, year=year).first():
        return found
    made = NameKey(school=school, year=year)
    made.wrapped = Vault(keys().provider).new_key(_key_place(made)).to_bytes()
    made.save(force_insert=True)
    return made


def number_index(kind: str, number: str, *, key: bytes | None = None) -> bytes:
    """The blind index of a number that a feed gives a person: 16 bytes, the same for exactly the same number.

    Numbers are compared letter for letter, not as names are: "a1" and "A1" may be two children. Who makes many gives
    the index's key, which else is read anew from its file.
    """
    return blind_index(key or keys().blind_index, kind, number.encode().hex())


def person_index(model: type[SealedPerson], number: object, *, key: bytes | None = None) -> bytes:
    """The blind index under which `seal_name` files a person's number."""
    return number_index(model._meta.model_name or "", str(number), key=key)  # noqa: SLF001 - Django's documented way


def name_index(full: str, born: date, *, key: bytes | None = None) -> bytes:
    """The blind index of a name and a birth date together: 16 bytes, the same for the same two.

    Of a name its first and its last word count, so that a middle name may be left out; case, accents and the kind of
    apostrophe do not. Never without the birth date: a name alone could be guessed by how often it comes.

    Raises:
        VaultError: There is no name, or a character in it turns the direction of writing.
    """
    words = normalise(full).split()
    first, last = (words[0], words[-1]) if words else ("", "")
    index_key = key or keys().blind_index
    return blind_index(index_key, "name and birth date", first, last, born.isoformat() if words else "")


def seal_name[P: SealedPerson](person: P, name: Name, key: NameKey) -> P:
    """Put a person's name into the directory, to be found by their number (in memory: the caller saves)."""
    seal_names({person: (name, key)})
    return person


def seal_names[P: SealedPerson](people: Mapping[P, tuple[Name, NameKey]]) -> None:
    """Put many names into their directories with one call to the key provider (in memory: the caller saves)."""
    vault, index_key = Vault(keys().provider), keys().blind_index
    wrapped: dict[UUID, WrappedKey] = {}
    values = []
    for person, (name, key) in people.items():
        text = json.dumps(
            {
                "full": name.full,
                "short": list(name.short),
                "number": name.number,
                "born": name.birth_date.isoformat() if name.birth_date else "",
            },
            ensure_ascii=False,
        )
        if name.number:
            person.number_index = person_index(type(person), name.number, key=index_key)
        person.name_index = _index_of(name, index_key)
        person.name_key = key
        values.append((_wrapped(key, wrapped), _name_place(person), text.encode()))
    for person, sealed in zip(people, vault.seal_page(values), strict=True):
        person.sealed = sealed


def _wrapped(key: NameKey, read: dict[UUID, WrappedKey]) -> WrappedKey:
    """A directory's key, read from its bytes once a page."""
    if key.pk not in read:
        read[key.pk] = WrappedKey.from_bytes(bytes(key.wrapped))
    return read[key.pk]


def _index_of(name: Name, index_key: bytes) -> bytes | None:
    """None where there is no birth date, or the name cannot be typed: then only the number finds the person."""
    with suppress(VaultError):
        return name_index(name.full, name.birth_date, key=index_key) if name.birth_date else None
    return None


def open_names[P: SealedPerson](people: Iterable[P]) -> dict[P, Name]:
    """Open many names with one call to the key provider.

    The people must have been fetched with `select_related("name_key")`.
    """
    page = list(people)
    wrapped: dict[UUID, WrappedKey] = {}
    values = [(_wrapped(one.name_key, wrapped), _name_place(one), bytes(one.sealed)) for one in page]
    opened = Vault(keys().provider).open_page(values)
    return {one: _read(text) for one, text in zip(page, opened, strict=True)}


def _read(text: bytes) -> Name:
    data = json.loads(text)
    born = date.fromisoformat(data["born"]) if data["born"] else None
    return Name(data["full"], tuple(data["short"]), data["number"], born)


def _key_place(key: NameKey) -> Context:
    return Context(district=DISTRICT, table="schools.namekey", pk=str(key.id), version=1, field="key")


def _name_place(person: SealedPerson) -> Context:
    """A name's place: its directory, and within it the person, so that no name opens on another row."""
    return Context(
        district=DISTRICT,
        table="schools.namekey",
        pk=str(person.name_key_id),
        version=1,
        field=f"{person._meta.label_lower}:{person.pk}",  # noqa: SLF001 - Django's documented way to a label
    )
