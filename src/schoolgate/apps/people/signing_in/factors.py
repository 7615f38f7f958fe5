"""Second factors: one-time codes, passkeys and recovery codes, checked and kept."""

import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from .models import CodeStep
from .secrets import destroy_secret

if TYPE_CHECKING:
    from schoolgate.apps.people.models import User

Type = Authenticator.Type
PERIOD: Final = 30
# A code may arrive one step late (RFC 6238, 5.2); never early.
LATE_STEPS: Final = 1
_PENDING: Final = "pending_code_secret"
REFUSED: Final = "That did not fit. Type the newest code, or use another factor."


def factors_of(user: "User") -> list[Authenticator]:
    """Everything that somebody has set up, oldest first."""
    return list(Authenticator.objects.filter(user=user).order_by("id"))


def has_second_factor(user: "User") -> bool:
    """Whether somebody has an app or a passkey; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=user, type__in=[Type.TOTP, Type.WEBAUTHN]).exists())


def has_app(user: "User") -> bool:
    """Whether somebody has an app that shows codes."""
    return bool(Authenticator.objects.filter(user=user, type=Type.TOTP).exists())


def check_code(user: "User", code: str) -> Authenticator | None:
    """The factor that a typed code belongs to, which is spent by this; None when it fits none.

    A one-time code is spent with all before it, by one statement in the database: two workers cannot both accept it.
    """
    held = {one.type: one for one in factors_of(user)}
    typed = code.replace(" ", "").replace("-", "")
    if (app := held.get(Type.TOTP)) and fits_and_burns(user, decrypt(app.data["secret"]), typed):
        return app
    codes = held.get(Type.RECOVERY_CODES)
    return codes if codes and RecoveryCodes(codes).validate_code(typed) else None


def fits_and_burns(user: "User", secret: str, typed: str) -> bool:
    """Whether a one-time code is the present one or the one before, and was not used yet."""
    step = int(time.time()) // PERIOD
    fitting = [
        one
        for one in range(step - LATE_STEPS, step + 1)
        if compare_digest(format_hotp_value(hotp_value(secret, one)).encode(), typed.encode())
    ]
    return bool(fitting) and _burn(user, fitting[-1])


def _burn(user: "User", step: int) -> bool:
    with transaction.atomic():
        CodeStep.objects.get_or_create(user=user)
        return CodeStep.objects.filter(user=user, last__lt=step).update(last=step) == 1


def check_passkey(user: "User", answer: dict[str, Any]) -> Authenticator:
    """The passkey that signed this session's challenge for this person, who was verified by their device.

    Raises:
        ValidationError: It did not, or its counter went back, which a copy of the key would make it do.
    """
    with _understood():
        response = webauthn.parse_authentication_response(answer)
        found = webauthn.complete_authentication(user, answer)
        count = response.response.authenticator_data.counter
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().get(pk=found.pk)
        before = held.data.get("count", held.wrap().authenticator_data.counter)
        # Passkeys that are kept in several places count nothing and say 0 (WebAuthn 3, 6.1.1).
        if (count or before) and count <= before:
            raise ValidationError(REFUSED)
        held.data["count"] = count
        held.save(update_fields=["data"])
    return held


@contextmanager
def _understood() -> Iterator[None]:
    """Whatever a browser sends in place of a passkey's answer is refused: the library lets some of it end in errors."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, struct.error, InvalidSignature) as problem:
        raise ValidationError(REFUSED) from problem


def begin_app(request: HttpRequest, *, anew: bool) -> str:
    """The secret of an app that is being set up: sealed even while it waits in the session."""
    waiting = request.session.get(_PENDING)
    if waiting and not anew:
        return str(decrypt(waiting))
    if waiting:
        destroy_secret(waiting)
    secret: str = generate_totp_secret()
    request.session[_PENDING] = encrypt(secret)
    return secret


def finish_app(request: HttpRequest, user: "User", code: str) -> Authenticator:
    """Keep an app whose first code fits.

    Raises:
        ValidationError: It does not, or one is set up already.
    """
    waiting = request.session.get(_PENDING)
    if not waiting or not fits_and_burns(user, secret := decrypt(waiting), code.replace(" ", "")):
        raise ValidationError("That did not fit. Look whether the phone's clock is right, and type the newest code.")
    if Authenticator.objects.filter(user=user, type=Type.TOTP).exists():
        raise ValidationError("An app is set up already. Remove it first.")
    made = TOTP.activate(user, secret).instance
    destroy_secret(request.session.pop(_PENDING))
    return made


def app_address(user: "User", secret: str) -> tuple[str, str]:
    """What the app reads: the otpauth address, and it as a picture (SVG)."""
    adapter = get_adapter()
    address = adapter.build_totp_url(user, secret)
    svg: str = adapter.build_totp_svg(address)
    return address, svg[svg.index("<svg") :]


def finish_passkey(user: "User", name: str, answer: dict[str, Any]) -> Authenticator:
    """Keep a passkey that signed this session's challenge.

    Raises:
        ValidationError: It did not, or the device did not verify the person.
    """
    with _understood():
        webauthn.parse_registration_response(answer)
        webauthn.complete_registration(answer)
    return webauthn.WebAuthn.add(user, name or "Passkey", answer).instance


def new_recovery_codes(user: "User") -> list[str]:
    """Make ten recovery codes in place of all earlier ones. They are shown once and kept sealed."""
    for old in Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES):
        old.delete()
    return list(RecoveryCodes.activate(user).get_unused_codes())


def remove_factors(user: "User") -> int:
    """Remove every factor of somebody; gives how many."""
    held = factors_of(user)
    for one in held:
        one.delete()
    return len(held)
