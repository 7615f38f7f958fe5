"""How the office's desk says each request."""

from collections.abc import Iterable
from typing import Final

from django.utils.safestring import SafeString

from schoolgate.web.addresses import address
from schoolgate.web.elements import link, moment_element
from schoolgate.web.tables import table_html

from .models import INSTRUMENTS, Request, State

COLUMNS: Final = ("Request", "Who asks", "With which paper", "Arrived", "Where it stands")
_STATES: Final = {one.value: one.label for one in State}


def table_of(requests: Iterable[Request]) -> SafeString:
    """What waits, oldest first."""
    return table_html("What waits, oldest first", COLUMNS, map(_cells, requests))


def _cells(request: Request) -> tuple[str, ...]:
    return (
        link(request.number, address("requests:one", request.pk)),
        request.agency.name,
        INSTRUMENTS.get(request.instrument, request.instrument),
        moment_element(request.received_at),
        _STATES.get(request.state, request.state),
    )
