"""The log of all acts, and the log of all readings."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    """What every act needs."""

    name = "schoolgate.apps.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Put the triggers back after each migration: SQLite drops them when it rebuilds a table."""
        from . import triggers  # noqa: PLC0415 - models are not loaded before ready()

        post_migrate.connect(triggers.install_after_migrate, sender=self)
