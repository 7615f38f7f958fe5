"""What is asked, and the decision."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """What is asked, and the decision."""

    name = "schoolgate.apps.requests"
    label = "requests"
