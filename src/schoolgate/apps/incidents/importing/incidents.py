"""Incidents of a feed and people from outside. One batch costs the same few queries, whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from schoolgate.apps.incidents.models import FeedWords, Incident, Participant
from schoolgate.apps.incidents.words import Words, open_words, seal_all
from schoolgate.apps.ledger.among import Among
from schoolgate.apps.ledger.rows import insert_rows
from schoolgate.apps.schools.models import School
from schoolgate.interop.edfi import ExternalParticipant, IncidentRow

from .codes import PLACE_OF_CODE, Entry, role_of
from .run import Run
from .writing import write_over

FEED_FIELDS = [
    "occurred_on",
    "place",
    "feed_mark",
    "behaviors",
    "feed_codes",
    "reported_to_police",
    "feed_wrapped_key",
    "feed_sealed",
]


@dataclass(slots=True)
class Outsiders:
    """Changes to the people from outside in one batch of incidents."""

    held: dict[UUID, dict[tuple[object, object], Participant]] = field(default_factory=dict)
    created: list[Participant] = field(default_factory=list)
    changed: list[Participant] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    # What is to be sealed of the new ones.
    words: dict[FeedWords, Words] = field(default_factory=dict)


def incident_key(school_id: int, identifier: str) -> str:
    """An incident's key here: the feed's identifier alone may stand for another incident at each school."""
    return f"{school_id}:{identifier}"


def store_incidents(run: Run, batch: Sequence[IncidentRow]) -> None:
    """Store incidents with the people from outside whom their rows name."""
    tally = run.tallies["incidents"]
    rows = {incident_key(row.school_id, row.incident_identifier): row for row in batch}
    stored = {str(one.feed_key): one for one in Incident.objects.filter(Among("feed_key", rows))}
    marks = {key: run.mark(row) for key, row in rows.items()}
    differing = {key for key, one in stored.items() if one.feed_mark is None or bytes(one.feed_mark) != marks[key]}
    outsiders = _outsiders_of([stored[key] for key in differing])
    created, changed = [], []
    words: dict[FeedWords, Words] = {}
    for key, row in rows.items():
        school = run.school(row.school_id, row, "DisciplineIncident/SchoolReference")
        if school is None:
            continue
        if key not in stored:
            incident = _new(key, school)
            created.append(incident)
        elif stored[key].expunged_at is not None:
            run.expunged_here += 1
            continue
        elif key in differing:
            incident = stored[key]
            changed.append(incident)
        else:
            tally.unchanged += 1
            continue
        incident.feed_mark = marks[key]
        words[incident] = _fill(incident, row)
        _settle_outsiders(incident, row, outsiders)
    seal_all({**words, **outsiders.words})
    insert_rows(Incident, created)
    write_over(Incident, changed, FEED_FIELDS)
    if outsiders.gone:
        Participant.objects.filter(pk__in=outsiders.gone).delete()
    insert_rows(Participant, outsiders.created)
    write_over(Participant, outsiders.changed, ["role", "feed_codes"])
    tally.created += len(created)
    tally.updated += len(changed)


def _new(key: str, school: School) -> Incident:
    return Incident(feed_key=key, school=school, kind="imported", feed_codes={"outsiders": 0})


def _fill(incident: Incident, row: IncidentRow) -> Words:
    """Put what stands in clear into the incident; gives the rest."""
    location = row.location.uri if row.location else ""
    incident.occurred_on = row.date
    incident.place = PLACE_OF_CODE.get(location, "other")
    incident.behaviors = [one.behavior.uri for one in row.behaviors]
    incident.reported_to_police = row.reported_to_law_enforcement
    incident.feed_codes = {
        "location": location,
        "reporter": row.reporter_description.uri if row.reporter_description else "",
        "weapons": [weapon.uri for weapon in row.weapons],
        "outsiders": incident.feed_codes["outsiders"],
    }
    words: Words = {
        "description": row.description,
        "time": row.time.isoformat() if row.time else None,
        "reporter_name": row.reporter_name,
        "case_number": row.case_number,
        "details": [[one.behavior.uri, one.detail] for one in row.behaviors if one.detail],
    }
    return {name: value for name, value in words.items() if value}


def _outsiders_of(incidents: list[Incident]) -> Outsiders:
    """The people from outside who stand in incidents that changed, by name."""
    outsiders = Outsiders()
    if incidents:
        people = Participant.objects.filter(incident__in=incidents, student__isnull=True, staff__isnull=True)
        for person, words in open_words(people).items():
            names = outsiders.held.setdefault(person.incident_id, {})
            names[words.get("first"), words.get("last")] = person
    return outsiders


def _settle_outsiders(incident: Incident, row: IncidentRow, outsiders: Outsiders) -> None:
    """Keep the token of everyone still named, give a new one to whoever is new, forget whom the row corrects away."""
    held = outsiders.held.get(incident.pk, {})
    named: dict[tuple[object, object], list[ExternalParticipant]] = {}
    for one in row.external_participants:
        named.setdefault((one.first, one.last), []).append(one)
    for name, mentions in named.items():
        codes = [
            Entry(record="ExternalParticipant", behavior="", roles=[one.role.uri], weapons=[], mark="")
            for one in mentions
        ]
        if person := held.pop(name, None):
            if person.feed_codes != codes:
                person.feed_codes, person.role = codes, role_of(codes)
                outsiders.changed.append(person)
            continue
        incident.feed_codes["outsiders"] += 1
        person = Participant(
            incident=incident, token=f"O{incident.feed_codes['outsiders']}", role=role_of(codes), feed_codes=codes
        )
        outsiders.words[person] = {"first": name[0], "last": name[1]}
        outsiders.created.append(person)
    outsiders.gone.extend(person.pk for person in held.values())
