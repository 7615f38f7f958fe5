"""How a list says each report: by number, without a name."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from schoolgate.web.addresses import each_address
from schoolgate.web.elements import link, state_element
from schoolgate.web.tables import table_html

from .models import INCIDENT_KINDS
from .vocabulary import INCIDENT_REPORT, REPORT_KINDS

COLUMNS: Final = ("Report", "Incident", "Day", "School", "Filed")


def table_of(reports: Iterable[Any]) -> SafeString:
    """The reports of `in_a_list`, newest first; of a sealed one, that it is sealed and nothing else."""
    at = each_address("incidents:report")
    rows = ((link(one.number, at(one.pk)), *_said(one), one.where, one.filed_at) for one in reports)
    return table_html("Newest first", COLUMNS, rows)


def _said(report: Any) -> tuple[str, date | str]:  # noqa: ANN401 - a named tuple
    if report.sealed_at:
        return state_element("withheld", "Sealed by order"), "Not said"
    said = INCIDENT_KINDS.get(report.what, report.what)
    if report.kind != INCIDENT_REPORT:
        said += f" ({REPORT_KINDS.get(report.kind, report.kind).lower()})"
    if report.waits_for_principal:
        said = format_html("{} {}", said, state_element("waiting", "Waits for the principal"))
    return said, report.happened
