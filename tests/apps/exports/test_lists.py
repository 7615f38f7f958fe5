"""A list needs a purpose, a second person and an entry; there is no file before, and none after two weeks."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.urls import reverse

pytestmark = pytest.mark.django_db


def entries(kind):
    from schoolgate.apps.ledger.models import Opening

    return [json.loads(one.record) for one in Opening.objects.filter(kind=kind).order_by("happened_at")]


def readings(export):
    from schoolgate.apps.ledger.models import Reading

    rows = Reading.objects.filter(subject=f"list:{export.pk}").order_by("read_at")
    return list(rows.values_list("part", "role"))


def test_one_person_alone_gets_no_file(cast, fight, propose, file_of):
    from schoolgate.apps.exports.services import confirm_list
    from schoolgate.apps.ledger.acts import Impossible

    export = propose()
    with pytest.raises(Impossible, match="You proposed this list"):
        confirm_list(actor=cast.actor("whitfield"), export=export)
    export.refresh_from_db()
    assert export.state == "proposed"
    assert export.sealed_files is None
    for name in ("crdc-students.csv", "crdc-counts.csv"):
        with pytest.raises(Http404):
            file_of(export, name)
    assert readings(export) == []
    assert entries("list_made") == []


def test_a_second_person_makes_it_and_the_ledger_has_both_and_no_name(cast, fight, confirmed, file_of):
    from hashlib import sha256

    export = confirmed()
    text = file_of(export, "crdc-students.csv")
    assert "8400117" in text
    (proposed,) = entries("list_proposed")
    (made,) = entries("list_made")
    assert proposed["by"] == made["facts"]["proposed_by"] == str(cast.users["whitfield"].pk)
    assert made["by"] == str(cast.users["raman"].pk)
    assert made["facts"]["purpose"] == "federal_collection"
    assert f"crdc-students.csv {sha256(text.encode()).hexdigest()}" in made["facts"]["files"]
    said = json.dumps([proposed, made])
    assert not [word for word in ("8400117", "Marisol", "yearly", str(cast.students["marisol"].pk)) if word in said]
    assert readings(export) == [("crdc-students.csv", "records_officer")]


def test_the_database_itself_refuses_one_person_and_a_file_too_early(cast, propose):
    from schoolgate.apps.exports.models import ListExport

    rows = ListExport.objects.filter(pk=propose().pk)
    for changes in (
        {"state": "made", "decided_by": cast.users["whitfield"]},
        {"state": "made"},
        {"sealed_files": b"x"},
        {"last_day": date(2025, 6, 30)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**changes)


@pytest.mark.parametrize("username", ["abreu", "okafor", "doyle", "aguilar", "park", "admin"])
def test_no_other_role_proposes_confirms_or_sees(username, cast, fight, confirmed, sign_in):
    from schoolgate.apps.exports.services import confirm_list, propose_list, reject_list
    from schoolgate.apps.ledger.acts import NotAllowed

    made, actor = confirmed("ssdr"), cast.actor(username)
    with pytest.raises(NotAllowed):
        propose_list(actor=actor, kind="crdc", first_day=None, last_day=None, purpose="", words="")
    for act in (confirm_list, reject_list):
        with pytest.raises(NotAllowed):
            act(actor=actor, export=made)
    client = sign_in(username)
    there = client.get(reverse("exports:file", args=[made.pk, "ssdr-offense.csv"]))
    absent = client.get(reverse("exports:file", args=[uuid4(), "ssdr-offense.csv"]))
    assert there.status_code == absent.status_code == 404
    assert there.content == absent.content
    assert client.get(reverse("exports:lists")).status_code == 404
    assert readings(made) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"purpose": "state_collection"}, "cannot be for this purpose"),
        ({"purpose": "curiosity"}, "cannot be for this purpose"),
        ({"kind": "everybody"}, "cannot be for this purpose"),
        ({"words": "  because  "}, "Say in a sentence"),
        ({"words": "x" * 1001}, "at most 1000"),
        ({"first_day": date(2026, 7, 1), "last_day": date(2026, 6, 30)}, "in order"),
        ({"first_day": date(2020, 7, 1)}, "within one school year"),
        ({"first_day": date(2199, 7, 1), "last_day": date(2199, 7, 2)}, "not come yet"),
        ({"kind": "ssdr", "purpose": "state_collection", "last_day": date(2026, 7, 1)}, "1 July to 30 June"),
    ],
)
def test_without_a_purpose_and_days_there_is_no_proposal(changes, told, propose):
    from schoolgate.apps.exports.models import ListExport
    from schoolgate.apps.ledger.acts import Impossible

    with pytest.raises(Impossible, match=told):
        propose(**changes)
    assert not ListExport.objects.exists()
    assert entries("list_proposed") == []


def test_what_was_turned_down_or_waited_too_long_is_not_made(cast, fight, propose):
    from schoolgate.apps.access.moment import at, now
    from schoolgate.apps.exports.services import confirm_list, reject_list
    from schoolgate.apps.ledger.acts import Impossible

    turned_down = reject_list(actor=cast.actor("raman"), export=propose())
    with pytest.raises(Impossible, match="settled this list"):
        confirm_list(actor=cast.actor("raman"), export=turned_down)
    # One's own proposal can be taken back.
    assert reject_list(actor=cast.actor("whitfield"), export=propose()).state == "rejected"
    late = propose()
    with at(now() + timedelta(days=14)), pytest.raises(Impossible, match="waited too long"):
        confirm_list(actor=cast.actor("raman"), export=late)
    assert len(entries("list_rejected")) == 2


def test_after_two_weeks_the_files_are_gone_with_their_key_and_who_stood_in_them_stays(cast, fight, confirmed, file_of):
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.access.moment import at, now
    from schoolgate.apps.exports.models import ListedStudent
    from schoolgate.apps.exports.services import drop_list, drop_lists_that_are_over
    from schoolgate.apps.ledger.acts import Impossible

    export = confirmed()
    with pytest.raises(Impossible, match="not over"):
        drop_list(actor=SYSTEM, export=export)
    assert drop_lists_that_are_over() == 0
    with at(now() + timedelta(days=14)):
        with pytest.raises(Http404):
            file_of(export, "crdc-students.csv")
        assert drop_lists_that_are_over() == 1
        assert drop_lists_that_are_over() == 0
    export.refresh_from_db()
    assert (export.state, export.files_key, export.sealed_files) == ("dropped", None, None)
    assert export.made["files"]
    assert [one.student for one in ListedStudent.objects.all()] == [cast.students["marisol"]]
    assert len(entries("list_dropped")) == 1
    with pytest.raises(Http404):
        file_of(export, "crdc-students.csv")


def test_a_file_of_another_name_is_none(fight, confirmed, file_of):
    export = confirmed()
    for name in ("ssdr-offense.csv", "../crdc-students.csv", ""):
        with pytest.raises(Http404):
            file_of(export, name)
    assert readings(export) == []


def test_nothing_of_a_list_stands_in_clear_in_the_database(cast, fight, confirmed):
    confirmed(words="Needed because of Wexborough, says the data office.")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    assert b"8400117" not in raw, table
                    assert b"Wexborough" not in raw, table


def test_the_office_does_it_on_pages(cast, fight, sign_in):
    from schoolgate.apps.exports.models import ListExport

    officer, counsel = sign_in("whitfield"), sign_in("raman")
    asked = {
        "kind": "crdc",
        "first_day": "2025-07-01",
        "last_day": "2026-06-30",
        "purpose": "federal_collection",
        "words": "The yearly collection, sent by the data office.",
    }
    wrong = officer.post(reverse("exports:propose"), asked | {"words": "short"})
    assert "Say in a sentence" in wrong.text
    assert officer.post(reverse("exports:propose"), asked).status_code == 302
    export = ListExport.objects.get()
    page, settle = reverse("exports:one", args=[export.pk]), reverse("exports:settle", args=[export.pk])
    mine = officer.get(page).text
    assert "Somebody else of the office confirms it" in mine
    assert "Make this list" not in mine
    assert "Rows: 1. Of these wait for an answer: 0." in mine
    officer.post(settle, {"answer": "confirm"})
    export.refresh_from_db()
    assert export.state == "proposed"
    assert export.number in counsel.get(reverse("exports:lists")).text
    assert "Make this list" in counsel.get(page).text
    counsel.post(settle, {"answer": "confirm"})
    made = officer.get(page).text
    file = reverse("exports:file", args=[export.pk, "crdc-students.csv"])
    assert file in made
    answer = officer.get(file)
    assert answer["Content-Disposition"] == 'attachment; filename="crdc-students.csv"'
    assert answer["Cache-Control"] == "no-store, private"
    assert "8400117" in answer.text
    # The pages hold numbers of rows, no child's.
    assert not [word for word in ("8400117", "Marisol") if word in made + mine]
    assert readings(export)[-1] == ("crdc-students.csv", "records_officer")


def test_without_the_districts_data_file_the_page_says_what_to_do(cast, propose, settings, sign_in):
    from schoolgate.apps.exports.services import confirm_list
    from schoolgate.apps.ledger.acts import Impossible

    export = propose("ssdr")
    settings.SSDR_CODES.unlink()
    page = sign_in("raman").get(reverse("exports:one", args=[export.pk])).text
    assert "It cannot be made yet" in page
    assert "schoolgate export ssdr-codes" in page
    assert "Make this list" not in page
    with pytest.raises(Impossible, match="cannot be read"):
        confirm_list(actor=cast.actor("raman"), export=export)
    export.refresh_from_db()
    assert export.state == "proposed"
