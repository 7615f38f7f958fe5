"""The district's own sign-in, as the environment describes it; read before Django is ready."""

from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from .provider import Client, is_safe

SECRET_FILE = "oidc-client-secret"  # noqa: S105 - where a secret lies
# Claims that an issuer may give to somebody else tomorrow.
_NO_IDENTIFIERS = frozenset({"email", "preferred_username", "name", "upn", "phone_number"})


def read_client(environment: Mapping[str, str], keys: Path) -> Client | None:
    """The district's own sign-in, or None when SCHOOLGATE_OIDC_ISSUER names none.

    Raises:
        ImproperlyConfigured: Something is missing or unsafe; the message says what.
    """
    issuer = environment.get("SCHOOLGATE_OIDC_ISSUER", "")
    if not issuer:
        return None
    if not is_safe(issuer):
        raise ImproperlyConfigured("SCHOOLGATE_OIDC_ISSUER must begin with https://")
    client_id = environment.get("SCHOOLGATE_OIDC_CLIENT_ID", "")
    if not client_id:
        raise ImproperlyConfigured("SCHOOLGATE_OIDC_CLIENT_ID is missing: the issuer gave it when the site was entered")
    claim = environment.get("SCHOOLGATE_OIDC_CLAIM", "sub")
    if claim in _NO_IDENTIFIERS:
        raise ImproperlyConfigured(
            f"SCHOOLGATE_OIDC_CLAIM is {claim!r}, which may be given to somebody else; use sub or a directory's number"
        )
    kept = keys / SECRET_FILE
    secret = environment.get("SCHOOLGATE_OIDC_CLIENT_SECRET") or (
        kept.read_text(encoding="utf-8").strip() if kept.is_file() else ""
    )
    if not secret:
        raise ImproperlyConfigured(f"the client's secret is missing: write it into {kept}, mode 0600")
    return Client(
        issuer=issuer,
        client_id=client_id,
        secret=secret,
        name=environment.get("SCHOOLGATE_OIDC_NAME", "the district's sign-in"),
        claim=claim,
        strong_acr=frozenset(environment.get("SCHOOLGATE_OIDC_ACR", "").split()),
    )
