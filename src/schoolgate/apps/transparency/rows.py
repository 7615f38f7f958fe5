"""How the auditor's list says each act: by kind, role and number, without a name."""

from collections.abc import Iterable
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from schoolgate.web.elements import moment_element
from schoolgate.web.tables import table_html

COLUMNS: Final = ("When", "Act", "In which role", "About", "Commitment")


def table_of(acts: Iterable[Any]) -> SafeString:
    """The acts of `ledger.selectors.ACTS`, newest first."""
    return table_html("Newest first", COLUMNS, map(_cells, acts))


def _cells(act: Any) -> tuple[str, ...]:  # noqa: ANN401 - a named tuple
    about, commitment = _code(act.subject), _code(bytes(act.commitment).hex())
    return moment_element(act.happened_at), act.kind, act.actor_role, about, commitment


def _code(text: str) -> SafeString:
    return format_html('<code class="sg-hash">{}</code>', text)
