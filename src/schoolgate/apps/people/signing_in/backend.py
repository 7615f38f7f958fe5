"""How the person behind a session is found."""

from typing import TYPE_CHECKING, Any

from allauth.account.auth_backends import AuthenticationBackend

from schoolgate.apps.access.once import noted

from .passwords import is_over
from .store import PERSON

if TYPE_CHECKING:
    from django.http import HttpRequest

    from schoolgate.apps.people.models import User


class SessionBackend(AuthenticationBackend):  # type: ignore[misc]  # the library has no types
    """The sign-in library's backend; whoever was read along with the session is not read again."""

    def authenticate(self, request: "HttpRequest | None", **credentials: Any) -> "User | None":  # noqa: ANN401 - theirs
        """Whoever a name and a password are of.

        A first password whose time is over is refused after it was checked, as a wrong one is: who found it on a
        paper learns nothing, neither by the answer nor by the time it takes.
        """
        found: User | None = super().authenticate(request, **credentials)
        return None if found is not None and is_over(found) else found

    def get_user(self, user_id: Any) -> "User | None":  # noqa: ANN401 - a key, as the base class takes it
        """Whoever has this key, while they may sign in. No query within a request of theirs."""
        found: Any = noted(PERSON)
        if found is not None and str(found.pk) == str(user_id):
            return found if self.user_can_authenticate(found) else None
        return super().get_user(user_id)  # type: ignore[no-any-return]  # the same
