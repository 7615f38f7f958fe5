"""What tests remember is what the acts wrote, on either database."""

import pytest
from django.db import transaction

from schoolgate.apps.ledger.models import Opening, StagedLeaf
from support import remembered
from support.seen import filed_long_ago, left_on_condition, told

pytestmark = pytest.mark.django_db


def test_rows_from_memory_are_the_rows_that_the_acts_wrote(cast):
    found = []
    for _ in range(2):
        point = transaction.savepoint_create()
        release = left_on_condition(cast, filed_long_ago(cast), days_ago=7)
        found.append((remembered._tables(), release.pk, release.number))
        staged, openings = StagedLeaf.objects.count(), Opening.objects.count()
        told(cast)
        assert (StagedLeaf.objects.count(), Opening.objects.count()) == (staged + 1, openings + 1)
        transaction.savepoint_rollback(point)
    assert found[0] == found[1]


def test_after_anything_else_the_acts_run_again(cast):
    point = transaction.savepoint_create()
    first = filed_long_ago(cast)
    transaction.savepoint_rollback(point)
    told(cast)
    assert filed_long_ago(cast).pk != first.pk
