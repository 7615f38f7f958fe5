"""What the steps of filing take from a form into a draft, finished or not: a draft saves itself while one writes."""

from dataclasses import replace

from django.http import QueryDict

from .body import Body
from .models import INCIDENT_KINDS, PLACES
from .vocabulary import BEHAVIORS, INJURIES, REPORT_KINDS, RESTORATIVE, WEAPONS

# As the forms allow.
SHORT, LONG = 200, 20_000


def taken_as_it_stands(body: Body, step: str, posted: QueryDict) -> Body:
    """The draft with what a form holds at this moment, finished or not. Codes that nobody offered are left out."""
    if step == "when":
        return replace(
            body,
            occurred_on=posted.get("occurred_on", "")[:10],
            occurred_at=posted.get("occurred_at", "")[:5],
            place=_known(posted, "place", PLACES, body.place),
            kind=_known(posted, "kind", INCIDENT_KINDS, body.kind),
            report_kind=_known(posted, "report_kind", REPORT_KINDS, body.report_kind),
        )
    if step == "check":
        return replace(body, correction=posted.get("correction", "")[:LONG])
    known = {person.token for person in body.people}
    accounts = {token: posted.get(f"account-{token}", "").strip()[:LONG] for token in sorted(known)}
    return replace(
        body,
        narrative=posted.get("narrative", "")[:LONG],
        response=posted.get("response", "")[:LONG],
        weapon=posted.get("weapon", "")[:SHORT],
        weapon_kind=_known(posted, "weapon_kind", WEAPONS, ""),
        injury=posted.get("injury", "")[:SHORT],
        injury_level=_known(posted, "injury_level", INJURIES, ""),
        behaviors=tuple(code for code in posted.getlist("behaviors") if code in BEHAVIORS),
        restorative=tuple(code for code in posted.getlist("restorative") if code in RESTORATIVE),
        accounts={token: text for token, text in accounts.items() if text},
        germane=germane_of(body, posted),
    )


def germane_of(body: Body, posted: QueryDict) -> dict[str, str]:
    """The reasons that were given before, with those of this form over them."""
    given = {
        name.removeprefix("germane-"): str(value).strip()
        for name, value in posted.items()
        if name.startswith("germane-") and str(value).strip()
    }
    return {**body.germane, **given}


def _known(posted: QueryDict, name: str, codes: dict[str, str], otherwise: str) -> str:
    code = posted.get(name, "")
    return code if code in codes else otherwise
