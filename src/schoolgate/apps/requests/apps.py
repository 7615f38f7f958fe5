"""What is asked, and the decision."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """What is asked, and the decision."""

    name = "schoolgate.apps.requests"
    label = "requests"

    def ready(self) -> None:
        """Tell the bench which audiences there are."""
        from schoolgate.apps.redactions.audiences import sources  # noqa: PLC0415 - needs the apps loaded

        from .mark_readers import Agencies, Families  # noqa: PLC0415 - the same

        sources[:] = [Agencies(), Families()]
