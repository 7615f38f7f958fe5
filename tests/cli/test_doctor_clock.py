"""The site and its database follow one clock, or `schoolgate doctor` says so."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from schoolgate.cli.doctor import _one_clock

pytestmark = pytest.mark.django_db


def test_a_database_whose_clock_is_another_is_told():
    if connection.vendor != "postgresql":
        assert list(_one_clock()) == [], "a file on this machine has no clock of its own"
        return
    (found,) = _one_clock()
    assert found.sound
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        (found,) = _one_clock()
    assert (found.sound, found.serves) == (False, True)
    assert found.remedy.startswith(("119", "120", "121"))
