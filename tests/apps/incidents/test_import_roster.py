"""A roster adds to what is known: people by number, their school, whom it names as a parent; and what it takes back."""

from datetime import UTC, date, datetime

import pytest

from schoolgate.apps.access.moment import at
from schoolgate.cli.roster_sending import send
from schoolgate.interop import oneroster
from schoolgate.interop.problems import ReadingError
from support import oneroster_feed as feed
from support.oneroster_server import CLIENT_ID, CLIENT_SECRET, records_of, serving_roster

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_folder")]
THIS_YEAR = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def bring_in(tmp_path):
    """Import a package, `modes` and files as `oneroster_feed.write` takes them."""
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.incidents.importing import import_roster, roster_files

    def run(**given):
        folder = feed.write(tmp_path / f"roster-{len(list(tmp_path.iterdir()))}", **given)
        with at(THIS_YEAR):
            return import_roster(actor=SYSTEM, source=roster_files(folder))

    return run


def name_of(model, number):
    from schoolgate.apps.people.directory import number_index, open_names

    found = model.objects.select_related("name_key").get(number_index=number_index(model._meta.model_name, number))
    return found, open_names([found])[found]


def seen(result, kind):
    tally = result.tallies[kind]
    return tally.created, tally.updated, tally.unchanged


def test_it_finds_whom_another_feed_brought_and_takes_nothing_away(bring_in):
    from schoolgate.apps.incidents.feeds.models import FeedRelation
    from schoolgate.apps.people.directory import Name, name_key, seal_name
    from schoolgate.apps.people.models import Guardian, Guardianship, Student

    born = date(2010, 5, 4)
    held = Name("Marisol Aguilar Jr", ("Mari", "Marisol Aguilar"), "100016", born)
    seal_name(Student(), held, name_key(None)).save(force_insert=True)
    twin = feed.MARISOL | {"sourcedId": "u1b", "agentSourcedIds": ""}
    twin_role = feed.STUDENT_ROLE | {"sourcedId": "r1b", "userSourcedId": "u1b"}
    whole = {"users": [feed.MARISOL, feed.MOTHER, twin], "roles": [feed.STUDENT_ROLE, feed.MOTHER_ROLE, twin_role]}
    first = bring_in(**whole)
    assert seen(first, "students") == (0, 0, 2)
    assert seen(first, "contacts") == (1, 0, 0)
    marisol, name = name_of(Student, "100016")
    assert Student.objects.count() == 1
    assert marisol.school.external_id == "0350"
    assert marisol.name_key.school == marisol.school
    assert (name.full, name.birth_date) == (held.full, born)
    assert set(held.all) <= set(name.all)

    relation = FeedRelation.objects.get()
    assert (relation.student, relation.roles) == (marisol, ["parent"])
    assert not Guardianship.objects.exists()
    assert first.without_access == {"custody_not_said": 1}
    assert seen(bring_in(**whole), "students") == (0, 0, 2)

    # A delta: a child is called otherwise now, and the mother is gone from the roster.
    changed = feed.MARISOL | {"status": "active", "preferredGivenName": "Sol", "agentSourcedIds": ""}
    changed["dateLastModified"] = "2026-11-28T08:00:00Z"
    gone = feed.MOTHER | {"status": "tobedeleted", "dateLastModified": "2026-11-28T08:00:00Z"}
    roles = [feed.STUDENT_ROLE | {"status": "active", "dateLastModified": "2026-11-28T08:00:00Z"}]
    delta = bring_in(
        users=[changed, gone], roles=roles, orgs=[], academicSessions=[], modes={"roles": "delta", "users": "delta"}
    )
    assert seen(delta, "students") == (0, 1, 0)
    assert "Sol" in name_of(Student, "100016")[1].all
    assert name_of(Student, "100016")[0].school == marisol.school
    assert delta.changes["people:gone"] == 1
    assert not FeedRelation.objects.exists()
    assert Guardian.objects.count() == 1


def test_a_delta_that_names_somebody_never_imported_is_refused_and_shows_no_number(bring_in):
    from schoolgate.apps.ledger.models import Opening
    from schoolgate.apps.people.models import Student

    stranger = feed.STUDENT_ROLE | {"status": "active", "dateLastModified": "2026-11-28T08:00:00Z"}
    stranger["userSourcedId"] = "777123"
    with pytest.raises(ReadingError, match=r"roles\.csv, line 2") as caught:
        bring_in(roles=[stranger], users=[], orgs=[], academicSessions=[], modes={"roles": "delta"})
    assert "777123" not in str(caught.value)
    assert not Student.objects.exists()
    assert not Opening.objects.exists()


def test_a_number_that_another_child_has_here_merges_nobody(bring_in):
    from schoolgate.apps.people.directory import Name, name_key, seal_name
    from schoolgate.apps.people.models import Student

    seal_name(Student(), Name("Kevin Chen", (), "100016"), name_key(None)).save(force_insert=True)
    with pytest.raises(ReadingError, match=r"users\.csv, line 2: identifier") as caught:
        bring_in()
    assert "100016" not in str(caught.value)
    assert name_of(Student, "100016")[1].all == ("Kevin Chen",)


def test_a_server_gives_the_same_and_then_what_changed_since(shared, tmp_path):
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.incidents.importing import import_roster, roster_server, server_feed_name, since
    from schoolgate.apps.people.models import Student

    openapi = shared / "data" / "oneroster" / "edfi-oneroster-swagger.yml"
    began = "2026-11-29T12:00:00Z"
    with serving_roster(openapi, records_of(feed.write(tmp_path / "roster"))) as served, at(THIS_YEAR):
        server = oneroster.Server(served.root, f"{served.root}/oauth/token", CLIENT_ID, CLIENT_SECRET)
        client = oneroster.Client(server, send=send, wait=lambda _seconds: None)
        assert since(server_feed_name(server)) is None
        first = import_roster(actor=SYSTEM, source=roster_server(server, oneroster.RosterPull(client), began))
        assert seen(first, "students") == (1, 0, 0)
        assert Student.objects.get().school.external_id == "0350"

        asked_since = since(server_feed_name(server))
        assert asked_since == began
        import_roster(
            actor=SYSTEM,
            source=roster_server(server, oneroster.RosterPull(client, since=asked_since), "2026-11-30T12:00:00Z"),
        )
        assert served.asked[-1][1]["filter"] == f"dateLastModified>='{began}'"
        assert since(server_feed_name(server)) == "2026-11-30T12:00:00Z"
        assert Student.objects.count() == 1
