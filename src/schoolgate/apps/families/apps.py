"""A family's list of who asked, got and read."""

from django.apps import AppConfig


class FamiliesConfig(AppConfig):
    """A family's list of who asked, got and read."""

    name = "schoolgate.apps.families"
    label = "families"
