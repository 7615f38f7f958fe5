"""The app."""

from django.apps import AppConfig


class SpreadsheetsConfig(AppConfig):
    """Spreadsheets that come in."""

    name = "schoolgate.apps.spreadsheets"
    label = "spreadsheets"
