"""Counsel's workbench."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """Counsel's workbench."""

    name = "schoolgate.apps.workbench"
    label = "workbench"
