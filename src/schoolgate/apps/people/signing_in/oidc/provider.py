"""Who the district's sign-in is, where its parts are, and reading them: over TLS, small, quick, no redirects."""

import http.client
import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from .errors import Refused

MOST_BYTES: Final = 262_144
TIMEOUT_SECONDS: Final = 10
_PLACES: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Client:
    """How this site is known to the district's sign-in.

    Attributes:
        claim: The claim that holds the identifier that the district entered; `sub` unless it says otherwise.
        strong_acr: Values of `acr` that say a second factor was asked for, besides `mfa` in `amr` (RFC 8176).
    """

    issuer: str
    client_id: str
    secret: str
    name: str = "the district's sign-in"
    claim: str = "sub"
    strong_acr: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Provider:
    """What an issuer publishes of itself (OpenID Connect Discovery 1.0, section 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    # Whether its answers name their issuer (RFC 9207).
    says_issuer: bool


def discover(client: Client) -> Provider:
    """Read what the issuer publishes. It must call itself what the district calls it.

    Raises:
        Refused: It is another issuer's, or does not say what is needed.
        OSError: It cannot be read.
    """
    said = ask(f"{client.issuer.rstrip('/')}/.well-known/openid-configuration")
    if said.get("issuer") != client.issuer:
        raise Refused("discovery_issuer")
    places = {name: str(said.get(name, "")) for name in _PLACES}
    if not all(is_safe(one) for one in places.values()):
        raise Refused("discovery")
    says_issuer = said.get("authorization_response_iss_parameter_supported") is True
    return Provider(**places, says_issuer=says_issuer)


def redeem(client: Client, provider: Provider, *, code: str, verifier: str, back: str) -> dict[str, Any]:
    """Change a code for tokens (RFC 6749, 4.1.3; client_secret_basic).

    Raises:
        Refused: The issuer does not take it.
        OSError: It cannot be reached.
    """
    name = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}".encode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    tokens = ask(provider.token_endpoint, f"Basic {b64encode(name).decode()}", form)
    if not isinstance(tokens.get("id_token"), str) or not isinstance(tokens.get("access_token"), str):
        raise Refused("tokens")
    return tokens


def is_safe(address: str) -> bool:
    """Whether an address is read over TLS, or never leaves this machine."""
    try:
        place = urlsplit(address)
        _ = place.port
    except ValueError:
        return False
    return place.scheme == "https" or (place.scheme == "http" and place.hostname in _THIS_MACHINE)


def ask(address: str, authorization: str = "", form: dict[str, str] | None = None) -> dict[str, Any]:
    """One request whose answer is a JSON object; POST when there is a form.

    Raises:
        Refused: Another status than 200, too long, or no JSON object.
        OSError: It cannot be reached in time.
    """
    if not is_safe(address):
        raise Refused("address")
    place = urlsplit(address)
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    line = kind(place.hostname or "", place.port, timeout=TIMEOUT_SECONDS)
    head = {"Accept": "application/json"}
    if authorization:
        head["Authorization"] = authorization
    if form is not None:
        head["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        line.request("GET" if form is None else "POST", path, urlencode(form) if form is not None else None, head)
        response = line.getresponse()
        body = response.read(MOST_BYTES + 1)
    except http.client.HTTPException as problem:
        raise OSError(str(problem)) from problem
    finally:
        line.close()
    if response.status != http.client.OK or len(body) > MOST_BYTES:
        raise Refused("status")
    try:
        said = json.loads(body)
    except ValueError:
        raise Refused("json") from None
    if not isinstance(said, dict):
        raise Refused("json")
    return said
