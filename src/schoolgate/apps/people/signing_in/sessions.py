"""Sessions of people: begun, listed, ended."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.moment import today

from .events import network_of, write_event
from .limits import AT_ONCE, DEMONSTRATION, device_of, limit_for
from .models import EventKind, SignInSession
from .store import SIGNED

if TYPE_CHECKING:
    from schoolgate.apps.people.models import User

# How often a session's last step is written; the idle limit is that much less exact.
SEEN_EVERY: Final = timedelta(minutes=1)
# How long ago somebody must have shown a factor before a dangerous page opens, and before its form is accepted.
FRESH_TO_OPEN: Final = timedelta(minutes=5)
FRESH_TO_ACT: Final = timedelta(minutes=20)
# On how many networks somebody may have shown it: a browser goes to and fro between two ways to the same site.
NETWORKS: Final = 3
# What counts as a second factor among the library's records of a session.
_STRONG: Final = frozenset({"mfa", "district"})


def describe_session(*, request: HttpRequest, user: "User", **_: object) -> None:
    """Write into a session that begins whose it is, on what, and how long it may last; at every sign-in."""
    records = get_authentication_records(request, user)
    strong = [one for one in records if one["method"] in _STRONG]
    roles = [Role(role) for role in user.memberships.on(today()).values_list("role", flat=True)]
    limit = DEMONSTRATION if settings.DEMO else limit_for(roles)
    moment = time.time()
    request.session[SIGNED] = {
        "id": str(uuid4()),
        "user": str(user.pk),
        "began": moment,
        "seen": moment,
        "idle": limit.idle.total_seconds(),
        "longest": limit.longest.total_seconds(),
        "device": _device(request),
        "networks": [],
        "factor": factor_name(strong[-1] if strong else records[-1] if records else {}),
        "strong": bool(strong),
    }


def keep_to_the_limit(*, request: HttpRequest, user: "User", **_: object) -> None:
    """End the sessions of somebody that did nothing for longest when they have more than are allowed; at every sign-in.

    Nobody is kept out: whoever lost a device signs in and ends the session on it. Two that begin at once wait for each
    other. A demonstration has no limit: its visitors share their sign-ins.
    """
    if settings.DEMO:
        return
    with transaction.atomic():
        type(user).objects.select_for_update().get(pk=user.pk)
        request.session.save()
        this = request.session[SIGNED]["id"]
        others = sessions_of(user).exclude(public_id=this).order_by("-seen_at", "-began_at")
        ended = list(others[AT_ONCE - 1 :])
        SignInSession.objects.filter(public_id__in=[one.public_id for one in ended]).delete()
        for _one in ended:
            write_event(EventKind.SESSION_ENDED, request=request, user=user, why="too_many")
    for one in ended:
        messages.warning(
            request,
            f"You were signed in in {AT_ONCE} other places, which is as many as are kept. The one that was idle for "
            f"longest has ended: {one.device}.",
            fail_silently=True,
        )


def factor_name(record: dict[str, Any]) -> str:
    """With what somebody showed who they are: password, totp, webauthn, recovery_codes or district."""
    return str(record.get("type") or record.get("method") or "")


def is_strong(request: HttpRequest) -> bool:
    """Whether the session began with a second factor, where everybody needs one, and on this sort of device.

    A session that turns up on another sort of device was carried there: it ends, for whoever holds it.
    """
    if not settings.SECOND_FACTOR:
        return True
    signed = request.session.get(SIGNED, {})
    if not signed.get("strong"):
        return False
    if signed["device"] == _device(request):
        return True
    write_event(EventKind.SESSION_ENDED, request=request, user=UUID(signed["user"]), why="another_device")
    request.session.flush()
    return False


def _device(request: HttpRequest) -> str:
    return device_of(request.headers.get("User-Agent", ""))


def note_place(request: HttpRequest) -> None:
    """Remember from which network the person has just shown who they are, beside the last others."""
    if signed := request.session.get(SIGNED):
        here = network_of(request).hex()
        others = [one for one in signed.get("networks", ()) if one != here]
        request.session[SIGNED] = {**signed, "networks": [here, *others[: NETWORKS - 1]]}


def note_step(request: HttpRequest) -> None:
    """Move the idle limit, at most once a minute."""
    signed = request.session.get(SIGNED)
    if signed and time.time() - signed["seen"] >= SEEN_EVERY.total_seconds():
        request.session[SIGNED] = {**signed, "seen": time.time()}


def confirmed_within(request: HttpRequest, span: timedelta) -> bool:
    """Whether the person showed a factor in this session so lately; outside the demonstration, a second one.

    On a network where nothing was shown yet it does not count: a telephone that is carried about asks once more.
    """
    known = request.session.get(SIGNED, {}).get("networks", ())
    if settings.SECOND_FACTOR and network_of(request).hex() not in known:
        return False
    records = get_authentication_records(request, request.user)
    counting = [one["at"] for one in records if not settings.SECOND_FACTOR or one["method"] in _STRONG]
    return bool(counting) and time.time() - counting[-1] < span.total_seconds()


def sessions_of(user: "User") -> QuerySet[SignInSession]:
    """The sessions of somebody that are open, newest first."""
    return SignInSession.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-began_at")


def this_session(request: HttpRequest) -> UUID | None:
    """The number of the session that a request belongs to."""
    signed = request.session.get(SIGNED)
    return UUID(signed["id"]) if signed else None


def end_session(user: "User", number: UUID) -> bool:
    """End one session of somebody; False when they have none of this number."""
    return SignInSession.objects.filter(user=user, public_id=number).delete()[0] > 0


def end_sessions(user: "User", *, but: UUID | None = None) -> int:
    """End the sessions of somebody, those of an unfinished sign-in excepted; gives how many."""
    held = SignInSession.objects.filter(user=user)
    return (held.exclude(public_id=but) if but else held).delete()[0]
