"""Retention: schedules, holds, destruction."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Retention: schedules, holds, destruction."""

    name = "schoolgate.apps.retention"
    label = "retention"

    def ready(self) -> None:
        """Be told when a report is expunged: every room's keys of it are destroyed in the same transaction.

        What its source has deleted waits for what holds it here.
        """
        from schoolgate.apps.incidents.order_services import (  # noqa: PLC0415 - needs the apps loaded
            expunging,
            keeping,
        )

        from .sealed import destroy_report  # noqa: PLC0415 - the same
        from .selectors import what_holds  # noqa: PLC0415 - the same

        expunging.append(destroy_report)
        keeping.append(what_holds)
