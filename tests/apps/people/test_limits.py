"""A limit takes everything away from the very next request on; what it does not take stays."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import at, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.models import LimitKind, Paper
from schoolgate.apps.people.relation_services import (
    Shown,
    begin_relation,
    end_limit,
    end_relation,
    enter_limit,
    open_reason,
    tell_custodian,
)
from support.seen import filed_long_ago, left_on_condition

pytestmark = pytest.mark.django_db
BARS = [kind for kind in LimitKind if kind not in {LimitKind.WITHOUT_CUSTODY, LimitKind.STUDENT_LIMITED}]


@pytest.fixture
def shown():
    return Shown(today() - timedelta(days=60), "Suffolk Probate, docket 26D-0117, in the matter of zyxomorph")


@pytest.fixture
def left(cast):
    """A report about Marisol and Kevin, of which a copy left."""
    return left_on_condition(cast, filed_long_ago(cast))


@pytest.fixture
def limited(cast, mother, officer, shown):
    def limit(kind=LimitKind.PROTECTIVE_ORDER, starts=None, **days):
        return enter_limit(
            actor=officer,
            guardian=mother,
            student=cast.students["marisol"],
            kind=LimitKind(kind),
            starts=starts or today(),
            shown=shown,
            **days,
        )

    return limit


def pages_of(release):
    report = release.request.report
    return [
        reverse("families:report", args=[report.pk]),
        reverse("families:wrong", args=[report.pk]),
        reverse("families:copy", args=[release.pk]),
        reverse("families:receipt", args=[release.request.pk]),
    ]


def noon(day):
    return at(datetime.combine(day, time(17), UTC))


@pytest.mark.parametrize("kind", BARS)
def test_the_next_request_of_a_limited_parent_finds_nothing(kind, cast, left, limited, sign_in):
    client, father = sign_in("aguilar"), sign_in("chen")
    for address in pages_of(left):
        assert client.get(address).status_code == 200, address
    limited(kind)
    absent = client.get("/family/reports/00000000-0000-4000-8000-000000000000/")
    for address in pages_of(left):
        answer = client.get(address)
        assert answer.status_code == 404, address
        assert answer.content == absent.content, "a limit looks like nothing"
        assert client.post(address).status_code in {404, 405}
    page = client.get(reverse("families:account")).content.decode()
    assert "No student's record is open to you here today." in page
    assert left.number not in page
    assert left.request.report.number not in page
    assert "Marisol" not in page
    assert father.get(pages_of(left)[0]).status_code == 200, "the other family keeps what is theirs"


def test_a_limit_ends_what_was_already_under_way(cast, left, limited, sign_in):
    """A form that was opened before, and a letter that is still to go out."""
    from schoolgate.apps.families.models import Objection
    from schoolgate.apps.families.services import contest
    from schoolgate.apps.transfers.families import seen_copies
    from schoolgate.apps.transfers.looking import families_of, touches_of
    from support.seen import BROKEN, accepted, told

    before = cast.actor("aguilar")
    assert before.children
    case = accepted(cast, told(cast, "park"), release=left, answers=BROKEN)
    assert [one.guardians for one in families_of(case, touches_of(case))] == [1]
    assert seen_copies(before)
    limited()
    assert [one.guardians for one in families_of(case, touches_of(case))] == [0], "no letter to the limited parent"
    assert seen_copies(cast.actor("aguilar")) == []
    report = left.request.report
    assert sign_in("aguilar").post(reverse("families:wrong", args=[report.pk]), {"text": "No"}).status_code == 404
    with pytest.raises(NotAllowed):
        contest(actor=cast.actor("aguilar"), report=report, text="No")
    assert not Objection.objects.exists()


def test_a_limit_holds_from_its_first_day_to_its_last(cast, left, limited, sign_in):
    first, after = today() + timedelta(days=3), today() + timedelta(days=6)
    limited(starts=first, ends=after)
    client, address = sign_in("aguilar"), pages_of(left)[0]
    for day, status in ((today(), 200), (first, 404), (after - timedelta(days=1), 404), (after, 200)):
        with noon(day):
            assert client.get(address).status_code == status, day


def test_a_limit_outlives_the_relation_that_a_feed_ends_and_begins_anew(cast, mother, officer, shown, limited):
    from schoolgate.apps.people.models import Guardianship

    limited()
    Guardianship.objects.update(ends=today())
    Guardianship.objects.create(guardian=mother, student=cast.students["marisol"], starts=today(), from_feed=True)
    assert not cast.actor("aguilar").children


def test_a_parent_without_custody_waits_and_then_gets_no_address(cast, left, limited, *, officer, shown, sign_in):
    """603 CMR 23.07(5), M.G.L. c.71 s.34H."""
    from schoolgate.apps.families.records import family_view
    from schoolgate.apps.incidents.selectors import unsealed

    with noon(today() - timedelta(days=40)):
        limit = limited(LimitKind.WITHOUT_CUSTODY)
        earlier = Shown(today(), "Both letters")
        assert not cast.actor("aguilar").children, "nobody was told yet"
        told = tell_custodian(actor=officer, limit=limit, told_on=today(), shown=earlier)
    client, address = sign_in("aguilar"), pages_of(left)[0]
    for days, status in ((21, 404), (22, 200)):
        with noon(told.told_on + timedelta(days=days)):
            assert client.get(address).status_code == status, days
    actor = cast.actor("aguilar")
    (tie,) = actor.ties
    assert tie.relation == "non_custodial_parent"
    decided = family_view(unsealed(left.request.report), actor).decision
    cited = {one.provision for one in decided.citations}
    assert "us.ma.23-07-5-noncustodial" in cited
    assert "us.ma.23-07-2-family" not in cited
    with pytest.raises(Impossible, match="told already"):
        tell_custodian(actor=officer, limit=limit, told_on=today(), shown=shown)


def test_without_custody_the_law_itself_withholds_addresses(cast):
    from schoolgate.apps.access.actors import Actor, Tie
    from schoolgate.apps.people.family_reader import family_reader
    from schoolgate.apps.schools.selectors import rulebook
    from schoolgate.engines import law

    child = cast.students["marisol"].pk
    reader = family_reader(Actor(Role.GUARDIAN, ties=(Tie(child, "non_custodial_parent"),)), [child])
    case = {
        "format": law.CASE_FORMAT,
        "id": "x",
        "title": "x",
        "rulebook": "boston",
        "date": today().isoformat(),
        "recipient": {"kind": reader.kind, "name": "x"},
        "elements": ["student_name", "home_address", "phone"],
        "facts": {
            "instrument": "none",
            "purpose": "own_record",
            "record_kind": "incident_report",
            "identity_verified": True,
            "narrative_names_other_students": False,
            "home_language_not_english": False,
            "student_is_18": False,
            **reader.facts,
        },
    }
    book = rulebook()
    decided = {one.element: one.outcome for one in law.decide(book, law.parse_case(case, book)).elements}
    assert decided["student_name"] == "permit"
    assert decided["home_address"] == decided["phone"] == "deny"


def test_ending_a_limit_or_a_relation_counts_at_once(cast, left, limited, *, mother, officer, shown, sign_in):
    from schoolgate.apps.people.models import RelationKind

    client, address = sign_in("aguilar"), pages_of(left)[0]
    limit = limited()
    assert client.get(address).status_code == 404
    end_limit(actor=officer, limit=limit, ends=today(), shown=shown)
    assert client.get(address).status_code == 200
    (relation,) = mother.relations.all()
    end_relation(actor=officer, relation=relation, ends=today(), shown=shown)
    assert client.get(address).status_code == 404
    begun = begin_relation(
        actor=officer,
        guardian=mother,
        student=cast.students["marisol"],
        kind=RelationKind.FOSTER,
        starts=today(),
        shown=shown,
    )
    assert client.get(address).status_code == 200
    (tie,) = cast.actor("aguilar").ties
    assert tie.relation == "acting_as_parent"
    with pytest.raises(Impossible, match="related on that day already"):
        begin_relation(
            actor=officer,
            guardian=mother,
            student=cast.students["marisol"],
            kind=RelationKind.PARENT,
            starts=today(),
            shown=shown,
        )
    with pytest.raises(Impossible, match="ended already"):
        end_limit(actor=officer, limit=limit, ends=today(), shown=shown)
    with pytest.raises(Impossible, match="cannot end before"):
        end_relation(actor=officer, relation=begun, ends=today() - timedelta(days=1), shown=shown)


@pytest.mark.parametrize("username", ["abreu", "okafor", "doyle", "aguilar", "marisol", "park", "admin"])
def test_the_office_alone_enters_limits(username, cast, mother, shown):
    before = Opening.objects.count()
    with pytest.raises(NotAllowed):
        enter_limit(
            actor=cast.actor(username),
            guardian=mother,
            student=cast.students["marisol"],
            kind=LimitKind.VISITS,
            starts=today(),
            shown=shown,
        )
    assert not mother.limits.exists()
    assert Opening.objects.count() == before


def test_what_makes_no_sense_leaves_nothing(cast, limited, mother, officer):
    before = Opening.objects.count()
    tomorrow = today() + timedelta(days=1)
    for kind, days, paper, why in (
        ("visits", {"ends": today()}, Shown(today(), "An order"), "before the first"),
        ("visits", {}, Shown(today(), "  "), "which paper"),
        ("visits", {}, Shown(tomorrow, "An order"), "lies ahead"),
        ("student_limited", {}, Shown(today(), "Her letter"), "Only a student of 18"),
    ):
        with pytest.raises(Impossible, match=why):
            enter_limit(
                actor=officer,
                guardian=mother,
                student=cast.students["marisol"],
                kind=LimitKind(kind),
                starts=today(),
                shown=paper,
                **days,
            )
    assert not mother.limits.exists()
    assert not Paper.objects.exists()
    assert Opening.objects.count() == before
    limit = limited("visits")
    with pytest.raises(Impossible, match="in force on that day"):
        limited("visits")
    with pytest.raises(Impossible, match="No notice ends this"):
        tell_custodian(actor=officer, limit=limit, told_on=today(), shown=Shown(today(), "Letters"))
    other = limited(LimitKind.WITHOUT_CUSTODY)
    with pytest.raises(Impossible, match="lies ahead"):
        tell_custodian(actor=officer, limit=other, told_on=tomorrow, shown=Shown(today(), "Letters"))


def test_the_entry_tells_ids_and_days_and_the_reason_stays_sealed(cast, limited, mother, dump):
    limit = limited()
    opening = Opening.objects.get(kind="limit_entered")
    assert opening.subject == f"student:{cast.students['marisol'].pk}"
    for word in (str(limit.pk), str(mother.pk), today().isoformat(), "protective_order"):
        assert word in opening.record
    (paper,) = Paper.objects.all()
    assert "zyxomorph" in open_reason(paper)
    assert "zyxomorph" not in dump()


def test_no_feed_begins_anew_what_the_office_ended(cast, officer, shown, tmp_path):
    from schoolgate.apps.incidents.importing import import_edfi
    from schoolgate.apps.people.models import Guardian, Guardianship, RelationKind
    from support import edfi_feed as feed

    def bring_in():
        records = (feed.school(101), feed.student(1), feed.contact(5), feed.relation(5, 1, guardian=True))
        return import_edfi(actor=SYSTEM, folder=feed.write(tmp_path / "export", *records))

    bring_in()
    relation = Guardianship.objects.get(from_feed=True)
    end_relation(actor=officer, relation=relation, ends=today(), shown=shown)
    for days in (0, 1):
        with noon(today() + timedelta(days=days)):
            assert bring_in().without_access == {"ended_here": 1}
            assert not Guardianship.objects.filter(from_feed=True, ends=None).exists()
    begin_relation(
        actor=officer,
        guardian=Guardian.objects.get(pk=relation.guardian_id),
        student=relation.student,
        kind=RelationKind.PARENT,
        starts=today() + timedelta(days=2),
        shown=shown,
    )
    with noon(today() + timedelta(days=2)):
        assert bring_in().without_access == {}
