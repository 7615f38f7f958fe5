"""The facts of the Massachusetts report out of what the district holds."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings

from schoolgate.apps.incidents.models import DisciplineAction, Incident
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.people.directory import Name, open_names
from schoolgate.apps.people.models import Student
from schoolgate.interop import ssdr

from .models import ListExport
from .prepared import Prepared, keys_of, read_data_file

# A feed's incident of which only its behaviors tell what it was.
_NO_WORD = "imported"
_SHOWN = 20


def prepare_ssdr(export: ListExport) -> Prepared:
    """The pair of files, and what is to be filled in. Eight queries, whatever the number of incidents.

    Raises:
        Impossible: The code table is missing or wrong, or the state would refuse a line: each with what to do.
    """
    text = read_data_file(settings.SSDR_CODES, "the SSDR", "`schoolgate export ssdr-codes` begins one")
    try:
        table = ssdr.parse_codes(text, name=settings.SSDR_CODES.name)
    except ssdr.SsdrError as problem:
        raise Impossible(str(problem)) from problem
    rows = Incident.objects.told_openly().filter(occurred_on__range=(export.first_day, export.last_day))
    incidents = {one.pk: one for one in rows.select_related("school").prefetch_related("participants", "reports")}
    called = keys_of(incidents.values())
    actions = list(
        DisciplineAction.objects.filter(incidents__in=incidents).distinct().prefetch_related("incidents").order_by("id")
    )
    students = Student.objects.filter(pk__in={one.student_id for one in actions}).select_related("name_key")
    names = {one.pk: name for one, name in open_names(students).items()}
    facts = [_incident(one, called[one.pk]) for one in incidents.values()]
    disciplines = [row for one in actions for row in _disciplines(one, incidents, called, names[one.student_id])]
    try:
        files = ssdr.build(facts, disciplines, table, year=export.last_day.year)
    except ssdr.SsdrProblems as problem:
        told = [str(one) for one in problem.problems]
        more = [f"And {len(told) - _SHOWN} more."] if len(told) > _SHOWN else []
        raise Impossible(" ".join([*told[:_SHOWN], *more])) from problem
    in_it = set(files.incidents)
    named = {
        one.student_id
        for one in actions
        if any(called[each.pk] in in_it for each in one.incidents.all() if each.pk in called)
    }
    notes = [
        f"Incidents: {files.offenses}. Disciplines: {files.disciplines}. By the codes of {table.handbook}.",
        f"Cells and columns that are empty, not known here: {len(files.gaps)}. ssdr-to-fill-in.csv lists them.",
    ]
    return Prepared(
        {
            "ssdr-offense.csv": files.offense,
            "ssdr-discipline.csv": files.discipline,
            "ssdr-to-fill-in.csv": ssdr.gaps_csv(files),
        },
        files.offenses + files.disciplines,
        frozenset(named),
        table.digest,
        tuple(notes),
    )


def _incident(one: Incident, key: str) -> ssdr.IncidentFacts:
    people = [person for person in one.participants.all() if person.left_with is None]
    harmed = [person for person in people if person.role == "harmed"]
    offenders = [person for person in people if person.role == "involved"]
    return ssdr.IncidentFacts(
        key,
        one.occurred_on,
        one.school.external_id,
        one.school.name,
        tuple(dict.fromkeys([*([one.kind] if one.kind != _NO_WORD else []), *one.behaviors])),
        student_victims=sum(person.student_id is not None for person in harmed),
        staff_victims=sum(person.staff_id is not None for person in harmed),
        other_victims=sum(person.student_id is None and person.staff_id is None for person in harmed),
        student_offenders=sum(person.student_id is not None for person in offenders),
        other_offenders=sum(person.student_id is None for person in offenders),
        parts_open=sum(person.role == "unknown" for person in people),
    )


def _disciplines(
    action: DisciplineAction, incidents: dict[UUID, Incident], called: dict[UUID, str], name: Name
) -> Iterable[ssdr.DisciplineFacts]:
    student = ssdr.StudentFacts(name.number, name.full, name.birth_date)
    length = action.actual_length if action.actual_length is not None else action.length
    for incident in action.incidents.all():
        if incident.pk not in incidents:
            continue
        mine = [one for one in incidents[incident.pk].participants.all() if one.student_id == action.student_id]
        behaviors = tuple(
            dict.fromkeys(entry["behavior"] for one in mine for entry in one.feed_codes if entry.get("behavior"))
        )
        for word in action.disciplines:
            yield ssdr.DisciplineFacts(
                called[incident.pk],
                student,
                action.imposed_on,
                word,
                None if length is None else float(length),
                behaviors,
            )
