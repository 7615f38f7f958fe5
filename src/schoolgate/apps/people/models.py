"""People and their relations in time.

Names, numbers and birth dates are sealed; in clear stand only ids, dates, schools and codes. There is no field
for immigration status, citizenship or place of birth, and there never will be.
"""

import uuid
from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import identify_hasher
from django.db import models

from schoolgate.apps.access.actors import ROLE_TITLES, Role
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.schools.models import NameKey, School


class UserManager(BaseUserManager["User"]):
    """Makes sign-ins."""

    def create_user(self, username: str, password: str, display_name: str, *, hashed: str = "") -> "User":
        """Make a sign-in whose password is stored hashed: as `hashed` has it, or hashed here."""
        user = self.model(username=username, display_name=display_name)
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
    # How colleagues know the person ("Ms. Abreu"); never a student's name.
    display_name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.display_name


class InForce(models.QuerySet["Membership"]):
    """Memberships by date."""

    def on(self, day: date) -> "InForce":
        """Those that hold on `day`."""
        return self.filter(models.Q(ends__isnull=True) | models.Q(ends__gt=day), starts__lte=day)


class Membership(models.Model):
    """The role a person acts in, where, and from when to when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, title) for role, title in ROLE_TITLES.items()])
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True)
    starts = models.DateField()
    # The first day on which it no longer holds.
    ends = models.DateField(null=True, blank=True)

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
        ]


class SealedPerson(models.Model):
    """Someone whose name stands sealed in a school's directory."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name_key = models.ForeignKey(NameKey, on_delete=models.PROTECT)
    # JSON under the directory's key: names, number, birth date.
    sealed = models.BinaryField()
    # HMAC of the feed's number under the district's own key: finds a person again, reveals nothing.
    number_index = models.BinaryField(max_length=16, unique=True, null=True)
    # HMAC of the row that a feed last sent: tells whether it changed. A bare digest of a name could be guessed.
    feed_mark = models.BinaryField(max_length=16, null=True)

    class Meta:
        abstract = True


class Student(SealedPerson):
    """A student."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True)
    # The language notices go out in; nothing else about language is kept.
    notice_language = models.CharField(max_length=10, default="en")


class StaffMember(SealedPerson):
    """Someone who works for the district."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True)
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True)


class Guardian(SealedPerson):
    """A parent or guardian."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="guardian")


class Guardianship(models.Model):
    """A guardian's relation to a student, in time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="relations")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="relations")
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    # Whether only a feed's word stands behind it: then the feed's silence ends it.
    from_feed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guardian", "student", "starts"], name="one_relation_a_start")]
