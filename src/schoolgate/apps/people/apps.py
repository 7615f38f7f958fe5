"""Staff, students, guardians and their relations in time."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Staff, students, guardians and their relations in time."""

    name = "schoolgate.apps.people"
    label = "people"

    def ready(self) -> None:
        """Make the events at the door insert-only, have them written, and ask the day's budget before each reading."""
        from schoolgate.apps.ledger import readings, triggers  # noqa: PLC0415 - models are not loaded before ready()

        from .signing_in import signals  # noqa: PLC0415 - the same
        from .unusual.budget import check_budget  # noqa: PLC0415 - the same

        triggers.protect("people_signinevent", "id = NEW.id")
        signals.connect()
        if check_budget not in readings.before_reading:
            readings.before_reading.append(check_budget)
