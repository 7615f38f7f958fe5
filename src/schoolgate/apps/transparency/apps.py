"""What the public sees."""

from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    """What the public sees."""

    name = "schoolgate.apps.transparency"
    label = "transparency"
