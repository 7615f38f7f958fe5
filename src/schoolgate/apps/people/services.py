"""Acts about people: who they are, and which roles they hold."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from schoolgate.apps.access.actors import FAMILY, OFFICE, SCHOOL, SIGNED_IN, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.schools.models import School

from .directory import Name, name_key, open_names, seal_name
from .models import (
    ROLE_WAITS,
    Guardian,
    Guardianship,
    Membership,
    RelationKind,
    StaffMember,
    Student,
    User,
    in_force,
)
from .notices.models import Told
from .notices.sending import privacy_officers, tell
from .relations import may_act

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
# Roles in which one reads children's records, or what left of them: an administrator's word alone opens none.
READERS = SCHOOL | OFFICE | {Role.AGENCY_USER}
# A family's sign-in opens a child's record at once, so an administrator, who may read none, opens no such sign-in; the
# district's own programs act in that role too.
FAMILY_KEEPERS = ADMINISTRATORS | {Role.RECORDS_OFFICER}
# One way to write each name: no capitals, no letters that look like others.
USER_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in to open for a person.

    Attributes:
        hashed: the password as `make_password` returned it, for sign-ins that share one; empty to hash it here.
    """

    username: str
    password: str
    hashed: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody has a role, and for whom; the acts say which administrator gave it."""

    school: School | None = None
    agency: Agency | None = None
    children: tuple[Student, ...] = ()
    given_by: UUID | None = None


@act(Kind.PERSON_ADDED, roles=ADMINISTRATORS)
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

    Staff and principals come into their school's directory, guardians into that of their first child's school, or
    the district's. Of a family no name stands in clear: their sign-in carries the word of the role alone.

    In a role that reads records, whom an administrator adds waits for a second person as in `give_role`.

    Raises:
        Impossible: The user name is taken or is none, a family's, which stands in clear, holds a part of the name; or
            it is a student's, which `open_student_account` gives.
        NotAllowed: An administrator adds somebody of a family: the records office does.
    """
    if role is Role.STUDENT:
        raise Impossible("A student's sign-in is opened for one student: use that act.")
    if role in FAMILY:
        _refuse_administrator(actor)
    since = starts or today()
    user = _open(sign_in, name, role) if sign_in else None
    _enter(user, role, name, Place(school, agency, children, actor.user_id), since)
    subject = f"user:{user.id}" if user else "person"
    record(actor=actor, subject=subject, facts={"role": role.value})
    return user


@act(Kind.STUDENT_ADDED, roles=ADMINISTRATORS)
def add_student(*, actor: Actor, school: School, name: Name, notice_language: str = "en") -> Student:
    """Put a student into a school's directory."""
    student = seal_name(Student(school=school, notice_language=notice_language), name, name_key(school))
    student.save(force_insert=True)
    record(actor=actor, subject=f"student:{student.id}")
    return student


@act(Kind.STUDENT_ACCOUNT_OPENED, roles=FAMILY_KEEPERS)
def open_student_account(
    *,
    actor: Actor,
    student: Student,
    sign_in: SignIn,
    ninth_grade_from: date | None = None,
    starts: date | None = None,
) -> User:
    """Give a student a sign-in of their own, who holds the rights from 14 or ninth grade on (603 CMR 23.02).

    Raises:
        Impossible: The student has one, is not known to be old enough, or the user name is taken, is none or holds a
            part of the name.
        NotAllowed: An administrator opens it, who may read no record.
    """
    _refuse_administrator(actor)
    held = Student.objects.select_for_update(of=("self",)).select_related("name_key").get(pk=student.pk)
    if held.user_id is not None:
        raise Impossible("This student has a sign-in. Open that one again instead.")
    held.ninth_grade_from = ninth_grade_from or held.ninth_grade_from
    name = open_names([held])[held]
    if not may_act(held, name, today()):
        raise Impossible(
            "A student may sign in from the age of 14 or from ninth grade on. Enter the birth date, or the first day "
            "in ninth grade."
        )
    held.user = _open(sign_in, name, Role.STUDENT)
    held.save(update_fields=["user", "ninth_grade_from"])
    Membership.objects.create(user=held.user, role=Role.STUDENT, starts=starts or today())
    record(actor=actor, subject=f"student:{held.pk}", facts={"user": str(held.user.pk)})
    return held.user


@act(Kind.GUARDIAN_ACCOUNT_OPENED, roles=FAMILY_KEEPERS)
def open_guardian_account(*, actor: Actor, guardian: Guardian, sign_in: SignIn) -> User:
    """Give a parent or guardian who stands in the directory a sign-in of their own, from today.

    What it opens say the relations and limits of each request: nothing where none holds.

    Raises:
        Impossible: They have one, or the user name is taken, is none or holds a part of the name.
        NotAllowed: An administrator opens it, who may read no record.
    """
    _refuse_administrator(actor)
    held = Guardian.objects.select_for_update(of=("self",)).select_related("name_key").get(pk=guardian.pk)
    if held.user_id is not None:
        raise Impossible("This person has a sign-in already.")
    held.user = _open(sign_in, open_names([held])[held], Role.GUARDIAN)
    held.save(update_fields=["user"])
    Membership.objects.create(user=held.user, role=Role.GUARDIAN, starts=today())
    record(actor=actor, subject=f"user:{held.user.pk}", facts={"guardian": str(held.pk)})
    return held.user


@act(Kind.ROLE_GIVEN, roles=ADMINISTRATORS)
def give_role(
    *, actor: Actor, user: User, role: Role, name: Name, place: Place, starts: date | None = None
) -> Membership:
    """Give somebody who signs in already one more role. They act in one at a time.

    One in which children's records are read opens nothing until another person confirms it (`confirm_role`), unless
    the district's own programs give it. Whoever minds privacy is told at once of each that an administrator gives.

    Raises:
        Impossible: They hold it there already, it is a student's, which `open_student_account` gives, or it is one's
            own: who keeps the roles must not get at records by them.
        NotAllowed: An administrator gives a family's.
    """
    if role is Role.STUDENT:
        raise Impossible("A student's sign-in is opened for one student: use that act.")
    if role in FAMILY:
        _refuse_administrator(actor)
    _refuse_own(actor, user.pk)
    since = starts or today()
    same = Membership.objects.filter(user=user, role=role, school=place.school, agency=place.agency)
    if same.filter(in_force(since)).exists():
        raise Impossible(f"They are {role.words.lower()} there already, or wait for a second person's word.")
    made = _enter(user, role, name, replace(place, given_by=actor.user_id), since)
    if made is None:
        raise Impossible("Choose somebody who signs in.")
    if role not in FAMILY and user.display_name != name.full:
        # Whoever comes to work for the district is a public officer, and known by name.
        User.objects.filter(pk=user.pk).update(display_name=name.full)
    facts: dict[str, object] = {"membership": str(made.pk), "role": role.value, "starts": since.isoformat()}
    record(actor=actor, subject=f"user:{user.pk}", facts=facts)
    return made


@act(Kind.ROLE_CONFIRMED, roles=OFFICE)
def confirm_role(*, actor: Actor, membership: Membership) -> Membership:
    """Say, as a second person, that a role which an administrator gave shall hold: from its first day on, or from now.

    Raises:
        Impossible: One gave it oneself, it is one's own, or it was settled or ended meanwhile.
    """
    held = _waiting(actor, membership)
    held.waits, held.settled_by_id, held.settled_at = False, actor.person, now()
    held.save(update_fields=["waits", "settled_by", "settled_at"])
    record(actor=actor, subject=f"user:{held.user_id}", facts=_settled(held))
    return held


@act(Kind.ROLE_REFUSED, roles=OFFICE)
def refuse_role(*, actor: Actor, membership: Membership) -> Membership:
    """Say, as a second person, that a role which an administrator gave shall not hold. It never did.

    Raises:
        Impossible: As for `confirm_role`.
    """
    held = _waiting(actor, membership)
    held.ends, held.settled_by_id, held.settled_at = held.starts, actor.person, now()
    held.save(update_fields=["ends", "settled_by", "settled_at"])
    record(actor=actor, subject=f"user:{held.user_id}", facts=_settled(held))
    return held


@act(Kind.ROLE_LAPSED, roles=ADMINISTRATORS)
def lapse_role(*, actor: Actor, membership: Membership) -> Membership:
    """Write down that nobody confirmed a role in time: it never held. Whoever gave it is told.

    Raises:
        Impossible: It was settled or ended meanwhile, or its time is not over.
    """
    held = Membership.objects.select_for_update().filter(pk=membership.pk)
    lapsed = held.waited_too_long(today()).first()
    if lapsed is None:
        raise Impossible("Somebody has settled this role meanwhile, or its time is not over.")
    lapsed.ends, lapsed.settled_at = lapsed.starts, now()
    lapsed.save(update_fields=["ends", "settled_at"])
    if lapsed.given_by_id:
        tell({lapsed.given_by_id}, Told.ROLE_LAPSED, lapsed.pk)
    record(actor=actor, subject=f"user:{lapsed.user_id}", facts=_settled(lapsed))
    return lapsed


@act(Kind.ROLE_ENDED, roles=ADMINISTRATORS)
def end_role(*, actor: Actor, membership: Membership, ends: date | None = None) -> Membership:
    """End a role: on `ends`, the first day without it, or at once.

    Raises:
        Impossible: It has ended, or would end before it began, or it is one's own.
    """
    last = ends or today()
    held = Membership.objects.select_for_update().get(pk=membership.pk)
    _refuse_own(actor, held.user_id)
    if held.ends is not None and held.ends <= today():
        raise Impossible("This role has ended already.")
    if last < held.starts:
        raise Impossible(f"It began on {held.starts:%Y-%m-%d}: it cannot end before that.")
    held.ends = last
    held.save(update_fields=["ends"])
    facts: dict[str, object] = {"membership": str(held.pk), "role": held.role, "ends": last.isoformat()}
    record(actor=actor, subject=f"user:{held.user_id}", facts=facts)
    return held


@act(Kind.ROLE_CHOSEN, roles=SIGNED_IN)
def choose_role(*, actor: Actor, role: Role) -> Role:
    """Act in another of one's roles from now on. The session keeps the choice; each request asks whether it holds.

    Raises:
        NotAllowed: The person does not hold the role today.
    """
    if role not in actor.roles:
        raise NotAllowed("you do not hold this role")
    record(actor=actor, subject=f"user:{actor.person}", facts={"from": actor.role.value, "to": role.value})
    return role


def _waiting(actor: Actor, membership: Membership) -> Membership:
    held = Membership.objects.select_for_update().get(pk=membership.pk)
    if held.given_by_id == actor.person:
        raise Impossible("You gave this role yourself: another person settles it.")
    if held.user_id == actor.person:
        raise Impossible("This is your own role: another person settles it.")
    if not held.waits or held.settled_at is not None or (held.ends is not None and held.ends <= today()):
        raise Impossible("Somebody has settled this role meanwhile, or it has ended.")
    if held.lapses_at is not None and held.lapses_at <= now():
        raise Impossible(f"It waited for more than {ROLE_WAITS.days} days and lapsed. It can be given anew.")
    return held


def _settled(held: Membership) -> dict[str, object]:
    return {"membership": str(held.pk), "role": held.role, "given_by": str(held.given_by_id)}


def _refuse_own(actor: Actor, user: UUID) -> None:
    if user == actor.user_id:
        raise Impossible("These are your own roles: another administrator gives and ends them.")


def _refuse_administrator(actor: Actor) -> None:
    """Who may read no record opens no way to one: whoever opens a sign-in knows its first password."""
    if actor.role is Role.ADMINISTRATOR and actor.user_id is not None:
        raise NotAllowed("the records office opens a family's sign-ins and enters whose children they are")


def _open(sign_in: SignIn, name: Name, role: Role) -> User:
    shown = role.words if role in FAMILY else name.full
    if role in FAMILY and not settings.DEMO and _tells(sign_in.username, name):
        raise Impossible(
            "The user name stands in clear, and it holds a part of this person's name. Choose one that says nothing, "
            "such as a word and some digits."
        )
    if not USER_NAME.fullmatch(sign_in.username):
        raise Impossible(
            "A user name has 3 to 60 small letters (a to z), digits, dots, hyphens or underscores, and begins and ends "
            "with a letter or a digit."
        )
    taken = Impossible("Somebody has this user name already. Choose another.")
    # Whoever signs in may write it in capitals.
    if User.objects.filter(username__iexact=sign_in.username).exists():
        raise taken
    try:
        with transaction.atomic():
            return User.objects.create_user(sign_in.username, sign_in.password, shown, hashed=sign_in.hashed)
    except IntegrityError:
        raise taken from None


def _tells(username: str, name: Name) -> bool:
    """Whether a user name holds a word of a name. Words of one or two letters tell nothing."""
    words = {word.casefold() for one in name.all for word in one.split() if len(word) > 2}  # noqa: PLR2004 - as said
    return any(word in username.casefold() for word in words)


def _enter(user: User | None, role: Role, name: Name, place: Place, since: date) -> Membership | None:
    """The person's membership and their place in the directory."""
    made = None
    if user:
        by_hand = place.given_by is not None
        made = Membership.objects.create(
            user=user,
            role=role,
            school=place.school,
            agency=place.agency,
            starts=since,
            given_by_id=place.given_by,
            given_at=now() if by_hand else None,
            waits=by_hand and role in READERS,
        )
        if by_hand:
            # Also where counsel alone minds privacy, and never those who could not confirm it.
            tell(
                privacy_officers(but={place.given_by, user.pk}),
                Told.ROLE_WAITS if made.waits else Told.ROLE_GIVEN,
                made.pk,
            )
    if role in {Role.STAFF, Role.PRINCIPAL} and place.school and not _is_known(StaffMember, user):
        seal_name(StaffMember(school=place.school, user=user), name, name_key(place.school)).save(force_insert=True)
    if role is Role.GUARDIAN:
        guardian = Guardian.objects.filter(user=user).first() if user else None
        if guardian is None:
            home = place.children[0].school if place.children else None
            guardian = seal_name(Guardian(user=user), name, name_key(home))
            guardian.save(force_insert=True)
        Guardianship.objects.bulk_create(
            Guardianship(guardian=guardian, student=child, kind=RelationKind.PARENT, starts=since)
            for child in place.children
        )
    return made


def _is_known(model: type[StaffMember], user: User | None) -> bool:
    return user is not None and model.objects.filter(user=user).exists()
