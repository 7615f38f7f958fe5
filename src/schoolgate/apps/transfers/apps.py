"""Copies that were seen to move on: the evidence, whom it touches, and the letters that follow."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    """Copies that were seen to move on."""

    name = "schoolgate.apps.transfers"
    label = "transfers"

    def ready(self) -> None:
        """Tell the rooms above what they may ask of this one."""
        from schoolgate.apps.incidents.holders import holding  # noqa: PLC0415 - models load first
        from schoolgate.apps.requests.cases import condition_in_doubt  # noqa: PLC0415

        from .holders import holders_of  # noqa: PLC0415
        from .selectors import in_doubt  # noqa: PLC0415

        holding.append(holders_of)

        if in_doubt not in condition_in_doubt:
            condition_in_doubt.append(in_doubt)
