"""The design system as a Django app, so that its templates, tags and static files are found."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates and components; no models."""

    name = "schoolgate.web"
    label = "web"
