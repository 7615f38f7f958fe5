"""Acts about people."""

from dataclasses import dataclass
from datetime import date

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.ledger.acts import act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.schools.models import School

from .directory import Name, name_key, seal_name
from .models import Guardian, Guardianship, Membership, StaffMember, Student, User


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in to open for a person.

    Attributes:
        hashed: the password as `make_password` returned it, for sign-ins that share one; empty to hash it here.
    """

    username: str
    password: str
    hashed: str = ""


@act(Kind.PERSON_ADDED, roles=frozenset({Role.ADMINISTRATOR}))
def add_person(
    *,
    actor: Actor,
    role: Role,
    name: Name,
    sign_in: SignIn | None = None,
    school: School | None = None,
    agency: Agency | None = None,
    children: tuple[Student, ...] = (),
    starts: date | None = None,
) -> User | None:
    """Enter a person in a role: with a sign-in, a place in the directory, or both.

    Staff and principals come into their school's directory, guardians into that of their first child's school.
    """
    since = starts or today()
    user = None
    if sign_in:
        user = User.objects.create_user(sign_in.username, sign_in.password, name.full, hashed=sign_in.hashed)
        Membership.objects.create(user=user, role=role, school=school, agency=agency, starts=since)
    if role in {Role.STAFF, Role.PRINCIPAL} and school:
        seal_name(StaffMember(school=school, user=user), name, name_key(school)).save(force_insert=True)
    if role is Role.GUARDIAN and children:
        home = children[0].school
        if home is None:
            raise ValueError("a guardian's first child needs a school, whose directory holds the guardian's name")
        guardian = seal_name(Guardian(user=user), name, name_key(home))
        guardian.save(force_insert=True)
        Guardianship.objects.bulk_create(
            Guardianship(guardian=guardian, student=child, starts=since) for child in children
        )
    subject = f"user:{user.id}" if user else "person"
    record(actor=actor, subject=subject, facts={"role": role.value})
    return user


@act(Kind.STUDENT_ADDED, roles=frozenset({Role.ADMINISTRATOR}))
def add_student(*, actor: Actor, school: School, name: Name, notice_language: str = "en") -> Student:
    """Put a student into a school's directory."""
    student = seal_name(Student(school=school, notice_language=notice_language), name, name_key(school))
    student.save(force_insert=True)
    record(actor=actor, subject=f"student:{student.id}")
    return student
