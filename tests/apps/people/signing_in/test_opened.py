"""A sign-in that a page opened, at a real district's door: from the first password to a role that holds."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.people.models import Membership, User
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.people.services import confirm_role

pytestmark = pytest.mark.django_db
OPEN = "/roles/sign-in/"
ITO = {"name": "Ms. Ito", "username": "ito", "role": "counsel"}
OWN = "kelp orchard tuba violet seven"


def test_its_person_chooses_a_password_before_the_role_holds(signed_in, app_for, password_typed, door):
    admin, _ = signed_in("admin")
    answer = admin.post(OPEN, ITO | {"starts": today().isoformat()})
    given = re.search(r"<code[^>]*>([a-z2-9-]{24})</code>", answer.text).group(1)
    made = door.users["ito"] = User.objects.get(username="ito")
    assert password_typed("ito", given)[1]["Location"] == "/sign-in/set-up/"
    phone = app_for("ito")
    client, _ = password_typed("ito", given)
    assert client.post("/sign-in/second/", {"code": phone.code()})["Location"] == "/sign-in/password/"
    assert client.post("/sign-in/password/", {"new": OWN, "again": OWN}).status_code == 302
    made.refresh_from_db()
    assert made.first_password_at is None, "so the records office no longer reads that it is the first one"
    assert password_typed("ito", given)[1].status_code == 200, "what the administrator was shown opens nothing more"
    assert actor_for(made).role is Role.PUBLIC
    assert client.get("/requests/").status_code in {302, 404}
    confirm_role(actor=door.actor("whitfield"), membership=Membership.objects.get(user=made))
    assert actor_for(made).role is Role.COUNSEL


def test_whoever_opens_one_confirms_who_they_are_once_more(signed_in, door):
    officer, _ = signed_in("whitfield")
    student = door.students["kevin"].pk
    pages = [f"/families/students/{student}/{one}/" for one in ("sign-in", "guardian-sign-in")]
    assert officer.get(pages[0]).status_code == 200
    with time_machine.travel(now() + timedelta(minutes=21)):
        for page in pages:
            assert officer.get(page)["Location"].startswith(reverse("account_reauthenticate")), page
