"""A query that is put into SQL once gives what Django's own gives, whatever its values."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test.utils import CaptureQueriesContext

from schoolgate.apps.access import prepared as prepared_module
from schoolgate.apps.access.actors import SYSTEM, Actor, Role
from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.access.prepared import Prepared, fetched
from schoolgate.apps.incidents.models import Report, ReportVersion
from schoolgate.apps.people.models import Membership
from schoolgate.apps.schools.models import School

pytestmark = pytest.mark.django_db


def of(user):
    return Membership.objects.filter(user=user).select_related("user", "school").order_by("starts", "id")


def test_rows_are_those_of_the_query_itself(cast):
    prepared = Prepared(of, user=UUID)
    for user in [*cast.users.values(), cast.users["abreu"]]:
        rows = prepared(user=user.pk)
        assert rows == list(of(user.pk))
        assert [one.user.username for one in rows] == [user.username] * len(rows)
    assert prepared(user=uuid4()) == []


def test_moments_and_words_find_their_places(cast):
    from schoolgate.apps.ledger.models import Opening

    def since(moment, kind):
        return Opening.objects.filter(happened_at__gt=moment, kind=kind).order_by("id")

    prepared = Prepared(since, moment=datetime, kind=str)
    kind = Opening.objects.values_list("kind", flat=True).first()
    for moment in (now() - timedelta(days=1), datetime(2030, 1, 1, tzinfo=UTC)):
        assert prepared(moment=moment, kind=kind) == list(since(moment, kind))
    assert prepared(moment=now() - timedelta(days=1), kind=kind)


def test_it_takes_one_statement_and_its_rows_are_of_now(cast):
    from django.db import connection

    prepared = Prepared(lambda key: School.objects.filter(pk=key), key=UUID)
    assert prepared(key=cast.school.pk)[0].name == cast.school.name
    School.objects.filter(pk=cast.school.pk).update(name="Renamed")
    with CaptureQueriesContext(connection) as seen:
        assert prepared(key=cast.school.pk)[0].name == "Renamed"
    assert len(seen) == 1


def test_a_value_that_the_query_does_not_ask_for_is_refused(cast):
    prepared = Prepared(lambda key, **_: School.objects.filter(pk=key), key=UUID, other=UUID)
    with pytest.raises(TypeError, match="other"):
        prepared(key=cast.school.pk, other=cast.school.pk)


def seen_by(actor):
    return Report.objects.visible_to(actor).order_by("-filed_at")


def test_each_actor_sees_what_the_rule_shows_and_their_sql_is_kept_by_shape(cast, filed):
    prepared = Prepared(seen_by, actor=Actor)
    actors = [cast.actor(name) for name in cast.users]
    found = {actor.user_id: prepared(actor=actor) for actor in actors}
    assert found == {actor.user_id: list(seen_by(actor)) for actor in actors}
    assert {actor.user_id: prepared.count(actor=actor) for actor in actors} == {
        actor.user_id: seen_by(actor).count() for actor in actors
    }
    assert any(found.values())
    assert len(prepared._known) < len(actors)


def test_the_districts_own_programs_are_no_role_of_a_person(cast, filed):
    prepared = Prepared(seen_by, actor=Actor)
    assert prepared(actor=SYSTEM) == list(seen_by(SYSTEM))
    assert prepared.count(actor=SYSTEM) == seen_by(SYSTEM).count()


def test_days_and_moments_are_those_of_each_use(cast, filed):
    def since(days):
        return Report.objects.filter(
            filed_at__gt=now() - timedelta(days=days), incident__occurred_on__lte=today()
        ).order_by("filed_at")

    prepared = Prepared(since)
    for moment in (now(), now() - timedelta(days=900), now() + timedelta(days=900)):
        with at(moment):
            assert prepared(days=400) == list(since(400))
    assert len(prepared._known) == 1


def test_another_setting_is_another_query(cast, filed, settings):
    prepared = Prepared(seen_by, actor=Actor)
    teacher = next(one for one in map(cast.actor, cast.users) if one.role is Role.STAFF)
    before = prepared(actor=teacher)
    settings.LOOK_BACK_DAYS = {**settings.LOOK_BACK_DAYS, Role.STAFF.value: -5000}
    assert prepared(actor=teacher) == []
    settings.LOOK_BACK_DAYS = {**settings.LOOK_BACK_DAYS, Role.STAFF.value: 90_000}
    assert len(prepared(actor=teacher)) >= len(before)


def test_ids_of_a_set_go_in_whole_and_an_empty_one_asks_nothing(cast, django_assert_num_queries):
    prepared = Prepared(lambda keys: School.objects.filter(pk__in=keys).order_by("name"), keys=frozenset)
    keys = list(School.objects.values_list("pk", flat=True))
    for many in range(1, len(keys) + 1):
        assert prepared(keys=frozenset(keys[:many])) == list(School.objects.filter(pk__in=keys[:many]).order_by("name"))
    with django_assert_num_queries(0):
        assert prepared(keys=frozenset()) == []
        assert prepared.count(keys=frozenset()) == 0


def test_rows_that_came_by_themselves_stand_as_if_fetched_before(cast, django_assert_num_queries):
    user = cast.users["abreu"]
    prepared = Prepared(of, user=UUID)
    wanted = list(user.memberships.all())
    fresh = type(user).objects.get(pk=user.pk)
    fetched(fresh, "memberships", prepared(user=user.pk))
    with django_assert_num_queries(0):
        assert wanted == list(fresh.memberships.all())
    assert len(fresh.memberships.filter(user=user)) == len(wanted) > 0


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda key: School.objects.filter(pk=UUID(int=key.int + 1)), id="a value made of another"),
        pytest.param(lambda key: School.objects.filter(pk=key, name=str(today().year)), id="a part of the day"),
        pytest.param(lambda key: School.objects.filter(pk=key, pk__in=list(School.objects.all())), id="asks meanwhile"),
    ],
)
def test_a_query_that_could_differ_is_refused(cast, build):
    with pytest.raises(TypeError):
        Prepared(build, key=UUID)(key=cast.school.pk)


def test_of_an_actor_only_the_role_and_ids_can_be_asked(cast):
    prepared = Prepared(lambda actor: School.objects.filter(name=actor.display_name), actor=Actor)
    with pytest.raises(TypeError, match="display_name"):
        prepared(actor=next(map(cast.actor, cast.users)))


def test_while_checked_a_query_that_changed_under_a_shape_is_found(cast):
    names = iter(["a", "a", "b"])
    prepared = Prepared(lambda key: School.objects.filter(pk=key, name=next(names)), key=UUID)
    assert prepared_module.CHECKED
    with pytest.raises(AssertionError, match="differs"):
        prepared(key=cast.school.pk)


def test_numbers_fit_the_smallest_column(cast, filed):
    versions = Prepared(lambda number: ReportVersion.objects.filter(number=number).order_by("pk"), number=int)
    assert versions(number=1) == list(ReportVersion.objects.filter(number=1).order_by("pk"))
    assert versions(number=1)
    assert versions(number=2) == []
