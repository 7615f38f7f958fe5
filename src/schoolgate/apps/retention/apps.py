"""Retention: schedules, holds, destruction."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Retention: schedules, holds, destruction."""

    name = "schoolgate.apps.retention"
    label = "retention"
