"""What has changed since: rows, what is gone, what has another key; a mirror that follows them stays true."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schoolgate.interop.edfi import IncidentRow, StudentRow
from schoolgate.interop.edfi.rest import RESOURCES, ApiError, ApiLimits, ApiReading, Gone, Progress, Rekeyed, begin
from support.edfi_asking import incident, student, with_students

if TYPE_CHECKING:
    from collections.abc import Callable

    from schoolgate.interop.edfi import Key
    from schoolgate.interop.edfi.rest import Told
    from support.edfi_asking import Asking

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
PARTICIPATION = {
    "behaviorDescriptor": "uri://ed-fi.org/BehaviorDescriptor#Other",
    "studentReference": {"studentUniqueId": "S1"},
    "disciplineIncidentReference": {"incidentIdentifier": "1", "schoolId": 1},
}
ACTION = {
    "disciplineActionIdentifier": "A1",
    "disciplineDate": "2026-10-06",
    "disciplines": [{"disciplineDescriptor": "uri://ed-fi.org/DisciplineDescriptor#Other"}],
    "studentReference": {"studentUniqueId": "S1"},
    "responsibilitySchoolReference": {"schoolId": 1},
}


def read_on(asking: Asking, since: int | None) -> tuple[list[Told], int]:
    """What is told since, and the version up to which that is."""
    client = asking.client()
    begun = begin(client, since=since)
    assert begun.until is not None
    return [one for page in ApiReading(client).pages(begun) for one in page.told], begun.until


def shown(told: list[Told]) -> list[tuple[Any, ...]]:
    """What is told, bare."""
    found: list[tuple[Any, ...]] = []
    for one in told:
        match one:
            case Gone():
                found.append(("gone", one.entity, one.key))
            case Rekeyed():
                found.append(("rekeyed", one.entity, one.old, one.new))
            case _:
                found.append((type(one).__name__, one.key))
    return found


def test_the_next_reading_tells_what_changed_and_nothing_else(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    mock = asking.mock
    with_students(asking, 30)
    _, kept = mock.put("disciplineIncidents", incident(1))
    _, doomed = mock.put("disciplineIncidents", incident(2))
    _, part = mock.put("studentDisciplineIncidentBehaviorAssociations", PARTICIPATION)
    _, action = mock.put("disciplineActions", ACTION)
    first, version = read_on(asking, None)
    assert len(first) == 34
    assert read_on(asking, version) == ([], version)

    mock.put("students", student(3, firstName="Another"))
    mock.delete("studentDisciplineIncidentBehaviorAssociations", part)
    mock.delete("disciplineActions", action)
    mock.delete("disciplineIncidents", doomed)
    mock.rekey("disciplineIncidents", kept, incident("1-corrected"))
    told, newest = read_on(asking, version)

    assert shown(told) == [
        ("gone", "DisciplineAction", ("A1", "2026-10-06", "S1")),
        (
            "gone",
            "StudentDisciplineIncidentBehaviorAssociation",
            (1, "1", "S1", "uri://ed-fi.org/BehaviorDescriptor#Other"),
        ),
        ("gone", "DisciplineIncident", (1, "2")),
        ("rekeyed", "DisciplineIncident", (1, "1"), (1, "1-corrected")),
        ("StudentRow", ("S3",)),
        ("IncidentRow", (1, "1-corrected")),
    ]
    assert read_on(asking, newest) == ([], newest)


def test_a_change_shows_neither_key_nor_person(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    identifiers = with_students(asking, 2)
    _told, version = read_on(asking, None)
    asking.mock.delete("students", identifiers[0])
    asking.mock.rekey("students", identifiers[1], student(77))
    gone, rekeyed, row = read_on(asking, version)[0]

    assert repr(gone) == "<Gone Student students/deletes, page at offset 0:1>"
    assert repr(rekeyed) == "<Rekeyed Student students/keyChanges:1>"
    assert isinstance(row, StudentRow)


def test_what_the_keys_of_changes_are_is_what_the_rows_keys_are(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", sample=True, contacts=True)
    asking.limits = ApiLimits()
    rows, version = read_on(asking, None)
    for resource in RESOURCES:
        for identifier in list(asking.mock.held[resource])[:30]:
            asking.mock.delete(resource, identifier)
    gone, _version = read_on(asking, version)

    kinds: dict[str, set[Key]] = {}
    for row in rows:
        kinds.setdefault(type(row).__name__, set()).add(row.key)  # type: ignore[union-attr]
    by_entity = dict(zip(RESOURCES.values(), kinds, strict=True))
    assert len(gone) == 3 + 30 * 4 + 21 * 3 + 2 + 25
    assert all(isinstance(one, Gone) and one.key in kinds[by_entity[one.entity]] for one in gone)


def test_deletes_without_keys_are_an_error_not_a_silence(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    identifiers = with_students(asking, 2)
    _told, version = read_on(asking, None)
    asking.mock.delete("students", identifiers[0])
    assert shown(read_on(asking, version)[0]) == [("gone", "Student", ("S1",))]
    asking.mock.names_keys = False
    with pytest.raises(ApiError, match=r"students/deletes, page at offset 0, record 1: key: .*names no keys"):
        read_on(asking, version)


def test_a_past_that_the_api_has_forgotten_is_an_error(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    with_students(asking, 5)
    asking.mock.oldest = 4
    assert shown(read_on(asking, 3)[0]) == [("StudentRow", ("S4",)), ("StudentRow", ("S5",))]
    for since in (2, 6):
        with pytest.raises(ApiError, match=rf"what has changed since version {since}, but it knows of 4 to 5"):
            read_on(asking, since)
    asking = serve("5.0", urls={"changeQueries": ""})
    with pytest.raises(ApiError, match="Read everything instead"):
        read_on(asking, 1)


def test_two_records_of_one_old_key_are_never_mixed_up(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    _, first = asking.mock.put("disciplineIncidents", incident(1))
    _told, version = read_on(asking, None)
    asking.mock.rekey("disciplineIncidents", first, incident(2))
    _, second = asking.mock.put("disciplineIncidents", incident(1))
    asking.mock.rekey("disciplineIncidents", second, incident(3))
    with pytest.raises(ApiError, match="for two would be mixed up"):
        read_on(asking, version)


def test_a_key_that_two_records_had_is_told_apart_or_refused(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    _, first = asking.mock.put("disciplineIncidents", incident(1))
    _told, version = read_on(asking, None)
    asking.mock.rekey("disciplineIncidents", first, incident(2))
    _, short_lived = asking.mock.put("disciplineIncidents", incident(1))
    asking.mock.delete("disciplineIncidents", short_lived)
    assert shown(read_on(asking, version)[0]) == [
        ("rekeyed", "DisciplineIncident", (1, "1"), (1, "2")),
        ("IncidentRow", (1, "2")),
    ]

    asking = serve("5.0")
    _, first = asking.mock.put("disciplineIncidents", incident(1))
    _told, version = read_on(asking, None)
    asking.mock.delete("disciplineIncidents", first)
    _, second = asking.mock.put("disciplineIncidents", incident(1))
    asking.mock.rekey("disciplineIncidents", second, incident(2))
    with pytest.raises(ApiError, match="for two would be mixed up"):
        read_on(asking, version)


def test_a_record_that_moved_and_is_gone_is_gone_under_its_old_key(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    _, first = asking.mock.put("disciplineIncidents", incident(1))
    _told, version = read_on(asking, None)
    for number in (2, 3):
        asking.mock.rekey("disciplineIncidents", first, incident(number))
    asking.mock.delete("disciplineIncidents", first)
    assert shown(read_on(asking, version)[0])[0] == ("gone", "DisciplineIncident", (1, "1"))


def test_a_flood_of_changed_keys_is_refused(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    identifiers = with_students(asking, 12)
    _told, version = read_on(asking, None)
    for number, identifier in enumerate(identifiers, start=100):
        asking.mock.rekey("students", identifier, student(number))
    asking.limits = ApiLimits(page_size=5, key_changes=11)
    with pytest.raises(ApiError, match="at most 11 changed keys at once"):
        read_on(asking, version)
    asking.limits = ApiLimits(page_size=5, key_changes=12)
    assert len(read_on(asking, version)[0]) == 24


@dataclass
class Mirror:
    """What is stored here of the source's incidents: by key, a word that stays with the record."""

    words: dict[Key, str] = field(default_factory=dict)

    def follow(self, told: list[Told]) -> set[Key]:
        """Follows, or gives the new keys that others have here: then an import refuses all of it."""
        moves = [one for one in told if isinstance(one, Rekeyed)]
        for one in told:
            if isinstance(one, Gone):
                self.words.pop(one.key, None)
        moved = {one.new: self.words.pop(one.old) for one in moves if one.old in self.words}
        if taken := moved.keys() & self.words.keys():
            return set(taken)
        self.words |= moved
        for one in told:
            if isinstance(one, IncidentRow):
                self.words.setdefault(one.key, "new")
        return set()


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["put", "delete", "rekey"]), st.integers(1, 5), st.integers(1, 5)), max_size=12
)


class Source:
    """The incidents of a mock API, and what may happen to them."""

    def __init__(self, asking: Asking) -> None:
        self._mock = asking.mock

    def by_key(self) -> dict[Key, str]:
        held = self._mock.held["disciplineIncidents"]
        return {(1, str(one.record["incidentIdentifier"])): identifier for identifier, one in held.items()}

    def undergo(self, operations: list[tuple[str, int, int]]) -> None:
        for what, number, other in operations:
            identifier = self.by_key().get((1, str(number)))
            if what == "put":
                self._mock.put("disciplineIncidents", incident(number))
            elif what == "delete" and identifier:
                self._mock.delete("disciplineIncidents", identifier)
            elif what == "rekey" and identifier and (1, str(other)) not in self.by_key():
                self._mock.rekey("disciplineIncidents", identifier, incident(other))


@settings(
    max_examples=TRIALS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # Each example is a reading over HTTP: shrinking would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(data=st.data())
def test_a_mirror_that_follows_stays_true(serve: Callable[..., Asking], data: st.DataObject) -> None:
    lists_again = data.draw(st.booleans(), "deletes are listed whose key is in use again")
    asking = serve("5.0", lists_again=lists_again, version=data.draw(st.sampled_from(["7.2", "7.3"])))
    asking.limits = ApiLimits(page_size=2)
    source, mirror = Source(asking), Mirror()
    source.undergo(data.draw(OPERATIONS))
    told, known = read_on(asking, None)
    assert not mirror.follow(told)
    before = source.by_key()
    mirror.words = {key: before[key] for key in mirror.words}

    source.undergo(data.draw(OPERATIONS))
    try:
        told, _newest = read_on(asking, known)
    except ApiError as problem:
        assert "two would be mixed up" in str(problem)  # noqa: PT017 - it is one of two right ends
        return
    truth = source.by_key()
    if taken := mirror.follow(told):
        # Silent about the delete of whoever had the key before: two would become one, so nothing of it is stored.
        assert not lists_again
        assert all(mirror.words[key] not in truth.values() for key in taken)
        return
    assert mirror.words.keys() == truth.keys()
    for key, word in mirror.words.items():
        if word == "new":
            assert truth[key] not in before.values()
        elif word != truth[key]:
            # The API keeps silent about a delete whose key is in use again: to Ed-Fi that is the same record.
            assert not lists_again
            assert word not in truth.values()


def test_a_stopped_reading_of_changes_goes_on(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    identifiers = with_students(asking, 50)
    _told, version = read_on(asking, None)
    for identifier in identifiers[:25]:
        asking.mock.delete("students", identifier)
    for number, identifier in enumerate(identifiers[25:45], start=100):
        asking.mock.rekey("students", identifier, student(number))
    whole = shown(read_on(asking, version)[0])
    assert len(whole) == 25 + 20 + 20

    kept = begin(asking.client(), since=version).to_text()
    told: list[Told] = []
    while not (progress := Progress.from_text(kept)).is_done:
        page = next(ApiReading(asking.client()).pages(progress))
        told += page.told
        kept = page.after.to_text()
    assert shown(told) == whole


def test_a_key_taken_from_a_record_whose_delete_is_not_listed_is_told_as_a_new_key_alone(
    serve: Callable[..., Asking],
) -> None:
    """An API may list no delete whose key is in use again. What the import refuses then:
    `test_a_new_key_that_another_has_here_ends_the_run_and_stores_nothing`."""
    for lists_again, expected in ((True, {"Gone", "Rekeyed"}), (False, {"Rekeyed"})):
        asking = serve("5.0", lists_again=lists_again)
        first, second = (asking.mock.put("disciplineIncidents", incident(number))[1] for number in (1, 2))
        _told, known = read_on(asking, None)
        asking.mock.delete("disciplineIncidents", second)
        asking.mock.rekey("disciplineIncidents", first, incident(2))
        told, _newest = read_on(asking, known)
        assert {type(one).__name__ for one in told} == {*expected, "IncidentRow"}
