"""How the list of holds says each."""

from collections.abc import Iterable
from typing import Final

from django.utils.html import format_html

from schoolgate.web.addresses import address
from schoolgate.web.elements import day_element, link
from schoolgate.web.tables import table_html

from .models import Hold, HoldKind

COLUMNS: Final = ("Number", "Why", "Covers", "From", "Until")
_KINDS: Final = {one.value: one.label for one in HoldKind}


def table_of(holds: Iterable[Hold]) -> str:
    """The holds, those that stand first; nothing where there is none."""
    rows = [_cells(one) for one in holds]
    return table_html("Holds, those that stand first", COLUMNS, rows) if rows else ""


def _cells(hold: Hold) -> tuple[str, ...]:
    number = link(hold.number, address("retention:hold", hold.pk))
    return (
        format_html('<span class="sg-nowrap">{}</span>', number),
        _KINDS.get(hold.kind, hold.kind),
        covers(hold),
        day_element(hold.starts),
        day_element(hold.until) or "Counsel lifts it",
    )


def covers(hold: Hold) -> str:
    """What is held, without a name."""
    if hold.report:
        return f"Report {hold.report.number}"
    if hold.student_id:
        return "Every report about one student"
    return f"Every report of {hold.school.name}" if hold.school else "Everything"
