"""The sealed directory of names: one key for a school and a year."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.safe import DISTRICT
from schoolgate.apps.schools.models import NameKey, School
from schoolgate.engines.vault import Context, Vault, WrappedKey, blind_index

from .models import SealedPerson

SCHOOL_YEAR_STARTS_IN = 8


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


def number_index(kind: str, number: str) -> bytes:
    """The blind index of a number that a feed gives a person: 16 bytes, the same for exactly the same number.

    Numbers are compared letter for letter, not as names are: "a1" and "A1" may be two children.
    """
    return blind_index(keys().blind_index, kind, number.encode().hex())


def seal_name[P: SealedPerson](person: P, name: Name, key: NameKey) -> P:
    """Put a person's name into the directory, to be found by their number (in memory: the caller saves)."""
    return seal_names([(person, name)], key)[0]


def seal_names[P: SealedPerson](named: Iterable[tuple[P, Name]], key: NameKey) -> list[P]:
    """Put many names into one directory with one call to the key provider (in memory: the caller saves)."""
    page = list(named)
    index, wrapped = keys().blind_index, WrappedKey.from_bytes(bytes(key.wrapped))
    for person, name in page:
        person.name_key = key
        if name.number:
            kind = person._meta.model_name or ""  # noqa: SLF001 - as below
            person.number_index = blind_index(index, kind, name.number.encode().hex())
    values = [(wrapped, _name_place(person), _text(name)) for person, name in page]
    for (person, _), sealed in zip(page, Vault(keys().provider).seal_page(values), strict=True):
        person.sealed = sealed
    return [person for person, _ in page]


def _text(name: Name) -> bytes:
    data = {
        "full": name.full,
        "short": list(name.short),
        "number": name.number,
        "born": name.birth_date.isoformat() if name.birth_date else "",
    }
    return json.dumps(data, ensure_ascii=False).encode()


def open_names[P: SealedPerson](people: Iterable[P]) -> dict[P, Name]:
    """Open many names with one call to the key provider.

    The people must have been fetched with `select_related("name_key")`.
    """
    page = list(people)
    values = [(WrappedKey.from_bytes(bytes(one.name_key.wrapped)), _name_place(one), bytes(one.sealed)) for one in page]
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
