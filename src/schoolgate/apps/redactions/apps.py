"""The marks on a report's text, and what a person decided of each."""

from django.apps import AppConfig


class RedactionsConfig(AppConfig):
    """The marks on a report's text, and what a person decided of each."""

    name = "schoolgate.apps.redactions"
    label = "redactions"
