"""The parties outside, and why data may move between them."""

from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    """The parties outside, and why data may move between them."""

    name = "schoolgate.apps.agencies"
    label = "agencies"
