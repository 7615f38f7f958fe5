"""An administrator's power, switched on in a test's browser."""

from uuid import UUID

from schoolgate.apps.people.power.models import PowerReason
from schoolgate.apps.people.power.services import switch_on
from schoolgate.apps.people.signing_in.store import SIGNED


def switched_on(client, actor):
    """Switch it on in the session that a client has."""
    return switch_on(
        actor=actor,
        session=UUID(client.session[SIGNED]["id"]),
        reason=PowerReason.SIGN_INS,
        words="Looks after the sign-ins of the cast.",
        hours=1,
    )
