"""A password that somebody else gave out and nobody used ends after fourteen days; a stranger learns nothing by it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import at, now
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.models import User
from schoolgate.apps.people.services import SignIn, add_person
from schoolgate.apps.people.signing_in.models import ChangeKind, ChangeReason, EventKind, SignInChange, SignInEvent
from schoolgate.apps.people.signing_in.passwords import new_first_password
from schoolgate.apps.people.signing_in.services import ask_change, confirm_change, refuse_change

pytestmark = pytest.mark.django_db
GIVEN = "orchard tuba seven kelp"
ALMOST, OVER = timedelta(days=13, hours=23), timedelta(days=14)
NEW = {"what": ChangeKind.FIRST_PASSWORD, "reason": ChangeReason.BEGIN}


@pytest.fixture
def newcomer(door):
    """Somebody whose account was opened at this moment."""
    return add_person(actor=SYSTEM, role=Role.AUDITOR, name=Name("An auditor"), sign_in=SignIn("newcomer", GIVEN))


def body(answer):
    """What a page says, without what is new on every page."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())


def test_it_opens_the_account_until_its_time_is_over(newcomer, password_typed):
    with at(newcomer.first_password_at + ALMOST):
        _, answer = password_typed("newcomer", GIVEN)
        assert answer["Location"] == "/sign-in/set-up/"
    with at(newcomer.first_password_at + OVER):
        _, answer = password_typed("newcomer", GIVEN)
        assert answer.status_code == 200
        assert "A first password that was not used within 14 days has ended" in answer.text
        assert "ask the records office for a new one" in answer.text


def test_who_finds_it_on_a_paper_then_reads_what_a_wrong_password_says(newcomer, password_typed):
    with at(newcomer.first_password_at + OVER):
        cache.clear()
        answers = [password_typed("newcomer", GIVEN)[1], password_typed("newcomer", GIVEN + "!")[1]]
        # Of a name that nobody has, letter for letter as long.
        answers.append(password_typed("newcomes", GIVEN)[1])
        assert len({one.status_code for one in answers}) == 1
        # But for the second in which each was made.
        headers = [sorted(set(one.headers.items()) - {("Expires", one["Expires"])}) for one in answers]
        assert headers[0] == headers[1] == headers[2]
        assert len({body(one).replace("newcomes", "newcomer") for one in answers}) == 1
    # The office sees which it was.
    refused = SignInEvent.objects.filter(what=EventKind.PASSWORD_REFUSED, user=newcomer).order_by("id")
    assert [one.why for one in refused] == ["first_password_over"] * 2


def test_the_tries_are_counted_like_wrong_ones(newcomer, password_typed):
    with at(newcomer.first_password_at + OVER):
        cache.clear()
        for _ in range(5):
            password_typed("newcomer", GIVEN)
        assert "Too many failed login attempts" in password_typed("newcomer", GIVEN)[1].text


def test_a_password_of_ones_own_does_not_end(newcomer, password_typed):
    User.objects.filter(pk=newcomer.pk).update(first_password_at=None)
    with at(now() + 30 * OVER):
        assert password_typed("newcomer", GIVEN)[1]["Location"] == "/sign-in/set-up/"


def test_the_district_says_how_many_days(newcomer, password_typed, settings):
    settings.FIRST_PASSWORD_DAYS = 1
    with at(newcomer.first_password_at + timedelta(days=1)):
        assert "within 1 day has ended" in password_typed("newcomer", GIVEN)[1].text


def test_in_the_demonstration_nothing_ends(newcomer, password_typed, settings):
    settings.SECOND_FACTOR = False
    with at(newcomer.first_password_at + 30 * OVER):
        assert password_typed("newcomer", GIVEN)[1].status_code == 302


def test_two_people_give_a_new_one_which_is_shown_once(newcomer, signed_in, door, password_typed):
    officer, _ = signed_in("whitfield")
    admin, _ = signed_in("admin")
    User.objects.filter(pk=newcomer.pk).update(first_password_at=now() - OVER)
    page = officer.get(f"/sign-ins/{newcomer.pk}/").text
    assert "It opens nothing." in page
    officer.post(f"/sign-ins/{newcomer.pk}/first_password/", {"reason": "begin"})
    change = SignInChange.objects.get()
    assert "Another person settles it" in officer.get("/sign-ins/").text
    answer = admin.post(f"/sign-ins/changes/{change.pk}/", {"answer": "agree"})
    given = re.search(r"<code[^>]*>([a-z2-9-]{24})</code>", answer.text).group(1)
    assert "no-store" in answer["Cache-Control"]
    assert given not in admin.get("/sign-ins/").text
    assert admin.post(f"/sign-ins/changes/{change.pk}/", {"answer": "agree"}).status_code == 404
    assert password_typed("newcomer", GIVEN)[1].status_code == 200, "the one before opens nothing any more"
    assert password_typed("newcomer", given)[1]["Location"] == "/sign-in/set-up/"
    newcomer.refresh_from_db()
    assert now() - newcomer.first_password_at < timedelta(minutes=5)
    assert SignInEvent.objects.filter(what=EventKind.PASSWORD_GIVEN, user=newcomer).count() == 1


def test_nobody_gives_another_to_who_has_their_own_nor_alone(newcomer, door):
    with pytest.raises(Impossible, match="of their own"):
        ask_change(actor=door.actor("whitfield"), user=door.users["abreu"], **NEW)
    with pytest.raises(NotAllowed):
        ask_change(actor=door.actor("okafor"), user=newcomer, **NEW)
    change = ask_change(actor=door.actor("whitfield"), user=newcomer, **NEW)
    with pytest.raises(Impossible, match="yourself"):
        confirm_change(actor=door.actor("whitfield"), change=change)
    # Chosen meanwhile.
    User.objects.filter(pk=newcomer.pk).update(first_password_at=None)
    with pytest.raises(Impossible, match="of their own"):
        confirm_change(actor=door.actor("admin"), change=change)
    refuse_change(actor=door.actor("admin"), change=change)


def test_what_the_site_makes_is_random_and_keeps_to_its_own_rules():
    made = {new_first_password() for _ in range(200)}
    assert len(made) == 200
    for one in list(made)[:5]:
        validate_password(one)
    letters = set("".join(made)) - {"-"}
    assert len(letters) == 30, "every letter of the list comes up"
    assert not letters & set("il1o0"), "none that is read as another"
