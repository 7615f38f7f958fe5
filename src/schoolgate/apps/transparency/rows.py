"""How the auditor's list says each act: by kind, role and number, without a name."""

from collections.abc import Iterable
from typing import Any, Final

from django.utils.safestring import SafeString

from schoolgate.web.elements import code_element
from schoolgate.web.tables import table_html

COLUMNS: Final = ("When", "Act", "In which role", "About", "Commitment")


def table_of(acts: Iterable[Any]) -> SafeString:
    """The acts of `ledger.selectors.ACTS`, newest first."""
    return table_html("Newest first", COLUMNS, map(_cells, acts))


def _cells(act: Any) -> tuple[object, ...]:  # noqa: ANN401 - a named tuple
    commitment = code_element(bytes(act.commitment).hex())
    return act.happened_at, act.kind, act.actor_role, code_element(act.subject), commitment
