"""What the sign-in library tells of, written down; connected when the app is ready."""

from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import password_changed
from allauth.account.signals import user_logged_in as signed_in
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import signals as auth
from django.db.models.signals import pre_delete
from django.http import HttpRequest

from . import secrets
from .events import write_event
from .models import ChangeKind, EventKind
from .passwords import is_over
from .sessions import describe_session, factor_name, keep_to_the_limit, note_place

if TYPE_CHECKING:
    from schoolgate.apps.people.models import User


def connect() -> None:
    """Connect all of them, once a process."""
    auth.user_logged_in.connect(describe_session, dispatch_uid="sign-in: session")
    auth.user_logged_in.connect(keep_to_the_limit, dispatch_uid="sign-in: how many at once")
    auth.user_login_failed.connect(write_failure, dispatch_uid="sign-in: failure")
    auth.user_logged_out.connect(write_sign_out, dispatch_uid="sign-in: out")
    signed_in.connect(write_sign_in, dispatch_uid="sign-in: in")
    password_changed.connect(write_password_change, dispatch_uid="sign-in: password")
    pre_delete.connect(secrets.destroy_with, sender=Authenticator, dispatch_uid="sign-in: secret")


def write_sign_in(*, request: HttpRequest, user: "User", **_: object) -> None:
    """A success, with the factor; and the person is told what others changed about their sign-in."""
    from .services import note_told  # noqa: PLC0415 - acts need models, which load after this module

    note_place(request)
    records = get_authentication_records(request, user)
    write_event(EventKind.SIGNED_IN, request=request, user=user, factor=factor_name(records[-1] if records else {}))
    for change in note_told(user=user):
        what = ChangeKind(change.what).label
        messages.warning(
            request,
            f"While you were away, two people of the district changed your sign-in: {what.lower()}. "
            "If you did not expect it, call the records office now.",
        )


def write_failure(*, credentials: dict[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    """A refusal. The same work is done whether the account exists or not."""
    from schoolgate.apps.people.models import User  # noqa: PLC0415 - the same

    typed = str(credentials.get("username") or "")
    found = User.objects.filter(username=typed).first()
    why = "first_password_over" if found is not None and is_over(found) else ""
    write_event(EventKind.PASSWORD_REFUSED, request=request, user=found, factor="password", why=why, typed_name=typed)


def write_sign_out(*, request: HttpRequest, user: "User | None", **_: object) -> None:
    """Somebody ended their own session."""
    if user is not None:
        write_event(EventKind.SIGNED_OUT, request=request, user=user)


def write_password_change(*, request: HttpRequest, user: "User", **_: object) -> None:
    """A new password, which is the person's own."""
    from schoolgate.apps.people.models import User  # noqa: PLC0415 - the same

    User.objects.filter(pk=user.pk).update(first_password_at=None)
    write_event(EventKind.PASSWORD_CHANGED, request=request, user=user, factor="password")
