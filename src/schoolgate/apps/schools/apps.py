"""The district and its schools."""

from django.apps import AppConfig


class SchoolsConfig(AppConfig):
    """The district and its schools."""

    name = "schoolgate.apps.schools"
    label = "schools"
