"""What the sign-in page knows besides."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def district(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - Django's signature
    """The district's own sign-in, where there is one."""
    return {"district": settings.OIDC}
