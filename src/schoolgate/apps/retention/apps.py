"""Retention: schedules, holds, destruction."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Retention: schedules, holds, destruction."""

    name = "schoolgate.apps.retention"
    label = "retention"

    def ready(self) -> None:
        """Be told when an order expunges a report: every room's keys of it are destroyed in the same transaction."""
        from schoolgate.apps.incidents.order_services import expunging  # noqa: PLC0415 - needs the apps loaded

        from .sealed import destroy_report  # noqa: PLC0415 - the same

        expunging.append(destroy_report)
