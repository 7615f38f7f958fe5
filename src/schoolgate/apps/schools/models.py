"""The district and its schools."""

import uuid

from django.db import models


class District(models.Model):
    """The one district that this installation serves, and the rulebook it decides by."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    # A name in `schoolgate/rulebooks`, such as "boston".
    rulebook = models.CharField(max_length=40)
    # State and county whose legal holidays the clocks count by.
    jurisdiction = models.CharField(max_length=20, default="US-MA")
    county = models.CharField(max_length=40, default="Suffolk")

    def __str__(self) -> str:
        return self.name


class School(models.Model):
    """A school."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    # The number that the state or the student information system gives it.
    external_id = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class NameKey(models.Model):
    """The key under which one school's directory of names is sealed for one school year.

    One key for a directory, not one for each name: a page of fifty names costs one unwrapping. Without a school it
    is the district's own directory, for those whose school nobody has said.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True)
    year = models.PositiveSmallIntegerField()
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    wrapped = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year"], name="one_name_key_a_year"),
            models.UniqueConstraint(
                fields=["year"], condition=models.Q(school__isnull=True), name="one_district_name_key_a_year"
            ),
        ]
