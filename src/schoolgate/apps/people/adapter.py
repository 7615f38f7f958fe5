"""How the sign-in library behaves here."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import lazy


def _refused() -> str:
    """The same whatever was wrong: the door says nothing of what is behind it."""
    days = settings.FIRST_PASSWORD_DAYS
    return (
        f"The username or the password is not right. A first password that was not used within {days} "
        f"{'day' if days == 1 else 'days'} has ended: then ask the records office for a new one."
    )


class NoSelfSignUp(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Accounts are opened by the district; nobody signs up. What follows on a password is ours."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": lazy(_refused, str)(),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the library's signature
        """Never."""
        return False

    def get_login_stages(self) -> list[str]:
        """After the password, or the district's word: a second factor, set up at the first sign-in."""
        stages = "schoolgate.apps.people.signing_in.stages"
        return [f"{stages}.SecondFactor", f"{stages}.Enrolment", f"{stages}.OwnPassword"]

    def get_reauthentication_methods(self, user: object) -> list[dict[str, str]]:  # noqa: ARG002 - the same
        """One page asks for whichever factor the person has."""
        return [{"id": "confirm", "description": "Confirm that it is you", "url": reverse("account_reauthenticate")}]

    def send_notification_mail(self, *args: object, **kwargs: object) -> None:
        """Sign-ins have no address to mail to: people are told on the screen."""
