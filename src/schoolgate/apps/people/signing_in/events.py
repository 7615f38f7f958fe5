"""What happens at the door is written down, insert-only: never a password, a typed name or an address in clear."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import HttpRequest

from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.keys import keys

from .limits import device_of
from .models import EventKind, SignInEvent

if TYPE_CHECKING:
    from schoolgate.apps.people.models import User

INDEX_BYTES = 16


def index(kind: str, text: str) -> bytes:
    """A keyed digest of 32 bytes: tells that two are the same, and not what they are."""
    return hmac.digest(keys().blind_index, f"schoolgate sign-in {kind}\0{text}".encode(), "sha256")


def write_event(
    what: EventKind,
    *,
    request: HttpRequest | None,
    user: "User | UUID | None" = None,
    factor: str = "",
    why: str = "",
    typed_name: str = "",
) -> SignInEvent:
    """Write one event. `request` is None for what no browser did."""
    return SignInEvent.objects.create(
        at=now(),
        what=what.value,
        user_id=user if isinstance(user, UUID) or user is None else user.pk,
        factor=factor,
        why=why,
        device=device_of(request.headers.get("User-Agent", "")) if request else "",
        network=network_of(request) if request else None,
        typed_name=index("name", typed_name.casefold())[:INDEX_BYTES] if typed_name else None,
    )


def network_of(request: HttpRequest) -> bytes:
    """Which network a request comes from, 16 bytes under the installation's key: the same is known again, not read."""
    return index("network", str(truncate_ip(get_adapter(request).get_client_ip(request))))[:INDEX_BYTES]


def count_events(since: datetime) -> Mapping[str, Mapping[str, int]]:
    """How often each kind of event happened, day by day in the district's time zone, newest day first."""
    rows: Any = (
        SignInEvent.objects.filter(at__gte=since)
        .annotate(day=TruncDate("at"))
        .values("day", "what")
        .annotate(number=Count("id"))
        .order_by("-day", "what")
    )
    days: dict[str, dict[str, int]] = {}
    for row in rows:
        days.setdefault(row["day"].isoformat(), {})[row["what"]] = row["number"]
    return days
