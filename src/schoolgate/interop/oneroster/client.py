"""Asking a OneRoster 1.2 server: a token by client credentials, then pages, with patience for what breaks.

HTTP itself is handed in, and so is waiting: nothing here opens a socket or looks at a clock. A token is used until the
server refuses it. Redirects are not followed: a token goes to the server it was made for and to no other.

Sources: 1EdTech OneRoster 1.2 rostering service; RFC 6749 (sections 2.3.1, 4.4), RFC 6750, RFC 9110 (Retry-After).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

from schoolgate.interop.problems import Problem, ReadingError
from schoolgate.interop.tables.text import MIB

if TYPE_CHECKING:
    from datetime import datetime

SCOPE: Final = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"
"""The only scope asked for: rostering without demographics. `roster.readonly` would hold them too."""

PREFIX: Final = "/ims/oneroster/rostering/v1p2/"
_TRY_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT = 120.0
_MAX_PAGE = 64 * MIB
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SECONDS = re.compile(r"\d{1,6}", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """What to send. The address holds no secret; headers and body do."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. Names of headers are compared without case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """A header's value."""
        return next((value for key, value in self.headers.items() if key.casefold() == name.casefold()), None)


type Send = Callable[[Request], Response]
"""Sends one request and gives the answer, whatever its status; follows no redirect; raises `OSError` (timeouts are
such) when there is none."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask, and as whom.

    Attributes:
        root: The address before `/ims/oneroster/rostering/v1p2/`; https, except on this machine.
        token_url: Where tokens are given.
        client_id: Given by the district's student information system.
        client_secret: Kept out of `repr`.
    """

    root: str
    token_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        for name, address in (("root", self.root), ("token_url", self.token_url)):
            parts = urlsplit(address)
            is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
            if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
                raise ReadingError(
                    Problem("server", 0, name, "an https address without name or query in it", "Correct the setting.")
                )


class FetchError(ReadingError):
    """The server did not give what was asked. What was fetched before is not lost: ask again later.

    Attributes:
        status: The last HTTP status; 0 when there was no answer.
    """

    def __init__(self, problem: Problem, *, status: int) -> None:
        super().__init__(problem)
        self.status = status


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """One page: the records as the server gave them, and how many it says there are in all."""

    records: tuple[Mapping[str, object], ...]
    total: int | None


class Client:
    """Asks one server for pages.

    Args:
        server: Where, and as whom.
        send: Sends a request.
        wait: Waits so many seconds.
        attempts: How often one page is asked for before giving up.
    """

    def __init__(self, server: Server, *, send: Send, wait: Callable[[float], None], attempts: int = 6) -> None:
        self._server = server
        self._send = send
        self._wait = wait
        self._attempts = attempts
        self._token: str | None = None

    def page(self, resource: str, parameters: Mapping[str, str]) -> Answer:
        """One page of a resource.

        Raises:
            FetchError: The server refuses, or breaks again and again. `status` is 400 when it does not take the
                parameters.
        """
        url = f"{self._server.root.rstrip('/')}{PREFIX}{resource}?{urlencode(parameters)}"
        place = f"offset {parameters.get('offset', '0')}"
        status, renewed = 0, False
        for attempt in range(self._attempts):
            response = self._try(Request("GET", url, self._headers(resource)))
            status = response.status if response else 0
            if response and response.status == HTTPStatus.OK:
                answer = _parsed(response, resource)
                if answer is not None:
                    return answer
            elif response and response.status == HTTPStatus.UNAUTHORIZED and not renewed:
                self._token, renewed = None, True
                continue
            elif response and response.status not in _TRY_LATER:
                raise _refused(resource, place, response.status)
            if attempt + 1 < self._attempts:
                self._wait(_pause(response, attempt))
        expected = f"a sound page; tried {self._attempts} times, the last answer was {_told(status)}"
        raise FetchError(
            Problem(resource, 0, place, expected, "Try again later: it goes on where it stopped."), status=status
        )

    def _headers(self, resource: str) -> dict[str, str]:
        if self._token is None:
            self._token = self._new_token(resource)
        return {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}

    def _new_token(self, resource: str) -> str:
        pair = f"{quote(self._server.client_id, safe='')}:{quote(self._server.client_secret, safe='')}"
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        body = urlencode({"grant_type": "client_credentials", "scope": SCOPE}).encode()
        status = 0
        for attempt in range(self._attempts):
            response = self._try(Request("POST", self._server.token_url, headers, body))
            status = response.status if response else 0
            if response and response.status == HTTPStatus.OK:
                token = _token_of(response.body)
                if token is not None:
                    return token
            elif response and response.status not in _TRY_LATER:
                break
            if attempt + 1 < self._attempts:
                self._wait(_pause(response, attempt))
        remedy = "Check the client's id and secret, and that it may use the scope roster-core.readonly."
        expected = f"a token; the last answer was {_told(status)}"
        raise FetchError(Problem(resource, 0, "token", expected, remedy), status=status)

    def _try(self, request: Request) -> Response | None:
        try:
            return self._send(request)
        except OSError:
            return None


def _refused(resource: str, place: str, status: int) -> FetchError:
    match status:
        case 401 | 403:
            remedy = "Ask whoever runs the student information system to give this client roster-core.readonly."
        case 404:
            remedy = "Check the server's address: it ends before /ims/oneroster."
        case _ if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            remedy = "Redirects are not followed: set the address that it leads to, if you trust it."
        case _:
            remedy = "Ask whoever runs the student information system."
    return FetchError(Problem(resource, 0, place, f"a page; the answer was {_told(status)}", remedy), status=status)


def _told(status: int) -> str:
    return f"HTTP {status}" if status else "none in time"


def _pause(response: Response | None, attempt: int) -> float:
    """Seconds to wait: what the server asks for, else twice as long each time."""
    asked = _retry_after(response) if response else None
    return min(float(2**attempt) if asked is None else asked, _LONGEST_WAIT)


def _retry_after(response: Response) -> float | None:
    """Seconds, of either form of RFC 9110 section 10.2.3; a date counts from the answer's own, one that is past not."""
    asked = (response.header("Retry-After") or "").strip()
    if _SECONDS.fullmatch(asked):
        return float(asked)
    until, now = _moment(asked), _moment(response.header("Date") or "")
    return (until - now).total_seconds() if until and now and until > now else None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _parsed(response: Response, resource: str) -> Answer | None:
    """The page, or `None` when it is broken."""
    if len(response.body) > _MAX_PAGE:
        return None
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    records = found.get(resource) if isinstance(found, dict) else None
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        return None
    total = (response.header("X-Total-Count") or "").strip()
    return Answer(tuple(records), int(total) if re.fullmatch(r"\d{1,9}", total, re.ASCII) else None)


def _token_of(body: bytes) -> str | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    token = found.get("access_token") if isinstance(found, dict) else None
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None
