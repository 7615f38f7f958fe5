"""What every page knows: who acts, and where they may go."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix

from schoolgate.web.addresses import address

from .actors import EITHER_ADMINISTRATOR, OFFICE, SCHOOL, VISITOR, Actor, Role

NAVIGATION: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("Reports", "incidents:reports", SCHOOL | OFFICE),
    ("File a report", "incidents:file", SCHOOL),
    ("Emergency", "incidents:emergency", SCHOOL),
    ("Emergency openings", "people:glasses", OFFICE | {Role.PRINCIPAL}),
    ("Requests", "requests:desk", OFFICE),
    ("Retention", "retention:home", OFFICE),
    ("Lists", "exports:lists", OFFICE),
    ("Spreadsheets", "spreadsheets:home", frozenset({Role.RECORDS_OFFICER})),
    ("Who got what", "families:whose-disclosures", OFFICE),
    ("The law workbench", "workbench:case", frozenset({Role.COUNSEL})),
    ("Your requests", "requests:mine", frozenset({Role.AGENCY_USER})),
    ("Ask for a report", "requests:ask", frozenset({Role.AGENCY_USER})),
    ("Your family's records", "families:account", frozenset({Role.GUARDIAN})),
    ("Your records", "families:account", frozenset({Role.STUDENT})),
    ("Who else may see", "people:mine", frozenset({Role.STUDENT})),
    ("Families", "people:find", OFFICE),
    ("Unusual reading", "people:unusual", OFFICE),
    ("Copies seen elsewhere", "transfers:home", frozenset(Role) - {Role.PUBLIC}),
    ("Your power", "people:power", EITHER_ADMINISTRATOR),
    ("Administrators", "people:power", frozenset({Role.RECORDS_OFFICER, Role.COUNSEL})),
    ("Roles", "people:roles", frozenset({Role.ADMINISTRATOR})),
    ("Roles that wait", "people:roles-waiting", OFFICE),
    ("Sign-ins", "signing_in:door", frozenset({Role.ADMINISTRATOR, Role.RECORDS_OFFICER})),
    ("Every act", "transparency:acts", frozenset({Role.AUDITOR})),
    ("The map of agreements", "agencies:map", frozenset(Role)),
    ("The rules", "requests:provisions", frozenset(Role)),
    ("Public figures", "transparency:figures", frozenset(Role)),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """Give every template the actor, the navigation of the actor's role and the demo banner."""
    actor: Actor = getattr(request, "actor", VISITOR)
    links = _links(actor.role, get_script_prefix(), settings.ROOT_URLCONF)
    items = tuple((title, url, request.path == url) for title, url in links)
    change_role = address("people:role") if len(actor.roles) > 1 else ""
    return {"actor": actor, "nav_items": items, "demo_data": settings.DEMO, "change_role_url": change_role}


@lru_cache
def _links(role: Role, _prefix: str, _urlconf: str) -> tuple[tuple[str, str], ...]:
    return tuple((title, address(name)) for title, name, roles in NAVIGATION if role in roles)
