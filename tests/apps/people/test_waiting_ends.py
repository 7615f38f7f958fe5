"""A role that waits for its second person lapses after fourteen days, and whoever gave it is told."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.models import Membership
from schoolgate.apps.people.notices.models import Notice
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.people.services import Place, confirm_role, give_role, lapse_role, refuse_role
from schoolgate.apps.people.standing import end_what_is_over

pytestmark = pytest.mark.django_db
ALMOST, OVER = timedelta(days=13, hours=23), timedelta(days=14)


@pytest.fixture
def given(cast):
    """Mr. Okafor as counsel, given by the administrator at this moment."""
    user = cast.users["okafor"]
    return give_role(actor=cast.actor("admin"), user=user, role=Role.COUNSEL, name=Name("Mr. Okafor"), place=Place())


def told(what):
    return {one.to.username for one in Notice.objects.filter(what=what)}


def test_a_day_before_nothing_lapses_and_the_page_says_when_it_will(cast, given, sign_in):
    with at(given.given_at + ALMOST):
        assert end_what_is_over() == 0
        with pytest.raises(Impossible, match="not over"):
            lapse_role(actor=SYSTEM, membership=given)
        page = sign_in("raman").get(reverse("people:roles-waiting")).text
        assert "1 role waits for your word." in page
        assert "After 14 days without a word it lapses" in page
        assert "without your word it lapses on" in page
        confirm_role(actor=cast.actor("raman"), membership=given)
    with at(given.given_at + 2 * OVER):
        assert end_what_is_over() == 0, "what was confirmed holds"
        assert {one.value for one in actor_for(cast.users["okafor"]).roles} == {"principal", "counsel"}


def test_after_fourteen_days_it_lapses_with_an_entry_and_a_notice_to_who_gave_it(cast, given, sign_in):
    with at(given.given_at + OVER):
        # By the clock, before anything is written down.
        assert "No role waits for your word." in sign_in("raman").get(reverse("people:roles-waiting")).text
        settle = reverse("people:settle-role", args=[given.pk])
        assert sign_in("raman").post(settle, {"answer": "confirm"}).status_code == 404
        for act in (confirm_role, refuse_role):
            with pytest.raises(Impossible, match="lapsed"):
                act(actor=cast.actor("raman"), membership=given)
        with pytest.raises(NotAllowed):
            lapse_role(actor=cast.actor("raman"), membership=given)
        assert end_what_is_over() == 1
        assert end_what_is_over() == 0, "once"
        with pytest.raises(Impossible, match="settled"):
            lapse_role(actor=SYSTEM, membership=given)
        given.refresh_from_db()
        assert (given.ends, given.settled_by, given.settled_at) == (given.starts, None, now())
        assert told("role_lapsed") == {"admin"}
        kinds = Opening.objects.filter(subject=f"user:{given.user_id}").order_by("happened_at", "id")
        assert [one.kind for one in kinds][-2:] == ["role_given", "role_lapsed"]
        assert {one.value for one in actor_for(cast.users["okafor"]).roles} == {"principal"}
        admin = sign_in("admin")
        assert "nobody confirmed it in time" in admin.get(reverse("people:notices")).text
        person = admin.get(reverse("people:roles-of", args=[given.user_id])).text
        assert "Nobody confirmed it in time: it lapsed and never held." in person


def test_one_that_lapsed_can_be_given_anew_also_before_the_worker_came(cast, given, sign_in):
    with at(given.given_at + OVER):
        page = reverse("people:give-role", args=[given.user_id])
        answer = sign_in("admin").post(page, {"role": "counsel", "starts": today().isoformat()}, follow=True).text
        assert "After 14 days without their word it lapses" in answer
        anew = Membership.objects.waiting(today()).get()
        assert (anew.pk != given.pk, anew.given_at) == (True, now())
        assert end_what_is_over() == 0


def test_what_waits_says_since_when(given):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=given.pk).update(given_at=None)
