"""The log of all acts, and the log of all readings."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    """What every act needs."""

    name = "schoolgate.apps.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Put triggers and policies back after each migration: SQLite drops triggers when it rebuilds a table."""
        from schoolgate.apps.access import wall  # noqa: PLC0415 - models are not loaded before ready()
        from schoolgate.apps.access.wall import policies  # noqa: PLC0415

        from . import triggers  # noqa: PLC0415

        wall.connect_signals()
        post_migrate.connect(triggers.install_after_migrate, sender=self)
        post_migrate.connect(policies.install_after_migrate, sender=self)
