"""Who works for the district and is a parent here: as staff, the record of a child of theirs does not exist."""

from datetime import timedelta

import pytest
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.models import Guardian, LimitKind, Membership
from schoolgate.apps.people.relation_services import Shown, end_limit, end_relation, enter_limit
from schoolgate.apps.people.services import Place, end_role, give_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def parent(cast):
    """Make somebody who works here a parent of Kevin's too."""

    def made(username):
        give_role(
            actor=SYSTEM,
            user=cast.users[username],
            role=Role.GUARDIAN,
            name=Name("A parent"),
            place=Place(children=(cast.students["kevin"],)),
        )
        return Guardian.objects.get(user=cast.users[username])

    return made


@pytest.fixture
def paper():
    return Shown(today(), "Suffolk Probate, docket 26D-0117")


def statuses(client, addresses):
    return {client.get(address).status_code for address in addresses}


@pytest.mark.parametrize("username", ["abreu", "okafor", "whitfield", "raman"])
def test_no_work_shows_the_record_of_ones_own_child(username, cast, filed, parent, sign_in):
    kevin, marisol = cast.students["kevin"].pk, cast.students["marisol"].pk
    reports = [reverse("incidents:report", args=[filed.report.pk])]
    if username != "abreu":
        reports.append(reverse("incidents:report", args=[filed.other_report.pk]))
    office = [
        reverse("requests:one", args=[filed.request.pk]),
        reverse("people:student", args=[kevin]),
        reverse("families:disclosures", args=[kevin]),
    ]
    pages = reports + (office if username in {"whitfield", "raman"} else [])
    client = sign_in(username)
    assert statuses(client, pages) == {200}
    parent(username)
    readings = Reading.objects.count()
    assert statuses(client, pages) == {404}
    assert Reading.objects.count() == readings
    listed = client.get(reverse("incidents:reports")).content.decode()
    assert filed.report.number not in listed
    if username in {"whitfield", "raman"}:
        assert filed.request.number not in client.get(reverse("requests:desk")).content.decode()
        number = {"number": "8400212"}
        assert client.post(reverse("people:find"), number).status_code == 200, "not found, as one that is absent"
        assert client.post(reverse("families:whose-disclosures"), number).status_code == 200
        # Another child is what it was.
        assert client.get(reverse("people:student", args=[marisol])).status_code == 200


def test_a_limited_parent_who_works_here_stays_limited_whatever_ended(cast, filed, parent, paper, sign_in):
    """A limit outlives the relation and the role of a parent; it ends by its own paper alone."""
    teacher = parent("abreu")
    officer, kevin, client = cast.actor("whitfield"), cast.students["kevin"], sign_in("abreu")
    page = reverse("incidents:report", args=[filed.report.pk])
    told = {"actor": officer, "shown": paper}
    limit = enter_limit(guardian=teacher, student=kevin, kind=LimitKind.RECORDS_ORDER, starts=today(), **told)
    office = sign_in("whitfield").get(reverse("people:student", args=[kevin.pk])).content.decode()
    assert "This person works for the district by the same sign-in." in office
    end_relation(relation=teacher.relations.get(), ends=today(), **told)
    membership = Membership.objects.get(user=cast.users["abreu"], role=Role.GUARDIAN)
    end_role(actor=SYSTEM, membership=membership)
    assert client.get(page).status_code == 404
    end_limit(limit=limit, ends=today(), **told)
    assert client.get(page).status_code == 200, "neither a parent nor limited any more"


def test_a_relation_to_come_keeps_nobody_out_and_the_others_pay_no_query(
    cast, filed, parent, sign_in, django_assert_num_queries
):
    from schoolgate.apps.people.selectors import actor_for

    with django_assert_num_queries(1):
        actor_for(cast.users["okafor"])
    teacher = parent("okafor")
    teacher.relations.update(starts=today() + timedelta(days=1))
    with django_assert_num_queries(2):
        assert not actor_for(cast.users["okafor"]).kept_from
    assert sign_in("okafor").get(reverse("incidents:report", args=[filed.report.pk])).status_code == 200


def test_who_files_about_an_own_child_leaves_it_to_a_colleague(cast, filed, parent, sign_in):
    from schoolgate.apps.incidents.body import Body, Person
    from schoolgate.apps.incidents.models import Report
    from schoolgate.apps.incidents.services import save_draft

    parent("abreu")
    body = Body(
        occurred_on=filed.report.incident.occurred_on.isoformat(),
        place="bus",
        kind="vandalism",
        people=(Person("P1", "involved", student=cast.students["kevin"].pk),),
        narrative="@P1 wrote on a seat.",
    )
    draft = save_draft(actor=cast.actor("abreu"), body=body)
    done = sign_in("abreu").post(reverse("incidents:check", args=[draft.pk]), follow=True)
    assert done.redirect_chain == [(reverse("incidents:reports"), 302)]
    assert "A child of yours is in it" in done.content.decode()
    made = Report.objects.latest("filed_at")
    assert made.filed_by == cast.users["abreu"]
    page = reverse("incidents:report", args=[made.pk])
    assert [sign_in(one).get(page).status_code for one in ("abreu", "okafor")] == [404, 200]
