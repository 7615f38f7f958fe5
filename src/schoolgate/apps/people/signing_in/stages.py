"""What stands between a right password and a session."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.stages import LoginStage
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect

from .factors import has_second_factor

# In the state of a sign-in: the district's own sign-in has asked for a second factor and says so.
DISTRICT_ASKED = "district_asked"


def at_stage(key: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let a view run only for who stands at this stage of a sign-in; others begin anew."""

    def declare(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        declared: Callable[..., HttpResponse] = login_stage_required(stage=key, redirect_urlname="account_login")(view)
        return declared

    return declare


class SecondFactor(LoginStage):  # type: ignore[misc]  # the library has no types
    """Who has a second factor shows it."""

    key = "second_factor"
    urlname = "sign_in_second"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Ask for it."""
        if self.login.state.get(DISTRICT_ASKED) or not has_second_factor(self.login.user):
            return None, True
        return redirect(self.urlname), True


class Enrolment(LoginStage):  # type: ignore[misc]  # the same
    """Who has none sets one up, before anything else opens. In a demonstration nobody needs one."""

    key = "enrolment"
    urlname = "sign_in_enrol"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Lead there."""
        done: dict[str, Any] = self.login.state
        if not settings.SECOND_FACTOR or done.get(DISTRICT_ASKED) or has_second_factor(self.login.user):
            return None, True
        return redirect(self.urlname), True


class OwnPassword(LoginStage):  # type: ignore[misc]  # the same
    """Whoever signs in by a password that the district gave out chooses one that nobody else knows."""

    key = "own_password"
    urlname = "sign_in_password"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Lead there."""
        done: dict[str, Any] = self.login.state
        if not settings.SECOND_FACTOR or DISTRICT_ASKED in done or self.login.user.first_password_at is None:
            return None, True
        return redirect(self.urlname), True
