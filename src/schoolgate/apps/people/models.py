"""People and their relations in time.

Names, numbers and birth dates are sealed, and so are the words of a paper about a person; in clear stand only ids,
dates, schools and codes. There is no field for immigration status, citizenship or place of birth, and there never
will be.
"""

import uuid
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import identify_hasher
from django.db import models

from schoolgate.apps.access.actors import ROLE_TITLES, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.schools.models import NameKey, School

# Models of this app that stand in a module of their own: Django must meet them here.
from .glass import models as _glass  # noqa: F401
from .notices import models as _notices  # noqa: F401
from .power import models as _power  # noqa: F401
from .signing_in import models as _signing_in  # noqa: F401
from .unusual import models as _unusual  # noqa: F401

GIVEN = [(role.value, title) for role, title in ROLE_TITLES.items() if role is not Role.IDLE_ADMINISTRATOR]
# How long a role waits for a second person's word; then it lapses.
ROLE_WAITS: Final = timedelta(days=14)


class UserManager(BaseUserManager["User"]):
    """Makes sign-ins."""

    def create_user(self, username: str, password: str, display_name: str, *, hashed: str = "") -> "User":
        """Make a sign-in whose first password is stored hashed: as `hashed` has it, or hashed here."""
        user = self.model(username=username, display_name=display_name, first_password_at=now())
        if hashed:
            identify_hasher(hashed)  # a password in clear is no hash: it raises
            user.password = hashed
        else:
            user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A sign-in. What it may do comes from its membership, never from the sign-in itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    username = models.CharField(max_length=60, unique=True)
    # How colleagues know a public officer ("Ms. Abreu"). Of a family there stands only the word of their role: their
    # names are in the sealed directory.
    display_name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    # When somebody else gave out the password; empty once its person has chosen one of their own.
    first_password_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.display_name

    @property
    def first_password_ends(self) -> datetime | None:
        """When the password that was given out opens nothing any more; None for a password of one's own."""
        given = self.first_password_at
        return None if given is None else given + timedelta(days=settings.FIRST_PASSWORD_DAYS)


def in_force(day: date) -> models.Q:
    """What holds on `day`: begun by then, and not ended. `ends` is the first day on which it no longer holds."""
    return models.Q(models.Q(ends__isnull=True) | models.Q(ends__gt=day), starts__lte=day)


class InForce(models.QuerySet["Membership"]):
    """Memberships by date."""

    def on(self, day: date) -> "InForce":
        """Those that hold on `day`: none that waits for a second person's word."""
        return self.filter(in_force(day), waits=False)

    def waiting(self, day: date) -> "InForce":
        """Those that an administrator gave, of which nobody else has said by `day` that they shall hold."""
        return self._unsettled(day).filter(given_at__gt=now() - ROLE_WAITS)

    def waited_too_long(self, day: date) -> "InForce":
        """Those of which nobody said in time that they shall hold, and whose end is not written down yet."""
        return self._unsettled(day).exclude(given_at__gt=now() - ROLE_WAITS)

    def _unsettled(self, day: date) -> "InForce":
        return self.filter(models.Q(ends__isnull=True) | models.Q(ends__gt=day), waits=True, settled_at__isnull=True)


class Membership(models.Model):
    """The role a person acts in, where, and from when to when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=GIVEN)
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True)
    starts = models.DateField()
    # The first day on which it no longer holds.
    ends = models.DateField(null=True, blank=True)
    # The administrator who gave it; nobody where the district's own programs did.
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField(null=True, blank=True)
    # Whether it opens nothing yet: a second person must say that it shall hold.
    waits = models.BooleanField(default=False)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = InForce.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(role=Role.AGENCY_USER) | models.Q(agency__isnull=False),
                name="agency_user_has_agency",
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=[Role.STAFF, Role.PRINCIPAL]) | models.Q(school__isnull=False),
                name="school_role_has_school",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_by__isnull=True)
                | (~models.Q(settled_by=models.F("user")) & ~models.Q(settled_by=models.F("given_by"))),
                name="another_person_settles_a_role",
            ),
            models.CheckConstraint(
                condition=models.Q(waits=False) | models.Q(given_at__isnull=False), name="what_waits_says_since_when"
            ),
        ]

    @property
    def lapses_at(self) -> datetime | None:
        """When it lapses unless a second person confirms it; None where nobody gave it by hand."""
        return None if self.given_at is None else self.given_at + ROLE_WAITS


class SealedPerson(models.Model):
    """Someone whose name stands sealed in a school's directory."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name_key = models.ForeignKey(NameKey, on_delete=models.PROTECT)
    # JSON under the directory's key: names, number, birth date.
    sealed = models.BinaryField()
    # HMAC of the feed's number under the district's own key: finds a person again, reveals nothing.
    number_index = models.BinaryField(max_length=16, unique=True, null=True)
    # HMAC of name and birth date together, where the birth date is known: finds a person by both, reveals neither.
    name_index = models.BinaryField(max_length=16, null=True, db_index=True)
    # HMAC of the row that a feed last sent: tells whether it changed. A bare digest of a name could be guessed.
    feed_mark = models.BinaryField(max_length=16, null=True)

    class Meta:
        abstract = True


class Student(SealedPerson):
    """A student."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True)
    # The language notices go out in; nothing else about language is kept.
    notice_language = models.CharField(max_length=10, default="en")
    # The student's own sign-in, from 14 or ninth grade on.
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="student")
    # The first day in ninth grade, for those who reach it before 14. Empty: nobody has said.
    ninth_grade_from = models.DateField(null=True, blank=True)
    # The first day at a college, of who left school for one before 18: then the rights are the student's (34 CFR 99.5).
    at_college_from = models.DateField(null=True, blank=True)


class StaffMember(SealedPerson):
    """Someone who works for the district."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True)
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True)


class Guardian(SealedPerson):
    """A parent or guardian."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="guardian")


class RelationKind(models.TextChoices):
    """What an adult is to a student."""

    PARENT = "parent", "Parent"
    GUARDIAN = "guardian", "Legal guardian"
    FOSTER = "foster", "Foster parent"
    ACTING = "acting", "Acts as a parent"


class Guardianship(models.Model):
    """A guardian's relation to a student, in time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="relations")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="relations")
    # A feed says only that somebody is the legal guardian, which a parent is.
    kind = models.CharField(max_length=10, choices=RelationKind.choices, default=RelationKind.GUARDIAN)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    # Whether only a feed's word stands behind it: then the feed's silence ends it.
    from_feed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guardian", "student", "starts"], name="one_relation_a_start")]


class LimitKind(models.TextChoices):
    """Why a guardian may not see a student's record, or must wait (603 CMR 23.07(5); M.G.L. c.71 s.34H)."""

    WITHOUT_CUSTODY = "without_custody", "Has no physical custody"
    CUSTODY_DENIED = "custody_denied", "Legal custody was denied because of a threat"
    VISITS = "visits", "Visits were denied, or are supervised"
    PROTECTIVE_ORDER = "protective_order", "A protective order (such as c.209A) keeps this person away"
    RECORDS_ORDER = "records_order", "A court's order bars the records"
    STUDENT_LIMITED = "student_limited", "The student of 18 limited this person in writing"


class Limit(models.Model):
    """What takes a guardian's access to a student's record away, in time.

    It is about the two people, not about a row of their relation: a relation that a feed ends and begins anew stays
    as limited as it was.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="limits")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="limits")
    kind = models.CharField(max_length=20, choices=LimitKind.choices)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    # The day on which the parent with custody was told in writing, by certified and by first-class mail.
    told_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(told_on__isnull=True) | models.Q(kind=LimitKind.WITHOUT_CUSTODY),
                name="only_custody_waits_for_a_notice",
            ),
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("starts")),
                name="limit_ends_after_it_starts",
            ),
        ]


class Basis(models.TextChoices):
    """What lets a guardian see the record of a student of 18."""

    AGREES = "agrees", "The student agreed in writing"
    DEPENDENT = "dependent", "The student is a dependent for income tax (34 CFR 99.31(a)(8))"


class Permission(models.Model):
    """That a guardian may see the record of a student of 18, whose right it is (34 CFR 99.5)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="permissions")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="permissions")
    basis = models.CharField(max_length=10, choices=Basis.choices)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("starts")),
                name="permission_ends_after_it_starts",
            ),
        ]


# What a paper can be about: one of them.
ABOUT = ("relation", "limit", "permission", "student")


class Paper(models.Model):
    """What was shown to the office when a relation, a limit or a permission changed, and why it changed."""

    class Event(models.TextChoices):
        """What the paper was shown for."""

        BEGUN = "begun", "Entered"
        TOLD = "told", "The parent with custody was told"
        ENDED = "ended", "Ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    relation = models.ForeignKey(Guardianship, on_delete=models.PROTECT, null=True, related_name="papers")
    limit = models.ForeignKey(Limit, on_delete=models.PROTECT, null=True, related_name="papers")
    permission = models.ForeignKey(Permission, on_delete=models.PROTECT, null=True, related_name="papers")
    # Where it is about the student alone: that they attend a college.
    student = models.ForeignKey(Student, on_delete=models.PROTECT, null=True, related_name="papers")
    event = models.CharField(max_length=10, choices=Event.choices)
    # The paper's own date.
    dated = models.DateField()
    # The court, the docket, the reason: words about a person.
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["entered_at"]
        constraints = [
            models.CheckConstraint(
                condition=reduce(
                    or_,
                    (models.Q(*((f"{one}__isnull", one != about) for one in ABOUT)) for about in ABOUT),
                ),
                name="a_paper_is_about_one_thing",
            ),
        ]
