"""What tests remember is what the acts wrote, on either database."""

import shutil

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


def test_another_worker_of_the_run_enters_what_this_one_wrote(cast, monkeypatch):
    found = []
    for _ in range(2):
        # A worker that has done nothing yet.
        monkeypatch.setattr(remembered, "_WRITTEN", {})
        point = transaction.savepoint_create()
        found.append((left_on_condition(cast, filed_long_ago(cast), days_ago=9).pk, remembered._tables()))
        transaction.savepoint_rollback(point)
    assert found[0] == found[1]


def test_under_other_keys_the_acts_run_again(cast, monkeypatch, settings, tmp_path):
    point = transaction.savepoint_create()
    first = filed_long_ago(cast)
    transaction.savepoint_rollback(point)
    monkeypatch.setattr(remembered, "_WRITTEN", {})
    shutil.copytree(settings.KEYS, tmp_path / "keys")
    (tmp_path / "keys" / "one more").write_text("a key", encoding="utf-8")
    settings.KEYS = tmp_path / "keys"
    assert filed_long_ago(cast).pk != first.pk
