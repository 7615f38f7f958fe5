"""The question to the district's sign-in, and what the session keeps to know its answer by."""

import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import urlencode

from .errors import Refused
from .provider import Client, Provider

ANSWER_WITHIN: Final = 600


def _token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: good for one answer, within ten minutes."""

    next: str = ""
    # Whether somebody who is signed in is asked once more.
    again: bool = False
    state: str = field(default_factory=_token)
    nonce: str = field(default_factory=_token)
    verifier: str = field(default_factory=_token)
    at: float = field(default_factory=time.time)

    def to_session(self) -> dict[str, Any]:
        """For the session."""
        return asdict(self)

    def address(self, client: Client, provider: Provider, back: str) -> str:
        """Where the browser is sent (OpenID Connect Core 3.1.2.1, RFC 7636 with S256)."""
        challenge = urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        question = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": back,
            "scope": "openid",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if client.strong_acr:
            question["acr_values"] = " ".join(sorted(client.strong_acr))
        if self.again:
            question |= {"prompt": "login", "max_age": "0"}
        joint = "&" if "?" in provider.authorization_endpoint else "?"
        return f"{provider.authorization_endpoint}{joint}{urlencode(question)}"


def code_of(asked: Asked, answer: dict[str, str], client: Client, provider: Provider) -> str:
    """The code in the answer that the browser brought.

    Raises:
        Refused: It answers another question, too late, or comes from another issuer (RFC 9207).
    """
    if not compare_digest(answer.get("state", "").encode(), asked.state.encode()):
        raise Refused("state")
    if not 0 <= time.time() - asked.at <= ANSWER_WITHIN:
        raise Refused("too_late")
    issuer = answer.get("iss")
    if (issuer is None and provider.says_issuer) or (issuer is not None and issuer != client.issuer):
        raise Refused("answer_issuer")
    if "error" in answer or not answer.get("code"):
        raise Refused("no_code")
    return answer["code"]
