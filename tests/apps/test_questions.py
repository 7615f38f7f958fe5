"""What is left out on the second database is what would only repeat (see support/questions.py)."""

import pytest
from django.db import connection

from support.questions import Notes, repeats

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(request, tmp_path):
    """Give the questions of what is done within a block, noted as those of a test are."""
    notes = Notes(request.config, tmp_path)
    notes.begin()

    def of(name, work):
        with notes.of(name):
            work()
        return notes.read()[name]

    return of


def find(username):
    from schoolgate.apps.people.models import User

    return list(User.objects.filter(username=username))


def test_other_values_are_the_same_question_and_other_statements_another(asked):
    from schoolgate.apps.people.models import User

    assert asked("one", lambda: find("nobody")) == asked("two", lambda: find("somebody else"))
    assert asked("one", lambda: find("nobody")) != asked("two", User.objects.count)
    several = [asked(str(n), lambda n=n: list(User.objects.filter(username__in="abcdefgh"[:n]))) for n in (2, 3, 8)]
    assert several[0] == several[1] == several[2]


def test_it_counts_who_asks_and_whether_rows_come(asked, cast):
    from schoolgate.apps.access.wall import Scope, within
    from schoolgate.apps.people.models import User
    from schoolgate.apps.people.selectors import actor_for

    assert asked("nobody", lambda: find("nobody")) < asked("abreu", lambda: find("abreu"))
    with within(Scope(reach="own", person=cast.users["abreu"].pk)):
        hers = asked("hers", lambda: find("nobody"))
    assert hers != asked("nobody", lambda: find("nobody"))
    # The same statement, sent by the program: another place.
    assert asked("actor", lambda: actor_for(cast.users["abreu"])).isdisjoint(asked("test", User.objects.first))


def test_an_error_is_a_question_of_its_own_and_counted_queries_are_noted(asked, django_assert_num_queries):
    def wrong():
        with pytest.raises(Exception, match="no_such"), connection.cursor() as cursor:
            cursor.execute("SELECT no_such FROM people_user")

    from django.db import transaction

    with transaction.atomic():
        assert any(" " in one for one in asked("wrong", wrong))
        transaction.set_rollback(True)

    def counted():
        with django_assert_num_queries(1):
            find("nobody")

    assert asked("counted", counted) == asked("plain", lambda: find("nobody"))


def test_notes_of_another_checkout_say_nothing(asked, request, tmp_path):
    asked("one", lambda: find("nobody"))
    (tmp_path / "tree").write_text("another", encoding="utf-8")
    assert Notes(request.config, tmp_path).read() == {}


def test_only_what_others_ask_is_left_out():
    notes = {
        "most": frozenset("abc"),
        "part of it": frozenset("ab"),
        "the same": frozenset("abc"),
        "something new": frozenset("ad"),
        "of what runs anyway": frozenset("e"),
        "anyway": frozenset("e"),
    }
    tests = [*notes, "never noted"]
    left_out = repeats(tests, ["anyway"], notes) - {"anyway"}
    assert left_out == {"part of it", "the same", "of what runs anyway"}
    kept = [one for one in tests if one not in left_out]
    assert {q for one in kept for q in notes.get(one, ())} == set("abcde"), "every question is still asked"
