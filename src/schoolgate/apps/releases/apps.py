"""What left, and its receipt."""

from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    """What left, and its receipt."""

    name = "schoolgate.apps.releases"
    label = "releases"
