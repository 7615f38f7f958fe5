"""The page that checks a receipt: in the browser, with nothing sent anywhere."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from schoolgate.apps.access.actors import EVERYONE
from schoolgate.apps.access.routes import allow

from .keys import keys

# The browser itself holds this page to asking nothing of anybody.
SILENT = {**settings.SECURE_CSP, "connect-src": [CSP.NONE]}


@require_safe
@allow(EVERYONE, relation="a page that checks a file on the reader's own device")
@csp_override(SILENT)
def verify(request: HttpRequest) -> HttpResponse:
    """Check a receipt or a promise. The files that are chosen there never reach the site."""
    return render(request, "ledger/verify.html", {"verifying_key": keys().verifying_key})
