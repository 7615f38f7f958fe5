"""How the office's desk says each request, and an agency's list its own."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from schoolgate.engines import law
from schoolgate.web.addresses import address, each_address
from schoolgate.web.elements import link, state_element
from schoolgate.web.tables import table_html
from schoolgate.web.templatetags.schoolgate import citation

from .models import INSTRUMENTS, State

COLUMNS: Final = ("Request", "Who asks", "With which paper", "Arrived", "Where it stands")
OWN_COLUMNS: Final = ("Request", "Paper", "Sent", "Where it stands", "Copy")
_STATES: Final = {one.value: one.label for one in State}


def table_of(requests: Iterable[Any]) -> SafeString:
    """What waits, oldest first: of the rows of `on_the_desk`."""
    at = each_address("requests:one")
    return table_html(
        "What waits, oldest first", COLUMNS, ((link(one.number, at(one.pk)), *_cells(one)) for one in requests)
    )


def own_table(requests: Iterable[Any]) -> SafeString:
    """An agency's requests and what became of each, newest first: of the rows of `of_an_agency`."""
    return table_html("Newest first", OWN_COLUMNS, map(_own_cells, requests))


def rule_links(rules: Iterable[law.Provision], day: date, *, between: str = ", ", titled: bool = True) -> SafeString:
    """Links to provisions as they were law on a day, each with its plain title where it is `titled`."""
    links = (_rule_link(one.id, one.citation, one.title if titled else "", day) for one in rules)
    return format_html_join(between, "{}", ((one,) for one in links))


@lru_cache(2048)
def _rule_link(rule: str, cited: str, title: str, day: date) -> str:
    return citation(cited, f"{reverse('requests:provision', args=[rule])}?on={day.isoformat()}", title)


def _own_cells(request: Any) -> tuple[object, ...]:  # noqa: ANN401 - a named tuple
    ended = request.state in {State.RELEASED, State.REFUSED}
    return (
        request.number,
        INSTRUMENTS.get(request.instrument, request.instrument),
        request.received_at,
        state_element(request.state if ended else "waiting"),
        _copy(request),
    )


def _copy(request: Any) -> str:  # noqa: ANN401 - the same
    if request.state == State.RELEASED:
        return link(f"Open copy {request.copy_number}", address("releases:release", request.copy))
    if request.state == State.REFUSED:
        receipt = link(f"Receipt for {request.number}", address("releases:request-receipt", request.pk))
        return format_html("none. {}", receipt)
    return "none"


def _cells(request: Any) -> tuple[object, ...]:  # noqa: ANN401 - the same
    return (
        request.who,
        INSTRUMENTS.get(request.instrument, request.instrument),
        request.received_at,
        _STATES.get(request.state, request.state),
    )
