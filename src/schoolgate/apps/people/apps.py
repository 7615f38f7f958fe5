"""Staff, students, guardians and their relations in time."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Staff, students, guardians and their relations in time."""

    name = "schoolgate.apps.people"
    label = "people"
