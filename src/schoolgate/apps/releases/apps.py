"""What left, and its receipt."""

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.signals import request_finished, request_started


class ReleasesConfig(AppConfig):
    """What left, and its receipt."""

    name = "schoolgate.apps.releases"
    label = "releases"

    def ready(self) -> None:
        """Listen to changes of the network, say who holds copies of a report, and be told when one is expunged."""
        from schoolgate.apps.agencies.signals import network_changed  # noqa: PLC0415 - needs the apps loaded
        from schoolgate.apps.incidents.holders import holding  # noqa: PLC0415
        from schoolgate.apps.incidents.order_services import expunged  # noqa: PLC0415

        from . import watch  # noqa: PLC0415
        from .holder_notices import note_holders  # noqa: PLC0415
        from .holders import holders_of  # noqa: PLC0415

        holding.append(holders_of)
        expunged.append(note_holders)

        network_changed.connect(watch.network_changed, dispatch_uid="releases.watch")
        request_started.connect(watch.answer_begins, dispatch_uid="releases.watch.begins")
        request_finished.connect(watch.answer_sent, dispatch_uid="releases.watch.sent")
        register(watched_kinds_exist)


def watched_kinds_exist(**_: object) -> list[CheckMessage]:
    """A kind that no agency can have would be watched for nothing."""
    from schoolgate.apps.agencies.models import RECIPIENT_KINDS  # noqa: PLC0415 - needs the apps loaded

    unknown = sorted(set(settings.WATCHED_KINDS) - RECIPIENT_KINDS.keys())
    if not unknown:
        return []
    known = ", ".join(RECIPIENT_KINDS)
    message = f"SCHOOLGATE_WATCHED_KINDS names {', '.join(unknown)}; an agency's kind is one of {known}"
    return [Error(message, id="releases.E001")]
