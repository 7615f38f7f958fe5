"""The people an author chose, looked up in the directory of the author's school."""

from dataclasses import dataclass

from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.people.directory import Name, open_names
from schoolgate.apps.people.models import StaffMember, Student
from schoolgate.apps.schools.models import School

from .body import Body


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
    student_names = open_names(students.select_related("name_key"))
    staff_names = open_names(staff.select_related("name_key"))
    students_by_id = {one.id: one for one in student_names}
    staff_by_id = {one.id: one for one in staff_names}
    chosen = Chosen({}, {}, {})
    for person in body.people:
        if person.student and (student := students_by_id.get(person.student)):
            chosen.students[person.token] = student
            chosen.names[person.token] = student_names[student]
        elif person.staff and (member := staff_by_id.get(person.staff)):
            chosen.staff[person.token] = member
            chosen.names[person.token] = staff_names[member]
        elif person.outsider_name:
            chosen.names[person.token] = Name(person.outsider_name)
        else:
            raise Impossible(f"@{person.token} is not in this school's directory; choose the person again.")
    return chosen
