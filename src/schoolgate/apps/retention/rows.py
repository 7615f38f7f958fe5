"""How the list of holds says each."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.utils.html import format_html

from schoolgate.web.addresses import address
from schoolgate.web.elements import day_element, link
from schoolgate.web.tables import table_html

from .models import Hold, HoldKind

COLUMNS: Final = ("Number", "Why", "Covers", "From", "Until")
_KINDS: Final = {one.value: one.label for one in HoldKind}


def table_of(holds: Iterable[Any]) -> str:
    """The holds of `in_a_list`, those that stand first; nothing where there is none."""
    rows = [_cells(one) for one in holds]
    return table_html("Holds, those that stand first", COLUMNS, rows) if rows else ""


def _cells(hold: Any) -> tuple[str, ...]:  # noqa: ANN401 - a named tuple
    number = link(hold.number, address("retention:hold", hold.pk))
    return (
        format_html('<span class="sg-nowrap">{}</span>', number),
        _KINDS.get(hold.kind, hold.kind),
        _covers(hold.report_number, hold.student_id, hold.school_name),
        day_element(hold.starts),
        day_element(hold.until) or "Counsel lifts it",
    )


def covers(hold: Hold) -> str:
    """What is held, without a name."""
    report, school = hold.report, hold.school
    return _covers(report.number if report else "", hold.student_id, school.name if school else "")


def _covers(report: str | None, student: UUID | None, school: str | None) -> str:
    if report:
        return f"Report {report}"
    if student:
        return "Every report about one student"
    return f"Every report of {school}" if school else "Everything"
