"""A query that is put into SQL once gives what Django's own gives, whatever its values."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test.utils import CaptureQueriesContext

from schoolgate.apps.access.moment import now
from schoolgate.apps.access.prepared import Prepared
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
