"""What the public sees."""

from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    """What the public sees."""

    name = "schoolgate.apps.transparency"
    label = "transparency"

    def ready(self) -> None:
        """Tell the ledger up to where it was audited, for receipts, and that what was published never changes."""
        from schoolgate.apps.ledger import triggers  # noqa: PLC0415 - needs the apps loaded
        from schoolgate.apps.ledger.audited import tell_audited  # noqa: PLC0415 - the same

        from .selectors import newest_range  # noqa: PLC0415

        tell_audited(newest_range)
        triggers.protect("transparency_countingrules", "digest = NEW.digest")
        triggers.protect("transparency_publishedfigures", "period = NEW.period OR sha256 = NEW.sha256")
        triggers.protect("transparency_auditstatement", "sha256 = NEW.sha256")
