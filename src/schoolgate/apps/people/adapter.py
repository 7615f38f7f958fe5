"""How the sign-in library behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class NoSelfSignUp(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Accounts are opened by the district; nobody signs up. What follows on a password is ours."""

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
