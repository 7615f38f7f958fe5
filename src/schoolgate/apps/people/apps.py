"""Staff, students, guardians and their relations in time."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Staff, students, guardians and their relations in time."""

    name = "schoolgate.apps.people"
    label = "people"

    def ready(self) -> None:
        """Make the events at the door insert-only, and have them written."""
        from schoolgate.apps.ledger import triggers  # noqa: PLC0415 - models are not loaded before ready()

        from .signing_in import signals  # noqa: PLC0415 - the same

        triggers.protect("people_signinevent", "id = NEW.id")
        signals.connect()
