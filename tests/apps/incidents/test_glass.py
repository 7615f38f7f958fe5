"""Break-glass: what it opens and for how long, who is told, who looks at it, and what it never opens."""

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.http import Http404

from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.access.wall import scope_of, within
from schoolgate.apps.incidents.body import Body, Person
from schoolgate.apps.incidents.glass import (
    note_missed_reviews,
    open_behind,
    over_incident,
    over_student,
    reports_behind,
)
from schoolgate.apps.incidents.services import file_report
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening, Reading
from schoolgate.apps.people.glass.models import BrokenGlass, GlassReason, Verdict
from schoolgate.apps.people.glass.selectors import find_glass, review_due, words_of
from schoolgate.apps.people.glass.services import (
    Emergency,
    Over,
    break_glass,
    end_glass,
    hold_glass_notice,
    review_glass,
)
from schoolgate.apps.people.notices.models import Notice
from schoolgate.apps.people.notices.sending import send_notices
from schoolgate.apps.people.notices.services import enter_notice_address
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.people.standing import end_what_is_over
from schoolgate.demonstration.cast import open_demonstration

from .conftest import ordered

pytestmark = pytest.mark.django_db
MARISOL, KEVIN = "8400117", "8400212"
WHY = Emergency(
    GlassReason.VIOLENCE,
    "A message that I saw says that somebody will be beaten at noon by the east gate.",
    "Marisol, and whoever walks with her",
    "To learn who has hurt her before, so that the gate is watched for them.",
)
FOUND = "I called the gate: there was such a message, and two people stood watch."
# A Friday, with a Monday that counts after it.
FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("America/New_York"))


@pytest.fixture
def alone(cast):
    """A report of Mr. Okafor's about Kevin, which Ms. Abreu does not see."""
    body = Body(
        occurred_on=today().isoformat(),
        place="bus",
        kind="vandalism",
        people=(Person("P1", "involved", student=cast.students["kevin"].pk),),
        narrative="@P1 wrote on a seat.",
    )
    return file_report(actor=cast.actor("okafor"), body=body)


@pytest.fixture
def broken(cast, report):
    """Mr. Okafor opened what is about Marisol."""
    return break_glass(actor=cast.actor("okafor"), over=over_student(MARISOL), why=WHY)


def seen(actor):
    return set(reports_behind(actor).values_list("pk", flat=True))


def test_it_opens_one_student_or_one_incident_for_an_hour_and_the_clock_shuts_it(cast, report, alone):
    assert seen(cast.actor("abreu")) == set()
    first = break_glass(actor=cast.actor("abreu"), over=over_student(KEVIN), why=WHY)
    assert seen(cast.actor("abreu")) == {report.pk, alone.pk}
    assert seen(cast.actor("okafor")) == set(), "nobody else's"
    with pytest.raises(Impossible, match="already"):
        break_glass(actor=cast.actor("abreu"), over=over_incident(alone.number), why=WHY)
    with at(first.until - timedelta(seconds=1)):
        actor = cast.actor("abreu")
        opened, glass = open_behind(actor, alone.pk)
        assert (opened.report, glass.number) == (alone, first.number)
    with at(first.until):
        assert seen(cast.actor("abreu")) == set()
        with pytest.raises(Http404):
            open_behind(cast.actor("abreu"), alone.pk)
        assert end_what_is_over() == 1
        first.refresh_from_db()
        assert (first.ended_at, first.ended_how, first.ended_by) == (first.until, "clock", None)
        second = break_glass(actor=cast.actor("abreu"), over=over_incident(alone.number), why=WHY)
        assert seen(cast.actor("abreu")) == {alone.pk}, "one incident alone"
        kept = cast.actor("abreu")
        end_glass(actor=cast.actor("abreu"), glass=second)
        assert seen(cast.actor("abreu")) == seen(kept) == set(), "nor by an actor that a queue has kept"
        with pytest.raises(Impossible):
            end_glass(actor=cast.actor("abreu"), glass=second)
    assert Reading.objects.filter(part=f"whole, by {first.number}", subject=f"report:{alone.pk}").count() == 1
    kinds = Opening.objects.filter(subject__startswith="glass:").order_by("happened_at", "id")
    assert sorted(kinds.values_list("kind", flat=True)) == [
        "glass_broken",
        "glass_broken",
        "glass_ended",
        "glass_ended",
    ]
    assert not any(word in one.record for one in kinds for word in ("Marisol", "noon", "gate", str(report.pk)))


def test_what_stays_shut_looks_like_what_is_not_there(cast, body, report, sealed, sign_in):
    """Sealed, a memo, no such number: the same answer, byte for byte, and no act."""
    memo = file_report(actor=cast.actor("abreu"), body=replace(body, report_kind="mandated_memo", claims=()))
    assert over_incident(sealed.number) is over_incident(memo.number) is over_incident("R-0000000") is None
    pages = []
    for number in (sealed.number, memo.number, "R-0000000"):
        posted = {"what": "report", "number": number, **_typed()}
        page = sign_in("okafor").post("/emergency/open/", posted)
        pages.append(page.content.decode().replace(number, "R-0000000"))
    assert _without_tokens(pages[0]) == _without_tokens(pages[1]) == _without_tokens(pages[2])
    assert not BrokenGlass.objects.exists()
    break_glass(actor=cast.actor("okafor"), over=over_student(MARISOL), why=WHY)
    assert seen(cast.actor("okafor")) == set()


def test_the_second_wall_opens_with_it_also_at_another_school(cast, elsewhere, report, sign_in):
    """Of a student whom nobody of this school knows, by her number, and of an incident there, by its report's."""
    client = sign_in("abreu")
    for what, number in (("student", "8400999"), ("report", elsewhere.report.number)):
        page = f"/emergency/reports/{elsewhere.report.pk}/"
        assert client.get(page).status_code == 404
        assert client.post("/emergency/open/", {"what": what, "number": number, **_typed()}).status_code == 302
        assert "wrote on a seat" in client.get(page).content.decode()
        assert elsewhere.report.number in client.get("/emergency/").content.decode()
        assert client.post("/emergency/end/").status_code == 302


def test_an_order_shuts_it_while_it_is_open(cast, report, broken):
    assert seen(cast.actor("okafor")) == {report.pk}
    ordered(cast, report, "seal")
    assert seen(cast.actor("okafor")) == set()


def test_it_opens_no_list_no_search_and_nothing_to_those_outside(cast, alone, sign_in):
    break_glass(actor=cast.actor("abreu"), over=over_student(KEVIN), why=WHY)
    client = sign_in("abreu")
    assert alone.number in client.get("/emergency/").content.decode()
    assert alone.number not in client.get("/reports/").content.decode()
    assert alone.number not in client.post("/reports/find/", {"student_number": KEVIN}).content.decode()
    for path in ("", "attachments/", "correct/", "order/", "versions/1/"):
        assert client.get(f"/reports/{alone.pk}/{path}").status_code in {404, 405}, path
    for username in ("whitfield", "raman", "doyle", "aguilar", "marisol", "park", "admin"):
        with pytest.raises(NotAllowed):
            break_glass(actor=cast.actor(username), over=over_student(KEVIN), why=WHY)
        if username not in {"whitfield", "raman"}:
            assert sign_in(username).get("/emergency/openings/").status_code == 404
        for path in ("", "open/"):
            assert sign_in(username).get(f"/emergency/{path}").status_code == 404


def test_a_teacher_who_is_a_parent_opens_nothing_about_their_own_child(cast, report):
    """Also after the relation ended: an order may have ended it."""
    from schoolgate.apps.access.actors import SYSTEM, Role
    from schoolgate.apps.people.directory import Name
    from schoolgate.apps.people.models import Guardianship
    from schoolgate.apps.people.services import Place, give_role

    kevin = cast.students["kevin"]
    parent = {"role": Role.GUARDIAN, "name": Name("Ana Abreu"), "place": Place(children=(kevin,))}
    give_role(actor=SYSTEM, user=cast.users["abreu"], **parent)
    Guardianship.objects.filter(student=kevin).update(ends=today())
    for over in (over_student(KEVIN), over_incident(report.number)):
        with pytest.raises(Impossible, match="related"):
            break_glass(actor=actor_for(cast.users["abreu"], "staff"), over=over, why=WHY)
    break_glass(actor=actor_for(cast.users["abreu"], "staff"), over=over_student(MARISOL), why=WHY)
    assert seen(actor_for(cast.users["abreu"], "staff")) == set(), "the report is about Kevin too"
    assert actor_for(cast.users["abreu"], "guardian").glass is None, "it opens nothing in another role"


def test_it_asks_for_words_that_another_person_can_follow(cast, report):
    for weak in ({"threat": "danger"}, {"needed": "work"}, {"threatened": " "}):
        with pytest.raises(Impossible, match="follow"):
            break_glass(actor=cast.actor("abreu"), over=over_student(MARISOL), why=replace(WHY, **weak))


def test_others_are_told_at_once_by_a_mail_that_says_nothing(cast, broken, sign_in, settings):
    assert {(one.to.username, one.what) for one in Notice.objects.select_related("to")} == {
        ("whitfield", "glass_to_review"),
        ("okafor", "glass_own"),
    }
    assert send_notices() == 0, "nobody has said where they read mail"
    for username in ("whitfield", "okafor"):
        enter_notice_address(actor=cast.actor(username), email=f"{username}@district.example")
    assert (send_notices(), send_notices()) == (2, 0)
    assert [one.to for one in mail.outbox] == [["okafor@district.example"], ["whitfield@district.example"]] or [
        one.to for one in mail.outbox
    ] == [["whitfield@district.example"], ["okafor@district.example"]]
    for one in mail.outbox:
        said = one.subject + one.body
        assert not any(word in said for word in (broken.number, "Marisol", "emergency", "student", "http"))
    officer = sign_in("whitfield")
    assert "There is a notice for you" in officer.get("/requests/").content.decode()
    assert f"/emergency/openings/{broken.pk}/" in officer.get("/notices/").content.decode()
    assert "There is a notice for you" not in officer.get("/requests/").content.decode()
    with pytest.raises(Impossible):
        enter_notice_address(actor=cast.actor("abreu"), email="no address")


def test_somebody_else_reviews_it_and_nobody_themself(cast, broken):
    review = {"glass": broken, "verdict": Verdict.JUSTIFIED, "words": FOUND}
    with pytest.raises(Impossible, match="lasts"):
        review_glass(actor=cast.actor("whitfield"), **review)
    end_glass(actor=cast.actor("whitfield"), glass=broken)
    with pytest.raises(NotAllowed):
        review_glass(actor=cast.actor("okafor"), **review)
    with pytest.raises(IntegrityError), transaction.atomic():
        BrokenGlass.objects.filter(pk=broken.pk).update(
            reviewed_by=broken.user_id, reviewed_at=now(), verdict=Verdict.JUSTIFIED
        )
    with pytest.raises(NotAllowed):
        review_glass(actor=cast.actor("abreu"), **review)
    with pytest.raises(Impossible, match="sentence"):
        review_glass(actor=cast.actor("raman"), **review | {"words": "fine"})
    done = review_glass(actor=cast.actor("raman"), **review)
    assert (done.reviewed_by_id, done.ended_how) == (cast.users["raman"].pk, "office")
    with pytest.raises(Impossible, match="meanwhile"):
        review_glass(actor=cast.actor("whitfield"), **review)
    words = words_of(done)
    assert (words.threat, words.review) == (WHY.threat, FOUND)
    for username in ("abreu", "doyle", "aguilar", "park", "admin"):
        with pytest.raises(Http404):
            find_glass(cast.actor(username), broken.pk)


def test_a_review_that_is_overdue_is_counted_and_bars_the_next(cast, report):
    with at(FRIDAY):
        first = break_glass(actor=cast.actor("abreu"), over=over_student(MARISOL), why=WHY)
        assert review_due(first) == date(2026, 11, 24), "Monday and Tuesday"
        end_glass(actor=cast.actor("abreu"), glass=first)
    with at(FRIDAY + timedelta(days=4)):
        assert note_missed_reviews() == 0
        other = break_glass(actor=cast.actor("abreu"), over=over_student(MARISOL), why=WHY)
        end_glass(actor=cast.actor("abreu"), glass=other)
    with at(FRIDAY + timedelta(days=5)):
        with pytest.raises(Impossible, match=first.number):
            break_glass(actor=cast.actor("abreu"), over=over_student(MARISOL), why=WHY)
        assert (note_missed_reviews(), note_missed_reviews()) == (1, 0)
        for one in (first, other):
            review_glass(actor=cast.actor("okafor"), glass=one, verdict=Verdict.NOT_JUSTIFIED, words=FOUND)
        break_glass(actor=cast.actor("abreu"), over=over_student(MARISOL), why=WHY)
    assert Notice.objects.filter(what="glass_overdue").count() == 2
    assert Opening.objects.filter(kind="glass_review_missed").count() == 1


def test_the_family_is_told_once_it_is_reviewed_unless_that_is_held(cast, broken, report, sign_in):
    def account(username="aguilar"):
        page = sign_in(username).get("/family/").content.decode()
        return page[page.index("What happened to them") :]

    sign_in("okafor").get(f"/emergency/reports/{report.pk}/")
    assert "emergency" not in account()
    assert "Mr. Okafor" not in account(), "nor that it was read"
    end_glass(actor=cast.actor("okafor"), glass=broken)
    review_glass(actor=cast.actor("whitfield"), glass=broken, verdict=Verdict.NOT_JUSTIFIED, words=FOUND)
    told = account()
    assert "opened reports about your child in an emergency" in told
    assert "It was not justified" in told
    assert "to learn who" not in told.lower()
    assert f"opened report {report.number} in an emergency" in told
    assert "about your child in an emergency" not in account("chen"), "it was over Marisol"
    hold = {"glass": broken, "reason": "A parent is the one who threatens; the police are still looking for him."}
    with pytest.raises(Impossible, match="thirty days"):
        hold_glass_notice(actor=cast.actor("raman"), until=today() + timedelta(days=31), **hold)
    hold_glass_notice(actor=cast.actor("raman"), until=today() + timedelta(days=2), **hold)
    assert "emergency" not in account()
    with at(now() + timedelta(days=3)):
        assert "about your child in an emergency" in account()


def test_the_pages_say_what_is_open_on_every_page_and_end_it(cast, alone, sign_in, report):
    client = sign_in("abreu")
    posted = {"what": "student", "number": f" {KEVIN} ", **_typed()}
    assert client.post("/emergency/open/", posted | {"threat": "x"}).status_code == 200
    assert client.post("/emergency/open/", posted)["Location"] == "/emergency/"
    glass = BrokenGlass.objects.get()
    for path in ("/emergency/", "/reports/", "/public/", f"/emergency/reports/{alone.pk}/"):
        page = client.get(path, follow=True).content.decode()
        assert f"You have a record open in an emergency ({glass.number})" in page, path
        assert "End it now" in page, path
    assert "None. You opened it in an emergency" in page
    assert "wrote on a seat" in page
    assert client.post("/emergency/end/")["Location"] == f"/emergency/openings/{glass.pk}/"
    assert client.get(f"/emergency/reports/{alone.pk}/").status_code == 404
    own = client.get(f"/emergency/openings/{glass.pk}/").content.decode()
    assert WHY.threat in own
    assert "Write the review down" not in own
    officer = sign_in("whitfield")
    assert "1 emergency opening waits" in officer.get("/emergency/openings/").content.decode()
    one = officer.get(f"/emergency/openings/{glass.pk}/").content.decode()
    assert "one report, whole" in one
    for words in ("", FOUND):
        officer.post(f"/emergency/openings/{glass.pk}/review/", {"verdict": "justified", "words": words})
    assert "No emergency opening waits" in officer.get("/emergency/openings/").content.decode()
    assert Reading.objects.filter(subject=f"glass:{glass.pk}", user=cast.users["whitfield"].pk).exists()


def _typed():
    return {
        "reason": WHY.reason.value,
        "threat": WHY.threat,
        "threatened": WHY.threatened,
        "needed": WHY.needed,
    }


def _without_tokens(page):
    import re

    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_open_at_once_one_does(real_transactions):
    cast = open_demonstration()
    over = Over(frozenset({cast.students["kevin"].pk}), student=cast.students["kevin"].pk, school=cast.school.pk)
    actor, said, together = cast.actor("abreu"), [], threading.Barrier(2)

    def once():
        try:
            together.wait(timeout=20)
            with within(scope_of(actor)):
                said.append(break_glass(actor=actor, over=over, why=WHY).number)
        except Impossible as problem:
            said.append(str(problem))
        finally:
            connection.close()

    both = [threading.Thread(target=once) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=60)
    assert sorted(one[:2] for one in said) == ["G-", "Yo"], said
    assert BrokenGlass.objects.count() == Opening.objects.filter(kind="glass_broken").count() == 1
