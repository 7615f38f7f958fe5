"""What an agency wrote about the record it asks for: sealed, since it may name a child."""

import json
from dataclasses import asdict, dataclass

from schoolgate.apps.ledger.safe import SealedValue, context, open_value, seal_new

from .models import Request


@dataclass(frozen=True, slots=True)
class About:
    """The agency's own words."""

    whom: str
    when: str
    why: str
    paper: str

    def seal(self, request: Request) -> SealedValue:
        """Seal under a fresh key of the request."""
        text = json.dumps(asdict(self), ensure_ascii=False).encode()
        return seal_new(context("requests.request", request.id, "about"), text)


def open_about(request: Request) -> About:
    """What the agency wrote."""
    place = context("requests.request", request.id, "about")
    return About(**json.loads(open_value(place, request.wrapped_key, request.sealed)))
