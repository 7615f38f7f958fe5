"""Which recipient kind of the law an agency's name surely says; where it does not, that is said."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schoolgate.interop.agency_lists.names import AgencyName
from schoolgate.interop.agency_lists.words import Sort

# No kind of the law: nobody has said yet what this recipient is. No rule permits anything to it.
UNKNOWN_KIND: Final = "unknown_recipient"
IMMIGRATION: Final = "federal_immigration"
# As the case format defines the kinds: a sheriff, a college's police and a task force of several towns are
# `state_police` there, a county's own police are as a city's.
_KINDS: Final[Mapping[Sort, str]] = MappingProxyType(
    {
        "police": "local_police",
        "county_police": "local_police",
        "sheriff": "state_police",
        "state_police": "state_police",
        "campus_police": "state_police",
        "task_force": "state_police",
        "fusion_center": "fusion_center",
        "prosecutor": "prosecutor",
        "attorney_general": "prosecutor",
        "probation": "probation",
        "immigration": IMMIGRATION,
        "federal": "federal_other",
    }
)


def kind_of(name: AgencyName) -> str:
    """The kind, or `UNKNOWN_KIND` when the name leaves it open: a name without a state may be no agency at all."""
    if name.sort not in {"immigration", "federal", "fusion_center"} and not name.state:
        return UNKNOWN_KIND
    return _KINDS.get(name.sort, UNKNOWN_KIND)
