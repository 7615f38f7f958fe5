"""An identity provider of our own, over HTTP in a thread, that tells the truth or lies in one way at a time."""

import hmac
import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID = "schoolgate at east harbor"
SECRET = "a secret: with % signs"


@cache
def rsa_key(kid: str) -> RSAKey:
    """A key of the provider's; making one takes a moment."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@cache
def ec_key(kid: str) -> ECKey:
    """The same on a curve."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def unsigned(claims: dict[str, Any], header: dict[str, str]) -> str:
    """A token with `alg: none`, or any header, and no signature."""
    parts = [urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims)]
    return ".".join([*parts, ""])


@dataclass
class IdentityProvider:
    """What it does can be changed between two requests.

    Attributes:
        person: The claims about whoever signs in there.
        lie: Changes the claims of an ID token before it is signed.
        sign: Makes the token from the claims.
        userinfo: What userinfo says, when that differs.
        answer_issuer: The `iss` of its answers; None leaves it out.
    """

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "staff-4711", "email": "whitfield@example.org"})
    lie: Callable[[dict[str, Any]], None] = lambda _: None
    keys: list[Any] = field(default_factory=lambda: [rsa_key("first")])
    sign: Callable[[dict[str, Any]], str] | None = None
    userinfo: dict[str, Any] | None = None
    said_issuer: str = ""
    answer_issuer: str | None = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def sign_in(self, address: str) -> str:
        """What a browser does there: read the question, sign in, be sent back; gives where to."""
        question = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(question)
        assert question["client_id"] == CLIENT_ID
        assert question["response_type"] == "code"
        code = secrets.token_urlsafe(16)
        self.codes[code] = question
        answer = {"code": code, "state": question["state"]}
        if self.answer_issuer is not None:
            answer["iss"] = self.answer_issuer or self.issuer
        return f"{question['redirect_uri']}?{urlencode(answer)}"

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.said_issuer or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }

    def token(self, authorization: str, form: dict[str, str]) -> dict[str, Any] | None:
        """Tokens for a code, once, to this client, with the verifier of the question."""
        wanted = b64decode(authorization.removeprefix("Basic ")).decode()
        question = self.codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if (
            question is None
            or wanted != "schoolgate%20at%20east%20harbor:a%20secret%3A%20with%20%25%20signs"
            or question["code_challenge_method"] != "S256"
            or question["code_challenge"] != challenge
            or question["redirect_uri"] != form["redirect_uri"]
        ):
            return None
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": question["nonce"],
            "auth_time": int(time.time()),
            **self.person,
        }
        self.lie(claims)
        return {
            "id_token": (self.sign or self.signed)(claims),
            "access_token": "reads userinfo",
            "token_type": "Bearer",
        }

    def signed(self, claims: dict[str, Any]) -> str:
        key = self.keys[0]
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key)

    def signed_with_public_key(self, claims: dict[str, Any]) -> str:
        """HS256 whose key is the public key's text: what a verifier without a list of algorithms accepts."""
        start = unsigned(claims, {"alg": "HS256", "kid": self.keys[0].kid}).rstrip(".")
        mac = hmac.digest(self.keys[0].as_pem(private=False), start.encode(), "sha256")
        return f"{start}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.keys]}


@contextmanager
def running() -> Iterator[IdentityProvider]:
    """The provider on this machine, until the end of the block."""
    provider = IdentityProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.reads.append(self.path)
            match self.path:
                case "/.well-known/openid-configuration":
                    self._say(provider.discovery())
                case "/jwks":
                    self._say(provider.jwks())
                case "/userinfo":
                    allowed = self.headers["Authorization"] == "Bearer reads userinfo"
                    said = provider.person if provider.userinfo is None else provider.userinfo
                    self._say(said if allowed else None)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(provider.token(self.headers["Authorization"], form))

        def _say(self, said: dict[str, Any] | None) -> None:
            self.send_response(200 if said is not None else 400)
            self.end_headers()
            self.wfile.write(json.dumps(said or {}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
