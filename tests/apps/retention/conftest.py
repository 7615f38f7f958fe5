"""What every test of retention begins with."""

from datetime import date, timedelta

import pytest

from schoolgate.apps.access.moment import at, now


@pytest.fixture
def old(cast):
    """A report about Marisol and Kevin that was filed six years ago."""
    from schoolgate.demonstration import story

    with at(now() - timedelta(days=6 * 366)):
        return story.file_the_report(cast)


@pytest.fixture
def officer(cast):
    return cast.actor("whitfield")


@pytest.fixture
def counsel(cast):
    return cast.actor("raman")


@pytest.fixture
def five_years():
    from schoolgate.apps.retention.schedule import all_schedules

    return all_schedules()["student_report"]


@pytest.fixture
def today():
    from schoolgate.apps.access.moment import today

    return today()


@pytest.fixture
def proposed(officer, five_years, old, today):
    """The old report in a proposal whose families were told long enough ago."""
    from schoolgate.apps.retention.selectors import preview
    from schoolgate.apps.retention.services import families_told, propose

    seen = preview(officer, five_years, today)
    made = propose(actor=officer, series=five_years, day=today, seen=seen.digest)
    return families_told(actor=officer, proposal=made, on=today - timedelta(days=31))


@pytest.fixture
def hold(counsel, today):
    """Place a hold."""
    from schoolgate.apps.retention.models import HoldKind
    from schoolgate.apps.retention.services import Scope, place_hold

    def place(kind=HoldKind.LITIGATION, *, starts: date | None = None, until: date | None = None, **covers):
        return place_hold(
            actor=counsel,
            kind=kind,
            scope=Scope(**covers),
            why="Aguilar against the district, docket 26-1417",
            starts=starts or today,
            until=until,
        )

    return place
