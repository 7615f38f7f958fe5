"""Where a message waits for the next page: a cookie that this host alone can set and read."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest

NAME = "messages"


class HostCookie(CookieStorage):
    """Django's signed cookie, under a name that a browser keeps to this host over HTTPS."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.cookie_name = f"__Host-{NAME}" if settings.HTTPS else NAME


class HostCookieFirst(FallbackStorage):
    """The cookie, and the session for what does not fit into it."""

    storage_classes = (HostCookie, SessionStorage)
