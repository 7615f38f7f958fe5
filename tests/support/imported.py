"""What an installation holds that came from other systems, as somebody reads it: names and words opened."""

import json
from collections import Counter


def who_is_in_what() -> dict[str, dict[str, object]]:
    """Each incident by its key, with what is said of it and who is in it: number and name, part, behaviors.

    Nothing in it is a row's mark or an id of ours: two ways in that say the same are the same here.
    """
    from schoolgate.apps.incidents.models import PARTICIPANT_ROLES, PLACES, Incident, Participant
    from schoolgate.apps.incidents.words import open_words
    from schoolgate.apps.people.directory import open_names
    from schoolgate.apps.people.models import StaffMember, Student

    names = {
        (model, one.pk): (name.number, name.full)
        for model in (Student, StaffMember)
        for one, name in open_names(model.objects.select_related("name_key")).items()
    }
    incidents = {one.pk: one for one in Incident.objects.filter(feed_key__isnull=False).select_related("school")}
    told = {one.pk: words for one, words in open_words(incidents.values()).items()}
    people: dict[object, list[tuple[str, str, str, tuple[str, ...], str]]] = {pk: [] for pk in incidents}
    parts = Participant.objects.filter(incident__in=list(incidents))
    for part, words in open_words(parts).items():
        if part.student_id:
            number, name = names[Student, part.student_id]
        elif part.staff_id:
            number, name = names[StaffMember, part.staff_id]
        else:
            number, name = "", f"{words['first']} {words['last']}"
        behaviors = tuple(sorted(entry["behavior"] for entry in part.feed_codes if entry["behavior"]))
        said = json.dumps(words.get("details", {}), sort_keys=True)
        people[part.incident_id].append((number, name, PARTICIPANT_ROLES[part.role], behaviors, said))
    return {
        str(one.feed_key): {
            "school": one.school.name,
            "day": one.occurred_on.isoformat(),
            "place": PLACES[one.place],
            "police": one.reported_to_police,
            "behaviors": sorted(one.behaviors),
            "words": told[pk],
            "people": sorted(people[pk]),
        }
        for pk, one in incidents.items()
    }


def held() -> dict[str, object]:
    """Everything that imports store, as somebody reads it; counts of what may be there once only."""
    from schoolgate.apps.incidents.feeds.models import Feed, FeedPerson, FeedRelation
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.people.directory import open_names
    from schoolgate.apps.people.models import Guardian, StaffMember, Student
    from schoolgate.apps.schools.models import School
    from schoolgate.apps.spreadsheets.models import Spreadsheet

    people: list[str] = []
    for model in (Student, StaffMember, Guardian):
        rows = model.objects.select_related("name_key__school")
        for one, name in open_names(rows).items():
            place = getattr(one, "school", None)
            under = one.name_key.school.external_id if one.name_key.school else ""
            people.append(json.dumps([model.__name__, name.number, name.all, str(place), under, str(name.birth_date)]))
    known = {one.pk for model in (Student, StaffMember, Guardian) for one in model.objects.all()}
    assert all(one.person in known for one in FeedPerson.objects.all()), "a feed's id means nobody"
    twice = [one for one, count in Counter(people).items() if count > 1]
    return {
        "schools": sorted(School.objects.values_list("external_id", "name")),
        "people": sorted(people),
        "twice": twice,
        "ids": FeedPerson.objects.count(),
        "relations": FeedRelation.objects.count(),
        "incidents": who_is_in_what(),
        "feeds": sorted(Feed.objects.values_list("name", flat=True)),
        "entries": Opening.objects.filter(kind__in=("feed_imported", "spreadsheet_imported")).count(),
        "sheets": sorted(Spreadsheet.objects.values_list("state", flat=True)),
        "sealed_sheets": Spreadsheet.objects.filter(sealed__isnull=False).count(),
    }


def say_held() -> None:
    """Say it as JSON, in one line."""
    print(json.dumps(held()), flush=True)  # noqa: T201 - what the test reads
