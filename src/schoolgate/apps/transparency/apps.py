"""What the public sees."""

from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    """What the public sees."""

    name = "schoolgate.apps.transparency"
    label = "transparency"

    def ready(self) -> None:
        """Tell the ledger up to where it was audited, for receipts."""
        from schoolgate.apps.ledger.audited import tell_audited  # noqa: PLC0415 - needs the apps loaded

        from .selectors import newest_range  # noqa: PLC0415

        tell_audited(newest_range)
