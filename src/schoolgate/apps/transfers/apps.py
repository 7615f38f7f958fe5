"""Copies that were seen to move on: the evidence, whom it touches, and the letters that follow."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    """Copies that were seen to move on."""

    name = "schoolgate.apps.transfers"
    label = "transfers"
