"""Incidents with the students in them. What is said in words lies sealed; so does a word that nobody has explained."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Self
from uuid import UUID

from django.db.models import Q

from schoolgate.apps.incidents.importing.people import known
from schoolgate.apps.incidents.importing.writing import write_over
from schoolgate.apps.incidents.models import FeedWords, Incident, Participant
from schoolgate.apps.incidents.words import Words, open_words, seal_all
from schoolgate.apps.ledger.among import Among
from schoolgate.apps.ledger.rows import insert_rows
from schoolgate.apps.people.models import Student
from schoolgate.apps.schools.models import School

from .codes import behavior_of, place_of, role_of
from .run import CHANGED, NEW, SHUT, UNCHANGED, UNFAMILIAR, WRONG, Group, Run, one_of

_RECORD = "Spreadsheet"
_FIELDS = ("occurred_on", "place", "behaviors", "reported_to_police", "feed_mark", "feed_wrapped_key", "feed_sealed")


def settle_incidents(run: Run, groups: Sequence[Group]) -> None:
    """Incidents: new ones, and what a file says anew of those that are here by the same school and number.

    A field without a column, or with empty cells, stays as it is. So does whoever is in an incident, not in the file.
    """
    students = known(Student, {index for group in groups for index in _indexes(run, group)})
    by_key = {key: group for group in groups if (key := _sound_key(run, group, students))}
    stored = {str(one.feed_key): one for one in Incident.objects.filter(Among("feed_key", by_key))}
    shut = _shut(stored.values())
    words = open_words(one for one in stored.values() if one.pk not in shut)
    parts = _Parts(run, [one.pk for one in words])
    created, changed = [], []
    told: dict[FeedWords, Words] = {}
    for key, group in by_key.items():
        incident = stored.get(key)
        if incident is not None and incident.pk in shut:
            run.counts[SHUT] += 1
            continue
        before = _NOTHING if incident is None else _Said.of(incident, words[incident])
        said = _said_by(run, group, before)
        if incident is None:
            # A try only says so: to make the object costs more than all else that is said of the row.
            if run.write:
                incident = _new(key, run.school(group[0]), said)
                created.append(incident)
                told[incident] = said.words
            parts.settle(incident, group, students)
            run.counts[NEW] += 1
            continue
        moved = parts.settle(incident, group, students)
        if said != before:
            said.put_into(incident)
            # Another feed's next run looks at it again.
            incident.feed_mark = None
            changed.append(incident)
            told[incident] = said.words
        run.counts[CHANGED if moved or said != before else UNCHANGED] += 1
    if run.write:
        seal_all(told)
        insert_rows(Incident, created)
        write_over(Incident, changed, _FIELDS)
        parts.save()


def _indexes(run: Run, group: Group) -> set[bytes]:
    return {run.person_index(Student, row.values["student_number"]) for row in group if "student_number" in row.values}


def _sound_key(run: Run, group: Group, students: dict[bytes, UUID]) -> str:
    """The incident's key, school and number together; empty when a row refers to what nobody knows."""
    known = [run.knows_school(row) for row in group]
    for row in group:
        number = row.values.get("student_number")
        if number is not None and run.person_index(Student, number) not in students:
            run.miss(row, "student_number", "the number of a student who is known here")
            known.append(False)
    school = run.school(group[0])
    if not all(known) or school is None:
        run.counts[WRONG] += 1
        return ""
    return f"{school.external_id}:{group[0].values['number']}"


def _shut(incidents: Iterable[Incident]) -> set[UUID]:
    """Those that were expunged, or of which a report was destroyed."""
    gone = Q(expunged_at__isnull=False) | Q(reports__expunged_at__isnull=False)
    gone |= Q(reports__retention_items__destroyed_at__isnull=False)
    rows = Incident.objects.filter(gone, pk__in=[one.pk for one in incidents])
    return set(rows.values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of an incident: in clear, and in words that lie sealed."""

    day: date
    place: str
    behaviors: list[str]
    reported_to_police: bool | None
    words: Words

    @classmethod
    def of(cls, incident: Incident, words: Words) -> Self:
        """What is stored."""
        return cls(
            incident.occurred_on, incident.place, list(incident.behaviors), incident.reported_to_police, dict(words)
        )

    def put_into(self, incident: Incident) -> None:
        """Let what stands in clear be that of the incident."""
        incident.occurred_on, incident.place = self.day, self.place
        incident.behaviors, incident.reported_to_police = self.behaviors, self.reported_to_police


# Of an incident that is new. Its day never stays: every row of a file has one.
_NOTHING = _Said(date.min, "other", [], None, {})


def _new(key: str, school: School | None, said: _Said) -> Incident:
    incident = Incident(
        feed_key=key,
        school=school,
        kind="imported",
        occurred_on=said.day,
        place=said.place,
        behaviors=list(said.behaviors),
        reported_to_police=said.reported_to_police,
    )
    incident.feed_codes = {"outsiders": 0}
    return incident


def _said_by(run: Run, group: Group, before: _Said) -> _Said:
    """What is said of an incident once its rows are heard: a field on which they are silent stays as it was."""
    words: Words = dict(before.words)
    day, at, place = one_of(group, "date"), one_of(group, "time"), one_of(group, "place")
    stands_at, behaviors = before.place, before.behaviors
    if place is not None:
        stands_at = place_of(str(place)) or "other"
        if stands_at == "other":
            words["place"] = str(place)
    named = dict.fromkeys(str(row.values["behavior"]) for row in group if "behavior" in row.values)
    if named:
        codes = {one: behavior_of(one) for one in named}
        behaviors = list(dict.fromkeys(code for code in codes.values() if code))
        if unknown := [one for one, code in codes.items() if code is None]:
            words["behaviors"] = unknown
    told = one_of(group, "is_reported_to_police")
    narratives = dict.fromkeys(str(row.values["narrative"]) for row in group if "narrative" in row.values)
    if narratives:
        words["description"] = "\n\n".join(narratives)
    if isinstance(at, time):
        words["time"] = at.isoformat()
    if number := one_of(group, "police_number"):
        words["case_number"] = str(number)
    if words:
        fresh = [name for name in ("place", "behaviors") if name in words and words[name] != before.words.get(name)]
        run.counts[UNFAMILIAR] += len(fresh)
    return _Said(
        day=day if isinstance(day, date) else before.day,
        place=stands_at,
        behaviors=behaviors,
        reported_to_police=told if isinstance(told, bool) else before.reported_to_police,
        words=words,
    )


class _Parts:
    """The participants of one batch's incidents, and what changes about them."""

    def __init__(self, run: Run, incidents: list[UUID]) -> None:
        self._run = run
        self._held: dict[tuple[UUID, UUID], Participant] = {}
        self._last: dict[UUID, int] = {}
        self._created: list[Participant] = []
        self._changed: list[Participant] = []
        for part in Participant.objects.filter(incident__in=incidents):
            if part.token.startswith("P"):
                self._last[part.incident_id] = max(self._last.get(part.incident_id, 0), int(part.token[1:]))
            if part.student_id:
                self._held[part.incident_id, part.student_id] = part

    def settle(self, incident: Incident | None, group: Group, students: dict[bytes, UUID]) -> bool:
        """Put the rows' word into their students' parts; a new one gets the next token. Tells whether any changed.

        Without an incident, which a try does not make, it only counts.
        """
        entries: dict[bytes, list[dict[str, object]]] = {}
        roles: dict[bytes, str] = {}
        for row in group:
            if "student_number" not in row.values:
                continue
            index = self._run.person_index(Student, row.values["student_number"])
            role = role_of(str(row.values.get("role", ""))) or "unknown"
            behavior = behavior_of(str(row.values.get("behavior", ""))) or ""
            self._run.counts[UNFAMILIAR] += "role" in row.values and role == "unknown"
            entries.setdefault(index, []).append(
                {"record": _RECORD, "behavior": behavior, "roles": [role], "weapons": [], "mark": ""}
            )
            # Whoever took part and was harmed took part: the first known role in the order of the list.
            if roles.get(index, "unknown") == "unknown" or role == "involved":
                roles[index] = role
        moved = [self._put(incident, students[index], stated, roles[index]) for index, stated in entries.items()]
        return any(moved)

    def _put(self, incident: Incident | None, student: UUID, stated: list[dict[str, object]], role: str) -> bool:
        if incident is None:
            return True
        part = self._held.get((incident.pk, student))
        if part is None and not self._run.write:
            return True
        if part is None:
            number = self._last[incident.pk] = self._last.get(incident.pk, 0) + 1
            part = Participant(
                incident_id=incident.pk, token=f"P{number}", role=role, student_id=student, feed_codes=stated
            )
            self._held[incident.pk, student] = part
            self._created.append(part)
            return True
        others = [one for one in part.feed_codes if one["record"] != _RECORD]
        role = role if role != "unknown" and not others else part.role
        if (part.role, part.feed_codes) == (role, [*others, *stated]):
            return False
        part.role, part.feed_codes = role, [*others, *stated]
        self._changed.append(part)
        return True

    def save(self) -> None:
        """Store them, in two statements."""
        insert_rows(Participant, self._created)
        write_over(Participant, self._changed, ["role", "feed_codes"])
