"""How the auditor's list says each act: by kind, role and number, without a name."""

from collections.abc import Iterable
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from schoolgate.apps.ledger.models import Opening
from schoolgate.web.elements import moment_element
from schoolgate.web.tables import table_html

COLUMNS: Final = ("When", "Act", "In which role", "About", "Commitment")
_CODE: Final = '<code class="sg-hash">{}</code>'


def table_of(acts: Iterable[Opening]) -> SafeString:
    """The acts, newest first."""
    return table_html("Newest first", COLUMNS, map(_cells, acts))


def _cells(act: Opening) -> tuple[str, ...]:
    about, commitment = format_html(_CODE, act.subject), format_html(_CODE, act.commitment_hex)
    return moment_element(act.happened_at), act.kind, act.actor_role, about, commitment
