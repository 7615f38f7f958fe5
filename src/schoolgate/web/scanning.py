"""Every file that is sent to the site is looked at for viruses before any view sees it, where a scanner is set."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from schoolgate.interop.clamd import ScannerDownError, read_address, scan

_log = logging.getLogger(__name__)
FOUND, DOWN = 422, 503


class ScannedUploads:
    """Refuse a request whose file is known to be harmful; and every file while the scanner does not answer.

    It stands behind the gate of roles, so that only who may use a page can make the scanner work.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the files are looked at once the route is known."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        _view: Callable[..., HttpResponseBase],
        _args: tuple[Any, ...],
        _kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Let the view run only when nothing was found in any file."""
        if not settings.CLAMD or request.method != "POST":
            return None
        address = read_address(settings.CLAMD)
        for _, files in request.FILES.lists():
            for file in files:
                try:
                    found = scan(address, file.read())
                except ScannerDownError as problem:
                    _log.error("a file was refused: the virus scanner does not answer (%s)", problem)
                    return render(request, "file_refused.html", {"down": True}, status=DOWN)
                file.seek(0)
                if found:
                    _log.warning("a file was refused: the virus scanner found %s", found)
                    return render(request, "file_refused.html", {"found": found}, status=FOUND)
        return None
