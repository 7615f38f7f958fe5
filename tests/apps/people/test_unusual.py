"""Who reads far more than their peers, the notice of it, and how much may be read in a day."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening, Reading
from schoolgate.apps.people.unusual.measuring import FLOORS, Reader, floor_of, limit_of, unusual_among
from schoolgate.apps.people.unusual.models import MoreReading, Span, UnusualReading

counts = st.integers(0, 500)


def staff(records, **more):
    return Reader(uuid4(), Role.STAFF, records, size=0, **more)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(counts, min_size=4, max_size=30), counts, st.integers(1, 100))
def test_the_limit_is_moved_by_no_single_reader(others, wild, floor):
    """Whatever one of the others read, the usual stays between its neighbours, and nobody below the floor is named."""
    ordered = sorted(others)
    usual, limit = limit_of([*others, wild], floor)
    half = len(ordered) // 2
    assert ordered[max(0, half - 1)] <= usual <= ordered[min(half + 1, len(ordered) - 1)]
    assert limit >= max(floor, usual)


@pytest.mark.parametrize(
    ("peers", "own", "records", "named"),
    [
        ([3, 4, 5, 6, 4], (), 40, True),
        # Many reports are due: everybody reads much.
        ([30, 38, 33, 41, 36], (), 40, False),
        # All alike: no spread, and still no alarm below the floor.
        ([2, 2, 2, 2, 2], (), FLOORS[Role.STAFF] - 1, False),
        ([2, 2, 2, 2, 2], (), FLOORS[Role.STAFF], True),
        # Too few peers: the own past stands for them, or the floor alone.
        ([1], (35, 40, 42, 38, 41), 44, False),
        ([1], (3, 4, 2, 5), 44, True),
        ([1], (), 44, True),
    ],
)
def test_who_is_named(peers, own, records, named):
    one = staff(records, own=own)
    found = unusual_among([one, *map(staff, peers)], Span.DAY)
    assert [row.reader.person for row in found] == ([one.person] if named else [])


def test_a_colleague_of_another_role_or_size_is_no_peer():
    one = staff(20)
    others = [Reader(uuid4(), Role.STAFF, 19, size=2) for _ in range(9)]
    others += [Reader(uuid4(), Role.PRINCIPAL, 19, size=0) for _ in range(9)]
    low = [staff(2) for _ in range(5)]
    (found,) = unusual_among([one, *others, *low], Span.DAY)
    assert (found.reader, found.peers, found.usual) == (one, 5, 2.0)
    assert floor_of(Role.STAFF, Span.WEEK) > 20, "in a week it is little"


@pytest.fixture
def read(cast):
    """Let somebody have opened many records some days ago."""

    def opened(username, many, days_ago=1, role=None):
        user = cast.users[username]
        moment = now() - timedelta(days=days_ago)
        kept = role or cast.actor(username).role
        Reading.objects.bulk_create(
            Reading(read_at=moment, user=user.pk, role=kept.value, subject=f"report:{uuid4()}", part="whole")
            for _ in range(many)
        )

    return opened


@pytest.mark.django_db
def test_the_office_is_told_once_and_somebody_else_looks(cast, read, sign_in):
    from schoolgate.apps.people.unusual.services import look_at, notice_due

    read("abreu", 60)
    read("aguilar", 300)
    read("okafor", FLOORS[Role.PRINCIPAL] - 1)
    read("whitfield", FLOORS[Role.RECORDS_OFFICER] + 5)
    # One record many times is one record.
    Reading.objects.bulk_create(
        Reading(read_at=now() - timedelta(days=1), user=cast.users["raman"].pk, role="counsel", subject="report:x")
        for _ in range(200)
    )
    assert notice_due() >= 2
    assert notice_due() == 0
    daily = UnusualReading.objects.filter(span=Span.DAY)
    assert {one.person.username: one.records for one in daily} == {"abreu": 60, "whitfield": 85}
    entry = Opening.objects.filter(kind="unusual_reading_noticed").first()
    assert "report:" not in entry.record
    # Each reads of the other alone.
    counsel, officer = sign_in("raman"), sign_in("whitfield")
    notice = daily.get(person=cast.users["abreu"])
    own = daily.get(person=cast.users["whitfield"])
    assert officer.get(reverse("people:looked", args=[own.pk])).status_code == 404
    with pytest.raises(NotAllowed):
        look_at(actor=cast.actor("whitfield"), notice=own, found="Nothing")
    with pytest.raises(IntegrityError), transaction.atomic():
        daily.filter(pk=own.pk).update(looked_by=own.person, looked_at=now(), wrapped_key=b"1", sealed=b"1")
    page = officer.get(reverse("people:unusual")).content.decode()
    assert "Ms. Abreu, school staff, East Harbor High School" in page
    assert "60" in page
    assert "Dana Whitfield, records officer" not in page
    assert "Dana Whitfield, records officer" in counsel.get(reverse("people:unusual")).content.decode()
    assert "Look at unusual reading" in officer.get(reverse("requests:desk")).content.decode()
    done = officer.post(reverse("people:looked", args=[notice.pk]), {"found": "The yearly review of zyxomorph"})
    assert done.status_code == 302
    assert "zyxomorph" in counsel.get(reverse("people:unusual")).content.decode()
    with pytest.raises(Impossible, match="already"):
        look_at(actor=cast.actor("raman"), notice=notice, found="Again")
    for username in ("abreu", "okafor", "aguilar", "doyle", "park", "admin"):
        assert sign_in(username).get(reverse("people:unusual")).status_code == 404


@pytest.mark.django_db
def test_a_week_is_compared_when_it_is_over_in_as_many_queries_for_many_as_for_few(cast, read):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from schoolgate.apps.people.unusual.measuring import readers_of
    from schoolgate.apps.people.unusual.services import notice_due

    monday = now() + timedelta(days=(8 - now().isoweekday()) % 7 or 7)
    with at(monday.replace(hour=17)):
        for days_ago in range(1, 8):
            read("abreu", 10, days_ago)
        assert notice_due() == 1
        (notice,) = UnusualReading.objects.all()
        assert (notice.span, notice.records, notice.last_day - notice.first_day) == (Span.WEEK, 70, timedelta(days=6))
        with CaptureQueriesContext(connection) as few:
            readers_of(today() - timedelta(days=1), Span.WEEK)
        for username in ("okafor", "whitfield", "raman"):
            read(username, 300, 2)
        with CaptureQueriesContext(connection) as many:
            assert len(readers_of(today() - timedelta(days=1), Span.WEEK)) == 4
        assert len(many) == len(few) == 4


@pytest.mark.django_db
def test_over_the_days_budget_nothing_is_shown_until_a_second_person_says_so(cast, filed, read, settings, sign_in):
    from schoolgate.apps.people.unusual.budget import check_budget
    from schoolgate.apps.people.unusual.services import allow_more

    settings.READING_BUDGET = 3
    client, page = sign_in("okafor"), reverse("incidents:report", args=[filed.report.pk])
    other = reverse("incidents:report", args=[filed.other_report.pk])
    assert client.get(page).status_code == 200
    read("okafor", 9, days_ago=1)
    read("okafor", 2, days_ago=0)
    before = Reading.objects.count()
    refused = client.get(other)
    assert refused.status_code == 403
    assert "You have opened as many records today as one person may." in refused.content.decode()
    assert "wrote on a seat" not in refused.content.decode()
    assert Reading.objects.count() == before
    assert client.get(page).status_code == 200, "opened today already"
    officer = sign_in("whitfield")
    assert "Mr. Okafor: 3 records today" in officer.get(reverse("people:unusual")).content.decode()
    okafor = cast.users["okafor"]
    with pytest.raises(NotAllowed):
        allow_more(actor=cast.actor("okafor"), person=okafor, more=5, why="I must")
    with pytest.raises(NotAllowed):
        allow_more(actor=cast.actor("whitfield"), person=cast.users["whitfield"], more=5, why="I must")
    more = reverse("people:more", args=[okafor.pk])
    assert officer.post(more, {"more": 1, "why": "The fire drill's reports"}).status_code == 302
    assert client.get(other).status_code == 200
    assert officer.get(reverse("people:more", args=[cast.users["abreu"].pk])).status_code == 404
    with pytest.raises(IntegrityError), transaction.atomic():
        MoreReading.objects.update(allowed_by=okafor)
    with at(now() + timedelta(days=1)):
        assert client.get(page).status_code == 200, "the next day begins anew"
    settings.READING_BUDGET = 1
    read("aguilar", 5, days_ago=0)
    for actor in (cast.actor("aguilar"), SYSTEM):
        # A family reads its own, and the district's own programs are nobody.
        assert check_budget(actor, "report:1") is None
