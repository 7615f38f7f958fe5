"""Lists of many children."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Lists of many children."""

    name = "schoolgate.apps.exports"
    label = "exports"
