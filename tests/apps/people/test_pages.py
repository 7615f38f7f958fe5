"""The office's pages about a student's relations."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.models import Opening, Reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(cast):
    return reverse("people:student", args=[cast.students["marisol"].pk])


@pytest.fixture
def paper():
    return {"dated": (today() - timedelta(days=2)).isoformat(), "reason": "Docket 26D-0117 zyxomorph"}


def test_a_student_is_found_by_number_and_never_by_address(cast, sign_in, page):
    client = sign_in("whitfield")
    assert client.post(reverse("people:find"), {"number": " 8400117 "})["Location"] == page
    assert "No student has this number" in client.post(reverse("people:find"), {"number": "1"}).content.decode()
    assert client.get(reverse("people:find"), {"number": "8400117"}).status_code == 200, "an address finds nobody"


def test_the_page_says_who_may_see_the_record_and_why_and_is_written_down(cast, sign_in, page):
    before = Reading.objects.filter(part="relations").count()
    text = sign_in("raman").get(page).content.decode()
    assert "1 person related to Marisol Aguilar may see the record today." in text
    assert "Mrs. Aguilar" in text
    assert "Parent since" in text
    assert "Why can I see this?" in text
    reading = Reading.objects.filter(part="relations").latest("id")
    assert Reading.objects.filter(part="relations").count() == before + 1
    assert reading.subject == f"student:{cast.students['marisol'].pk}"


def test_a_limit_by_its_form_is_seen_by_the_parent_s_next_page(cast, filed, mother, paper, *, sign_in, page):
    client, parent = sign_in("whitfield"), sign_in("aguilar")
    record = reverse("families:report", args=[filed.report.pk])
    assert parent.get(record).status_code == 200
    address = reverse("people:limit", args=[cast.students["marisol"].pk])
    assert "sees nothing of the record" in client.get(address).content.decode()
    data = {"guardian": mother.pk, "kind": "protective_order", "starts": today().isoformat(), **paper}
    assert client.post(address, data)["Location"] == page
    assert parent.get(record).status_code == 404
    text = client.get(page).content.decode()
    assert "Nobody who is related to Marisol Aguilar may see the record today." in text
    assert "A protective order" in text
    assert "zyxomorph" in text
    assert "Dana Whitfield" in text
    (limit,) = mother.limits.all()
    lifted = client.post(reverse("people:lift", args=[limit.pk]), {"ends": today().isoformat(), **paper})
    assert lifted["Location"] == page
    assert parent.get(record).status_code == 200


def test_the_notice_and_the_end_of_a_relation_by_their_forms(cast, filed, mother, paper, *, sign_in, page):
    client, parent = sign_in("raman"), sign_in("aguilar")
    record = reverse("families:report", args=[filed.report.pk])
    address = reverse("people:limit", args=[cast.students["marisol"].pk])
    client.post(address, {"guardian": mother.pk, "kind": "without_custody", "starts": today().isoformat(), **paper})
    assert "was not told yet" in client.get(page).content.decode()
    (limit,) = mother.limits.all()
    mailed = today() - timedelta(days=5)
    client.post(reverse("people:told", args=[limit.pk]), {"told_on": mailed.isoformat(), **paper})
    free = mailed + timedelta(days=22)
    assert f"this person may see the record from {free:%a} {free.day} {free:%b %Y}" in client.get(page).content.decode()
    assert parent.get(record).status_code == 404
    (relation,) = mother.relations.all()
    client.post(reverse("people:end", args=[relation.pk]), {"ends": today().isoformat(), **paper})
    assert "Not related today." in client.get(page).content.decode()
    assert "Write down that the parent with custody was told" not in client.get(page).content.decode()


def test_a_relation_is_entered_by_the_number_of_the_person(cast, mother, paper, sign_in, page):
    from schoolgate.apps.people.directory import number_index
    from schoolgate.apps.people.models import Guardian

    father = Guardian.objects.get(user=cast.users["chen"])
    Guardian.objects.filter(pk=father.pk).update(number_index=number_index("guardian", "P-9"))
    client, address = sign_in("raman"), reverse("people:begin", args=[cast.students["marisol"].pk])
    data = {"kind": "foster", "starts": today().isoformat(), **paper}
    assert "Nobody has this number." in client.post(address, {"number": "P-8", **data}).content.decode()
    assert client.post(address, {"number": "P-9", **data})["Location"] == page
    assert "2 people related to Marisol Aguilar may see the record today." in client.get(page).content.decode()
    assert cast.students["marisol"].pk in cast.actor("chen").children


def test_a_permission_by_its_form_needs_a_whole_paper_and_counsel_for_a_dependency(
    cast, mother, paper, born, *, sign_in, page
):
    born("marisol", today().replace(year=today().year - 18, day=1))
    address = reverse("people:permit", args=[cast.students["marisol"].pk])
    officer, counsel = sign_in("whitfield"), sign_in("raman")
    assert "no permission is on file (34 CFR 99.5)" in officer.get(page).content.decode()
    agreed = {"guardian": mother.pk, "basis": "agrees", **paper}
    assert "it is no agreement" in officer.post(address, agreed).content.decode()
    assert "Select a valid choice" in officer.post(address, agreed | {"basis": "dependent"}).content.decode()
    assert not mother.permissions.exists()
    assert counsel.post(address, agreed | {"basis": "dependent"})["Location"] == page
    assert officer.post(address, agreed | {"whole": "on"})["Location"] == page
    assert cast.actor("aguilar").children
    for permission in mother.permissions.all():
        officer.post(reverse("people:take-back", args=[permission.pk]), paper)
    assert not cast.actor("aguilar").children


def test_a_wrong_form_keeps_what_was_typed_and_writes_nothing(cast, mother, paper, sign_in):
    before = Opening.objects.count()
    client, address = sign_in("whitfield"), reverse("people:limit", args=[cast.students["marisol"].pk])
    for wrong in (
        {"guardian": cast.users["chen"].pk},
        {"kind": "x"},
        {"starts": "never"},
        {"last": (today() - timedelta(days=9)).isoformat()},
        {"dated": (today() + timedelta(days=1)).isoformat()},
        {"reason": " "},
    ):
        data = {"guardian": mother.pk, "kind": "visits", "starts": today().isoformat(), **paper} | wrong
        text = client.post(address, data).content.decode()
        assert "Nothing was saved yet" in text, wrong
        if "reason" not in wrong:
            assert "zyxomorph" in text
    assert not mother.limits.exists()
    assert Opening.objects.count() == before


@pytest.mark.parametrize("username", ["abreu", "okafor", "doyle", "aguilar", "marisol", "park", "admin"])
def test_nobody_else_finds_these_pages(username, cast, mother, sign_in, page):
    client = sign_in(username)
    (relation,) = mother.relations.all()
    student = cast.students["marisol"].pk
    for address in (
        page,
        reverse("people:find"),
        *(reverse(f"people:{name}", args=[student]) for name in ("limit", "begin", "permit")),
        reverse("people:end", args=[relation.pk]),
    ):
        assert client.get(address).status_code == client.post(address).status_code == 404, address


def test_without_a_reading_nothing_is_shown(cast, sign_in, page, monkeypatch):
    from django.db import DatabaseError

    def full(*_args, **_kwargs):
        raise DatabaseError("no room")

    monkeypatch.setattr("schoolgate.apps.ledger.readings.insert_row", full)
    client = sign_in("whitfield")
    client.raise_request_exception = False
    answer = client.get(page)
    assert answer.status_code == 500
    assert b"Aguilar" not in answer.content


def test_queries_do_not_grow_with_what_there_is(cast, mother, officer, sign_in, page):
    from schoolgate.apps.people.directory import Name, name_key, seal_name
    from schoolgate.apps.people.models import Guardian, Guardianship, LimitKind
    from schoolgate.apps.people.relation_services import Shown, enter_limit

    def counted():
        with CaptureQueriesContext(connection) as queries:
            assert sign_in("whitfield").get(page).status_code == 200
        return len(queries)

    def limit(guardian):
        enter_limit(
            actor=officer,
            guardian=guardian,
            student=cast.students["marisol"],
            kind=LimitKind.VISITS,
            starts=today(),
            shown=Shown(today(), "An order"),
        )

    limit(mother)
    # The first reading of a day looks besides how many others there were.
    counted()
    few = counted()
    for number in range(6):
        more = seal_name(Guardian(), Name(f"Aunt {number}"), name_key(cast.school))
        more.save(force_insert=True)
        Guardianship.objects.create(guardian=more, student=cast.students["marisol"], starts=today())
        limit(more)
    assert counted() == few


def test_a_guardian_of_many_costs_what_a_guardian_of_one_does(cast, mother):
    from schoolgate.apps.people.models import Guardianship

    def counted():
        with CaptureQueriesContext(connection) as queries:
            cast.actor("aguilar")
        return len(queries)

    assert counted() == 2
    Guardianship.objects.create(guardian=mother, student=cast.students["kevin"], starts=today())
    assert counted() == 2
    assert len(cast.actor("aguilar").children) == 2
