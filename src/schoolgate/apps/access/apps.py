"""The lowest app: who acts, and what each role may do."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Actors and rules; no acts and no tables."""

    name = "schoolgate.apps.access"
    label = "access"
