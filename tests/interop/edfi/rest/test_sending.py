"""Discipline records sent to the mock API: it checks them by the published schema, and holds what was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from schoolgate.interop.edfi import DisciplineActionRow, IncidentRow, ParticipationRow, ReadingError
from schoolgate.interop.edfi.discipline_out import ActionOut, IncidentOut, ParticipationOut, Standard, record_of
from schoolgate.interop.edfi.rest import ApiError, Sent, send_all
from support.edfi_asking import incident

if TYPE_CHECKING:
    from collections.abc import Callable

    from schoolgate.interop.edfi.discipline_out import Out
    from schoolgate.interop.edfi.rest import Told
    from support.edfi_asking import Asking


def outgoing(row: Told) -> Out | None:
    """A row of the sample as what is sent of it."""
    match row:
        case IncidentRow():
            return IncidentOut(
                incident_identifier=row.incident_identifier,
                school_id=row.school_id,
                date=row.date,
                time=row.time,
                location=row.location and row.location.uri,
                behaviors=tuple(one.behavior.uri for one in row.behaviors),
                weapons=tuple(one.uri for one in row.weapons),
                reported_to_law_enforcement=row.reported_to_law_enforcement,
            )
        case ParticipationRow():
            return ParticipationOut(
                student_unique_id=row.student_unique_id,
                school_id=row.school_id,
                incident_identifier=row.incident_identifier,
                behavior=row.behavior.behavior.uri,
                roles=tuple(one.uri for one in row.roles),
                weapons=tuple(one.uri for one in row.weapons),
            )
        case DisciplineActionRow():
            return ActionOut(
                action_identifier=row.action_identifier,
                date=row.date,
                student_unique_id=row.student_unique_id,
                disciplines=tuple(one.uri for one in row.disciplines),
                responsibility_school_id=row.responsibility_school_id,
                length=row.length,
                actual_length=row.actual_length,
                answers_to=tuple((int(key[0]), str(key[1]), str(key[3])) for key in row.participations),
            )
    return None


@pytest.mark.parametrize("standard", Standard)
def test_the_sample_read_from_one_api_is_taken_by_another(serve: Callable[..., Asking], standard: Standard) -> None:
    district = serve(standard, sample=True)
    state = serve(standard, sample=True, checks_references=True, uses_of_token=20)
    items = [item for row in district.told() if (item := outgoing(row))]
    names = ("disciplineActions", "studentDisciplineIncidentBehaviorAssociations", "disciplineIncidents")
    for resource in names:
        for identifier in list(state.mock.held[resource]):
            state.mock.delete(resource, identifier)
    state.mock.upsets["disciplineIncidents"] = ["status 500", "cut", "busy 2"]

    sent = list(send_all(state.client(), items, standard=standard))

    assert [one.number for one in sent] == list(range(1, 21 + 21 + 25 + 1))
    assert all(one.is_new for one in sent)
    assert [len(state.mock.held[resource]) for resource in names] == [25, 21, 21]
    assert state.mock.holds("disciplineIncidents") == [record_of(item, standard) for item in items[:21]]
    assert [one.is_new for one in send_all(state.client(), items, standard=standard)] == [False] * 67
    assert {outgoing(row) for row in state.told()} - {None} == {
        replace(item, weapons=()) if isinstance(item, ParticipationOut) and standard is Standard.DS_5 else item
        for item in items
    }


def test_what_the_api_refuses_is_named_and_not_quoted(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0", checks_references=True)
    items = [IncidentOut(incident_identifier="Marisol-1", school_id=77, date=date(2026, 10, 5))]
    with pytest.raises(ApiError, match=r"^disciplineIncidents, item 1: status 409: expected what the record") as caught:
        list(send_all(asking.client(), items, standard=Standard.DS_5))
    assert "Marisol" not in str(caught.value)
    assert asking.mock.held["disciplineIncidents"] == {}


def test_those_before_a_bad_item_are_sent_and_it_is_not(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    good = IncidentOut(incident_identifier="1", school_id=1, date=date(2026, 10, 5))
    sending = send_all(asking.client(), [good, replace(good, school_id=0), good], standard=Standard.DS_5)

    assert next(sending) == Sent("disciplineIncidents", 1, is_new=True)
    with pytest.raises(ReadingError, match="DisciplineIncident/SchoolId"):
        next(sending)
    assert asking.mock.holds("disciplineIncidents") == [incident(1)]
