"""The ID token, checked against the issuer's keys and the question (OpenID Connect Core 3.1.3.7)."""

import threading
import time
from hmac import compare_digest
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from .errors import Refused
from .provider import Client, Provider, ask

# Signatures with the issuer's public key alone: no `none`, and no HMAC, whose key could be a public key's bytes.
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
LEEWAY_SECONDS: Final = 60
# How long an issuer's keys are kept, and how often a key that is not among them makes us look again.
KEEP_KEYS: Final = 3600
LOOK_AGAIN: Final = 60


class Keys:
    """The issuer's keys, read when they are needed; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[float, KeySet]] = {}

    def of(self, provider: Provider, *, anew: bool = False) -> KeySet:
        """The keys; those of an hour ago at most, or of a minute ago when `anew`.

        Raises:
            Refused: What is published are no keys.
            OSError: They cannot be read.
        """
        with self._lock:
            read_at, held = self._held.get(provider.jwks_uri, (0.0, None))
            if held is None or time.monotonic() - read_at > (LOOK_AGAIN if anew else KEEP_KEYS):
                said = ask(provider.jwks_uri)
                try:
                    held = KeySet.import_key_set(said)  # type: ignore[arg-type]  # checked by what it does
                except (JoseError, ValueError, KeyError, TypeError):
                    raise Refused("keys") from None
                self._held[provider.jwks_uri] = (time.monotonic(), held)
            return held


def check_id_token(
    token: str, *, client: Client, provider: Provider, keys: Keys, nonce: str, asked_again_at: float | None = None
) -> dict[str, Any]:
    """The claims of an ID token that is this issuer's, for this site, for this question, now.

    `asked_again_at` is when somebody was asked to sign in once more: then `auth_time` must be later.

    Raises:
        Refused: It is not; `why` says which check failed.
        OSError: The issuer's keys cannot be read.
    """
    claims = _signed(token, provider, keys)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != client.issuer:
        raise Refused("issuer")
    if client.client_id not in audiences:
        raise Refused("audience")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != client.client_id:
        raise Refused("authorized_party")
    moment = time.time()
    if not _number(claims, "exp") > moment - LEEWAY_SECONDS:
        raise Refused("expired")
    if not moment - KEEP_KEYS < _number(claims, "iat") <= moment + LEEWAY_SECONDS:
        raise Refused("issued_at")
    if not compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Refused("nonce")
    if asked_again_at is not None and _number(claims, "auth_time") < asked_again_at - LEEWAY_SECONDS:
        raise Refused("auth_time")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise Refused("subject")
    return claims


def check_userinfo(claims: dict[str, Any], userinfo: dict[str, Any]) -> dict[str, Any]:
    """The claims with those of userinfo, which must be about the same person (OpenID Connect Core 5.3.2).

    Raises:
        Refused: They are about somebody else.
    """
    if userinfo.get("sub") != claims["sub"]:
        raise Refused("userinfo_subject")
    return {**userinfo, **claims}


def asked_second_factor(client: Client, claims: dict[str, Any]) -> bool:
    """Whether the issuer says that it asked for a second factor."""
    amr = claims.get("amr")
    return (isinstance(amr, list) and "mfa" in amr) or claims.get("acr") in client.strong_acr


def _signed(token: str, provider: Provider, keys: Keys) -> dict[str, Any]:
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError):
        raise Refused("token") from None
    held = keys.of(provider)
    if kid is not None and kid not in {one.kid for one in held.keys}:
        # The issuer changes its keys from time to time.
        held = keys.of(provider, anew=True)
    if kid is None and len(held.keys) != 1:
        raise Refused("key_unnamed")
    try:
        return dict(jwt.decode(token, held, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused("signature") from None


def _number(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(name)
    return float(value)
