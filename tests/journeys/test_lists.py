"""Lists of records, and the pages behind them, with scripts and without: axe clean, and no wider than a phone."""

from datetime import timedelta

import pytest
from django.urls import reverse

from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration
from support.seen import left_on_condition

pytestmark = pytest.mark.browser
# Who opens which lists, each with the name of its picture.
LISTS = {
    "whitfield": {
        "list-reports": "incidents:reports",
        "list-requests": "requests:desk",
        "list-retention": "retention:home",
        "list-roles-wait": "people:roles-waiting",
        "list-agencies": "agencies:agencies",
    },
    "raman": {"list-holds": "retention:holds"},
    "doyle": {"list-requests-of-agency": "requests:mine"},
    "abreu": {"list-reports-own": "incidents:reports"},
    "park": {"list-acts": "transparency:acts"},
    "aguilar": {"list-disclosures": "families:own-disclosures"},
}


@pytest.fixture
def full(real_transactions):
    """The demonstration with a copy that left, a hold and two roles that wait."""
    from schoolgate.apps.access.actors import Role
    from schoolgate.apps.access.moment import at, now, today
    from schoolgate.apps.people.directory import Name
    from schoolgate.apps.people.services import Place, give_role
    from schoolgate.apps.retention.models import HoldKind
    from schoolgate.apps.retention.services import Scope, place_hold

    cast = open_demonstration()
    report = left_on_condition(cast, story.file_the_report(cast)).request.report
    for _, ask in story.REFUSED:
        story.asked_and_decided(cast, report, ask)
    counsel = cast.actor("raman")
    for kind in (HoldKind.LITIGATION, HoldKind.RECORDS_REQUEST):
        place_hold(actor=counsel, kind=kind, scope=Scope(report=report), why="Docket 26-1417", starts=today())
    with at(now() - timedelta(days=3)):
        for username, role in (("okafor", Role.COUNSEL), ("park", Role.RECORDS_OFFICER)):
            name = Name(cast.users[username].display_name)
            give_role(actor=cast.actor("admin"), user=cast.users[username], role=role, name=name, place=Place())
    return cast


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_lists_stand_on_a_desk_and_on_a_phone(scripts, full, visit):
    for username, pages in LISTS.items():
        person = visit(scripts=scripts).sign_in(username, PASSWORD)
        for picture, page in pages.items():
            person.open(reverse(page))
            person.check(picture)
