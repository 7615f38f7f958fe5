"""What a browser finds at the site's public addresses: a certificate that it trusts, and no old TLS."""

import socket
import ssl
import warnings
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

type Trusting = Callable[[], ssl.SSLContext]

SECONDS: Final = 5
# Whoever renews by hand needs some days; programs renew a month before.
SOON: Final = timedelta(days=14)


def public_hosts(hosts: Iterable[str]) -> list[str]:
    """Of the site's names those that somebody else can ask for: no pattern, no name of this machine alone."""
    here = {"localhost", "127.0.0.1", "[::1]"}
    return [one for one in hosts if one and one not in here and not one.startswith((".", "*"))]


def what_is_wrong(host: str, *, port: int = 443, trusting: Trusting = ssl.create_default_context) -> str:
    """What the proxy in front of the site must be mended for; empty where all is well. At most three connections.

    Args:
        host: The name that browsers ask for.
        port: Where HTTPS is.
        trusting: Makes what says whose certificates are believed: those of this machine's own list.
    """
    try:
        ends, version = _asked(host, port, trusting())
    except ssl.SSLCertVerificationError as problem:
        return f"browsers do not trust its certificate ({problem.verify_message}): mend it at the proxy"
    except OSError as problem:
        return f"no HTTPS is there, seen from this machine ({type(problem).__name__}): look from another one too"
    if ends - datetime.now(UTC) < SOON:
        return f"its certificate ends on {ends:%Y-%m-%d}: renew it at the proxy"
    if _speaks_old(host, port, trusting()):
        return f"it speaks TLS 1.1 beside {version}: let the proxy offer 1.2 and 1.3 alone"
    return ""


def _asked(host: str, port: int, trusted: ssl.SSLContext) -> tuple[datetime, str]:
    with socket.create_connection((host, port), SECONDS) as plain, _secured(trusted, plain, host) as secured:
        held = secured.getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(held["notAfter"])), UTC), secured.version() or ""


def _speaks_old(host: str, port: int, old: ssl.SSLContext) -> bool:
    """Whether an answer comes to a greeting of TLS 1.0 or 1.1. Nothing is sent by it."""
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection((host, port), SECONDS) as plain, _secured(old, plain, host):
            return True
    except OSError:
        return False


def _secured(context: ssl.SSLContext, plain: socket.socket, host: str) -> ssl.SSLSocket:
    return context.wrap_socket(plain, server_hostname=host)
