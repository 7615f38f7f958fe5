"""The people an author chose, looked up in the directory of the author's school."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.people.directory import Name, open_names
from schoolgate.apps.people.models import StaffMember, Student
from schoolgate.apps.schools.models import School

from .body import Body
from .models import Participant


@dataclass(frozen=True, slots=True)
class Chosen:
    """Token -> who stands behind it."""

    students: dict[str, Student]
    staff: dict[str, StaffMember]
    names: dict[str, Name]


def people_of(body: Body, school: School | None) -> Chosen:
    """Look up everyone a body names, in two queries.

    With a school, only its own people count: an author cannot bring in a child of another school by its id.

    Raises:
        Impossible: A chosen person is not in the directory.
    """
    students = Student.objects.filter(id__in=[one.student for one in body.people if one.student])
    staff = StaffMember.objects.filter(id__in=[one.staff for one in body.people if one.staff])
    if school is not None:
        students, staff = students.filter(school=school), staff.filter(school=school)
    people: list[Student | StaffMember] = [*students.select_related("name_key"), *staff.select_related("name_key")]
    names = open_names(people)
    return _chosen(
        body,
        {one.pk: one for one in people if isinstance(one, Student)},
        {one.pk: one for one in people if isinstance(one, StaffMember)},
        names,
    )


_TAKING_PART = Prepared(
    lambda incidents: (
        Participant.objects.filter(incident__in=incidents)
        .select_related("student__name_key", "staff__name_key")
        .defer("feed_wrapped_key", "feed_sealed", "feed_codes")
    ),
    incidents=frozenset,
)


def people_behind(bodies: Iterable[tuple[UUID, Body]]) -> list[Chosen]:
    """Everyone whom the bodies of reports name, whatever their schools, each report's with its incident. One query.

    A person who was signed into a report is a participant of its incident; where one is not, two queries more.

    Raises:
        Impossible: A chosen person is not in the directory.
    """
    given = list(bodies)
    rows = _TAKING_PART(incidents=frozenset(incident for incident, _ in given))
    students: dict[UUID, Student] = {}
    staff: dict[UUID, StaffMember] = {}
    for row in rows:
        if row.student:
            students.setdefault(row.student.pk, row.student)
        elif row.staff:
            staff.setdefault(row.staff.pk, row.staff)
    wanted = {one.student for _, body in given for one in body.people if one.student}
    workers = {one.staff for _, body in given for one in body.people if one.staff}
    if wanted - students.keys() or workers - staff.keys():
        return [people_of(body, school=None) for _, body in given]
    people: list[Student | StaffMember] = [students[one] for one in wanted]
    names = open_names([*people, *(staff[one] for one in workers)])
    return [_chosen(body, students, staff, names) for _, body in given]


def _chosen(
    body: Body,
    students: Mapping[UUID, Student],
    staff: Mapping[UUID, StaffMember],
    names: Mapping[Student | StaffMember, Name],
) -> Chosen:
    chosen = Chosen({}, {}, {})
    for person in body.people:
        if person.student and (student := students.get(person.student)):
            chosen.students[person.token] = student
            chosen.names[person.token] = names[student]
        elif person.staff and (member := staff.get(person.staff)):
            chosen.staff[person.token] = member
            chosen.names[person.token] = names[member]
        elif person.outsider_name:
            chosen.names[person.token] = Name(person.outsider_name)
        else:
            raise Impossible(f"@{person.token} is not in this school's directory; choose the person again.")
    return chosen
