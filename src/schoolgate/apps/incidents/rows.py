"""How a list says each report: by number, without a name."""

from collections.abc import Iterable
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from schoolgate.web.addresses import address
from schoolgate.web.elements import day_element, link, moment_element, state_element
from schoolgate.web.tables import table_html

from .models import INCIDENT_KINDS
from .vocabulary import INCIDENT_REPORT, REPORT_KINDS

COLUMNS: Final = ("Report", "Incident", "Day", "School", "Filed")


def table_of(reports: Iterable[Any]) -> SafeString:
    """The reports of `in_a_list`, newest first; of a sealed one, that it is sealed and nothing else."""
    return table_html("Newest first", COLUMNS, map(_cells, reports))


def _cells(report: Any) -> tuple[str, ...]:  # noqa: ANN401 - a named tuple
    what, day = _said(report)
    return (
        link(report.number, address("incidents:report", report.pk)),
        what,
        day,
        report.where,
        moment_element(report.filed_at),
    )


def _said(report: Any) -> tuple[str, str]:  # noqa: ANN401 - the same
    if report.sealed_at:
        return state_element("withheld", "Sealed by order"), "Not said"
    said = INCIDENT_KINDS.get(report.what, report.what)
    if report.kind != INCIDENT_REPORT:
        said += f" ({REPORT_KINDS.get(report.kind, report.kind).lower()})"
    if report.waits_for_principal:
        said = format_html("{} {}", said, state_element("waiting", "Waits for the principal"))
    return said, day_element(report.happened)
