"""What would change: a page that stores nothing and whose address says everything."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from schoolgate.apps.access.actors import EVERYONE
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.engines import reach

from .asked import Asked, address
from .drawing import svg
from .registry import network_for
from .services import KEEPERS
from .views_agencies import PUBLIC
from .what_if_page import AMENDED, COLUMNS, NEW, REACHED_COLUMNS, WhatIf, WhatIfForm

# So many agreements stand open to be chosen from; more are folded.
FEW: Final = 30


@require_safe
@allow(EVERYONE, relation=PUBLIC)
def what_if(request: ActorRequest) -> HttpResponse:
    """Try a change: end, sign or amend. Two queries; nothing is stored."""
    seen = network_for(request.actor)
    schools = Asked(seen, today()).schools
    form = WhatIfForm(request.GET or None, network=seen, schools=schools)
    tried = WhatIf.of(form, seen, today())
    context = {
        "form": form,
        "tried": tried,
        "columns": COLUMNS,
        "reached_columns": REACHED_COLUMNS,
        "keeper": request.actor.role in KEEPERS,
        "few": len(seen.agreements) <= FEW,
    }
    if tried.changes and (schools or tried.holder):
        context |= {
            "before": svg(reach.drawing(tried.difference.before, href=address)),
            "after": svg(reach.drawing(tried.difference.after, href=_existing)),
            "before_rows": _reached_rows(tried.difference.before),
            "after_rows": _reached_rows(tried.difference.after),
        }
    return render(request, "agencies/what_if.html", context)


def _existing(one: reach.Agency | reach.Agreement) -> str | None:
    """The page of what exists; an agreement that is only tried has none."""
    return None if one.id in {NEW, AMENDED} else address(one)


def _reached_rows(answer: reach.Reach) -> list[tuple[object, ...]]:
    return [
        (one.agency.name, one.fewest_hops.hops, one.weakest_status.replace("_", " ")) for one in answer.reached.values()
    ]
