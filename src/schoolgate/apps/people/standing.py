"""What time alone ends: broken glasses, administrators' power, roles that wait. The worker asks, and who opens anew."""

from contextlib import suppress
from uuid import UUID

from schoolgate.apps.access.actors import SYSTEM
from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.acts import Impossible

from .glass.models import BrokenGlass
from .glass.services import end_glass
from .models import Membership
from .power.models import AdminPower
from .power.services import end_power
from .services import lapse_role


def end_what_is_over(user: UUID | None = None) -> int:
    """Write down the end of what time has ended, of one person or of all; gives of how much.

    Nothing opens by what is over before this is written: every request compares the clock.
    """
    glasses = BrokenGlass.objects.over()
    powers = AdminPower.objects.filter(ended_at__isnull=True)
    roles = Membership.objects.waited_too_long(today())
    if user is not None:
        glasses, powers, roles = glasses.filter(user=user), powers.filter(user=user), roles.filter(user=user)
    ended = 0
    for glass in list(glasses):
        # Another process may have written it at this moment.
        with suppress(Impossible):
            end_glass(actor=SYSTEM, glass=glass)
            ended += 1
    for power in [one for one in powers if not one.is_on]:
        with suppress(Impossible):
            end_power(actor=SYSTEM, power=power)
            ended += 1
    for role in list(roles):
        with suppress(Impossible):
            lapse_role(actor=SYSTEM, membership=role)
            ended += 1
    return ended
