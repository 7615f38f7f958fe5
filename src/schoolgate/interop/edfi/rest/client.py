"""One Ed-Fi API: where its parts are, the token, and one request at a time.

The protocol is that of the Ed-Fi ODS/API 5.3 to 7 (Discovery API, OAuth 2.0 client credentials of RFC 6749 section
4.4, Change Queries API).
"""

from __future__ import annotations

import base64
import ipaddress
import time
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlencode, urlsplit

from schoolgate.interop.edfi.rest.persisting import heard, persist
from schoolgate.interop.edfi.rest.wire import (
    AgainError,
    Answer,
    ApiLimits,
    BrokenError,
    Request,
    Send,
    Value,
    read_json,
    refusal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DEFAULT_LIMITS = ApiLimits()
_ROOT = "the API's root document"
_SIGN_IN = "the API's token"
_MARGIN = 60
_NAMES_SHOWN = 4
_NO_ANSWER = "Check the address and the network, and run again; reading goes on at this page."
_TOKEN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")
_PAGING_BY_TOKEN_SINCE = (7, 3)
_ACCEPT = {"Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key and its secret, as the API's owner gave them out."""

    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiParts:
    """Where the parts of an API are, as it says itself.

    Attributes:
        data: Address below which the resources are.
        token: Address that gives tokens.
        changes: Address of the change queries; empty when it has none.
        version: Of the software, such as (7, 3); empty when it does not say.
    """

    data: str
    token: str
    changes: str
    version: tuple[int, ...]

    @property
    def pages_by_token(self) -> bool:
        """Whether it pages by token (ODS/API 7.3 and later)."""
        return self.version >= _PAGING_BY_TOKEN_SINCE


class EdfiApi:
    """An Ed-Fi API that is asked one question at a time.

    Args:
        address: Of its root, over https; http only to this machine.
        credentials: The key and secret for it.
        send: Sends a request.
        limits: What it may cost.
        now: Seconds of a clock that only goes forward.
        wait: Waits for seconds.

    Raises:
        ApiError: When the address cannot be one.
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials,
        send: Send,
        *,
        limits: ApiLimits = _DEFAULT_LIMITS,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = _checked_address(address)
        self.limits = limits
        self._credentials = credentials
        self._send = send
        self._now = now
        self._wait = wait
        self._token = ""
        self._token_until = 0.0

    def __repr__(self) -> str:
        return f"<EdfiApi {self.address}>"

    @cached_property
    def parts(self) -> ApiParts:
        """Where its parts are; asked once."""

        def once() -> ApiParts:
            answer = self._sent(Request("GET", f"{self.address}/", _ACCEPT))
            if answer.status != HTTPStatus.OK:
                raise AgainError(f"the status 200, not {answer.status}", "Check the address.", status=answer.status)
            return _parts(read_json(answer, self.limits).value)

        parts = persist(once, what=_ROOT, limits=self.limits, wait=self._wait)
        for part in (parts.data, parts.token, parts.changes):
            if part and _origin(urlsplit(part)) != _origin(urlsplit(self.address)):
                # The key, or a token, would go to a host that nobody named.
                raise refusal(
                    _ROOT, "urls", "all its parts on the host that was given", "Give the API's own public address."
                )
        return parts

    def get[T](self, url: str, query: Mapping[str, str | int], *, what: str, read: Callable[[Value], T]) -> T:
        """Ask for something, again where that may help.

        Args:
            url: Below one of `parts`.
            query: Of the request.
            what: The resource and page, for the error.
            read: Reads the JSON; raises `BrokenError` when it is not what it should be.

        Raises:
            ApiError: When it cannot be had. Names the resource and page, and quotes nothing of the answer.
        """
        asked = f"{url}?{urlencode(query)}" if query else url
        return self._ask("GET", asked, None, what, lambda answer: read(read_json(answer, self.limits)))

    def post(self, url: str, body: bytes, *, what: str) -> int:
        """Send a record: created or, where its natural key is known, updated. Sending it twice does no harm.

        Returns:
            The status: 201 when it is new there, 200 when it was known.

        Raises:
            ApiError: When it was not taken. Quotes nothing of what was sent or answered.
        """
        return self._ask("POST", url, body, what, lambda answer: answer.status)

    def _ask[T](self, method: str, url: str, body: bytes | None, what: str, read: Callable[[Answer], T]) -> T:
        content = {"Content-Type": "application/json"} if body is not None else {}

        def authorized() -> Answer:
            headers = {**_ACCEPT, **content, "Authorization": f"Bearer {self._valid_token()}"}
            return self._sent(Request(method, url, headers, body))

        def once() -> T:
            answer = authorized()
            if answer.status == HTTPStatus.UNAUTHORIZED:
                # The token may have ended before its time, as when the API was started anew.
                self._token = ""
                answer = authorized()
            if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
                expected, remedy = _EXPLAINED.get(answer.status, ("the status 200", "Check the address."))
                raise refusal(what, f"status {answer.status}", expected, remedy, status=answer.status)
            return read(answer)

        return persist(once, what=what, limits=self.limits, wait=self._wait)

    def _sent(self, request: Request) -> Answer:
        try:
            return heard(self._send(request))
        except OSError as problem:
            # Its words may quote what the other side sent; the names of the errors say what happened.
            names = _names_of(problem)
        raise AgainError(f"an answer ({names})", _NO_ANSWER)

    def _valid_token(self) -> str:
        if not self._token or self._now() >= self._token_until:
            asked_at = self._now()
            self._token, lifetime = persist(self._new_token, what=_SIGN_IN, limits=self.limits, wait=self._wait)
            self._token_until = asked_at + max(lifetime - _MARGIN, lifetime / 2)
        return self._token

    def _new_token(self) -> tuple[str, float]:
        pair = f"{self._credentials.key}:{self._credentials.secret}".encode()
        headers = {
            **_ACCEPT,
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self._sent(Request("POST", self.parts.token, headers, b"grant_type=client_credentials"))
        if answer.status != HTTPStatus.OK:
            expected = "the key and secret to be known there"
            raise refusal(
                _SIGN_IN, f"status {answer.status}", expected, "Check the key and the secret.", status=answer.status
            )
        value = read_json(answer, self.limits).value
        match value:
            case {"access_token": str(token), "expires_in": int(lifetime)} if token and set(token) <= _TOKEN_CHARACTERS:
                return token, float(max(lifetime, 0))
        raise BrokenError("an access_token and its expires_in")


_EXPLAINED: Mapping[int, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: ("the request to be understood", "Check that this is an Ed-Fi API that we know."),
    HTTPStatus.UNAUTHORIZED: ("a token just given to be good", "Tell whoever runs the API; its clocks may differ."),
    HTTPStatus.FORBIDDEN: (
        "that this key may use the resource",
        "Ask the API's owner for a claim on it, or leave the resource out.",
    ),
    HTTPStatus.NOT_FOUND: (
        "the resource to be there",
        "Check that the API serves the Ed-Fi Data Standard 5 or later; before, contacts were called parents.",
    ),
    HTTPStatus.CONFLICT: (
        "what the record refers to to be there",
        "Send schools, students and incidents before what refers to them.",
    ),
}


def _names_of(problem: BaseException) -> str:
    names = [type(problem).__name__]
    reason = problem.__cause__ or getattr(problem, "reason", None)
    while isinstance(reason, BaseException) and len(names) < _NAMES_SHOWN:
        names.append(type(reason).__name__)
        reason = reason.__cause__ or getattr(reason, "reason", None)
    return ", ".join(dict.fromkeys(names))


def _checked_address(address: str) -> str:
    split = urlsplit(address)
    if (
        split.scheme not in {"http", "https"}
        or not split.hostname
        or split.query
        or split.fragment
        or "@" in split.netloc
    ):
        raise refusal(
            "the API", "address", "an address such as https://api.example.org/v7.3/api", "Give its root, no more."
        )
    if split.scheme == "http" and not _is_this_machine(split.hostname):
        raise refusal(
            "the API", "address", "https, for the key and children's records cross the network", "Give https://."
        )
    return address.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origin(split: SplitResult) -> tuple[str, str | None, int | None]:
    return split.scheme, split.hostname, split.port or {"https": 443, "http": 80}.get(split.scheme)


def _parts(value: object) -> ApiParts:
    match value:
        case {"urls": {"dataManagementApi": str(data), "oauth": str(token), **others}, **about}:
            changes, version = others.get("changeQueries"), about.get("version")
            return ApiParts(
                data=data.rstrip("/"),
                token=token,
                changes=changes.rstrip("/") if isinstance(changes, str) else "",
                version=_version(version) if isinstance(version, str) else (),
            )
    raise BrokenError("a document that names urls: dataManagementApi and oauth")


def _version(text: str) -> tuple[int, ...]:
    numbers = text.split(".")
    return tuple(int(number) for number in numbers) if all(n.isascii() and n.isdecimal() for n in numbers) else ()
