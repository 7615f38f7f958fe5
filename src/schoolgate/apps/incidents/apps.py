"""What happened, and its reports."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """What happened, and its reports."""

    name = "schoolgate.apps.incidents"
    label = "incidents"
