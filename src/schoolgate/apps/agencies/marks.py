"""What of a network the office alone may see, as a mark that goes into a file and comes back with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from .models import Agency, Agreement
from .selectors import hidden_agencies


@dataclass(frozen=True, slots=True)
class OfficeOnly:
    """The parts of a network that the office alone may see.

    Attributes:
        agencies: Slugs of agencies that were entered for a case.
        agreements: Slugs of transfers that were seen and whose source is not published.
    """

    agencies: frozenset[str] = frozenset()
    agreements: frozenset[str] = frozenset()

    @classmethod
    def of(cls, agencies: Iterable[str], agreements: Iterable[str]) -> "OfficeOnly":
        """From any lists of slugs."""
        return cls(frozenset(agencies), frozenset(agreements))


def office_only() -> OfficeOnly:
    """The marks of the district's own network. Two queries."""
    agreements = list(
        Agreement.objects.filter(withdrawn=False)
        .select_related("giver", "receiver")
        .only("slug", "public", "onward_to", "starts", "giver__slug", "receiver__slug")
    )
    hidden = hidden_agencies(Agency.objects.all(), agreements)
    return OfficeOnly.of(hidden, (one.slug for one in agreements if not one.public))
